package apptest_test

import (
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// freeAddress returns an address that was free a moment ago; a program that is started again must keep it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestKill kills the control plane at random moments of creations and deletions: each goes on with the next start and ends.
func TestKill(t *testing.T) {
	t.Parallel() // it waits before each kill, and for what is taken up again
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	const spread = 400 * time.Millisecond // a creation takes about 250 ms here
	listen, data := freeAddress(t), t.TempDir()
	ada := apptest.NewClient(t, "http://"+listen)
	program := apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	ada.SignUp("acme")
	restart := func() {
		wait := time.NewTimer(time.Duration(random.Int64N(int64(spread))))
		<-wait.C
		program.Kill()
		program = apptest.Run(t, binaries, listen, data)
		ada.AwaitUp()
	}
	for round := range 6 {
		var c apptest.Cluster
		ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, &c)
		restart()
		if o := ada.AwaitEnd(c.Operation.ID); o.State != "SUCCEEDED" {
			t.Fatalf("round %d: the creation ended as %+v", round, o)
		}
		c = ada.AwaitState("acme", "first", "READY")
		if running := apptest.DataPlanes(t, data); len(running) != 1 {
			t.Fatalf("round %d: %d data planes run", round, len(running))
		}
		connect(t, ada, c)

		var deletion apptest.Operation
		ada.Call("DELETE", "/organizations/acme/clusters/first", nil, 202, &deletion)
		restart()
		if o := ada.AwaitEnd(deletion.ID); o.State != "SUCCEEDED" {
			t.Fatalf("round %d: the deletion ended as %+v", round, o)
		}
		ada.AwaitState("acme", "first", "")
		nothingLeft(t, data)
	}
}

// TestDataPlane_OutlivesTheControlPlane kills the control plane, uses the data plane, and sees it adopted.
func TestDataPlane_OutlivesTheControlPlane(t *testing.T) {
	listen, data := freeAddress(t), t.TempDir()
	ada := apptest.NewClient(t, "http://"+listen)
	program := apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	ada.SignUp("acme")
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, nil)
	c := ada.AwaitState("acme", "first", "READY")
	var key struct{ ID, Secret string }
	ada.Call("POST", "/organizations/acme/clusters/first/access-keys", map[string]string{"name": "workers"}, 201, &key)
	before := apptest.DataPlanes(t, data)

	program.Kill()
	token(t, ada, c, key)
	program = apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	if after := apptest.DataPlanes(t, data); len(before) != 1 || !slices.Equal(before, after) {
		t.Errorf("data planes were %v and are %v", before, after)
	}
	connect(t, ada, ada.AwaitState("acme", "first", "READY")) // a new key reaches it

	// Ctrl-C takes the data planes along, and the next start brings them back where they were.
	if code := program.Stop(); code != 0 || !strings.Contains(program.Log(), "has stopped") {
		t.Errorf("Ctrl-C ends with %d", code)
	}
	if left := apptest.DataPlanes(t, data); len(left) > 0 {
		t.Errorf("data planes are left: %v", left)
	}
	apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	back := ada.AwaitState("acme", "first", "READY")
	if back.Endpoint != c.Endpoint {
		t.Errorf("the endpoint was %s and is %s", c.Endpoint, back.Endpoint)
	}
	connect(t, ada, back)
}

// TestSecondControlPlane_IsRefused protects a data folder that is in use.
func TestSecondControlPlane_IsRefused(t *testing.T) {
	data := t.TempDir()
	apptest.Start(t, config.Config{Data: data, EdgeBinary: binaries.Edge})
	second := apptest.Run(t, binaries, freeAddress(t), data)
	if code := second.Wait(); code == 0 || !strings.Contains(second.Log(), "another control plane runs on "+filepath.Join(data, "controlplane")) {
		t.Errorf("the second one ends with %d:\n%s", code, second.Log())
	}
}
