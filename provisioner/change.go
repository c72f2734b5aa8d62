package provisioner

import (
	"context"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// stopSurplus stops the nodes beyond those that the cluster is to have, the last first.
func (p *Provisioner) stopSurplus(ctx context.Context, j job) (output, error) {
	return nil, p.stopFrom(ctx, j, j.cluster.Nodes)
}

// stopNodes stops all nodes there may be.
func (p *Provisioner) stopNodes(ctx context.Context, j job) (output, error) {
	return output{"removed": true}, p.stopFrom(ctx, j, 0)
}

// stopFrom stops nodes; one that makes trouble does not keep the others.
func (p *Provisioner) stopFrom(ctx context.Context, j job, first int) error {
	c, err := p.cloud(j.cluster)
	if err != nil {
		return err
	}
	catalog, err := c.Catalog(ctx)
	if err != nil {
		return err
	}
	for index := max(catalog.MaxNodes, j.cluster.Nodes) - 1; index >= first; index-- {
		if failed := c.StopNode(ctx, j.cluster, index); failed != nil && (err == nil || AsPending(err) != nil) {
			err = failed // what has failed outweighs what takes a while
		}
	}
	return err
}

func (p *Provisioner) markChanged(ctx context.Context, j job) (output, error) {
	return nil, p.control.Changed(ctx, j.cluster, false)
}

func (p *Provisioner) markPaused(ctx context.Context, j job) (output, error) {
	return nil, p.control.Changed(ctx, j.cluster, true)
}

func (p *Provisioner) revokeCredentials(ctx context.Context, j job) (output, error) {
	return nil, p.control.Revoke(ctx, j.cluster.ID)
}

// rotate renews what the nodes log in with to what they stand on, where the cloud has such a thing.
func (p *Provisioner) rotate(ctx context.Context, j job) (output, error) {
	c, err := p.cloud(j.cluster)
	if err != nil {
		return nil, err
	}
	if r, ok := c.(Rotator); ok {
		return nil, r.Rotate(ctx, j.cluster)
	}
	return nil, nil
}

// backUp makes a copy. An upgrade of a cluster whose cloud makes none names none.
func (p *Provisioner) backUp(ctx context.Context, j job) (output, error) {
	clouds, name, err := p.backupOf(j)
	if err != nil || clouds == nil {
		return nil, err
	}
	key, err := p.control.BackupKey(ctx, j.cluster.ID, name)
	if err != nil {
		return nil, fmt.Errorf("get the key of the copy: %w", err)
	}
	made, err := clouds.Backup(ctx, j.cluster, Copy{Name: name, Recipient: key.Recipient})
	if err != nil {
		return nil, err
	}
	if err := p.control.BackedUp(ctx, j.cluster.ID, made); err != nil {
		return nil, fmt.Errorf("remember the copy: %w", err)
	}
	return output{"bytes": made.Bytes, "at": made.At}, nil
}

func (p *Provisioner) removeBackup(ctx context.Context, j job) (output, error) {
	clouds, name, err := p.backupOf(j)
	if err != nil || clouds == nil {
		return nil, err
	}
	if err := clouds.RemoveBackup(ctx, j.cluster, name); err != nil {
		return nil, err
	}
	return output{"removed": true}, p.control.BackupRemoved(ctx, j.cluster.ID, name)
}

// settleBackup ends what an upgrade that is undone has done about its backup: a copy that is complete is kept, what there is of
// one that is not is removed. It tells whether the upgrade ended before it touched a node.
func (p *Provisioner) settleBackup(ctx context.Context, j job) (output, error) {
	untouched, err := p.untouched(ctx, j)
	if err != nil {
		return nil, err
	}
	out := output{"untouched": untouched}
	clouds, name, err := p.backupOf(j)
	if err != nil || clouds == nil {
		return out, err
	}
	file, err := clouds.OpenBackup(ctx, j.cluster, name)
	if IsPermanent(err) { // there is none
		_, err = p.removeBackup(ctx, j)
		return out, err
	}
	if err == nil {
		err = file.Close()
	}
	if err == nil {
		_, err = p.backUp(ctx, j) // leaves the copy as it is, and sees to it that it is remembered
	}
	return out, err
}

// untouched reports whether the operation that is undone, by failure or because it was cancelled, came to start no node.
func (p *Provisioner) untouched(ctx context.Context, j job) (bool, error) {
	var in struct {
		Operation string `json:"operation"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return false, Permanent(fmt.Errorf("input: %w", err))
	}
	if in.Operation == "" { // an undoing that began before the operation was named
		return false, nil
	}
	e, err := p.engine.Execution(ctx, in.Operation, true)
	if err != nil {
		return false, fmt.Errorf("look at the steps that were taken: %w", err)
	}
	return !slices.ContainsFunc(e.Tasks, func(t *workflow.Task) bool { return t.TaskDefName == startNode }), nil
}

// backupOf returns the copy that a task is about, and who makes copies; nil when it is about none.
func (p *Provisioner) backupOf(j job) (Backups, string, error) {
	var in struct {
		Backup string `json:"backup"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return nil, "", Permanent(fmt.Errorf("backup: %w", err))
	}
	if in.Backup == "" {
		return nil, "", nil
	}
	clouds, err := p.Backups(j.cluster)
	return clouds, in.Backup, err
}

// restore brings in a copy, when there is one to be brought in.
func (p *Provisioner) restore(ctx context.Context, j job) (output, error) {
	var in struct {
		From *Source `json:"source"`
	}
	if err := j.task.InputData.Decode(&in); err != nil {
		return nil, Permanent(fmt.Errorf("source: %w", err))
	}
	if in.From == nil {
		return output{"restored": false}, nil
	}
	clouds, err := p.Backups(j.cluster)
	if err != nil {
		return nil, err
	}
	key, err := p.control.BackupKey(ctx, in.From.Cluster.ID, in.From.Backup)
	if err != nil {
		return nil, fmt.Errorf("get the key of the copy: %w", err)
	}
	// In another cluster it is a copy whose original may still run.
	fence := in.From.Foreign || in.From.Cluster.ID != j.cluster.ID
	return output{"restored": true, "fenced": fence}, clouds.Restore(ctx, j.cluster, *in.From, Restoring{Key: key.Key, Fence: fence})
}

// endOther ends another execution of the cluster. No rollback follows, as the deletion removes everything.
func (p *Provisioner) endOther(ctx context.Context, execution string) error {
	return p.end(ctx, execution, "the cluster is being deleted")
}

func (p *Provisioner) end(ctx context.Context, execution, why string) error {
	err := p.engine.Terminate(ctx, execution, why)
	if k := workflow.KindOf(err); err == nil || k == workflow.Conflict || k == workflow.NotFound {
		return nil // it has ended by itself
	}
	return fmt.Errorf("end execution %s: %w", execution, err)
}
