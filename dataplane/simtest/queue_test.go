package simtest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
)

// exchange is what nodes share of their queue, as queue/redis does: it can be away, and lose everything. Nodes tell it what
// they know of their own tasks, at once or late, and once more when it is back.
type exchange struct {
	mu    sync.Mutex
	ready *memory.Queue
	times int       // that all was lost
	until time.Time // away until then
	parts map[*part]bool
}

func newExchange() *exchange {
	return &exchange{parts: map[*part]bool{}, ready: memory.New(queue.Unlimited, timer.System{})}
}

// lose forgets everything, and is away for a time.
func (x *exchange) lose(away time.Duration) {
	x.mu.Lock()
	x.ready.Close()
	x.ready = memory.New(queue.Unlimited, timer.System{})
	x.until = time.Now().Add(away)
	x.times++
	times := x.times
	x.mu.Unlock()
	time.AfterFunc(away, func() {
		x.mu.Lock()
		same, q, parts := x.times == times, x.ready, slices.Collect(maps.Keys(x.parts))
		x.mu.Unlock()
		for _, p := range parts {
			if same { // otherwise it was lost once more
				p.tellAll(q)
			}
		}
	})
}

// use returns what is shared now, nil while it is away.
func (x *exchange) use() (q *memory.Queue, away time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if away := time.Until(x.until); away > 0 {
		return nil, away
	}
	return x.ready, 0
}

// patience is how long a task may be handed out before its home says more of it.
const patience = 10 * time.Second

// part is one node's part; it implements queue.Queue.
type part struct {
	x *exchange
	m *machine

	mu    sync.Mutex
	own   map[queue.Key]known
	notes []func(*memory.Queue) // to be told
	late  time.Time             // nothing is told before
}

// known is what a node knows of a task of its own.
type known struct {
	queue.Item
	away bool // handed out, or with a worker
	with bool // a worker has it
}

func newPart(x *exchange, m *machine) *part {
	p := &part{x: x, m: m, own: map[queue.Key]known{}}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.parts[p] = true
	return p
}

// note tells the exchange of a task, in order, now or late.
func (p *part) note(what string, k queue.Key, f func(*memory.Queue)) {
	p.m.log.Debug("queue: told", "what", what, "workflow_id", k.Execution, "seq", k.Seq, "known", p.own[k])
	if p.m.dead() {
		return
	}
	now := time.Now()
	if d := max(p.m.fault("queue").delay, p.m.until(&p.m.frozen)); d > 0 && p.late.Before(now.Add(d)) {
		p.late = now.Add(d)
		time.AfterFunc(d, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if !time.Now().Before(p.late) {
				p.flush()
			}
		})
	}
	p.notes = append(p.notes, f)
	if !now.Before(p.late) {
		p.flush()
	}
}

func (p *part) flush() {
	q, _ := p.x.use()
	for _, f := range p.notes {
		if q != nil && !p.m.dead() {
			f(q)
		}
	}
	p.notes = nil
}

// tellAll tells an exchange that has lost everything. It is locked.
func (p *part) tellAll(q *memory.Queue) {
	if p.m.dead() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.own {
		switch {
		case k.with:
			q.Fly(k.Item)
		case k.away:
			time.AfterFunc(patience, func() { p.again(k.Item) })
		default:
			q.Push(k.Item)
		}
	}
}

// again offers a task of which nothing was heard since it was handed out.
func (p *part) again(it queue.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.own[it.Key]; ok && k.Item == it && k.away && !k.with {
		p.own[it.Key] = known{Item: it}
		p.note("again", it.Key, func(q *memory.Queue) { q.Push(it) })
	}
}

// Push implements queue.Queue.
func (p *part) Push(it queue.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.own[it.Key]; ok && k.Item == it && !k.away {
		return
	}
	p.own[it.Key] = known{Item: it}
	p.note("push", it.Key, func(q *memory.Queue) { q.Push(it) })
}

// Offer implements queue.Queue.
func (p *part) Offer(it queue.Item) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.own[it.Key]; ok && k.Item == it {
		if !k.away {
			p.note("offer again", it.Key, func(q *memory.Queue) { q.Push(it) })
		}
		return false
	}
	p.own[it.Key] = known{Item: it}
	p.note("offer", it.Key, func(q *memory.Queue) { q.Push(it) })
	return true
}

// Remove implements queue.Queue.
func (p *part) Remove(k queue.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.own[k]; ok {
		delete(p.own, k)
		p.note("remove", k, func(q *memory.Queue) { q.Remove(k) })
	}
}

// Fly implements queue.Queue.
func (p *part) Fly(it queue.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.own[it.Key] = known{Item: it, away: true, with: true}
	p.note("fly", it.Key, func(q *memory.Queue) { q.Fly(it) })
}

// Take implements queue.Queue. What it took may be handed to others too, or reach nobody.
func (p *part) Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []queue.Item {
	until := time.Now().Add(wait)
	for ctx.Err() == nil && !p.m.dead() {
		q, away := p.x.use()
		if q == nil {
			if !sleep(ctx, min(away, time.Until(until))) || !time.Now().Before(until) {
				return nil
			}
			continue
		}
		limited, stop := context.WithCancel(ctx)
		context.AfterFunc(p.m.life, stop)
		items := p.taken(q, q.Take(limited, taskType, domain, count, time.Until(until)))
		stop()
		if len(items) > 0 || !time.Now().Before(until) {
			return items
		}
	}
	return nil
}

// taken notes what was handed out, and plays with it.
func (p *part) taken(q *memory.Queue, items []queue.Item) []queue.Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []queue.Item
	for _, it := range items {
		time.AfterFunc(patience, func() { q.Return(it) })
		f := p.m.fault("take")
		p.m.log.Debug("queue: handed out", "workflow_id", it.Execution, "seq", it.Seq, "lost", f.before, "twice", f.after)
		if k, ok := p.own[it.Key]; ok && k.Item == it {
			if k.with {
				p.note("fly, which was handed out", it.Key, func(q *memory.Queue) { q.Fly(it) })
				continue // the exchange did not know yet
			}
			p.own[it.Key] = known{Item: it, away: true}
			if f.before {
				time.AfterFunc(patience, func() { p.again(it) })
			}
		}
		if f.before {
			continue // nobody gets it
		}
		if f.after {
			q.Return(it) // somebody else gets it too
		}
		out = append(out, it)
	}
	return out
}

// Return implements queue.Queue.
func (p *part) Return(it queue.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.own[it.Key]; ok && k.Item == it && !k.with {
		p.own[it.Key] = known{Item: it}
	}
	p.note("return", it.Key, func(q *memory.Queue) { q.Return(it) })
}

// Drop implements queue.Queue.
func (p *part) Drop(it queue.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.own[it.Key]; ok && k.with {
		return
	}
	delete(p.own, it.Key)
	p.note("drop", it.Key, func(q *memory.Queue) { q.Drop(it) })
}

// Forget implements queue.Queue.
func (p *part) Forget(of func(execution string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range p.own {
		if of(k.Execution) {
			delete(p.own, k)
		}
	}
}

// Limited implements queue.Queue.
func (p *part) Limited(string) {}

// Seen implements queue.Queue.
func (p *part) Seen(string, string, string, time.Time) {}

// Active implements queue.Queue.
func (p *part) Active(string, string, time.Time) bool { return true }

// Polls implements queue.Queue.
func (p *part) Polls(string) []queue.Poll { return nil }

// Infos implements queue.Queue.
func (p *part) Infos() []queue.Info { return nil }

// Close implements queue.Queue.
func (p *part) Close() {
	p.mu.Lock()
	p.flush()
	p.mu.Unlock()
	p.x.mu.Lock()
	defer p.x.mu.Unlock()
	delete(p.x.parts, p)
}
