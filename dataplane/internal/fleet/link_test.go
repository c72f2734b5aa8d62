package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// controlPlane plays the other end: it answers like fleetapi says and hands every call to the test.
type controlPlane struct {
	*httptest.Server
	registers chan fleetapi.RegisterRequest
	syncs     chan fleetapi.SyncRequest
	books     map[string]fleetapi.Usage // by epoch and day
	today     string                    // its clock's
	lose      bool                      // answers to reports get lost

	mu     sync.Mutex
	tokens map[string]bool // good link tokens
	config fleetapi.Config
	fail   int // status for every call, 0: none
	news   chan struct{}
}

func newControlPlane(t *testing.T) *controlPlane {
	p := &controlPlane{
		registers: make(chan fleetapi.RegisterRequest, 100), syncs: make(chan fleetapi.SyncRequest, 100),
		tokens: map[string]bool{"link-1": true}, config: fleetapi.Config{Revision: 1, ClusterID: "clu_a", ClusterName: "one"},
		news: make(chan struct{}), books: map[string]fleetapi.Usage{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+fleetapi.RegisterPath, p.register)
	mux.HandleFunc("POST "+fleetapi.SyncPath, p.sync)
	mux.HandleFunc("POST "+fleetapi.UsagePath, p.usage)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *controlPlane) register(w http.ResponseWriter, r *http.Request) {
	var req fleetapi.RegisterRequest
	_ = json.NewDecoder(r.Body).Decode(&req)
	p.registers <- req
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != 0 || r.Header.Get("Authorization") != "Bearer join" {
		http.Error(w, "no", max(p.fail, http.StatusUnauthorized))
		return
	}
	_ = json.NewEncoder(w).Encode(fleetapi.RegisterResponse{LinkToken: "link-1", Config: p.config})
}

func (p *controlPlane) sync(w http.ResponseWriter, r *http.Request) {
	var req fleetapi.SyncRequest
	_ = json.NewDecoder(r.Body).Decode(&req)
	p.syncs <- req
	for {
		p.mu.Lock()
		fail, news, c := p.fail, p.news, p.config
		good := p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		p.mu.Unlock()
		switch {
		case fail != 0:
			http.Error(w, "broken", fail)
			return
		case !good:
			http.Error(w, "unknown link token", http.StatusUnauthorized)
			return
		case c.Revision > req.AppliedRevision:
			_ = json.NewEncoder(w).Encode(fleetapi.SyncResponse{Config: &c})
			return
		}
		select {
		case <-news:
		case <-r.Context().Done():
			return
		}
	}
}

func (p *controlPlane) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.news)
	p.news = make(chan struct{})
}

// node is a data plane's end with what it was told.
type node struct {
	*Link
	applied chan fleetapi.Config
	stop    func()
}

func (p *controlPlane) open(t *testing.T, dir string, apply func(fleetapi.Config) error) *node {
	t.Helper()
	n := &node{applied: make(chan fleetapi.Config, 100)}
	l, err := Open(t.Context(), Config{
		Address: p.URL + "/", ClusterID: "clu_a", JoinToken: func() (string, error) { return "join", nil },
		Memory: File(filepath.Join(dir, "link.json")), Endpoint: "http://127.0.0.1:1/api", Version: "1.2.3",
		Apply: func(c fleetapi.Config) error {
			n.applied <- c
			if apply != nil {
				return apply(c)
			}
			return nil
		},
		Health: func(context.Context) fleetapi.Health {
			return fleetapi.Health{Ready: true, Executions: map[string]int64{"RUNNING": 3}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.delay = func(int) time.Duration { return time.Millisecond }
	n.Link = l
	return n
}

func (n *node) start(t *testing.T) *node {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	n.stop = func() { cancel(); <-done }
	t.Cleanup(n.stop)
	return n
}

func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestLink_RegistersThenSyncsAndAppliesNews(t *testing.T) {
	p, dir := newControlPlane(t), t.TempDir()
	n := p.open(t, dir, nil).start(t)
	r := next(t, p.registers)
	if r.ContractVersion != fleetapi.Version || r.ClusterID != "clu_a" || r.NodeID == "" || r.SoftwareVersion != "1.2.3" || r.Endpoint != "http://127.0.0.1:1/api" {
		t.Errorf("register request %+v", r)
	}
	if c := next(t, n.applied); c.Revision != 1 {
		t.Errorf("applied %+v", c)
	}
	s := next(t, p.syncs)
	if s.AppliedRevision != 1 || s.NodeID != r.NodeID || !s.Health.Ready || s.Health.Executions["RUNNING"] != 3 {
		t.Errorf("sync request %+v", s)
	}
	p.change(func() {
		p.config = fleetapi.Config{Revision: 2, ClusterID: "clu_a", AccessKeys: []fleetapi.AccessKey{{ID: "k"}}}
	})
	if c := next(t, n.applied); c.Revision != 2 || len(c.AccessKeys) != 1 {
		t.Errorf("applied %+v", c)
	}
	if s := next(t, p.syncs); s.AppliedRevision != 2 { // the acknowledgement follows at once
		t.Errorf("sync request %+v", s)
	}
	info, err := os.Stat(filepath.Join(dir, "link.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("link file: %v, %v", info, err)
	}
}

func TestLink_StartsWithItsLastConfigurationWithoutTheControlPlane(t *testing.T) {
	p, dir := newControlPlane(t), t.TempDir()
	n := p.open(t, dir, nil).start(t)
	registered := next(t, p.registers)
	next(t, n.applied)
	n.stop()
	p.Close()

	again := p.open(t, dir, nil) // makes no call
	if c := next(t, again.applied); c.Revision != 1 || c.ClusterName != "one" {
		t.Errorf("applied %+v", c)
	}
	if again.state.NodeID != registered.NodeID || again.state.LinkToken != "link-1" {
		t.Errorf("state %+v", again.state)
	}
}

func TestLink_OutlivesAnOutage(t *testing.T) {
	p := newControlPlane(t)
	p.fail = http.StatusBadGateway
	n := p.open(t, t.TempDir(), nil).start(t)
	next(t, p.registers)
	next(t, p.registers)
	p.change(func() { p.fail = 0 })
	if c := next(t, n.applied); c.Revision != 1 {
		t.Errorf("applied %+v", c)
	}
	next(t, p.syncs)
	p.change(func() { p.fail = http.StatusServiceUnavailable })
	next(t, p.syncs)
	next(t, p.syncs)
	p.change(func() { p.fail = 0; p.config.Revision = 7 })
	if c := next(t, n.applied); c.Revision != 7 {
		t.Errorf("applied %+v", c)
	}
}

func TestLink_RegistersAgainWhenItsTokenIsRefused(t *testing.T) {
	p, dir := newControlPlane(t), t.TempDir()
	n := p.open(t, dir, nil).start(t)
	first := next(t, p.registers)
	next(t, n.applied)
	n.stop()
	for len(p.syncs) > 0 {
		<-p.syncs
	}
	p.change(func() { p.tokens = map[string]bool{} })
	p.open(t, dir, nil).start(t)
	next(t, p.syncs)
	if r := next(t, p.registers); r.NodeID != first.NodeID {
		t.Errorf("registers as another node: %+v", r)
	}
}

func TestLink_RefusesAForeignConfigurationAndFolder(t *testing.T) {
	p, dir := newControlPlane(t), t.TempDir()
	p.config.ClusterID = "clu_b"
	n := p.open(t, dir, nil)
	if err := n.runOnce(t.Context()); err == nil || !strings.Contains(err.Error(), "clu_b") {
		t.Errorf("got %v", err)
	}
	if len(n.applied) != 0 {
		t.Error("it was applied")
	}
	_, err := Open(t.Context(), Config{ClusterID: "clu_c", Memory: File(filepath.Join(dir, "link.json"))})
	if err == nil || !strings.Contains(err.Error(), "clu_a") {
		t.Errorf("another cluster opened the folder: %v", err)
	}
}

func TestLink_WhatCannotBeRememberedIsNotAcknowledged(t *testing.T) {
	p, dir := newControlPlane(t), t.TempDir()
	n := p.open(t, dir, nil)
	if err := n.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.change(func() { p.config.Revision = 2 })
	n.c.Memory = File(filepath.Join(dir, "gone", "link.json"))
	if err := n.runOnce(t.Context()); err == nil {
		t.Fatal("no error")
	}
	next(t, n.applied)
	if c := next(t, n.applied); c.Revision != 2 {
		t.Errorf("applied %+v: a revocation must not wait for the disk", c)
	}
	next(t, p.syncs)
	n.c.Memory = File(filepath.Join(dir, "link.json"))
	if err := n.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := next(t, p.syncs); s.AppliedRevision != 1 {
		t.Errorf("acknowledged revision %d", s.AppliedRevision)
	}
}

func TestLink_BadPartsOfAConfigurationDoNotStopIt(t *testing.T) {
	p := newControlPlane(t)
	p.open(t, t.TempDir(), func(fleetapi.Config) error { return errors.New("key x is bad") }).start(t)
	if s := next(t, p.syncs); s.AppliedRevision != 1 {
		t.Errorf("sync request %+v", s)
	}
}

func TestBackoff_GrowsWithJitterToItsBound(t *testing.T) {
	for attempt := 1; attempt < 80; attempt++ {
		d := backoff(attempt)
		want := min(firstDelay<<min(attempt-1, 16), maxDelay)
		if d < want/2 || d > want {
			t.Errorf("attempt %d waits %v", attempt, d)
		}
	}
}

func TestWait_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		wait(ctx, time.Hour)
		if d := time.Since(began); d != time.Second {
			t.Errorf("waited %v", d)
		}
		wait(t.Context(), -time.Second)
	})
}
