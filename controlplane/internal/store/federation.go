package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
)

func scanDomain(r scanner) (sso.Domain, error) {
	var d sso.Domain
	var proven, checked, missing sql.NullInt64
	var created int64
	err := r.Scan(&d.OrganizationID, &d.Name, &d.Proof, &proven, &checked, &missing, &created)
	d.ProvenAt, d.CheckedAt, d.MissingSince, d.CreatedAt = timeOrZero(proven), timeOrZero(checked), timeOrZero(missing), timeOf(created)
	return d, err
}

// Domains lists the domains of an organization.
func (s *Store) Domains(ctx context.Context, organization string) ([]sso.Domain, error) {
	return all(ctx, s.read, scanDomain, "SelectDomains", organization, "")
}

// Domain returns a domain of an organization.
func (s *Store) Domain(ctx context.Context, organization, name string) (sso.Domain, error) {
	if name == "" {
		return sso.Domain{}, problem.Missing("domain")
	}
	return one(ctx, s.read, scanDomain, problem.Missing("domain"), "SelectDomains", organization, name)
}

// AddDomain stores a domain unless it is there.
func (s *Store) AddDomain(ctx context.Context, d sso.Domain, e audit.Entry) (sso.Domain, error) {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertDomain", d.OrganizationID, d.Name, d.Proof, micros(d.CreatedAt))
		if err != nil {
			return err
		}
		if n > 0 {
			return record(ctx, tx, e)
		}
		d, err = one(ctx, tx, scanDomain, problem.Missing("domain"), "SelectDomains", d.OrganizationID, d.Name)
		return err
	})
	return d, err
}

// SetDomain stores when a domain was proven and checked.
func (s *Store) SetDomain(ctx context.Context, d sso.Domain, e audit.Entry) error {
	ctx = tenancy.Everywhere(ctx) // another organization may have the domain
	return s.change(ctx, e, func(tx *sql.Tx) error {
		elsewhere, err := one(ctx, tx, value[int64], nil, "CountDomainElsewhere", d.OrganizationID, d.Name)
		if err != nil {
			return err
		}
		if elsewhere > 0 && !d.ProvenAt.IsZero() {
			return problem.New(problem.Conflict, "Another organization has proven this domain; it must give it up first.")
		}
		_, err = exec(ctx, tx, "UpdateDomainChecked", d.OrganizationID, d.Name, nullableTime(d.ProvenAt), nullableTime(d.CheckedAt),
			nullableTime(d.MissingSince))
		return err
	})
}

// RemoveDomain deletes a domain.
func (s *Store) RemoveDomain(ctx context.Context, organization, name string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "DeleteDomain", organization, name)
		if err != nil || n == 0 {
			return err
		}
		required, err := one(ctx, tx, value[int64], nil, "SelectSSORequired", organization)
		if err != nil {
			return err
		}
		if required != 0 {
			proven, err := one(ctx, tx, value[int64], nil, "CountProvenDomains", organization)
			if err != nil {
				return err
			}
			if proven == 0 {
				return problem.New(problem.Conflict, "Members must use single sign-on; without a proven domain they could not get in.")
			}
		}
		return record(ctx, tx, e)
	})
}

// ProvenDomains lists the proven domains that were checked before a time.
func (s *Store) ProvenDomains(ctx context.Context, checkedBefore time.Time) ([]sso.Domain, error) {
	return all(ctx, s.read, scanDomain, "SelectProvenDomains", micros(checkedBefore))
}

// CreateSignIn stores a log-in that begins.
func (s *Store) CreateSignIn(ctx context.Context, in sso.SignIn) error {
	_, err := exec(ctx, s.write, "InsertSignIn", in.OrganizationID, in.ProviderID, in.StateHash, in.BrowserHash, in.Version,
		in.AccountID, in.Next, micros(in.ExpiresAt), flag(in.Fresh))
	return err
}

// TakeSignIn returns a log-in and deletes it.
func (s *Store) TakeSignIn(ctx context.Context, stateHash, browserHash string) (sso.SignIn, error) {
	return one(ctx, s.write, func(r scanner) (sso.SignIn, error) {
		var in sso.SignIn
		var expires, fresh int64
		err := r.Scan(&in.OrganizationID, &in.ProviderID, &in.StateHash, &in.BrowserHash, &in.Version, &in.AccountID, &in.Next, &expires,
			&fresh)
		in.ExpiresAt, in.Fresh = timeOf(expires), fresh != 0
		return in, err
	}, problem.Missing("log-in"), "TakeSignIn", stateHash, browserHash)
}

// PurgeSignIns deletes log-ins and logout tokens that have expired.
func (s *Store) PurgeSignIns(ctx context.Context, now time.Time) error {
	if _, err := exec(ctx, s.write, "DeleteOldSignIns", micros(now)); err != nil {
		return err
	}
	_, err := exec(ctx, s.write, "DeleteOldLogoutTokens", micros(now))
	return err
}

// Enter lets somebody in for whom a provider vouches.
func (s *Store) Enter(ctx context.Context, in sso.Entrance) (identity.Account, sso.Outcome, error) {
	var account identity.Account
	outcome := sso.Entered
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		n, err := exec(ctx, tx, "LockOrganization", in.Provider.OrganizationID)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Missing("organization")
		}
		// The provider may have been changed since its answer was checked.
		present, err := one(ctx, tx, scanProvider, noProvider, "SelectProviders", in.Provider.OrganizationID, in.Provider.ID)
		if err != nil {
			return err
		}
		if present.State != sso.Active || present.Version != in.Provider.Version {
			outcome = sso.Changed
			return nil
		}
		if account, err = federatedAccount(ctx, tx, in); err != nil {
			return err
		}
		if account.ID == "" {
			outcome = sso.Unlinked
			return nil
		}
		in.From.AccountID, in.From.Email = account.ID, account.Email
		if in.Role != "" {
			if err := s.roomForMember(ctx, tx, in.Provider.OrganizationID, account.ID); err != nil {
				return err
			}
		}
		if err := s.mapRole(ctx, tx, in, account); err != nil {
			return err
		}
		given, err := roleOf(ctx, tx, in.Provider.OrganizationID, account.ID)
		if err != nil {
			return err
		}
		if in.Role == "" && given == "" {
			outcome = sso.NoRole
			_, err := exec(ctx, tx, "DeleteMappedGroupMemberships", in.Provider.OrganizationID, account.ID)
			return err
		}
		if err := mapGroups(ctx, tx, in, account.ID); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteSession", in.Replaced); err != nil {
			return err
		}
		in.Session.AccountID = account.ID
		if err := insertSession(ctx, tx, in.Session); err != nil {
			return err
		}
		return record(ctx, tx, entranceEntry(in, "session.create", nil, nil))
	})
	if problem.KindOf(err) == problem.Full { // and what was done for somebody new is undone
		return identity.Account{}, sso.Full, nil
	}
	return account, outcome, err
}

func entranceEntry(in sso.Entrance, action string, before, after any) audit.Entry {
	return audit.Entry{
		At: in.At, Actor: in.From, Organization: in.Provider.OrganizationID, Action: action, Target: "account/" + in.From.Email,
		Before: before, After: after,
	}
}

// federatedAccount finds the account of a subject. A new subject is linked to the account of its e-mail, or gets one, when the
// e-mail may prove that; otherwise the account is zero.
func federatedAccount(ctx context.Context, tx *sql.Tx, in sso.Entrance) (identity.Account, error) {
	p := in.Provider
	known, err := one(ctx, tx, value[string], nil, "SelectFederatedAccount", p.OrganizationID, p.ID, in.Issuer, in.Subject)
	if err != nil {
		return identity.Account{}, err
	}
	if known != "" {
		return one(ctx, tx, func(r scanner) (identity.Account, error) { return scanAccount(r) }, problem.Missing("account"), "SelectAccount", known)
	}
	if !in.MayLink {
		return identity.Account{}, nil
	}
	account := identity.Account{ID: id.New("acc"), Email: in.Email, Name: in.Name, CreatedAt: in.At}
	n, err := exec(ctx, tx, "InsertAccount", account.ID, account.Email, account.Name, "", micros(account.CreatedAt))
	if err != nil {
		return identity.Account{}, err
	}
	action := "account.create"
	if n == 0 {
		action = "account.link"
		var hash string
		account, err = one(ctx, tx, func(r scanner) (identity.Account, error) { return scanAccount(r, &hash) }, problem.Missing("account"),
			"SelectAccountByEmail", in.Email)
		if err != nil {
			return identity.Account{}, err
		}
	}
	if _, err := exec(ctx, tx, "InsertFederatedIdentity", p.OrganizationID, p.ID, in.Issuer, in.Subject, account.ID, micros(in.At)); err != nil {
		return identity.Account{}, err
	}
	in.From.AccountID, in.From.Email = account.ID, account.Email
	return account, record(ctx, tx, entranceEntry(in, action, nil, map[string]string{"provider": p.Name, "subject": in.Subject}))
}

// mapRole gives the role of the groups, or takes it away.
func (s *Store) mapRole(ctx context.Context, tx *sql.Tx, in sso.Entrance, account identity.Account) error {
	organization, provider := in.Provider.OrganizationID, in.Provider.ID
	before, err := one(ctx, tx, value[authz.Role], nil, "SelectMappedRole", organization, account.ID, provider)
	if err != nil || before == in.Role {
		return err
	}
	if in.Role == "" {
		_, err = exec(ctx, tx, "DeleteMappedRole", organization, account.ID, provider)
	} else {
		_, err = exec(ctx, tx, "UpsertMappedRole", organization, account.ID, provider, in.Role, micros(in.At))
	}
	if err != nil {
		return err
	}
	if err := endPasses(ctx, tx, organization, account.ID, in.At); err != nil {
		return err
	}
	e := entranceEntry(in, "member.map", roleState(before), roleState(in.Role))
	if in.Role == authz.Owner {
		if err := s.tellNewOwner(ctx, tx, organization, account.ID, account.Email, "the groups of "+in.Provider.Name, e); err != nil {
			return err
		}
	}
	return record(ctx, tx, e)
}

// EndSessions ends the sessions that a logout token names. One that names a person and no session is about the person: then
// the API keys pause too that they made in sessions through the organization's providers. It returns the number of sessions.
func (s *Store) EndSessions(ctx context.Context, p sso.Provider, subject, session, token string, until time.Time, e audit.Entry) (int64, error) {
	var ended int64
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertLogoutToken", p.ID, token, micros(until))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "The logout token was taken before.")
		}
		accounts, err := all(ctx, tx, value[string], "SelectAccountsOfSubject", p.OrganizationID, p.ID, subject, session)
		if err != nil {
			return err
		}
		ended, err = exec(ctx, tx, "DeleteSessionsOfSubject", p.OrganizationID, p.ID, subject, session)
		if err != nil {
			return err
		}
		var paused int64
		if session == "" {
			if paused, err = exec(ctx, tx, "PauseAPIKeysOfSubject", p.OrganizationID, p.ID, subject); err != nil {
				return err
			}
		}
		if ended+paused == 0 {
			return nil
		}
		for _, account := range accounts {
			if err := endPasses(ctx, tx, p.OrganizationID, account, e.At); err != nil {
				return err
			}
		}
		e.After = map[string]any{"sessions": ended, "paused_api_keys": paused, "subject": subject}
		return record(ctx, tx, e)
	})
	return ended, err
}
