package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var noAPIKey = problem.Missing("API key")

func scanAPIKey(r scanner) (apikey.Key, error) {
	var k apikey.Key
	var account, service string
	var federated, dangerous, former, paused, created, expires, used int64
	var permissions sql.NullString
	l := &k.Limit
	err := r.Scan(&k.OrganizationID, &k.Organization, &k.ID, &account, &service, &k.OwnerName, &k.Person, &federated, &k.Name, &l.Role,
		&l.RoleName, &permissions, &l.ProjectID, &l.Project, &l.ClusterID, &l.Cluster, &l.ClusterProjectID, &dangerous, &k.SecretHash,
		&k.FormerHash, &former, &paused, &k.CreatedBy, &created, &expires, &used, &k.UsedFrom)
	if err != nil {
		return k, err
	}
	k.Owner = authz.Principal{Kind: authz.User, ID: account}
	if service != "" {
		k.Owner = authz.Principal{Kind: authz.ServiceAccount, ID: service}
	}
	k.Federated, k.Dangerous, k.Paused = federated != 0, dangerous != 0, paused != 0
	k.CreatedAt, k.ExpiresAt = timeOf(created), timeOf(expires)
	if former > 0 {
		k.FormerUntil = timeOf(former)
	}
	if used > 0 {
		k.UsedAt = timeOf(used)
	}
	l.Permissions, err = permissionsOf(permissions)
	return k, err
}

// APIKeys lists the keys in an organization, or those of an account.
func (s *Store) APIKeys(ctx context.Context, organization, account string) ([]apikey.Key, error) {
	return all(ctx, s.read, scanAPIKey, "SelectAPIKeys", organization, account)
}

// APIKey returns a key of whatever organization.
func (s *Store) APIKey(ctx context.Context, id string) (apikey.Key, error) {
	return one(ctx, s.read, scanAPIKey, noAPIKey, "SelectAPIKey", id)
}

// ownerOf asks whether what concerns the owner of keys may be changed, once changes of the organization wait for this one.
func (s *Store) ownerOf(ctx context.Context, tx *sql.Tx, organization string, owner authz.Principal, may tenant.May) error {
	if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
		return err
	}
	held, err := grantsOf(ctx, tx, organization, owner, true)
	if err != nil {
		return err
	}
	return may(held)
}

// CreateAPIKey stores a key.
func (s *Store) CreateAPIKey(ctx context.Context, k apikey.Key, may tenant.May, e audit.Entry) (apikey.Key, error) {
	err := s.change(ctx, e, func(tx *sql.Tx) error {
		if err := s.room(ctx, tx, k.OrganizationID, plan.APIKeys, 1); err != nil {
			return err
		}
		if err := s.ownerOf(ctx, tx, k.OrganizationID, k.Owner, may); err != nil {
			return err
		}
		if err := principalOf(ctx, tx, k.OrganizationID, k.Owner); err != nil {
			return err
		}
		if err := placeOf(ctx, tx, k.OrganizationID, k.Limit.Role, k.Limit.ProjectID, k.Limit.ClusterID); err != nil {
			return err
		}
		var account, service string
		if k.Owner.Kind == authz.ServiceAccount {
			service = k.Owner.ID
		} else {
			account = k.Owner.ID
		}
		_, err := exec(ctx, tx, "InsertAPIKey", k.OrganizationID, k.ID, nullable(account), nullable(service), flag(k.Federated), k.Name,
			k.Limit.Role, k.Limit.ProjectID, k.Limit.ClusterID, flag(k.Dangerous), k.SecretHash, k.CreatedBy, micros(k.CreatedAt), micros(k.ExpiresAt))
		return err
	})
	if err != nil {
		return apikey.Key{}, err
	}
	return s.APIKey(ctx, k.ID)
}

// changeKey runs a change of a key whose owner's rights may be changed.
func (s *Store) changeKey(ctx context.Context, organization, id string, may tenant.May, e audit.Entry, do func(tx *sql.Tx, k apikey.Key) error) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		k, err := one(ctx, tx, scanAPIKey, noAPIKey, "SelectAPIKey", id)
		if err != nil {
			return err
		}
		if k.OrganizationID != organization {
			return noAPIKey
		}
		if err := s.ownerOf(ctx, tx, organization, k.Owner, may); err != nil {
			return err
		}
		return do(tx, k)
	})
}

// ChangeAPIKey stores what f makes of a key.
func (s *Store) ChangeAPIKey(ctx context.Context, organization, id string, f func(*apikey.Key) error, may tenant.May, e audit.Entry) (apikey.Key, error) {
	var changed apikey.Key
	err := s.changeKey(ctx, organization, id, may, e, func(tx *sql.Tx, k apikey.Key) error {
		if err := f(&k); err != nil {
			return err
		}
		changed = k
		former := int64(0)
		if !k.FormerUntil.IsZero() {
			former = micros(k.FormerUntil)
		}
		_, err := exec(ctx, tx, "UpdateAPIKey", organization, id, k.SecretHash, k.FormerHash, former, flag(k.Paused), micros(k.ExpiresAt))
		return err
	})
	return changed, err
}

// DeleteAPIKey deletes a key.
func (s *Store) DeleteAPIKey(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error {
	err := s.changeKey(ctx, organization, id, may, e, func(tx *sql.Tx, _ apikey.Key) error {
		_, err := exec(ctx, tx, "DeleteAPIKey", organization, id)
		return err
	})
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	return err
}

// TouchAPIKey notes the use of a key.
func (s *Store) TouchAPIKey(ctx context.Context, id string, at time.Time, address string, e *audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "TouchAPIKey", id, micros(at), address); err != nil || e == nil {
			return err
		}
		return record(ctx, tx, *e)
	})
}
