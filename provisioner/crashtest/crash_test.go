package crashtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"
)

var (
	rounds = flag.Int("rounds", 10, "clusters that are created and deleted under kills")
	seed   = flag.Uint64("seed", 0, "of the random moments; 0 takes one from the clock")
)

func TestKill(t *testing.T) {
	p := built(t)
	t.Run("while clusters are created and deleted", func(t *testing.T) { randomMoments(t, newCloud(t, p)) })
	t.Run("data planes serve on and are adopted", func(t *testing.T) { adoption(t, newCloud(t, p)) })
}

func randomMoments(t *testing.T, c *cloud) {
	t.Helper()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	// About as long as a creation takes, so that the kills fall into all of its steps.
	soon := func() { <-time.After(time.Duration(random.Int64N(int64(350 * time.Millisecond)))) }
	for round := range *rounds {
		name := fmt.Sprintf("c%d", round)
		begun := time.Now()
		var made cluster
		c.want(http.StatusAccepted, http.MethodPost, "/organizations/acme/clusters", map[string]string{"name": name}, &made)
		for range random.IntN(3) {
			soon()
			c.kill()
		}
		if random.IntN(4) > 0 { // otherwise it is deleted while it is created
			if o := c.operationEnded(made.Operation.ID); o.State != "SUCCEEDED" {
				t.Fatalf("%s: creation %+v", name, o)
			}
			var now cluster
			c.want(http.StatusOK, http.MethodGet, clusterPath(name), nil, &now)
			if err := c.serves(now.Endpoint); now.State != "READY" || err != nil {
				t.Fatalf("%s: %+v: %v", name, now, err)
			}
		}
		var deleting operation
		c.want(http.StatusAccepted, http.MethodDelete, clusterPath(name), nil, &deleting)
		for range random.IntN(3) {
			soon()
			c.kill()
		}
		if o := c.operationEnded(deleting.ID); o.State != "SUCCEEDED" {
			t.Fatalf("%s: deletion %+v", name, o)
		}
		c.want(http.StatusNotFound, http.MethodGet, clusterPath(name), nil, nil)
		if left := append(c.folders(), c.nodes()...); len(left) > 0 {
			t.Fatalf("%s: left: %v", name, left)
		}
		t.Logf("%s after %v", name, time.Since(begun))
	}
	var all []operation
	c.want(http.StatusOK, http.MethodGet, "/organizations/acme/operations", nil, &all)
	for _, o := range all {
		if o.State == "RUNNING" {
			t.Errorf("still running: %+v", o)
		}
	}
}

func adoption(t *testing.T, c *cloud) {
	t.Helper()
	var made cluster
	c.want(http.StatusAccepted, http.MethodPost, "/organizations/acme/clusters", map[string]string{"name": "orders"}, &made)
	if o := c.operationEnded(made.Operation.ID); o.State != "SUCCEEDED" {
		t.Fatalf("creation %+v", o)
	}
	c.want(http.StatusOK, http.MethodGet, clusterPath("orders"), nil, &made)
	before := c.nodes()

	c.end(syscall.SIGKILL)
	if err := c.serves(made.Endpoint); err != nil {
		t.Fatalf("without a control plane: %v", err)
	}
	c.start()
	if now := c.nodes(); len(now) != 1 || now[0] != before[0] {
		t.Fatalf("processes %v, before %v", now, before)
	}

	c.end(syscall.SIGINT)
	if left := c.nodes(); len(left) > 0 {
		t.Fatalf("data planes outlived the interrupt: %v", left)
	}
	c.start()
	if err := c.serves(made.Endpoint); err != nil {
		t.Fatalf("after a restart: %v", err)
	}
	var deleting operation
	c.want(http.StatusAccepted, http.MethodDelete, clusterPath("orders"), nil, &deleting)
	if o := c.operationEnded(deleting.ID); o.State != "SUCCEEDED" || len(c.folders()) > 0 || len(c.nodes()) > 0 {
		t.Fatalf("deletion %+v; left: %v, %v", o, c.folders(), c.nodes())
	}
}
