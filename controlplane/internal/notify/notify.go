// Package notify wakes whoever waits for a topic. A wake-up carries nothing and several may melt into one: the woken look up
// the present state themselves, so that nobody can miss the last change.
package notify

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Hub connects wakers and waiters in this process. The zero value is ready.
type Hub struct {
	mu     sync.Mutex
	topics map[string]map[chan struct{}]struct{}
	relay  func(topics []string) // to other processes; nil: there are none
}

// Organization is the topic of an organization: one of its clusters or operations changed.
func Organization(id string) string { return "organization/" + id }

// Operation is the topic of an operation: one of its steps or its state changed.
func Operation(id string) string { return "operation/" + id }

// Config is the topic of what a cluster's data plane is told.
func Config(cluster string) string { return "config/" + cluster }

// Rights is the topic of what data planes of an organization are told of who may do what.
func Rights(organization string) string { return "rights/" + organization }

// Told is the topic of how commands have ended on a node.
func Told(cluster, node string) string { return "told/" + cluster + "/" + node }

// travels reports whether a topic concerns data planes, which may wait at any of several control planes.
func travels(topic string) bool {
	return strings.HasPrefix(topic, "config/") || strings.HasPrefix(topic, "rights/") || strings.HasPrefix(topic, "told/") ||
		strings.HasPrefix(topic, "applied/")
}

// Applied is the topic of what a cluster's nodes report to have applied.
func Applied(cluster string) string { return "applied/" + cluster }

// Watch returns a channel that receives after each Wake of the topic, from this call on until ctx ends.
func (h *Hub) Watch(ctx context.Context, topic string) <-chan struct{} {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		h.topics = map[string]map[chan struct{}]struct{}{}
	}
	if h.topics[topic] == nil {
		h.topics[topic] = map[chan struct{}]struct{}{}
	}
	h.topics[topic][c] = struct{}{}
	context.AfterFunc(ctx, func() { h.drop(topic, c) })
	return c
}

// Relay has wake-ups that concern data planes told to other processes too, by a function that does not block; nil ends that.
func (h *Hub) Relay(to func(topics []string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.relay = to
}

// Wake wakes all who watch one of the topics, here and where Relay leads. It does not block.
func (h *Hub) Wake(topics ...string) {
	h.WakeHere(topics...)
	h.mu.Lock()
	relay := h.relay
	h.mu.Unlock()
	if far := slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return !travels(t) }); relay != nil && len(far) > 0 {
		relay(far)
	}
}

// WakeHere wakes all who watch one of the topics in this process. It does not block.
func (h *Hub) WakeHere(topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		for c := range h.topics[topic] {
			select {
			case c <- struct{}{}:
			default: // a wake-up is waiting there already
			}
		}
	}
}

func (h *Hub) drop(topic string, c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.topics[topic], c)
	if len(h.topics[topic]) == 0 {
		delete(h.topics, topic)
	}
}
