package ratelimit_test

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
)

func TestTake(t *testing.T) {
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	l := ratelimit.New(ratelimit.Config{PerMinute: 60, Now: func() time.Time { return now }})
	for i := range 60 {
		if wait := l.Take(t.Context(), "ada"); wait != 0 {
			t.Fatalf("call %d waits for %v", i, wait)
		}
	}
	for range 3 { // refused calls do not count
		if wait := l.Take(t.Context(), "ada"); wait != time.Second {
			t.Fatalf("the call after the last one waits for %v", wait)
		}
	}
	if l.Take(t.Context(), "eve") != 0 {
		t.Error("one caller's calls count for another")
	}
	now = now.Add(time.Second)
	if l.Take(t.Context(), "ada") != 0 || l.Take(t.Context(), "ada") == 0 {
		t.Error("after a second there is one more")
	}
	now = now.Add(2 * time.Minute)
	if l.Take(t.Context(), "eve") != 0 || l.Take(t.Context(), "ada") != 0 {
		t.Error("after minutes all are left again")
	}
	none := ratelimit.New(ratelimit.Config{Now: time.Now})
	for range 1000 {
		if none.Take(t.Context(), "ada") != 0 {
			t.Fatal("no limit limits")
		}
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64", "": "", "x": "x",
		"::ffff:192.0.2.1": "::ffff:192.0.2.1",
	} {
		if got := ratelimit.Address(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
