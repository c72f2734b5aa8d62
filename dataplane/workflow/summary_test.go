package workflow_test

import (
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestISOTime(t *testing.T) {
	for millis, want := range map[int64]string{0: "", 1: "1970-01-01T00:00:00.001Z", 1767225600000: "2026-01-01T00:00:00.000Z"} {
		if got := workflow.ISOTime(millis); got != want {
			t.Errorf("%d: got %q, want %q", millis, got, want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for _, c := range []struct{ start, end, want int64 }{{10, 35, 25}, {10, 0, 0}, {0, 35, 0}, {10, 10, 0}} {
		if got := workflow.Elapsed(c.start, c.end); got != c.want {
			t.Errorf("%d to %d: got %d, want %d", c.start, c.end, got, c.want)
		}
	}
}
