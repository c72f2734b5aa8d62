package cluster

import (
	"context"
	"strings"

	"filippo.io/age"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

// ForeignPrefix begins the names of copies that were made elsewhere.
const ForeignPrefix = "imported-"

// sourceOf returns what is brought back of a copy. The original of one that was made elsewhere may still run.
func sourceOf(b Backup) *provisioner.Source {
	return &provisioner.Source{Cluster: b.Spec, Backup: b.Name, Foreign: strings.HasPrefix(b.Name, ForeignPrefix)}
}

// Adopt remembers a copy that was made elsewhere as one of the cluster, and the key that opens it. Its file is put in place by put,
// after the key is kept and before the copy is listed. A name that is taken is a problem of kind Conflict.
func (c *Control) Adopt(ctx context.Context, by audit.Actor, cluster string, b provisioner.Backup, key *age.X25519Identity, put func() error) error {
	organization, err := c.store.OrganizationOf(ctx, cluster)
	if err != nil {
		return err
	}
	k := BackupKey{OrganizationID: organization, ClusterID: cluster, Backup: b.Name, Recipient: key.Recipient().String(), CreatedAt: c.now()}
	if k.Sealed, err = c.sealer.Seal(ctx, organization, BackupKeyOwner(cluster, b.Name), []byte(key.String())); err != nil {
		return err
	}
	if err := c.store.CreateBackupKey(ctx, k); err != nil {
		return err
	}
	kept, err := c.store.BackupKey(ctx, cluster, b.Name)
	if err != nil {
		return err
	}
	if kept.Recipient != k.Recipient {
		return problem.New(problem.Conflict, "There is a backup %s of this cluster already, with another key.", b.Name)
	}
	if err := put(); err != nil {
		return err
	}
	e := c.entry("backup.imported")
	e.Actor, e.After = by, map[string]any{"name": b.Name, "bytes": b.Bytes}
	organization, err = c.store.AddBackup(ctx, cluster, b, false, e)
	return c.changed(organization, err)
}
