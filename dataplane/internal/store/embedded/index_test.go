package embedded

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// small lets a store have blocks of seven rows.
func small(s *Store) *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.index.limit = 7
	return s
}

func openFS(t *testing.T, fs vfs.FS) *Store {
	t.Helper()
	s, err := OpenFS("store", fs, func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return small(s)
}

// agree compares what a search for everything finds with the search rows.
func agree(t *testing.T, s *Store) {
	t.Helper()
	want := map[string]string{}
	err := s.scan([]byte{'w'}, []byte{'x'}, func(k, v []byte) (bool, error) {
		if k[len(k)-1] != searchRow || k[len(k)-2] != 0 {
			return true, nil
		}
		var row block.Row
		err := wire.Decode(v, &row)
		want[row.WorkflowID] = fmt.Sprintf("%+v", row)
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	q, err := search.Parse("", "", "", search.WorkflowFields)
	if err != nil {
		t.Fatal(err)
	}
	found, total, err := s.Search(t.Context(), q, 0, len(want)+10)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(want) || total != int64(len(want)) {
		t.Errorf("found %d, counted %d of %d", len(found), total, len(want))
	}
	for i, row := range found {
		if got := fmt.Sprintf("%+v", block.Row(*row)); got != want[row.WorkflowID] {
			t.Errorf("found %s, want %s", got, want[row.WorkflowID])
		}
		if i > 0 && block.Order(found[i-1], row) >= 0 {
			t.Errorf("%s comes before %s", found[i-1].WorkflowID, row.WorkflowID)
		}
	}
}

// life starts executions, ends them, starts some again and removes them, at random.
type life struct {
	r    *rand.Rand
	rows map[string]*workflow.Summary
	n    int
}

func (l *life) change() *store.Change {
	statuses := []workflow.Status{workflow.Running, workflow.Completed, workflow.Failed}
	for id, row := range l.rows {
		switch l.r.IntN(5) {
		case 0:
			delete(l.rows, id)
			return &store.Change{ID: id, Remove: true}
		case 1, 2:
			after := *row
			after.Status, after.UpdateTime, after.EndTime = statuses[l.r.IntN(3)], row.UpdateTime+1, l.r.Int64N(100)
			after.Output = fmt.Sprint(l.r.Int())
			if l.r.IntN(4) == 0 {
				after.StartTime = l.r.Int64N(50)
			}
			l.rows[id] = &after
			return &store.Change{ID: id, Before: row, Summary: &after}
		}
		break
	}
	l.n++
	row := &workflow.Summary{WorkflowID: fmt.Sprintf("e%d", l.n), WorkflowType: "wf", Status: workflow.Running, StartTime: l.r.Int64N(50)}
	l.rows[row.WorkflowID] = row
	return &store.Change{ID: row.WorkflowID, Header: &decide.Header{ID: row.WorkflowID, Rev: 1}, Summary: row}
}

// TestIndexOutlivesCrashes ends a store at any moment, also while blocks are made and merged, and opens what is left.
func TestIndexOutlivesCrashes(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		fs := vfs.NewCrashableMem()
		l := &life{r: r, rows: map[string]*workflow.Summary{}}
		for range 3 {
			s := openFS(t, fs)
			agree(t, s)
			l.rows = map[string]*workflow.Summary{} // what a crash took is not known
			for range 20 + r.IntN(60) {
				wait, err := s.Commit(t.Context(), nil, []*store.Change{l.change()})
				if err == nil && r.IntN(4) == 0 {
					err = wait()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			next := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(100), RNG: r})
			agree(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			fs = next
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestIndexIsMadeAnew opens a store whose index another version wrote.
func TestIndexIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	s := small(openIn(t, dir))
	l := &life{r: rand.New(rand.NewPCG(1, 3)), rows: map[string]*workflow.Summary{}}
	for range 300 {
		wait, err := s.Commit(t.Context(), nil, []*store.Change{l.change()})
		if err == nil {
			err = wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b := s.db.NewBatch()
	for _, key := range []string{"xaold", "xh\x00\x00\x00\x00\x00\x00\x00\x01", "xssomething"} {
		if err := b.Set([]byte(key), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Delete([]byte("xv"), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(pebble.Sync); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openIn(t, dir)
		agree(t, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFoundAtOnce looks for each execution as soon as it is committed, while others come and blocks are made.
func TestFoundAtOnce(t *testing.T) {
	s := small(openIn(t, ""))
	defer s.Close()
	var load sync.WaitGroup
	for g := range 4 {
		load.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 3))
			var before *workflow.Summary
			for i := range 150 {
				row := storetest.Finished(i, 150, r)
				if i%2 == 1 { // the second half of an execution's life
					row.WorkflowID, row.StartTime = before.WorkflowID, before.StartTime
				} else {
					row.Status, before = workflow.Running, nil
				}
				wait, err := s.Commit(t.Context(), nil, []*store.Change{{ID: row.WorkflowID, Before: before, Summary: row}})
				if err == nil {
					err = wait()
				}
				if err != nil {
					t.Error(err)
					return
				}
				before = row
				q, err := search.Parse("status = "+string(row.Status), row.WorkflowID, "endTime", search.WorkflowFields)
				if err != nil {
					t.Error(err)
					return
				}
				found, total, err := s.Search(t.Context(), q, 0, 5)
				if err != nil || total != 1 || len(found) != 1 || found[0].Output != row.Output {
					t.Errorf("%s: found %v of %d, %v", row.WorkflowID, found, total, err)
				}
			}
		})
	}
	load.Wait()
	agree(t, s)
}
