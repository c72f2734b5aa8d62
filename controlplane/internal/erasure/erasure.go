// Package erasure deletes organizations.
//
// An owner asks for it; from then on the organization is closed, and everybody in it is told until when an owner may keep it.
// After this grace an operation has its clusters and their backups deleted, destroys the keys that its secrets are sealed with,
// and removes everything else. What stays is the audit log, and a row without a name that it belongs to. [Service] is what
// people ask for and what begins operations in time; its methods of [provisioner.Organizations] are their steps.
package erasure

import (
	"context"
	"log/slog"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// Store keeps what is to be deleted. What is absent is a problem of kind NotFound.
type Store interface {
	// AskDeletion stores that an organization is to be deleted at a time, unless that is asked already. One with clusters that
	// are protected from deletion is a problem of kind Conflict that names them.
	AskDeletion(ctx context.Context, organization string, l tenant.Life, e audit.Entry) error
	// KeepOrganization takes that back; once the operation has begun it is a problem of kind Conflict.
	KeepOrganization(ctx context.Context, organization string, e audit.Entry) error
	// DueDeletions lists the organizations whose grace ends before a time and which no running operation deletes, the first due
	// first. Those that are suspended wait.
	DueDeletions(ctx context.Context, before time.Time) ([]tenant.Organization, error)
	// BeginDeletion stores the operation that deletes an organization, and reports whether it is still to be deleted.
	BeginDeletion(ctx context.Context, r operation.Record, e audit.Entry) (bool, error)
	// Erase deletes everything of an organization but its audit log and running operations. It may be repeated.
	Erase(ctx context.Context, organization string, e audit.Entry) error

	Clusters(ctx context.Context, organization string) ([]cluster.Cluster, error)
	Operation(ctx context.Context, id string) (operation.Record, error)
	Backups(ctx context.Context, organization, name string) ([]cluster.Backup, error)
	DropBackup(ctx context.Context, cluster, backup string) error
}

// Clusters deletes clusters.
type Clusters interface {
	Delete(ctx context.Context, by audit.Actor, o tenant.Organization, name string, in cluster.Change) (operation.Record, error)
}

// Clouds knows where backups are.
type Clouds interface {
	Backups(s provisioner.ClusterSpec) (provisioner.Backups, error)
}

// Keys destroys what secrets are sealed with.
type Keys interface {
	Destroy(ctx context.Context, organization string) error
}

// Carrier carries out operations that have been stored.
type Carrier interface {
	Submit(r operation.Record)
}

// Deps is what a Service works with. All fields are required.
type Deps struct {
	Store    Store
	Clusters Clusters
	Clouds   Clouds
	Keys     Keys
	Carrier  Carrier
	Hub      *notify.Hub
	Grace    time.Duration
	Now      func() time.Time
	Logger   *slog.Logger
}

// Service deletes organizations. Make it with New.
type Service struct {
	Deps
	asked chan struct{} // somebody has just asked
}

var _ provisioner.Organizations = (*Service)(nil)

// New returns the service.
func New(d Deps) *Service { return &Service{d, make(chan struct{}, 1)} }

// Ask has an organization deleted after the grace. name is what the owner has typed to confirm it. It is not repeatable by
// people, as the organization is closed from then on.
func (s *Service) Ask(ctx context.Context, by audit.Actor, o tenant.Organization, name string) (tenant.Organization, error) {
	if name != o.Name {
		return o, problem.Wrong("name", "must be the name of the organization, "+o.Name)
	}
	now := s.Now()
	o.DeletionAskedAt, o.DeletionAskedBy, o.DeleteAt = now, by.Email, now.Add(s.Grace)
	err := s.Store.AskDeletion(ctx, o.ID, o.Life, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "organization.delete", Target: "organization/" + o.Name,
		After: map[string]string{"deleteAt": o.DeleteAt.UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return o, err
	}
	select {
	case s.asked <- struct{}{}:
	default: // it is about to look already
	}
	return o, nil
}

// Keep takes the deletion back. Repeating it changes nothing.
func (s *Service) Keep(ctx context.Context, by audit.Actor, o tenant.Organization) (tenant.Organization, error) {
	if o.State() == tenant.Suspended {
		return o, o.Open()
	}
	if o.DeletionAskedAt.IsZero() {
		return o, nil
	}
	err := s.Store.KeepOrganization(ctx, o.ID, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "organization.keep", Target: "organization/" + o.Name,
	})
	o.Life = tenant.Life{}
	return o, err
}

// lookEvery is the longest pause between two looks at what is due.
const lookEvery = time.Minute

// Run begins the deletions whose grace is over, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		pause, err := s.begin(ctx)
		if err != nil && ctx.Err() == nil {
			s.Logger.ErrorContext(ctx, "delete organizations", "error", err)
		}
		select {
		case <-time.After(pause):
		case <-s.asked:
		case <-ctx.Done():
			return nil
		}
	}
}

// begin begins what is due and returns when to look again.
func (s *Service) begin(ctx context.Context) (time.Duration, error) {
	now := s.Now()
	due, err := s.Store.DueDeletions(ctx, now.Add(lookEvery))
	if err != nil {
		return lookEvery, err
	}
	for _, o := range due {
		if rest := o.DeleteAt.Sub(now); rest > 0 {
			return rest, nil
		}
		r := operation.Record{
			ID: id.New("op"), OrganizationID: o.ID, Organization: o.Name, Kind: provisioner.DeleteOrganization, State: operation.Running,
			ClusterID: o.ID, // one operation at a time has the organization
			Request:   provisioner.Request{Kind: provisioner.DeleteOrganization, Organization: &provisioner.Organization{ID: o.ID, Name: o.Name}},
			CreatedBy: o.DeletionAskedBy, CreatedAt: now,
		}
		begun, err := s.Store.BeginDeletion(ctx, r, audit.Entry{
			At: now, Organization: o.ID, Action: "operation.begin", Target: "organization/" + o.Name,
			After: map[string]string{"kind": string(r.Kind), "operation": r.ID},
		})
		if err != nil {
			return lookEvery, err
		}
		if begun {
			s.Hub.Wake(notify.Organization(o.ID))
			s.Carrier.Submit(r)
		}
	}
	return lookEvery, nil
}

// DeleteClusters implements [provisioner.Organizations].
func (s *Service) DeleteClusters(ctx context.Context, organization string) ([]string, error) {
	clusters, err := s.Store.Clusters(ctx, organization)
	if err != nil {
		return nil, err
	}
	left := make([]string, len(clusters))
	for i, c := range clusters {
		left[i] = c.Name
		if wait, err := s.underWay(ctx, c); err != nil || wait {
			if err != nil {
				return nil, err
			}
			continue
		}
		o := tenant.Organization{ID: c.OrganizationID, Name: c.Organization}
		if _, err := s.Clusters.Delete(ctx, audit.Actor{}, o, c.Name, cluster.Change{Kind: provisioner.DeleteCluster}); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// rest is the pause after a deletion of a cluster that failed.
const rest = 30 * time.Second

// underWay reports whether the deletion of a cluster runs, or has failed so lately that it is too early to begin another one.
func (s *Service) underWay(ctx context.Context, c cluster.Cluster) (bool, error) {
	if c.Status != cluster.Deleting {
		return false, nil
	}
	r, err := s.Store.Operation(ctx, c.OperationID)
	return err == nil && (r.State == operation.Running || s.Now().Sub(r.EndedAt) < rest), err
}

// DeleteBackups implements [provisioner.Organizations].
func (s *Service) DeleteBackups(ctx context.Context, organization string) error {
	backups, err := s.Store.Backups(ctx, organization, "")
	if err != nil {
		return err
	}
	for _, b := range backups {
		cloud, err := s.Clouds.Backups(b.Spec)
		if err != nil {
			return err
		}
		if err := cloud.RemoveBackup(ctx, b.Spec, b.Name); err != nil {
			return err
		}
		if err := s.Store.DropBackup(ctx, b.Spec.ID, b.Name); err != nil {
			return err
		}
	}
	return nil
}

// DestroyKeys implements [provisioner.Organizations].
func (s *Service) DestroyKeys(ctx context.Context, organization string) error {
	return s.Keys.Destroy(ctx, organization)
}

// Erase implements [provisioner.Organizations].
func (s *Service) Erase(ctx context.Context, organization string) error {
	err := s.Store.Erase(ctx, organization, audit.Entry{
		At: s.Now(), Organization: organization, Action: "organization.deleted", Target: "organization/" + organization,
	})
	if err == nil {
		s.Hub.Wake(notify.Organization(organization))
	}
	return err
}
