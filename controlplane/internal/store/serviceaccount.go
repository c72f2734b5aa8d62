package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var (
	noServiceAccount        = problem.Missing("service account")
	serviceAccountNameTaken = problem.Taken("name", "is the name of another service account of the organization")
)

func scanServiceAccount(r scanner) (apikey.ServiceAccount, error) {
	var a apikey.ServiceAccount
	var created int64
	err := r.Scan(&a.OrganizationID, &a.ID, &a.Name, &a.Description, &a.Role, &a.RoleName, &a.CreatedBy, &created)
	a.CreatedAt = timeOf(created)
	return a, err
}

// ServiceAccounts lists the service accounts of an organization.
func (s *Store) ServiceAccounts(ctx context.Context, organization string) ([]apikey.ServiceAccount, error) {
	return all(ctx, s.read, scanServiceAccount, "SelectServiceAccounts", organization, "")
}

// ServiceAccount returns a service account by id.
func (s *Store) ServiceAccount(ctx context.Context, organization, id string) (apikey.ServiceAccount, error) {
	return serviceAccount(ctx, s.read, organization, id, noServiceAccount)
}

func serviceAccount(ctx context.Context, q querier, organization, id string, absent error) (apikey.ServiceAccount, error) {
	if id == "" {
		return apikey.ServiceAccount{}, absent
	}
	return one(ctx, q, scanServiceAccount, absent, "SelectServiceAccounts", organization, id)
}

// CreateServiceAccount stores a service account.
func (s *Store) CreateServiceAccount(ctx context.Context, a apikey.ServiceAccount, e audit.Entry) (apikey.ServiceAccount, error) {
	err := s.change(ctx, e, func(tx *sql.Tx) error {
		if err := s.room(ctx, tx, a.OrganizationID, plan.ServiceAccounts, 1); err != nil {
			return err
		}
		if err := placeOf(ctx, tx, a.OrganizationID, a.Role, "", ""); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "InsertServiceAccount", a.OrganizationID, a.ID, a.Name, a.Description, a.Role, a.CreatedBy, micros(a.CreatedAt))
		if err == nil && n == 0 {
			return serviceAccountNameTaken
		}
		return err
	})
	if err != nil {
		return apikey.ServiceAccount{}, err
	}
	return s.ServiceAccount(ctx, a.OrganizationID, a.ID)
}

// UpdateServiceAccount changes name, description and role.
func (s *Store) UpdateServiceAccount(ctx context.Context, a apikey.ServiceAccount, may tenant.May, e audit.Entry) (apikey.ServiceAccount, error) {
	err := s.change(ctx, e, func(tx *sql.Tx) error {
		if err := s.ownerOf(ctx, tx, a.OrganizationID, authz.Principal{Kind: authz.ServiceAccount, ID: a.ID}, may); err != nil {
			return err
		}
		if err := free(ctx, tx, "CountServiceAccountsNamed", a.OrganizationID, a.Name, a.ID, serviceAccountNameTaken); err != nil {
			return err
		}
		if err := placeOf(ctx, tx, a.OrganizationID, a.Role, "", ""); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "UpdateServiceAccount", a.OrganizationID, a.ID, a.Name, a.Description, a.Role)
		if err == nil && n == 0 {
			return noServiceAccount
		}
		return err
	})
	if err != nil {
		return apikey.ServiceAccount{}, err
	}
	return s.ServiceAccount(ctx, a.OrganizationID, a.ID)
}

// DeleteServiceAccount deletes a service account with its keys and grants.
func (s *Store) DeleteServiceAccount(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		owner := authz.Principal{Kind: authz.ServiceAccount, ID: id}
		if err := s.ownerOf(ctx, tx, organization, owner, may); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteGrantsOf", organization, owner.Kind, id); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "DeleteServiceAccount", organization, id) // with its keys and its places in groups
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}
