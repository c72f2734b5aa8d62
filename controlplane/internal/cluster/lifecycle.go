package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// LifecycleStore keeps what changes clusters. What is absent is a problem of kind NotFound.
type LifecycleStore interface {
	// BeginOperation stores an operation on a cluster that serves or is paused, or finds the one that the same call made
	// before. While another one runs it is a problem of kind Conflict.
	BeginOperation(ctx context.Context, r operation.Record, i Idempotency, e audit.Entry) (operation.Record, bool, error)
	// CancelOperation remembers who wants an operation to end.
	CancelOperation(ctx context.Context, id, by string, e audit.Entry) (operation.Record, error)
	// ClusterOperations lists the operations of a cluster, newest first.
	ClusterOperations(ctx context.Context, organization, cluster string, limit int) ([]operation.Record, error)
	// ChangeSettings stores the settings, and when the next scheduled copy is due; zero: never.
	ChangeSettings(ctx context.Context, organization, name string, s Settings, due time.Time, e audit.Entry) error
	// Backups lists the copies of an organization's cluster of a name, all with "", newest first.
	Backups(ctx context.Context, organization, name string) ([]Backup, error)
	Backup(ctx context.Context, organization, name, backup string) (Backup, error)
	BackupKeyStore
	EventStore
	// LiftFence stores that the fence of a cluster is to be lifted, and returns the revision of the configuration that tells of it.
	LiftFence(ctx context.Context, organization, cluster, fence string, e audit.Entry) (revision int64, err error)
}

// Planner knows what can be done in the clouds.
type Planner interface {
	Check(ctx context.Context, r provisioner.Request) (provisioner.Request, error)
	Catalogs(ctx context.Context) (map[string]provisioner.Catalog, error)
	Leftovers(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Resource, error)
	Hurry(ctx context.Context, operationID string) error
	Backups(s provisioner.ClusterSpec) (provisioner.Backups, error)
	CheckRoom(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Finding, error)
}

// Change asks for an operation on a cluster. What it leaves open stays as it is.
type Change struct {
	Kind           operation.Kind
	Size           string
	Nodes          int
	Version        string
	Backup         string // to make, "" lets a name be chosen; to restore or to remove
	Source         string // restore: name of the cluster whose copy it is; "" means its own
	GraceSeconds   int64  // of a deletion
	IdempotencyKey string
}

// Preview says what an operation will do.
type Preview struct {
	Effects     []string // sentences
	Currency    string   // of the prices; "": nothing is charged for
	PriceBefore int64    // hundredths of the currency for 30 days
	PriceAfter  int64
	Interrupts  bool // applications notice
	LosesData   bool
}

const longestGrace = 30 * 24 * 60 * 60 // seconds

// request turns a change into what the provisioner carries out.
func (s *Service) request(ctx context.Context, o tenant.Organization, c Cluster, in Change) (provisioner.Request, error) {
	before := c.Spec()
	r := provisioner.Request{Kind: in.Kind, Cluster: before, Before: before, GraceSeconds: in.GraceSeconds}
	var check problem.Check
	unchanged := func(field string, same bool) {
		if same {
			check.Field(field, "must differ from what the cluster has")
		}
	}
	switch in.Kind {
	case provisioner.ResizeCluster:
		r.Cluster.Size = in.Size
		unchanged("size", in.Size == "" || in.Size == c.Size)
	case provisioner.ScaleCluster:
		r.Cluster.Nodes = in.Nodes
		unchanged("nodes", in.Nodes == 0 || in.Nodes == c.Nodes)
	case provisioner.UpgradeCluster:
		r.Cluster.Version = in.Version
		unchanged("version", in.Version == "" || in.Version == c.Software)
		r.Backup = s.beforeUpgrade(before)
	case provisioner.PauseCluster, provisioner.RotateCredentials, provisioner.DeleteCluster, provisioner.ForceDelete:
	case provisioner.ResumeCluster:
	case provisioner.BackupCluster:
		r.Backup = in.Backup
		if r.Backup == "" {
			r.Backup = "manual-" + s.Now().Format("20060102-150405")
		}
	case provisioner.RemoveBackup:
		r.Backup = in.Backup
	case provisioner.RestoreCluster:
		source := in.Source
		if source == "" {
			source = c.Name
		}
		b, err := s.Store.Backup(ctx, o.ID, source, in.Backup)
		if problem.KindOf(err) == problem.NotFound {
			return r, problem.Wrong("backup", "is not a backup of the cluster "+source)
		}
		if err != nil {
			return r, err
		}
		r.From = sourceOf(b)
	default:
		check.Field("kind", "is not something that can be done to a cluster")
	}
	if in.GraceSeconds < 0 || in.GraceSeconds > longestGrace {
		check.Field("graceSeconds", fmt.Sprintf("must be 0 to %d", longestGrace))
	}
	if len(in.IdempotencyKey) > maxIdempotent {
		check.Field("Idempotency-Key", fmt.Sprintf("must have at most %d characters", maxIdempotent))
	}
	if err := check.Err(); err != nil {
		return r, err
	}
	r, err := s.Planner.Check(ctx, r)
	return r, problem.Of(err)
}

// possible says why a change cannot begin now.
func possible(c Cluster, k operation.Kind) error {
	switch k {
	case provisioner.DeleteCluster, provisioner.ForceDelete, provisioner.RemoveBackup:
		return nil
	case provisioner.ResumeCluster:
		if c.Status == Ready && c.Paused {
			return nil
		}
		return problem.New(problem.Conflict, "The cluster is not paused.")
	}
	if c.Status == Ready && c.Paused {
		return problem.New(problem.Conflict, "The cluster is paused; resume it first.")
	}
	if c.Status != Ready {
		return problem.New(problem.Conflict, "The cluster is %s; it must be READY.", c.Status)
	}
	return nil
}

// Begin stores an operation on a cluster and has it carried out; it does not wait for that.
func (s *Service) Begin(ctx context.Context, by audit.Actor, o tenant.Organization, name string, in Change) (operation.Record, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return operation.Record{}, err
	}
	if in.Kind == provisioner.DeleteCluster || in.Kind == provisioner.ForceDelete {
		return s.Delete(ctx, by, o, name, in)
	}
	r, err := s.request(ctx, o, c, in)
	if err != nil {
		return operation.Record{}, err
	}
	asked, err := json.Marshal(in)
	if err != nil {
		return operation.Record{}, fmt.Errorf("encode change: %w", err)
	}
	return s.begin(ctx, by, c, r, Idempotency{by.AccountID, in.IdempotencyKey, digest(name, string(asked))})
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = io.WriteString(h, p+"\x00") // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Service) begin(ctx context.Context, by audit.Actor, c Cluster, r provisioner.Request, i Idempotency) (operation.Record, error) {
	if err := possible(c, r.Kind); err != nil && r.Kind != provisioner.CreateCluster {
		return operation.Record{}, err
	}
	now := s.Now()
	stored, begun, err := s.Store.BeginOperation(ctx, record(c, r, id.New("op"), by, now), i, audit.Entry{
		At: now, Actor: by, Organization: c.OrganizationID, Action: "operation.begin", Target: "cluster/" + c.Name,
		Before: described(r.Before), After: map[string]any{"kind": r.Kind, "cluster": described(r.Cluster), "backup": r.Backup},
	})
	if err != nil {
		return operation.Record{}, err
	}
	if begun {
		s.carryOut(stored)
	}
	return stored, nil
}

func described(c provisioner.ClusterSpec) map[string]any {
	return map[string]any{"size": c.Size, "nodes": c.Nodes, "version": c.Version, "region": c.Region}
}

// Cancel ends an operation and has what it did undone. One that is being cancelled already is returned as it is.
func (s *Service) Cancel(ctx context.Context, by audit.Actor, o operation.Operation) (operation.Record, error) {
	if !o.Can(operation.Cancel) && o.CancelledBy == "" {
		return operation.Record{}, problem.New(problem.Conflict, "The operation cannot be cancelled (any more).")
	}
	r, err := s.Store.CancelOperation(ctx, o.ID, by.Email, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.OrganizationID, Action: "operation.cancel", Target: "operation/" + o.ID,
	})
	if err != nil {
		return operation.Record{}, err
	}
	s.carryOut(r)
	return r, nil
}

// Retry begins an operation anew that has failed or was cancelled: all it does is to make things so, and what is so already is
// passed over.
func (s *Service) Retry(ctx context.Context, by audit.Actor, o tenant.Organization, op operation.Operation) (operation.Record, error) {
	if !op.Can(operation.Retry) {
		return operation.Record{}, problem.New(problem.Conflict, "The operation has not failed.")
	}
	c, err := s.Store.Cluster(ctx, o.ID, op.Cluster)
	if err != nil {
		return operation.Record{}, err
	}
	if c.ID != op.ClusterID {
		return operation.Record{}, problem.New(problem.Conflict, "The cluster of this operation is gone; another one has its name now.")
	}
	if op.Kind == provisioner.DeleteCluster || op.Kind == provisioner.ForceDelete {
		return s.Delete(ctx, by, o, op.Cluster, Change{Kind: op.Kind, GraceSeconds: op.Request.GraceSeconds})
	}
	r := op.Request
	if r.Kind == provisioner.UpgradeCluster { // the backup of the former attempt does not have what happened since
		r.Backup = s.beforeUpgrade(r.Before)
	}
	return s.begin(ctx, by, c, r, Idempotency{})
}

// Resume makes an operation look again now that sleeps.
func (s *Service) Resume(ctx context.Context, by audit.Actor, o operation.Operation) error {
	if o.State != operation.Running {
		return problem.New(problem.Conflict, "The operation has ended.")
	}
	if err := s.Planner.Hurry(ctx, o.ID); err != nil {
		return err
	}
	return s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.OrganizationID, Action: "operation.resume", Target: "operation/" + o.ID,
	})
}

// Leftovers lists what exists of the cluster of an operation right now.
func (s *Service) Leftovers(ctx context.Context, o operation.Operation) ([]provisioner.Resource, error) {
	return s.Planner.Leftovers(ctx, o.Request.Cluster)
}

// History lists the operations of a cluster, newest first, at most 100.
func (s *Service) History(ctx context.Context, o tenant.Organization, name string) ([]operation.Record, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return nil, err
	}
	return s.Store.ClusterOperations(ctx, o.ID, c.ID, 100)
}

// Settings changes what needs no operation.
func (s *Service) Settings(ctx context.Context, by audit.Actor, o tenant.Organization, name string, set Settings) (Cluster, error) {
	var check problem.Check
	if set.BackupHours < 0 || set.BackupHours > 31*24 {
		check.Field("backupEveryHours", "must be 0, for none, to 744")
	}
	if set.BackupKeep < 1 || set.BackupKeep > 1000 {
		check.Field("backupKeep", "must be 1 to 1000")
	}
	if set.BackupDays < 0 || set.BackupDays > 3650 {
		check.Field("backupKeepDays", "must be 0, for any age, to 3650")
	}
	if err := check.Err(); err != nil {
		return Cluster{}, err
	}
	before, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return Cluster{}, err
	}
	now := s.Now()
	var due time.Time
	if set.BackupHours > 0 {
		if _, err := s.Planner.Backups(before.Spec()); err != nil {
			return Cluster{}, problem.Wrong("backupEveryHours", err.Error())
		}
		due = now // the first one at once
	}
	err = s.Store.ChangeSettings(ctx, o.ID, name, set, due, audit.Entry{
		At: now, Actor: by, Organization: o.ID, Action: "cluster.settings", Target: "cluster/" + name,
		Before: map[string]any{"protected": before.Protected, "backupEveryHours": before.BackupHours, "backupKeep": before.BackupKeep, "backupKeepDays": before.BackupDays},
		After:  map[string]any{"protected": set.Protected, "backupEveryHours": set.BackupHours, "backupKeep": set.BackupKeep, "backupKeepDays": set.BackupDays},
	})
	if err != nil {
		return Cluster{}, err
	}
	s.Hub.Wake(notify.Organization(o.ID))
	return s.Get(ctx, o, name)
}
