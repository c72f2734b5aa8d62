package busy_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/busy"
)

func TestWhoeverComesMeanwhileIsServedAfterwards(t *testing.T) {
	var s busy.Set[string]
	if !s.Enter("a") || !s.Enter("b") || !s.Has("a") || s.Has("c") {
		t.Fatal("a thing that nobody works on is not free")
	}
	for range 2 {
		if s.Enter("a") {
			t.Error("a thing is worked on twice")
		}
	}
	if !s.Leave("a") || s.Enter("a") || !s.Leave("a") || s.Leave("a") {
		t.Error("word that was left is to be heard once")
	}
	if s.Has("a") || !s.Enter("a") {
		t.Error("a thing is not free when its work is over")
	}
}

func TestOneAtATimeAndNobodyIsForgotten(t *testing.T) {
	var s busy.Set[int]
	var asked, seen atomic.Int64
	inside := 0 // the race detector sees two at a time
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				asked.Add(1)
				if !s.Enter(1) {
					continue
				}
				for more := true; more; more = s.Leave(1) {
					inside++
					seen.Store(asked.Load())
				}
			}
		})
	}
	group.Wait()
	if seen.Load() != asked.Load() || inside == 0 {
		t.Errorf("the last work saw %d of %d", seen.Load(), asked.Load())
	}
}
