package access

import (
	"context"

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
	Application bool                 // it called with an access key

	rights Rights
}

// anyone is who calls where no token is wanted.
var anyone = &Caller{Role: fleetapi.ClusterAdmin, rights: every}

// May reports whether the caller may do something everywhere in the cluster.
func (c *Caller) May(p Permission) bool { return c.rights.Has(p) }

// Require is May as an error for the caller.
func (c *Caller) Require(p Permission) error {
	if c.May(p) {
		return nil
	}
	return c.denied(p)
}

func (c *Caller) denied(p Permission) error {
	who := "whoever has no role in this cluster"
	if c.Role != "" {
		who = "the role " + string(c.Role)
	}
	return workflow.Errorf(workflow.Denied, "This needs the permission %s, which %s does not have.", p, who)
}

// Rights returns all that the caller may do everywhere in the cluster.
func (c *Caller) Rights() Rights { return c.rights }

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
