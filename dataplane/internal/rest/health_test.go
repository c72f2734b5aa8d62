package rest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
)

// readOnly is an engine whose store takes no writes.
type readOnly struct{ *engine.Engine }

func (readOnly) Ready(context.Context) error { return errors.New("disk full at /var/lib/podium") }

func TestReadiness_FollowsTheStore(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := newServer(t, options{engine: readOnly{e}})
	a := s.get("/readyz")
	if a.status != 503 || a.body == "" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if got := s.get("/healthz"); got.status != 200 {
		t.Errorf("the process lives all the same, and says %d", got.status)
	}
	s = newServer(t, options{})
	if got := s.get("/readyz"); got.status != 200 || got.body != "ready" {
		t.Errorf("got %d %s", got.status, got.body)
	}
}
