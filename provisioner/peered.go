package provisioner

import (
	"context"
	"net/netip"
	"time"
)

// Peered is implemented by a [Cloud] whose clusters lie in networks of their own, which can be connected to a customer's.
//
// What is made is found by the peering's id, and the rules of [Cloud] hold: Ensure methods make it so and may be repeated,
// Remove methods succeed when there is nothing to remove, and any method may answer that it takes longer instead of waiting.
// They are called in this order, and undone in the reverse one:
//
//	CheckPeering            explains what is wrong before anything is made
//	EnsurePeering           the request; the customer must accept it, in their own account
//	PeeringState            asked until the customer has accepted
//	EnsurePeeringRoutes     from the cluster's zones to the customer's ranges
//	EnsurePeeringRules      the customer's ranges may reach the cluster's API, and nothing else
//	EnsurePeeringNames      the cluster's private names answer in the customer's network
//	ProbePeering            proves the path from both sides
type Peered interface {
	// Network describes the network of a cluster. A cluster that has none yet is an error.
	Network(ctx context.Context, s ClusterSpec) (NetworkInfo, error)

	// CheckPeering looks at both sides, as far as they can be seen, and changes nothing. It returns a finding for each thing
	// that it looked at, those that are in order as well; an error only when it could not look.
	CheckPeering(ctx context.Context, p Peering) ([]Finding, error)

	// EnsurePeering requests the connection and returns what the customer has to do to accept it, the same each time. A
	// request that was rejected or has expired is made anew.
	EnsurePeering(ctx context.Context, p Peering) (Invitation, error)
	// PeeringState tells how far the connection is.
	PeeringState(ctx context.Context, p Peering) (PeeringState, error)
	// RemovePeering ends the connection or takes the request back.
	RemovePeering(ctx context.Context, p Peering) error

	EnsurePeeringRoutes(ctx context.Context, p Peering) error
	RemovePeeringRoutes(ctx context.Context, p Peering) error
	EnsurePeeringRules(ctx context.Context, p Peering) error
	RemovePeeringRules(ctx context.Context, p Peering) error
	EnsurePeeringNames(ctx context.Context, p Peering) error
	RemovePeeringNames(ctx context.Context, p Peering) error

	// ProbePeering tries the path from both sides, zone by zone, once. A path that does not work is a Probe with a Problem,
	// not an error.
	ProbePeering(ctx context.Context, p Peering) ([]Probe, error)
}

// PeeringProber is a [Peered] that knows whether ProbePeering needs somebody to call from the customer's network. One that does not
// is asked again and again.
type PeeringProber interface {
	ProbesAlone() bool
}

// Peering asks for a connection between the network of a cluster and one of the customer's. It holds no secrets.
type Peering struct {
	ID      string      `json:"id"` // lower-case letters, digits and _, at most 64; never used again
	Cluster ClusterSpec `json:"-"`  // stands beside the peering in a [Request]
	Peer    Peer        `json:"peer"`
	// Others are the customer's networks that the cluster is connected to already, or that are asked for.
	Others []Peer `json:"others,omitempty"`
}

// Peer is a network of the customer's, as they describe it.
type Peer struct {
	Account string `json:"account"` // who owns it in the cloud: for AWS, 12 digits
	Network string `json:"network"` // its id in the cloud: for AWS, vpc-…
	Region  string `json:"region"`
	// Ranges are all ranges of the network, of which workers have their addresses. At least one.
	Ranges []netip.Prefix `json:"ranges"`
	// Zones are ids of the zones in which workers run. Names of zones will not do: the same name is another zone in
	// another account. Empty: not known.
	Zones []string `json:"zones,omitempty"`
}

// NetworkInfo describes the network of a cluster.
type NetworkInfo struct {
	Account string       `json:"account"`
	ID      string       `json:"id"`
	Region  string       `json:"region"`
	Range   netip.Prefix `json:"range"`
	// Endpoint is the Conductor API root as connected networks reach it, by the private name of the whole cluster; it
	// ends in /api.
	Endpoint string `json:"endpoint"`
	Zones    []Zone `json:"zones"`
}

// Zone is a part of a network that fails on its own.
type Zone struct {
	ID    string       `json:"id"` // the same in all accounts
	Range netip.Prefix `json:"range"`
	// Endpoint is the Conductor API root in this zone: workers that run in it stay in it. Empty: the zone has no node.
	Endpoint string `json:"endpoint,omitempty"`
}

// PeeringState is how far a connection is.
type PeeringState string

// The states of connections.
const (
	PeeringNone         PeeringState = "none" // there is neither a request nor a connection
	PeeringPending      PeeringState = "pending-acceptance"
	PeeringProvisioning PeeringState = "provisioning" // accepted, and not yet usable
	PeeringActive       PeeringState = "active"
	PeeringRejected     PeeringState = "rejected"
	PeeringExpired      PeeringState = "expired"
	PeeringFailed       PeeringState = "failed"
	PeeringDeleted      PeeringState = "deleted" // by one of the sides
)

// Level says what a finding means for the peering.
type Level string

// The levels.
const (
	LevelOK      Level = "ok"
	LevelWarning Level = "warning" // it will work, with a disadvantage
	LevelProblem Level = "problem" // it cannot work
)

// Finding is the result of one pre-flight check, in words for people who are not specialists.
type Finding struct {
	Check string `json:"check"` // what was looked at: ranges, network, names, routes, zones or quotas
	Level Level  `json:"level"`
	Text  string `json:"text"`          // what was found
	Fix   string `json:"fix,omitempty"` // what to do about it
}

// Invitation is what the customer has to do, in their own account, to accept a request: by hand, with a command line, or with
// Terraform. It holds no secrets.
type Invitation struct {
	Instruction
	Connection string    `json:"connection"` // the cloud's id of the connection, which the customer sees as well
	ExpiresAt  time.Time `json:"expiresAt"`  // zero: it does not
}

// Side is one end of a peering.
type Side string

// The sides.
const (
	ClusterSide  Side = "cluster"
	CustomerSide Side = "customer"
)

// Probe is one attempt to reach the other side.
type Probe struct {
	From    Side          `json:"from"`
	Zone    string        `json:"zone"` // of the cluster
	To      string        `json:"to"`   // host and port
	Took    time.Duration `json:"took,omitempty"`
	Problem string        `json:"problem,omitempty"` // why it was not reached; empty: it was
	Fix     string        `json:"fix,omitempty"`
}
