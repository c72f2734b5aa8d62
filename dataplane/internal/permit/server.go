package permit

import (
	"cmp"
	"context"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// PutEventHandler implements the engine's method. Where callers are known, a new handler is by the one who makes it, whatever
// it says itself.
func (e *Engine) PutEventHandler(ctx context.Context, h *workflow.EventHandler, replace bool) error {
	if err := may(ctx, access.EventWrite); err != nil {
		return err
	}
	if c := access.From(ctx); c.ID != "" {
		by := *h
		by.CreatedBy = cmp.Or(c.Email, c.Name, c.ID)
		h = &by
	}
	return e.engine.PutEventHandler(ctx, h, replace)
}

// EventHandler implements the engine's method.
func (e *Engine) EventHandler(ctx context.Context, name string) (*workflow.EventHandler, error) {
	if err := may(ctx, access.EventRead); err != nil {
		return nil, err
	}
	return e.engine.EventHandler(ctx, name)
}

// EventHandlers implements the engine's method.
func (e *Engine) EventHandlers(ctx context.Context, event string, activeOnly bool) ([]*workflow.EventHandler, error) {
	if err := may(ctx, access.EventRead); err != nil {
		return nil, err
	}
	return e.engine.EventHandlers(ctx, event, activeOnly)
}

// DeleteEventHandler implements the engine's method.
func (e *Engine) DeleteEventHandler(ctx context.Context, name string) error {
	if err := may(ctx, access.EventWrite); err != nil {
		return err
	}
	return e.engine.DeleteEventHandler(ctx, name)
}

// EventExecutions implements the engine's method.
func (e *Engine) EventExecutions(ctx context.Context, handler string) ([]*workflow.EventExecution, error) {
	if err := may(ctx, access.EventRead); err != nil {
		return nil, err
	}
	return e.engine.EventExecutions(ctx, handler)
}

// HandleEvent implements the engine's method.
func (e *Engine) HandleEvent(ctx context.Context, name string, payload workflow.Payload) error {
	if err := may(ctx, access.ExecutionStart); err != nil {
		return err
	}
	return e.engine.HandleEvent(ctx, name, payload)
}

// EventQueues implements the engine's method.
func (e *Engine) EventQueues(ctx context.Context) (map[string]int, error) {
	if err := may(ctx, access.EventRead); err != nil {
		return nil, err
	}
	return e.engine.EventQueues(ctx)
}

// PutSchedule implements the engine's method.
func (e *Engine) PutSchedule(ctx context.Context, s *workflow.Schedule) (*workflow.Schedule, error) {
	if err := may(ctx, access.ScheduleWrite); err != nil {
		return nil, err
	}
	return e.engine.PutSchedule(ctx, s)
}

// Schedule implements the engine's method.
func (e *Engine) Schedule(ctx context.Context, name string) (*workflow.Schedule, error) {
	if err := may(ctx, access.ScheduleRead); err != nil {
		return nil, err
	}
	return e.engine.Schedule(ctx, name)
}

// Schedules implements the engine's method.
func (e *Engine) Schedules(ctx context.Context, q engine.ScheduleSearch) ([]*workflow.Schedule, error) {
	if err := may(ctx, access.ScheduleRead); err != nil {
		return nil, err
	}
	return e.engine.Schedules(ctx, q)
}

// DeleteSchedule implements the engine's method.
func (e *Engine) DeleteSchedule(ctx context.Context, name string) error {
	if err := may(ctx, access.ScheduleWrite); err != nil {
		return err
	}
	return e.engine.DeleteSchedule(ctx, name)
}

// PauseSchedule implements the engine's method.
func (e *Engine) PauseSchedule(ctx context.Context, name, reason string) error {
	if err := may(ctx, access.ScheduleOperate); err != nil {
		return err
	}
	return e.engine.PauseSchedule(ctx, name, reason)
}

// ResumeSchedule implements the engine's method.
func (e *Engine) ResumeSchedule(ctx context.Context, name string) error {
	if err := may(ctx, access.ScheduleOperate); err != nil {
		return err
	}
	return e.engine.ResumeSchedule(ctx, name)
}

// PauseScheduler implements the engine's method.
func (e *Engine) PauseScheduler(ctx context.Context, paused bool) error {
	if err := may(ctx, access.ScheduleOperate); err != nil {
		return err
	}
	return e.engine.PauseScheduler(ctx, paused)
}

// NextRuns implements the engine's method.
func (e *Engine) NextRuns(ctx context.Context, expression, zone string, from, to int64, count int) ([]int64, error) {
	if err := may(ctx, access.ScheduleRead); err != nil {
		return nil, err
	}
	return e.engine.NextRuns(ctx, expression, zone, from, to, count)
}

// ScheduleExecutions implements the engine's method.
func (e *Engine) ScheduleExecutions(ctx context.Context, s engine.Search) (*engine.Page[*workflow.ScheduleExecution], error) {
	if err := may(ctx, access.ScheduleRead); err != nil {
		return nil, err
	}
	return e.engine.ScheduleExecutions(ctx, s)
}

// PendingTasks implements the engine's method.
func (e *Engine) PendingTasks(ctx context.Context, taskType string, start, count int) ([]*workflow.Task, error) {
	if err := may(ctx, access.ExecutionRead); err != nil {
		return nil, err
	}
	return e.engine.PendingTasks(ctx, taskType, start, count)
}

// Requeue implements the engine's method.
func (e *Engine) Requeue(ctx context.Context, taskType string) (int, error) {
	if err := may(ctx, access.QueueOperate); err != nil {
		return 0, err
	}
	return e.engine.Requeue(ctx, taskType)
}

// Counts implements the engine's method.
func (e *Engine) Counts(ctx context.Context) (map[workflow.Status]int64, error) {
	if err := may(ctx, access.ExecutionRead); err != nil {
		return nil, err
	}
	return e.engine.Counts(ctx)
}

// Queues implements the engine's method. The call itself needs the right to look at queues, which nothing is granted for.
func (e *Engine) Queues() []engine.QueueInfo { return e.engine.Queues() }

// PollData implements the engine's method, as Queues does.
func (e *Engine) PollData(taskType string) []workflow.PollData { return e.engine.PollData(taskType) }

// Ready needs nothing: everyone may know whether the engine works.
func (e *Engine) Ready(ctx context.Context) error { return e.engine.Ready(ctx) }

// HasPayloads needs nothing.
func (e *Engine) HasPayloads() bool { return e.engine.HasPayloads() }

// PayloadLocation tells where a payload is read to whoever may see an execution, as paths cannot be guessed, and where one is
// written to whoever may start one or report a task.
func (e *Engine) PayloadLocation(ctx context.Context, path string, write bool) (*engine.Location, error) {
	c := access.From(ctx)
	needs := []access.Permission{access.ExecutionRead, access.TaskWork}
	if write {
		needs = []access.Permission{access.ExecutionStart, access.TaskWork}
	}
	for _, p := range needs {
		if c.May(p) || c.MaySome(p) {
			return e.engine.PayloadLocation(ctx, path, write)
		}
	}
	return nil, c.Lacks(needs[0])
}

// LiftFence is for who may do everything.
func (e *Engine) LiftFence(ctx context.Context) error {
	if err := may(ctx, access.AccessWrite); err != nil {
		return err
	}
	return e.engine.LiftFence(ctx)
}
