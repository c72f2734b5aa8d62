package workflow

import (
	"fmt"
	"strings"
)

// Schedule starts a workflow at the times of one or more cron expressions (Conductor: WorkflowSchedule). Its identity is
// Name. Times are epoch milliseconds.
type Schedule struct {
	Name                 string          `json:"name"`
	Description          string          `json:"description,omitempty"`
	CronExpression       string          `json:"cronExpression,omitempty"`
	CronSchedules        []CronSchedule  `json:"cronSchedules,omitzero"` // in place of CronExpression and ZoneID
	ZoneID               string          `json:"zoneId"`
	RunCatchup           bool            `json:"runCatchupScheduleInstances"` // times missed while the server was away are made up for, each
	OverlapPolicy        string          `json:"overlapPolicy"`
	Paused               bool            `json:"paused"`
	PausedReason         string          `json:"pausedReason,omitempty"`
	StartWorkflowRequest *ScheduledStart `json:"startWorkflowRequest"`
	ScheduleStartTime    int64           `json:"scheduleStartTime,omitempty"` // nothing before
	ScheduleEndTime      int64           `json:"scheduleEndTime,omitempty"`   // nothing after; 0: no end
	CreateTime           int64           `json:"createTime,omitempty"`
	UpdatedTime          int64           `json:"updatedTime,omitempty"`
	CreatedBy            string          `json:"createdBy,omitempty"`
	UpdatedBy            string          `json:"updatedBy,omitempty"`
	NextRunTime          int64           `json:"nextRunTime,omitempty"` // 0: never, or paused
	Tags                 []Tag           `json:"tags,omitempty"`
}

// ScheduledStart is the start that a schedule asks for, as it was given: an empty correlation id is not the same as none.
type ScheduledStart struct {
	StartRequest // but for the fields that are named here

	CorrelationID *string           `json:"correlationId,omitempty"`
	Input         Payload           `json:"input"`
	TaskToDomain  map[string]string `json:"taskToDomain,omitzero"`
}

// Request returns what to start.
func (s *ScheduledStart) Request() *StartRequest {
	r := s.StartRequest
	r.Input, r.TaskToDomain = s.Input, s.TaskToDomain
	if s.CorrelationID != nil {
		r.CorrelationID = *s.CorrelationID
	}
	return &r
}

// Whole returns the schedule with the collections that nobody gave, empty, as clients are shown them.
func (s *Schedule) Whole() *Schedule {
	out, start := *s, *s.StartWorkflowRequest
	if out.CronSchedules == nil {
		out.CronSchedules = []CronSchedule{}
	}
	if start.TaskToDomain == nil {
		start.TaskToDomain = map[string]string{}
	}
	out.StartWorkflowRequest = &start
	return &out
}

// CronSchedule is one of several cron expressions of a schedule.
type CronSchedule struct {
	CronExpression string `json:"cronExpression"`
	ZoneID         string `json:"zoneId"`
}

// Values of Schedule.OverlapPolicy: what to do when the execution before is still open.
const (
	OverlapAllow     = "ALLOW"     // start beside it
	OverlapSkip      = "SKIP"      // do not start
	OverlapTerminate = "TERMINATE" // end it first
)

// Crons returns the cron expressions of a schedule with their zones; UTC where none is given.
func (s *Schedule) Crons() []CronSchedule {
	crons := s.CronSchedules
	if len(crons) == 0 {
		crons = []CronSchedule{{CronExpression: s.CronExpression, ZoneID: s.ZoneID}}
	}
	out := make([]CronSchedule, len(crons))
	for i, c := range crons {
		if out[i] = c; c.ZoneID == "" {
			out[i].ZoneID = "UTC"
		}
	}
	return out
}

// ScheduleExecution tells of one time of a schedule (Conductor: WorkflowScheduleExecution). Times are epoch milliseconds.
type ScheduleExecution struct {
	ExecutionID          string          `json:"executionId"`
	ScheduleName         string          `json:"scheduleName"`
	ScheduledTime        int64           `json:"scheduledTime"` // when it was due
	ExecutionTime        int64           `json:"executionTime"` // when it was done
	WorkflowName         string          `json:"workflowName"`
	WorkflowID           string          `json:"workflowId,omitempty"`
	Reason               string          `json:"reason,omitempty"`
	StartWorkflowRequest *ScheduledStart `json:"startWorkflowRequest,omitempty"`
	State                string          `json:"state"` // EXECUTED or FAILED
	ZoneID               string          `json:"zoneId"`
	CronExpression       string          `json:"cronExpression,omitempty"`
}

// Values of ScheduleExecution.State.
const (
	ScheduleExecuted = "EXECUTED"
	ScheduleFailed   = "FAILED"
)

// Validate reports everything that is wrong with a schedule, as an *Error of kind [Invalid]. cron checks an expression
// and zone the name of a time zone.
func (s *Schedule) Validate(cron, zone func(string) error) error {
	var v validator
	v.text("name", s.Name)
	if strings.ContainsRune(s.Name, '/') {
		v.add("name", s.Name, "must not hold a slash")
	}
	for i, c := range s.Crons() {
		path := ""
		if len(s.CronSchedules) > 0 {
			path = fmt.Sprintf("cronSchedules[%d].", i)
		}
		if c.CronExpression == "" {
			v.text(path+"cronExpression", "")
		} else {
			v.check(path+"cronExpression", c.CronExpression, cron)
		}
		v.check(path+"zoneId", c.ZoneID, zone)
	}
	if s.OverlapPolicy != "" {
		v.oneOf("overlapPolicy", s.OverlapPolicy, OverlapAllow, OverlapSkip, OverlapTerminate)
	}
	if s.ScheduleEndTime != 0 && s.ScheduleEndTime < s.ScheduleStartTime {
		v.add("scheduleEndTime", fmt.Sprint(s.ScheduleEndTime), "must not be before scheduleStartTime")
	}
	switch r := s.StartWorkflowRequest; {
	case r == nil:
		v.add("startWorkflowRequest", "", "must be given")
	case strings.TrimSpace(r.Name) == "" && r.WorkflowDef == nil:
		v.text("startWorkflowRequest.name", "")
	case r.Priority < 0 || r.Priority > MaxPriority:
		v.add("startWorkflowRequest.priority", fmt.Sprint(r.Priority), "must be from 0 to %d", MaxPriority)
	}
	return v.err()
}
