// Package apikey knows the keys by which programs call the control plane, and service accounts: programs that are members of an
// organization.
//
// A key belongs to a person or to a service account and is good in one organization. What it may do is asked at each call: what
// its owner may at that moment, within the role and the place that the key was made for. Of its secret only a SHA-256 hash is
// kept; a [Token] tells itself from other strings, so that scanners find one that has leaked.
package apikey

import (
	"cmp"
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// Key is an API key without its secret.
type Key struct {
	ID             string
	OrganizationID string
	Organization   string          // its name
	Owner          authz.Principal // a user or a service account
	OwnerName      string          // e-mail of a person, name of a service account
	Person         string          // name of a person
	// Federated says that the key was made in a session through the organization's identity provider: what groups of the
	// provider give to its person counts, as in such a session.
	Federated bool
	Name      string
	Limit     Limit
	Dangerous bool // it may do what a person must sign in again for

	SecretHash  string    // hex SHA-256 of the token
	FormerHash  string    // of the token before; empty: there is none
	FormerUntil time.Time // until when that one is good
	Paused      bool
	CreatedBy   string // e-mail
	CreatedAt   time.Time
	ExpiresAt   time.Time
	UsedAt      time.Time // zero: never
	UsedFrom    string    // network address
}

// Limit is what a key does not do more than. The zero value: all that its owner may in the organization.
type Limit struct {
	Role        authz.Role
	RoleName    string             // of a role that the organization has made
	Permissions []authz.Permission // of such a role
	ProjectID   string
	Project     string // its name; empty: it is gone
	ClusterID   string
	Cluster     string // its name; empty: it is gone
	// ClusterProjectID is the project that the cluster is in.
	ClusterProjectID string
}

// Credential names the key in the audit log.
func (k Key) Credential() string { return "api-key/" + k.ID }

// Grant returns the limit of a key as package authz sees it.
func (k Key) Grant() authz.Grant {
	return authz.Grant{
		Role: cmp.Or(k.Limit.Role, authz.Owner), Permissions: k.Limit.Permissions,
		Scope: authz.Scope{
			Organization: k.OrganizationID, Project: cmp.Or(k.Limit.ProjectID, k.Limit.ClusterProjectID), Cluster: k.Limit.ClusterID,
		},
	}
}

// Viewer is the owner of a key as package tenant knows it.
func (k Key) Viewer() tenant.Viewer {
	v := tenant.Viewer{AccountID: k.Owner.ID, Kind: k.Owner.Kind}
	if k.Federated {
		v.OrganizationID = k.OrganizationID
	}
	return v
}

// ServiceAccount is a program that is a member of an organization.
type ServiceAccount struct {
	OrganizationID string
	ID             string
	Name           string // unique in the organization
	Description    string
	Role           authz.Role // as that of a member; empty: it has grants and groups only
	RoleName       string     // of a role that the organization has made
	CreatedBy      string     // e-mail
	CreatedAt      time.Time
}

// Store keeps keys and service accounts. What is absent is a problem of kind NotFound, a name that is taken one of kind Conflict
// that names the field name. May is asked in the transaction of a change, with all that the owner of the key, or the service
// account, holds.
type Store interface {
	// APIKeys lists the keys in an organization, or those of an account, or both when neither is empty; newest first.
	APIKeys(ctx context.Context, organization, account string) ([]Key, error)
	// APIKey returns a key of whatever organization.
	APIKey(ctx context.Context, id string) (Key, error)
	// CreateAPIKey stores a key whose owner and limit must be the organization's, or it names the field that is wrong.
	CreateAPIKey(ctx context.Context, k Key, may tenant.May, e audit.Entry) (Key, error)
	// ChangeAPIKey stores what f makes of the secrets, the end and the pause of a key.
	ChangeAPIKey(ctx context.Context, organization, id string, f func(*Key) error, may tenant.May, e audit.Entry) (Key, error)
	// DeleteAPIKey deletes a key; one that is absent is no error.
	DeleteAPIKey(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error
	// TouchAPIKey notes the use of a key; e may be nil.
	TouchAPIKey(ctx context.Context, id string, at time.Time, address string, e *audit.Entry) error

	// ServiceAccounts lists those of an organization, by name.
	ServiceAccounts(ctx context.Context, organization string) ([]ServiceAccount, error)
	// ServiceAccount returns one by id.
	ServiceAccount(ctx context.Context, organization, id string) (ServiceAccount, error)
	CreateServiceAccount(ctx context.Context, a ServiceAccount, e audit.Entry) (ServiceAccount, error)
	UpdateServiceAccount(ctx context.Context, a ServiceAccount, may tenant.May, e audit.Entry) (ServiceAccount, error)
	// DeleteServiceAccount deletes one with its keys and grants; one that is absent is no error.
	DeleteServiceAccount(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error

	// Rules returns what an organization demands, of keys too.
	Rules(ctx context.Context, organization string) (tenant.Rules, error)
	// RolePermissions returns the permissions of a role that an organization has made.
	RolePermissions(ctx context.Context, organization string, r authz.Role) ([]authz.Permission, error)
}

// Service is the use cases. Make it with New.
type Service struct {
	Store
	now func() time.Time
}

// New returns the service; now is the clock.
func New(s Store, now func() time.Time) *Service { return &Service{s, now} }

// touchEvery bounds how often the use of a key is written.
const touchEvery = time.Minute

// Authenticate returns the key of a token, or Unauthenticated. Once the secret is right, the key is returned with the reason why
// it is refused, too. That its owner is still a member is for the caller to ask.
func (s *Service) Authenticate(ctx context.Context, token, address string) (Key, error) {
	refused := problem.New(problem.Unauthenticated, "The API key is not known.")
	id, good := parse(token)
	if !good {
		return Key{}, refused
	}
	k, err := s.APIKey(ctx, id)
	if problem.KindOf(err) == problem.NotFound {
		return Key{}, refused
	}
	if err != nil {
		return Key{}, err
	}
	now := s.now()
	present, former := same(token, k.SecretHash), same(token, k.FormerHash)
	switch {
	case !present && !former:
		return Key{}, refused
	case !present && !now.Before(k.FormerUntil):
		return k, problem.New(problem.Unauthenticated, "This secret of the API key was replaced.")
	case !now.Before(k.ExpiresAt):
		return k, problem.New(problem.Unauthenticated, "The API key has expired.")
	case k.Paused:
		return k, problem.New(problem.Unauthenticated, "The API key is paused.")
	}
	if now.Sub(k.UsedAt) < touchEvery {
		return k, nil
	}
	var e *audit.Entry
	if k.UsedFrom != address {
		actor := audit.Actor{AccountID: k.Owner.ID, Email: k.Actor(), Address: address, Credential: k.Credential()}
		e = &audit.Entry{At: now, Actor: actor, Organization: k.OrganizationID, Action: "apikey.use", Target: k.target(), After: map[string]string{"address": address}}
	}
	return k, s.TouchAPIKey(ctx, k.ID, now, address, e)
}

// Alive reports whether a key that was let in would be let in again.
func (s *Service) Alive(ctx context.Context, id string) (bool, error) {
	k, err := s.APIKey(ctx, id)
	if problem.KindOf(err) == problem.NotFound {
		return false, nil
	}
	return !k.Paused && s.now().Before(k.ExpiresAt), err
}

// Actor names who acts by the key: an e-mail, or that it is a service account.
func (k Key) Actor() string {
	if k.Owner.Kind == authz.ServiceAccount {
		return "service-account/" + k.OwnerName
	}
	return k.OwnerName
}

func (k Key) target() string { return "api-key/" + k.ID }
