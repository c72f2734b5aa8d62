package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const (
	eventPause   = 100 * time.Millisecond // changes of one execution within it are sent as one, the last
	eventTimeout = 10 * time.Second       // for a reader that takes nothing
)

// alive is a comment line: readers skip it.
var alive = []byte(": alive\n\n")

// clusterOverview is how a cluster is doing.
type clusterOverview struct {
	Counts   map[workflow.Status]int64 `json:"counts"`
	Queues   []engine.QueueInfo        `json:"queues"`
	PollData []workflow.PollData       `json:"pollData"`
}

func (h *Handler) overview(c echo.Context) error {
	counts, err := h.engine.Counts(c.Request().Context())
	if err != nil {
		return err
	}
	return writeJSON(c, clusterOverview{counts, orEmpty(h.engine.Queues()), orEmpty(h.engine.PollData(""))})
}

// streamEvents sends changes of one execution, or of all, as server-sent events until the reader leaves. Comment lines
// between them show that the stream is alive.
func (h *Handler) streamEvents(c echo.Context) error {
	ctx, cancel := h.waiting(c)
	defer cancel()
	if id := c.QueryParam("workflowId"); id != "" {
		if _, err := h.engine.Execution(ctx, id, false); err != nil {
			return err
		}
	}
	changes := h.engine.Watch(ctx, c.QueryParam("workflowId"))

	w := c.Response()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies of the nginx family hold streams back otherwise
	w.WriteHeader(http.StatusOK)
	s := &eventStream{w: w, control: http.NewResponseController(w), pending: map[string]engine.Change{}}
	defer func() { _ = s.control.SetWriteDeadline(time.Time{}) }() // the connection may serve another request
	if s.send(alive) != nil {
		return nil
	}

	beat := time.NewTicker(h.heartbeat)
	defer beat.Stop()
	flush := time.NewTimer(eventPause)
	defer flush.Stop()
	quiet := true // nothing was sent for eventPause: the next change goes out at once
	for {
		var err error
		select {
		case change, ok := <-changes:
			if !ok {
				return nil
			}
			s.add(change)
			if quiet {
				if !h.stillMay(c) {
					return nil
				}
				quiet = false
				err = s.flush()
				flush.Reset(eventPause)
			}
		case <-flush.C:
			if quiet = len(s.pending) == 0; !quiet {
				if !h.stillMay(c) {
					return nil
				}
				err = s.flush()
				flush.Reset(eventPause)
			}
		case <-beat.C:
			if !h.stillMay(c) {
				return nil
			}
			err = s.send(alive)
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			return nil // the reader has gone
		}
	}
}

// stillMay reports whether who has opened a stream may still see what it shows: it must outlive neither their token nor any of
// their rights. A reader who has other rights now opens another.
func (h *Handler) stillMay(c echo.Context) bool {
	if !h.gate.Required() {
		return true
	}
	now, err := h.gate.Verify(access.Token(c.Request().Header))
	return err == nil && now.MayTheSame(access.From(c.Request().Context()))
}

// eventStream collects changes and writes them.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	pending map[string]engine.Change // by execution
	order   []string                 // of pending, oldest first
	buf     bytes.Buffer
}

func (s *eventStream) add(c engine.Change) {
	if _, ok := s.pending[c.WorkflowID]; !ok {
		s.order = append(s.order, c.WorkflowID)
	}
	s.pending[c.WorkflowID] = c
}

func (s *eventStream) flush() error {
	s.buf.Reset()
	for _, id := range s.order {
		b, err := json.Marshal(s.pending[id])
		if err != nil {
			return err
		}
		s.buf.WriteString("event: change\ndata: ")
		s.buf.Write(b)
		s.buf.WriteString("\n\n")
	}
	clear(s.pending)
	s.order = s.order[:0]
	return s.send(s.buf.Bytes())
}

func (s *eventStream) send(b []byte) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(eventTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}
