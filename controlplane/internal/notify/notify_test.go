package notify_test

import (
	"context"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/notify"
)

func TestHub_WakesEveryWatcherOfTheTopic(t *testing.T) {
	var h notify.Hub
	a, b, other := h.Watch(t.Context(), "x"), h.Watch(t.Context(), "x"), h.Watch(t.Context(), "y")
	h.Wake("x")
	h.Wake("x") // melts into the first
	<-a
	<-b
	select {
	case <-other:
		t.Error("a watcher of another topic was woken")
	case <-a:
		t.Error("two wake-ups were not melted into one")
	default:
	}
	h.Wake("x", "y")
	<-a
	<-other
}

func TestHub_LosesNoWakeUpUnderContention(t *testing.T) {
	var h notify.Hub
	var state int
	var mu sync.Mutex
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	wake := h.Watch(ctx, "x")
	var waking sync.WaitGroup
	for range 100 {
		waking.Go(func() {
			mu.Lock()
			state++
			mu.Unlock()
			h.Wake("x")
		})
	}
	for seen := 0; seen < 100; {
		<-wake
		mu.Lock()
		seen = state
		mu.Unlock()
	}
	waking.Wait()
}
