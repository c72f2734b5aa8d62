// Package peering connects the networks of clusters with those of their owners, in other accounts.
//
// A peering is made and removed by operations; the intent, the operation and the audit entry are one transaction. The operation
// that makes one waits for the owner of the other network, who has to accept it there, and keeps nothing else from the cluster
// meanwhile:
//
//	           create                 connected             delete             removed
//	(nothing) --------> CONNECTING ------------> CONNECTED --------> REMOVING --------> (nothing)
//	                        | it cannot be made                      ^  a removal that failed is asked for again
//	                        +--------> FAILED -----------------------+
//
// [Service.RunWatch] tries the path of what is connected again and again. When it does not work any more the peering is DEGRADED,
// until it works again; nothing is done about it, as most often it is the owner's to mend.
package peering

import (
	"context"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cidr"
)

// State is how far a peering is.
type State string

// The states.
const (
	Connecting State = "CONNECTING"
	Connected  State = "CONNECTED"
	Degraded   State = "DEGRADED" // connected, but the networks do not reach each other now
	Failed     State = "FAILED"
	Removing   State = "REMOVING"
)

// Peering is a connection of a cluster's network, as it is stored.
type Peering struct {
	provisioner.Peer
	ID          string
	ClusterID   string
	State       State
	Reason      string              // why it FAILED or is DEGRADED, or is still there
	Connection  string              // the cloud's id; empty until it is requested
	Probes      []provisioner.Probe // how both sides reached each other
	OperationID string              // the operation that changed it last
	CreatedBy   string              // e-mail
	CreatedAt   time.Time
	ConnectedAt time.Time // zero: never
	DegradedAt  time.Time // zero: it is not
}

// Store keeps peerings. What is absent is a problem of kind NotFound.
type Store interface {
	// Cluster returns one by name.
	Cluster(ctx context.Context, organization, name string) (cluster.Cluster, error)
	// CreatePeering stores a peering and its operation. A network that is connected is a problem of kind Conflict.
	CreatePeering(ctx context.Context, p Peering, r operation.Record, e audit.Entry) error
	Peerings(ctx context.Context, organization, cluster string) ([]Peering, error)
	Peering(ctx context.Context, organization, cluster, id string) (Peering, error)
	// DeletePeering stores the operation that removes a peering and returns it with true; or, while an earlier one still
	// runs, that one and false.
	DeletePeering(ctx context.Context, p Peering, r operation.Record, e audit.Entry) (operation.Record, bool, error)
}

// Clouds knows networks.
type Clouds interface {
	// Network describes the network of a cluster; false when it has none that can be connected.
	Network(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NetworkInfo, bool, error)
	CheckPeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Finding, error)
	// LookAtPeering looks whether networks that were connected still reach each other; no probes: nothing speaks against it.
	LookAtPeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Probe, error)
	// Check says what is wrong with the fields of a request.
	Check(ctx context.Context, r provisioner.Request) (provisioner.Request, error)
}

// Carrier carries out operations that have been stored.
type Carrier interface {
	Submit(r operation.Record)
}

// Deps is what a Service works with. All fields are required.
type Deps struct {
	Store   Store
	Clouds  Clouds
	Carrier Carrier
	Hub     *notify.Hub
	Now     func() time.Time
}

// Service is what people do with peerings.
type Service struct{ Deps }

// New returns the service.
func New(d Deps) *Service { return &Service{d} }

// Input describes the network of the customer's.
type Input struct {
	Account string
	Network string
	Region  string
	Ranges  []string
	Zones   []string
}

// Network describes the network of a cluster; false when it has none that can be connected, or none yet.
func (s *Service) Network(ctx context.Context, o tenant.Organization, name string) (provisioner.NetworkInfo, bool, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil || !c.Served() {
		return provisioner.NetworkInfo{}, false, err
	}
	return s.Clouds.Network(ctx, c.Spec())
}

// List returns the peerings of a cluster, oldest first.
func (s *Service) List(ctx context.Context, o tenant.Organization, name string) ([]Peering, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return nil, err
	}
	return s.Store.Peerings(ctx, o.ID, c.ID)
}

// Get returns a peering.
func (s *Service) Get(ctx context.Context, o tenant.Organization, name, peering string) (Peering, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return Peering{}, err
	}
	return s.Store.Peering(ctx, o.ID, c.ID, peering)
}

// Check makes the pre-flight checks of a peering and changes nothing.
func (s *Service) Check(ctx context.Context, o tenant.Organization, name string, in Input) ([]provisioner.Finding, error) {
	c, err := s.served(ctx, o, name)
	if err != nil {
		return nil, err
	}
	q, err := s.asked(ctx, c, "check", in)
	if err != nil {
		return nil, err
	}
	findings, err := s.Clouds.CheckPeering(ctx, q)
	return findings, problem.Of(err)
}

// Create stores the intent and has it carried out; it does not wait for that.
func (s *Service) Create(ctx context.Context, by audit.Actor, o tenant.Organization, name string, in Input) (Peering, error) {
	c, err := s.served(ctx, o, name)
	if err != nil {
		return Peering{}, err
	}
	q, err := s.asked(ctx, c, id.New("peer"), in)
	if err != nil {
		return Peering{}, err
	}
	now := s.Now()
	p := Peering{
		Peer: q.Peer, ID: q.ID, ClusterID: c.ID, State: Connecting, OperationID: id.New("op"), CreatedBy: by.Email, CreatedAt: now,
	}
	r := record(c, provisioner.CreatePeering, p.OperationID, q, by, now)
	if _, err := s.Clouds.Check(ctx, r.Request); err != nil {
		return Peering{}, problem.Of(err)
	}
	err = s.Store.CreatePeering(ctx, p, r, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "peering.create", Target: "cluster/" + c.Name,
		After: map[string]any{"id": p.ID, "account": p.Account, "network": p.Network, "region": p.Region, "ranges": p.Ranges},
	})
	if err != nil {
		return Peering{}, err
	}
	s.carryOut(r)
	return p, nil
}

// Delete stores the intent and has it carried out. A removal that runs already is returned as it is.
func (s *Service) Delete(ctx context.Context, by audit.Actor, o tenant.Organization, name, peering string) (operation.Record, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return operation.Record{}, err
	}
	p, err := s.Store.Peering(ctx, o.ID, c.ID, peering)
	if err != nil {
		return operation.Record{}, err
	}
	now := s.Now()
	q := provisioner.Peering{ID: p.ID, Cluster: c.Spec(), Peer: p.Peer}
	r, begun, err := s.Store.DeletePeering(ctx, p, record(c, provisioner.DeletePeering, id.New("op"), q, by, now), audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "peering.delete", Target: "cluster/" + c.Name,
		Before: map[string]any{"id": p.ID, "account": p.Account, "network": p.Network, "state": p.State},
	})
	if err == nil && begun {
		s.carryOut(r)
	}
	return r, err
}

// served returns a cluster whose network can be connected now.
func (s *Service) served(ctx context.Context, o tenant.Organization, name string) (cluster.Cluster, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err == nil && !c.Served() {
		err = problem.New(problem.Conflict, "The cluster is not READY.")
	}
	return c, err
}

// asked turns an input into what the provisioner understands.
func (s *Service) asked(ctx context.Context, c cluster.Cluster, id string, in Input) (provisioner.Peering, error) {
	q := provisioner.Peering{
		ID: id, Cluster: c.Spec(), Peer: provisioner.Peer{Account: in.Account, Network: in.Network, Region: in.Region, Zones: in.Zones},
	}
	var check problem.Check
	for i, text := range in.Ranges {
		r, err := cidr.Parse(text)
		if err != nil {
			check.Field(fmt.Sprintf("ranges[%d]", i), err.Error())
		}
		q.Peer.Ranges = append(q.Peer.Ranges, r)
	}
	if err := check.Err(); err != nil {
		return q, err
	}
	known, err := s.Store.Peerings(ctx, c.OrganizationID, c.ID)
	if err != nil {
		return q, err
	}
	for _, p := range known {
		if p.State != Failed && (p.Account != in.Account || p.Network != in.Network) {
			q.Others = append(q.Others, p.Peer)
		}
	}
	return q, nil
}

func record(c cluster.Cluster, k operation.Kind, id string, q provisioner.Peering, by audit.Actor, now time.Time) operation.Record {
	return operation.Record{
		ID: id, OrganizationID: c.OrganizationID, Organization: c.Organization, Kind: k, State: operation.Running,
		ClusterID: c.ID, Cluster: c.Name, Cloud: c.Cloud, CreatedBy: by.Email, CreatedAt: now,
		Request: provisioner.Request{Kind: k, Cluster: q.Cluster, Before: q.Cluster, Peering: &q},
	}
}

func (s *Service) carryOut(r operation.Record) {
	s.Hub.Wake(notify.Organization(r.OrganizationID), notify.Operation(r.ID))
	s.Carrier.Submit(r)
}
