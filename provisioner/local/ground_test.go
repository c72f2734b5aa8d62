package local

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// TestEdge runs the suite with real data planes.
func TestEdge(t *testing.T) {
	binary, err := edgeproc.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cloudtest.Exercise(t, func(t *testing.T) cloudtest.Ground {
		g := newGround(t)
		g.config.EdgeBinary = binary
		return g
	})
}

// nobody is an address at which no control plane answers. Nodes serve without one.
const nobody = "http://127.0.0.1:1"

// ground is a folder and a range of ports. At the end of the test nothing may run on it.
type ground struct {
	config Config
	cloud  *Cloud
}

func newGround(t *testing.T) *ground {
	t.Helper()
	first := firstPort()
	g := &ground{config: Config{
		Dir: t.TempDir(), EdgeBinary: os.Args[0], FirstPort: first, LastPort: first + 100,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}}
	var err error
	if g.config.Groups, err = NewGroups(t.Context(), g.config.Dir); err != nil {
		t.Logf("without control groups: %v", err)
	}
	t.Cleanup(func() {
		if g.cloud == nil {
			return
		}
		g.cloud.Abandon()
		g.open(t)
		if err := g.cloud.Adopt(context.Background(), nil); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	return g
}

// firstPort is a free port below those that the system takes for outgoing connections, one of which could otherwise have the
// port of a process that has just been killed.
func firstPort() int {
	for {
		if port := 10_000 + rand.IntN(20_000); free(port) == nil {
			return port
		}
	}
}

func (g *ground) open(t *testing.T) *Cloud {
	t.Helper()
	c, err := New(g.config)
	if err != nil {
		t.Fatal(err)
	}
	g.cloud = c
	return c
}

func (g *ground) Open(t *testing.T, known ...string) provisioner.Cloud {
	t.Helper()
	c := g.open(t)
	var specs []provisioner.ClusterSpec
	for _, id := range known {
		specs = append(specs, provisioner.ClusterSpec{ID: id})
	}
	if err := c.Adopt(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	return c
}

func (g *ground) Crash(*testing.T) { g.cloud.Abandon() }

func (g *ground) Left(t *testing.T) []string {
	t.Helper()
	var left []string
	entries, err := os.ReadDir(g.config.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		inside, err := os.ReadDir(g.cloud.path(e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, "folder of "+e.Name())
		for _, f := range inside {
			left = append(left, "folder "+f.Name()+" of "+e.Name())
		}
	}
	nodes, err := g.cloud.processes()
	if err != nil {
		t.Fatal(err)
	}
	for u, running := range nodes {
		for range running {
			left = append(left, "process of "+string(u))
		}
	}
	if g.config.Groups != nil {
		names, err := g.config.Groups.Names()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			left = append(left, "control group "+name)
		}
	}
	if lent, ok := g.config.Backing.(*bank); ok {
		left = append(left, lent.all()...)
	}
	return left
}

func (g *ground) Node() provisioner.Node {
	return provisioner.Node{ControlPlaneURL: nobody, JoinToken: "secret-join-token"}
}

// start makes a cluster whose node is healthy.
func (g *ground) start(t *testing.T, id string) {
	t.Helper()
	g.launch(t, id)
	eventually(t, func() error { return g.cloud.CheckNode(t.Context(), cloudtest.Spec(id), 0) })
}

func (g *ground) launch(t *testing.T, id string) {
	t.Helper()
	g.reserve(t, id)
	if err := g.cloud.StartNode(t.Context(), cloudtest.Spec(id), g.Node()); err != nil {
		t.Fatal(err)
	}
}

func (g *ground) reserve(t *testing.T, id string) provisioner.NodeInfo {
	t.Helper()
	if err := g.cloud.Ensure(t.Context(), cloudtest.Spec(id), provisioner.Storage); err != nil {
		t.Fatal(err)
	}
	if err := g.cloud.Ensure(t.Context(), cloudtest.Spec(id), provisioner.Endpoint); err != nil {
		t.Fatal(err)
	}
	at, err := g.cloud.Address(t.Context(), cloudtest.Spec(id))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (g *ground) state(t *testing.T, id string) state {
	t.Helper()
	s, err := g.cloud.load(unit(id))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (g *ground) save(t *testing.T, id string, s state) {
	t.Helper()
	if err := g.cloud.save(unit(id), s); err != nil {
		t.Fatal(err)
	}
}

type identity struct {
	ClusterID    string `json:"clusterId"`
	PID          int    `json:"pid"`
	ControlPlane string `json:"controlPlane"`
}

// ask asks the node that should be at the endpoint who it is.
func ask(at provisioner.NodeInfo) (identity, error) {
	var who identity
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, at.Console+"/podium/v1/info", nil)
	if err != nil {
		return who, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return who, err
	}
	defer res.Body.Close()
	return who, json.NewDecoder(res.Body).Decode(&who)
}

// eventually waits until check returns nil.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %v", err)
		}
	}
}

// eventuallyOther waits for a node at the endpoint that is another process than before.
func eventuallyOther(t *testing.T, at provisioner.NodeInfo, before int) identity {
	t.Helper()
	var who identity
	eventually(t, func() (err error) {
		if who, err = ask(at); err == nil && who.PID == before {
			err = fmt.Errorf("still process %d", before)
		}
		return err
	})
	return who
}

func contains(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("error %v does not say %q", err, text)
	}
}
