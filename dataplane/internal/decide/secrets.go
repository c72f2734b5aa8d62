package decide

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// SecretsOf returns the names of the secrets that a task may use: those that the definition brings to it, with its task
// definitions, and those that its starter may use, as the input may carry references to them. A reference in any other data is
// data.
func (s *State) SecretsOf(t *Task) []string {
	names := slices.Concat(s.plan.secretsFor(t.node), s.Secrets)
	if t.node != nil && t.node.registered != nil {
		if template, err := json.Marshal(t.node.registered.InputTemplate); err == nil {
			names = append(names, expr.NamedSecrets(template)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// secretsFor returns the secrets that the definition brings to a node: those that it names there, and those that may come as
// references with what the node takes from other tasks or from variables. That they are named elsewhere is not enough, or who
// chooses the data of one task could have the secrets of another sent there.
func (p *Plan) secretsFor(n *node) []string {
	if len(p.secrets) == 0 || n == nil || n.dynamic {
		return p.secrets
	}
	if known := n.secrets.Load(); known != nil {
		return *known
	}
	b := brought{plan: p, seen: map[*node]bool{}}
	b.follow(n)
	if b.any {
		b.names = p.secrets
	}
	n.secrets.Store(&b.names)
	return b.names
}

// brought collects the secrets that come to a node.
type brought struct {
	plan  *Plan
	seen  map[*node]bool
	names []string
	any   bool // it cannot be told where all comes from: any that the definition names
}

// source finds what an expression begins with, and its first field.
var source = regexp.MustCompile(`\$\{\s*([\w-]*)(?:\s*\.\s*(\w+))?`)

func (b *brought) follow(n *node) {
	if b.seen[n] || b.any {
		return
	}
	b.seen[n] = true
	_, text := n.shown()
	b.names = append(b.names, expr.NamedSecrets(text)...)
	for _, m := range source.FindAllSubmatch(text, -1) {
		root, field := string(m[1]), string(m[2])
		from := b.plan.nodes[root]
		switch {
		case root == "workflow" && field == "variables":
			b.variables()
		case root == "workflow" && field != "" && field != "output":
			// The input brings what the starter may use, and nothing else of it holds references.
		case from == nil || !leaf[from.task.Type]:
			b.any = true
		default:
			b.follow(from)
		}
	}
}

// variables follows what variables are set to.
func (b *brought) variables() {
	if first, err := json.Marshal(b.plan.Def.Variables); err == nil {
		b.names = append(b.names, expr.NamedSecrets(first)...)
	}
	for _, n := range b.plan.nodes {
		if n.task.Type == workflow.TypeSetVariable {
			b.follow(n)
		}
	}
}

// leaf are the types whose output comes of their own input alone.
var leaf = map[string]bool{
	workflow.TypeSimple: true, workflow.TypeHTTP: true, workflow.TypeInline: true, workflow.TypeLambda: true, workflow.TypeJQ: true,
	workflow.TypeWait: true, workflow.TypeYield: true, workflow.TypeHuman: true, workflow.TypeEvent: true, workflow.TypeSetVariable: true,
	workflow.TypeSubWorkflow: true, workflow.TypeStartWorkflow: true, workflow.TypeNoop: true, workflow.TypePullMessages: true,
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
