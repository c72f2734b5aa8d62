package plan

// Kind is a kind of AWS resource, in words for people.
type Kind string

// The kinds.
const (
	Key          Kind = "KMS key"
	LogGroup     Kind = "log group"
	Role         Kind = "IAM role"
	VPC          Kind = "VPC"
	Gateway      Kind = "internet gateway"
	Subnet       Kind = "subnet"
	Address      Kind = "elastic IP address"
	NAT          Kind = "NAT gateway"
	RouteTable   Kind = "route table"
	VPCEndpoint  Kind = "VPC endpoint"
	Group        Kind = "security group"
	Nodes        Kind = "ECS cluster"
	Secret       Kind = "secret"
	DBSubnets    Kind = "database subnet group"
	DBInstance   Kind = "RDS database"
	CacheSubnets Kind = "cache subnet group"
	Cache        Kind = "ElastiCache replication group"
	Bucket       Kind = "S3 bucket"
	Certificate  Kind = "certificate"
	Balancer     Kind = "load balancer"
	TargetGroup  Kind = "target group"
	Listener     Kind = "listener"
	Record       Kind = "DNS record"
	Task         Kind = "task definition"
	Service      Kind = "ECS service"
	Peering      Kind = "VPC peering connection"
	Zone         Kind = "private DNS zone"
	FlowLog      Kind = "flow log"
)

// Unmarked reports whether AWS makes another one each time it is asked for this kind: it has neither a name of its own nor a
// client token, so that after an answer that got lost one must wait until it can be seen.
func (k Kind) Unmarked() bool {
	switch k {
	case Key, VPC, Gateway, Address, Peering:
		return true
	}
	return false
}

// Slow reports whether AWS goes on removing this kind after it has accepted to.
func (k Kind) Slow() bool {
	switch k {
	case NAT, VPCEndpoint, DBInstance, Cache, Balancer, Service, Peering:
		return true
	}
	return false
}

// Teardown returns the kinds in the order in which they are removed, which is not the mirror of that in which they are made:
// first the traffic ends, then those who serve it, then what they stand on. Kinds of one stage do not depend on each other.
func Teardown() [][]Kind {
	return [][]Kind{
		{Record, Zone},
		{Service},
		{Task, Listener},
		{Balancer},
		{TargetGroup, Certificate, Nodes},
		{Cache, DBInstance},
		{CacheSubnets, DBSubnets},
		{Peering, FlowLog},
		{VPCEndpoint, NAT},
		{Address},
		{Group},
		{RouteTable},
		{Subnet},
		{Gateway},
		{VPC},
		{Bucket, LogGroup, Secret},
		{Role},
		{Key}, // last: all that was kept was sealed with it
	}
}
