package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// CreateAccessKey stores a key and returns the revision that tells the data plane of it.
func (s *Store) CreateAccessKey(ctx context.Context, organization string, k cluster.AccessKey, e audit.Entry) (int64, error) {
	var revision int64
	err := s.change(ctx, e, func(tx *sql.Tx) (err error) {
		if err := s.room(ctx, tx, organization, plan.AccessKeys, 1); err != nil {
			return err
		}
		changed := problem.New(problem.Conflict, "The cluster is not READY any more.")
		if revision, err = one(ctx, tx, value[int64], changed, "BumpRevision", organization, k.ClusterID); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "InsertAccessKey", organization, k.ClusterID, k.ID, k.Name, k.SecretHash, k.CreatedBy,
			micros(k.CreatedAt), micros(k.ExpiresAt), k.Role)
		return err
	})
	return revision, err
}

// AccessKeys lists the keys of a cluster.
func (s *Store) AccessKeys(ctx context.Context, organization, id string) ([]cluster.AccessKey, error) {
	return all(ctx, s.read, accessKey, "SelectAccessKeys", organization, id)
}

func accessKey(r scanner) (cluster.AccessKey, error) {
	var k cluster.AccessKey
	var created, expires, former, used, paused int64
	err := r.Scan(&k.ID, &k.ClusterID, &k.Name, &k.SecretHash, &k.CreatedBy, &created, &expires, &k.Role, &paused,
		&k.FormerHash, &former, &used)
	k.CreatedAt, k.ExpiresAt, k.Paused = timeOf(created), timeOf(expires), paused != 0
	if former > 0 {
		k.FormerUntil = timeOf(former)
	}
	if used > 0 {
		k.UsedAt = timeOf(used)
	}
	return k, err
}

// ChangeAccessKey stores what f makes of a key, and raises the revision that the data plane is told.
func (s *Store) ChangeAccessKey(ctx context.Context, organization, id, key string, f func(*cluster.AccessKey) error, e audit.Entry) (k cluster.AccessKey, revision int64, err error) {
	err = s.change(ctx, e, func(tx *sql.Tx) error {
		changed := problem.New(problem.Conflict, "The cluster is not READY any more.")
		if revision, err = one(ctx, tx, value[int64], changed, "BumpRevision", organization, id); err != nil {
			return err
		}
		if k, err = one(ctx, tx, accessKey, problem.Missing("access key"), "SelectAccessKey", organization, id, key); err != nil {
			return err
		}
		if err := f(&k); err != nil {
			return err
		}
		paused, former := 0, int64(0)
		if k.Paused {
			paused = 1
		}
		if !k.FormerUntil.IsZero() {
			former = micros(k.FormerUntil)
		}
		_, err := exec(ctx, tx, "UpdateAccessKey", organization, id, key, k.SecretHash, micros(k.ExpiresAt), paused, k.FormerHash, former)
		return err
	})
	return k, revision, err
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
