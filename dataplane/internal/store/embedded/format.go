package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// format is how a store is written. It grows with a change that programs before it would read wrongly; what they pass over, such
// as a new numbered field, is none. The index has a version of its own.
const format = 1

// formatKey holds the format of the latest program that has opened the store.
var formatKey = []byte("v")

// loadFormat refuses a store that a later program has written, and marks it as one of this program's otherwise.
func (s *Store) loadFormat() error {
	b, err := s.get(formatKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch n, _ := binary.Uvarint(b); {
	case n > format:
		return fmt.Errorf("%w: it has the format %d, this program knows those up to %d", store.ErrLater, n, format)
	case n == format:
		return nil
	}
	return s.db.Set(formatKey, formatValue(), pebble.Sync)
}

func formatValue() []byte { return binary.AppendUvarint(nil, format) }

// later recognizes what Pebble says of a store that a later release of it has written.
func later(err error) error {
	if err != nil && strings.Contains(err.Error(), "unknown format major version") {
		return fmt.Errorf("%w: %w", store.ErrLater, err)
	}
	return err
}
