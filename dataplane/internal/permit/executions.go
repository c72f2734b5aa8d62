package permit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Start implements the engine's method. A definition that comes with the request is a definition that the caller makes: it
// could do anything, so that the right to start is not enough.
func (e *Engine) Start(ctx context.Context, req *workflow.StartRequest) (string, error) {
	name := req.Name
	if req.WorkflowDef != nil {
		name = cmp.Or(req.WorkflowDef.Name, name)
		if err := e.allow(ctx, access.WorkflowWrite, access.WorkflowDef, name, access.Update); err != nil {
			return "", err
		}
		if !access.From(ctx).May(access.WorkflowWrite) {
			if err := e.check(ctx, req.WorkflowDef); err != nil {
				return "", err
			}
		} else if err := e.secretsOf(ctx, req.WorkflowDef); err != nil {
			return "", err
		}
	}
	if err := e.allow(ctx, access.ExecutionStart, access.WorkflowDef, name, access.Execute); err != nil {
		return "", err
	}
	return e.engine.Start(ctx, req)
}

func (e *Engine) see(ctx context.Context, id string) error {
	return e.execution(ctx, access.ExecutionRead, id, access.Read)
}

// Execution implements the engine's method.
func (e *Engine) Execution(ctx context.Context, id string, includeTasks bool) (*workflow.Execution, error) {
	if err := e.see(ctx, id); err != nil {
		return nil, err
	}
	return e.engine.Execution(ctx, id, includeTasks)
}

// Await implements the engine's method.
func (e *Engine) Await(ctx context.Context, id string, until []string, wait time.Duration) (*engine.Awaited, error) {
	if err := e.see(ctx, id); err != nil {
		return nil, err
	}
	return e.engine.Await(ctx, id, until, wait)
}

// Search finds only what the caller may see.
func (e *Engine) Search(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Summary], error) {
	var err error
	if s.Workflows, err = e.readable(ctx); err != nil {
		return nil, err
	}
	return e.engine.Search(ctx, s)
}

// SearchTasks finds only what the caller may see.
func (e *Engine) SearchTasks(ctx context.Context, s engine.Search) (*engine.Page[*workflow.Task], error) {
	var err error
	if s.Workflows, err = e.readable(ctx); err != nil {
		return nil, err
	}
	return e.engine.SearchTasks(ctx, s)
}

// Correlated leaves out what the caller may not see.
func (e *Engine) Correlated(ctx context.Context, name, correlationID string, includeClosed, includeTasks bool) ([]*workflow.Execution, error) {
	names, err := e.readable(ctx)
	if err != nil {
		return nil, err
	}
	all, err := e.engine.Correlated(ctx, name, correlationID, includeClosed, includeTasks)
	if names == nil {
		return all, err
	}
	return slices.DeleteFunc(all, func(x *workflow.Execution) bool { return !slices.Contains(names, x.WorkflowName) }), err
}

// Running implements the engine's method.
func (e *Engine) Running(ctx context.Context, name string, version int) ([]string, error) {
	if err := e.allow(ctx, access.ExecutionRead, access.WorkflowDef, name, access.Read); err != nil {
		return nil, err
	}
	return e.engine.Running(ctx, name, version)
}

// Watch tells only of what the caller may see. The channel is closed when ctx ends.
func (e *Engine) Watch(ctx context.Context, workflowID string) <-chan engine.Change {
	in := e.engine.Watch(ctx, workflowID)
	c := access.From(ctx)
	if c.May(access.ExecutionRead) {
		return in
	}
	out := make(chan engine.Change)
	go func() {
		defer close(out)
		for change := range in {
			if !c.Granted(access.WorkflowDef, change.WorkflowName, access.Read, e.tagsFor(ctx, access.WorkflowDef, change.WorkflowName)) {
				continue
			}
			select {
			case out <- change:
			case <-ctx.Done():
			}
		}
	}()
	return out
}
