package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// outer moves payloads that are too large for rows out of them, before the rows are written.
type outer struct {
	store     payload.Store // nil: there is nowhere to put them
	threshold int
	largest   int
}

// errNoPayload says that the rows name a payload that is not there.
var errNoPayload = errors.New("a payload of the execution is missing")

// move writes what has become too large, and brings the paths up to date.
func (o *outer) move(ctx context.Context, s *decide.State, c *decide.Changes) error {
	if o.store == nil {
		return nil
	}
	for _, p := range s.Parts(c) {
		switch {
		case len(p.Payload) <= o.threshold:
			p.Moved("")
		case p.Path() == "":
			path := payload.New(s.ID)
			if err := o.store.Put(ctx, path, p.Payload); err != nil {
				return fmt.Errorf("payload of %s: %w", s.ID, err)
			}
			p.Moved(path)
			s.Outside = true
		}
	}
	return nil
}

// fetch reads a payload that lies outside; "" is nowhere.
func (o *outer) fetch(ctx context.Context, path string, p *workflow.Payload) error {
	if path == "" {
		return nil
	}
	if o.store == nil {
		return fmt.Errorf("%w: this server has no payload store, and it lies at %s", errNoPayload, path)
	}
	b, err := o.store.Get(ctx, path, max(o.largest, decide.MaxPayload))
	if err != nil {
		return errors.Join(errNoPayload, err)
	}
	*p = b
	return nil
}

// fill reads what a record's payloads are that lie outside.
func (o *outer) fill(ctx context.Context, rec *store.Record, tasks []*decide.Task) error {
	if !rec.Header.Outside {
		return nil
	}
	err := cmp.Or(o.fetch(ctx, rec.Header.InputAt, &rec.Input), o.fetch(ctx, rec.Header.OutputAt, &rec.Output))
	for _, t := range tasks {
		err = cmp.Or(err, o.fetch(ctx, t.InputAt, &t.Input), o.fetch(ctx, t.OutputAt, &t.Output))
	}
	return err
}

// inRow is what a row holds of a payload: nothing when it lies outside.
func inRow(p workflow.Payload, path string) workflow.Payload {
	if path != "" {
		return nil
	}
	return p
}

// forget deletes what lies outside of an execution that is gone.
func (r *Runner) forget(id string) {
	if r.outer.store == nil {
		return
	}
	r.again(r.outer.store.Remove(r.ctx, id), "removal of payloads", id, func() { r.forget(id) })
}
