package crashtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// releases makes a folder with a release that works and a later one that does not, and returns it with the data plane's program.
func releases(t *testing.T, p programs) (folder, dataplane string) {
	t.Helper()
	dir := t.TempDir()
	dataplane = filepath.Join(dir, "dataplane")
	later := filepath.Join(dir, "versions", "2.0.0", "dataplane")
	broken := filepath.Join(dir, "versions", "3.0.0", "dataplane")
	for path, version := range map[string]string{dataplane: "1.0.0", later: "2.0.0"} {
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path,
			"-ldflags", "-s -w -X github.com/podium-cloud/podium/dataplane/internal/app.version="+version, "github.com/podium-cloud/podium/dataplane")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build version %s: %v\n%s", version, err, out)
		}
	}
	if err := os.MkdirAll(filepath.Dir(broken), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho this release does not start >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{later, broken} {
		if err := os.Symlink(p.edge, filepath.Join(filepath.Dir(path), "edge")); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "versions"), dataplane
}

// servers are what the control plane lends of.
type servers struct{ postgres, redis string }

func newServers(t *testing.T) servers {
	t.Helper()
	s := servers{pgtest.New(t, migrations.ControlPlane()), os.Getenv("PODIUM_TEST_REDIS")}
	if s.redis == "" {
		t.Fatal("PODIUM_TEST_REDIS is not set: this test needs a Redis server")
	}
	return s
}

// lent lists what is lent to a cluster: names of databases, roles, users and keys in which its id occurs.
func (s servers) lent(t *testing.T, id string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(),
		"select datname::text from pg_database where datname like $1 union all select rolname::text from pg_roles where rolname like $1", "%"+id+"%")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	o, err := goredis.ParseURL(s.redis)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(o)
	defer client.Close()
	users, err := client.Do(t.Context(), "acl", "users").StringSlice()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := client.Keys(t.Context(), "*"+id+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if strings.Contains(u, id) {
			all = append(all, u)
		}
	}
	return append(all, keys...)
}

// TestKill_ClusterOfManyNodes takes a cluster of two nodes through its life while applications use it and the control plane is
// killed in the middle of everything.
func TestKill_ClusterOfManyNodes(t *testing.T) {
	p := built(t)
	lender := newServers(t)
	versions, dataplane := releases(t, p)
	c := newCloud(t, p, "--postgres", lender.postgres, "--redis", lender.redis, "--dataplane-binary", dataplane, "--versions", versions)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var made struct {
		ID string
		cluster
	}
	c.want(http.StatusAccepted, http.MethodPost, "/organizations/acme/clusters", map[string]any{"name": "orders", "nodes": 2}, &made)
	c.kill()
	if o := c.operationEnded(made.Operation.ID); o.State != "SUCCEEDED" {
		t.Fatalf("creation %+v", o)
	}
	if got := c.nodes(); len(got) != 3 { // and the balancer
		t.Fatalf("processes %v", got)
	}
	app := newLoad(t, c, "orders")
	for _, step := range []struct {
		change map[string]any
		state  string
		nodes  int
		wanted string // version
	}{
		{map[string]any{"kind": "scale-cluster", "nodes": 3}, "SUCCEEDED", 3, "current"},
		{map[string]any{"kind": "resize-cluster", "size": "medium"}, "SUCCEEDED", 3, "current"},
		{map[string]any{"kind": "scale-cluster", "nodes": 2}, "SUCCEEDED", 2, "current"},
		{map[string]any{"kind": "upgrade-cluster", "version": "2.0.0"}, "SUCCEEDED", 2, "2.0.0"},
		{map[string]any{"kind": "upgrade-cluster", "version": "3.0.0"}, "FAILED", 2, "2.0.0"},
		{map[string]any{"kind": "rotate-credentials"}, "SUCCEEDED", 2, "2.0.0"},
	} {
		app.progress(5)
		begun := time.Now()
		var o operation
		c.want(http.StatusAccepted, http.MethodPost, clusterPath("orders")+"/operations", step.change, &o)
		for range 2 {
			<-time.After(time.Duration(random.Int64N(int64(600 * time.Millisecond))))
			c.kill()
		}
		if o := c.operationEnded(o.ID); o.State != step.state {
			t.Fatalf("%v: %+v", step.change, o)
		}
		var now struct {
			Nodes         int
			WantedVersion string
			Version       string
			State         string
		}
		c.until("the cluster is as it was asked for", func() bool {
			status, err := c.call(http.MethodGet, clusterPath("orders"), nil, &now)
			return err == nil && status == http.StatusOK && now.State == "READY" && now.Nodes == step.nodes &&
				now.WantedVersion == step.wanted && (step.wanted == "current" || now.Version == step.wanted) && len(c.nodes()) == step.nodes+1
		})
		t.Logf("%v after %v", step.change, time.Since(begun).Round(time.Millisecond))
	}
	app.progress(5)
	app.finish()

	var o operation
	for _, kind := range []string{"pause-cluster", "resume-cluster"} {
		c.want(http.StatusAccepted, http.MethodPost, clusterPath("orders")+"/operations", map[string]any{"kind": kind}, &o)
		if o := c.operationEnded(o.ID); o.State != "SUCCEEDED" {
			t.Fatalf("%s: %+v", kind, o)
		}
		if running := len(c.nodes()) > 0; running != (kind == "resume-cluster") {
			t.Fatalf("after %s: %v", kind, c.nodes())
		}
	}
	if lent := lender.lent(t, made.ID); len(lent) < 4 {
		t.Errorf("lent: %v", lent)
	}
	c.want(http.StatusAccepted, http.MethodDelete, clusterPath("orders"), nil, &o)
	c.kill()
	if o := c.operationEnded(o.ID); o.State != "SUCCEEDED" {
		t.Fatalf("deletion %+v", o)
	}
	left := append(append(c.folders(), c.nodes()...), lender.lent(t, made.ID)...)
	backing, err := os.ReadDir(filepath.Join(c.dir, "controlplane", "backing"))
	if err != nil || len(left) > 0 || len(backing) > 0 {
		t.Fatalf("left: %v, %v, %v", left, backing, err)
	}
}
