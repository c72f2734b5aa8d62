package queuetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

// model is what a queue with limits should do, in the plainest way.
type model struct {
	order  int
	tasks  map[queue.Key]*modelTask
	limits func(string) queue.Limit
}

type modelTask struct {
	queue.Item
	order int
	state string // ready, handed, flying
}

func (m *model) push(it queue.Item) {
	if t := m.tasks[it.Key]; t != nil && t.state == "ready" {
		return
	}
	m.order++
	m.tasks[it.Key] = &modelTask{it, m.order, "ready"}
}

func (m *model) take(taskType, domain string, count int) []queue.Item {
	var list []*modelTask
	flying := 0
	for _, t := range m.tasks {
		switch {
		case t.Type != taskType:
		case t.state != "ready":
			flying++
		case t.Domain == domain:
			list = append(list, t)
		}
	}
	if l := m.limits(taskType); l.Concurrent > 0 {
		count = max(0, min(count, l.Concurrent-flying))
	}
	slices.SortFunc(list, func(a, b *modelTask) int {
		return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.order, b.order))
	})
	var out []queue.Item
	for _, t := range list[:min(count, len(list))] {
		t.state = "handed"
		out = append(out, t.Item)
	}
	return out
}

// histories does random things to a queue and to a model of it. Items of type a are limited.
func histories(t *testing.T, q *fixture) {
	q.limits.set(queue.Limit{Concurrent: 5})
	seed := rand.Uint64() //nolint:gosec // not a secret
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // not a secret
	m := &model{tasks: map[queue.Key]*modelTask{}, limits: q.limits.of}
	some := func() queue.Item { // always the same for a key
		n := rnd.IntN(40)
		return queue.Item{
			Key: queue.Key{Execution: fmt.Sprint("x", n/10), Seq: n}, Type: []string{"a", "b"}[n%2],
			Domain: []string{"", "d"}[n/2%2], Priority: n % 3 * 40,
		}
	}
	for step := range 2000 {
		it := some()
		known := m.tasks[it.Key]
		var what string
		switch rnd.IntN(10) {
		case 0, 1, 2:
			what = "push"
			q.Push(it)
			m.push(it)
		case 3:
			what = "offer"
			if did := q.Offer(it); did != (known == nil) {
				t.Fatalf("step %d: offer of %v: %v; known: %+v", step, it, did, known)
			}
			if known == nil {
				m.push(it)
			}
		case 4:
			what = "remove"
			q.Remove(it.Key)
			delete(m.tasks, it.Key)
		case 5:
			if known == nil || known.state != "handed" {
				continue
			}
			what = "fly"
			q.Fly(it)
			known.state = "flying"
		case 6:
			if known == nil || known.state != "handed" {
				continue
			}
			what = "drop"
			q.Drop(it)
			delete(m.tasks, it.Key)
		default:
			count := 1 + rnd.IntN(3)
			what = fmt.Sprint("take ", count)
			q.settle(t, q.Queue)
			got, want := q.Take(t.Context(), it.Type, it.Domain, count, 0), m.take(it.Type, it.Domain, count)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("step %d: take %d of %s %q: %v, want %v", step, count, it.Type, it.Domain, got, want)
			}
		}
		depth, flying, wantDepth, wantFlying := 0, 0, 0, 0
		for _, i := range q.Infos() {
			depth, flying = depth+i.Depth, flying+i.InFlight
		}
		for _, one := range m.tasks {
			if one.state == "ready" {
				wantDepth++
			} else {
				wantFlying++
			}
		}
		if depth != wantDepth || flying != wantFlying {
			t.Fatalf("step %d, %s of %v: %d ready and %d in flight, want %d and %d", step, what, it, depth, flying, wantDepth, wantFlying)
		}
	}
}
