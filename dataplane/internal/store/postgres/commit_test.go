package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// tracer counts what goes to the database.
type tracer struct{ batches, statements, queries atomic.Int64 }

func (c *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c.batches.Add(1)
	c.statements.Add(int64(data.Batch.Len()))
	return ctx
}
func (c *tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}
func (c *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.queries.Add(1)
	return ctx
}
func (c *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func openTraced(t testing.TB) (*Store, *tracer) {
	t.Helper()
	c := &tracer{}
	s, err := Open(t.Context(), Config{URL: pgtest.New(t, migrations.DataPlane()), Logger: slog.New(slog.DiscardHandler), tracer: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, c
}

func commit(t testing.TB, s *Store, lazy, changes []*store.Change) {
	t.Helper()
	wait, err := s.Commit(t.Context(), lazy, changes)
	if err == nil {
		err = wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// makeStep is what the engine writes in the step-th step of an execution: a task ends and the next one begins.
func makeStep(id string, n int64) *store.Change {
	task := func(seq int64) store.Row {
		return store.Row{Seq: int(seq), ID: fmt.Sprint(id, "-", seq), Task: []byte("{}"), Input: workflow.Payload("{}")}
	}
	sum := &workflow.Summary{WorkflowID: id, WorkflowType: "wf", Status: workflow.Running, StartTime: n}
	c := &store.Change{
		ID: id, Header: &decide.Header{ID: id, Rev: n, Plan: "plan"}, Tasks: []store.Row{task(n), task(n + 1)},
		Work: []store.Work{{Work: decide.Work{Seq: int(n)}}, {Work: decide.Work{Kind: decide.Queued, Seq: int(n + 1)}}},
	}
	if n == 1 {
		c.Plan, c.Summary, c.Own = []byte("{}"), sum, &decide.Outstanding{Due: 1}
	}
	return c
}

// TestCommit_OneRoundTripForAGroup counts: the number of statements does not depend on that of the steps, and there is one
// round trip and no statement that begins or commits.
func TestCommit_OneRoundTripForAGroup(t *testing.T) {
	s, c := openTraced(t)
	group := func(n int, revision int64) (changes []*store.Change) {
		for i := range n {
			changes = append(changes, makeStep(fmt.Sprint("x", i), revision))
		}
		return changes
	}
	commit(t, s, nil, group(64, 1)) // connects
	for _, g := range []struct {
		revision   int64
		steps      int
		statements int64
	}{{2, 64, 5}, {3, 8, 5}, {4, 1, 5}} {
		batches, statements, queries := c.batches.Load(), c.statements.Load(), c.queries.Load()
		commit(t, s, nil, group(g.steps, g.revision))
		if b, q := c.batches.Load()-batches, c.queries.Load()-queries; b != 1 || q != 0 {
			t.Errorf("a group of %d steps takes %d pipelines and %d queries", g.steps, b, q)
		}
		if n := c.statements.Load() - statements; n != g.statements {
			t.Errorf("a group of %d steps takes %d statements, want %d", g.steps, n, g.statements)
		}
	}
}

// TestCommit_GathersWhatComesMeanwhile commits groups without waiting: they share transactions, in their order.
func TestCommit_GathersWhatComesMeanwhile(t *testing.T) {
	s, c := openTraced(t)
	commit(t, s, nil, []*store.Change{makeStep("x", 1)})
	before := c.batches.Load()
	var waits []func() error
	for n := range int64(200) {
		wait, err := s.Commit(t.Context(), nil, []*store.Change{makeStep("x", n+2)})
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	r, err := s.Load(t.Context(), "x", true) // waits by itself
	if err != nil || r.Header.Rev != 201 || len(r.Tasks) != 202 {
		t.Errorf("loaded %+v, %v", r, err)
	}
	for _, wait := range waits {
		if err := wait(); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.batches.Load() - before; n > 100 {
		t.Errorf("200 groups took %d transactions", n)
	}
}

// TestQueries_AreThoseOfTheCode compares the names in the code with those in the files.
func TestQueries_AreThoseOfTheCode(t *testing.T) {
	used := map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`(?:query\(|put\(to, |each\()"(\w+)"`)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(statements)), slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) {
		t.Errorf("in the files are %v, in the code %v", got, want)
	}
}
