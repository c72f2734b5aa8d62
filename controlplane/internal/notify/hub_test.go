package notify

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestHub_ForgetsWatchersThatEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Hub
		ctx, stop := context.WithCancel(t.Context())
		h.Watch(ctx, "x")
		stop()
		synctest.Wait()
		if len(h.topics) != 0 {
			t.Errorf("topics are still kept: %v", h.topics)
		}
	})
}
