package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Access is a set of what may be done with one thing.
type Access uint8

// What may be done. All but Create allow to see the thing too.
const (
	Create Access = 1 << iota
	Read
	Update
	Execute
	Delete
)

// accessNames are in the order of the bits.
var accessNames = []string{"CREATE", "READ", "UPDATE", "EXECUTE", "DELETE"}

// ParseAccess reads names of accesses. The error names the first that is none.
func ParseAccess(names []string) (Access, error) {
	var a Access
	for _, n := range names {
		i := slices.Index(accessNames, strings.ToUpper(n))
		if i < 0 {
			return 0, workflow.Errorf(workflow.Invalid, "access: must be some of %s, and %q is none of them.", strings.Join(accessNames, ", "), n)
		}
		a |= 1 << i
	}
	return a, nil
}

// Names returns the accesses of the set.
func (a Access) Names() []string {
	out := []string{}
	for i, n := range accessNames {
		if a&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// Kind is a kind of thing that can be granted.
type Kind string

// The kinds. A tag, key:value, stands for all workflow definitions, task definitions and secrets that have it.
const (
	WorkflowDef Kind = "WORKFLOW_DEF"
	TaskDef     Kind = "TASK_DEF"
	Secret      Kind = "SECRET_NAME"
	Domain      Kind = "DOMAIN"
	Tag         Kind = "TAG"
)

// Kinds are all of them.
var Kinds = []Kind{WorkflowDef, TaskDef, Secret, Domain, Tag}

// Target is one thing, or all that have a tag.
type Target struct {
	Type Kind   `json:"type"`
	ID   string `json:"id"`
}

// Scope is what somebody was granted, beside what their roles allow. It does not change. The nil scope grants nothing.
type Scope struct {
	targets map[Target]Access
	tags    bool // some of the targets are tags
	some    Rights
}

// NewScope makes a scope of grants; nil of none.
func NewScope(grants map[Target]Access) *Scope {
	if len(grants) == 0 {
		return nil
	}
	s := &Scope{targets: make(map[Target]Access, len(grants)), some: RightsOf()}
	for t, a := range grants {
		if a&(Update|Execute|Delete) != 0 {
			a |= Read
		}
		s.targets[t] |= a
		s.tags = s.tags || t.Type == Tag
		s.some |= opens(t.Type, a)
	}
	return s
}

func (s *Scope) equal(other *Scope) bool {
	if s == nil || other == nil {
		return s == other
	}
	return maps.Equal(s.targets, other.targets)
}

// opens are the calls that a grant opens, for the thing that is granted.
func opens(kind Kind, a Access) Rights {
	if kind == Tag {
		return opens(WorkflowDef, a) | opens(TaskDef, a) | opens(Secret, a)
	}
	var r Rights
	add := func(with Access, ps ...Permission) {
		if a&with != 0 {
			r |= RightsOf(ps...)
		}
	}
	switch kind {
	case WorkflowDef:
		add(Read, WorkflowRead, ExecutionRead)
		add(Create|Update|Delete, WorkflowWrite)
		add(Execute, ExecutionStart, ExecutionOperate, TaskWork)
		add(Delete, ExecutionRemove)
	case TaskDef:
		add(Read, TaskDefRead)
		add(Create|Update|Delete, TaskDefWrite)
		add(Execute, TaskWork, ExecutionRead) // of its own tasks
	case Secret:
		add(Read, SecretList, SecretRead)
		add(Create|Update|Delete, SecretWrite)
	case Domain:
		add(Execute, TaskWork, ExecutionRead)
	}
	return r
}

// MaySome reports whether the caller may do something with a part of what the cluster holds: the call is let in, and what
// it concerns decides.
func (c *Caller) MaySome(p Permission) bool { return c.scope != nil && c.scope.some.Has(p) }

// Granted reports whether all of the access to a thing was granted to the caller, by its name or by one of its tags. tags is
// asked for only if it matters; nil: the thing has none.
func (c *Caller) Granted(kind Kind, name string, want Access, tags func() []workflow.Tag) bool {
	s := c.scope
	if s == nil {
		return false
	}
	has := s.targets[Target{kind, name}]
	if has&want == want {
		return true
	}
	if !s.tags || tags == nil {
		return false
	}
	for _, t := range tags() {
		if has |= s.targets[Target{Tag, t.Key + ":" + t.Value}]; has&want == want {
			return true
		}
	}
	return false
}

// GrantedWith returns all that was granted to the caller for a thing, by its name or by one of its tags.
func (c *Caller) GrantedWith(kind Kind, name string, tags []workflow.Tag) Access {
	if c.scope == nil {
		return 0
	}
	has := c.scope.targets[Target{kind, name}]
	for _, t := range tags {
		has |= c.scope.targets[Target{Tag, t.Key + ":" + t.Value}]
	}
	return has
}

// Tagging returns the tags on which an access was granted to the caller, in order.
func (c *Caller) Tagging(want Access) []workflow.Tag {
	var out []workflow.Tag
	for t, a := range c.Grants() {
		if key, value, ok := strings.Cut(t.ID, ":"); ok && t.Type == Tag && a&want == want {
			out = append(out, workflow.Tag{Key: key, Value: value})
		}
	}
	slices.SortFunc(out, func(a, b workflow.Tag) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value)) })
	return out
}

// Grants returns what was granted to the caller.
func (c *Caller) Grants() map[Target]Access {
	if c.scope == nil {
		return nil
	}
	return c.scope.targets
}

// ByTags reports whether the caller was granted anything by its tags.
func (c *Caller) ByTags() bool { return c.scope != nil && c.scope.tags }

// Grants reports whether a scope grants all of the access to a target as it is named; the tags of things are not looked at.
func (s *Scope) Grants(t Target, want Access) bool { return s != nil && s.targets[t]&want == want }

// Allows reports whether rights that hold everywhere include an access to things of a kind.
func Allows(r Rights, kind Kind, a Access) bool {
	if kind == Tag {
		return Allows(r, WorkflowDef, a) && Allows(r, TaskDef, a) && Allows(r, Secret, a)
	}
	p, ok := needs[kind][a]
	return ok && r.Has(p)
}

// needs is the permission that allows an access everywhere.
var needs = map[Kind]map[Access]Permission{
	WorkflowDef: {Create: WorkflowWrite, Read: WorkflowRead, Update: WorkflowWrite, Execute: ExecutionStart, Delete: WorkflowWrite},
	TaskDef:     {Create: TaskDefWrite, Read: TaskDefRead, Update: TaskDefWrite, Execute: TaskWork, Delete: TaskDefWrite},
	Secret:      {Create: SecretWrite, Read: SecretRead, Update: SecretWrite, Delete: SecretWrite},
	Domain:      {Execute: TaskWork},
}
