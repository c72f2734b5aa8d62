package embedded

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

func TestOpen_RefusesWhatALaterProgramHasWritten(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	if err := errors.Join(s.Clear(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, dir)
	if b, err := s.get(formatKey); err != nil || string(b) != string(formatValue()) {
		t.Fatalf("an emptied store has the format %v, %v", b, err)
	}
	if err := errors.Join(s.db.Set(formatKey, binary.AppendUvarint(nil, format+1), pebble.Sync), s.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, func(err error) { t.Errorf("the store is broken: %v", err) })
	if !errors.Is(err, store.ErrLater) || !strings.Contains(err.Error(), "it has the format 2, this program knows those up to 1") {
		t.Fatalf("%v, %v", s, err)
	}
}
