package storetest

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit/countertest"
)

// callCounts: S-80.
func callCounts(t *testing.T, f fixture) {
	countertest.Exercise(t, func(t *testing.T) ratelimit.Counter {
		_, err := f.store.PurgeCounts(t.Context(), epoch.Add(24*time.Hour))
		must(t, err)
		return f.store
	})
	n, err := f.store.PurgeCounts(t.Context(), epoch)
	must(t, err)
	if n != 0 {
		t.Errorf("%d windows are forgotten that last", n)
	}
}
