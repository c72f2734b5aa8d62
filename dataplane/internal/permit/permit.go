// Package permit stands between the APIs and the engine: everything that a caller asks for passes through it, over REST and
// over gRPC, and it lets through what the caller's roles allow everywhere, or what was granted for the thing in question.
//
// The calls say who calls in their context ([access.With]); a context that does not say so is nobody's. What roles allow costs
// one look at a set; only callers who live by grants have things looked up. The methods are the engine's, one by one: a new one
// is not reachable before it is decided here what it needs.
package permit

import (
	"context"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// Engine is an engine behind the rights of its callers.
type Engine struct {
	engine *engine.Engine
	made   func(ctx context.Context, c *access.Caller, kind access.Kind, name string) error
}

// New returns an engine behind rights. made is told when somebody has made a thing by a grant and not by a role, so that they
// can go on using it.
func New(e *engine.Engine, made func(ctx context.Context, c *access.Caller, kind access.Kind, name string) error) *Engine {
	return &Engine{engine: e, made: made}
}

// may wants a permission that nothing is granted for.
func may(ctx context.Context, p access.Permission) error {
	c := access.From(ctx)
	if c.May(p) {
		return nil
	}
	return c.Lacks(p)
}

// allow wants a permission everywhere, or an access to one thing.
func (e *Engine) allow(ctx context.Context, p access.Permission, kind access.Kind, name string, want access.Access) error {
	c := access.From(ctx)
	if c.May(p) || c.Granted(kind, name, want, e.tagsFor(ctx, kind, name)) {
		return nil
	}
	return c.Refused(want, kind, name)
}

// execution wants a permission everywhere, or an access to the definition of an execution.
func (e *Engine) execution(ctx context.Context, p access.Permission, id string, want access.Access) error {
	if access.From(ctx).May(p) {
		return nil
	}
	name, err := e.engine.WorkflowOf(ctx, id)
	if err != nil {
		return err
	}
	return e.allow(ctx, p, access.WorkflowDef, name, want)
}

// readable returns the names of the workflows whose executions a caller may see; nil for all.
func (e *Engine) readable(ctx context.Context) ([]string, error) {
	c := access.From(ctx)
	if c.May(access.ExecutionRead) {
		return nil, nil
	}
	names := []string{}
	for t, a := range c.Grants() {
		if t.Type == access.WorkflowDef && a&access.Read != 0 {
			names = append(names, t.ID)
		}
	}
	if !c.ByTags() {
		return names, nil
	}
	defs, err := e.engine.WorkflowDefs(ctx)
	if err != nil {
		return nil, err
	}
	last := ""
	for _, d := range defs { // the versions of one follow each other
		if d.Name != last && c.Granted(access.WorkflowDef, d.Name, access.Read, e.tagsFor(ctx, access.WorkflowDef, d.Name)) {
			names = append(names, d.Name)
		}
		last = d.Name
	}
	return names, nil
}
