// Package limit counts the executions that run at a time under a key (rateLimitConfig) and lines up those that have to wait,
// first come first. It is in memory. Where several nodes share a store, each key has a home among them, whose Limiter counts
// for all; what it knows can be made up anew from what the nodes know of the executions that live on them (see Adopt).
package limit

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Wait is an execution that waits for a place, or has one. Limit is how many may run beside each other under the key, itself
// counted.
type Wait struct {
	Key   string
	ID    string
	Limit int
	Since int64 // epoch milliseconds; who came first goes first. 0: it has a place; Asks: it may have got one just now
}

// Asks is the Since of one that asks for a place.
const Asks = -1

// Name is what a key is called among the things that have homes.
func Name(key string) string { return "limit\x00" + key + "\x00" }

// Limiter gives places to executions. The zero value is not usable; see New. All methods are safe for concurrent use.
type Limiter struct {
	known atomic.Int64 // executions that run or wait, and one for an Adopt that is to come: with none there is nothing to look up

	mu     sync.Mutex
	groups map[string]*group
	keys   map[string]string // of every execution that runs or waits
	mark   uint64            // of the last Begin
	asking bool              // Adopt is to come
	seen   map[string]uint64 // the mark at which an execution was last told of; of one that has left only while asking
}

// group is what shares a key.
type group struct {
	running map[string]bool
	waiting []Wait // in the order in which they go
}

// New returns a Limiter.
func New() *Limiter {
	return &Limiter{groups: map[string]*group{}, keys: map[string]string{}, seen: map[string]uint64{}}
}

// Take gives a place to an execution that has just come, or has one, and reports whether it could: there must be one, and
// nobody who waits for it.
func (l *Limiter) Take(key, id string, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.group(key)
	if g.running[id] {
		l.see(id)
		return true
	}
	if len(g.running) >= limit || len(g.waiting) > 0 {
		return false
	}
	l.see(id)
	l.enter(key, id)
	g.running[id] = true
	return true
}

// Run counts an execution that runs, whether there is a place or not.
func (l *Limiter) Run(key, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.see(id)
	l.run(key, id)
}

func (l *Limiter) run(key, id string) {
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
	l.see(w.ID)
	return l.line(w)
}

func (l *Limiter) line(w Wait) []string {
	g := l.group(w.Key)
	if g.running[w.ID] {
		return []string{w.ID} // it has not heard
	}
	if slices.ContainsFunc(g.waiting, func(o Wait) bool { return o.ID == w.ID }) {
		return nil
	}
	l.enter(w.Key, w.ID)
	at, _ := slices.BinarySearchFunc(g.waiting, w, func(a, b Wait) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID)) })
	g.waiting = slices.Insert(g.waiting, at, w)
	return g.admit()
}

// Forget forgets the keys that f names, with all who run or wait under them.
func (l *Limiter) Forget(f func(key string) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, key := range l.keys {
		if f(key) {
			delete(l.keys, id)
			delete(l.seen, id)
			l.known.Add(-1)
		}
	}
	maps.DeleteFunc(l.groups, func(key string, _ *group) bool { return f(key) })
}

// Begin is said before Adopt: what is told of from now on is newer than what is being asked for.
func (l *Limiter) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mark++
	if !l.asking {
		l.asking = true
		l.known.Add(1)
	}
}

// Adopt takes over what was asked for since Begin: all who run or wait. Those who are not among them have gone; but what was
// told since then holds. It returns those who have a place now.
func (l *Limiter) Adopt(all []Wait) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asking {
		l.asking = false
		l.known.Add(-1)
	}
	there := map[string]bool{}
	var waiting []Wait
	for _, w := range all {
		there[w.ID] = true
		switch {
		case l.seen[w.ID] >= l.mark && l.mark > 0:
		case w.Since == Asks:
		case w.Since > 0:
			waiting = append(waiting, w)
		default:
			l.run(w.Key, w.ID)
		}
	}
	var admitted []string
	for _, id := range slices.Collect(maps.Keys(l.keys)) {
		if !there[id] && l.seen[id] < l.mark {
			admitted = append(admitted, l.leave(id)...)
		}
	}
	slices.SortFunc(waiting, func(a, b Wait) int { return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID)) })
	for _, w := range waiting {
		admitted = append(admitted, l.line(w)...)
	}
	maps.DeleteFunc(l.seen, func(id string, _ uint64) bool {
		_, there := l.keys[id]
		return !there
	})
	return admitted
}

// see notes that an execution is told of now.
func (l *Limiter) see(id string) { l.seen[id] = l.mark }

// Leave forgets an execution that ended, or left the line. It returns those who have a place now.
func (l *Limiter) Leave(id string) []string {
	if l.known.Load() == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.see(id)
	return l.leave(id)
}

func (l *Limiter) leave(id string) []string {
	key, ok := l.keys[id]
	if !ok {
		if !l.asking {
			delete(l.seen, id)
		}
		return nil
	}
	delete(l.keys, id)
	l.known.Add(-1)
	if !l.asking {
		delete(l.seen, id)
	}
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
