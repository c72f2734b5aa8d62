package aws_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
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

// TestCloud runs the suite of all clouds on the emulator, where each test has an account of its own. With PODIUM_TEST_AWS, a
// region, it runs in the account whose credentials are in the environment, which takes hours and costs money; see docs/aws.md.
func TestCloud(t *testing.T) {
	if real := os.Getenv("PODIUM_TEST_AWS"); real != "" {
		cloudtest.Exercise(t, func(t *testing.T) cloudtest.Ground { return newAccountGround(t, real) })
		return
	}
	moto := mototest.Start(t)
	var accounts atomic.Int64
	cloudtest.Exercise(t, func(t *testing.T) cloudtest.Ground {
		return newGround(t, account(t, moto, 200000000000+accounts.Add(1)))
	})
}

// newAccountGround is a real account. Clusters of different tests have different ids in it.
func newAccountGround(t *testing.T, region string) *ground {
	config, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion(region))
	if err != nil {
		t.Fatal(err)
	}
	setting := func(name string) string {
		v := os.Getenv(name)
		if v == "" {
			t.Fatalf("%s is missing", name)
		}
		return v
	}
	g := &ground{ledger: &memory.Ledger{}, prefix: strings.ToLower(rand.Text()[:8]) + "-", patient: true, config: aws.Config{
		AWS: config, Regions: []string{region}, Installation: "test", Domain: setting("PODIUM_TEST_AWS_DOMAIN"),
		HostedZone: setting("PODIUM_TEST_AWS_HOSTED_ZONE"), Image: setting("PODIUM_TEST_AWS_IMAGE"),
		Versions: []string{setting("PODIUM_TEST_AWS_VERSION")}, Logger: slog.New(slog.DiscardHandler),
		// Nobody answers without a control plane to join; that the container runs was looked at before.
		Probe: func(context.Context, provisioner.ClusterSpec, string) error { return nil },
	}}
	if number := os.Getenv("PODIUM_TEST_AWS_ACCOUNT"); number != "" {
		g.account = "acct_test"
		g.config.Accounts = registry{cloudtest.Spec("").Organization + "/" + g.account: {
			Number: number, Region: region, Role: setting("PODIUM_TEST_AWS_ROLE"), ExternalID: setting("PODIUM_TEST_AWS_EXTERNAL_ID"),
		}}
	}
	return g
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
	config  aws.Config
	ledger  *memory.Ledger
	cloud   *aws.Cloud
	prefix  string // of the ids of clusters
	account string // that clusters are made in; "": that of config
	patient bool   // waits as long as it is asked to
}

// as is the cluster that the suite calls id.
func (g *ground) as(id string) provisioner.ClusterSpec {
	s := cloudtest.Spec(id)
	s.ID, s.Account = g.prefix+s.ID, g.account
	return s
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
	g.config.Ledger = g.ledger
	cloud, err := aws.New(t.Context(), g.config)
	if err != nil {
		t.Fatal(err)
	}
	if !g.patient {
		cloud.SetVisible(time.Second)
	}
	g.cloud = cloud
	for _, id := range g.ledger.Clusters() {
		if id = strings.TrimPrefix(id, g.prefix); !slices.Contains(known, id) {
			g.clear(t, id)
		}
	}
	return impatient{cloud, g}
}

// clear removes what is there of a cluster.
func (g *ground) clear(t *testing.T, id string) {
	ctx, s, c := t.Context(), cloudtest.Spec(id), impatient{g.cloud, g}
	work := []func() error{func() error { return c.StopNode(ctx, s, 0) }}
	for _, p := range slices.Backward(provisioner.Parts()) {
		work = append(work, func() error { return c.Remove(ctx, s, p) })
	}
	for _, w := range work {
		err := w()
		for p := provisioner.AsPending(err); p != nil; p = provisioner.AsPending(err) {
			select {
			case <-time.After(p.After):
			case <-ctx.Done():
				t.Fatal(ctx.Err())
			}
			err = w()
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
		found, err := g.cloud.Leftovers(t.Context(), g.as(strings.TrimPrefix(id, g.prefix)))
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

// impatient asks to be called again at once, unless the ground is patient: the emulator makes in no time what takes AWS minutes.
type impatient struct {
	*aws.Cloud
	g *ground
}

const soon = 20 * time.Millisecond

func (c impatient) hurry(err error) error {
	if p, ok := errors.AsType[*provisioner.Pending](err); ok && !c.g.patient {
		return &provisioner.Pending{After: soon, Reason: p.Reason}
	}
	return err
}

func (c impatient) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return c.hurry(c.Cloud.Ensure(ctx, c.g.as(s.ID), p))
}

func (c impatient) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return c.hurry(c.Cloud.Remove(ctx, c.g.as(s.ID), p))
}

func (c impatient) Address(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NodeInfo, error) {
	return c.Cloud.Address(ctx, c.g.as(s.ID))
}

func (c impatient) StartNode(ctx context.Context, s provisioner.ClusterSpec, n provisioner.Node) error {
	return c.hurry(c.Cloud.StartNode(ctx, c.g.as(s.ID), n))
}

func (c impatient) CheckNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return c.Cloud.CheckNode(ctx, c.g.as(s.ID), index)
}

func (c impatient) StopNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return c.hurry(c.Cloud.StopNode(ctx, c.g.as(s.ID), index))
}
