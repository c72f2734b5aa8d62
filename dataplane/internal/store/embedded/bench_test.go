package embedded

import (
	"flag"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/storetest"
)

var executions = flag.Int("executions", 20_000, "how many finished executions BenchmarkSearch looks through")

// BenchmarkSearch measures first pages of 20 and their counts:
//
//	go test ./dataplane/internal/store/embedded -run '^$' -bench Search -v -executions 1000000 -benchtime 20x -timeout 30m
func BenchmarkSearch(b *testing.B) {
	dir := b.TempDir()
	s, err := Open(dir, func(err error) { b.Error(err) })
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	began := time.Now()
	r := rand.New(rand.NewPCG(1, 2))
	const group = 500
	for first := 0; first < *executions; first += group {
		var changes []*store.Change
		for i := first; i < min(first+group, *executions); i++ {
			row := storetest.Finished(i, *executions, r)
			changes = append(changes, &store.Change{ID: row.WorkflowID, Summary: row})
		}
		wait, err := s.Commit(b.Context(), nil, changes)
		if err == nil {
			err = wait()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	var size int64
	_ = filepath.WalkDir(dir, func(_ string, f fs.DirEntry, _ error) error {
		if info, err := f.Info(); err == nil && !f.IsDir() {
			size += info.Size()
		}
		return nil
	})
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.Logf("%d executions in %.0fs; %d MiB on the disk, %d MiB in use by Go", *executions, time.Since(began).Seconds(), size>>20, memory.HeapInuse>>20)
	storetest.BenchmarkSearch(b, s, *executions)
}
