package decide

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Event is a change of a task's state that its definition wants to be published (onStateChange). It stays in the
// execution until it has been.
type Event struct {
	ID      string           `json:"id"` // of the task, the change and its place in the list: it is the same when it is published again
	Type    string           `json:"type"`
	Payload workflow.Payload `json:"payload,omitempty"`
}

// The changes that onStateChange may name; a key may hold several, with commas between them.
const (
	onScheduled = "onScheduled"
	onStart     = "onStart"
	onSuccess   = "onSuccess"
	onFailed    = "onFailed"
	onCancelled = "onCancelled"
)

// maxEvents is how many events an execution holds that could not be published yet; more are dropped.
const maxEvents = 1000

// tellChange notes the events that the definition of a task lists for a change of its state.
func (s *State) tellChange(t *Task, change string) {
	if !s.env.Publishes || t.node == nil || len(t.node.task.OnStateChange) == 0 {
		return
	}
	n := 0
	for _, keys := range slices.Sorted(maps.Keys(t.node.task.OnStateChange)) {
		if !slices.ContainsFunc(strings.Split(keys, ","), func(k string) bool { return strings.TrimSpace(k) == change }) {
			continue
		}
		for _, e := range stateEvents(t.node.task.OnStateChange[keys]) {
			if len(s.Events) >= maxEvents {
				return
			}
			s.Events = append(s.Events, Event{
				ID: fmt.Sprintf("%s:%s:%d", t.ID, change, n), Type: e.Type, Payload: s.eventPayload(t, change, e.Payload),
			})
			s.changes.Header = true
			n++
		}
	}
}

// stateEvent is an entry of onStateChange.
type stateEvent struct {
	Type    string         `json:"type"`
	Payload map[string]any `json:"payload"`
}

// stateEvents reads a list of onStateChange; entries without a type are left out.
func stateEvents(list any) []stateEvent {
	var out []stateEvent
	b, err := json.Marshal(list)
	if err != nil || json.Unmarshal(b, &out) != nil {
		return nil
	}
	return slices.DeleteFunc(out, func(e stateEvent) bool { return e.Type == "" })
}

// eventPayload is the payload in the definition with its expressions resolved, and with what tells the task.
func (s *State) eventPayload(t *Task, change string, own map[string]any) workflow.Payload {
	all := map[string]any{
		"stateChange": change, "workflowInstanceId": s.ID, "workflowType": s.Name, "workflowVersion": s.Version,
		"correlationId": s.CorrelationID, "taskId": t.ID, "taskType": t.Type, "referenceTaskName": t.Ref, "status": string(t.Status),
	}
	p, err := workflow.NewPayload(merged(all, expr.ResolveMap(own, document{s})))
	if err != nil {
		return nil
	}
	return p
}

// changeTo names the change that a task's end is.
func changeTo(st workflow.TaskStatus) string {
	switch {
	case st == workflow.TaskCanceled:
		return onCancelled
	case st == workflow.TaskSkipped:
		return ""
	case st.Successful():
		return onSuccess
	}
	return onFailed
}

// Published takes out the events that have been published.
func (s *State) Published(events []Event) {
	s.Events = slices.DeleteFunc(slices.Clone(s.Events), func(e Event) bool {
		return slices.ContainsFunc(events, func(p Event) bool { return p.ID == e.ID })
	})
	s.changes.Header = true
}

// scheduleEvent makes an EVENT task; publishing is work that follows from its record.
func (s *State) scheduleEvent(t *Task) {
	obj, _ := s.inputs(t.node, t.ID)
	obj["sink"] = expr.Resolve(t.node.task.Sink, document{s})
	if _, ok := obj["asyncComplete"]; !ok {
		obj["asyncComplete"] = t.node.task.AsyncComplete
	}
	t.Input, _ = workflow.NewPayload(obj)
	s.launch(t)
}

// maxApplied is how many of the effects that came from outside an execution remembers. Those that may come again are the
// few that were under way when a process died.
const maxApplied = 64

// Applied reports whether an effect has been applied to the execution.
func (s *State) Applied(id string) bool { return slices.Contains(s.Effects, id) }

// Apply remembers that this step applies an effect.
func (s *State) Apply(id string) {
	s.Effects = append(slices.Clone(s.Effects), id)
	s.Effects = s.Effects[max(0, len(s.Effects)-maxApplied):]
	s.changes.Header = true
}

// AppendVariables is SetVariables with values that lists of the same name grow by.
func (s *State) AppendVariables(vars map[string]any) error {
	all := make(map[string]any, len(vars))
	for name, v := range vars {
		if old, ok := s.variables()[name].([]any); ok {
			more, isList := v.([]any)
			if !isList {
				more = []any{v}
			}
			v = slices.Concat(old, more)
		}
		all[name] = v
	}
	p, err := workflow.NewPayload(all)
	if err != nil {
		return workflow.Errorf(workflow.Invalid, "variables: %v", err)
	}
	return s.SetVariables(p)
}
