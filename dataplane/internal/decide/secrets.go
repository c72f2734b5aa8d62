package decide

import (
	"encoding/json"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
)

// SecretsOf returns the names of the secrets that a task may use: those that the definition names, with its task definitions,
// and those that its starter may use, as the input may carry references to them. A reference in any other data is data.
func (s *State) SecretsOf(t *Task) []string {
	names := slices.Concat(s.plan.secrets, s.Secrets)
	if t.node != nil && t.node.registered != nil {
		if template, err := json.Marshal(t.node.registered.InputTemplate); err == nil {
			names = append(names, expr.NamedSecrets(template)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// filled is the input of an operator that runs inside of a step, with the secrets that it may use. They must not get into
// what is kept: its output goes through the mask.
func (s *State) filled(t *Task) (map[string]any, expr.Filled) {
	in := t.inputObject()
	if !expr.MentionsSecrets(t.Input) {
		return in, nil
	}
	out, filled := expr.FillSecrets(in, s.env.Secrets, s.SecretsOf(t))
	obj, _ := out.(map[string]any)
	return obj, filled
}
