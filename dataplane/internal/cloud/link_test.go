package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/app"
	directory "github.com/podium-cloud/podium/dataplane/internal/node/postgres"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// TestServe_ANodeWithoutADiskRemembersWhoItIs: its container is replaced, with nothing of it left but the database, and a join token
// that is used up. It goes on as the same node, also while the control plane says nothing.
func TestServe_ANodeWithoutADiskRemembersWhoItIs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	registered, synced := make(chan fleetapi.RegisterRequest, 10), make(chan fleetapi.SyncRequest, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+fleetapi.RegisterPath, func(w http.ResponseWriter, r *http.Request) {
		var req fleetapi.RegisterRequest
		_ = json.NewDecoder(r.Body).Decode(&req)
		registered <- req
		_ = json.NewEncoder(w).Encode(fleetapi.RegisterResponse{LinkToken: "link-secret", Config: fleetapi.Config{Revision: 3, ClusterID: "clu_a"}})
	})
	mux.HandleFunc("POST "+fleetapi.SyncPath, func(_ http.ResponseWriter, r *http.Request) {
		var req fleetapi.SyncRequest
		_ = json.NewDecoder(r.Body).Decode(&req)
		if r.Header.Get("Authorization") == "Bearer link-secret" {
			synced <- req
		}
		<-r.Context().Done()
	})
	control := httptest.NewServer(mux)
	defer control.Close()

	url := pgtest.New(t, migrations.DataPlane())
	keys := t.TempDir()
	join := filepath.Join(keys, "join")
	if err := os.WriteFile(join, []byte("join-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() fleetapi.SyncRequest {
		t.Helper()
		running, stop := context.WithCancel(ctx)
		var log bytes.Buffer
		code := make(chan int, 1)
		go func() {
			code <- app.Run(running, app.Process{
				Name: "dataplane", Share: Open, Store: OpenStore, Stdout: &log, Stderr: &log,
				Env: func(name string) string {
					return map[string]string{"PODIUM_DATAPLANE_POSTGRES": url, "PODIUM_DATAPLANE_REDIS": os.Getenv("PODIUM_TEST_REDIS")}[name]
				},
				Args: []string{
					"--listen", "127.0.0.1:0", "--control-plane", control.URL, "--cluster-id", "clu_a", "--join-token-file", join,
					"--node-name", "0", "--secret-key-file", filepath.Join(keys, "sealing"), "--signing-key-file", filepath.Join(keys, "signing"),
				},
			})
		}()
		var s fleetapi.SyncRequest
		select {
		case s = <-synced:
		case c := <-code:
			t.Fatalf("exit code %d before it called:\n%s", c, &log)
		case <-ctx.Done():
			t.Fatal("it does not call")
		}
		stop()
		if c := <-code; c != 0 {
			t.Fatalf("exit code %d:\n%s", c, &log)
		}
		return s
	}
	first, second := run(), run()
	if first.NodeID == "" || second.NodeID != first.NodeID || second.AppliedRevision != 3 || second.NodeName != "0" {
		t.Errorf("after its restart it is %+v, want %+v", second, first)
	}
	if n := len(registered); n != 1 {
		t.Errorf("it registered %d times", n)
	}

	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	former, later := directory.NewMemory(pool, "0"), directory.NewMemory(pool, "0")
	kept, err := former.Load(ctx)
	if err != nil || len(kept) == 0 || bytes.Contains(kept, []byte("link-secret")) || strings.Contains(string(kept), "clu_a") {
		t.Errorf("the database holds %q, %v", kept, err)
	}
	for _, step := range []func() error{
		func() error { _, err := later.Load(ctx); return err },
		func() error { return later.Save(ctx, []byte("later")) },
		func() error { return former.Save(ctx, []byte("former")) }, // it still runs, but has been replaced
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := directory.NewMemory(pool, "0").Load(ctx); string(got) != "later" {
		t.Errorf("the database holds %q, %v; want what the later process remembers", got, err)
	}
	if got, err := directory.NewMemory(pool, "1").Load(ctx); got != nil {
		t.Errorf("another node finds %q, %v", got, err)
	}
}
