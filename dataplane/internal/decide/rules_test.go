package decide

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestRetryDelay(t *testing.T) {
	for _, c := range []struct {
		policy  string
		retries int
		want    time.Duration
	}{
		{`{}`, 0, time.Minute},
		{`{"retryDelaySeconds":7}`, 5, 7 * time.Second},
		{`{"retryDelaySeconds":7,"backoffScaleFactor":3}`, 5, 7 * time.Second},
		{`{"retryLogic":"LINEAR_BACKOFF","retryDelaySeconds":5}`, 0, 5 * time.Second},
		{`{"retryLogic":"LINEAR_BACKOFF","retryDelaySeconds":5}`, 2, 15 * time.Second},
		{`{"retryLogic":"LINEAR_BACKOFF","retryDelaySeconds":5,"backoffScaleFactor":2}`, 2, 30 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5}`, 0, 5 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5}`, 3, 40 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5,"backoffScaleFactor":9}`, 3, 40 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5,"maxRetryDelaySeconds":12}`, 1, 10 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5,"maxRetryDelaySeconds":12}`, 2, 12 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5}`, 500, math.MaxInt32 * time.Second},
		{`{"retryLogic":"EXPONENTIAL_BACKOFF","retryDelaySeconds":5,"maxRetryDelaySeconds":60}`, 5000, time.Minute},
	} {
		if got := time.Duration(RetryDelay(policyOf(t, c.policy), c.retries)) * time.Millisecond; got != c.want {
			t.Errorf("%s after %d: %s, want %s", c.policy, c.retries, got, c.want)
		}
	}
}

func policyOf(t *testing.T, text string) *workflow.TaskDef {
	t.Helper()
	d := &workflow.TaskDef{}
	if err := json.Unmarshal([]byte(text), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// story is one execution of one task, told in words.
type story struct {
	t    *testing.T
	s    *State
	now  int64
	ids  int
	rand int64 // what is drawn, of n: n-1 when it is negative
}

func (st *story) env() *Env {
	return &Env{
		Context: st.t.Context(), Now: st.now, TaskDef: func(string) *workflow.TaskDef { return nil }, ScriptLimit: time.Second,
		NewID: func() string { st.ids++; return fmt.Sprint("id", st.ids) },
		Rand: func(n int64) int64 {
			if st.rand < 0 {
				return n - 1
			}
			return st.rand
		},
	}
}

// last is the last attempt of the task.
func (st *story) last() *Task { return st.s.latest["work"] }

// tell plays words: poll, a status that the worker reports (IN_PROGRESS:30 with a callback), lease, +N for seconds that pass.
func (st *story) tell(words string) {
	st.t.Helper()
	for word := range strings.FieldsSeq(words) {
		st.s.Begin(st.env())
		if n, ok := strings.CutPrefix(word, "+"); ok {
			seconds, err := strconv.ParseFloat(n, 64)
			if err != nil {
				st.t.Fatal(err)
			}
			st.now += int64(seconds * 1000)
			st.s.Begin(st.env())
			for _, t := range st.s.Tasks() {
				st.s.Tick(t.Seq)
			}
			st.s.Tick(0)
			continue
		}
		status, callback, _ := strings.Cut(word, ":")
		after, _ := strconv.ParseInt(callback, 10, 64)
		switch word {
		case "poll":
			if !st.s.Pick(st.last(), "w") {
				st.t.Fatalf("%s: the task is not to be had", words)
			}
		case "lease":
			if err := st.s.Update(&workflow.TaskResult{TaskID: st.last().ID, ExtendLease: true, Status: workflow.TaskFailed}); err != nil {
				st.t.Fatal(err)
			}
		default:
			if err := st.s.Update(&workflow.TaskResult{
				TaskID: st.last().ID, Status: workflow.TaskStatus(status), CallbackAfterSeconds: after, ReasonForIncompletion: "why",
			}); err != nil {
				st.t.Fatal(err)
			}
		}
	}
}

// String tells how the execution stands, and each attempt; @N is how long one is not to be had.
func (st *story) String() string {
	out := string(st.s.Status) + ":"
	for _, t := range st.s.Tasks() {
		if t.base() != "work" {
			continue
		}
		out += " " + string(t.Status)
		if wait := t.Available - st.now; wait > 0 && t.Status == workflow.TaskScheduled {
			out += "@" + strconv.FormatFloat(float64(wait)/1000, 'f', -1, 64)
		}
	}
	return out
}

// TestRules goes through the rules of attempts, results and timeouts.
func TestRules(t *testing.T) {
	for _, c := range []struct{ policy, task, def, words, want string }{
		// how many attempts
		{`"retryCount":0`, ``, ``, "poll FAILED", "FAILED: FAILED"},
		{`"retryCount":1,"retryDelaySeconds":0`, ``, ``, "poll FAILED poll FAILED", "FAILED: FAILED FAILED"},
		{`"retryCount":3`, `"retryCount":0`, ``, "poll FAILED", "FAILED: FAILED"},
		{`"retryCount":0`, `"retryCount":1`, ``, "poll FAILED", "RUNNING: FAILED SCHEDULED@60"},
		{`"retryCount":3`, ``, ``, "poll FAILED_WITH_TERMINAL_ERROR", "FAILED: FAILED_WITH_TERMINAL_ERROR"},
		{`"retryCount":3`, ``, ``, "poll CANCELED", "TERMINATED: CANCELED"},
		// how long between
		{`"retryDelaySeconds":5,"retryLogic":"EXPONENTIAL_BACKOFF"`, ``, ``, "poll FAILED +5 poll FAILED", "RUNNING: FAILED FAILED SCHEDULED@10"},
		{`"retryDelaySeconds":5,"retryLogic":"LINEAR_BACKOFF","backoffScaleFactor":2`, ``, ``, "poll FAILED +10 poll FAILED", "RUNNING: FAILED FAILED SCHEDULED@20"},
		{`"retryDelaySeconds":5,"backoffJitterMs":1500`, ``, ``, "poll FAILED", "RUNNING: FAILED SCHEDULED@6.5"},
		{`"retryDelaySeconds":50,"maxRetryDelaySeconds":10,"backoffJitterMs":1500`, ``, ``, "poll FAILED", "RUNNING: FAILED SCHEDULED@11.5"},
		// the total time
		{`"retryDelaySeconds":0,"totalTimeoutSeconds":100`, ``, ``, "poll +99 FAILED", "RUNNING: FAILED SCHEDULED"},
		{`"retryDelaySeconds":0,"totalTimeoutSeconds":100,"timeoutPolicy":"RETRY"`, ``, ``, "poll +100", "TIMED_OUT: TIMED_OUT"},
		{`"retryDelaySeconds":99,"totalTimeoutSeconds":100,"timeoutPolicy":"ALERT_ONLY"`, ``, ``, "poll FAILED +99 poll +2 FAILED", "FAILED: FAILED FAILED"},
		{`"retryDelaySeconds":0,"totalTimeoutSeconds":100,"timeoutPolicy":"RETRY"`, `"optional":true`, ``, "poll +100", "COMPLETED: COMPLETED_WITH_ERRORS"},
		// timeouts
		{`"timeoutSeconds":10,"responseTimeoutSeconds":10`, ``, ``, "+100 poll +9", "RUNNING: IN_PROGRESS"},
		{`"timeoutSeconds":10,"responseTimeoutSeconds":9`, ``, ``, "poll lease +8 lease +2", "TIMED_OUT: TIMED_OUT"},
		{`"timeoutSeconds":10,"responseTimeoutSeconds":9,"timeoutPolicy":"RETRY","retryDelaySeconds":0`, ``, ``, "poll +8 lease +2", "RUNNING: TIMED_OUT SCHEDULED"},
		{`"timeoutSeconds":10,"responseTimeoutSeconds":9,"timeoutPolicy":"ALERT_ONLY"`, ``, ``, "poll +8 lease +8 lease +8", "RUNNING: IN_PROGRESS"},
		{`"pollTimeoutSeconds":10`, ``, ``, "+9 poll +60", "RUNNING: IN_PROGRESS"},
		{`"pollTimeoutSeconds":10`, ``, ``, "+10", "TIMED_OUT: TIMED_OUT"},
		{`"pollTimeoutSeconds":10,"timeoutPolicy":"RETRY","retryDelaySeconds":20`, ``, ``, "+10 +20 +9", "RUNNING: TIMED_OUT SCHEDULED"},
		{`"responseTimeoutSeconds":10`, ``, ``, "poll +10", "RUNNING: TIMED_OUT SCHEDULED@60"}, // whatever the timeoutPolicy
		{`"responseTimeoutSeconds":10,"retryCount":0`, ``, ``, "poll +10", "TIMED_OUT: TIMED_OUT"},
		{`"responseTimeoutSeconds":10`, ``, ``, "poll +9 lease +9 lease +9", "RUNNING: IN_PROGRESS"},
		{``, ``, `"timeoutSeconds":100,"timeoutPolicy":"TIME_OUT_WF"`, "poll +100", "TIMED_OUT: CANCELED"},
		{``, ``, `"timeoutSeconds":100`, "poll +100", "RUNNING: IN_PROGRESS"},
		// results
		{``, ``, ``, "poll IN_PROGRESS", "RUNNING: SCHEDULED"},
		{``, ``, ``, "poll IN_PROGRESS:30", "RUNNING: SCHEDULED@30"},
		{``, ``, ``, "poll IN_PROGRESS:30 +30 poll COMPLETED", "COMPLETED: COMPLETED"},
		{``, ``, ``, "poll COMPLETED FAILED", "COMPLETED: COMPLETED"}, // the first end counts
		{``, ``, ``, "COMPLETED", "COMPLETED: COMPLETED"},             // without having been polled
		{``, `"startDelay":20`, ``, "", "RUNNING: SCHEDULED@20"},
		// optional and permissive
		{`"retryCount":1,"retryDelaySeconds":0`, `"optional":true`, ``, "poll FAILED poll FAILED", "COMPLETED: FAILED COMPLETED_WITH_ERRORS"},
		{``, `"optional":true`, ``, "poll CANCELED", "COMPLETED: COMPLETED_WITH_ERRORS"},
		{`"timeoutSeconds":10,"responseTimeoutSeconds":10`, `"optional":true`, ``, "poll +11", "TIMED_OUT: TIMED_OUT"},
		{`"retryCount":0`, `"permissive":true`, ``, "poll FAILED", "FAILED: FAILED"},
		{`"retryCount":0`, `"permissive":true,"optional":true`, ``, "poll FAILED", "COMPLETED: COMPLETED_WITH_ERRORS"},
	} {
		comma := func(s string) string {
			if s == "" {
				return ""
			}
			return "," + s
		}
		def := &workflow.Def{}
		text := `{"name":"wf"` + comma(c.def) + `,"tasks":[{"name":"work","taskReferenceName":"work","taskDefinition":{"name":"work"` + comma(c.policy) + `}` + comma(c.task) + `}]}`
		if err := json.Unmarshal([]byte(text), def); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plan, err := Compile(def)
		if err != nil {
			t.Fatal(err)
		}
		st := &story{t: t, now: 1_700_000_000_000, rand: -1}
		if st.s, err = Start(st.env(), plan, &workflow.StartRequest{Name: "wf"}, Origin{ID: "run"}); err != nil {
			t.Fatal(err)
		}
		st.tell(c.words)
		if got := st.String(); got != c.want {
			t.Errorf("%s %s %s, %s:\n got %s\nwant %s", c.policy, c.task, c.def, c.words, got, c.want)
		}
	}
}
