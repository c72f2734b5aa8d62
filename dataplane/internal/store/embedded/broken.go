package embedded

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// broken handles a disk that refuses a write, as a full one does. Pebble can't go on then; it says so by an error, by its
// logger, or by a panic. It is Pebble's logger, and keeps its events out of the log.
type broken struct {
	fatal   func(error)
	once    sync.Once
	closing atomic.Bool // the store is about to end anyway, and Close returns the error
}

// by is called with what the disk said.
func (b *broken) by(err error) {
	if !b.closing.Load() {
		b.once.Do(func() { b.fatal(err) })
	}
}

// recover turns a panic in a call of Pebble into its error.
func (b *broken) recover(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("write: %v", p)
		b.by(*err)
	}
}

// Infof implements pebble.Logger.
func (b *broken) Infof(string, ...any) {}

// Errorf implements pebble.Logger; the errors come back from the calls.
func (b *broken) Errorf(string, ...any) {}

// Fatalf implements pebble.Logger. Pebble calls it when it can't go on without losing data; it must not return.
func (b *broken) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	b.by(err)
	panic(err)
}

// written passes the outcome of a write on.
func (s *Store) written(err error) error {
	if err != nil {
		s.broken.by(err)
	}
	return err
}
