package redis

import (
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/ranked"
)

// entry is what a node knows of a task of its own. There may be very many.
type entry struct {
	execution string
	line      *line
	rank      uint64 // of ready tasks, lowest first
	seq       int32
	place     int32
	priority  int32
	pushed    moment // when it became ready
	state     state
	flags     flags
}

// moment is a time in milliseconds, the last bits of it: enough to tell short times apart.
type moment uint16

func now() moment { return moment(time.Since(ranksBegin).Milliseconds()) }

type heap = ranked.Heap[*entry]

type state uint8

const (
	fresh  state = iota // not known yet
	ready               // to be handed out
	handed              // a poll of this node got it
	flying              // a worker has it
	gone                // ended; Redis is to forget it
)

type flags uint8

const (
	marked flags = 1 << iota // Redis is to be told
	there                    // Redis may have heard of it
	back                     // it may be handed out as Redis sees it, and is not any more
	void                     // superseded or forgotten: not ours to tell of
)

func (e *entry) has(f flags) bool { return e.flags&f != 0 }

// Before implements ranked.Element.
func (e *entry) Before(o *entry) bool { return e.rank < o.rank }

// Place implements ranked.Element.
func (e *entry) Place() int { return int(e.place) }

// SetPlace implements ranked.Element.
func (e *entry) SetPlace(i int) { e.place = int32(i) }

func (e *entry) key() queue.Key { return queue.Key{Execution: e.execution, Seq: int(e.seq)} }

func (e *entry) item() queue.Item {
	return queue.Item{Key: e.key(), Type: e.line.kind.name, Domain: e.line.domain, Priority: int(e.priority)}
}

// member is how Redis knows a task; the scripts read it, too.
func member(it queue.Item) string {
	return it.Execution + "\x00" + strconv.Itoa(it.Seq) + "\x00" + strconv.Itoa(it.Priority) + "\x00" + it.Domain
}

// parse reads a member of a type's keys.
func parse(taskType, member string) (queue.Item, bool) {
	parts := strings.SplitN(member, "\x00", 4)
	if len(parts) < 4 {
		return queue.Item{}, false
	}
	seq, err := strconv.Atoi(parts[1])
	priority, err2 := strconv.Atoi(parts[2])
	return queue.Item{Key: queue.Key{Execution: parts[0], Seq: seq}, Type: taskType, Domain: parts[3], Priority: priority}, err == nil && err2 == nil
}

// orderBits of a rank tell who came first, in 1/32 ms since ranksBegin; what is above tells the priority. A rank is exact in
// a float64, in which Redis keeps it.
const orderBits = 46

var ranksBegin = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (q *Queue) rank(priority int) uint64 {
	q.order = max(q.order+1, uint64(time.Since(ranksBegin).Milliseconds())<<5)
	return uint64(99-max(0, min(99, priority)))<<orderBits | q.order
}

// set moves an entry to another state, with all that is counted.
func (q *Queue) set(e *entry, s state) {
	away := func(s state) bool { return s == handed || s == flying }
	if e.state == ready {
		e.line.ready.Remove(e)
	}
	if away(e.state) && !away(s) {
		e.line.flying--
		delete(e.line.kind.away, e)
	}
	if away(s) && !away(e.state) {
		e.line.flying++
		e.line.kind.away[e] = struct{}{}
	}
	if s == ready {
		e.line.ready.Push(e)
	}
	e.state = s
}

// own returns the entry of a task, nil when there is none or it was another task then.
func (q *Queue) own(it queue.Item) *entry {
	e := q.tasks[it.Key]
	if e == nil {
		return nil
	}
	if e.line.domain == it.Domain && e.line.kind.name == it.Type && int(e.priority) == it.Priority {
		return e
	}
	delete(q.tasks, it.Key)
	q.end(e)
	return nil
}

func (q *Queue) add(it queue.Item) *entry {
	e := &entry{
		execution: it.Execution, seq: int32(it.Seq), priority: int32(it.Priority), line: q.line(it.Type, it.Domain),
	}
	q.tasks[it.Key] = e
	return e
}

// Push implements queue.Queue.
func (q *Queue) Push(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.own(it); e == nil || e.state != ready {
		q.push(e, it)
	}
}

// Offer implements queue.Queue.
func (q *Queue) Offer(it queue.Item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.own(it)
	if e != nil && e.state != gone {
		if e.state == ready && e.has(there) {
			q.mark(e) // a node that took itself for the home may have said otherwise
		}
		return false
	}
	q.push(e, it)
	return true
}

func (q *Queue) push(e *entry, it queue.Item) {
	if e == nil {
		e = q.add(it)
	}
	e.rank, e.pushed = q.rank(it.Priority), now()
	q.place(e)
}

// place makes a task ready: for a poll that is parked here, unless Redis has to count it, or else for all.
func (q *Queue) place(e *entry) {
	l := e.line
	direct := len(l.parked) > 0 && (q.down || !q.limits(l.kind.name).Limited())
	q.set(e, ready)
	switch {
	case !direct:
		q.mark(e)
	case q.down:
		q.mark(e)
		q.serveOwn(l)
	default:
		q.set(e, handed)
		if e.has(there | marked) {
			q.mark(e)
		}
		w := l.parked[0]
		l.parked = l.parked[1:]
		w.give(e.item())
	}
}

// Remove implements queue.Queue.
func (q *Queue) Remove(k queue.Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.tasks[k]; e != nil {
		q.end(e)
	}
}

// end forgets a task, at once when Redis never heard of it.
func (q *Queue) end(e *entry) {
	q.set(e, gone)
	if e.has(there) {
		e.flags |= back
		q.mark(e)
	} else {
		e.flags |= void
		if q.tasks[e.key()] == e {
			delete(q.tasks, e.key())
		}
	}
	if q.down {
		q.serveOwn(e.line.kind.lines...)
	}
}

// Fly implements queue.Queue.
func (q *Queue) Fly(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.own(it)
	if e == nil {
		e = q.add(it)
		e.flags |= there // somebody was handed it
	}
	if e.state == flying {
		return
	}
	q.set(e, flying)
	e.flags |= back
	if e.has(there) || e.line.kind.kept {
		q.mark(e)
	}
}

// Return implements queue.Queue.
func (q *Queue) Return(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.own(it); e == nil {
		q.giveBack(it)
	} else if e.state == handed || e.state == ready && e.has(there) {
		e.flags |= back
		q.place(e)
	}
}

// giveBack lets Redis hand out a task again that it handed to this node.
func (q *Queue) giveBack(it queue.Item) {
	q.note(q.kind(it.Type), note{code: opUndo, member: member(it), domain: it.Domain})
}

// Drop implements queue.Queue.
func (q *Queue) Drop(it queue.Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.own(it)
	if e == nil {
		e = q.add(it)
		e.flags |= there
	}
	if e.state != flying {
		q.end(e)
	}
}

// Forget implements queue.Queue.
func (q *Queue) Forget(of func(execution string) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, e := range q.tasks {
		if of(k.Execution) {
			q.set(e, gone)
			e.flags |= void
			delete(q.tasks, k)
		}
	}
}
