package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func scanInvitation(r scanner) (tenant.Invitation, error) {
	var i tenant.Invitation
	var created, expires int64
	err := r.Scan(&i.OrganizationID, &i.Organization, &i.ID, &i.Email, &i.Role, &i.CreatedBy, &created, &expires, &i.Mail, &i.MailProblem)
	i.CreatedAt, i.ExpiresAt = timeOf(created), timeOf(expires)
	return i, err
}

// CreateInvitation stores an invitation in place of an earlier one of the same address.
func (s *Store) CreateInvitation(ctx context.Context, i tenant.Invitation, tokenHash string, letter *mail.Letter, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if err := s.roomForInvitation(ctx, tx, i); err != nil {
			return err
		}
		_, err := exec(ctx, tx, "InsertInvitation", i.OrganizationID, i.ID, i.Email, i.Role, tokenHash, i.CreatedBy, micros(i.CreatedAt),
			micros(i.ExpiresAt), i.Mail)
		if err != nil || letter == nil {
			return err
		}
		return insertLetter(ctx, tx, *letter)
	})
}

// Invitations lists the invitations of an organization that have not expired.
func (s *Store) Invitations(ctx context.Context, organization string, now time.Time) ([]tenant.Invitation, error) {
	return all(ctx, s.read, scanInvitation, "SelectInvitations", organization, micros(now))
}

// InvitationByHash returns an invitation that has not expired.
func (s *Store) InvitationByHash(ctx context.Context, tokenHash string, now time.Time) (tenant.Invitation, error) {
	return one(ctx, s.read, scanInvitation, tenant.NoInvitation(), "SelectInvitation", tokenHash, micros(now))
}

// DeleteInvitation takes an invitation back.
func (s *Store) DeleteInvitation(ctx context.Context, organization, id string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DeleteInvitation", organization, id)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}

// AcceptInvitation makes an account a member and uses the invitation up.
func (s *Store) AcceptInvitation(ctx context.Context, i tenant.Invitation, account string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return s.acceptInvitation(ctx, tx, i, account, e) })
}

func (s *Store) acceptInvitation(ctx context.Context, tx *sql.Tx, i tenant.Invitation, account string, e audit.Entry) error {
	if _, err := exec(ctx, tx, "LockOrganization", i.OrganizationID); err != nil {
		return err
	}
	n, err := exec(ctx, tx, "DeleteInvitation", i.OrganizationID, i.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenant.NoInvitation() // somebody was faster
	}
	before, err := roleOf(ctx, tx, i.OrganizationID, account)
	if err != nil {
		return err
	}
	if err := s.roomForMember(ctx, tx, i.OrganizationID, account); err != nil {
		return err
	}
	if before == "" || i.Role.Rank() > before.Rank() {
		if _, err := exec(ctx, tx, "UpsertMembership", i.OrganizationID, account, i.Role, micros(e.At)); err != nil {
			return err
		}
		if i.Role == authz.Owner {
			if err := s.tellNewOwner(ctx, tx, i.OrganizationID, account, i.Email, i.CreatedBy, e); err != nil {
				return err
			}
		}
	}
	return record(ctx, tx, e)
}

// tellNewOwner has the other owners told of one.
func (s *Store) tellNewOwner(ctx context.Context, tx *sql.Tx, organization, account, email, by string, e audit.Entry) error {
	return s.tellOwners(ctx, tx, organization, account, e.At, func(o string) mail.Notice { return mail.NewOwner(o, email, by, e.At) })
}

// CreateInvitedAccount stores an account with its first session and makes it a member.
func (s *Store) CreateInvitedAccount(ctx context.Context, a identity.Account, passwordHash string, i tenant.Invitation, session identity.Session, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertAccount", a.ID, a.Email, a.Name, passwordHash, micros(a.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "%s has an account already; sign in to accept the invitation.", a.Email)
		}
		if err := s.acceptInvitation(ctx, tx, i, a.ID, e); err != nil {
			return err
		}
		return insertSession(ctx, tx, session)
	})
}

// PurgeInvitations deletes invitations that have expired.
func (s *Store) PurgeInvitations(ctx context.Context, now time.Time) error {
	_, err := exec(ctx, s.write, "DeleteOldInvitations", micros(now))
	return err
}
