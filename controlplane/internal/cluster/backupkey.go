package cluster

import (
	"context"
	"fmt"
	"time"

	"filippo.io/age"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// BackupKey is the key of a backup as it is stored.
type BackupKey struct {
	OrganizationID string
	ClusterID      string
	Backup         string // its name
	Recipient      string // public key
	Sealed         string // the key that opens, sealed with the organization's data key
	CreatedAt      time.Time
}

// BackupKeyOwner is what the key of a backup is bound to.
func BackupKeyOwner(cluster, backup string) string { return "backup_keys/" + cluster + "/" + backup }

// BackupKeyStore keeps the keys of backups.
type BackupKeyStore interface {
	// BackupKey returns the key of a backup. One that is not there is a problem of kind NotFound.
	BackupKey(ctx context.Context, cluster, backup string) (BackupKey, error)
	// CreateBackupKey stores a key unless there is one for the backup.
	CreateBackupKey(ctx context.Context, k BackupKey) error
	// OrganizationOf returns whose cluster it is.
	OrganizationOf(ctx context.Context, cluster string) (string, error)
}

// Sealer seals what is secret of an organization.
type Sealer interface {
	Seal(ctx context.Context, organization, owner string, plain []byte) (string, error)
	Open(ctx context.Context, organization, owner, sealed string) ([]byte, error)
}

// openKey returns the key that opens a backup.
func openKey(ctx context.Context, s Sealer, k BackupKey) (string, error) {
	plain, err := s.Open(ctx, k.OrganizationID, BackupKeyOwner(k.ClusterID, k.Backup), k.Sealed)
	if err != nil {
		return "", fmt.Errorf("key of the backup %s: %w", k.Backup, err)
	}
	return string(plain), nil
}

// BackupKey returns the keys of a copy, which the first call makes. They are sealed with the organization's data key, so when
// that is destroyed its backups cannot be read any more.
func (c *Control) BackupKey(ctx context.Context, cluster, backup string) (provisioner.BackupKey, error) {
	k, err := c.store.BackupKey(ctx, cluster, backup)
	if problem.KindOf(err) == problem.NotFound {
		k, err = c.makeBackupKey(ctx, cluster, backup)
	}
	if err != nil {
		return provisioner.BackupKey{}, err
	}
	key, err := openKey(ctx, c.sealer, k)
	return provisioner.BackupKey{Recipient: k.Recipient, Key: key}, err
}

func (c *Control) makeBackupKey(ctx context.Context, cluster, backup string) (BackupKey, error) {
	k := BackupKey{ClusterID: cluster, Backup: backup, CreatedAt: c.now()}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return k, fmt.Errorf("make a key: %w", err)
	}
	if k.OrganizationID, err = c.store.OrganizationOf(ctx, cluster); err != nil {
		return k, err
	}
	k.Recipient = id.Recipient().String()
	k.Sealed, err = c.sealer.Seal(ctx, k.OrganizationID, BackupKeyOwner(cluster, backup), []byte(id.String()))
	if err == nil {
		err = c.store.CreateBackupKey(ctx, k)
	}
	if err != nil {
		return k, err
	}
	return c.store.BackupKey(ctx, cluster, backup) // another call may have been first
}

// OpenBackupKey returns the key that opens a backup, for somebody who has downloaded it.
func (s *Service) OpenBackupKey(ctx context.Context, by audit.Actor, o tenant.Organization, name, backup string) (string, error) {
	b, err := s.Store.Backup(ctx, o.ID, name, backup)
	if err != nil {
		return "", err
	}
	k, err := s.Store.BackupKey(ctx, b.ClusterID, b.Name)
	if err != nil {
		return "", err
	}
	err = s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "backup.key", Target: "cluster/" + name + "/backup/" + backup,
	})
	if err != nil {
		return "", err
	}
	return openKey(ctx, s.Sealer, k)
}
