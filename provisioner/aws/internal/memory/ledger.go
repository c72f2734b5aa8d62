package memory

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// Ledger is a [converge.Ledger] in memory. The zero value is ready.
type Ledger struct {
	// Fail, if set, is asked before and after each change; true makes it fail there, as the end of a process would.
	Fail func() bool

	mu      sync.Mutex
	entries map[string]map[string]converge.Entry
}

var errFailed = errors.New("the database is away")

// Recall implements [converge.Ledger], like the methods that follow.
func (l *Ledger) Recall(_ context.Context, cluster string) (map[string]converge.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.entries[cluster]), nil
}

// Remember keeps e.
func (l *Ledger) Remember(_ context.Context, cluster, role string, e converge.Entry) error {
	return l.change(cluster, func(all map[string]converge.Entry) { all[role] = e })
}

// Forget drops what was remembered.
func (l *Ledger) Forget(_ context.Context, cluster, role string) error {
	return l.change(cluster, func(all map[string]converge.Entry) { delete(all, role) })
}

func (l *Ledger) change(cluster string, f func(map[string]converge.Entry)) error {
	if l.Fail != nil && l.Fail() {
		return errFailed
	}
	l.mu.Lock()
	if l.entries == nil {
		l.entries = map[string]map[string]converge.Entry{}
	}
	if l.entries[cluster] == nil {
		l.entries[cluster] = map[string]converge.Entry{}
	}
	f(l.entries[cluster])
	l.mu.Unlock()
	if l.Fail != nil && l.Fail() {
		return errFailed
	}
	return nil
}
