package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/pricing"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// Store keeps clusters and their keys. What is absent is a problem of kind NotFound.
type Store interface {
	// CreateCluster stores a cluster and the operation that creates it. A name that is taken is a problem of kind Conflict.
	// If i.Key is set and was used before, it stores nothing and returns the cluster of the first call, or a problem when
	// that call asked for something else (Invalid) or its cluster is gone (Conflict).
	CreateCluster(ctx context.Context, c Cluster, r operation.Record, i Idempotency, e audit.Entry) (stored Cluster, created bool, err error)
	// Clusters lists the clusters of an organization, by name.
	Clusters(ctx context.Context, organization string) ([]Cluster, error)
	// Cluster returns one by name.
	Cluster(ctx context.Context, organization, name string) (Cluster, error)
	// CloudAccount returns an account of the organization in which clusters can be made.
	CloudAccount(ctx context.Context, organization, id string) (cloudaccount.Account, error)
	// ClusterPlace returns where a cluster is, as package authz asks for it, found by name or, without one, by id.
	ClusterPlace(ctx context.Context, organization, name, id string) (authz.Scope, error)
	// DeleteCluster stores the operation that deletes a cluster and returns it with true; or, while an earlier one still
	// runs, that one and false.
	DeleteCluster(ctx context.Context, organization, name string, r operation.Record, e audit.Entry) (operation.Record, bool, error)

	// Rules returns what an organization demands, of keys too.
	Rules(ctx context.Context, organization string) (tenant.Rules, error)
	// CreateAccessKey stores a key of a cluster and returns the revision of the configuration that tells of it.
	CreateAccessKey(ctx context.Context, organization string, k AccessKey, e audit.Entry) (revision int64, err error)
	// AccessKeys lists the keys of a cluster, newest first.
	AccessKeys(ctx context.Context, organization, cluster string) ([]AccessKey, error)
	// ChangeAccessKey stores what f makes of a key, and returns it with the revision of the configuration that tells of it.
	ChangeAccessKey(ctx context.Context, organization, cluster, key string, f func(*AccessKey) error, e audit.Entry) (k AccessKey, revision int64, err error)
	// DeleteAccessKey deletes a key and reports whether it was there.
	DeleteAccessKey(ctx context.Context, organization, cluster, key string, e audit.Entry) (bool, error)
	// Audit records something that changes nothing else.
	Audit(ctx context.Context, e audit.Entry) error

	LifecycleStore
}

// Idempotency is a caller's promise that equal keys mean the same call. An empty Key promises nothing.
type Idempotency struct {
	AccountID   string
	Key         string
	RequestHash string
}

// Fleet is what the service needs of the link to the data planes.
type Fleet interface {
	// AwaitApplied waits until the data plane of a cluster has applied a revision; false: ctx ended first.
	AwaitApplied(ctx context.Context, cluster string, revision int64) bool
	// Invite makes a one-time token for a data plane in the customer's network.
	Invite(ctx context.Context, cluster string) (token string, expires time.Time, err error)
	// Console returns where browsers reach a cluster's console through the link of its data plane; false: not that way.
	Console(ctx context.Context, cluster string) (url string, ok bool)
}

// Carrier carries out operations that have been stored.
type Carrier interface {
	Submit(r operation.Record)
}

// Signer signs people into the consoles of clusters.
type Signer interface {
	ConsoleToken(p identity.Pass) (token string, expires time.Time, err error)
}

// Deps is what a Service works with. All fields but Prices are required.
type Deps struct {
	Store   Store
	Fleet   Fleet
	Carrier Carrier
	Planner Planner
	Signer  Signer
	Sealer  Sealer
	Hub     *notify.Hub
	Clouds  []string // names of the clouds that clusters can be created in
	Prices  *pricing.List
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service is what people do with clusters. Make it with New.
type Service struct {
	Deps
	since time.Time
}

// New returns the service. Silence of data planes counts from now on.
func New(d Deps) *Service { return &Service{Deps: d, since: d.Now()} }

const maxIdempotent = 128 // bytes of an idempotency key

// CreateInput asks for a cluster. What it leaves open is chosen by the cloud.
type CreateInput struct {
	Name           string
	Cloud          string // "" means local
	Region         string
	Size           string
	Nodes          int
	Model          provisioner.Model
	Version        string
	CIDR           string
	AccountID      string // of the organization's cloud account that it runs in; "" means one of ours
	Source         string // name of the cluster whose Backup it begins with
	Backup         string
	ProjectID      string // "" means the default one
	IdempotencyKey string // "" means none
}

// creation checks in and returns what has to be carried out to make the cluster of that id.
func (s *Service) creation(ctx context.Context, o tenant.Organization, in CreateInput, cluster string) (provisioner.Request, error) {
	if in.Cloud == "" {
		in.Cloud = "local"
	}
	r := provisioner.Request{Kind: provisioner.CreateCluster, Cluster: provisioner.ClusterSpec{
		ID: cluster, Name: in.Name, Organization: o.Name, Cloud: in.Cloud, Region: in.Region, Size: in.Size, Nodes: in.Nodes,
		Model: in.Model, Version: in.Version, CIDR: in.CIDR, Account: in.AccountID,
	}}
	var check problem.Check
	check.Field("name", naming.Check(in.Name))
	if !slices.Contains(s.Clouds, in.Cloud) {
		check.Field("cloud", "must be one of "+strings.Join(s.Clouds, ", "))
	}
	if len(in.IdempotencyKey) > maxIdempotent {
		check.Field("Idempotency-Key", fmt.Sprintf("must have at most %d characters", maxIdempotent))
	}
	if err := check.Err(); err != nil {
		return r, err
	}
	if in.AccountID != "" {
		a, err := s.Store.CloudAccount(ctx, o.ID, in.AccountID)
		switch {
		case problem.KindOf(err) == problem.NotFound:
			return r, problem.Wrong("account", "is no cloud account of the organization")
		case err != nil:
			return r, err
		case a.State != cloudaccount.Active:
			return r, problem.Wrong("account", "is not active: check it on the page Cloud accounts first")
		case in.Region != "" && in.Region != a.Region:
			return r, problem.Wrong("region", "must be "+a.Region+", that of the account")
		}
		r.Cluster.Region = a.Region
	}
	if in.Backup != "" {
		b, err := s.Store.Backup(ctx, o.ID, in.Source, in.Backup)
		if problem.KindOf(err) == problem.NotFound {
			return r, problem.Wrong("backup", "is not a backup of the cluster that source names")
		}
		if err != nil {
			return r, err
		}
		r.From = sourceOf(b)
	}
	r, err := s.Planner.Check(ctx, r)
	return r, problem.Of(err)
}

// Create stores the intent and has it carried out; it does not wait for that.
func (s *Service) Create(ctx context.Context, by audit.Actor, o tenant.Organization, in CreateInput) (Cluster, error) {
	if in.Cloud == "" {
		in.Cloud = "local"
	}
	request, err := s.creation(ctx, o, in, id.New("clu"))
	if err != nil {
		return Cluster{}, err
	}
	now, spec := s.Now(), request.Cluster
	c := Cluster{
		ID: spec.ID, OrganizationID: o.ID, Organization: o.Name, Name: in.Name, ProjectID: in.ProjectID, Cloud: spec.Cloud, Status: Creating,
		OperationID: id.New("op"), Revision: 1, Version: 1, CreatedAt: now,
		Region: spec.Region, Size: spec.Size, Nodes: spec.Nodes, Model: spec.Model, Software: spec.Version, CIDR: spec.CIDR, AccountID: spec.Account, BackupKeep: 7,
	}
	r := record(c, request, c.OperationID, by, now)
	asked, err := json.Marshal(in)
	if err != nil {
		return Cluster{}, fmt.Errorf("encode request: %w", err)
	}
	stored, created, err := s.Store.CreateCluster(ctx, c, r,
		Idempotency{by.AccountID, in.IdempotencyKey, digest(string(asked))},
		audit.Entry{
			At: now, Actor: by, Organization: o.ID, Action: "cluster.create", Target: "cluster/" + c.Name,
			After: map[string]any{
				"id": c.ID, "name": c.Name, "cloud": c.Cloud, "operation": r.ID, "region": c.Region, "size": c.Size, "nodes": c.Nodes,
			},
		})
	if err != nil {
		return Cluster{}, err
	}
	if created {
		s.carryOut(r)
	}
	return s.observed(stored), nil
}

// Delete stores the intent and has it carried out. A deletion that runs already is returned as it is, but for a forced one,
// which ends it. Only a cluster that serves has a grace.
func (s *Service) Delete(ctx context.Context, by audit.Actor, o tenant.Organization, name string, in Change) (operation.Record, error) {
	now := s.Now()
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return operation.Record{}, err
	}
	if !c.Served() {
		in.GraceSeconds = 0
	}
	request, err := s.request(ctx, o, c, in)
	if err != nil {
		return operation.Record{}, err
	}
	r, created, err := s.Store.DeleteCluster(ctx, o.ID, name, record(c, request, id.New("op"), by, now),
		audit.Entry{
			At: now, Actor: by, Organization: o.ID, Action: "cluster.delete", Target: "cluster/" + name,
			Before: map[string]string{"id": c.ID, "name": c.Name, "cloud": c.Cloud, "status": string(c.Status)},
		})
	if err != nil {
		return operation.Record{}, err
	}
	if created {
		s.carryOut(r)
	}
	return r, nil
}

func record(c Cluster, r provisioner.Request, id string, by audit.Actor, now time.Time) operation.Record {
	return operation.Record{
		ID: id, OrganizationID: c.OrganizationID, Organization: c.Organization, Kind: r.Kind, State: operation.Running,
		ClusterID: c.ID, Cluster: c.Name, Cloud: c.Cloud, Request: r, CreatedBy: by.Email, CreatedAt: now,
	}
}

// carryOut hands over what is stored. It is not lost when the process dies: the carrier finds it again.
func (s *Service) carryOut(r operation.Record) {
	s.Hub.Wake(notify.Organization(r.OrganizationID), notify.Operation(r.ID))
	s.Carrier.Submit(r)
}

// List returns the clusters of an organization, by name.
func (s *Service) List(ctx context.Context, o tenant.Organization) ([]Cluster, error) {
	all, err := s.Store.Clusters(ctx, o.ID)
	for i, c := range all {
		all[i] = s.observed(c)
	}
	return all, err
}

// Get returns a cluster by name.
func (s *Service) Get(ctx context.Context, o tenant.Organization, name string) (Cluster, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	return s.observed(c), err
}

// Place returns where a cluster is, found by name or, without one, by id.
func (s *Service) Place(ctx context.Context, o tenant.Organization, name, id string) (authz.Scope, error) {
	return s.Store.ClusterPlace(ctx, o.ID, name, id)
}

// observed shows a cluster that is silent as unreachable, and where it is reached only while it can be used.
func (s *Service) observed(c Cluster) Cluster {
	if c.Status == Ready && c.Paused {
		c.Status = Paused // its address stays the same
		return c
	}
	if !c.Served() {
		c.Endpoint, c.Console = "", ""
		return c
	}
	if !c.Reachable(s.Now(), s.since) {
		c.Status = Unreachable
		c.Reason = "Its data plane has not called for a minute or longer."
	}
	return c
}

// ConsoleSession is a link into the console of a cluster.
type ConsoleSession struct {
	URL       string // with the token in its fragment, which browsers do not send
	ExpiresAt time.Time
}

// OpenConsole signs an account into the console of a cluster, with the role and the groups of the pass, whose other fields
// are not read but for the account. Each call makes a new link.
func (s *Service) OpenConsole(ctx context.Context, by audit.Actor, p identity.Pass, o tenant.Organization, name string) (ConsoleSession, error) {
	if p.Role == "" {
		return ConsoleSession{}, problem.New(problem.Denied, "Your roles give you nothing to do in the cluster.")
	}
	c, err := s.served(ctx, o, name)
	if err != nil {
		return ConsoleSession{}, err
	}
	p.Cluster, p.Life = c.ID, identity.PassLife
	token, expires, err := s.Signer.ConsoleToken(p)
	if err != nil {
		return ConsoleSession{}, err
	}
	err = s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "console.open", Target: "cluster/" + name,
		After: map[string]string{"role": string(p.Role)},
	})
	address := c.Console
	if through, ok := s.Fleet.Console(ctx, c.ID); ok {
		address = through // the customer allows it, so that it can be reached from anywhere
	}
	return ConsoleSession{strings.TrimSuffix(address, "/") + "/#token=" + token, expires}, err
}

// served returns a cluster that applications may use.
func (s *Service) served(ctx context.Context, o tenant.Organization, name string) (Cluster, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err == nil && c.Paused && c.Status == Ready {
		return Cluster{}, problem.New(problem.Conflict, "The cluster is paused; resume it first.")
	}
	if err == nil && !c.Served() {
		return Cluster{}, problem.New(problem.Conflict, "The cluster is %s; it must be READY.", c.Status)
	}
	return c, err
}
