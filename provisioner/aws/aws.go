// Package aws is the cloud of one account of Amazon Web Services: each cluster is a network of its own over two or three
// zones, with RDS PostgreSQL and ElastiCache Redis in it, nodes as ECS services on Fargate, and a network load balancer with a
// certificate and a name.
//
// What a cluster consists of is internal/plan, how it comes to be and goes is internal/converge, and internal/edge calls AWS.
// This package is the [provisioner.Cloud] over them. No method waits for AWS: what takes time is a [provisioner.Pending].
package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

// Config says which account clusters are made in, and how. All fields but Accounts, Door and Probe are required.
type Config struct {
	AWS          aws.Config // credentials; its Region does not matter
	Regions      []string   // where clusters may be, the default first
	Installation string     // what tells the resources of this control plane from another's: letters, digits, - and _
	Domain       string     // clusters get names below it
	HostedZone   string     // id of its Route 53 zone
	Image        string     // of the data plane, without a tag
	Versions     []string   // tags or digests of the image, newest first
	Ledger       ledger.Ledger
	Accounts     Accounts // of customers; nil: clusters are made in our account alone
	Door         Door     // where roles of customers are assumed; nil: AWS's
	// Probe returns nil when the cluster answers at the API root. Nil: it is asked for over HTTPS.
	Probe  func(ctx context.Context, s provisioner.ClusterSpec, endpoint string) error
	Logger *slog.Logger
}

// Cloud makes clusters in an account. It is a [provisioner.Cloud].
type Cloud struct {
	Config
	account   string // ours, 12 digits
	partition string
	visible   time.Duration
	sites     map[string]*site // by region
	guests    guests
}

// site is one region of an account.
type site struct {
	zones  []string // ids, sorted
	driver *edge.Driver
	jobs   *converge.Jobs
	room   room
	*converge.Converger
}

const (
	// visible is how long AWS may take to show what was made. It says "eventually"; a minute is what others wait.
	visible = time.Minute
	// wantZones is over how many zones a cluster is spread, where there are as many.
	wantZones = 3
	// maxNodes keeps the nodes of a cluster within what a region of a new account may run.
	maxNodes = 12
)

// New looks who it is and which zones the regions have, and returns the cloud.
func New(ctx context.Context, c Config) (*Cloud, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Probe == nil {
		c.Probe = probe
	}
	if c.Door == nil {
		c.Door = sts.NewFromConfig(c.in(c.Regions[0]))
	}
	cloud := &Cloud{Config: c, visible: visible, sites: map[string]*site{}}
	for _, region := range c.Regions {
		s, err := cloud.open(ctx, edge.Config{AWS: c.in(region)})
		if err != nil {
			return nil, fmt.Errorf("aws cloud: region %s: %w", region, err)
		}
		cloud.sites[region] = s
		cloud.account, cloud.partition = s.driver.Account, s.driver.Partition
	}
	return cloud, nil
}

func (c Config) check() error {
	var wrong []error
	for name, absent := range map[string]bool{
		"Regions": len(c.Regions) == 0, "Installation": c.Installation == "", "Domain": c.Domain == "", "HostedZone": c.HostedZone == "",
		"Image": c.Image == "", "Versions": len(c.Versions) == 0, "Ledger": c.Ledger == nil, "Logger": c.Logger == nil,
		"AWS.Credentials": c.AWS.Credentials == nil,
	} {
		if absent {
			wrong = append(wrong, fmt.Errorf("aws cloud: %s is missing", name))
		}
	}
	return errors.Join(wrong...)
}

// in is our own configuration in a region.
func (c Config) in(region string) aws.Config {
	config := c.AWS.Copy()
	config.Region = region
	return config
}

// open looks who it is that e.AWS calls as, and which zones there are. The rest of e is filled in.
func (c *Cloud) open(ctx context.Context, e edge.Config) (*site, error) {
	config := e.AWS
	who, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("ask who we are: %w", err)
	}
	me, err := arn.Parse(aws.ToString(who.Arn))
	if err != nil {
		return nil, fmt.Errorf("ask who we are: %w", err)
	}
	zones, err := ec2.NewFromConfig(config).DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{
		Filters: []types.Filter{{Name: aws.String("zone-type"), Values: []string{"availability-zone"}}},
	})
	if err != nil {
		return nil, fmt.Errorf("list the zones: %w", err)
	}
	s := &site{}
	for _, z := range zones.AvailabilityZones {
		s.zones = append(s.zones, aws.ToString(z.ZoneId))
	}
	slices.Sort(s.zones)
	if len(s.zones) < 2 {
		return nil, fmt.Errorf("a cluster needs two zones, there are %d", len(s.zones))
	}
	e.Account, e.Partition, e.Installation, e.HostedZone, e.Host = me.AccountID, me.Partition, c.Installation, c.HostedZone, c.host
	e.Names = c.in(config.Region)
	s.driver = edge.New(e)
	s.Converger = &converge.Converger{
		Driver: s.driver, Ledger: c.Ledger, Now: time.Now, Visible: c.visible, Logger: c.Logger.With("account", me.AccountID, "region", config.Region),
	}
	s.jobs = &converge.Jobs{
		Runner: s.driver.Runner(), Ledger: c.Ledger, Now: time.Now, Visible: c.visible, Logger: s.Logger,
	}
	return s, nil
}

func (c *Cloud) host(clusterID string) string {
	return strings.TrimPrefix(plan.Prefix(clusterID), "podium-") + "." + c.Domain
}

// Catalog implements [provisioner.Cloud], like the methods that follow.
func (c *Cloud) Catalog(context.Context) (provisioner.Catalog, error) {
	catalog := provisioner.Catalog{
		Title: "Amazon Web Services", Models: []provisioner.Model{provisioner.Managed}, Versions: c.Versions,
		MaxNodes: maxNodes, Ranges: true, Accounts: c.Accounts != nil,
		Notes: []string{
			"Each cluster has a network of its own, its own database and its own key, over two or three zones.",
			"Creating one takes 15 to 25 minutes: AWS makes the database and the queue meanwhile.",
		},
	}
	if c.Accounts != nil {
		catalog.Models = append(catalog.Models, provisioner.Customer)
	}
	for _, r := range c.Regions {
		catalog.Regions = append(catalog.Regions, provisioner.Region{ID: r, Name: r, Zones: c.sites[r].spread()})
	}
	for _, z := range plan.Sizes() {
		catalog.Sizes = append(catalog.Sizes, provisioner.Size{
			ID: z.ID, Name: z.Name, CPUs: float64(z.CPU) / 1024, MemoryMB: z.MemoryMB, StorageGB: z.StorageGB,
		})
	}
	return catalog, nil
}

// spread are the zones that a new cluster is given.
func (s *site) spread() []string { return s.zones[:min(wantZones, len(s.zones))] }

// enter goes where a cluster is, to do a job there. The context that it returns is for all calls there.
func (c *Cloud) enter(ctx context.Context, s provisioner.ClusterSpec, j plan.Job) (context.Context, *site, error) {
	region := cmp.Or(s.Region, c.Regions[0])
	at := c.sites[region]
	if at == nil {
		return ctx, nil, provisioner.Permanent(fmt.Errorf("region: %q is not one of %s", region, strings.Join(c.Regions, ", ")))
	}
	if s.Account == "" {
		return ctx, at, nil
	}
	return c.visit(ctx, s, region, j)
}

func scope(s provisioner.ClusterSpec) converge.Scope {
	return converge.Scope{Cluster: s.ID, Organization: s.Organization}
}
