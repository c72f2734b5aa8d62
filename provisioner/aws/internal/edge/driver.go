package edge

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// Config says where clusters are made. All fields but Boundary are required.
type Config struct {
	AWS          aws.Config
	Names        aws.Config // of who keeps the HostedZone, in whichever account
	Account      string     // 12 digits
	Partition    string     // aws, aws-cn…
	Installation string     // of the control plane: the value of its tag
	HostedZone   string     // id of the Route 53 zone of the clusters' names
	Host         func(clusterID string) string
	// Boundary is the ARN of the policy beyond which no role goes that is made; "": there is none.
	Boundary string
}

// Driver makes resources in one account and region. It is a [converge.Driver].
type Driver struct {
	Config
	kinds map[plan.Kind]ops

	ec2     *ec2.Client
	rds     *rds.Client
	cache   *elasticache.Client
	ecs     *ecs.Client
	elb     *elb.Client
	acm     *acm.Client
	dns     *route53.Client // of who keeps the HostedZone
	zones   *route53.Client // of private zones
	secrets *secretsmanager.Client
	kms     *kms.Client
	s3      *s3.Client
	logs    *cloudwatchlogs.Client
	iam     *iam.Client
	quotas  *servicequotas.Client
}

// ops are what can be done with a kind. Settle may be nil: it has nothing to be brought to.
type ops struct {
	find   func(ctx context.Context, s converge.Scope, ids []string) ([]converge.Found, error)
	create func(ctx context.Context, r converge.Request) (converge.Found, error)
	settle func(ctx context.Context, r converge.Request, f converge.Found) (bool, error)
	remove func(ctx context.Context, s converge.Scope, f converge.Found) error
}

// New makes a Driver; nothing is called yet.
func New(c Config) *Driver {
	d := &Driver{
		Config:  c,
		ec2:     ec2.NewFromConfig(c.AWS),
		rds:     rds.NewFromConfig(c.AWS),
		cache:   elasticache.NewFromConfig(c.AWS),
		ecs:     ecs.NewFromConfig(c.AWS),
		elb:     elb.NewFromConfig(c.AWS),
		acm:     acm.NewFromConfig(c.AWS),
		dns:     route53.NewFromConfig(c.Names),
		zones:   route53.NewFromConfig(c.AWS),
		secrets: secretsmanager.NewFromConfig(c.AWS),
		kms:     kms.NewFromConfig(c.AWS),
		s3: s3.NewFromConfig(c.AWS, func(o *s3.Options) {
			o.UsePathStyle = c.AWS.BaseEndpoint != nil // another server than AWS has one name
		}),
		logs: cloudwatchlogs.NewFromConfig(c.AWS),
		iam:  iam.NewFromConfig(c.AWS),

		quotas: servicequotas.NewFromConfig(c.AWS),
	}
	d.kinds = map[plan.Kind]ops{
		plan.VPC:          {d.findVPCs, d.createVPC, d.settleVPC, d.removeVPC},
		plan.Subnet:       {d.findSubnets, d.createSubnet, nil, d.removeSubnet},
		plan.Gateway:      {d.findGateways, d.createGateway, d.settleGateway, d.removeGateway},
		plan.Address:      {d.findAddresses, d.createAddress, nil, d.removeAddress},
		plan.NAT:          {d.findNATs, d.createNAT, nil, d.removeNAT},
		plan.RouteTable:   {d.findRouteTables, d.createRouteTable, d.settleRouteTable, d.removeRouteTable},
		plan.VPCEndpoint:  {d.findEndpoints, d.createEndpoint, nil, d.removeEndpoint},
		plan.Group:        {d.findGroups, d.createGroup, d.settleGroup, d.removeGroup},
		plan.Key:          {d.findKeys, d.createKey, d.settleKey, d.removeKey},
		plan.LogGroup:     {d.findLogs, d.createLogs, d.settleLogs, d.removeLogs},
		plan.Role:         {d.findRoles, d.createRole, d.settleRole, d.removeRole},
		plan.Secret:       {d.findSecrets, d.createSecret, d.settleSecret, d.removeSecret},
		plan.Bucket:       {d.findBuckets, d.createBucket, d.settleBucket, d.removeBucket},
		plan.DBSubnets:    {d.findDBSubnets, d.createDBSubnets, nil, d.removeDBSubnets},
		plan.DBInstance:   {d.findDatabases, d.createDatabase, d.settleDatabase, d.removeDatabase},
		plan.CacheSubnets: {d.findCacheSubnets, d.createCacheSubnets, nil, d.removeCacheSubnets},
		plan.Cache:        {d.findCaches, d.createCache, d.settleCache, d.removeCache},
		plan.Certificate:  {d.findCertificates, d.createCertificate, d.settleCertificate, d.removeCertificate},
		plan.Zone:         {d.findZones, d.createZone, d.settleZone, d.removeZone},
		plan.Peering:      {d.findPeerings, d.createPeering, nil, d.removePeering},
		plan.FlowLog:      {d.findFlows, d.createFlow, nil, d.removeFlow},
		plan.Record:       {d.findRecords, d.createRecord, d.settleRecord, d.removeRecord},
		plan.Balancer:     {d.findBalancers, d.createBalancer, d.settleBalancer, d.removeBalancer},
		plan.TargetGroup:  {d.findTargets, d.createTarget, d.settleTarget, d.removeTarget},
		plan.Listener:     {d.findListeners, d.createListener, d.settleListener, d.removeListener},
		plan.Nodes:        {d.findNodes, d.createNodes, nil, d.removeNodes},
		plan.Task:         {d.findTasks, d.createTask, d.settleTask, d.removeTask},
		plan.Service:      {d.findServices, d.createService, d.settleService, d.removeService},
	}
	return d
}

// Calls that AWS does anew each time are made once: whether one whose answer got lost has been done is looked up, not tried.

func once(o *ec2.Options) { o.Retryer = aws.NopRetryer{} }

func onceKey(o *kms.Options) { o.Retryer = aws.NopRetryer{} }

// Find implements [converge.Driver], like the methods that follow.
func (d *Driver) Find(ctx context.Context, s converge.Scope, k plan.Kind, ids []string) ([]converge.Found, error) {
	o, ok := d.kinds[k]
	if !ok {
		return nil, nil
	}
	all, err := o.find(ctx, s, ids)
	for i := range all {
		all[i].Kind = k
	}
	return all, err
}

// Create makes a resource.
func (d *Driver) Create(ctx context.Context, r converge.Request) (converge.Found, error) {
	f, err := d.kinds[r.Kind].create(ctx, r)
	f.Kind, f.Role = r.Kind, r.Role
	return f, err
}

// Settle brings a resource to its settings.
func (d *Driver) Settle(ctx context.Context, r converge.Request, f converge.Found) (bool, error) {
	settle := d.kinds[r.Kind].settle
	if settle == nil {
		return false, nil
	}
	return settle(ctx, r, f)
}

// Delete removes a resource.
func (d *Driver) Delete(ctx context.Context, s converge.Scope, f converge.Found) error {
	return d.kinds[f.Kind].remove(ctx, s, f)
}

// tags are what a resource bears, sorted by key.
func (d *Driver) tags(s converge.Scope, role string) [][2]string {
	return [][2]string{
		{"Name", plan.Name(s.Cluster, role)},
		{plan.TagCluster, s.Cluster},
		{plan.TagInstallation, d.Installation},
		{plan.TagOrganization, s.Organization},
		{plan.TagRole, role},
	}
}

// tagged makes a service's tags of ours.
func tagged[T any](tags [][2]string, tag func(key, value string) T) []T {
	all := make([]T, len(tags))
	for i, t := range tags {
		all[i] = tag(t[0], t[1])
	}
	return all
}

// role is the part of a resource's name after the cluster's prefix.
func role(s converge.Scope, name string) string {
	prefix := plan.Prefix(s.Cluster) + "-"
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):]
	}
	return ""
}

// missing are those of ids that were not found.
func missing(ids []string, found []converge.Found) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(found, func(f converge.Found) bool { return f.ID == id })
	})
}

// absent makes nothing of the error that something does not exist.
func absent(err error) error {
	if err != nil && converge.Classify(err) == converge.Missing {
		return nil
	}
	return err
}

func settings[T any](r converge.Request) (T, error) {
	s, ok := r.Settings.(T)
	if !ok {
		return s, fmt.Errorf("%s has settings %T, want %T", r.Role, r.Settings, s)
	}
	return s, nil
}

// by collects the values of needs whose use begins with prefix.
func by(r converge.Request, prefix string) []string {
	var all []string
	for use, id := range r.IDs {
		if len(use) >= len(prefix) && use[:len(prefix)] == prefix {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}
