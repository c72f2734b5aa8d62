// Package identity knows accounts: who they are, how they prove it, and the sessions and signatures that follow from it.
//
// A password is kept as an argon2id hash, a session token as a SHA-256 hash; neither can be got back from the store. A session
// ends after [SessionIdle] without a call, at the latest [SessionLife] after its start. Signing in always makes a session
// with a new token. An account may have a second factor, codes of an app, which then belongs to its password. The control plane
// signs with the keys of a [Signer].
package identity

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// Limits of a session.
const (
	SessionIdle = 24 * time.Hour
	SessionLife = 14 * 24 * time.Hour
	// FederatedLife is shorter, as groups are asked for only at a log-in.
	FederatedLife = 12 * time.Hour
	// SessionFresh is how long after somebody has proven who they are dangerous acts are let through without doing so again.
	SessionFresh = 10 * time.Minute
	// touchEvery bounds how often a session's last use is written.
	touchEvery = 5 * time.Minute
)

// Account is a person.
type Account struct {
	ID        string
	Email     string // lower case
	Name      string
	CreatedAt time.Time
}

// Session is a signed-in browser. The token itself is only in its cookie.
type Session struct {
	TokenHash string // hex SHA-256; also its public name, as it does not lead back to the token
	AccountID string
	Address   string // network address that it was made from
	Agent     string // what the browser says of itself
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // absolute
	ProvenAt  time.Time // when the person has last proven who they are; zero: nobody can tell
	Through   Federation
}

// Credential names the session in the audit log.
func (s Session) Credential() string { return "session/" + s.TokenHash[:min(len(s.TokenHash), 12)] }

// Federation says through which identity provider a session was made. The zero value stands for a password.
type Federation struct {
	OrganizationID string // the session is good in this organization only
	ProviderID     string
	Subject        string // sub
	SessionID      string // sid; empty: the provider names none
	SealedIDToken  string // bound to the provider's id
}

// Store keeps accounts and sessions. What is absent is a problem of kind NotFound.
type Store interface {
	FactorStore

	// CreateAccount stores an account, its first organization and its first session, all or nothing. An e-mail or a name
	// that is taken is a problem of kind Conflict which names the field email or organization.
	CreateAccount(ctx context.Context, a Account, passwordHash string, o tenant.Organization, s Session, e audit.Entry) error
	// CreateInvitedAccount stores an account with its first session, and makes it a member by an invitation, which is used
	// up, all or nothing. An e-mail that is taken is a problem of kind Conflict.
	CreateInvitedAccount(ctx context.Context, a Account, passwordHash string, i tenant.Invitation, s Session, e audit.Entry) error
	// AccountByEmail returns the account and its password hash.
	AccountByEmail(ctx context.Context, email string) (Account, string, error)
	// CreateSession stores a session and ends the one with the hash replaced, if there is one. The entry goes where that of
	// AuditSignIn goes.
	CreateSession(ctx context.Context, s Session, replaced string, e audit.Entry) error
	// Session returns a session, expired or not, and its account.
	Session(ctx context.Context, tokenHash string) (Session, Account, error)
	// TouchSession notes the use of a session.
	TouchSession(ctx context.Context, tokenHash string, at time.Time) error
	// DeleteSession ends a session; one that is absent is no error and leaves no audit entry.
	DeleteSession(ctx context.Context, tokenHash string, e audit.Entry) error
	// SessionsOf lists the sessions of an account that have not ended, last used first.
	SessionsOf(ctx context.Context, account string, now time.Time, idle time.Duration) ([]Session, error)
	// DeleteSessionOf ends a session of an account; one that is absent is no error and leaves no audit entry.
	DeleteSessionOf(ctx context.Context, account, tokenHash string, e audit.Entry) error
	// EndSessionsInto ends the sessions of an account with a password, or through a provider of the organization, but the one
	// with the hash kept, and what the account has opened in its clusters. may is asked first, in the same transaction, with all
	// that the account holds there. The entry gets how many have ended.
	EndSessionsInto(ctx context.Context, organization, account, kept string, may tenant.May, e audit.Entry) error
	// PurgeSessions deletes the sessions that ended before now and returns how many.
	PurgeSessions(ctx context.Context, now time.Time, idle time.Duration) (int64, error)
	// AuditSignIn records an entry about an account's way in, also for the organizations that it leads to.
	AuditSignIn(ctx context.Context, e audit.Entry) error
}

// Service is the use cases. Make it with New.
type Service struct {
	store  Store
	sealer *Sealer
	now    func() time.Time
	log    *slog.Logger
	hasher *hasher
	limits *limiter
}

// Deps is what accounts need. All fields but Attempts are required.
type Deps struct {
	Store    Store
	Sealer   *Sealer           // keeps the secrets of second factors
	Attempts *ratelimit.Shared // counts attempts with those at other processes; nil: at this one alone
	Now      func() time.Time
	Logger   *slog.Logger
}

// New returns the service.
func New(d Deps) *Service {
	return &Service{store: d.Store, sealer: d.Sealer, now: d.Now, log: d.Logger, hasher: newHasher(), limits: newLimiter(d.Attempts, d.Now)}
}

// SignedIn is a fresh session: the token goes into the cookie and nowhere else.
type SignedIn struct {
	Account   Account
	Token     string
	ExpiresAt time.Time
}

// SignUpInput is what a new person tells of themselves.
type SignUpInput struct{ Email, Password, Name, Organization string }

// SignUp makes an account, its first organization and a session, or nothing. That it tells an e-mail which is taken from one
// that is free is the price of signing up without a mailed link; the rate of calls from one address is limited.
func (s *Service) SignUp(ctx context.Context, from audit.Actor, in SignUpInput) (SignedIn, error) {
	if err := s.limits.take(ctx, perAddress("signup", from.Address)); err != nil {
		return SignedIn{}, err
	}
	now := s.now()
	var check problem.Check
	email, wrong := naming.Email(in.Email)
	check.Field("email", wrong)
	check.Field("password", checkPassword(in.Password, email))
	check.Field("name", checkName(in.Name))
	check.Field("organization", naming.Check(in.Organization))
	if err := check.Err(); err != nil {
		return SignedIn{}, err
	}
	organization, err := tenant.NewOrganization(in.Organization, "organization", now)
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	account := Account{ID: id.New("acc"), Email: email, Name: in.Name, CreatedAt: now}
	session, token := NewSession(account.ID, from, now, SessionLife)
	from.AccountID, from.Email = account.ID, account.Email
	err = s.store.CreateAccount(ctx, account, hash, organization, session, audit.Entry{
		At: now, Actor: from, Organization: organization.ID, Action: "account.create", Target: "account/" + email,
		After: map[string]string{"email": email, "name": in.Name, "organization": organization.Name},
	})
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{account, token, session.ExpiresAt}, nil
}

// Join makes an account for whom an invitation is for, a member of its organization, and a session.
func (s *Service) Join(ctx context.Context, from audit.Actor, i tenant.Invitation, name, password string) (SignedIn, error) {
	if err := s.limits.take(ctx, perAddress("signup", from.Address)); err != nil {
		return SignedIn{}, err
	}
	var check problem.Check
	check.Field("password", checkPassword(password, i.Email))
	check.Field("name", checkName(name))
	if err := check.Err(); err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return SignedIn{}, err
	}
	now := s.now()
	account := Account{ID: id.New("acc"), Email: i.Email, Name: name, CreatedAt: now}
	session, token := NewSession(account.ID, from, now, SessionLife)
	from.AccountID, from.Email = account.ID, account.Email
	err = s.store.CreateInvitedAccount(ctx, account, hash, i, session, tenant.AcceptEntry(from, i, now))
	return SignedIn{account, token, session.ExpiresAt}, err
}

// LogInInput is what somebody with an account proves who they are with.
type LogInInput struct {
	Email, Password string
	Code            string // of the second factor, if the account has one
	OldToken        string // of the session that the new one takes the place of, if any
}

// LogIn starts a session. A wrong password and an unknown e-mail take the same time and give the same answer,
// Unauthenticated; too many of either give TooMany. A right password of an account with a second factor gives CodeWanted
// without a code, and Unauthenticated with the field code when that is wrong or was used before.
func (s *Service) LogIn(ctx context.Context, from audit.Actor, in LogInInput) (SignedIn, error) {
	email, password := in.Email, in.Password
	var check problem.Check
	if email == "" {
		check.Field("email", "is required")
	}
	if password == "" {
		check.Field("password", "is required")
	}
	if err := check.Err(); err != nil {
		return SignedIn{}, err
	}
	address, _ := naming.Email(email) // an impossible address is just unknown
	attempt := []allowance{
		perPair(address, from.Address), perAccount(address), perAddress("login", from.Address),
	}
	if err := s.limits.take(ctx, attempt...); err != nil {
		return SignedIn{}, err
	}
	account, hash, err := s.store.AccountByEmail(ctx, address)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return SignedIn{}, err
	}
	known := err == nil
	right, err := s.hasher.verify(ctx, hash, password)
	if err != nil {
		return SignedIn{}, err
	}
	entry := audit.Entry{At: s.now(), Actor: from, Action: "session.create", Target: "account"}
	if known {
		entry.Actor.AccountID, entry.Actor.Email, entry.Target = account.ID, account.Email, "account/"+account.Email
	}
	if !known || !right {
		// What was entered for an unknown e-mail is not kept: it may be a password in the wrong field.
		entry.Outcome, entry.Reason = audit.Refused, "The e-mail or the password is wrong."
		if err := s.store.AuditSignIn(ctx, entry); err != nil {
			return SignedIn{}, err
		}
		return SignedIn{}, problem.New(problem.Unauthenticated, "%s", entry.Reason)
	}
	proof, wrong, err := s.proveFactor(ctx, account.ID, in.Code)
	if wrong {
		entry.Outcome, entry.Reason = audit.Refused, "The password is right, and the code is wrong or was used before."
		if err := s.store.AuditSignIn(ctx, entry); err != nil {
			return SignedIn{}, err
		}
		refused := problem.Wrong("code", "is wrong, or was used already; wait for the next one")
		refused.Kind = problem.Unauthenticated
		return SignedIn{}, refused
	}
	if err == nil || problem.KindOf(err) == problem.CodeWanted {
		s.limits.giveBack(ctx, attempt...)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if proof != noProof {
		entry.After = map[string]Proof{"secondFactor": proof}
	}
	session, token := NewSession(account.ID, from, entry.At, SessionLife)
	entry.Actor.Credential = session.Credential()
	err = s.store.CreateSession(ctx, session, HashToken(in.OldToken), entry)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{account, token, session.ExpiresAt}, nil
}

// LogOut ends the session of a token; an unknown token is no error.
func (s *Service) LogOut(ctx context.Context, from audit.Actor, token string) error {
	if token == "" {
		return nil
	}
	return s.store.DeleteSession(ctx, HashToken(token), audit.Entry{
		At: s.now(), Actor: from, Action: "session.delete", Target: "account/" + from.Email,
	})
}

// Authenticate returns the session of a token and its account, or Unauthenticated; of a session that has ended with both.
func (s *Service) Authenticate(ctx context.Context, token string) (Session, Account, error) {
	refused := problem.New(problem.Unauthenticated, "Sign in first.")
	if token == "" {
		return Session{}, Account{}, refused
	}
	session, account, err := s.store.Session(ctx, HashToken(token))
	if problem.KindOf(err) == problem.NotFound {
		return Session{}, Account{}, refused
	}
	if err != nil {
		return Session{}, Account{}, err
	}
	now := s.now()
	if !now.Before(session.ExpiresAt) || now.Sub(session.SeenAt) >= SessionIdle {
		return session, account, refused
	}
	if now.Sub(session.SeenAt) >= touchEvery {
		if err := s.store.TouchSession(ctx, session.TokenHash, now); err != nil {
			return Session{}, Account{}, err
		}
	}
	return session, account, nil
}

// Fresh makes sure that whoever has a session has proven lately who they are. Signing in again makes a new session, in place
// of the one before.
func (s *Service) Fresh(session Session) error {
	if s.now().Sub(session.ProvenAt) > SessionFresh {
		return problem.New(problem.Stale, "Sign in again to do this: your last sign-in was more than ten minutes ago.")
	}
	return nil
}

// Sessions lists the sessions of an account that have not ended, last used first. To a session through an organization's
// provider they are those through that organization: its owners could be behind it.
func (s *Service) Sessions(ctx context.Context, asking Session) ([]Session, error) {
	list, err := s.store.SessionsOf(ctx, asking.AccountID, s.now(), SessionIdle)
	within := asking.Through.OrganizationID
	return slices.DeleteFunc(list, func(v Session) bool { return within != "" && v.Through.OrganizationID != within }), err
}

// EndSession ends one of the sessions that Sessions lists, named by the hash of its token; one that is absent is no error.
func (s *Service) EndSession(ctx context.Context, by audit.Actor, asking Session, tokenHash string) error {
	list, err := s.Sessions(ctx, asking)
	if err != nil || !slices.ContainsFunc(list, func(v Session) bool { return v.TokenHash == tokenHash }) {
		return err
	}
	return s.store.DeleteSessionOf(ctx, by.AccountID, tokenHash, audit.Entry{
		At: s.now(), Actor: by, Action: "session.delete", Target: "account/" + by.Email,
	})
}

// SessionsInto lists the sessions of an account that lead into an organization, last used first: those with a password, and
// those through its providers. What goes on through providers of others is not told.
func (s *Service) SessionsInto(ctx context.Context, organization, account string) ([]Session, error) {
	list, err := s.store.SessionsOf(ctx, account, s.now(), SessionIdle)
	return slices.DeleteFunc(list, func(v Session) bool {
		return v.Through.OrganizationID != "" && v.Through.OrganizationID != organization
	}), err
}

// EndSessionsInto ends the sessions of a member that SessionsInto lists, but the one that asks, and what was opened with them in
// clusters of the organization. Repeating it changes nothing.
func (s *Service) EndSessionsInto(ctx context.Context, by audit.Actor, asking Session, o tenant.Organization, m tenant.Member, may tenant.May) error {
	return s.store.EndSessionsInto(ctx, o.ID, m.AccountID, asking.TokenHash, may, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "session.end-all", Target: "member/" + m.Email,
	})
}

// Purge deletes what has expired.
func (s *Service) Purge(ctx context.Context) error {
	n, err := s.store.PurgeSessions(ctx, s.now(), SessionIdle)
	if n > 0 {
		s.log.InfoContext(ctx, "ended sessions deleted", "count", n)
	}
	return err
}

func checkName(name string) string {
	switch n := len([]rune(name)); {
	case n == 0:
		return "is required"
	case n > 100:
		return "must have at most 100 characters"
	}
	return ""
}
