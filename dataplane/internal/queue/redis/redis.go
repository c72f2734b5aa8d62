// Package redis is the queue that the nodes of a data plane share. Each node keeps the tasks of its own executions in memory,
// and tells Redis of them in batches that nobody waits for; Redis hands them out to the polls of all nodes. A task that
// becomes ready while a poll of the same node is parked goes to it from memory, and Redis never hears of it. A node without
// Redis serves its own polls with its own tasks; when Redis is back, or was emptied, every node tells it what it knows.
//
// Redis holds, per task type, what shared.lua lists; all of it may be lost. Nodes are woken through one channel, on which
// they also tell each other of their queues and polls, so an idle node costs a message every few seconds, however many
// polls are parked. Redis may be a cluster: the keys of a task type are in one slot, and so are its limits.
//
// The files: dial.go (connection strings), table.go (what a node knows of its own tasks), take.go (polls), write.go (telling
// Redis), scripts.go and *.lua (what Redis does), link.go (the channel; losing and finding Redis), report.go (what nodes
// tell each other).
package redis

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// Config makes a Queue.
type Config struct {
	Client goredis.UniversalClient // see Dial; the caller closes it after the queue
	Prefix string                  // of all keys and the channel; the same on every node of a data plane, and nowhere else
	Limits func(taskType string) queue.Limit
	Logger *slog.Logger
}

// Queue is one node's part of the queue; it implements queue.Queue. The zero value is not usable; see New.
type Queue struct {
	client  goredis.UniversalClient
	prefix  string
	channel string
	limits  func(taskType string) queue.Limit
	log     *slog.Logger
	id      string // of this node, for as long as it runs
	times   times

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	kinds   map[string]*kind
	lines   map[name]*line
	tasks   map[queue.Key]*entry
	order   uint64
	down    bool          // Redis cannot be used
	session chan struct{} // closed to end the present subscription
	dirty   []*kind       // with something to tell Redis
	said    []string      // messages to send
	writing bool
	wake    chan struct{} // wakes the writer
	asking  chan struct{} // holds as many as ask Redis for tasks
	peers   map[string]*peer
}

var _ queue.Queue = (*Queue)(nil)

// times are what the nodes agree on without asking each other.
type times struct {
	patience time.Duration // how long a task may be handed out before its home says more
	lease    time.Duration // of tasks in flight, as far as they are counted; their home renews it
	backup   time.Duration // after which a node looks itself when another one was woken

	// headStart is how long a task is kept for the next poll of its own node, while no other node is polled for such tasks. Most
	// tasks are taken sooner, and Redis never hears of them.
	headStart time.Duration
}

const headStart = 50 * time.Millisecond

type name struct{ taskType, domain string }

// kind is a task type.
type kind struct {
	name   string
	base   string // of its keys
	lines  []*line
	away   map[*entry]struct{} // own tasks that are handed out or with a worker
	kept   bool                // Redis keeps what is in flight, as its number is limited
	queued bool                // in Queue.dirty
	dirty  []*entry
	notes  []note
	window queue.Window // of hand-outs without Redis
}

// line is one queue.
type line struct {
	kind     *kind
	domain   string
	ready    heap // own tasks
	flying   int  // own tasks
	parked   []*waiter
	fetching bool
	covered  bool      // this node is to be woken when there is something
	wakes    int       // how often it was
	due      time.Time // when to look without being woken; zero: never
	last     queue.Poll
	reported report
}

// New makes the queue of a node and begins to look for Redis, which need not be there.
func New(c Config) *Queue {
	q := &Queue{
		client: c.Client, prefix: c.Prefix, channel: c.Prefix + ":nodes", limits: c.Limits, log: c.Logger, id: rand.Text(),
		kinds: map[string]*kind{}, lines: map[name]*line{}, tasks: map[queue.Key]*entry{}, peers: map[string]*peer{},
		times: times{patience: 10 * time.Second, lease: time.Minute, backup: 500 * time.Millisecond, headStart: headStart},
		down:  true, session: make(chan struct{}), wake: make(chan struct{}, 1),
		asking: make(chan struct{}, maxAsk),
	}
	q.ctx, q.stop = context.WithCancel(context.Background())
	q.work.Go(q.listen)
	q.work.Go(q.write)
	q.work.Go(q.beat)
	return q
}

// Up reports whether Redis is in use; without it only polls of this node get this node's tasks.
func (q *Queue) Up() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.down
}

// Close implements queue.Queue. What Redis has not been told yet, it is told, unless that takes longer than a moment.
func (q *Queue) Close() {
	q.mu.Lock() // whoever begins work looks at the context under the lock
	q.stop()
	q.mu.Unlock()
	q.work.Wait()
	q.leave()
}

func (q *Queue) kind(taskType string) *kind {
	k := q.kinds[taskType]
	if k == nil {
		k = &kind{
			// Escaped, as a type may hold what means something in a key.
			name: taskType, base: "{" + q.prefix + ":" + url.QueryEscape(taskType) + "}", away: map[*entry]struct{}{},
			kept: q.limits(taskType).Concurrent > 0,
		}
		q.kinds[taskType] = k
	}
	return k
}

func (q *Queue) line(taskType, domain string) *line {
	n := name{taskType, domain}
	l := q.lines[n]
	if l == nil {
		l = &line{kind: q.kind(taskType), domain: domain}
		l.kind.lines = append(l.kind.lines, l)
		q.lines[n] = l
	}
	return l
}

// Limited implements queue.Queue.
func (q *Queue) Limited(taskType string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := q.kinds[taskType]; k != nil {
		q.relimit(k)
	}
	q.say("l\x00" + taskType)
}

// relimit looks at the limit of a type again: Redis has to know of what is in flight as soon as that counts.
func (q *Queue) relimit(k *kind) {
	kept := q.limits(k.name).Concurrent > 0
	if k.kept == kept {
		return
	}
	k.kept = kept
	for e := range k.away {
		q.mark(e)
	}
}
