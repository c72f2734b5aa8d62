package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from closing a quiet stream, and is how often the state is looked at without being woken: what
	// changes by the passing of time alone, a cluster that falls silent, is seen then.
	heartbeat = 15 * time.Second
	// writeLimit is how long a reader may take no bytes before the stream is closed.
	writeLimit = 30 * time.Second
)

// event is one server-sent event. Data is JSON.
type event struct {
	name string
	data []byte
}

func newEvent(name string, v any) (event, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return event{}, fmt.Errorf("encode event %s: %w", name, err)
	}
	return event{name, data}, nil
}

// stream is an answer of server-sent events. Whenever it is woken it asks for the events that tell what has changed since it
// asked before; the first time that is the whole state.
type stream struct {
	ctx     context.Context
	stop    context.CancelFunc
	wake    <-chan struct{}
	changes func(ctx context.Context) (events []event, last bool, err error)
}

// VisitWatchOperationResponse implements api.WatchOperationResponseObject.
func (s stream) VisitWatchOperationResponse(w http.ResponseWriter) error { return s.serve(w) }

// VisitWatchOrganizationResponse implements api.WatchOrganizationResponseObject.
func (s stream) VisitWatchOrganizationResponse(w http.ResponseWriter) error { return s.serve(w) }

// serve returns nil when the last event is written or the caller has gone.
func (s stream) serve(w http.ResponseWriter) error {
	defer s.stop()
	// Before the first byte an error can still be told.
	events, last, err := s.changes(s.ctx)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	out := http.NewResponseController(w)
	for {
		if err := write(w, out, events); err != nil {
			return err
		}
		if last {
			return nil
		}
		select {
		case <-s.wake:
		case <-beat.C:
		case <-s.ctx.Done():
			return nil
		}
		if events, last, err = s.changes(s.ctx); err != nil {
			return err
		}
	}
}

// write writes the events, or a comment when there are none, at once.
func write(w http.ResponseWriter, out *http.ResponseController, events []event) error {
	var b bytes.Buffer
	for _, e := range events {
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", e.name, e.data)
	}
	if b.Len() == 0 {
		b.WriteString(": \n\n")
	}
	if err := out.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// differ keeps what was told last of each thing, to tell only what changed.
type differ map[string][]byte

// add appends the event unless its data equals what was told of the thing before.
func (d differ) add(events []event, thing string, e event) []event {
	if bytes.Equal(d[thing], e.data) {
		return events
	}
	d[thing] = e.data
	return append(events, e)
}
