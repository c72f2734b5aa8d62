package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/schedule"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Times of a schedule are derived, never queued: the next one follows from the last that was done, which is kept beside
// the schedule. What a time starts has an id made of the schedule's name and that time, so that neither a crash nor a
// second node starts it twice.

// scheduleState is how far a schedule has come.
type scheduleState struct {
	Of   int64            `json:"of"`   // UpdatedTime of the schedule that this is of
	Done map[string]int64 `json:"done"` // by stream: times up to this one are done
	Last string           `json:"last"` // the execution started last
}

const (
	keptRuns      = 100         // executions that are remembered of a schedule
	scheduleRetry = time.Second // before a start that failed for reasons of our own is tried again
)

// run is one time of a schedule.
type scheduleRun struct {
	stream schedule.Stream
	at     int64
}

// armSchedules looks at every schedule again; another node may have been their home until now.
func (e *Engine) armSchedules() {
	for _, s := range e.schedules.list() {
		e.arm(s.Name)
	}
}

// arm has a schedule looked at now.
func (e *Engine) arm(name string) { e.due.Set(name, e.clock.Now().UnixMilli()) }

// fire looks at a schedule beside the caller.
func (e *Engine) fire(name string) {
	e.background.run(func(ctx context.Context) {
		if !e.firing.Enter(name) {
			return
		}
		for over := false; !over && ctx.Err() == nil; {
			if e.fence.pass(ctx); ctx.Err() != nil {
				return
			}
			err := e.runSchedule(ctx, name)
			if err != nil && ctx.Err() == nil {
				e.log.Error("a schedule could not be carried out; it is tried again", "schedule", name, "error", err)
				e.pause(ctx, scheduleRetry)
				continue
			}
			over = !e.firing.Leave(name)
		}
	})
}

// runSchedule does what is due and sets the timer for what comes next.
func (e *Engine) runSchedule(ctx context.Context, name string) error {
	for ctx.Err() == nil {
		s := e.schedules.get(name)
		if s == nil { // what was carried out while it was deleted has left a record
			return e.forgetRuns(ctx, name)
		}
		if all := e.scheduler.get(schedulerKey); s.Paused || all != nil && all.Paused || !e.mine(name) {
			return nil
		}
		state, next, err := e.nextTime(ctx, s)
		if err != nil {
			return err
		}
		if next.at == 0 || next.at > e.clock.Now().UnixMilli() {
			e.due.Set(name, next.at)
			return nil
		}
		if err := e.carryOut(ctx, s, state, next); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// nextRun tells how far a schedule has come and when it is due.
func (e *Engine) nextRun(ctx context.Context, s *workflow.Schedule) (*scheduleState, int64, error) {
	state, next, err := e.nextTime(ctx, s)
	return state, next.at, err
}

func (e *Engine) nextTime(ctx context.Context, s *workflow.Schedule) (*scheduleState, scheduleRun, error) {
	state := &scheduleState{}
	docs, err := e.store.Docs(ctx, kindScheduleState+s.Name)
	if err != nil {
		return nil, scheduleRun{}, fmt.Errorf("read schedule %s: %w", s.Name, err)
	}
	for _, doc := range docs {
		if err := json.Unmarshal(doc.Value, state); err != nil {
			return nil, scheduleRun{}, fmt.Errorf("read schedule %s: %w", s.Name, err)
		}
	}
	if state.Of != s.UpdatedTime { // changed since: times count from the change
		state = &scheduleState{Of: s.UpdatedTime, Last: state.Last}
	}
	plan, err := schedule.Compile(s)
	if err != nil {
		return nil, scheduleRun{}, err
	}
	var next scheduleRun
	for _, stream := range plan.Streams {
		done := max(state.Done[stream.Key], s.UpdatedTime)
		if at := plan.Next(stream, done); at > 0 && (next.at == 0 || at < next.at) {
			next = scheduleRun{stream, at}
		}
	}
	return state, next, nil
}

// carryOut starts what is due and records it, together with how far the schedule has come.
func (e *Engine) carryOut(ctx context.Context, s *workflow.Schedule, state *scheduleState, run scheduleRun) error {
	now := e.clock.Now().UnixMilli()
	effect := fmt.Sprintf("schedule:%s:%s:%d", s.Name, run.stream.Key, run.at)
	x := &workflow.ScheduleExecution{
		ExecutionID: nameID("record:" + effect), ScheduleName: s.Name, ScheduledTime: run.at, ExecutionTime: now,
		WorkflowName: s.StartWorkflowRequest.Name, WorkflowID: home.In(home.Slot(s.Name), nameID(effect)),
		StartWorkflowRequest: s.Whole().StartWorkflowRequest, State: workflow.ScheduleExecuted, ZoneID: run.stream.Zone, CronExpression: run.stream.Cron,
	}
	err := e.startDue(ctx, s, state.Last, x)
	if kind := workflow.KindOf(err); err != nil && (kind == "" || kind == workflow.Busy) {
		return err
	}
	next := scheduleState{Of: s.UpdatedTime, Done: map[string]int64{}, Last: x.WorkflowID}
	if err != nil {
		x.State, x.Reason, x.WorkflowID, next.Last = workflow.ScheduleFailed, err.Error(), "", state.Last
	}
	maps.Copy(next.Done, state.Done)
	if next.Done[run.stream.Key] = run.at; !s.RunCatchup {
		next.Done[run.stream.Key] = max(run.at, now) // what was missed before now is not made up for
	}
	return e.recordRun(ctx, s.Name, next, x)
}

func (e *Engine) startDue(ctx context.Context, s *workflow.Schedule, last string, x *workflow.ScheduleExecution) error {
	if last != "" && last != x.WorkflowID && s.OverlapPolicy != workflow.OverlapAllow {
		open := false
		err := e.runner.Glance(ctx, last, func(s *decide.State) { open = !s.Status.Terminal() })
		if err == nil && open && s.OverlapPolicy == workflow.OverlapSkip {
			return workflow.Errorf(workflow.Conflict, "skipped, as %s is still open", last)
		}
		if err == nil && open {
			err = e.Terminate(ctx, last, "The next execution of the schedule "+s.Name+" is due")
		}
		if kind := workflow.KindOf(err); err != nil && kind != workflow.NotFound && kind != workflow.Conflict {
			return err
		}
	}
	req := s.StartWorkflowRequest.Request()
	in, err := req.Input.Object()
	if err != nil {
		return workflow.Errorf(workflow.Invalid, "startWorkflowRequest.input: %v", err)
	}
	in["_startedByScheduler"], in["_scheduledTime"], in["_executedTime"] = s.Name, x.ScheduledTime, x.ExecutionTime
	in["_executionId"], in["_schedulerCron"] = x.ExecutionID, x.CronExpression+" "+x.ZoneID
	if req.Input, err = workflow.NewPayload(in); err != nil {
		return workflow.Errorf(workflow.Invalid, "startWorkflowRequest.input: %v", err)
	}
	return e.StartWithID(ctx, x.WorkflowID, req)
}

// recordRun makes durable that a time is done, and forgets old ones.
func (e *Engine) recordRun(ctx context.Context, name string, state scheduleState, x *workflow.ScheduleExecution) error {
	stateJSON, err := json.Marshal(state)
	if err != nil {
		return err
	}
	runJSON, err := json.Marshal(x)
	if err != nil {
		return err
	}
	kind := kindScheduleRun + name
	if err := e.store.PutDocs(ctx,
		store.Doc{Kind: kindScheduleState + name, Key: name, Value: stateJSON},
		store.Doc{Kind: kind, Key: fmt.Sprintf("%015d-%s", x.ScheduledTime, x.ExecutionID), Value: runJSON},
	); err != nil {
		return fmt.Errorf("store schedule execution: %w", err)
	}
	docs, err := e.store.Docs(ctx, kind)
	if err != nil {
		return fmt.Errorf("read schedule executions: %w", err)
	}
	for _, old := range docs[:max(0, len(docs)-keptRuns)] {
		if err := e.store.DeleteDoc(ctx, kind, old.Key); err != nil {
			return fmt.Errorf("delete schedule execution: %w", err)
		}
	}
	return nil
}
