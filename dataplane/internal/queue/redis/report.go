package redis

import (
	"encoding/json"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// report is what a node tells of one queue: its own tasks, and the polls that came to it.
type report struct {
	Type     string    `json:"t"`
	Domain   string    `json:"d,omitempty"`
	Depth    int       `json:"r,omitempty"`
	InFlight int       `json:"f,omitempty"`
	Pollers  int       `json:"p,omitempty"`
	Worker   string    `json:"w,omitempty"`
	At       time.Time `json:"a,omitzero"` // of the last poll
}

// news is a message between nodes: the queues that have changed since the last one.
type news struct {
	Node   string   `json:"n"`
	Queues []report `json:"q,omitempty"`
}

// peer is another node.
type peer struct {
	heard  time.Time
	queues map[name]report
}

func (l *line) report() report {
	return report{
		Type: l.kind.name, Domain: l.domain, Depth: l.ready.Len(), InFlight: l.flying, Pollers: len(l.parked),
		Worker: l.last.Worker, At: l.last.At,
	}
}

// tell tells the other nodes what has changed here; without a change only when it must.
func (q *Queue) tell(must bool) bool {
	if q.down {
		return false
	}
	n := news{Node: q.id}
	for _, l := range q.lines {
		if now := l.report(); now != l.reported {
			n.Queues = append(n.Queues, now)
			l.reported = now
		}
	}
	if len(n.Queues) == 0 && !must {
		return false
	}
	b, err := json.Marshal(n)
	if err != nil {
		return false // it holds nothing that could fail
	}
	q.say("r\x00" + string(b))
	return true
}

// learn takes in what a node tells.
func (q *Queue) learn(text string) {
	var n news
	if json.Unmarshal([]byte(text), &n) != nil || n.Node == q.id {
		return
	}
	p := q.peers[n.Node]
	if p == nil {
		p = &peer{queues: map[name]report{}}
		q.peers[n.Node] = p
	}
	p.heard = time.Now()
	for _, r := range n.Queues {
		p.queues[name{r.Type, r.Domain}] = r
	}
}

// reports calls f with all that is known of queues, here and on other nodes.
func (q *Queue) reports(f func(name, report)) {
	for n, l := range q.lines {
		f(n, l.report())
	}
	for _, p := range q.peers {
		for n, r := range p.queues {
			f(n, r)
		}
	}
}

// Seen implements queue.Queue.
func (q *Queue) Seen(taskType, domain, worker string, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.line(taskType, domain).last = queue.Poll{Type: taskType, Domain: domain, Worker: worker, At: at.Round(0)}
}

// Active implements queue.Queue.
func (q *Queue) Active(taskType, domain string, since time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := name{taskType, domain}
	active := func(r report) bool { return r.Pollers > 0 || r.At.After(since) }
	if l := q.lines[n]; l != nil && active(l.report()) {
		return true
	}
	for _, p := range q.peers {
		if active(p.queues[n]) {
			return true
		}
	}
	return false
}

// Polls implements queue.Queue.
func (q *Queue) Polls(taskType string) []queue.Poll {
	q.mu.Lock()
	defer q.mu.Unlock()
	latest := map[name]queue.Poll{}
	q.reports(func(n name, r report) {
		if (taskType == "" || n.taskType == taskType) && r.At.After(latest[n].At) {
			latest[n] = queue.Poll{Type: r.Type, Domain: r.Domain, Worker: r.Worker, At: r.At}
		}
	})
	var out []queue.Poll
	for _, p := range latest {
		out = append(out, p)
	}
	queue.SortPolls(out)
	return out
}

// Infos implements queue.Queue.
func (q *Queue) Infos() []queue.Info {
	q.mu.Lock()
	defer q.mu.Unlock()
	sum := map[name]queue.Info{}
	q.reports(func(n name, r report) {
		i := sum[n]
		sum[n] = queue.Info{
			Type: n.taskType, Domain: n.domain, Depth: i.Depth + r.Depth, InFlight: i.InFlight + r.InFlight, Pollers: i.Pollers + r.Pollers,
		}
	})
	out := make([]queue.Info, 0, len(sum))
	for _, i := range sum {
		out = append(out, i)
	}
	queue.SortInfos(out)
	return out
}
