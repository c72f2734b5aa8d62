package plan

// VPCSettings are those of a [VPC].
type VPCSettings struct {
	Range string
}

// SubnetSettings are those of a [Subnet].
type SubnetSettings struct {
	Range string
	Zone  string // its id, which means the same zone in every account
}

// Rule lets traffic in. Exactly one of Range and Group is set.
type Rule struct {
	Port  int
	Range string `json:",omitempty"`
	Group string `json:",omitempty"` // a use of the resource's needs, or Self
}

// Self stands for the security group itself in a [Rule].
const Self = "self"

// GroupSettings are those of a security [Group].
type GroupSettings struct {
	Rules []Rule
}

// Content says what a [Secret] holds. It is made where it is written, and is never part of a plan.
type Content string

// The contents.
const (
	DatabaseLogin Content = "database" // user, password, URL
	CacheLogin    Content = "cache"    // token, URL
	NodeKeys      Content = "keys"     // what nodes seal and sign with
	JoinToken     Content = "token"    // of one node, given by the control plane
	CopyKey       Content = "copy"     // opens the copy that is brought in, given by the control plane
)

// SecretSettings are those of a [Secret].
type SecretSettings struct {
	Content Content
}

// DBSettings are those of a [DBInstance].
type DBSettings struct {
	Class     string
	MultiAZ   bool
	StorageGB int
}

// CacheSettings are those of a [Cache].
type CacheSettings struct {
	Type  string
	Nodes int
}

// HostSettings are those of a [Certificate] and of a [Record].
type HostSettings struct {
	Host string
}

// TargetSettings are those of a [TargetGroup]. Health is asked for at HealthPort.
type TargetSettings struct {
	Port, HealthPort int
}

// BalancerSettings are those of a [Balancer].
type BalancerSettings struct {
	// Addresses are those that a private one has, by the use of the subnet among its needs; none for one that faces the internet.
	Addresses map[string]string `json:",omitempty"`
}

// ZoneSettings are those of a private [Zone].
type ZoneSettings struct {
	Host  string            // stands for the private load balancer
	Hosts map[string]string // names of zones, and the addresses that they stand for
}

// PeeringSettings are those of a [Peering]: whose network is asked for.
type PeeringSettings struct {
	Account string
	Network string
	Region  string
}

// ListenerSettings are those of a [Listener].
type ListenerSettings struct {
	Port int
}

// RoleSettings are those of an IAM [Role].
type RoleSettings struct {
	Execution bool // for starting containers, otherwise for what runs in them
	Flows     bool // for writing flow logs
	// Copies lets it write the copies of the cluster, and read those of the organization that it names.
	Copies string `json:",omitempty"`
}

// JobSettings are those of a [Task] that ends by itself: it writes a copy of what the cluster keeps, or brings one in.
type JobSettings struct {
	CPU, MemoryMB int
	Image         string
	Import        bool
}

// TaskSettings are those of a [Task] that is a node.
type TaskSettings struct {
	CPU, MemoryMB int
	Image         string
	Cluster       string // its id
	ControlPlane  string // URL
	Advertise     string // API root as workers reach it
	Index         int    // of the node
}
