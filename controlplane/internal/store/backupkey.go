package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// BackupKey returns the key of a backup.
func (s *Store) BackupKey(ctx context.Context, id, backup string) (cluster.BackupKey, error) {
	return one(ctx, s.write, func(r scanner) (cluster.BackupKey, error) {
		var k cluster.BackupKey
		var created int64
		err := r.Scan(&k.OrganizationID, &k.ClusterID, &k.Backup, &k.Recipient, &k.Sealed, &created)
		k.CreatedAt = timeOf(created)
		return k, err
	}, problem.Missing("key of the backup"), "SelectBackupKey", id, backup)
}

// CreateBackupKey stores a key unless there is one for the backup.
func (s *Store) CreateBackupKey(ctx context.Context, k cluster.BackupKey) error {
	_, err := exec(ctx, s.write, "InsertBackupKey", k.OrganizationID, k.ClusterID, k.Backup, k.Recipient, k.Sealed, micros(k.CreatedAt))
	return err
}

// OrganizationOf returns whose cluster it is.
func (s *Store) OrganizationOf(ctx context.Context, id string) (string, error) {
	var organization string
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		organization, _, err = namesOf(ctx, tx, id)
		return err
	})
	return organization, err
}

// resealBackupKeys puts the keys of the backups of an organization through again.
func (s *Store) resealBackupKeys(ctx context.Context, organization string, again func(sealed, owner string) (string, error)) error {
	type key struct{ cluster, backup, sealed string }
	keys, err := all(ctx, s.read, func(r scanner) (k key, err error) {
		return k, r.Scan(&k.cluster, &k.backup, &k.sealed)
	}, "SelectSealedBackupKeys", organization)
	if err != nil {
		return err
	}
	for _, k := range keys {
		text, err := again(k.sealed, cluster.BackupKeyOwner(k.cluster, k.backup))
		if err != nil {
			return err
		}
		if _, err := exec(ctx, s.write, "UpdateSealedBackupKey", k.cluster, k.backup, text); err != nil {
			return err
		}
	}
	return nil
}

// LiftFence stores that the fence of a cluster is to be lifted.
func (s *Store) LiftFence(ctx context.Context, organization, id, fence string, e audit.Entry) (revision int64, err error) {
	err = s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "UpdateLiftFence", organization, id, fence); err != nil {
			return err
		}
		changed := problem.New(problem.Conflict, "The cluster has just changed; try again.")
		revision, err = one(ctx, tx, value[int64], changed, "BumpRevision", organization, id)
		return err
	})
	return revision, err
}

// fenceOf reads the fence of a cluster, nil when there is none.
func fenceOf(text string) (*cluster.Fence, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	var f fleetapi.Fence
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, fmt.Errorf("decode fence: %w", err)
	}
	return (*cluster.Fence)(&f), nil
}
