// Package sso lets the people of an organization sign in through its own OpenID Connect providers.
//
// A [Provider] begins as a Draft, is in Test from the first test log-in on, and becomes Active by its owner's word, after a
// test log-in that succeeded with the present settings. Only active providers make sessions, and only for people whose e-mail
// domain the organization has proven by a DNS record ([Domain]).
//
// Somebody is known by provider, issuer and subject. The first log-in links them to the account of their e-mail, or makes
// one; this needs the proven domain and a provider that does not say the e-mail is unverified. Groups become a role at each
// log-in, beside the role that was given by hand, which no log-in changes. A session that is made here is good in the
// provider's organization only, so that its owners gain nothing elsewhere.
package sso

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

// State is how far a provider has come.
type State string

// The states.
const (
	Draft  State = "DRAFT"  // being set up
	Test   State = "TEST"   // test log-ins only
	Active State = "ACTIVE" // people sign in through it
)

// Provider is an OpenID Connect provider of an organization.
type Provider struct {
	OrganizationID string
	ID             string
	Name           string // unique in the organization
	State          State
	Issuer         string
	ClientID       string
	SealedSecret   string // bound to ID; empty: a public client
	Scopes         []string
	Claims         ClaimNames
	Mapping        Mapping
	Tested         bool // a test log-in succeeded with the present settings
	LastTest       *TestResult
	Version        int64 // grows with every change of the settings
	CreatedAt      time.Time
}

// Domain is an e-mail domain that an organization has proven, or wants to.
type Domain struct {
	OrganizationID string
	Name           string // lower case
	Proof          string // what its TXT record must say
	ProvenAt       time.Time
	CheckedAt      time.Time
	MissingSince   time.Time // the record of a proven domain was not found any more
	CreatedAt      time.Time
}

// SignIn is a log-in that has begun.
type SignIn struct {
	OrganizationID string
	ProviderID     string
	StateHash      string // hex SHA-256
	BrowserHash    string // hex SHA-256 of the cookie
	Version        int64  // of the provider's settings
	AccountID      string // who tests the provider; empty: a log-in
	Next           string // page of the console to end at
	Fresh          bool   // the provider must ask for a proof, however lately it has
	ExpiresAt      time.Time
}

// Entrance is a log-in that the provider has vouched for.
type Entrance struct {
	Provider Provider
	Issuer   string
	Subject  string
	Email    string // lower case
	Name     string
	// MayLink says that the e-mail is the provider's to vouch for: its domain is proven, and it is not said to be unverified.
	MayLink bool
	Role    authz.Role // of the groups; empty: none
	Groups  []string   // as the provider names them
	Session identity.Session
	// Replaced is the hash of the token of the session that the new one stands in for.
	Replaced string
	At       time.Time
	From     audit.Actor
}

// Outcome of an Entrance.
type Outcome int

// The outcomes.
const (
	Entered  Outcome = iota + 1
	NoRole           // neither groups nor an owner give a role; what groups gave before is gone
	Unlinked         // the subject is new, and its e-mail proves nothing
	Full             // they would be one member too many for the organization's plan; nothing was changed
	Changed          // the provider is not what it was when the log-in began
)

// Store keeps providers, domains and who somebody is at a provider. What is absent is a problem of kind NotFound.
type Store interface {
	// Providers lists the providers of an organization, by name.
	Providers(ctx context.Context, organization string) ([]Provider, error)
	// Provider returns one of them.
	Provider(ctx context.Context, organization, id string) (Provider, error)
	// ProviderByID returns a provider of whatever organization.
	ProviderByID(ctx context.Context, id string) (Provider, error)
	// ProvidersForDomain lists the active providers of the organization that has proven the domain.
	ProvidersForDomain(ctx context.Context, domain string) ([]Provider, error)
	// CreateProvider stores p. A name that is taken is a problem of kind Conflict.
	CreateProvider(ctx context.Context, p Provider, e audit.Entry) error
	// UpdateProvider stores the settings of p, if they still have its version, and raises it. With endSessions the sessions
	// that came through it end.
	UpdateProvider(ctx context.Context, p Provider, endSessions bool, e audit.Entry) error
	// SetProviderState changes the state of the version that p has. Any other than Active ends the sessions that came
	// through it and, with the last active provider, the requirement to use one.
	SetProviderState(ctx context.Context, p Provider, s State, e audit.Entry) error
	// SaveTest notes a test log-in with a version of the settings; of another version it notes nothing.
	SaveTest(ctx context.Context, p Provider, r TestResult, e audit.Entry) error
	// DeleteProvider deletes a provider, its sessions and the roles that it gave; one that is absent is no error.
	DeleteProvider(ctx context.Context, organization, id string, e audit.Entry) error

	// Domains lists the domains of an organization, by name.
	Domains(ctx context.Context, organization string) ([]Domain, error)
	// Domain returns one of them.
	Domain(ctx context.Context, organization, name string) (Domain, error)
	// AddDomain stores d, or returns what is stored of that name already.
	AddDomain(ctx context.Context, d Domain, e audit.Entry) (Domain, error)
	// SetDomain stores when d was proven and checked. One that another organization has proven is a problem of kind Conflict.
	SetDomain(ctx context.Context, d Domain, e audit.Entry) error
	// RemoveDomain deletes a domain; one that is absent is no error, the last proven one that is needed a Conflict.
	RemoveDomain(ctx context.Context, organization, name string, e audit.Entry) error
	// ProvenDomains lists domains of all organizations that were checked before a time, at most 100.
	ProvenDomains(ctx context.Context, checkedBefore time.Time) ([]Domain, error)

	// SSORequired tells whether members must use a provider.
	SSORequired(ctx context.Context, organization string) (bool, error)
	// SetSSORequired changes it. Without an active provider and a proven domain it is a problem of kind Conflict.
	SetSSORequired(ctx context.Context, organization string, required bool, e audit.Entry) error

	// CreateSignIn stores a log-in that begins.
	CreateSignIn(ctx context.Context, s SignIn) error
	// TakeSignIn returns a log-in and deletes it.
	TakeSignIn(ctx context.Context, stateHash, browserHash string) (SignIn, error)
	// Enter links or makes the account, sets the role that the groups give and stores the session, if all of that may be.
	Enter(ctx context.Context, in Entrance) (identity.Account, Outcome, error)
	// EndSessions ends the sessions that a logout token names, by subject, by session or by both; a token that was taken
	// before ends nothing. It returns how many ended.
	EndSessions(ctx context.Context, p Provider, subject, session, token string, until time.Time, e audit.Entry) (int64, error)
	// PurgeSignIns deletes log-ins and logout tokens that have expired.
	PurgeSignIns(ctx context.Context, now time.Time) error
	// Audit records an entry about something that changes nothing else.
	Audit(ctx context.Context, e audit.Entry) error
}

// Resolver looks up TXT records.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Sealer encrypts what the database may hold only encrypted.
type Sealer interface {
	// Seal encrypts plain; it opens for the same organization and owner only.
	Seal(ctx context.Context, organization, owner string, plain []byte) (string, error)
	// Open decrypts what Seal made.
	Open(ctx context.Context, organization, owner, sealed string) ([]byte, error)
}

// SecretOwner is what the client secret of a provider is bound to.
func SecretOwner(provider string) string { return "identity_providers.sealed_secret/" + provider }

// TokenOwner is what the ID token of a session through a provider is bound to.
func TokenOwner(provider string) string { return "sessions.sealed_id_token/" + provider }

// Config is what the service needs.
type Config struct {
	Store     Store
	Sealer    Sealer
	Resolver  Resolver
	Client    *http.Client // for addresses that owners name
	AllowHTTP bool         // issuers may be reached without TLS, where Client goes
	PublicURL string       // of the control plane, without a slash at the end
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service is the use cases. Make it with New.
type Service struct {
	Config
	upstreams *upstreams
	discovery *gate // of sign-in pages, by address
	logouts   *gate // of logout tokens, by provider
}

// New returns the service.
func New(c Config) *Service {
	return &Service{
		Config: c, upstreams: newUpstreams(c.Client, c.Now), discovery: newGate(c.Now, 60), logouts: newGate(c.Now, 600),
	}
}

// RedirectURI is the address that is registered at each provider.
func (s *Service) RedirectURI() string { return s.PublicURL + "/api/v1/sso/callback" }

// PostLogoutURI is where a provider sends people who have signed out.
func (s *Service) PostLogoutURI() string { return s.PublicURL + "/sign-in" }

// BackchannelURI is where a provider tells that somebody has signed out.
func (s *Service) BackchannelURI(p Provider) string {
	return s.PublicURL + "/api/v1/sso/backchannel-logout/" + p.ID
}

// Purge deletes what has expired and looks whether domains still say what proves them.
func (s *Service) Purge(ctx context.Context) error {
	if err := s.Store.PurgeSignIns(ctx, s.Now()); err != nil {
		return err
	}
	return s.recheckDomains(ctx)
}

// domainOf returns what follows the last @ of an e-mail, in lower case.
func domainOf(email string) string {
	return strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
}
