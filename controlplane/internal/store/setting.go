package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

// SigningKeys returns all keys, newest first.
func (s *Store) SigningKeys(ctx context.Context) ([]identity.SigningKey, error) {
	return all(ctx, s.write, scanSigningKey, "SelectSigningKeys")
}

func scanSigningKey(r scanner) (identity.SigningKey, error) {
	var k identity.SigningKey
	var created, signs int64
	err := r.Scan(&k.ID, &k.PublicKey, &k.SealedKey, &created, &signs)
	k.CreatedAt = timeOf(created)
	if signs > 0 {
		k.SignsFrom = timeOf(signs)
	}
	return k, err
}

// CreateFirstSigningKey stores a key unless there is one.
func (s *Store) CreateFirstSigningKey(ctx context.Context, k identity.SigningKey) ([]identity.SigningKey, error) {
	if _, err := exec(ctx, s.write, "InsertFirstSigningKey", k.ID, k.PublicKey, k.SealedKey, micros(k.CreatedAt)); err != nil {
		return nil, err
	}
	return s.SigningKeys(ctx)
}

// AddSigningKey stores another key.
func (s *Store) AddSigningKey(ctx context.Context, k identity.SigningKey) error {
	_, err := exec(ctx, s.write, "InsertSigningKey", k.ID, k.PublicKey, k.SealedKey, micros(k.CreatedAt), micros(k.SignsFrom))
	return err
}

// InstanceID returns the name of this database, which is made up by the first call and never changes.
func (s *Store) InstanceID(ctx context.Context, candidate string) (string, error) {
	if _, err := exec(ctx, s.write, "InsertSetting", "instance", candidate); err != nil {
		return "", err
	}
	return one(ctx, s.write, value[string], nil, "SelectSetting", "instance")
}

// AnnounceConfig raises the revision of every cluster when that part of what data planes are told which is the same for
// all, given as a fingerprint, is another one than at the last call; whether it was.
func (s *Store) AnnounceConfig(ctx context.Context, fingerprint string) (changed bool, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		before, err := one(ctx, tx, value[string], nil, "SelectSetting", "fleet_config")
		if err != nil || before == fingerprint {
			return err
		}
		if _, err := exec(ctx, tx, "UpsertSetting", "fleet_config", fingerprint); err != nil {
			return err
		}
		changed = true
		_, err = exec(ctx, tx, "BumpRevisions")
		return err
	})
	return changed, err
}
