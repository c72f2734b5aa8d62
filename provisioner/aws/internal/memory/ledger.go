package memory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// Ledger is a [ledger.Ledger] in memory. The zero value is ready.
type Ledger struct {
	// Fail, if set, is asked before and after each change; true makes it fail there, as the end of a process would.
	Fail func() bool

	mu      sync.Mutex
	entries map[string]map[string]ledger.Entry
}

var errFailed = errors.New("the database is away")

// Recall implements [ledger.Ledger], like the methods that follow.
func (l *Ledger) Recall(_ context.Context, cluster string) (map[string]ledger.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.entries[cluster]), nil
}

// Remember keeps e.
func (l *Ledger) Remember(_ context.Context, cluster, role string, e ledger.Entry) error {
	return l.change(cluster, func(all map[string]ledger.Entry) { all[role] = e })
}

// Forget drops what was remembered.
func (l *Ledger) Forget(_ context.Context, cluster, role string) error {
	return l.change(cluster, func(all map[string]ledger.Entry) { delete(all, role) })
}

func (l *Ledger) change(cluster string, f func(map[string]ledger.Entry)) error {
	if l.Fail != nil && l.Fail() {
		return errFailed
	}
	l.mu.Lock()
	if l.entries == nil {
		l.entries = map[string]map[string]ledger.Entry{}
	}
	if l.entries[cluster] == nil {
		l.entries[cluster] = map[string]ledger.Entry{}
	}
	f(l.entries[cluster])
	l.mu.Unlock()
	if l.Fail != nil && l.Fail() {
		return errFailed
	}
	return nil
}

// Clusters lists the clusters of which anything is, or was, remembered.
func (l *Ledger) Clusters() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.entries))
}
