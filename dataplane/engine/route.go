package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Route says which version of a workflow the starts get that do not name one. Without a route it is the latest.
type Route struct {
	Shares []Share `json:"shares"`
}

// Share is a version's part of the starts, in percent.
type Share struct {
	Version int `json:"version"`
	Percent int `json:"percent"`
}

// routeKind is the kind of the documents of routes.
const routeKind = "route"

// pick returns the version that an execution with this id gets: the same whenever it is asked.
func (r *Route) pick(id string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	at := int(h.Sum64() % 100)
	for _, s := range r.Shares {
		if at -= s.Percent; at < 0 {
			return s.Version
		}
	}
	return 0
}

// version returns the version that a start of a workflow without one gets; 0 is the latest.
func (r *registry) version(name, id string) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if route := r.routes[name]; route != nil {
		return route.pick(id)
	}
	return 0
}

// Route returns the route of a workflow.
func (e *Engine) Route(_ context.Context, name string) (*Route, error) {
	e.defs.mu.RLock()
	defer e.defs.mu.RUnlock()
	if r := e.defs.routes[name]; r != nil {
		return r, nil
	}
	return nil, workflow.Errorf(workflow.NotFound, "Workflow %s has no route: starts get its latest version", name)
}

// PutRoute sets the route of a workflow, for starts from now on.
func (e *Engine) PutRoute(ctx context.Context, name string, route *Route) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "PutRoute", name, route); ok {
		return err
	}
	r := e.defs
	defer e.changed(ctx, &err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.check(name, route); err != nil {
		return err
	}
	b, err := json.Marshal(route)
	if err != nil {
		return fmt.Errorf("encode route: %w", err)
	}
	if err := e.store.PutDocs(ctx, store.Doc{Kind: routeKind, Key: name, Value: b}); err != nil {
		return fmt.Errorf("store route: %w", err)
	}
	r.routes[name] = route
	return nil
}

// check refuses a route to versions that are not registered, or whose shares do not add up.
func (r *registry) check(name string, route *Route) error {
	if r.defs[name] == nil {
		return workflow.Errorf(workflow.NotFound, "No such workflow found by name: %s", name)
	}
	var wrong []workflow.Violation
	add := func(path, format string, args ...any) {
		wrong = append(wrong, workflow.Violation{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	total := 0
	for i, s := range route.Shares {
		if r.defs[name][s.Version] == nil {
			add(fmt.Sprintf("shares[%d].version", i), "%s has no version %d", name, s.Version)
		}
		if s.Percent < 0 {
			add(fmt.Sprintf("shares[%d].percent", i), "must not be negative")
		}
		total += s.Percent
	}
	if total != 100 {
		add("shares", "must add up to 100 percent, not %d", total)
	}
	if len(wrong) > 0 {
		return &workflow.Error{Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.", Violations: wrong}
	}
	return nil
}

// DeleteRoute takes a route away: starts get the latest version again. It is no error when there is none.
func (e *Engine) DeleteRoute(ctx context.Context, name string) (err error) {
	if _, err, ok := pass[none](ctx, e, definitions, "DeleteRoute", name); ok {
		return err
	}
	defer e.changed(ctx, &err)
	e.defs.mu.Lock()
	defer e.defs.mu.Unlock()
	if err := e.store.DeleteDoc(ctx, routeKind, name); err != nil {
		return fmt.Errorf("delete route: %w", err)
	}
	delete(e.defs.routes, name)
	return nil
}

// routed reports whether starts get a version by the route of its workflow. The registry is locked.
func (r *registry) routed(name string, version int) bool {
	if route := r.routes[name]; route != nil {
		for _, s := range route.Shares {
			if s.Version == version && s.Percent > 0 {
				return true
			}
		}
	}
	return false
}

func readRoutes(ctx context.Context, s store.Store) (map[string]*Route, error) {
	docs, err := s.Docs(ctx, routeKind)
	if err != nil {
		return nil, fmt.Errorf("read routes: %w", err)
	}
	out := map[string]*Route{}
	for _, d := range docs {
		r := &Route{}
		if err := json.Unmarshal(d.Value, r); err != nil {
			return nil, fmt.Errorf("route of %s: %w", d.Key, err)
		}
		out[d.Key] = r
	}
	return out, nil
}
