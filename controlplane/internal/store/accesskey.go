package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// CreateAccessKey stores a key and returns the revision that tells the data plane of it.
func (s *Store) CreateAccessKey(ctx context.Context, organization string, k cluster.AccessKey, e audit.Entry) (int64, error) {
	var revision int64
	err := s.change(ctx, e, func(tx *sql.Tx) (err error) {
		changed := problem.New(problem.Conflict, "The cluster is not READY any more.")
		if revision, err = one(ctx, tx, value[int64], changed, "BumpRevision", organization, k.ClusterID); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "InsertAccessKey", organization, k.ClusterID, k.ID, k.Name, k.SecretHash, k.CreatedBy,
			micros(k.CreatedAt), micros(k.ExpiresAt))
		return err
	})
	return revision, err
}

// AccessKeys lists the keys of a cluster.
func (s *Store) AccessKeys(ctx context.Context, organization, id string) ([]cluster.AccessKey, error) {
	return all(ctx, s.read, func(r scanner) (cluster.AccessKey, error) {
		var k cluster.AccessKey
		var created, expires int64
		err := r.Scan(&k.ID, &k.ClusterID, &k.Name, &k.SecretHash, &k.CreatedBy, &created, &expires)
		k.CreatedAt, k.ExpiresAt = timeOf(created), timeOf(expires)
		return k, err
	}, "SelectAccessKeys", organization, id)
}

// DeleteAccessKey deletes a key and raises the revision that the data plane is told.
func (s *Store) DeleteAccessKey(ctx context.Context, organization, id, key string, e audit.Entry) (bool, error) {
	deleted := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DeleteAccessKey", organization, id, key)
		if err != nil || n == 0 {
			return err
		}
		deleted = true
		if _, err := one(ctx, tx, value[int64], nil, "BumpRevision", organization, id); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
	return deleted, err
}

// PurgeIdempotencyKeys deletes the keys of calls before a time.
func (s *Store) PurgeIdempotencyKeys(ctx context.Context, before time.Time) (int64, error) {
	return exec(ctx, s.write, "DeleteIdempotencyKeys", micros(before))
}
