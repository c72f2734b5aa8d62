package provisioner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kind says what is to be done, mostly to a cluster.
type Kind string

// The kinds.
const (
	CreateCluster     Kind = "create-cluster"
	DeleteCluster     Kind = "delete-cluster"
	ForceDelete       Kind = "force-delete-cluster" // forgets the cluster even though something is left of it
	ResizeCluster     Kind = "resize-cluster"       // another size
	ScaleCluster      Kind = "scale-cluster"        // more or fewer nodes
	UpgradeCluster    Kind = "upgrade-cluster"      // another version, node after node
	PauseCluster      Kind = "pause-cluster"        // its nodes stop, its data stays
	ResumeCluster     Kind = "resume-cluster"
	RotateCredentials Kind = "rotate-credentials" //nolint:gosec // of its nodes; a name, not a secret
	BackupCluster     Kind = "back-up-cluster"
	RestoreCluster    Kind = "restore-cluster" // a copy in place of what it keeps now
	RemoveBackup      Kind = "remove-backup"
	CreatePeering     Kind = "create-peering" // connects the network with one of the customer's
	DeletePeering     Kind = "delete-peering"

	DeleteOrganization Kind = "delete-organization" // with all its clusters
)

// Request is what an execution carries out. It is the input of its workflow and holds no secrets.
type Request struct {
	Kind    Kind        `json:"kind"`
	Cluster ClusterSpec `json:"cluster"`          // as it is to be
	Before  ClusterSpec `json:"before"`           // as it is; equal to Cluster where the kind changes nothing of it
	Backup  string      `json:"backup,omitempty"` // name of the copy that is to be made, before an upgrade too, or removed
	From    *Source     `json:"source,omitempty"` // the copy that a creation or a restoration brings in
	// GraceSeconds is how long a deletion waits, with the nodes stopped, before anything is lost.
	GraceSeconds int64 `json:"graceSeconds,omitempty"`
	// Peering is what is to be connected or disconnected.
	Peering *Peering `json:"peering,omitempty"`
	// Organization is what is to be deleted; there is no cluster then.
	Organization *Organization `json:"organization,omitempty"`
}

// flow is how a kind is carried out.
type flow struct {
	workflow string
	undo     string // started when it fails for good or is cancelled; "": nothing has to be undone
}

var flows = map[Kind]flow{
	CreateCluster:     {createWorkflow, rollbackWorkflow},
	DeleteCluster:     {deleteWorkflow, "cluster_delete_rollback"},
	ForceDelete:       {forceWorkflow, ""},
	ResizeCluster:     {"cluster_resize", "cluster_change_rollback"},
	ScaleCluster:      {"cluster_scale", "cluster_change_rollback"},
	UpgradeCluster:    {"cluster_upgrade", "cluster_upgrade_rollback"},
	PauseCluster:      {"cluster_pause", "cluster_change_rollback"},
	ResumeCluster:     {"cluster_resume", "cluster_resume_rollback"},
	RotateCredentials: {"cluster_rotate_credentials", ""},
	BackupCluster:     {"cluster_backup", "cluster_backup_rollback"},
	RestoreCluster:    {"cluster_restore", ""},
	RemoveBackup:      {"cluster_remove_backup", ""},
	CreatePeering:     {peerWorkflow, peerRollbackWorkflow},
	DeletePeering:     {unpeerWorkflow, ""},

	DeleteOrganization: {deleteOrganizationWorkflow, ""},
}

// Start starts carrying out r as the execution operationID; one that exists is left alone. It returns when the execution is
// durable, and waits for Run to have begun. A wrong request is a [workflow.Error] of kind Invalid. What a creation leaves
// open is the default of its cloud's catalog. A deletion ends whatever else is under way for the cluster.
func (p *Provisioner) Start(ctx context.Context, operationID string, r Request) error {
	r, err := p.Check(ctx, r)
	if err != nil {
		return err
	}
	return p.start(ctx, flows[r.Kind].workflow, operationID, r)
}

// Check returns the request with what it leaves open filled in, or what is wrong with it as a [workflow.Error] of kind
// Invalid.
func (p *Provisioner) Check(ctx context.Context, r Request) (Request, error) {
	var err error
	switch r.Kind {
	case DeleteOrganization:
		return r, checkOrganization(r)
	case CreateCluster, ResizeCluster, ScaleCluster, UpgradeCluster:
		r.Cluster, err = p.Complete(ctx, r.Cluster)
	default:
		err = p.validate(r.Cluster)
	}
	if err != nil {
		return r, err
	}
	var w wrong
	if _, known := flows[r.Kind]; !known {
		w.add("kind", "is unknown", string(r.Kind))
	}
	backs := r.Kind == BackupCluster || r.Kind == RemoveBackup || r.Kind == UpgradeCluster && r.Backup != ""
	if backs && !ValidClusterID(r.Backup) {
		w.add("backup", "must be 1 to 64 letters, digits, - or _", r.Backup)
	}
	if r.Kind == RestoreCluster && r.From == nil {
		w.add("backup", "must be given", "")
	}
	if _, able := p.clouds[r.Cluster.Cloud].(Backups); (backs || r.From != nil) && !able {
		w.add("backup", "this cloud makes no copies of clusters", "")
	}
	if r.Kind == CreatePeering || r.Kind == DeletePeering {
		w = append(w, p.wrongPeering(r.Cluster, r.Peering)...)
	}
	if r.GraceSeconds < 0 {
		w.add("graceSeconds", "must not be negative", "")
	}
	if r.Before.ID == "" {
		r.Before = r.Cluster
	}
	return r, w.err()
}

// Cancel ends the execution and undoes what it has done, as the execution that [UndoID] names. It may be called again. One
// that has ended by itself is left alone, as is a deletion past its grace; Cancel then reports false.
func (p *Provisioner) Cancel(ctx context.Context, operationID string, r Request, reason string) (bool, error) {
	e, err := p.engine.Execution(ctx, operationID, false)
	if err != nil {
		return false, fmt.Errorf("cancel: %w", err)
	}
	if e.Status.Terminal() && e.Status != workflow.Terminated {
		return false, nil
	}
	if r.Kind == DeleteCluster && e.Status != workflow.Terminated {
		if late, err := p.tooLate(ctx, operationID); err != nil || late {
			return false, err
		}
	}
	if err := p.engine.Terminate(ctx, operationID, reason); err != nil && workflow.KindOf(err) != workflow.Conflict {
		return false, fmt.Errorf("cancel: %w", err)
	}
	if e, err = p.engine.Execution(ctx, operationID, false); err != nil {
		return false, fmt.Errorf("cancel: %w", err)
	}
	if e.Status != workflow.Terminated {
		return false, nil
	}
	undo := flows[r.Kind].undo
	if undo == "" {
		return true, nil
	}
	if r, err = p.Check(ctx, r); err != nil {
		return false, err
	}
	input, err := workflow.NewPayload(struct {
		Request
		Reason    string `json:"reason"`
		Operation string `json:"workflowId"` // as the engine names what has failed to what undoes it
	}{r, reason, operationID})
	if err != nil {
		return false, fmt.Errorf("cancel: %w", err)
	}
	err = p.engine.StartWithID(ctx, UndoID(operationID), &workflow.StartRequest{Name: undo, CorrelationID: r.Cluster.ID, Input: input})
	if err != nil {
		return false, fmt.Errorf("cancel: %w", err)
	}
	return true, nil
}

// tooLate reports whether a deletion has begun to lose something. One for which it is not stays where it is: it is paused.
func (p *Provisioner) tooLate(ctx context.Context, operationID string) (bool, error) {
	if err := p.engine.Pause(ctx, operationID); err != nil && workflow.KindOf(err) != workflow.Conflict {
		return false, fmt.Errorf("cancel: %w", err)
	}
	e, err := p.engine.Execution(ctx, operationID, true)
	if err != nil {
		return false, fmt.Errorf("cancel: %w", err)
	}
	if !slices.ContainsFunc(e.Tasks, func(t *workflow.Task) bool { return t.ReferenceTaskName == graceStep && t.Status.Terminal() }) {
		return false, nil
	}
	if err := p.engine.Resume(ctx, operationID); err != nil && workflow.KindOf(err) != workflow.Conflict {
		return false, fmt.Errorf("cancel: %w", err)
	}
	return true, nil
}

// graceStep is the task of a deletion before whose end nothing is lost.
const graceStep = "grace"

// UndoID names the execution that undoes a cancelled operation.
func UndoID(operationID string) string { return operationID + "-undo" }

// Undoes reports whether cancelling an operation of the kind has to undo something.
func Undoes(k Kind) bool { return flows[k].undo != "" }

// Hurry makes the sleeping steps of an operation look again now.
func (p *Provisioner) Hurry(ctx context.Context, operationID string) error {
	if err := p.engine.ResetCallbacks(ctx, operationID); err != nil {
		return fmt.Errorf("look again: %w", err)
	}
	return nil
}

// Leftovers lists what exists of a cluster right now.
func (p *Provisioner) Leftovers(ctx context.Context, s ClusterSpec) ([]Resource, error) {
	c, err := p.cloud(s)
	if err != nil {
		return nil, err
	}
	return c.Leftovers(ctx, s)
}

// Backups returns the cloud of s as one that makes copies.
func (p *Provisioner) Backups(s ClusterSpec) (Backups, error) {
	b, ok := p.clouds[s.Cloud].(Backups)
	if !ok {
		return nil, Permanent(errors.New("this cloud makes no copies of clusters"))
	}
	return b, nil
}

func (p *Provisioner) start(ctx context.Context, name, operationID string, r Request) error {
	select {
	case <-p.registered:
	case <-ctx.Done():
		return fmt.Errorf("start %s: %w", name, context.Cause(ctx))
	}
	input, err := workflow.NewPayload(r)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	target := r.Cluster.ID
	if r.Organization != nil {
		target = r.Organization.ID
	}
	err = p.engine.StartWithID(ctx, operationID, &workflow.StartRequest{Name: name, CorrelationID: target, Input: input})
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	return nil
}
