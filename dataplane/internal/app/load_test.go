package app

import (
	"testing"
	"time"
)

func TestLoad_IsThatSinceTheLastLook(t *testing.T) {
	var l load
	now := time.Now()
	for _, look := range []struct {
		after, used time.Duration
		want        float64
	}{
		{0, time.Hour, 0}, // nothing is known of before
		{10 * time.Second, time.Hour + 5*time.Second, 0.5},
		{10 * time.Second, time.Hour + 25*time.Second, 2},
		{0, time.Hour + 25*time.Second, 0},
	} {
		now = now.Add(look.after)
		if got := l.since(now, look.used); got != look.want {
			t.Errorf("after %v: %v, want %v", look.after, got, look.want)
		}
	}
	if processorTime() <= 0 {
		t.Error("this process has never worked")
	}
}
