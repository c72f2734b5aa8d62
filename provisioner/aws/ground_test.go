package aws_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/internal/memory"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

const region = "eu-central-1"

// TestCloud runs the suite of all clouds on the emulator. Each test has an account of its own there.
func TestCloud(t *testing.T) {
	moto := mototest.Start(t)
	var accounts atomic.Int64
	cloudtest.Exercise(t, func(t *testing.T) cloudtest.Ground {
		return newGround(t, account(t, moto, 200000000000+accounts.Add(1)))
	})
}

// account returns the configuration of a caller in another account of the emulator.
func account(t *testing.T, moto *mototest.Server, number int64) sdk.Config {
	config := moto.Config(region)
	role := fmt.Sprintf("arn:aws:iam::%d:role/podium", number)
	config.Credentials = sdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), role))
	config.BaseEndpoint = sdk.String(moto.URL)
	if _, err := config.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	return config
}

// ground is an account. All that a crash would end is in the Cloud that Open returns.
type ground struct {
	config aws.Config
	ledger *memory.Ledger
	cloud  *aws.Cloud
}

func newGround(t *testing.T, config sdk.Config) *ground {
	zone, err := route53.NewFromConfig(config).CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
		Name: sdk.String("podium.example"), CallerReference: sdk.String("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &ground{ledger: &memory.Ledger{}}
	g.config = aws.Config{
		AWS: config, Regions: []string{region}, Installation: "test", Domain: "podium.example",
		HostedZone: strings.TrimPrefix(*zone.HostedZone.Id, "/hostedzone/"),
		Image:      "registry.example/podium/dataplane", Versions: []string{"1.1.0", "1.0.0"}, Ledger: g.ledger,
		// The emulator starts no containers, so nobody answers at the endpoint.
		Probe:  func(context.Context, provisioner.ClusterSpec, string) error { return nil },
		Logger: slog.New(slog.DiscardHandler),
	}
	return g
}

func (g *ground) Open(t *testing.T, known ...string) provisioner.Cloud {
	cloud, err := aws.New(t.Context(), g.config)
	if err != nil {
		t.Fatal(err)
	}
	cloud.SetVisible(time.Second)
	g.cloud = cloud
	for _, id := range g.ledger.Clusters() {
		if !slices.Contains(known, id) {
			g.clear(t, id)
		}
	}
	return impatient{cloud}
}

// clear removes what is there of a cluster.
func (g *ground) clear(t *testing.T, id string) {
	ctx, s := t.Context(), cloudtest.Spec(id)
	work := []func() error{func() error { return impatient{g.cloud}.StopNode(ctx, s, 0) }}
	for _, p := range slices.Backward(provisioner.Parts()) {
		work = append(work, func() error { return impatient{g.cloud}.Remove(ctx, s, p) })
	}
	for _, w := range work {
		err := w()
		for ; provisioner.AsPending(err) != nil; err = w() {
			if ctx.Err() != nil {
				t.Fatal(ctx.Err())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (g *ground) Crash(*testing.T) {}

func (g *ground) Left(t *testing.T) []string {
	var left []string
	for _, id := range g.ledger.Clusters() {
		found, err := g.cloud.Leftovers(t.Context(), cloudtest.Spec(id))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			left = append(left, fmt.Sprintf("%s %s (%s) of %s", r.Kind, r.Name, r.ID, id))
		}
	}
	return left
}

func (g *ground) Node() provisioner.Node {
	return provisioner.Node{ControlPlaneURL: "https://control.example", JoinToken: "token"}
}

// impatient asks to be called again at once, as the emulator makes in no time what takes AWS minutes.
type impatient struct{ *aws.Cloud }

const soon = 20 * time.Millisecond

func hurry(err error) error {
	if p, ok := errors.AsType[*provisioner.Pending](err); ok {
		return &provisioner.Pending{After: soon, Reason: p.Reason}
	}
	return err
}

func (c impatient) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return hurry(c.Cloud.Ensure(ctx, s, p))
}

func (c impatient) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return hurry(c.Cloud.Remove(ctx, s, p))
}

func (c impatient) StartNode(ctx context.Context, s provisioner.ClusterSpec, n provisioner.Node) error {
	return hurry(c.Cloud.StartNode(ctx, s, n))
}

func (c impatient) StopNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return hurry(c.Cloud.StopNode(ctx, s, index))
}
