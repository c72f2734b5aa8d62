package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
)

// DataKeys lists the data keys of an organization, newest first; those of all when it is empty.
func (s *Store) DataKeys(ctx context.Context, organization string) ([]envelope.DataKey, error) {
	return all(ctx, s.write, func(r scanner) (envelope.DataKey, error) {
		var k envelope.DataKey
		var created int64
		err := r.Scan(&k.Organization, &k.Version, &k.KeyID, &k.Wrapped, &created)
		k.CreatedAt = timeOf(created)
		return k, err
	}, "SelectDataKeys", organization)
}

// CreateDataKey stores a key unless there is one of its version.
func (s *Store) CreateDataKey(ctx context.Context, k envelope.DataKey) error {
	_, err := exec(ctx, s.write, "InsertDataKey", k.Organization, k.Version, k.KeyID, k.Wrapped, micros(k.CreatedAt))
	return err
}

// RewrapDataKey replaces how a key is wrapped.
func (s *Store) RewrapDataKey(ctx context.Context, k envelope.DataKey) error {
	_, err := exec(ctx, s.write, "UpdateDataKey", k.Organization, k.Version, k.KeyID, k.Wrapped)
	return err
}

// DeleteDataKeys destroys the keys of an organization.
func (s *Store) DeleteDataKeys(ctx context.Context, organization string) error {
	_, err := exec(ctx, s.write, "DeleteDataKeys", organization)
	return err
}

// DeleteUnusedDataKeys destroys keys that another has followed before a time and that no value needs.
func (s *Store) DeleteUnusedDataKeys(ctx context.Context, before time.Time) error {
	_, err := exec(ctx, s.write, "DeleteUnusedDataKeys", micros(before))
	return err
}

// sealedValue is a secret in a row.
type sealedValue struct{ row, owner, text string }

// Reseal puts every sealed value of an organization through again.
func (s *Store) Reseal(ctx context.Context, organization string, again func(sealed, owner string) (string, error)) error {
	// Read before the transaction: on SQLite it would keep out whoever opens the values.
	secrets, err := all(ctx, s.read, func(r scanner) (v sealedValue, err error) {
		return v, r.Scan(&v.row, &v.text)
	}, "SelectSealedSecrets", organization)
	if err != nil {
		return err
	}
	tokens, err := all(ctx, s.read, func(r scanner) (v sealedValue, err error) {
		var provider sql.NullString
		err = r.Scan(&v.row, &provider, &v.text)
		v.owner = sso.TokenOwner(provider.String)
		return v, err
	}, "SelectSealedTokens", organization)
	if err != nil {
		return err
	}
	for _, v := range secrets {
		text, err := again(v.text, sso.SecretOwner(v.row))
		if err != nil {
			return err
		}
		// A value that was replaced meanwhile is left as it is: it was sealed with a key that is kept for it.
		if _, err := exec(ctx, s.write, "UpdateSealedSecret", organization, v.row, text, v.text); err != nil {
			return err
		}
	}
	for _, v := range tokens {
		text, err := again(v.text, v.owner)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, s.write, "UpdateSealedToken", v.row, text); err != nil {
			return err
		}
	}
	return s.resealBackupKeys(ctx, organization, again)
}
