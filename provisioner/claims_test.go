package provisioner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestClaims_OneExecutionAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c claims
		claim := func(cluster, execution string) func() {
			t.Helper()
			release, err := c.acquire(t.Context(), cluster, execution)
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		first, branch := claim("c1", "create"), claim("c1", "create")
		claim("c2", "delete")() // another cluster

		acquired := make(chan func())
		go func() { acquired <- claim("c1", "delete") }()
		waits := func() {
			t.Helper()
			synctest.Wait()
			select {
			case <-acquired:
				t.Fatal("two executions have the cluster")
			default:
			}
		}
		waits()
		first()
		waits()
		branch()
		(<-acquired)()
		if len(c.held) > 0 {
			t.Fatalf("still held: %v", c.held)
		}
	})
}

func TestClaims_WaitEndsWithTheContext(t *testing.T) {
	var c claims
	if _, err := c.acquire(t.Context(), "c1", "create"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errOver)
	if _, err := c.acquire(ctx, "c1", "delete"); !errors.Is(err, errOver) {
		t.Fatalf("error %v", err)
	}
}
