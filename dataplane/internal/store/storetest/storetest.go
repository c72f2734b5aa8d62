// Package storetest is the suite that every implementation of store.Store passes: what is committed is read back, searches
// find what matches, and random histories leave what a plain model of maps holds.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Run runs the suite; open returns an empty store that the caller closes.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for name, f := range map[string]func(*testing.T, store.Store){
		"CommitAndLoad":       commitAndLoad,
		"ChangesLeaveTheRest": changesLeaveTheRest,
		"DeletedBeforePut":    deletedBeforePut,
		"LazyBeforeOthers":    lazyBeforeOthers,
		"Picked":              picked,
		"Outstanding":         outstanding,
		"RemoveTakesAll":      removeTakesAll,
		"Search":              searches,
		"Queries":             queries,
		"SearchAlike":         alike,
		"SearchCombined":      searchCombined,
		"SearchText":          searchText,
		"SearchEveryField":    searchEveryField,
		"SearchMany":          searchMany,
		"AnyBytes":            anyBytes,
		"Counts":              counts,
		"CountsUnderLoad":     countsUnderLoad,
		"Definitions":         definitions,
		"Docs":                docs,
		"OutstandingInSlots":  outstandingInSlots,
		"Logs":                logs,
		"Chain":               chain,
		"PickOfWhatIsGone":    pickOfWhatIsGone,
		"Usage":               usage,
		"Snapshot":            snapshot,
		"Clear":               clearing,
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t)) })
	}
	t.Run("Histories", func(t *testing.T) { histories(t, open) })
}

// RunReopen checks that what was committed is there after a store is closed and opened again; open opens it on a folder.
func RunReopen(t *testing.T, open func(t *testing.T, dir string) store.Store) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	commit(t, s, full("a"))
	if err := s.PutDefs(t.Context(), &workflow.Def{Name: "d", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddLogs(t.Context(), "a-1", []workflow.TaskLog{{Log: "one", TaskID: "a-1", CreatedTime: 5}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	same(t, "record", load(t, s, "a"), recordOf(full("a")))
	if err := s.AddLogs(t.Context(), "a-1", []workflow.TaskLog{{Log: "two", TaskID: "a-1", CreatedTime: 5}}); err != nil {
		t.Fatal(err)
	}
	if lines, err := s.Logs(t.Context(), "a-1"); err != nil || len(lines) != 2 || lines[0].Log != "one" || lines[1].Log != "two" {
		t.Errorf("log after reopening: %+v, %v", lines, err)
	}
	if defs, err := s.Defs(t.Context()); err != nil || len(defs) != 1 {
		t.Errorf("definitions after reopening: %v, %v", defs, err)
	}
	if got, err := s.Counts(t.Context()); err != nil || got[workflow.Running] != 1 {
		t.Errorf("counts after reopening: %v, %v", got, err)
	}
	commit(t, s, full("b"))
	sum, epochs := used(t, s)
	if sum.Executions != 2 || sum.Tasks != 4 || epochs != 2 {
		t.Errorf("usage over two openings: %+v in %d epochs", sum, epochs)
	}
}

func commit(t *testing.T, s store.Store, changes ...*store.Change) {
	t.Helper()
	wait, err := s.Commit(t.Context(), nil, changes)
	if err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, s store.Store, id string) *store.Record {
	t.Helper()
	r, err := s.Load(t.Context(), id, true)
	if err != nil {
		t.Fatalf("load %s: %v", id, err)
	}
	return r
}

// same compares by how things print; empty and nil are alike.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s is\n%s\nwant\n%s", what, g, w)
	}
}

func payload(text string) *workflow.Payload { return new(workflow.Payload(text)) }

func row(id string, seq int, task string) store.Row {
	return store.Row{
		Seq: seq, ID: fmt.Sprintf("%s-%d", id, seq), New: true, Task: fmt.Appendf(nil, `{"id":"%s-%d","note":%q}`, id, seq, task),
		Input: workflow.Payload(`{"in":1}`), Output: workflow.Payload(`{"out":2}`),
	}
}

func header(id string) *decide.Header {
	return &decide.Header{ID: id, Rev: 1, Plan: "plan", Name: "wf", Version: 1, Status: workflow.Running}
}

// full is a change with every kind of row.
func full(id string) *store.Change {
	return &store.Change{
		ID: id, Header: header(id), Input: payload(`{"i":1}`), Variables: payload(`{"v":1}`), Output: payload(`{"o":1}`),
		Plan: []byte(`{"name":"wf"}`), Tasks: []store.Row{row(id, 1, "one"), row(id, 2, "two")},
		Work:    []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1, Type: "a"}}, {Work: decide.Work{Kind: decide.Timed, Seq: 2, Due: 7}}},
		Own:     &decide.Outstanding{Due: 9},
		Summary: &workflow.Summary{WorkflowID: id, WorkflowType: "wf", Version: 1, Status: workflow.Running, StartTime: 1000},
	}
}

// recordOf is what Load returns after a change with every kind of row.
func recordOf(c *store.Change) *store.Record {
	return withoutIDs(&store.Record{Header: *c.Header, Input: *c.Input, Variables: *c.Variables, Output: *c.Output, Plan: c.Plan, Tasks: c.Tasks, Picked: map[int]store.Picked{}})
}

// withoutIDs leaves out what Load does not set of the rows.
func withoutIDs(r *store.Record) *store.Record {
	r.Tasks = slices.Clone(r.Tasks)
	for i := range r.Tasks {
		r.Tasks[i].ID, r.Tasks[i].New = "", false
	}
	return r
}

func commitAndLoad(t *testing.T, s store.Store) {
	if _, err := s.Load(t.Context(), "a", true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("load of what is not there: %v", err)
	}
	commit(t, s, full("a"), full("ab")) // an id may be the beginning of another
	for _, id := range []string{"a", "ab"} {
		same(t, "record", load(t, s, id), recordOf(full(id)))
		execution, seq, err := s.FindTask(t.Context(), id+"-2")
		if err != nil || execution != id || seq != 2 {
			t.Errorf("find task: %s %d %v", execution, seq, err)
		}
	}
	bare, err := s.Load(t.Context(), "a", false)
	if err != nil || len(bare.Tasks) != 0 || bare.Input.String() != `{"i":1}` {
		t.Errorf("load without tasks: %+v, %v", bare, err)
	}
	if _, _, err := s.FindTask(t.Context(), "a-3"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("find a task that is not there: %v", err)
	}
}

func changesLeaveTheRest(t *testing.T, s store.Store) {
	commit(t, s, full("a"))
	next := row("a", 2, "changed")
	commit(t, s, &store.Change{ID: "a", Tasks: []store.Row{next, row("a", 300, "far")}, Variables: payload(``)})
	want := recordOf(full("a"))
	want.Tasks = []store.Row{row("a", 1, "one"), next, row("a", 300, "far")}
	want.Variables = nil
	same(t, "record", load(t, s, "a"), withoutIDs(want))
}

func deletedBeforePut(t *testing.T, s store.Store) {
	commit(t, s, full("a"))
	moved := row("a", 3, "again")
	moved.ID = "a-2"
	commit(t, s, &store.Change{
		ID: "a", Deleted: []store.Ref{{Seq: 1, ID: "a-1"}, {Seq: 2, ID: "a-2"}}, Tasks: []store.Row{moved},
		Work: []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 3, Type: "a"}}},
	})
	if r := load(t, s, "a"); len(r.Tasks) != 1 || r.Tasks[0].Seq != 3 {
		t.Errorf("tasks: %+v", r.Tasks)
	}
	if _, seq, err := s.FindTask(t.Context(), "a-2"); err != nil || seq != 3 {
		t.Errorf("the task with the id that moved: %d, %v", seq, err)
	}
	if _, _, err := s.FindTask(t.Context(), "a-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the deleted task: %v", err)
	}
	work, _ := left(t, s)
	same(t, "outstanding", work, map[string]decide.WorkKind{"a 3": decide.Queued})
}

func lazyBeforeOthers(t *testing.T, s store.Store) {
	commit(t, s, full("a"))
	lazy := &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1, Type: "a"}, Picked: &store.Picked{WorkerID: "w", PollCount: 1}}}}
	ended := &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Seq: 1}}}}
	wait, err := s.Commit(t.Context(), []*store.Change{lazy}, []*store.Change{ended})
	if err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	if r := load(t, s, "a"); len(r.Picked) != 0 {
		t.Errorf("the lazy change came last: %+v", r.Picked)
	}
}

func picked(t *testing.T, s store.Store) {
	commit(t, s, full("a"))
	p := store.Picked{WorkerID: "w", Start: 3, Update: 4, PollCount: 2}
	work := store.Work{Work: decide.Work{Kind: decide.Queued, Seq: 1, Type: "a", Due: 5}, Picked: &p}
	wait, err := s.Commit(t.Context(), []*store.Change{{ID: "a", Work: []store.Work{work}}}, nil) // lazy alone
	if err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	same(t, "picked", load(t, s, "a").Picked, map[int]store.Picked{1: p})
	commit(t, s, &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1, Type: "a"}}}})
	same(t, "picked after the task came back", load(t, s, "a").Picked, map[int]store.Picked{})
}

// left collects what is outstanding.
func left(t *testing.T, s store.Store) (work map[string]decide.WorkKind, own map[string]int64) {
	t.Helper()
	work, own = map[string]decide.WorkKind{}, map[string]int64{}
	err := s.Outstanding(t.Context(), nil, func(id string, w *store.Work, o *decide.Outstanding) error {
		if (w == nil) == (o == nil) {
			t.Errorf("%s: work %v and own %v", id, w, o)
		}
		if w != nil {
			work[fmt.Sprintf("%s %d", id, w.Seq)] = w.Kind
		} else {
			own[id] = o.Due
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return work, own
}

func outstanding(t *testing.T, s store.Store) {
	commit(t, s, full("a"), full("b"))
	work, own := left(t, s)
	same(t, "work", work, map[string]decide.WorkKind{"a 1": decide.Queued, "a 2": decide.Timed, "b 1": decide.Queued, "b 2": decide.Timed})
	same(t, "own", own, map[string]int64{"a": 9, "b": 9})
	commit(t, s, &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Seq: 1}}}, Own: &decide.Outstanding{}})
	work, own = left(t, s)
	same(t, "work", work, map[string]decide.WorkKind{"a 2": decide.Timed, "b 1": decide.Queued, "b 2": decide.Timed})
	same(t, "own", own, map[string]int64{"b": 9})
	stop := errors.New("stop")
	if err := s.Outstanding(t.Context(), nil, func(string, *store.Work, *decide.Outstanding) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller came back as %v", err)
	}
}

func removeTakesAll(t *testing.T, s store.Store) {
	commit(t, s, full("a"), full("ab"))
	if err := s.AddLogs(t.Context(), "a-1", []workflow.TaskLog{{Log: "x", CreatedTime: 1}}); err != nil {
		t.Fatal(err)
	}
	commit(t, s, &store.Change{ID: "a", Remove: true})
	if _, err := s.Load(t.Context(), "a", true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("load after removal: %v", err)
	}
	if _, _, err := s.FindTask(t.Context(), "a-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("find task after removal: %v", err)
	}
	if lines, err := s.Logs(t.Context(), "a-1"); err != nil || len(lines) != 0 {
		t.Errorf("log after removal: %v, %v", lines, err)
	}
	same(t, "the execution beside it", load(t, s, "ab"), recordOf(full("ab")))
	work, own := left(t, s)
	if len(work) != 2 || len(own) != 1 {
		t.Errorf("outstanding after removal: %v %v", work, own)
	}
}
