// Package limit counts the executions that run at a time under a key (rateLimitConfig) and lines up those that have to wait,
// first come first. It is in memory; what counts and what waits is rebuilt from the store at start.
package limit

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Wait is an execution that waits for a place. Limit is how many may run beside each other under the key, itself counted.
type Wait struct {
	Key   string
	ID    string
	Limit int
	Since int64 // epoch milliseconds; who came first goes first
}

// Limiter gives places to executions. The zero value is not usable; see New. All methods are safe for concurrent use.
type Limiter struct {
	known atomic.Int64 // executions that run or wait: with none there is nothing to look up

	mu     sync.Mutex
	groups map[string]*group
	keys   map[string]string // of every execution that runs or waits
}

// group is what shares a key.
type group struct {
	running map[string]bool
	waiting []Wait // in the order in which they go
}

// New returns a Limiter.
func New() *Limiter {
	return &Limiter{groups: map[string]*group{}, keys: map[string]string{}}
}

// Take gives a place to an execution that has just come, or has one, and reports whether it could: there must be one, and
// nobody who waits for it.
func (l *Limiter) Take(key, id string, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.group(key)
	if g.running[id] {
		return true
	}
	if len(g.running) >= limit || len(g.waiting) > 0 {
		return false
	}
	l.enter(key, id)
	g.running[id] = true
	return true
}

// Run counts an execution that runs, whether there is a place or not.
func (l *Limiter) Run(key, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enter(key, id)
	g := l.group(key)
	g.running[id] = true
	g.waiting = slices.DeleteFunc(g.waiting, func(w Wait) bool { return w.ID == id })
}

// Line puts an execution into the line; one that has a place keeps it. It returns those who have a place now, which may be
// the one.
func (l *Limiter) Line(w Wait) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.group(w.Key)
	if g.running[w.ID] || slices.ContainsFunc(g.waiting, func(o Wait) bool { return o.ID == w.ID }) {
		return nil
	}
	l.enter(w.Key, w.ID)
	at, _ := slices.BinarySearchFunc(g.waiting, w, func(a, b Wait) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID)) })
	g.waiting = slices.Insert(g.waiting, at, w)
	return g.admit()
}

// Forget forgets the executions that f names. It returns those who have a place now.
func (l *Limiter) Forget(f func(id string) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var admitted []string
	for id := range l.keys {
		if f(id) {
			admitted = append(admitted, l.leave(id)...)
		}
	}
	return slices.DeleteFunc(admitted, f)
}

// Leave forgets an execution that ended, or left the line. It returns those who have a place now.
func (l *Limiter) Leave(id string) []string {
	if l.known.Load() == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leave(id)
}

func (l *Limiter) leave(id string) []string {
	key, ok := l.keys[id]
	if !ok {
		return nil
	}
	delete(l.keys, id)
	l.known.Add(-1)
	g := l.groups[key]
	delete(g.running, id)
	g.waiting = slices.DeleteFunc(g.waiting, func(w Wait) bool { return w.ID == id })
	if len(g.running)+len(g.waiting) == 0 {
		delete(l.groups, key)
		return nil
	}
	return g.admit()
}

func (l *Limiter) enter(key, id string) {
	if _, ok := l.keys[id]; !ok {
		l.known.Add(1)
	}
	l.keys[id] = key
}

func (l *Limiter) group(key string) *group {
	g := l.groups[key]
	if g == nil {
		g = &group{running: map[string]bool{}}
		l.groups[key] = g
	}
	return g
}

// admit gives places to the first in the line, as long as there are any.
func (g *group) admit() []string {
	var ids []string
	for len(g.waiting) > 0 && len(g.running) < g.waiting[0].Limit {
		w := g.waiting[0]
		g.waiting = g.waiting[1:]
		g.running[w.ID] = true
		ids = append(ids, w.ID)
	}
	return ids
}
