package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/schedule"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// scheduler is the switch for all schedules.
type scheduler struct {
	Paused bool `json:"paused"`
}

const schedulerKey = "all"

// PutSchedule makes a schedule, or changes one, and returns it as it is kept. Its times are computed anew, from now.
func (e *Engine) PutSchedule(ctx context.Context, s *workflow.Schedule) (*workflow.Schedule, error) {
	if out, err, ok := pass[*workflow.Schedule](ctx, e, definitions, "PutSchedule", s); ok {
		return out, err
	}
	if err := s.Validate(schedule.CheckCron, schedule.CheckZone); err != nil {
		return nil, err
	}
	if def := s.StartWorkflowRequest.WorkflowDef; def != nil {
		if err := def.Validate(e.checks()); err != nil {
			return nil, err
		}
	}
	err := e.schedules.update(ctx, s.Name, func(old *workflow.Schedule) (*workflow.Schedule, error) {
		kept := *s
		kept.Tags, kept.NextRunTime = nil, 0 // kept apart
		if kept.ZoneID == "" {
			kept.ZoneID = "UTC"
		}
		if len(s.CronSchedules) > 0 {
			kept.CronSchedules = s.Crons()
		}
		if kept.OverlapPolicy == "" {
			kept.OverlapPolicy = workflow.OverlapAllow
		}
		if !kept.Paused {
			kept.PausedReason = ""
		}
		kept.CreateTime = e.clock.Now().UnixMilli()
		kept.UpdatedTime = kept.CreateTime
		if old != nil {
			kept.CreateTime, kept.UpdatedTime = old.CreateTime, max(kept.UpdatedTime, old.UpdatedTime+1)
		}
		return &kept, nil
	})
	if err != nil {
		return nil, err
	}
	e.arm(s.Name)
	return e.Schedule(ctx, s.Name)
}

// Schedule returns a schedule with its next time.
func (e *Engine) Schedule(ctx context.Context, name string) (*workflow.Schedule, error) {
	s, err := e.schedules.find(name)
	if err != nil {
		return nil, err
	}
	out := s.Whole()
	out.Tags = e.tagsOf(TagSchedule, name)
	if !s.Paused {
		_, out.NextRunTime, err = e.nextRun(ctx, s)
	}
	return out, err
}

// ScheduleSearch asks for schedules; empty fields match everything.
type ScheduleSearch struct {
	WorkflowName string
	Name         string // a part of the schedule's name
	Paused       *bool
	FreeText     string // parts of names and descriptions; "*" matches everything
	Tag          *workflow.Tag
}

// Schedules returns the schedules that match, by name.
func (e *Engine) Schedules(ctx context.Context, q ScheduleSearch) ([]*workflow.Schedule, error) {
	out := []*workflow.Schedule{}
	text := strings.ToLower(strings.Trim(q.FreeText, "* "))
	for _, s := range e.schedules.list() {
		if q.WorkflowName != "" && s.StartWorkflowRequest.Name != q.WorkflowName || !strings.Contains(strings.ToLower(s.Name), strings.ToLower(q.Name)) ||
			q.Paused != nil && s.Paused != *q.Paused ||
			!strings.Contains(strings.ToLower(s.Name+" "+s.Description+" "+s.StartWorkflowRequest.Name), text) {
			continue
		}
		full, err := e.Schedule(ctx, s.Name)
		if workflow.KindOf(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if q.Tag == nil || slices.ContainsFunc(full.Tags, func(t workflow.Tag) bool { return t.Key == q.Tag.Key && t.Value == q.Tag.Value }) {
			out = append(out, full)
		}
	}
	return out, nil
}

// DeleteSchedule removes a schedule with its tags and the record of its executions; one that is not there is no error.
// What it started goes on.
func (e *Engine) DeleteSchedule(ctx context.Context, name string) error {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteSchedule", name); ok {
		return err
	}
	err := e.schedules.remove(ctx, name)
	if workflow.KindOf(err) == workflow.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	e.arm(name)
	if err := e.forgetRuns(ctx, name); err != nil {
		return err
	}
	return e.dropTags(ctx, TagSchedule, name)
}

// forgetRuns deletes what is kept of a schedule that has gone.
func (e *Engine) forgetRuns(ctx context.Context, name string) error {
	for _, kind := range []string{kindScheduleState + name, kindScheduleRun + name} {
		docs, err := e.store.Docs(ctx, kind)
		if err != nil {
			return fmt.Errorf("read schedule executions: %w", err)
		}
		for _, doc := range docs {
			if err := e.store.DeleteDoc(ctx, kind, doc.Key); err != nil {
				return fmt.Errorf("delete schedule execution: %w", err)
			}
		}
	}
	return nil
}

// PauseSchedule stops a schedule; one that is paused is left alone.
func (e *Engine) PauseSchedule(ctx context.Context, name, reason string) error {
	if _, err, ok := pass[none](ctx, e, definitions, "PauseSchedule", name, reason); ok {
		return err
	}
	return e.changeSchedule(ctx, name, func(s *workflow.Schedule) error {
		s.Paused, s.PausedReason = true, reason
		return nil
	})
}

// ResumeSchedule lets a paused schedule go on from now; the times of the pause are not made up for.
func (e *Engine) ResumeSchedule(ctx context.Context, name string) error {
	if _, err, ok := pass[none](ctx, e, definitions, "ResumeSchedule", name); ok {
		return err
	}
	return e.changeSchedule(ctx, name, func(s *workflow.Schedule) error {
		if !s.Paused {
			return workflow.Errorf(workflow.NotFound, "The schedule %s is not paused.", name)
		}
		s.Paused, s.PausedReason = false, ""
		return nil
	})
}

func (e *Engine) changeSchedule(ctx context.Context, name string, f func(*workflow.Schedule) error) error {
	err := e.schedules.update(ctx, name, func(old *workflow.Schedule) (*workflow.Schedule, error) {
		if old == nil {
			return nil, workflow.Errorf(workflow.NotFound, "No such schedule found by name: %s", name)
		}
		changed := *old
		if err := f(&changed); err != nil {
			return nil, err
		}
		changed.UpdatedTime = max(e.clock.Now().UnixMilli(), old.UpdatedTime+1)
		return &changed, nil
	})
	if err == nil {
		e.arm(name)
	}
	return err
}

// PauseScheduler stops all schedules, or lets them go on.
func (e *Engine) PauseScheduler(ctx context.Context, paused bool) error {
	err := e.scheduler.update(ctx, schedulerKey, func(*scheduler) (*scheduler, error) { return &scheduler{paused}, nil })
	if err == nil {
		e.armSchedules()
	}
	return err
}

// NextRuns returns the next few times of a cron expression in a zone (empty: UTC), between two times in epoch milliseconds; 0 is now, and
// no end.
func (e *Engine) NextRuns(_ context.Context, expression, zone string, from, to int64, count int) ([]int64, error) {
	if err := schedule.CheckCron(expression); err != nil {
		return nil, &workflow.Error{
			Kind: workflow.Invalid, Message: fmt.Sprintf("cronExpression: %s", err),
			Violations: []workflow.Violation{{Path: "cronExpression", Message: err.Error(), InvalidValue: expression}},
		}
	}
	p, err := schedule.Compile(&workflow.Schedule{CronExpression: expression, ZoneID: zone, ScheduleStartTime: from, ScheduleEndTime: to})
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "zoneId: %v", err)
	}
	return p.Upcoming(max(from-1, e.clock.Now().UnixMilli()), count), nil
}

// scheduleFields are what a search for schedule executions may name.
var scheduleFields = []string{
	"scheduleName", "executionId", "workflowName", "workflowId", "state", "scheduledTime", "executionTime", "startTime", "reason", "zoneId",
}

// ScheduleExecutions returns a page of what schedules did; the last times of each are remembered.
func (e *Engine) ScheduleExecutions(ctx context.Context, s Search) (*Page[*workflow.ScheduleExecution], error) {
	q, err := search.Parse(s.Query, s.FreeText, s.Sort, scheduleFields)
	if err != nil {
		return nil, err
	}
	start, size, err := s.page()
	if err != nil {
		return nil, err
	}
	names, ok := q.Equals("scheduleName")
	if !ok {
		names = nil
		for _, s := range e.schedules.list() {
			names = append(names, s.Name)
		}
	}
	var found []*workflow.ScheduleExecution
	for _, name := range names {
		docs, err := e.store.Docs(ctx, kindScheduleRun+name)
		if err != nil {
			return nil, fmt.Errorf("read schedule executions: %w", err)
		}
		for _, doc := range docs {
			x := &workflow.ScheduleExecution{}
			if err := json.Unmarshal(doc.Value, x); err != nil {
				return nil, fmt.Errorf("read schedule execution %s: %w", doc.Key, err)
			}
			if q.Match(scheduleRow{x}) {
				found = append(found, x)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *workflow.ScheduleExecution) int { return q.Compare(scheduleRow{a}, scheduleRow{b}) })
	from := min(start, len(found))
	return &Page[*workflow.ScheduleExecution]{Total: int64(len(found)), Results: found[from:min(from+size, len(found))]}, nil
}

// scheduleRow shows an execution of a schedule to a query.
type scheduleRow struct{ *workflow.ScheduleExecution }

// Field implements search.Row.
func (r scheduleRow) Field(name string) any {
	switch name {
	case "scheduleName":
		return r.ScheduleName
	case "executionId":
		return r.ExecutionID
	case "workflowName":
		return r.WorkflowName
	case "workflowId":
		return r.WorkflowID
	case "state":
		return r.State
	case "scheduledTime", "startTime":
		return r.ScheduledTime
	case "executionTime":
		return r.ExecutionTime
	case "reason":
		return r.Reason
	case "zoneId":
		return r.ZoneID
	}
	return nil
}

// Text implements search.Row.
func (r scheduleRow) Text() string {
	return strings.Join([]string{r.ScheduleName, r.ExecutionID, r.WorkflowName, r.WorkflowID, r.State, r.Reason}, " ")
}
