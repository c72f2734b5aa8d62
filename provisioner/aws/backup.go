package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

// A copy is written and brought in by the data plane's own program, as a container of its own on Fargate, which talks to the cluster's
// database from inside its network. It goes straight to the bucket of copies: nothing passes through the control plane.

var _ provisioner.Backups = (*Cloud)(nil)

func exportJob(name string) string { return converge.JobRole("backup-" + name) }

var importJob = converge.JobRole("restore")

// copyOf is where the copies of a cluster are, once the name is one.
func (c *Cloud) copyOf(ctx context.Context, s provisioner.ClusterSpec, name string) (context.Context, *site, error) {
	if !provisioner.ValidClusterID(s.ID) || !provisioner.ValidClusterID(name) || !provisioner.ValidClusterID(s.Organization) {
		return ctx, nil, provisioner.Permanent(fmt.Errorf("backup %q of cluster %q: a name is not valid", name, s.ID))
	}
	return c.enter(ctx, s, plan.Copy)
}

// Backup has the data plane write its export, while it serves.
func (c *Cloud) Backup(ctx context.Context, s provisioner.ClusterSpec, b provisioner.Copy) (provisioner.Backup, error) {
	ctx, at, err := c.copyOf(ctx, s, b.Name)
	if err != nil {
		return provisioner.Backup{}, err
	}
	made, err := c.complete(ctx, at, s, b.Name)
	if err != nil || made.Name != "" {
		return made, err
	}
	if err := c.export(ctx, at, s, b); err != nil {
		return provisioner.Backup{}, err
	}
	made, err = c.complete(ctx, at, s, b.Name)
	if err == nil && made.Name == "" {
		err = errors.Join(fmt.Errorf("backup %s: its container has ended, but nothing is there", b.Name), at.jobs.Forget(ctx, scope(s), exportJob(b.Name)))
	}
	return made, err
}

// complete describes a copy that is there, and forgets what made it. Its name is "" when there is none.
func (c *Cloud) complete(ctx context.Context, at *site, s provisioner.ClusterSpec, name string) (provisioner.Backup, error) {
	found, err := at.driver.FindCopy(ctx, scope(s), name)
	if err != nil {
		return provisioner.Backup{}, at.Explain("look for the copy", err)
	}
	if found == nil {
		return provisioner.Backup{}, nil
	}
	if err := at.jobs.Stop(ctx, scope(s), exportJob(name)); err != nil {
		return provisioner.Backup{}, err
	}
	return provisioner.Backup{Name: name, At: found.At, Bytes: found.Bytes}, nil
}

func (c *Cloud) export(ctx context.Context, at *site, s provisioner.ClusterSpec, b provisioner.Copy) error {
	job := converge.Job{Role: exportJob(b.Name), Args: []string{
		"--recipient", b.Recipient, "--cluster-id", s.ID, at.driver.CopyURL(scope(s), b.Name),
	}}
	started, err := at.jobs.Started(ctx, scope(s), job)
	if err != nil {
		return err
	}
	cluster, err := c.plan(ctx, at, s)
	if err != nil {
		return err
	}
	if !started {
		if err := at.driver.EnsureVault(ctx); err != nil {
			return at.Explain("make the bucket of copies", err)
		}
		if err := at.Ensure(ctx, scope(s), parts(cluster), cluster.Export(s.Organization, c.image(s.Version)), nil); err != nil {
			return err
		}
	}
	return c.run(ctx, at, cluster, s, job, plan.ExportTask)
}

// run has a job done inside the cluster's network.
func (c *Cloud) run(ctx context.Context, at *site, cluster plan.Cluster, s provisioner.ClusterSpec, job converge.Job, task string) error {
	known, err := c.Ledger.Recall(ctx, s.ID)
	if err != nil {
		return fmt.Errorf("recall what was made: %w", err)
	}
	nodes, place, group := cluster.Where()
	job.Task, job.Nodes, job.Subnet, job.Group = plan.Name(s.ID, task), known[nodes].ID, known[place].ID, known[group].ID
	if job.Nodes == "" || job.Subnet == "" || job.Group == "" {
		return errors.New("the cluster's network is not there")
	}
	return at.jobs.Run(ctx, scope(s), job)
}

// OpenBackup reads the copy from the bucket.
func (c *Cloud) OpenBackup(ctx context.Context, s provisioner.ClusterSpec, name string) (io.ReadCloser, error) {
	ctx, at, err := c.copyOf(ctx, s, name)
	if err != nil {
		return nil, err
	}
	content, err := at.driver.OpenCopy(ctx, scope(s), name)
	if errors.Is(err, edge.ErrNoCopy) {
		return nil, provisioner.Permanent(fmt.Errorf("there is no backup %s any more", name))
	}
	if err != nil {
		return nil, at.Explain("read the copy", err)
	}
	return content, nil
}

// Restore has the data plane's program read a copy, which it does to the end before it changes anything. The key is handed over
// through Secrets Manager and is gone from there when the container has ended.
func (c *Cloud) Restore(ctx context.Context, s provisioner.ClusterSpec, from provisioner.Source, r provisioner.Restoring) error {
	ctx, at, err := c.enter(ctx, s, plan.Copy)
	if err != nil {
		return err
	}
	away, source, err := c.copyOf(ctx, from.Cluster, from.Backup)
	if err != nil {
		return err
	}
	if s.Account != from.Cluster.Account {
		return provisioner.Permanent(fmt.Errorf("backup %s lies in another AWS account, where the cluster's containers cannot read it: "+
			"download it, and bring it into the cluster by hand", from.Backup))
	}
	if s.Organization != from.Cluster.Organization {
		return provisioner.Permanent(fmt.Errorf("backup %s belongs to another organization", from.Backup))
	}
	cluster, err := c.plan(ctx, at, s)
	if err != nil {
		return err
	}
	job := converge.Job{Role: importJob, Args: []string{
		"--replace", "--fence=" + strconv.FormatBool(r.Fence), source.driver.CopyURL(scope(from.Cluster), from.Backup),
	}}
	started, err := at.jobs.Started(ctx, scope(s), job)
	if err != nil {
		return err
	}
	if !started {
		if err := c.prepare(ctx, away, at, source, s, from); err != nil {
			return err
		}
		extra := map[string]converge.Extra{plan.CopySecret: {Secret: r.Key}}
		if err := at.Ensure(ctx, scope(s), parts(cluster), cluster.Import(s.Organization, c.image(s.Version)), extra); err != nil {
			return err
		}
	}
	if err := c.run(ctx, at, cluster, s, job, plan.ImportTask); err != nil {
		return err
	}
	if err := c.dropKey(ctx, at, s); err != nil {
		return err
	}
	return at.jobs.Forget(ctx, scope(s), importJob)
}

// prepare looks whether a copy can be brought in.
func (c *Cloud) prepare(ctx, away context.Context, at, source *site, s provisioner.ClusterSpec, from provisioner.Source) error {
	found, err := source.driver.FindCopy(away, scope(from.Cluster), from.Backup)
	switch {
	case err != nil:
		return at.Explain("look for the copy", err)
	case found == nil:
		return provisioner.Permanent(fmt.Errorf("there is no backup %s any more", from.Backup))
	}
	return c.quiet(ctx, at, s, "bring in the backup")
}

// dropKey removes the secret with the key of a copy.
func (c *Cloud) dropKey(ctx context.Context, at *site, s provisioner.ClusterSpec) error {
	return at.Remove(ctx, scope(s), converge.Selection{
		Kinds: []plan.Kind{plan.Secret}, Belongs: func(_ plan.Kind, role string) bool { return role == plan.CopySecret },
	})
}

// RemoveBackup deletes the copy. One that is being written is called off.
func (c *Cloud) RemoveBackup(ctx context.Context, s provisioner.ClusterSpec, name string) error {
	ctx, at, err := c.copyOf(ctx, s, name)
	if err != nil {
		return err
	}
	if err := at.jobs.Stop(ctx, scope(s), exportJob(name)); err != nil {
		return err
	}
	if err := at.driver.RemoveCopy(ctx, scope(s), name); err != nil {
		return at.Explain("remove the copy", err)
	}
	return nil
}
