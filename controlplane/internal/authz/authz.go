// Package authz decides who may do what. It is pure: what somebody holds is handed in, and nothing is remembered between two
// decisions, so that a role that was taken away is gone with the next one.
//
// A [Permission] is the right to call an operation; the operations of openapi.yaml name theirs in x-permission. A [Role] is a
// set of permissions: built in, the same everywhere, or made by an organization. A [Principal] gets roles by [Grant]s, each
// for a [Scope]: an organization, one of its projects, or a single cluster. All that somebody holds is their [Rights]; a
// right is given by any of the grants and taken by none.
package authz

import (
	"fmt"
	"slices"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Kind is what a principal is.
type Kind string

// The kinds of principals.
const (
	User           Kind = "user"            // an account
	Group          Kind = "group"           // of accounts of an organization
	ServiceAccount Kind = "service-account" // of an organization, used by programs
)

// Principal is who can be granted something. Its kind keeps an id apart from equal ids of other kinds.
type Principal struct {
	Kind Kind
	ID   string
}

// Scope is where a grant holds, or where a right is asked for. An organization without a project and a cluster stands for
// everything in it, a project without a cluster for all its clusters.
type Scope struct {
	Organization string // id
	Project      string // id; set together with Cluster when a right is asked for
	Cluster      string // id
}

// Covers reports whether what holds in s holds in the scope of a question.
func (s Scope) Covers(asked Scope) bool {
	return s.Organization != "" && s.Organization == asked.Organization && (s.Project == "" || s.Project == asked.Project) &&
		(s.Cluster == "" || s.Cluster == asked.Cluster)
}

// Grant is a role in a scope.
type Grant struct {
	Role  Role
	Scope Scope
	// Permissions are those of a role that the organization has made; those of built-in roles are known.
	Permissions []Permission
}

// Rights is all that a caller holds. The zero value allows nothing.
type Rights struct {
	decider *Decider
	grants  []Grant
	limit   *Grant // nil: none
}

// The model. A rule names a permission and the built-in roles that have it, for all organizations; g knows what the caller
// holds where. Rules and callers stay few: a decision costs the same however many organizations there are.
const rules = `
[request_definition]
r = caller, scope, permission

[policy_definition]
p = permission, roles

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.permission == p.permission && g(r.caller, p.permission, p.roles, r.scope)
`

// Decider holds the built-in rules. It is safe for concurrent use, and never changes.
type Decider struct{ enforcer *casbin.Enforcer }

// New returns the decider.
func New() (*Decider, error) {
	m, err := model.NewModelFromString(rules)
	if err != nil {
		return nil, fmt.Errorf("rules of authorization: %w", err)
	}
	// The plain enforcer: the cached ones go on to allow what has been taken away.
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("rules of authorization: %w", err)
	}
	e.AddFunction("g", holds)
	for _, d := range definitions {
		if _, err := e.AddPolicy(string(d.Name), d.roles()); err != nil {
			return nil, fmt.Errorf("rules of authorization: %s: %w", d.Name, err)
		}
	}
	return &Decider{e}, nil
}

// holds reports whether a caller has a grant in a scope whose role has a permission. Its arguments are those of g in the
// model. It is not casbin's own g, whose memory of former answers would outlive what they were about.
func holds(args ...any) (any, error) {
	grants, _ := args[0].([]Grant)
	permission, _ := args[1].(string)
	roles, _ := args[2].(string)
	asked, _ := args[3].(Scope)
	return slices.ContainsFunc(grants, func(g Grant) bool {
		return g.Scope.Covers(asked) && g.within(roles, Permission(permission))
	}), nil
}

// Rights returns what somebody has who holds the grants.
func (d *Decider) Rights(grants []Grant) Rights { return Rights{decider: d, grants: grants} }

// Limit returns the rights without all that the grant does not give: those of a key that may do less than its owner. The grant
// of a cluster names its project too.
func (r Rights) Limit(to Grant) Rights {
	r.limit = &to
	return r
}

// Allow reports whether the rights hold a permission in a scope. Unknown permissions are held by nobody.
func (r Rights) Allow(p Permission, in Scope) bool {
	if r.decider == nil {
		return false
	}
	ok, err := r.decider.enforcer.Enforce(r.grants, in, string(p))
	if ok && r.limit != nil {
		ok, err = r.decider.enforcer.Enforce([]Grant{*r.limit}, in, string(p))
	}
	return ok && err == nil
}

// Anywhere reports whether the rights hold a permission in an organization or in any part of it.
func (r Rights) Anywhere(p Permission, organization string) bool {
	return slices.ContainsFunc(r.grants, func(g Grant) bool {
		in := g.Scope
		if r.limit != nil && in.Covers(r.limit.Scope) {
			in = r.limit.Scope
		}
		return in.Organization == organization && r.Allow(p, in)
	})
}

// Permissions returns all that the rights hold in a scope, in the order of the table; not nil. It is what Allow says of
// each, found at once.
func (r Rights) Permissions(in Scope) []Permission {
	held := []Permission{}
	for _, d := range definitions {
		if (r.limit == nil || r.limit.gives(d, in)) && slices.ContainsFunc(r.grants, func(g Grant) bool { return g.gives(d, in) }) {
			held = append(held, d.Name)
		}
	}
	return held
}

func (g Grant) gives(d Definition, in Scope) bool { return g.Scope.Covers(in) && g.has(d) }

// Cover reports whether the rights hold all that a grant gives, where it gives it: only then may one make the grant, or end
// it.
func (r Rights) Cover(g Grant) bool {
	held := r.Permissions(g.Scope)
	return !slices.ContainsFunc(definitions, func(d Definition) bool { return g.has(d) && !slices.Contains(held, d.Name) })
}

// CoverAll reports whether the rights hold all that several grants give: only then may one change who holds them.
func (r Rights) CoverAll(grants []Grant) bool {
	return !slices.ContainsFunc(grants, func(g Grant) bool { return !r.Cover(g) })
}

// ClusterRole returns the role inside a cluster that the rights give, "" for none.
func (r Rights) ClusterRole(in Scope) fleetapi.ClusterRole {
	for _, inside := range []struct {
		permission Permission
		role       fleetapi.ClusterRole
	}{
		{"cluster.administer", fleetapi.ClusterAdmin},
		{"cluster.develop", fleetapi.ClusterDeveloper},
		{"cluster.operate", fleetapi.ClusterOperator},
		{"cluster.view", fleetapi.ClusterViewer},
		{"cluster.work", fleetapi.ClusterWorker},
		{"cluster.use", fleetapi.ClusterGuest},
	} {
		if r.Allow(inside.permission, in) {
			return inside.role
		}
	}
	return ""
}
