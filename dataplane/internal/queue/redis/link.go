package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	pause     = 500 * time.Millisecond // between attempts to find Redis again
	beatEvery = 5 * time.Second        // how often a node shows at least that it lives
	silence   = 3 * beatEvery          // after which it, or the channel, counts as gone
)

// listen holds the subscription of the node. Redis is in use for as long as there is one.
func (q *Queue) listen() {
	for {
		err := q.subscribed()
		q.mu.Lock()
		if q.ctx.Err() != nil {
			q.mu.Unlock()
			return
		}
		q.fail(err)
		q.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-q.ctx.Done():
			return
		}
	}
}

// subscribed receives messages until the subscription, or another use of Redis, fails.
func (q *Queue) subscribed() error {
	q.mu.Lock()
	q.session = make(chan struct{})
	ended := q.session
	q.mu.Unlock()
	ctx, cancel := context.WithCancel(q.ctx)
	defer cancel()
	sub := q.client.Subscribe(ctx, q.channel)
	defer sub.Close() //nolint:errcheck // it has ended
	closing := make(chan struct{})
	defer close(closing)
	go func() {
		select {
		case <-ended:
		case <-ctx.Done():
		case <-closing:
		}
		sub.Close() //nolint:errcheck,gosec // it only has to wake the receiver
	}()
	wait := callTimeout
	for {
		message, err := sub.ReceiveTimeout(ctx, wait)
		if err != nil {
			return fmt.Errorf("channel of Redis: %w", err)
		}
		switch m := message.(type) {
		case *goredis.Subscription:
			// The node hears itself, so there is never a longer silence.
			wait = silence
			q.up()
		case *goredis.Message:
			q.hear(m.Payload)
		}
	}
}

// up begins to use Redis, which may know nothing, or what was so when it was lost.
func (q *Queue) up() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		q.down = false
		q.log.Info("queues are shared through Redis")
	}
	for _, k := range q.kinds {
		q.resync(k)
	}
	for _, l := range q.lines {
		l.reported = report{}
	}
	q.say("h\x00" + q.id)
}

// resync tells Redis of a type what this node knows, and asks it for what parked polls wait for.
func (q *Queue) resync(k *kind) {
	for _, l := range k.lines {
		for _, e := range l.ready.All() {
			q.mark(e)
		}
	}
	for e := range k.away {
		if k.kept || e.has(there) {
			q.mark(e)
		}
	}
	if len(k.dirty) > 0 {
		q.enqueue(k) // it may have been marked without Redis
	}
	for _, l := range k.lines {
		q.look(l)
	}
}

// fail goes on without Redis until a new subscription shows that it is there.
func (q *Queue) fail(err error) {
	if q.down || q.ctx.Err() != nil {
		return
	}
	q.down = true
	q.said = nil
	close(q.session)
	q.log.Warn("Redis cannot be used; this node serves its own polls until it can", "error", err)
	for _, k := range q.kinds {
		k.notes = nil
		q.serveOwn(k.lines...)
	}
}

// hear handles a message. What a newer version may add is passed over.
func (q *Queue) hear(message string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	code, rest, _ := strings.Cut(message, "\x00")
	switch code {
	case "w": // there is something to take
		if parts := strings.SplitN(rest, "\x00", 3); len(parts) == 3 {
			q.woken(parts[0], parts[1], parts[2])
		}
	case "g": // Redis knows nothing of a type
		if k := q.kinds[rest]; k != nil {
			q.resync(k)
		}
	case "l": // the limit of a type has changed
		if k := q.kinds[rest]; k != nil {
			q.relimit(k)
			for _, l := range k.lines {
				q.look(l)
			}
		}
	case "r":
		q.learn(rest)
	case "h": // a node is new here
		if rest != q.id {
			for _, l := range q.lines {
				l.reported = report{}
			}
		}
	case "b": // a node leaves
		delete(q.peers, rest)
	}
}

// beat tells the other nodes every second what has changed here, and at times that this one lives.
func (q *Queue) beat() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var said, renewed time.Time
	for {
		select {
		case <-q.ctx.Done():
			return
		case now := <-tick.C:
			q.mu.Lock()
			for _, k := range q.kinds {
				q.relimit(k)
			}
			if now.Sub(renewed) >= q.times.lease/3 {
				q.renew()
				renewed = now
			}
			if q.tell(now.Sub(said) >= beatEvery) {
				said = now
			}
			for id, p := range q.peers {
				if now.Sub(p.heard) > silence {
					delete(q.peers, id)
				}
			}
			q.mu.Unlock()
		}
	}
}
