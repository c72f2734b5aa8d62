package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// asking is a control plane that hands out commands until their end was told to it, also those that the node has.
type asking struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []fleetapi.Command
	lose    bool // reports get lost
	offered []fleetapi.CommandKind
	ended   chan fleetapi.CommandResult
}

func newAsking(t *testing.T, asked ...fleetapi.Command) *asking {
	a := &asking{asked: asked, ended: make(chan fleetapi.CommandResult, 1000)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+fleetapi.RegisterPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(fleetapi.RegisterResponse{LinkToken: "link-1", Config: fleetapi.Config{Revision: 1, ClusterID: "clu_a"}})
	})
	mux.HandleFunc("POST "+fleetapi.SyncPath, func(w http.ResponseWriter, r *http.Request) {
		var req fleetapi.SyncRequest
		_ = json.NewDecoder(r.Body).Decode(&req)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.offered = req.Commands
		_ = json.NewEncoder(w).Encode(fleetapi.SyncResponse{Commands: a.asked})
	})
	mux.HandleFunc("POST "+fleetapi.CommandsPath, func(w http.ResponseWriter, r *http.Request) {
		var req fleetapi.CommandReport
		_ = json.NewDecoder(r.Body).Decode(&req)
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, result := range req.Results {
			a.ended <- result
			if !a.lose {
				a.asked = slices.DeleteFunc(a.asked, func(c fleetapi.Command) bool { return c.ID == result.ID })
			}
		}
		if a.lose {
			http.Error(w, "lost", http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(fleetapi.CommandReportResponse{})
	})
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

// open starts a node; the returned function ends it.
func (a *asking) open(t *testing.T, dir string, c Commands) (stop func()) {
	t.Helper()
	c.Journal = filepath.Join(dir, "commands.jsonl")
	l, err := Open(t.Context(), Config{
		Address: a.URL, ClusterID: "clu_a", JoinToken: func() (string, error) { return "join", nil }, Memory: File(filepath.Join(dir, "link.json")),
		Apply: func(fleetapi.Config) error { return nil }, Health: func(context.Context) fleetapi.Health { return fleetapi.Health{} },
		Commands: c,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.delay = func(int) time.Duration { return time.Millisecond }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func soon(id string, kind fleetapi.CommandKind) fleetapi.Command {
	return fleetapi.Command{ID: id, Kind: kind, AskedBy: "ada@example.com", ExpiresAt: time.Now().Add(time.Hour)}
}

// TestCommands_AreCarriedOutOnceOrRefused covers S-87.
func TestCommands_AreCarriedOutOnceOrRefused(t *testing.T) {
	late := soon("late", fleetapi.CollectDiagnostics)
	late.ExpiresAt = time.Now().Add(-time.Hour)
	a := newAsking(t, soon("good", fleetapi.CollectDiagnostics), soon("shell", "run-shell"), soon("off", fleetapi.BackUp), late,
		soon("plain", fleetapi.RotateCertificate))
	a.lose = true
	var mu sync.Mutex
	calls := map[string]int{}
	dir := t.TempDir()
	a.open(t, dir, Commands{
		Off: []fleetapi.CommandKind{fleetapi.BackUp},
		Actions: map[fleetapi.CommandKind]Action{
			fleetapi.CollectDiagnostics: func(_ context.Context, c fleetapi.Command) ([]fleetapi.Fact, error) {
				mu.Lock()
				defer mu.Unlock()
				calls[c.ID]++
				return []fleetapi.Fact{{Name: "Version", Value: "1"}}, nil
			},
			fleetapi.BackUp: func(_ context.Context, c fleetapi.Command) ([]fleetapi.Fact, error) {
				mu.Lock()
				defer mu.Unlock()
				calls[c.ID]++
				return nil, nil
			},
		},
	})
	ended := map[string]fleetapi.CommandResult{}
	for told := 0; len(ended) < 5 || told < 20; told++ { // they are told again and again, as nobody answers
		r := next(t, a.ended)
		ended[r.ID] = r
	}
	a.mu.Lock()
	a.lose = false
	if !slices.Equal(a.offered, []fleetapi.CommandKind{fleetapi.CollectDiagnostics}) {
		t.Errorf("it offers %v", a.offered)
	}
	a.mu.Unlock()
	if r := ended["good"]; r.State != fleetapi.CommandDone || len(r.Facts) != 1 {
		t.Errorf("the good one ended as %+v", r)
	}
	for id, word := range map[string]string{"shell": "run-shell", "off": "switched", "late": "expired", "plain": "plain HTTP"} {
		if r := ended[id]; r.State != fleetapi.CommandRefused || !strings.Contains(r.Reason, word) {
			t.Errorf("%s ended as %+v", id, r)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(calls) != 1 || calls["good"] != 1 {
		t.Errorf("it did %v", calls)
	}
	journal, err := os.ReadFile(filepath.Join(dir, "commands.jsonl"))
	if err != nil || !strings.Contains(string(journal), "run-shell") || !strings.Contains(string(journal), "ada@example.com") {
		t.Errorf("the journal tells %s, %v", journal, err)
	}
}

// TestCommands_OutliveTheProcess ends a node while it carries a command out, and spoils the end of its journal.
func TestCommands_OutliveTheProcess(t *testing.T) {
	a, dir := newAsking(t, soon("long", fleetapi.BackUp)), t.TempDir()
	begun := make(chan struct{}, 1)
	l, err := openJournal(filepath.Join(dir, "commands.jsonl"), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []journalEntry{{ID: "before", Event: eventTaken}, {ID: "before", Event: fleetapi.CommandDone}, {ID: "before", Event: eventTold}, {ID: "killed", Event: eventTaken}} {
		if err := l.add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.append([]byte(`{"id":"cut`)); err != nil {
		t.Fatal(err)
	}
	act := Commands{Actions: map[fleetapi.CommandKind]Action{
		fleetapi.BackUp: func(ctx context.Context, _ fleetapi.Command) ([]fleetapi.Fact, error) {
			begun <- struct{}{}
			<-ctx.Done()
			return nil, errors.New("stopped")
		},
	}}
	stop := a.open(t, dir, act)
	if r := next(t, a.ended); r.ID != "killed" || r.State != fleetapi.CommandFailed {
		t.Errorf("what was under way when the process was killed ended as %+v", r)
	}
	next(t, begun)
	stop()
	a.open(t, dir, act)
	for {
		r := next(t, a.ended)
		if r.ID == "long" {
			if r.State != fleetapi.CommandFailed {
				t.Errorf("it ended as %+v", r)
			}
			break
		}
	}
	select {
	case <-begun:
		t.Error("it was begun twice")
	default:
	}
}
