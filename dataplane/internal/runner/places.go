package runner

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/busy"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/limit"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Places gives executions their places under the keys that they share (rateLimitConfig). The home of a key counts for all
// nodes; the homes of executions tell it what becomes of them. A node that becomes the home of keys gives nobody a place before
// it has asked all nodes (Ask).
type Places struct {
	ctx   context.Context
	homes Homes
	here  *limit.Limiter // of the keys whose home this node is
	run   func(f func())
	again func(err error, what, id string, f func())
	admit func(id string) error // lets an execution that lives here begin

	mu      sync.Mutex
	own     map[string]limit.Wait // executions that live here, by id
	told    map[string]string     // the keys whose homes know of them
	unsure  map[string]string     // those of own that may have ended elsewhere without this node's knowledge, and their keys
	open    map[int]bool          // slots of keys whose home this node is, and knows all of
	opened  chan struct{}         // closed, and replaced, when there are more
	telling busy.Set[string]

	asking chan struct{} // a lock that is held while other nodes are asked
}

func newPlaces(r *Runner) *Places {
	return &Places{
		ctx: r.ctx, homes: r.homes, here: limit.New(), run: r.pool.run, again: r.again, admit: func(id string) error { return r.AdmitHere(r.ctx, id) },
		own: map[string]limit.Wait{}, told: map[string]string{}, unsure: map[string]string{}, open: map[int]bool{}, opened: make(chan struct{}), asking: make(chan struct{}, 1),
	}
}

// takeTimeout bounds how long a start waits for the answer whether there is a place; without one it waits in line.
const takeTimeout = 2 * time.Second

// Take asks for a place for an execution that has just come.
func (p *Places) Take(key, id string, most int) bool {
	w := limit.Wait{Key: key, ID: id, Limit: most}
	asks := w
	asks.Since = limit.Asks
	p.mu.Lock()
	before := p.told[id] != "" // it ran before, and news of that may be on their way
	p.own[id], p.told[id] = asks, key
	delete(p.unsure, id)
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(p.ctx, takeTimeout)
	defer cancel()
	got, err := p.TakeHere(ctx, w)
	if errors.Is(err, errNotHome) {
		got, err = p.homes.Take(ctx, w)
	}
	if err != nil {
		return false // it may have a place: it will hear so when it lines up
	}
	if !got {
		p.drop(id)
		return false
	}
	p.mu.Lock()
	p.own[id] = w
	p.mu.Unlock()
	if before {
		p.tellSoon(id)
	}
	return true
}

// errNotHome says that a key lives on another node.
var errNotHome = workflow.Errorf(workflow.Busy, "the key of the limit lives on another node")

// TakeHere answers whether an execution has a place under a key that lives here.
func (p *Places) TakeHere(ctx context.Context, w limit.Wait) (bool, error) {
	if err := p.ready(ctx, w.Key); err != nil {
		return false, err
	}
	return p.here.Take(w.Key, w.ID, w.Limit), nil
}

// ready waits until all is known of a key that lives here.
func (p *Places) ready(ctx context.Context, key string) error {
	if p.homes == (alone{}) {
		return nil
	}
	name := limit.Name(key)
	for {
		if !p.homes.Mine(name) {
			return errNotHome
		}
		p.mu.Lock()
		open, opened := p.open[home.Slot(name)], p.opened
		p.mu.Unlock()
		if open {
			return nil
		}
		select {
		case <-opened:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Set notes that an execution that lives here has a place (Since 0), or waits for one. The home of its key is told.
func (p *Places) Set(w limit.Wait) {
	p.mu.Lock()
	was, there := p.own[w.ID]
	known := there && was == w && p.told[w.ID] == w.Key
	p.own[w.ID] = w
	delete(p.unsure, w.ID)
	p.mu.Unlock()
	if !known {
		p.tellSoon(w.ID)
	}
}

// Gone notes that an execution, wherever it lives, needs no place under a key any more. The home of the key is told.
func (p *Places) Gone(id, key string) {
	p.mu.Lock()
	delete(p.own, id)
	delete(p.unsure, id)
	if p.told[id] == "" {
		p.told[id] = key
	}
	p.mu.Unlock()
	p.tellSoon(id)
}

func (p *Places) tellSoon(id string) {
	if p.homes == (alone{}) {
		p.tell(id) // at once: who comes next is behind
		return
	}
	p.run(func() { p.tell(id) })
}

// revoke gives back what a start may have taken that came to nothing.
func (p *Places) revoke(id string) {
	p.mu.Lock()
	key := p.told[id]
	p.mu.Unlock()
	if key == "" {
		return
	}
	p.mu.Lock()
	delete(p.own, id)
	p.mu.Unlock()
	p.tell(id) // before it tries again
}

// drop forgets an execution that lives elsewhere, or was never there.
func (p *Places) drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.own, id)
	delete(p.told, id)
	delete(p.unsure, id)
}

// tell brings the home of a key up to date on an execution.
func (p *Places) tell(id string) {
	if !p.telling.Enter(id) {
		return
	}
	var err error
	for more := true; more; more = p.telling.Leave(id) {
		err = p.tellNow(id)
	}
	p.again(err, "news of an execution's place", id, func() { p.tell(id) })
}

func (p *Places) tellNow(id string) error {
	p.mu.Lock()
	w, there := p.own[id]
	key := p.told[id]
	p.mu.Unlock()
	if key != "" && key != w.Key {
		if err := p.send(limit.Wait{Key: key, ID: id}, true); err != nil {
			return err
		}
	}
	var err error
	if there {
		err = p.send(w, false)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		delete(p.told, id)
	case there:
		p.told[id] = w.Key
	default:
		delete(p.told, id)
	}
	return err
}

// send tells the home of a key.
func (p *Places) send(w limit.Wait, gone bool) error {
	ctx, cancel := context.WithTimeout(p.ctx, takeTimeout)
	defer cancel()
	err := p.TellHere(ctx, w, gone)
	if errors.Is(err, errNotHome) {
		err = p.homes.Tell(ctx, w, gone)
	}
	return err
}

// TellHere takes the news of an execution under a key that lives here.
func (p *Places) TellHere(ctx context.Context, w limit.Wait, gone bool) error {
	if err := p.ready(ctx, w.Key); err != nil {
		return err
	}
	switch {
	case w.Since == limit.Asks: // whoever asks tells more
	case gone:
		p.admitAll(p.here.Leave(w.ID))
	case w.Since > 0:
		p.admitAll(p.here.Line(w))
	default:
		p.here.Run(w.Key, w.ID)
	}
	return nil
}

// admitAll lets executions begin, wherever they live, that have a place under a key that lives here.
func (p *Places) admitAll(ids []string) {
	for _, id := range ids {
		p.run(func() { p.admitOne(id) })
	}
}

func (p *Places) admitOne(id string) {
	var err error
	if p.homes.Mine(id) {
		err = p.admit(id)
	} else {
		err = p.homes.Admit(p.ctx, id)
	}
	if workflow.KindOf(err) == workflow.NotFound { // removed in the meantime
		p.admitAll(p.here.Leave(id))
	}
	p.again(err, "begin of an execution that waited", id, func() { p.admitOne(id) })
}

// Lose forgets what lives elsewhere now, executions and keys, and takes slots that have come as ones of which it knows nothing:
// of what it holds there it is not sure until it hears of it again, or Unsure is asked.
func (p *Places) Lose(gained []int) {
	p.here.Forget(func(key string) bool { return !p.homes.Mine(limit.Name(key)) })
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.own {
		if !p.homes.Mine(id) {
			delete(p.own, id)
			delete(p.told, id)
		}
	}
	maps.DeleteFunc(p.unsure, func(id, _ string) bool { return !p.homes.Mine(id) })
	in := map[int]bool{}
	for _, slot := range gained {
		delete(p.open, slot)
		in[slot] = true
	}
	for id, w := range p.own {
		if in[home.Slot(id)] {
			p.unsure[id] = w.Key
		}
	}
	for slot := range p.open {
		if !p.homes.Mine(home.In(slot, slotName)) {
			delete(p.open, slot)
		}
	}
}

// Unsure returns the executions, and their keys, that had places here, or waited, and were not heard of since their slots came.
func (p *Places) Unsure() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.unsure)
}

func (p *Places) sure(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.unsure, id)
}

// slotName is an id of which home.In makes one in a slot.
const slotName = "slot-000"

// Own returns the executions that live here and run or wait under keys that f names.
func (p *Places) Own(f func(key string) bool) []limit.Wait {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := []limit.Wait{}
	for _, w := range p.own {
		if f(w.Key) && p.homes.Mine(w.ID) {
			out = append(out, w)
		}
	}
	return out
}

// Ask makes up anew, from what all nodes know, who runs and waits under the keys that live here. all asks the other nodes;
// when it fails nothing changes.
func (p *Places) Ask(slots []int, all func() ([]limit.Wait, error)) error {
	p.asking <- struct{}{}
	defer func() { <-p.asking }()
	p.here.Begin()
	waits, err := all()
	if err != nil {
		return err
	}
	mine := func(key string) bool { return p.homes.Mine(limit.Name(key)) }
	waits = append(waits, p.Own(mine)...)
	p.admitAll(p.here.Adopt(waits))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, slot := range slots {
		p.open[slot] = p.homes.Mine(home.In(slot, slotName))
	}
	close(p.opened)
	p.opened = make(chan struct{})
	return nil
}
