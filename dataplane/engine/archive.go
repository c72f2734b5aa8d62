package engine

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// maxArchive bounds what is read of an archive, in bytes, compressed or not.
const maxArchive = 1 << 30

// archive is the content of an archived execution: what the API answers of it, and the logs of its tasks by their ids.
type archive struct {
	*workflow.Execution
	Logs map[string][]workflow.TaskLog `json:"logs,omitempty"`
}

// archives reports whether the executions of a workflow are archived before retention removes them.
func (e *Engine) archives(name string) bool {
	if def := e.defs.Def(name, 0); def != nil {
		if want, own := def.Archive(); own {
			return want
		}
	}
	return e.archive
}

// archiveFirst returns what is to be done with executions of a workflow before they are removed: nil when nothing is.
func (e *Engine) archiveFirst(ctx context.Context, name string) runner.Last {
	if !e.archives(name) {
		return nil
	}
	return func(s *decide.State) (bool, error) { return true, e.archiveNow(ctx, s) }
}

// archiveNow writes the archive of an execution; it is durable when archiveNow returns. Written again, it is the same.
func (e *Engine) archiveNow(ctx context.Context, s *decide.State) error {
	if e.payloads.Store == nil {
		return fmt.Errorf("archive %s: this server has no payload store", s.ID)
	}
	a := archive{s.Execution(true).Brief(), map[string][]workflow.TaskLog{}}
	for _, t := range a.Tasks {
		lines, err := e.store.Logs(ctx, t.TaskID)
		if err != nil {
			return fmt.Errorf("archive %s: %w", s.ID, err)
		}
		if len(lines) > 0 {
			a.Logs[t.TaskID] = lines
		}
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(a), z.Close()); err != nil {
		return fmt.Errorf("archive %s: %w", s.ID, err)
	}
	if err := e.payloads.Store.Put(ctx, payload.Archive(s.ID), b.Bytes()); err != nil {
		return fmt.Errorf("archive %s: %w", s.ID, err)
	}
	return nil
}

// archived returns an execution from its archive, or missing when there is none.
func (e *Engine) archived(ctx context.Context, id string, includeTasks bool, missing error) (*workflow.Execution, error) {
	if e.payloads.Store == nil {
		return nil, missing
	}
	b, err := e.payloads.Store.Get(ctx, payload.Archive(id), maxArchive)
	if errors.Is(err, payload.ErrNotFound) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("read archive of %s: %w", id, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read archive of %s: %w", id, err)
	}
	a := archive{Execution: &workflow.Execution{}}
	if err := json.NewDecoder(io.LimitReader(z, maxArchive)).Decode(&a); err != nil {
		return nil, fmt.Errorf("read archive of %s: %w", id, err)
	}
	if !includeTasks {
		a.Tasks = []*workflow.Task{}
	}
	return a.Execution, nil
}

// Remove deletes an execution with its tasks and logs. With keep an open one is refused, and the archive stays, as its
// definition wants one; without, nothing is left, an archive neither.
func (e *Engine) Remove(ctx context.Context, id string, keep bool) error {
	if _, err, ok := pass[none](ctx, e, id, "Remove", id, keep); ok {
		return err
	}
	err := e.runner.Remove(ctx, id, func(s *decide.State) (archived bool, err error) {
		if keep && !s.Status.Terminal() {
			return false, workflow.Errorf(workflow.Invalid, "Execution %s is %s; terminate it first, or say archiveWorkflow=false.", id, s.Status)
		}
		if keep && e.archives(s.Name) {
			return true, e.archiveNow(ctx, s)
		}
		return false, nil
	})
	if workflow.KindOf(err) == workflow.NotFound {
		_, err = e.archived(ctx, id, false, err)
	}
	if err != nil || keep || e.payloads.Store == nil {
		return err
	}
	if err := e.payloads.Store.Remove(ctx, id); err != nil {
		return fmt.Errorf("remove %s: %w", id, err)
	}
	return nil
}
