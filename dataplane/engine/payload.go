package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Payloads says where payloads lie that are too large for an execution's rows.
type Payloads struct {
	Store     payload.Store // nil: nowhere, and the largest payload is of 10 MiB
	Threshold int           // larger ones lie there, in bytes; 0: 10 MiB
	Largest   int           // of all payloads, in bytes; 0: 100 MiB
}

func (p *Payloads) defaults() {
	if p.Store == nil {
		*p = Payloads{}
		return
	}
	if p.Threshold == 0 {
		p.Threshold = 10 << 20
	}
	if p.Largest == 0 {
		p.Largest = 100 << 20
	}
}

// urlLife is how long a client may use a URL.
const urlLife = 10 * time.Minute

// Location is where a client may write or read a payload itself.
type Location struct {
	URI  string // begins with a slash when it is one of this server
	Path string // to be named in calls
}

// errNoStorage answers calls that need the payload store when there is none.
var errNoStorage = workflow.Errorf(workflow.Invalid, "This server keeps payloads inline; it has no external payload storage.")

// HasPayloads reports whether clients can put payloads outside of calls.
func (e *Engine) HasPayloads() bool { return e.payloads.Store != nil }

// PayloadLocation returns where a client may write a new payload, or read the one at a path.
func (e *Engine) PayloadLocation(ctx context.Context, path string, write bool) (*Location, error) {
	if e.payloads.Store == nil {
		return nil, errNoStorage
	}
	if write {
		path = payload.NewUpload()
	}
	uri, err := e.payloads.Store.Locate(ctx, path, write, e.clock.Now().Add(urlLife))
	if errors.Is(err, payload.ErrNotFound) {
		return nil, workflow.Errorf(workflow.NotFound, "path: there is no payload at %q", path)
	}
	if err != nil {
		return nil, fmt.Errorf("locate payload: %w", err)
	}
	return &Location{URI: uri, Path: path}, nil
}

// uploaded reads what a client has put at a path; field names the path in the request.
func (e *Engine) uploaded(ctx context.Context, path, field string) (workflow.Payload, error) {
	wrong := func(format string, args ...any) error {
		message := fmt.Sprintf(format, args...)
		return &workflow.Error{
			Kind: workflow.Invalid, Message: field + ": " + message, Violations: []workflow.Violation{{Path: field, Message: message, InvalidValue: path}},
		}
	}
	if e.payloads.Store == nil {
		return nil, errNoStorage
	}
	b, err := e.payloads.Store.Get(ctx, path, e.payloads.Largest)
	if errors.Is(err, payload.ErrNotFound) {
		return nil, wrong("there is no payload at %q", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	var p workflow.Payload
	if !json.Valid(b) || p.UnmarshalJSON(b) != nil {
		return nil, wrong("what lies at %q is no JSON object", path)
	}
	return p, nil
}

// expireUploads deletes uploads that no call can want any more.
func (e *Engine) expireUploads(ctx context.Context) {
	if e.payloads.Store == nil {
		return
	}
	if err := e.payloads.Store.Expire(ctx, e.clock.Now().Add(-payload.UploadLife)); err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "old uploads could not be deleted; it is tried again", "error", err)
	}
}
