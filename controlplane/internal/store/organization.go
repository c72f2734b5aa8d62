package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func scanOrganization(r scanner) (tenant.Organization, error) {
	var o tenant.Organization
	var created int64
	var required, missing int64
	var suspended, asked, due sql.NullInt64
	err := r.Scan(&o.ID, &o.Name, &created, &o.Role, &required, &missing, &o.Plan, &o.MaxKeyDays, &suspended, &o.Suspension, &asked, &o.DeletionAskedBy, &due,
		&o.DeletionOperation)
	o.CreatedAt, o.SSORequired, o.SecondFactorMissing = timeOf(created), required != 0, missing != 0
	o.SuspendedAt, o.DeletionAskedAt, o.DeleteAt = timeOrZero(suspended), timeOrZero(asked), timeOrZero(due)
	return o, err
}

// after is a row whose first columns are others.
type after struct {
	scanner
	first []any
}

func (a after) Scan(dest ...any) error { return a.scanner.Scan(append(a.first, dest...)...) }

func scanMember(r scanner) (tenant.Member, error) {
	var m tenant.Member
	var since, alone int64
	var provider sql.NullString
	err := r.Scan(&m.AccountID, &m.Email, &m.Name, &m.Role, &since, &provider, &alone)
	m.Since, m.Provider, m.PasswordAlone = timeOf(since), provider.String, alone != 0
	return m, err
}

// OrganizationsOf lists the organizations that a viewer sees.
func (s *Store) OrganizationsOf(ctx context.Context, v tenant.Viewer) ([]tenant.Organization, error) {
	return all(ctx, s.read, scanOrganization, "SelectOrganizationsOf", v.AccountID, v.OrganizationID, "", "")
}

// OrganizationByName finds an organization that a viewer sees.
func (s *Store) OrganizationByName(ctx context.Context, v tenant.Viewer, name string) (tenant.Organization, error) {
	return one(ctx, s.read, scanOrganization, problem.Missing("organization"), "SelectOrganizationsOf", v.AccountID, v.OrganizationID,
		name, "")
}

// OrganizationByID finds an organization that a viewer sees.
func (s *Store) OrganizationByID(ctx context.Context, v tenant.Viewer, id string) (tenant.Organization, error) {
	return one(ctx, s.read, scanOrganization, problem.Missing("organization"), "SelectOrganizationsOf", v.AccountID, v.OrganizationID,
		"", id)
}

// Members lists the members of an organization.
func (s *Store) Members(ctx context.Context, organization string) ([]tenant.Member, error) {
	return all(ctx, s.read, scanMember, "SelectMembers", organization)
}

// SetRole makes an account a member or changes its role.
func (s *Store) SetRole(ctx context.Context, organization, email string, role authz.Role, may tenant.May, e audit.Entry) (tenant.Member, error) {
	var m tenant.Member
	err := s.memberships(ctx, organization, func(tx *sql.Tx) error {
		unknown := problem.Wrong("email", "has no account in this cloud; ask them to sign up first")
		var hash string
		account, err := one(ctx, tx, func(r scanner) (string, error) {
			a, err := scanAccount(r, &hash)
			return a.ID, err
		}, unknown, "SelectAccountByEmail", email)
		if err != nil {
			return err
		}
		if err := mayChange(ctx, tx, organization, account, may); err != nil {
			return err
		}
		before, err := roleOf(ctx, tx, organization, account)
		if err != nil {
			return err
		}
		if role.Custom() {
			unknown := problem.Wrong("role", "is no role of the organization")
			if _, err := one(ctx, tx, scanCustomRole, unknown, "SelectCustomRoles", organization, role); err != nil {
				return err
			}
		}
		if before != role {
			if err := s.roomForMember(ctx, tx, organization, account); err != nil {
				return err
			}
			if _, err := exec(ctx, tx, "UpsertMembership", organization, account, role, micros(e.At)); err != nil {
				return err
			}
			if before != "" {
				if err := endPasses(ctx, tx, organization, account, e.At); err != nil {
					return err
				}
			}
			if role == authz.Owner {
				if err := s.tellNewOwner(ctx, tx, organization, account, email, e.Actor.Email, e); err != nil {
					return err
				}
			}
			e.Before, e.After = roleState(before), roleState(role)
			if err := record(ctx, tx, e); err != nil {
				return err
			}
		}
		m, err = one(ctx, tx, scanMember, problem.Missing("member"), "SelectMember", organization, account)
		return err
	})
	return m, err
}

// RemoveMember ends a membership.
func (s *Store) RemoveMember(ctx context.Context, organization, account string, may tenant.May, e audit.Entry) error {
	return s.memberships(ctx, organization, func(tx *sql.Tx) error {
		if err := mayChange(ctx, tx, organization, account, may); err != nil {
			return err
		}
		before, err := roleOf(ctx, tx, organization, account)
		if err != nil {
			return err
		}
		mapped, err := exec(ctx, tx, "DeleteMappedRoles", organization, account)
		if err != nil {
			return err
		}
		if err := deleteHeld(ctx, tx, organization, account); err != nil || before == "" && mapped == 0 {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteMembership", organization, account); err != nil {
			return err
		}
		if err := endPasses(ctx, tx, organization, account, e.At); err != nil {
			return err
		}
		e.Before = roleState(before)
		return record(ctx, tx, e)
	})
}

// deleteHeld takes away what an account had beside its roles, so that it has nothing of it when it comes back.
func deleteHeld(ctx context.Context, tx *sql.Tx, organization, account string) error {
	for _, statement := range []string{"DeleteGroupMemberships", "DeleteMappedGroupMemberships", "DeleteAPIKeysOf"} {
		if _, err := exec(ctx, tx, statement, organization, account); err != nil {
			return err
		}
	}
	_, err := exec(ctx, tx, "DeleteGrantsOf", organization, authz.User, account)
	return err
}

// memberships runs a change of the memberships of an organization, one at a time, and undoes it when no owner is left.
func (s *Store) memberships(ctx context.Context, organization string, do func(tx *sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "LockOrganization", organization)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Missing("organization")
		}
		if err := do(tx); err != nil {
			return err
		}
		owners, err := one(ctx, tx, value[int64], nil, "CountOwners", organization)
		if err != nil {
			return err
		}
		if owners == 0 {
			return problem.New(problem.Conflict, "The organization needs an owner who has a password; make somebody else one first.")
		}
		return nil
	})
}

// roleOf returns "" for an account that is not a member.
func roleOf(ctx context.Context, tx *sql.Tx, organization, account string) (authz.Role, error) {
	return one(ctx, tx, value[authz.Role], nil, "SelectRole", organization, account)
}

func roleState(r authz.Role) any {
	if r == "" {
		return nil
	}
	return map[string]string{"role": string(r)}
}
