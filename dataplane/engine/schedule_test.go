package engine_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (h *harness) schedule(text string) *workflow.Schedule {
	h.t.Helper()
	s := &workflow.Schedule{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		h.t.Fatal(err)
	}
	saved, err := h.PutSchedule(h.t.Context(), s)
	if err != nil {
		h.t.Fatal(err)
	}
	return saved
}

// runs moves the clock on, a step at a time, until a schedule has been carried out n times; the newest is first.
func (h *harness) runs(clock *fakeClock, step time.Duration, name string, n int) []*workflow.ScheduleExecution {
	h.t.Helper()
	var page *engine.Page[*workflow.ScheduleExecution]
	eventually(h.t, fmt.Sprintf("%s is carried out %d times", name, n), func() bool {
		clock.Advance(step)
		page = h.executions("scheduleName = " + name)
		return len(page.Results) >= n
	})
	return page.Results
}

func (h *harness) executions(query string) *engine.Page[*workflow.ScheduleExecution] {
	h.t.Helper()
	page, err := h.ScheduleExecutions(h.t.Context(), engine.Search{Query: query})
	if err != nil {
		h.t.Fatal(err)
	}
	return page
}

// reopenableClock is an engine on a folder whose clock stands still; away closes it for a time and opens it again.
func reopenableClock(t *testing.T) (h *harness, clock *fakeClock, away func(time.Duration)) {
	t.Helper()
	clock = &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	c := engine.Config{Clock: clock, Dir: t.TempDir()}
	open := func() *engine.Engine {
		e, err := engine.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	h = &harness{open(), t}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, clock, func(d time.Duration) {
		t.Helper()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		clock.Advance(d)
		h.Engine = open()
	}
}

func hourly(more string) string {
	return `{"name":"s","cronExpression":"0 0 * * * *","startWorkflowRequest":{"name":"wf","input":{"a":1}}` + more + `}`
}

func due(hour int) int64 { return time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC).UnixMilli() }

func TestAScheduleStartsItsWorkflow(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", one("a", ""), "")
	if s := h.schedule(hourly("")); s.NextRunTime != due(1) || s.ZoneID != "UTC" || s.OverlapPolicy != workflow.OverlapAllow {
		t.Errorf("saved: %+v", s)
	}
	runs := h.runs(clock, 10*time.Minute, "s", 2)
	for i, r := range runs[:2] {
		if r.ScheduledTime != due(2-i) || r.State != workflow.ScheduleExecuted || r.WorkflowName != "wf" {
			t.Errorf("run %d: %+v", i, r)
		}
		in, err := h.get(r.WorkflowID).Input.Object()
		if err != nil || fmt.Sprint(in["a"], in["_startedByScheduler"], in["_scheduledTime"], in["_executionId"], in["_schedulerCron"]) !=
			fmt.Sprint(1, "s", r.ScheduledTime, r.ExecutionID, "0 0 * * * * UTC") {
			t.Errorf("input %d: %v, %v", i, in, err)
		}
	}
	if page := h.executions("state = FAILED OR workflowName = other"); page.Total != 0 {
		t.Errorf("found %d", page.Total)
	}
}

func TestSchedulesAreMadeUpForOrNot(t *testing.T) {
	for _, c := range []struct {
		name, more string
		want       []int // hours, after eight and a half of them away since 00:00
	}{
		{"without catch-up once", "", []int{1, 9}},
		{"with catch-up each", `,"runCatchupScheduleInstances":true`, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"until its end", fmt.Sprintf(`,"runCatchupScheduleInstances":true,"scheduleEndTime":%d`, due(3)), []int{1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, clock, away := reopenableClock(t)
			h.register("wf", one("a", ""), "")
			h.schedule(hourly(c.more))
			away(8*time.Hour + 30*time.Minute)
			runs := h.runs(clock, time.Minute, "s", len(c.want))
			for i, hour := range c.want {
				if at := runs[len(runs)-1-i].ScheduledTime; at != due(hour) {
					t.Errorf("run %d was due at %s, want hour %d", i, time.UnixMilli(at).UTC(), hour)
				}
			}
		})
	}
}

// A crash between a start and its record leads to the same start again, which meets its first result.
func TestATimeThatIsDoneAgainStartsNothing(t *testing.T) {
	h, clock, away := reopenableClock(t)
	h.register("wf", one("a", ""), "")
	h.schedule(hourly(""))
	clock.Advance(time.Hour) // and no further: a second run must not be under way when the first is forgotten
	first := h.runs(clock, 0, "s", 1)[0]
	eventually(t, "nobody looks at the schedule", func() bool { return h.Resting("s") }) // or it would be carried out again at once
	if err := h.ForgetRuns(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	away(0)
	again := h.runs(clock, 0, "s", 1)[0]
	if again.WorkflowID != first.WorkflowID || again.ScheduledTime != first.ScheduledTime {
		t.Errorf("first %+v, then %+v", first, again)
	}
	if page, err := h.Search(t.Context(), engine.Search{Query: "workflowType = wf"}); err != nil || page.Total != 1 {
		t.Errorf("started: %v, %v", page, err)
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		policy        string
		first, second string
		status        workflow.Status // of the first execution, when the second time has come
	}{
		{"ALLOW", "EXECUTED", "EXECUTED", workflow.Running},
		{"SKIP", "EXECUTED", "FAILED", workflow.Running},
		{"TERMINATE", "EXECUTED", "EXECUTED", workflow.Terminated},
	} {
		t.Run(c.policy, func(t *testing.T) {
			h, clock := setupClock(t)
			h.register("wf", one("a", ""), "")
			h.schedule(hourly(`,"overlapPolicy":"` + c.policy + `"`))
			runs := h.runs(clock, 10*time.Minute, "s", 2)
			first, second := runs[len(runs)-1], runs[len(runs)-2]
			if first.State != c.first || second.State != c.second || c.second == "FAILED" && !strings.Contains(second.Reason, "still open") {
				t.Errorf("runs: %+v %+v", first, second)
			}
			if x := h.get(first.WorkflowID); x.Status != c.status {
				t.Errorf("the first is %s", x.Status)
			}
		})
	}
}

func TestPauseAndResume(t *testing.T) {
	h, clock := setupClock(t)
	h.register("wf", one("a", ""), "")
	h.schedule(hourly(""))
	h.schedule(`{"name":"other","cronExpression":"0 0 * * * *","zoneId":"Europe/Berlin","startWorkflowRequest":{"name":"gone"}}`)
	if err := h.PauseSchedule(t.Context(), "s", "holidays"); err != nil {
		t.Fatal(err)
	}
	failed := h.runs(clock, 10*time.Minute, "other", 3)
	if failed[0].State != workflow.ScheduleFailed || !strings.Contains(failed[0].Reason, "gone") {
		t.Errorf("%+v", failed[0])
	}
	if s, err := h.Schedule(t.Context(), "s"); err != nil || !s.Paused || s.PausedReason != "holidays" || s.NextRunTime != 0 {
		t.Errorf("paused: %+v, %v", s, err)
	}
	if page := h.executions("scheduleName = s"); page.Total != 0 {
		t.Errorf("it ran while it was paused: %+v", page.Results)
	}
	if err := h.ResumeSchedule(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	if err := h.ResumeSchedule(t.Context(), "s"); workflow.KindOf(err) != workflow.NotFound {
		t.Errorf("resumed twice: %v", err)
	}
	resumed := clock.Now().UnixMilli()
	if first := h.runs(clock, 10*time.Minute, "s", 1); first[len(first)-1].ScheduledTime < resumed {
		t.Errorf("it made up for the pause: %+v", first)
	}
	if err := h.PauseScheduler(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	before := h.executions("").Total
	clock.Advance(24 * time.Hour)
	if err := h.PauseScheduler(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return h.executions("").Total > before })
	if err := h.DeleteSchedule(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is left of it", func() bool { return h.executions("scheduleName = s").Total == 0 }) // it may have been due just then
}

// Only the home of a schedule carries it out.
func TestASchedulesHome(t *testing.T) {
	clock := &fakeClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), waits: map[*wait]bool{}}
	e, err := engine.Open(t.Context(), engine.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	var mine atomic.Bool
	e.SetHome(func(string) bool { return mine.Load() })
	h := &harness{e, t}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	h.register("wf", one("a", ""), "")
	h.schedule(hourly(""))
	clock.Advance(90 * time.Minute)
	h.ArmSchedules()
	if page := h.executions(""); page.Total != 0 {
		t.Fatalf("it was carried out elsewhere: %+v", page.Results)
	}
	mine.Store(true)
	h.ArmSchedules()
	if runs := h.runs(clock, 0, "s", 1); runs[0].ScheduledTime != due(1) {
		t.Errorf("%+v", runs[0])
	}
}

func TestSchedulesAreChecked(t *testing.T) {
	h := setup(t)
	for text, path := range map[string]string{
		`{"cronExpression":"@daily","startWorkflowRequest":{"name":"wf"}}`:                                                       "name",
		`{"name":"s","cronExpression":"* * * * *","startWorkflowRequest":{"name":"wf"}}`:                                         "cronExpression",
		`{"name":"s","startWorkflowRequest":{"name":"wf"}}`:                                                                      "cronExpression",
		`{"name":"s","cronExpression":"@daily","zoneId":"Mars/Base","startWorkflowRequest":{"name":"wf"}}`:                       "zoneId",
		`{"name":"s","cronExpression":"@daily"}`:                                                                                 "startWorkflowRequest",
		`{"name":"s","cronExpression":"@daily","overlapPolicy":"PANIC","startWorkflowRequest":{"name":"wf"}}`:                    "overlapPolicy",
		`{"name":"s","cronSchedules":[{"cronExpression":"@daily"},{"cronExpression":"x"}],"startWorkflowRequest":{"name":"wf"}}`: "cronSchedules[1].cronExpression",
	} {
		s := &workflow.Schedule{}
		if err := json.Unmarshal([]byte(text), s); err != nil {
			t.Fatal(err)
		}
		if _, err := h.PutSchedule(t.Context(), s); err == nil || !strings.Contains(err.Error(), "; "+path+": ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
