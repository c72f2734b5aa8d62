package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// EventHandler says what to do when something happens (Conductor: EventHandler). Its identity is Name.
type EventHandler struct {
	Name          string         `json:"name"`
	Event         string         `json:"event"` // provider:queue, as conductor:workflow:reference
	Condition     string         `json:"condition,omitempty"`
	Actions       []*EventAction `json:"actions"`
	Active        bool           `json:"active"`
	EvaluatorType string         `json:"evaluatorType,omitempty"` // of the condition; default javascript
	Description   string         `json:"description,omitempty"`
	CreatedBy     string         `json:"createdBy,omitempty"`
	Tags          []Tag          `json:"tags,omitempty"`
}

// Values of EventAction.Action.
const (
	ActionStart     = "start_workflow"
	ActionComplete  = "complete_task"
	ActionFail      = "fail_task"
	ActionTerminate = "terminate_workflow"
	ActionVariables = "update_workflow_variables"
)

var eventActions = []string{ActionStart, ActionComplete, ActionFail, ActionTerminate, ActionVariables}

// EventAction is one thing that a handler does. The field of its Action holds the details, whose texts may be ${}
// expressions over the event's payload.
type EventAction struct {
	Action           string          `json:"action"`
	Start            *EventStart     `json:"start_workflow,omitempty"`
	Complete         *EventTask      `json:"complete_task,omitempty"`
	Fail             *EventTask      `json:"fail_task,omitempty"`
	Terminate        *EventTerminate `json:"terminate_workflow,omitempty"`
	Variables        *EventVariables `json:"update_workflow_variables,omitempty"`
	ExpandInlineJSON bool            `json:"expandInlineJSON"` // texts of the payload that hold JSON are read
}

// EventStart starts an execution.
type EventStart struct {
	Name          string            `json:"name"`
	Version       *int              `json:"version,omitempty"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Input         map[string]any    `json:"input,omitempty"`
	TaskToDomain  map[string]string `json:"taskToDomain,omitempty"`
}

// EventTask ends a task, which TaskID names, or WorkflowID and TaskRefName.
type EventTask struct {
	WorkflowID            string         `json:"workflowId,omitempty"`
	TaskRefName           string         `json:"taskRefName,omitempty"`
	TaskID                string         `json:"taskId,omitempty"`
	Output                map[string]any `json:"output,omitempty"`
	ReasonForIncompletion string         `json:"reasonForIncompletion,omitempty"`
}

// EventTerminate ends an execution.
type EventTerminate struct {
	WorkflowID        string `json:"workflowId"`
	TerminationReason string `json:"terminationReason,omitempty"`
}

// EventVariables lays values over an execution's variables; with AppendArray lists grow.
type EventVariables struct {
	WorkflowID  string         `json:"workflowId"`
	Variables   map[string]any `json:"variables"`
	AppendArray bool           `json:"appendArray"`
}

// EventExecution tells of one action of one handler for one message (Conductor: EventExecution).
type EventExecution struct {
	ID        string         `json:"id"`
	MessageID string         `json:"messageId"`
	Name      string         `json:"name"` // of the handler
	Event     string         `json:"event"`
	Created   int64          `json:"created"`
	Status    string         `json:"status"` // COMPLETED, FAILED or SKIPPED
	Action    string         `json:"action,omitempty"`
	Output    map[string]any `json:"output"`
	Reason    string         `json:"statusDescription,omitempty"`
	Payload   Payload        `json:"payload,omitempty"` // of the message
}

// Values of EventExecution.Status.
const (
	EventCompleted = "COMPLETED"
	EventFailed    = "FAILED"
	EventSkipped   = "SKIPPED"
)

// Validate reports everything that is wrong with a handler, as an *Error of kind [Invalid].
func (h *EventHandler) Validate(c Checks) error {
	v := validator{checks: c}
	v.text("name", h.Name)
	if strings.ContainsRune(h.Name, '/') {
		v.add("name", h.Name, "must not hold a slash")
	}
	if provider, queue, ok := strings.Cut(h.Event, ":"); !ok || provider == "" || queue == "" {
		v.add("event", h.Event, "must be provider:queue, as conductor:workflow:reference")
	}
	switch h.EvaluatorType {
	case "", "javascript", "graaljs":
		if h.Condition != "" {
			v.check("condition", h.Condition, c.Script)
		}
	default:
		v.oneOf("evaluatorType", h.EvaluatorType, "javascript", "graaljs", "value-param")
	}
	if h.Actions == nil {
		v.add("actions", "", "must be given")
	}
	for i, a := range h.Actions {
		path := fmt.Sprintf("actions[%d]", i)
		if a == nil || !slices.Contains(eventActions, a.Action) {
			v.add(path+".action", "", "must be one of %s", strings.Join(eventActions, ", "))
			continue
		}
		a.validate(&v, path+"."+a.Action)
	}
	return v.err()
}

func (a *EventAction) validate(v *validator, path string) {
	task := func(t *EventTask) {
		if t == nil || t.TaskID == "" && (t.WorkflowID == "" || t.TaskRefName == "") {
			v.add(path, "", "must have taskId, or workflowId and taskRefName")
		}
	}
	switch a.Action {
	case ActionStart:
		if a.Start == nil {
			v.add(path, "", "must be given")
		} else {
			v.text(path+".name", a.Start.Name)
		}
	case ActionComplete:
		task(a.Complete)
	case ActionFail:
		task(a.Fail)
	case ActionTerminate:
		if a.Terminate == nil || a.Terminate.WorkflowID == "" {
			v.add(path+".workflowId", "", "must not be empty")
		}
	case ActionVariables:
		if a.Variables == nil || a.Variables.WorkflowID == "" {
			v.add(path+".workflowId", "", "must not be empty")
		}
	}
}
