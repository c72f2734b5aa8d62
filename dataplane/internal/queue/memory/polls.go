package memory

import (
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// Seen implements queue.Queue.
func (q *Queue) Seen(taskType, domain, worker string, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.line(taskType, domain).last = queue.Poll{Type: taskType, Domain: domain, Worker: worker, At: at}
}

// Active implements queue.Queue.
func (q *Queue) Active(taskType, domain string, since time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.queues[name{taskType, domain}]
	return l != nil && (len(l.parked) > 0 || l.last.At.After(since))
}

// Polls implements queue.Queue.
func (q *Queue) Polls(taskType string) []queue.Poll {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []queue.Poll
	for n, l := range q.queues {
		if (taskType == "" || n.taskType == taskType) && !l.last.At.IsZero() {
			out = append(out, l.last)
		}
	}
	queue.SortPolls(out)
	return out
}

// Infos implements queue.Queue.
func (q *Queue) Infos() []queue.Info {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]queue.Info, 0, len(q.queues))
	for n, l := range q.queues {
		out = append(out, queue.Info{Type: n.taskType, Domain: n.domain, Depth: l.ready.Len(), InFlight: l.flying, Pollers: len(l.parked)})
	}
	queue.SortInfos(out)
	return out
}
