package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// CreateAccount stores an account with its first organization and session.
func (s *Store) CreateAccount(ctx context.Context, a identity.Account, passwordHash string, o tenant.Organization, session identity.Session, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertAccount", a.ID, a.Email, a.Name, passwordHash, micros(a.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Taken("email", "has an account already; sign in instead")
		}
		if err := insertOrganization(ctx, tx, o, a.ID, "organization"); err != nil {
			return err
		}
		return insertSession(ctx, tx, session)
	})
}

func insertSession(ctx context.Context, tx *sql.Tx, s identity.Session) error {
	t := s.Through
	_, err := exec(ctx, tx, "InsertSession", s.TokenHash, s.AccountID, micros(s.CreatedAt), micros(s.SeenAt), micros(s.ExpiresAt),
		nullable(t.OrganizationID), nullable(t.ProviderID), t.Subject, t.SessionID, t.SealedIDToken, s.Address, s.Agent,
		micros(s.ProvenAt))
	return err
}

// AccountByEmail returns an account and its password hash.
func (s *Store) AccountByEmail(ctx context.Context, email string) (identity.Account, string, error) {
	var hash string
	a, err := one(ctx, s.read, func(r scanner) (identity.Account, error) { return scanAccount(r, &hash) },
		problem.Missing("account"), "SelectAccountByEmail", email)
	return a, hash, err
}

func scanAccount(r scanner, more ...any) (identity.Account, error) {
	var a identity.Account
	var created int64
	err := r.Scan(append([]any{&a.ID, &a.Email, &a.Name, &created}, more...)...)
	a.CreatedAt = timeOf(created)
	return a, err
}

// CreateSession stores a session in place of another one.
func (s *Store) CreateSession(ctx context.Context, session identity.Session, replaced string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "DeleteSession", replaced); err != nil {
			return err
		}
		if err := insertSession(ctx, tx, session); err != nil {
			return err
		}
		return recordSignIn(ctx, tx, e)
	})
}

// Session returns a session and its account.
func (s *Store) Session(ctx context.Context, tokenHash string) (identity.Session, identity.Account, error) {
	var account identity.Account
	session, err := one(ctx, s.read, func(r scanner) (identity.Session, error) { return scanSession(r, &account) },
		problem.Missing("session"), "SelectSession", tokenHash)
	return session, account, err
}

func scanSession(r scanner, a *identity.Account) (identity.Session, error) {
	var v identity.Session
	var organization, provider sql.NullString
	var created, seen, expires, proven, accountCreated int64
	err := r.Scan(&v.TokenHash, &v.AccountID, &created, &seen, &expires, &organization, &provider, &v.Through.Subject,
		&v.Through.SessionID, &v.Through.SealedIDToken, &v.Address, &v.Agent, &proven, &a.ID, &a.Email, &a.Name, &accountCreated)
	v.CreatedAt, v.SeenAt, v.ExpiresAt, v.ProvenAt = timeOf(created), timeOf(seen), timeOf(expires), timeOf(proven)
	v.Through.OrganizationID, v.Through.ProviderID = organization.String, provider.String
	a.CreatedAt = timeOf(accountCreated)
	return v, err
}

// SessionsOf lists the sessions of an account that have not ended.
func (s *Store) SessionsOf(ctx context.Context, account string, now time.Time, idle time.Duration) ([]identity.Session, error) {
	return all(ctx, s.read, func(r scanner) (identity.Session, error) { return scanSession(r, &identity.Account{}) },
		"SelectSessionsOf", account, micros(now), micros(now.Add(-idle)))
}

// DeleteSessionOf ends a session of an account.
func (s *Store) DeleteSessionOf(ctx context.Context, account, tokenHash string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DeleteSessionOf", account, tokenHash)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}

// EndSessionsInto ends the sessions of an account that lead into an organization.
func (s *Store) EndSessionsInto(ctx context.Context, organization, account, kept string, may tenant.May, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		if err := mayChange(ctx, tx, organization, account, may); err != nil {
			return err
		}
		ended, err := exec(ctx, tx, "DeleteSessionsInto", organization, account, kept)
		if err != nil {
			return err
		}
		if err := endPasses(ctx, tx, organization, account, e.At); err != nil {
			return err
		}
		e.After = map[string]int64{"sessions": ended}
		return record(ctx, tx, e)
	})
}

// TouchSession notes the use of a session.
func (s *Store) TouchSession(ctx context.Context, tokenHash string, at time.Time) error {
	_, err := exec(ctx, s.write, "TouchSession", tokenHash, micros(at))
	return err
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DeleteSession", tokenHash)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}

// PurgeSessions deletes the sessions that have ended.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time, idle time.Duration) (int64, error) {
	return exec(ctx, s.write, "DeleteEndedSessions", micros(now), micros(now.Add(-idle)))
}

// CreateOrganization stores an organization with its owner.
func (s *Store) CreateOrganization(ctx context.Context, o tenant.Organization, owner string, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error { return insertOrganization(ctx, tx, o, owner, "name") })
}

// insertOrganization names the given field when the name is taken.
func insertOrganization(ctx context.Context, tx *sql.Tx, o tenant.Organization, owner, field string) error {
	n, err := exec(ctx, tx, "InsertOrganization", o.ID, o.Name, micros(o.CreatedAt))
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Taken(field, "is the name of another organization")
	}
	project := "prj_" + strings.TrimPrefix(o.ID, "org_")
	if _, err := exec(ctx, tx, "InsertProject", o.ID, project, "default", flag(true), micros(o.CreatedAt)); err != nil {
		return err
	}
	_, err = exec(ctx, tx, "InsertMembership", o.ID, owner, authz.Owner, micros(o.CreatedAt))
	return err
}
