package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// load steps executions until it is stopped, as a node does: what is refused or fails is read again.
type load struct {
	stop    atomic.Bool
	done    sync.WaitGroup
	written atomic.Int64 // steps that were acknowledged
	failed  atomic.Int64
}

const loaded = 8 // executions

func (l *load) start(t *testing.T, s *Store) {
	for i := range loaded {
		id := fmt.Sprint("x", i)
		l.done.Go(func() {
			revision := int64(0)
			for !l.stop.Load() {
				wait, err := s.Commit(t.Context(), nil, []*store.Change{makeStep(id, revision+1)})
				if err == nil {
					err = wait()
				}
				if err == nil {
					revision++
					l.written.Add(1)
					continue
				}
				l.failed.Add(1)
				r, err := s.Load(t.Context(), id, true)
				switch {
				case errors.Is(err, store.ErrNotFound) && revision == 0:
				case err != nil:
					t.Errorf("load %s: %v", id, err)
					return
				case r.Header.Rev < revision:
					t.Errorf("%s is at %d, and step %d was acknowledged", id, r.Header.Rev, revision)
					return
				default:
					revision = r.Header.Rev
				}
			}
			r, err := s.Load(t.Context(), id, true)
			if err != nil {
				t.Error(err)
				return
			}
			if r.Header.Rev != revision || len(r.Tasks) != int(revision)+1 {
				t.Errorf("%s is at %d with %d tasks, want %d with one more", id, r.Header.Rev, len(r.Tasks), revision)
			}
		})
	}
}

// end stops the load and compares the counts, which each step that is written twice or by half would falsify.
func (l *load) end(t *testing.T, s *Store) {
	t.Helper()
	l.stop.Store(true)
	l.done.Wait()
	counts, err := s.Counts(t.Context())
	if err != nil || counts["RUNNING"] != loaded {
		t.Errorf("counts: %v, %v", counts, err)
	}
	t.Logf("%d steps were acknowledged, %d failed", l.written.Load(), l.failed.Load())
}

// further waits until so many more steps are acknowledged.
func (l *load) further(t *testing.T, n int64) {
	t.Helper()
	goal := l.written.Load() + n
	for deadline := time.Now().Add(time.Minute); l.written.Load() < goal; {
		if time.Now().After(deadline) || t.Failed() {
			t.Fatalf("%d of %d steps after a minute", l.written.Load(), goal)
		}
		<-time.After(time.Millisecond)
	}
}

func TestCrash_LosesNothingThatWasAcknowledged(t *testing.T) {
	server := pgtest.Start(t)
	s, err := Open(t.Context(), Config{URL: server.URL, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var l load
	l.start(t, s)
	for range 3 {
		l.further(t, 100)
		server.Crash()
		server.Restart()
	}
	l.further(t, 100)
	l.end(t, s)
	if n := l.failed.Load(); n != 0 {
		t.Errorf("%d steps failed although the server was away shortly", n)
	}
}

// TestBrokenConnections ends the writer's connection at any moment, so that the answers of some transactions are lost: they
// are written all the same, and once.
func TestBrokenConnections(t *testing.T) {
	s, _ := openTraced(t)
	var l load
	l.start(t, s)
	for range 50 {
		l.further(t, 7)
		_, err := s.pool.Exec(t.Context(), `
			select pg_terminate_backend(pid) from pg_stat_activity
			where pid <> pg_backend_pid() and datname = current_database() and query like 'insert into%'`)
		if err != nil {
			t.Fatal(err)
		}
	}
	l.end(t, s)
	if n := l.failed.Load(); n != 0 {
		t.Errorf("%d steps failed", n)
	}
}

// TestLostAnswer has a transaction written whose answer never comes.
func TestLostAnswer(t *testing.T) {
	s, _ := openTraced(t)
	commit(t, s, nil, []*store.Change{makeStep("x", 1)})
	b := newBatch()
	encoded, err := encode(makeStep("x", 2))
	if err != nil {
		t.Fatal(err)
	}
	b.add(encoded)
	s.writer.number++
	if err := s.writer.attempt(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	s.writer.number-- // write takes the number again, as it does when it tries again
	if err := s.writer.write(b); err != nil || b.refused != nil {
		t.Errorf("the second attempt: %v, refused %v", err, b.refused)
	}
	if r, err := s.Load(t.Context(), "x", true); err != nil || r.Header.Rev != 2 {
		t.Errorf("loaded %+v, %v", r, err)
	}
}

func TestDatabaseAway_EndsInAnError(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	tries := 0
	err := retry(ctx, slog.New(slog.DiscardHandler), func(context.Context) error {
		tries++
		return errBroken
	})
	if !errors.Is(err, errBroken) || tries < 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
	other := errors.New("another")
	tries = 0
	if err := retry(t.Context(), slog.New(slog.DiscardHandler), func(context.Context) error { tries++; return other }); !errors.Is(err, other) || tries != 1 {
		t.Errorf("%d tries of what stays wrong, %v", tries, err)
	}
}

func TestOpen_NodesAtOnce(t *testing.T) {
	server := pgtest.Start(t)
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			s, err := Open(t.Context(), Config{URL: server.URL, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
}
