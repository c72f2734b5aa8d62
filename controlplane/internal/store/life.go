package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var noOrganization = problem.Missing("organization")

// Organization returns one by name, whoever asks.
func (s *Store) Organization(ctx context.Context, name string) (tenant.Organization, error) {
	if name == "" {
		return tenant.Organization{}, noOrganization
	}
	return one(ctx, s.read, scanOrganization, noOrganization, "SelectOrganizations", name, "")
}

// AllOrganizations lists all that there are.
func (s *Store) AllOrganizations(ctx context.Context) ([]tenant.Organization, error) {
	return all(ctx, s.read, scanOrganization, "SelectOrganizations", "", "")
}

// Suspend stores since when an organization is suspended, and has its data planes told.
func (s *Store) Suspend(ctx context.Context, organization string, at time.Time, why string, e audit.Entry) error {
	return s.closing(ctx, organization, e, func(tx *sql.Tx, _ tenant.Organization) error {
		_, err := exec(ctx, tx, "UpdateSuspension", organization, nullableTime(at), why)
		return err
	})
}

// closing runs a change of what closes an organization, which data planes are told.
func (s *Store) closing(ctx context.Context, organization string, e audit.Entry, do func(tx *sql.Tx, before tenant.Organization) error) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		before, err := one(ctx, tx, scanOrganization, noOrganization, "SelectOrganizations", "", organization)
		if err != nil {
			return err
		}
		if err := do(tx, before); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "BumpRevisionsOf", organization)
		return err
	})
}

// Rename gives an organization another name, which data planes are told.
func (s *Store) Rename(ctx context.Context, organization, name string, e audit.Entry) error {
	ctx = tenancy.Everywhere(ctx) // another organization may have the name
	return s.closing(ctx, organization, e, func(tx *sql.Tx, _ tenant.Organization) error {
		others, err := one(ctx, tx, value[int64], nil, "CountOrganizationsNamed", name, organization)
		if err != nil {
			return err
		}
		if others > 0 {
			return problem.Taken("name", "is the name of another organization")
		}
		_, err = exec(ctx, tx, "UpdateOrganizationName", organization, name)
		return err
	})
}
