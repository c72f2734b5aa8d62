package plan

import (
	"fmt"
	"slices"
	"strconv"
)

// Ports of a node, and of the load balancer before it.
const (
	NodeAPI  = 8080
	NodeGRPC = 8090
	NodePeer = 8091 // calls between nodes
	HTTPS    = 443
)

const (
	portPostgres = 5432
	portRedis    = 6379
	anywhere     = "0.0.0.0/0"
)

// Cluster is what a plan is made for. All fields are required.
type Cluster struct {
	ID    string
	Range string   // of [Range]
	Zones []string // ids, two to MaxZones
	Size  Size
	Host  string // DNS name, without a dot at the end
}

// Network is what everything else of the cluster stands on.
func (c Cluster) Network() []Resource {
	all := []Resource{
		{Kind: Key, Role: "key"},
		{Kind: VPC, Role: "vpc", Settings: VPCSettings{Range: c.Range}},
		{Kind: Gateway, Role: "gateway", Needs: uses("vpc", "vpc")},
	}
	for _, t := range tiers {
		for i := range c.Zones {
			all = append(all, c.subnet(t, i))
		}
	}
	all = append(all, c.egress()...)
	all = append(all, c.routes()...)
	all = append(all, c.groups()...)
	return append(all,
		Resource{Kind: LogGroup, Role: "logs", Needs: uses("key", "key")},
		Resource{Kind: Role, Role: "role-execution", Needs: uses("key", "key"), Settings: RoleSettings{Execution: true}},
		Resource{Kind: Role, Role: "role-task", Needs: uses("key", "key"), Settings: RoleSettings{}},
		Resource{Kind: Role, Role: "role-flows", Needs: uses("key", "key"), Settings: RoleSettings{Flows: true}},
		Resource{Kind: Nodes, Role: "nodes"},
	)
}

func (c Cluster) subnet(t Tier, zone int) Resource {
	network, err := Range(c.ID, c.Range)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // the range is of Range
	}
	return Resource{Kind: Subnet, Role: subnet(t, zone), Needs: uses("vpc", "vpc"), Settings: SubnetSettings{
		Range: SubnetRange(network, t, zone).String(), Zone: c.Zones[zone],
	}}
}

// egress is how nodes reach the internet: through one zone, or each through its own, so that no zone depends on another.
func (c Cluster) egress() []Resource {
	var all []Resource
	for i := range c.natZones() {
		all = append(all,
			Resource{Kind: Address, Role: indexed("address", i)},
			Resource{Kind: NAT, Role: indexed("nat", i), Needs: uses(
				"gateway", "gateway", "address", indexed("address", i), "subnet", subnet(Public, i))},
		)
	}
	return all
}

func (c Cluster) natZones() int {
	if c.Size.ZonalNAT {
		return len(c.Zones)
	}
	return 1
}

// routes are one table for each tier, but for the private one, where each zone may leave by a gateway of its own. Routes to connected
// networks are in the table of the peered tier alone.
func (c Cluster) routes() []Resource {
	public := uses("vpc", "vpc", "gateway", "gateway")
	data, peered := uses("vpc", "vpc"), uses("vpc", "vpc")
	endpoint := uses("vpc", "vpc", indexed("table", len(c.Zones)), "routes-data")
	var private []Resource
	for i := range c.Zones {
		public[indexed("subnet", i)] = subnet(Public, i)
		data[indexed("subnet", i)] = subnet(Data, i)
		peered[indexed("subnet", i)] = subnet(Peered, i)
		role := indexed("routes-private", i)
		private = append(private, Resource{Kind: RouteTable, Role: role, Needs: uses(
			"vpc", "vpc", "subnet-0", subnet(Private, i), "nat", indexed("nat", min(i, c.natZones()-1)))})
		endpoint[indexed("table", i)] = role
	}
	all := append([]Resource{
		{Kind: RouteTable, Role: "routes-public", Needs: public},
		{Kind: RouteTable, Role: "routes-data", Needs: data},
		{Kind: RouteTable, Role: PeeredRoutes, Needs: peered},
	}, private...)
	// Backups and payloads then do not pass the NAT gateway, which is paid by the byte.
	return append(all, Resource{Kind: VPCEndpoint, Role: "endpoint-s3", Needs: endpoint})
}

func (c Cluster) groups() []Resource {
	return []Resource{
		{Kind: Group, Role: "group-balancer", Needs: uses("vpc", "vpc"), Settings: GroupSettings{Rules: []Rule{
			{Port: HTTPS, Range: anywhere}, {Port: NodeGRPC, Range: anywhere},
		}}},
		// The private name leads the cluster's own containers to this one as well.
		{Kind: Group, Role: PeeredGroup, Needs: uses("vpc", "vpc"), Settings: GroupSettings{Rules: []Rule{
			{Port: HTTPS, Range: c.Range}, {Port: NodeGRPC, Range: c.Range},
		}}},
		{Kind: Group, Role: "group-node", Needs: uses("vpc", "vpc", "balancer", "group-balancer", "peered", PeeredGroup), Settings: GroupSettings{Rules: []Rule{
			{Port: NodeAPI, Group: "balancer"},
			{Port: NodeGRPC, Group: "balancer"},
			{Port: NodePeer, Group: Self},
			{Port: NodeAPI, Group: "peered"},
			{Port: NodeGRPC, Group: "peered"},
		}}},
		{Kind: Group, Role: "group-database", Needs: uses("vpc", "vpc", "node", "group-node"), Settings: GroupSettings{Rules: []Rule{
			{Port: portPostgres, Group: "node"},
		}}},
		{Kind: Group, Role: "group-cache", Needs: uses("vpc", "vpc", "node", "group-node"), Settings: GroupSettings{Rules: []Rule{
			{Port: portRedis, Group: "node"},
		}}},
	}
}

// Database is where executions lie.
func (c Cluster) Database() []Resource {
	return []Resource{
		{Kind: Secret, Role: "secret-database", Needs: uses("key", "key"), Settings: SecretSettings{Content: DatabaseLogin}},
		{Kind: DBSubnets, Role: "subnets-database", Needs: c.dataSubnets()},
		{
			Kind: DBInstance, Role: "database",
			Needs: uses("key", "key", "group", "group-database", "subnets", "subnets-database", "secret", "secret-database"),
			Settings: DBSettings{
				Class: c.Size.DBClass, MultiAZ: c.Size.DBMultiAZ, StorageGB: c.Size.StorageGB,
			},
		},
	}
}

// Queue is what ready tasks wait in.
func (c Cluster) Queue() []Resource {
	return []Resource{
		{Kind: Secret, Role: "secret-queue", Needs: uses("key", "key"), Settings: SecretSettings{Content: CacheLogin}},
		{Kind: CacheSubnets, Role: "subnets-cache", Needs: c.dataSubnets()},
		{
			Kind: Cache, Role: "cache",
			Needs:    uses("key", "key", "group", "group-cache", "subnets", "subnets-cache", "secret", "secret-queue"),
			Settings: CacheSettings{Type: c.Size.CacheType, Nodes: c.Size.CacheNum},
		},
	}
}

func (c Cluster) dataSubnets() map[string]string {
	needs := map[string]string{}
	for i := range c.Zones {
		needs[indexed("subnet", i)] = subnet(Data, i)
	}
	return needs
}

// Storage is where payloads and exports lie, and the keys that the nodes share.
func (c Cluster) Storage() []Resource {
	return []Resource{
		{Kind: Bucket, Role: "bucket", Needs: uses("key", "key")},
		{Kind: Secret, Role: "secret-storage", Needs: uses("key", "key"), Settings: SecretSettings{Content: NodeKeys}},
	}
}

// Endpoint is where workers and people reach the cluster: from the internet, and by the same name from connected networks.
func (c Cluster) Endpoint() []Resource {
	balancer, peered := uses("group", "group-balancer"), uses("group", PeeredGroup)
	inside := BalancerSettings{Addresses: map[string]string{}}
	for i := range c.Zones {
		use := indexed("subnet", i)
		balancer[use] = subnet(Public, i)
		peered[use] = subnet(Peered, i)
		inside.Addresses[use] = c.PeeredAddress(i).String()
	}
	return []Resource{
		{Kind: Certificate, Role: "certificate", Settings: HostSettings{Host: c.Host}},
		{Kind: Balancer, Role: "balancer", Needs: balancer, Settings: BalancerSettings{}},
		{Kind: Balancer, Role: "peered", Needs: peered, Settings: inside},
		{Kind: TargetGroup, Role: "target-api", Needs: uses("vpc", "vpc"), Settings: TargetSettings{Port: NodeAPI, HealthPort: NodeAPI}},
		{Kind: TargetGroup, Role: "target-grpc", Needs: uses("vpc", "vpc"), Settings: TargetSettings{Port: NodeGRPC, HealthPort: NodeAPI}},
		{Kind: Record, Role: "record", Needs: uses("balancer", "balancer"), Settings: HostSettings{Host: c.Host}},
		{Kind: TargetGroup, Role: "peered-api", Needs: uses("vpc", "vpc"), Settings: TargetSettings{Port: NodeAPI, HealthPort: NodeAPI}},
		{Kind: TargetGroup, Role: "peered-grpc", Needs: uses("vpc", "vpc"), Settings: TargetSettings{Port: NodeGRPC, HealthPort: NodeAPI}},
		{Kind: Zone, Role: PrivateZone, Needs: uses("vpc", "vpc", "balancer", "peered"), Settings: c.zone()},
		listener("listener-api", "balancer", "target-api", HTTPS), listener("listener-grpc", "balancer", "target-grpc", NodeGRPC),
		listener("peered-https", "peered", "peered-api", HTTPS), listener("peered-h2", "peered", "peered-grpc", NodeGRPC),
	}
}

func listener(role, balancer, target string, port int) Resource {
	return Resource{
		Kind: Listener, Role: role,
		Needs:    uses("balancer", balancer, "certificate", "certificate", "target", target),
		Settings: ListenerSettings{Port: port},
	}
}

// Node is one node. Each lives in one zone, in turn; Index and Cluster of t are set by it.
func (c Cluster) Node(index int, t TaskSettings) []Resource {
	t.CPU, t.MemoryMB, t.Cluster, t.Index = c.Size.CPU, c.Size.MemoryMB, c.ID, index
	return []Resource{
		{Kind: Secret, Role: indexed("secret-node", index), Needs: uses("key", "key"), Settings: SecretSettings{Content: JoinToken}},
		{Kind: Task, Role: indexed("task", index), Settings: t, Needs: uses(
			"execution", "role-execution", "task", "role-task", "logs", "logs", "database", "secret-database", "queue", "secret-queue",
			"keys", "secret-storage", "token", indexed("secret-node", index), "bucket", "bucket")},
		{Kind: Service, Role: indexed("service", index), Needs: uses(
			"nodes", "nodes", "task", indexed("task", index), "group", "group-node", "subnet", subnet(Private, index%len(c.Zones)),
			"api", "target-api", "grpc", "target-grpc", "listener", "listener-api", "listener-grpc", "listener-grpc",
			"peered-api", "peered-api", "peered-grpc", "peered-grpc", "peered-https", "peered-https", "peered-h2", "peered-h2",
			"database", "database", "cache", "cache")},
	}
}

// Roles of what copies are made and brought in with.
const (
	ExportTask = "task-export"
	ImportTask = "task-import"
	CopySecret = "secret-import"
	CopyRole   = "role-copies"
)

// Export is what a copy of the cluster is written with.
func (c Cluster) Export(organization, image string) []Resource {
	return []Resource{c.copyRole(organization), c.job(ExportTask, image, false)}
}

// Import is what a copy is brought into the cluster with.
func (c Cluster) Import(organization, image string) []Resource {
	return []Resource{
		c.copyRole(organization),
		{Kind: Secret, Role: CopySecret, Needs: uses("key", "key"), Settings: SecretSettings{Content: CopyKey}},
		c.job(ImportTask, image, true),
	}
}

func (c Cluster) copyRole(organization string) Resource {
	return Resource{Kind: Role, Role: CopyRole, Needs: uses("key", "key"), Settings: RoleSettings{Copies: organization}}
}

func (c Cluster) job(role, image string, bring bool) Resource {
	r := Resource{Kind: Task, Role: role, Needs: uses(
		"execution", "role-execution", "task", CopyRole, "logs", "logs", "database", "secret-database", "keys", "secret-storage",
		"bucket", "bucket",
	), Settings: JobSettings{CPU: c.Size.CPU, MemoryMB: c.Size.MemoryMB, Image: image, Import: bring}}
	if bring {
		r.Needs["copy"] = CopySecret
	}
	return r
}

// Where are the roles of what a job of the cluster runs in: the ECS cluster, a subnet and a security group.
func (c Cluster) Where() (nodes, place, group string) {
	return "nodes", subnet(Private, 0), "group-node"
}

func subnet(t Tier, zone int) string { return indexed("subnet-"+string(t), zone) }

func indexed(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// uses makes a map of needs: what for, which role, and so on.
func uses(pairs ...string) map[string]string {
	m := make(map[string]string, len(pairs)/2)
	for pair := range slices.Chunk(pairs, 2) {
		m[pair[0]] = pair[1]
	}
	return m
}
