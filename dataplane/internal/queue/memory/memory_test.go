package memory_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/queue/queuetest"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
)

func TestQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Subject{
		Open: func(t *testing.T, limits func(string) queue.Limit) queue.Queue {
			t.Helper()
			q := memory.New(limits, timer.System{})
			t.Cleanup(q.Close)
			return q
		},
		Settle: func(*testing.T, queue.Queue) {}, // everything acts at once
	})
}
