package embedded

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

func start(id string) *store.Change {
	return &store.Change{
		ID: id, Header: &decide.Header{ID: id, Rev: 1, Plan: "h"}, Plan: []byte("{}"),
		Tasks: []store.Row{{Seq: 1, ID: id + "-1", New: true, Task: []byte("{}")}, {Seq: 2, ID: id + "-2", New: true, Task: []byte("{}")}},
	}
}

// TestUsageIsWhatIsThere crashes the store at random moments, with commits under way: the count is that of the executions that
// have survived, and never less than what was told before.
func TestUsageIsWhatIsThere(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 7))
	mem := vfs.NewCrashableMem()
	next, told := 0, map[string]int64{}
	for round := range 12 {
		s, err := OpenFS("store", mem, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		var there, counted int64
		rows, err := s.Usage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range rows {
			counted += u.Executions
			if u.Tasks != 2*u.Executions {
				t.Errorf("round %d: %+v", round, u)
			}
			if u.Executions < told[u.Epoch] {
				t.Errorf("round %d: epoch %s had %d executions, now %d", round, u.Epoch, told[u.Epoch], u.Executions)
			}
		}
		for i := range next {
			if _, err := s.Load(t.Context(), fmt.Sprint("e", i), false); err == nil {
				there++
			}
		}
		if there != counted {
			t.Fatalf("round %d: %d executions, counted %d", round, there, counted)
		}
		for range 5 + random.IntN(30) {
			wait, err := s.Commit(t.Context(), nil, []*store.Change{start(fmt.Sprint("e", next))})
			next++
			if err == nil && random.IntN(2) == 0 {
				err = wait()
			}
			if err != nil {
				t.Fatal(err)
			}
			if random.IntN(10) == 0 {
				rows, err := s.Usage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range rows {
					told[u.Epoch] = u.Executions
				}
			}
		}
		mem = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(101), RNG: random})
	}
	if next == 0 {
		t.Fatal("nothing was done")
	}
}

func TestUsageByDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := vfs.NewMem()
		s, err := OpenFS("store", mem, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		for day := range 3 {
			for n := range day + 1 {
				wait, err := s.Commit(t.Context(), nil, []*store.Change{start(fmt.Sprint(day, "-", n))})
				if err == nil {
					err = wait()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(24 * time.Hour)
		}
		first := store.Day(time.Now()) - 3
		rows, err := s.Usage(t.Context())
		if err != nil || len(rows) != 3 {
			t.Fatalf("%+v, %v", rows, err)
		}
		for i, u := range rows {
			if u.Day != first+int64(i) || u.Executions != int64(i)+1 {
				t.Errorf("row %d: %+v", i, u)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		<-time.After((store.UsageDays - 1) * 24 * time.Hour)
		if s, err = OpenFS("store", mem, func(err error) { t.Error(err) }); err != nil {
			t.Fatal(err)
		}
		rows, err = s.Usage(t.Context())
		if err != nil || len(rows) != 1 || rows[0].Day != first+2 {
			t.Errorf("what is kept: %+v, %v", rows, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
