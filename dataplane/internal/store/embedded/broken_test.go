package embedded

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// TestAFullDisk fills the disk in the middle of a write: that is reported once, and what was acknowledged before is there
// when the store is opened again.
func TestAFullDisk(t *testing.T) {
	mem := vfs.NewCrashableMem()
	var full atomic.Bool
	disk := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.ENOSPC
		}
		return nil
	}))
	var reports []error
	s, err := OpenFS("store", disk, func(err error) { reports = append(reports, err) })
	if err != nil {
		t.Fatal(err)
	}
	put := func(id string) error {
		wait, err := s.Commit(t.Context(), nil, []*store.Change{{ID: id, Header: &decide.Header{ID: id, Plan: "h"}, Plan: []byte("{}")}})
		if err == nil {
			err = wait()
		}
		return err
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	for range 2 {
		if err := put("after"); err == nil {
			t.Error("a write to a full disk was acknowledged")
		}
	}
	if len(reports) != 1 || !errors.Is(reports[0], syscall.ENOSPC) {
		t.Errorf("reported: %v", reports)
	}
	s, err = OpenFS("store", mem.CrashClone(vfs.CrashCloneCfg{RNG: rand.New(rand.NewPCG(1, 1))}), func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(t.Context(), "before", true); err != nil {
		t.Errorf("what was acknowledged: %v", err)
	}
}
