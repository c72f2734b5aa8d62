package access

import (
	"context"
	"strings"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Caller is who made a call. It is shared between calls and must not be changed.
type Caller struct {
	ID          string // of the access key or the person; "" when the gate is open
	Name        string
	Email       string               // of a person
	Role        fleetapi.ClusterRole // "": none
	Groups      []string             // of a person, by name
	Roles       []string             // that it has inside the cluster
	Application string               // id of the application whose access key it called with

	rights Rights
	scope  *Scope
	closed string // why it may only look, whatever its roles; "": its roles say
}

// anyone is who calls where no token is wanted.
var anyone = &Caller{Role: fleetapi.ClusterAdmin, rights: every}

// Anyone is who calls where no token is wanted: they may do everything.
func Anyone() *Caller { return anyone }

// May reports whether the caller may do something everywhere in the cluster.
func (c *Caller) May(p Permission) bool { return c.rights.Has(p) }

// Enter wants that the caller may do something, everywhere or with a part of what the cluster holds.
func (c *Caller) Enter(p Permission) error {
	if c.May(p) || c.MaySome(p) {
		return nil
	}
	return c.Lacks(p)
}

// Lacks is the error for a caller without a permission.
func (c *Caller) Lacks(p Permission) error {
	if c.closed != "" {
		return errClosed(c.closed)
	}
	return workflow.Errorf(workflow.Denied, "This needs the permission %s, which %s does not have.", p, c.called())
}

// Refused is the error for a caller who may do something with other things than this one.
func (c *Caller) Refused(want Access, kind Kind, name string) error {
	if c.closed != "" {
		return errClosed(c.closed)
	}
	return workflow.Errorf(workflow.Denied, "This needs %s on %s %s, which was not granted, and %s does not allow it everywhere.",
		strings.Join(want.Names(), " and "), kind, name, c.called())
}

// onlyLooks leaves a caller what reads and changes nothing.
func (c *Caller) onlyLooks(reason string) {
	c.closed = reason
	c.rights &= viewing | RightsOf(AccessRead)
	if c.scope == nil {
		return
	}
	seen := make(map[Target]Access, len(c.scope.targets))
	for t, a := range c.scope.targets {
		if a &= Read; a != 0 {
			seen[t] = a
		}
	}
	c.scope = NewScope(seen)
}

// called is what the caller is by its roles.
func (c *Caller) called() string {
	var roles []string
	if c.Role != "" {
		roles = append(roles, string(c.Role))
	}
	if roles = append(roles, c.Roles...); len(roles) == 0 {
		return "whoever has no role in this cluster"
	}
	return "the role " + strings.Join(roles, ", ")
}

// Rights returns all that the caller may do everywhere in the cluster.
func (c *Caller) Rights() Rights { return c.rights }

// MayTheSame reports whether another caller may do neither more nor less.
func (c *Caller) MayTheSame(other *Caller) bool {
	return c == other || c.rights == other.rights && c.closed == other.closed && c.scope.equal(other.scope)
}

// callerKey is where a context holds its caller.
type callerKey struct{}

// With returns a context that tells who calls.
func With(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns who calls; nobody, who may do nothing, when the context does not tell.
func From(ctx context.Context) *Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return c
	}
	return nobody
}

var nobody = &Caller{}
