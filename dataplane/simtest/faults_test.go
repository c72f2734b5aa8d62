package simtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// held is the store as one node sees it.
type held struct {
	*tables
	m *machine
}

// enter is passed by every call: it tells whether it fails, and whether its answer is lost.
func (s *held) enter(purpose string) (lost bool, err error) {
	f := s.m.fault(purpose)
	// Documents are read under a sync.Mutex, and while somebody waits for one of those the bubble's time stands still.
	if purpose != "docs" {
		if f.delay > 0 {
			sleep(s.m.life, f.delay)
		}
		s.m.thaw()
	}
	s.m.w.mu.Lock()
	outage := time.Now().Before(s.m.w.outage)
	s.m.w.mu.Unlock()
	switch {
	case s.m.dead():
		return false, errDead
	case f.before || outage:
		return false, errFault
	}
	return f.after, nil
}

func call[T any](s *held, purpose string, f func() (T, error)) (out T, err error) {
	lost, err := s.enter(purpose)
	if err != nil {
		return out, err
	}
	if out, err = f(); err != nil || !lost {
		return out, err
	}
	var nothing T
	return nothing, errFault
}

// Commit implements store.Store. What was refused is told at once or later, and an answer can be lost at either time.
func (s *held) Commit(ctx context.Context, lazy, changes []*store.Change) (func() error, error) {
	lost, err := s.enter("commit")
	if err != nil {
		s.broken()
		return nil, err
	}
	f := s.m.fault("durable")
	if lost {
		s.broken()
	}
	wait, err := s.tables.Commit(ctx, lazy, changes)
	for i, c := range slices.Concat(lazy, changes) {
		s.m.log.Debug("store: commit", "workflow_id", c.ID, "lazy", i < len(lazy), "lost", lost, "error", err, "change", describe(c))
	}
	if conflict, _ := errors.AsType[*store.Conflict](err); err != nil && conflict == nil {
		return nil, err
	}
	if err != nil && !s.m.w.weather.shared {
		s.m.w.wrong("%s has the store for itself, and wrote over its own steps: %v", s.m.name, err)
	}
	if lost && f.before {
		return nil, errFault
	}
	if err != nil && f.after {
		return nil, err
	}
	refused := err
	return func() error {
		if f.delay > 0 {
			sleep(s.m.life, f.delay)
		}
		s.m.thaw()
		switch {
		case s.m.dead():
			return errDead
		case lost:
			return errFault
		case refused != nil:
			return refused
		}
		return wait()
	}, nil
}

// describe tells a change.
func describe(c *store.Change) string {
	out := fmt.Sprintf("work %+v", c.Work)
	if c.Own != nil {
		out += fmt.Sprintf(" own %+v", *c.Own)
	}
	if c.Header != nil {
		out += fmt.Sprintf(" rev %d %s", c.Header.Rev, c.Header.Status)
	}
	return out
}

// broken ends a node that has the store for itself, as it does when its disk refuses a write.
func (s *held) broken() {
	if s.m.nodes == nil {
		s.m.die()
	}
}

// Load implements store.Store.
func (s *held) Load(ctx context.Context, id string, withTasks bool) (*store.Record, error) {
	return call(s, "load", func() (*store.Record, error) { return s.tables.Load(ctx, id, withTasks) })
}

// FindTask implements store.Store.
func (s *held) FindTask(ctx context.Context, taskID string) (string, int, error) {
	o, err := call(s, "find", func() (o owner, err error) {
		o.execution, o.seq, err = s.tables.FindTask(ctx, taskID)
		return o, err
	})
	return o.execution, o.seq, err
}

// Outstanding implements store.Store. It can break on the way.
func (s *held) Outstanding(ctx context.Context, slots []int, f func(string, *store.Work, *decide.Outstanding) error) error {
	lost, err := s.enter("outstanding")
	if err != nil {
		return err
	}
	n := 0
	return s.tables.Outstanding(ctx, slots, func(id string, w *store.Work, own *decide.Outstanding) error {
		if n++; lost && n > 3 {
			return errFault
		}
		return f(id, w, own)
	})
}

// PutDocs implements store.Store.
func (s *held) PutDocs(ctx context.Context, docs ...store.Doc) error {
	_, err := call(s, "put", func() (struct{}, error) { return struct{}{}, s.tables.PutDocs(ctx, docs...) })
	return err
}

// DeleteDoc implements store.Store.
func (s *held) DeleteDoc(ctx context.Context, kind, key string) error {
	_, err := call(s, "delete", func() (struct{}, error) { return struct{}{}, s.tables.DeleteDoc(ctx, kind, key) })
	return err
}

// Docs implements store.Store.
func (s *held) Docs(ctx context.Context, kind string) ([]store.Doc, error) {
	return call(s, "docs", func() ([]store.Doc, error) { return s.tables.Docs(ctx, kind) })
}

// directory is where nodes find each other.
type directory struct {
	mu       sync.Mutex
	live     map[string]entry
	revision int64
}

type entry struct {
	node.Node
	at time.Time
}

// seat is the directory as one node sees it.
type seat struct {
	*directory
	m *machine
}

// Beat implements node.Directory.
func (s *seat) Beat(ctx context.Context, self node.Node) ([]node.Node, int64, error) {
	f := s.m.fault("beat")
	s.m.thaw()
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	if s.m.dead() || f.before || s.m.until(&s.m.apart) > 0 {
		return nil, 0, errFault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[self.ID] = entry{self, time.Now()}
	var out []node.Node
	for _, e := range s.live {
		if time.Since(e.at) < node.Expiry {
			out = append(out, e.Node)
		}
	}
	if f.after {
		return nil, 0, errFault
	}
	return out, s.revision, nil
}

// Leave implements node.Directory.
func (s *seat) Leave(_ context.Context, id string) error {
	if s.m.dead() || s.m.until(&s.m.apart) > 0 {
		return errFault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, id)
	return nil
}

// Revise implements node.Directory.
func (s *seat) Revise(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	return s.revision, nil
}

// Secret implements node.Directory.
func (s *seat) Secret(context.Context) (string, error) { return "secret", nil }

// line carries a node's calls to the others.
type line struct {
	w *world
	m *machine
}

// RoundTrip implements http.RoundTripper.
func (t *line) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	f := t.m.fault("call")
	t.m.thaw()
	to := t.w.find(r.URL.Host)
	if to == nil || f.before || t.m.dead() || t.m.until(&t.m.deaf) > 0 || to.until(&to.deaf) > 0 {
		return nil, &net.OpError{Op: "dial", Err: errFault}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := make(chan *http.Response, 1)
	handled, end := context.WithCancel(ctx)
	defer context.AfterFunc(to.life, end)()
	go func() {
		defer end()
		if f.delay > 0 && !sleep(handled, f.delay) {
			return
		}
		to.thaw()
		rec := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(handled, r.Method, r.URL.String(), bytes.NewReader(body))
		req.Header = r.Header
		to.nodes.ServeHTTP(rec, req)
		if !to.dead() && !f.after {
			answer <- rec.Result()
		}
	}()
	select {
	case res := <-answer:
		return res, nil
	case <-handled.Done():
		select {
		case res := <-answer:
			return res, nil
		default:
		}
		return nil, errors.Join(errFault, ctx.Err())
	}
}
