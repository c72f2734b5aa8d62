package embedded

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// TestLog_SeldomGrows writes more than a log is filled ahead by: its length changes seldom, and after a crash everything
// that was acknowledged is read from it.
func TestLog_SeldomGrows(t *testing.T) {
	const commits = 600
	mem := vfs.NewCrashableMem()
	s, err := OpenFS("store", mem, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	large := strings.Repeat("x", 3*ahead/commits)
	lengths := map[int64]bool{}
	for n := range commits {
		id := strconv.Itoa(n)
		wait, err := s.Commit(t.Context(), nil, []*store.Change{{ID: id, Header: &decide.Header{ID: id, Plan: "h"}, Plan: []byte(`"` + large + `"`)}})
		if err == nil {
			err = wait()
		}
		if err != nil {
			t.Fatal(err)
		}
		lengths[logsLength(t, mem)] = true
	}
	// Three steps for what is written, and one for each of the few logs that follow one another as the memtable grows.
	if len(lengths) < 3 || len(lengths) > commits/20 {
		t.Errorf("the logs had %d lengths in %d commits", len(lengths), commits)
	}
	after, err := OpenFS("store", mem.CrashClone(vfs.CrashCloneCfg{RNG: rand.New(rand.NewPCG(1, 1))}), func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	for n := range commits {
		if _, err := after.Load(t.Context(), strconv.Itoa(n), true); err != nil {
			t.Fatalf("commit %d: %v", n, err)
		}
	}
}

// logsLength returns the bytes of all write-ahead logs together.
func logsLength(t *testing.T, fs vfs.FS) (bytes int64) {
	t.Helper()
	names, err := fs.List("store")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		info, err := fs.Stat(fs.PathJoin("store", name))
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

// BenchmarkLog syncs records of 4 KiB on the disk: in a log that grows, in one whose space is reserved, and in one that is
// filled ahead.
func BenchmarkLog(b *testing.B) {
	for name, wrap := range map[string]func(vfs.File) vfs.File{
		"grows": func(f vfs.File) vfs.File { return f },
		"reserved": func(f vfs.File) vfs.File {
			return vfs.NewSyncingFile(f, vfs.SyncingFileOptions{PreallocateSize: 32 << 20})
		},
		"filled": func(f vfs.File) vfs.File { return &logFile{File: f} },
	} {
		b.Run(name, func(b *testing.B) {
			f, err := vfs.Default.Create(b.TempDir()+"/log", "pebble-wal")
			if err != nil {
				b.Fatal(err)
			}
			log := wrap(f)
			defer log.Close()
			record := []byte(strings.Repeat("x", 4096))
			for b.Loop() {
				if _, err := log.Write(record); err != nil {
					b.Fatal(err)
				}
				if err := log.SyncData(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
