package decide

import (
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// scheduleEvent makes an EVENT task; publishing is work that follows from its record.
func (s *State) scheduleEvent(t *Task) {
	obj, _ := s.inputs(t.node, t.ID)
	obj["sink"] = expr.Resolve(t.node.task.Sink, document{s})
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
