package edge_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/faultproxy"
	"github.com/podium-cloud/podium/provisioner/aws/internal/memory"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

const region = "eu-central-1"

var (
	parts = []provisioner.Part{provisioner.Network, provisioner.Database, provisioner.Queue, provisioner.Storage, provisioner.Endpoint}
	zones = []string{"euc1-az1", "euc1-az2", "euc1-az3"}
)

// world is one cluster on the emulator.
type world struct {
	t      *testing.T
	driver *edge.Driver
	c      *converge.Converger
	scope  converge.Scope
	plan   plan.Cluster
	nodes  int
}

func host(cluster string) string { return plan.Prefix(cluster) + ".podium.example" }

func newWorld(t *testing.T, config aws.Config, id string) *world {
	zone, err := route53.NewFromConfig(config).CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
		Name: aws.String("podium.example"), CallerReference: aws.String(id),
	})
	if err != nil {
		t.Fatal(err)
	}
	size, _ := plan.SizeOf("standard")
	driver := edge.New(edge.Config{
		AWS: config, Names: config, Account: mototest.Account, Partition: "aws", Installation: "test", HostedZone: *zone.HostedZone.Id, Host: host,
	})
	return &world{
		t: t, driver: driver, scope: converge.Scope{Cluster: id, Organization: "acme"}, nodes: 2,
		c: &converge.Converger{
			Driver: driver, Ledger: &memory.Ledger{}, Now: time.Now, Visible: time.Second,
			Logger: slog.New(slog.DiscardHandler),
		},
		plan: plan.Cluster{ID: id, Range: "10.20.0.0/16", Zones: zones, Size: size, Host: host(id)},
	}
}

// patiently repeats a call as the engine does, but does not wait as long: the emulator is done at once.
func patiently(t *testing.T, what string, call func() error) {
	t.Helper()
	var last error
	for range 200 {
		if last = call(); last == nil {
			return
		}
		if provisioner.IsPermanent(last) {
			break
		}
		nap(t.Context(), 200*time.Millisecond)
	}
	t.Fatalf("%s: %v", what, last)
}

func nap(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (w *world) all() []plan.Resource {
	var all []plan.Resource
	for _, p := range parts {
		all = append(all, w.plan.Part(p)...)
	}
	return all
}

func (w *world) create() {
	w.t.Helper()
	ctx, all := w.t.Context(), w.all()
	for _, p := range parts {
		patiently(w.t, "ensure "+string(p), func() error { return w.c.Ensure(ctx, w.scope, all, w.plan.Part(p), nil) })
	}
	for i := range w.nodes {
		patiently(w.t, "start", func() error {
			return w.c.Ensure(ctx, w.scope, all, w.plan.Node(i, plan.TaskSettings{Image: "podium:1"}), nil)
		})
	}
}

func (w *world) delete() {
	w.t.Helper()
	ctx := w.t.Context()
	for i := range w.nodes {
		patiently(w.t, "stop", func() error {
			return w.c.Remove(ctx, w.scope, converge.Selection{
				Kinds: plan.NodeKinds(), Belongs: func(k plan.Kind, role string) bool { return plan.InNode(i, k, role) },
			})
		})
	}
	for _, p := range slices.Backward(parts) {
		patiently(w.t, "remove "+string(p), func() error {
			return w.c.Remove(ctx, w.scope, converge.Selection{
				Kinds: plan.PartKinds(p), Belongs: func(k plan.Kind, role string) bool { return plan.InPart(p, k, role) },
			})
		})
	}
	patiently(w.t, "sweep", func() error { return w.c.Swept(ctx, w.scope) })
}

// roles are what AWS shows of the cluster.
func (w *world) roles() []string {
	w.t.Helper()
	left, err := w.c.Leftovers(w.t.Context(), w.scope)
	if err != nil {
		w.t.Fatal(err)
	}
	var roles []string
	for _, f := range left {
		roles = append(roles, f.Role)
	}
	slices.Sort(roles)
	return roles
}

func (w *world) wanted() []string {
	want := w.all()
	for i := range w.nodes {
		want = append(want, w.plan.Node(i, plan.TaskSettings{})...)
	}
	var roles []string
	for _, r := range want {
		roles = append(roles, r.Role)
	}
	slices.Sort(roles)
	return roles
}

func TestDriver_MakesFindsAndRemoves(t *testing.T) {
	config := mototest.Start(t).Config(region)
	w := newWorld(t, config, "c1")
	w.create()
	w.confined(config)
	if got := w.roles(); !slices.Equal(got, w.wanted()) {
		t.Errorf("AWS shows %v, want %v", got, w.wanted())
	}
	w.create()
	// All is found by tags and names alone.
	w.c.Ledger = &memory.Ledger{}
	w.create()
	if got := w.roles(); !slices.Equal(got, w.wanted()) {
		t.Errorf("without what was remembered AWS shows %v, want %v", got, w.wanted())
	}
	w.c.Ledger = &memory.Ledger{}
	w.delete()
	if got := w.roles(); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// TestDriver_Faults: whatever happens between us and AWS, each resource is made once, and nothing is left.
func TestDriver_Faults(t *testing.T) {
	moto := mototest.Start(t)
	proxy := faultproxy.Start(t, moto.URL, 7, 0.08)
	config := moto.Config(region)
	w := newWorld(t, config, "c2")
	config.BaseEndpoint = aws.String(proxy.URL)
	config.HTTPClient = &http.Client{Timeout: faultproxy.Hang / 4}
	faulty := edge.New(edge.Config{
		AWS: config, Names: config, Account: mototest.Account, Partition: "aws", Installation: "test", HostedZone: w.driver.HostedZone, Host: host,
	})
	w.c.Driver = faulty
	w.create()
	w.c.Driver = w.driver
	if got := w.roles(); !slices.Equal(got, w.wanted()) {
		t.Errorf("AWS shows %v, want %v", got, w.wanted())
	}
	w.c.Driver = faulty
	w.delete()
	w.c.Driver = w.driver
	if got := w.roles(); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if met := proxy.Met(); len(met) != faultproxy.Kinds() {
		t.Errorf("only these faults came up: %v", met)
	}
}
