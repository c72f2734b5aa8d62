package simtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// load is what callers do, and what they were told.
type load struct {
	w *world

	mu      sync.Mutex
	starts  map[string]*start // by execution
	results map[string][]*result
	nonces  int
	seen    map[string]sight
}

// start is a start that was asked for.
type start struct {
	def       string
	n         int  // iterations, or branches
	end       bool // it is to be terminated
	told      bool // the start was acknowledged
	ended     bool // the termination was acknowledged
	signalled string
	over      bool // nobody waits for anything any more
}

// result is what a worker sent.
type result struct {
	nonce  string
	status workflow.TaskStatus
	told   *workflow.Task // the acknowledgement; nil: none
}

// sight is the end of an execution as it was seen first.
type sight struct {
	status workflow.Status
	at     time.Time
}

// aware is how long a node may take to learn that others look after what lived there; until then it may show what was.
const aware = 2 * node.Expiry

func newLoad(w *world) *load {
	return &load{w: w, starts: map[string]*start{}, results: map[string][]*result{}, seen: map[string]sight{}}
}

func (l *load) nonce() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nonces++
	return fmt.Sprint("n", l.nonces)
}

// until asks some node until it answers; it gives up after some tries unless it must not.
func until[T any](ctx context.Context, l *load, purpose string, must bool, f func(e *engine.Engine) (T, error)) (answer T, ok bool) {
	for try := 0; ctx.Err() == nil && (must || try < 4); try++ {
		if m := l.w.any(purpose); m != nil {
			if answer, err := ask(m, f); err == nil {
				return answer, true
			}
		}
		sleep(ctx, 200*time.Millisecond)
	}
	return answer, false
}

// ask calls a node. One that is frozen neither hears nor answers, and one that has died in the meantime has not answered.
func ask[T any](m *machine, f func(e *engine.Engine) (T, error)) (answer T, err error) {
	m.thaw()
	if m.dead() {
		return answer, errDead
	}
	answer, err = f(m.engine)
	if m.thaw(); m.dead() {
		return answer, errDead
	}
	return answer, err
}

// none is the answer of calls that have none.
type none = struct{}

// start starts an execution, now and then without hearing that it did.
func (l *load) start(ctx context.Context, r *rand.Rand) {
	s := &start{def: roots[r.IntN(len(roots))], n: 1 + r.IntN(4)}
	s.end = (s.def == "tree" || s.def == "loop" || s.def == "asks") && r.IntN(4) == 0
	id := home.In(r.IntN(home.Slots), fmt.Sprintf("00000000-0000-4000-8000-%012x", r.Uint64()>>16))
	l.mu.Lock()
	l.starts[id] = s
	l.mu.Unlock()
	_, told := until(ctx, l, "start", r.IntN(5) > 0, func(e *engine.Engine) (none, error) {
		return none{}, e.StartWithID(ctx, id, &workflow.StartRequest{Name: s.def, Input: s.input()})
	})
	l.mu.Lock()
	s.told = told
	l.mu.Unlock()
	l.operate(ctx, id, s)
	l.mu.Lock()
	s.over = true
	l.mu.Unlock()
}

// waiting tells which callers have not come to an end.
func (l *load) waiting() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := ""
	for id, s := range l.starts {
		if !s.over {
			out += fmt.Sprintf("whoever started %s (%s, acknowledged: %v) waits\n", id, s.def, s.told)
		}
	}
	return out
}

func (s *start) input() workflow.Payload {
	in := map[string]any{"n": s.n}
	var tasks []any
	for i := range s.n {
		tasks = append(tasks, map[string]any{"name": "br", "taskReferenceName": fmt.Sprint("br", i), "type": "SIMPLE"})
	}
	in["tasks"] = tasks
	p, err := workflow.NewPayload(in)
	if err != nil {
		panic(err)
	}
	return p
}

// operate does what has to be done from outside for an execution to end.
func (l *load) operate(ctx context.Context, id string, s *start) {
	if s.end && s.told {
		sleep(ctx, time.Duration(l.w.chance("terminate", 8000))*time.Millisecond)
		ended, _ := until(ctx, l, "terminate", true, func(e *engine.Engine) (bool, error) {
			err := e.Terminate(ctx, id, "enough")
			if workflow.KindOf(err) == workflow.Conflict {
				return false, nil // it ended before
			}
			return true, err
		})
		l.mu.Lock()
		s.ended = ended
		l.mu.Unlock()
		return
	}
	for ctx.Err() == nil && (s.def == "asks" || s.def == "heals") {
		sleep(ctx, time.Duration(500+l.w.chance("operate", 4000))*time.Millisecond)
		if s.def == "asks" {
			nonce := l.nonce()
			taskID, ok := until(ctx, l, "operate", false, func(e *engine.Engine) (string, error) {
				return e.UpdateByRef(ctx, id, "h", workflow.TaskCompleted, output(nonce, ""), "person")
			})
			if ok && taskID != "" {
				l.mu.Lock()
				s.signalled = nonce
				l.mu.Unlock()
			}
		}
		status, _ := until(ctx, l, "operate", false, func(e *engine.Engine) (workflow.Status, error) {
			x, err := e.Execution(ctx, id, false)
			if workflow.KindOf(err) == workflow.NotFound && l.w.calm.Load() {
				return workflow.Completed, nil // it never came to be
			}
			if err == nil && x.Status == workflow.Failed {
				return x.Status, e.Retry(ctx, id, true)
			}
			if err != nil {
				return "", err
			}
			return x.Status, nil
		})
		if status == workflow.Completed {
			return
		}
	}
}

func output(nonce, pick string) workflow.Payload {
	return workflow.Payload(fmt.Sprintf(`{"nonce":%q,"pick":%q}`, nonce, pick))
}

// work polls for tasks of a type until ctx ends.
func (l *load) work(ctx context.Context, taskType string) {
	for ctx.Err() == nil {
		m := l.w.any("poll " + taskType)
		if m == nil {
			sleep(ctx, time.Second)
			continue
		}
		tasks, err := ask(m, func(e *engine.Engine) ([]*workflow.Task, error) {
			return e.Poll(ctx, engine.PollRequest{TaskType: taskType, WorkerID: "worker", Count: 2, Wait: 2 * time.Second})
		})
		if err != nil {
			sleep(ctx, 100*time.Millisecond)
			continue
		}
		for _, t := range tasks {
			l.do(ctx, t)
		}
	}
}

// do works on a task, well or badly.
func (l *load) do(ctx context.Context, t *workflow.Task) {
	manner, pick := l.w.chance("work", 100), []string{"y", "n"}[l.w.chance("pick", 2)]
	if l.w.calm.Load() {
		manner = 99
	}
	status := workflow.TaskCompleted
	if t.TaskType == "bad" || t.TaskType == "once" && t.RetryCount == 0 {
		status = workflow.TaskFailedTerminal
	}
	send := func(status workflow.TaskStatus) { l.send(ctx, t, status, pick, l.w.chance("patience", 10) > 0) }
	switch {
	case manner < 5: // it dies
	case manner < 10: // it comes too late
		sleep(ctx, responseTimeout+2*time.Second)
		send(status)
	case manner < 18:
		send(workflow.TaskFailed)
	case manner < 24:
		send(status)
		send(workflow.TaskFailed)
	case manner < 30 && t.PollCount < 3:
		until(ctx, l, "update", false, func(e *engine.Engine) (*workflow.Task, error) {
			return e.Update(ctx, &workflow.TaskResult{TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: workflow.TaskInProgress, CallbackAfterSeconds: 1})
		})
	case manner < 60:
		sleep(ctx, time.Duration(l.w.chance("take", 1500))*time.Millisecond)
		send(status)
	default:
		send(status)
	}
}

// send sends a result until it is acknowledged.
func (l *load) send(ctx context.Context, t *workflow.Task, status workflow.TaskStatus, pick string, must bool) {
	res := &result{nonce: l.nonce(), status: status}
	l.mu.Lock()
	l.results[t.TaskID] = append(l.results[t.TaskID], res)
	l.mu.Unlock()
	told, _ := until(ctx, l, "update", must, func(e *engine.Engine) (*workflow.Task, error) {
		told, err := e.Update(ctx, &workflow.TaskResult{
			TaskID: t.TaskID, WorkflowInstanceID: t.WorkflowInstanceID, Status: status, OutputData: output(res.nonce, pick), WorkerID: "worker",
		})
		if workflow.KindOf(err) == workflow.NotFound {
			l.w.wrong("task %s (%s) of %s was handed out, and is not there", t.TaskID, t.ReferenceTaskName, t.WorkflowInstanceID)
			return nil, nil //nolint:nilnil // it is no use to try again
		}
		return told, err
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	res.told = told
}

// read looks at executions until ctx ends: what has ended once has ended for good.
func (l *load) read(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, 700*time.Millisecond)
		l.mu.Lock()
		var ids []string
		for id, s := range l.starts {
			if s.told && s.def != "heals" {
				ids = append(ids, id)
			}
		}
		l.mu.Unlock()
		m := l.w.any("read")
		if len(ids) == 0 || m == nil {
			continue
		}
		id := ids[l.w.chance("read", len(ids))]
		x, err := ask(m, func(e *engine.Engine) (*workflow.Execution, error) { return e.Execution(ctx, id, true) })
		if workflow.KindOf(err) == workflow.NotFound {
			l.w.wrong("%s was acknowledged, and is not there", id)
		}
		if err != nil {
			continue
		}
		l.mu.Lock()
		before, ended := l.seen[id]
		if x.Status.Terminal() && !ended {
			l.seen[id] = sight{x.Status, time.Now()}
		}
		l.mu.Unlock()
		if ended && x.Status != before.status && (x.Status.Terminal() || time.Since(before.at) > aware) {
			l.w.wrong("%s was seen %s at %v, and %s by %s at %v", id, before.status, before.at, x.Status, m.name, time.Now())
		}
	}
}

// service is what HTTP tasks call.
type service struct{ w *world }

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	f := s.w.draw("service")
	if !sleep(r.Context(), f.delay) {
		return nil, r.Context().Err()
	}
	if f.before || f.after {
		return nil, errFault
	}
	body, err := json.Marshal(map[string]string{"nonce": "served"})
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(body))),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
	}, err
}
