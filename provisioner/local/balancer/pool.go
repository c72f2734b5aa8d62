package balancer

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	checkEvery   = 100 * time.Millisecond
	checkTimeout = 2 * time.Second
	// failures in a row after which a node that was healthy gets nothing more. One may be a busy moment.
	failures = 2
	// patience is how long a request waits for a node when none is healthy.
	patience = 20 * time.Second
)

var errNone = errors.New("no node of the cluster is healthy")

// member is a node with what is known of it. Its pool guards it.
type member struct {
	Node
	healthy bool
	failed  int // checks in a row
	busy    int // requests that it has not answered
	stop    context.CancelFunc
}

// pool knows the nodes and chooses among them.
type pool struct {
	check http.Client

	mu      sync.Mutex
	members []*member
	serial  int64
	turn    int
	changed chan struct{} // closed when what take looks at has changed
}

func newPool(dial dialer) *pool {
	return &pool{
		changed: make(chan struct{}),
		check:   http.Client{Timeout: checkTimeout, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 1}},
	}
}

// follow makes the nodes those of the plan. Those that stay keep their state; each new one is checked until it is taken out.
func (p *pool) follow(ctx context.Context, plan Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next []*member
	for _, n := range plan.Nodes {
		if i := slices.IndexFunc(p.members, func(m *member) bool { return m.Node == n }); i >= 0 {
			next = append(next, p.members[i])
			p.members = slices.Delete(p.members, i, i+1)
			continue
		}
		watch, stop := context.WithCancel(ctx)
		m := &member{Node: n, stop: stop}
		next = append(next, m)
		go p.watch(watch, m)
	}
	for _, gone := range p.members {
		gone.stop()
	}
	p.members, p.serial = next, plan.Serial
	p.tell()
}

// tell wakes those who wait for a change. The caller holds mu.
func (p *pool) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *pool) status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Serial: p.serial, Healthy: []int{}}
	for _, m := range p.members {
		if m.healthy {
			s.Healthy = append(s.Healthy, m.Index)
		}
	}
	slices.Sort(s.Healthy)
	return s
}

func (p *pool) watch(ctx context.Context, m *member) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		err := p.ask(ctx, m)
		if ctx.Err() != nil {
			return
		}
		p.note(m, err == nil)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *pool) ask(ctx context.Context, m *member) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.HTTP+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := p.check.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

func (p *pool) note(m *member, well bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if well {
		m.failed = 0
	} else if m.failed++; m.healthy && m.failed < failures {
		return
	}
	if m.healthy != well {
		m.healthy = well
		p.tell()
	}
}

// away says that a node could not be reached by a request.
func (p *pool) away(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.healthy {
		m.healthy = false
		p.tell()
	}
}

// take returns the healthy node that is least busy, which counts the request from now on; those in turn where several are.
// When none is healthy it waits for one.
func (p *pool) take(ctx context.Context) (*member, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errNone)
	defer cancel()
	for {
		p.mu.Lock()
		p.turn++
		var best *member
		for i := range p.members {
			m := p.members[(i+p.turn)%len(p.members)]
			if m.healthy && (best == nil || m.busy < best.busy) {
				best = m
			}
		}
		if best != nil {
			best.busy++
			p.mu.Unlock()
			return best, nil
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (p *pool) give(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.busy--
}
