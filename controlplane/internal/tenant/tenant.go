// Package tenant knows organizations and who belongs to them. An account may belong to several; an organization always has
// an owner. To somebody who does not belong to it, an organization does not exist.
package tenant

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// Organization is a tenant, as one of its members sees it.
type Organization struct {
	ID        string
	Name      string // unique in the cloud
	CreatedAt time.Time
	Role      authz.Role // of the account that asked
	// SSORequired says that members must come through an identity provider of the organization; owners need not.
	SSORequired bool
	// SecondFactorMissing says that the account that asked comes with a password and must set up a second factor first.
	SecondFactorMissing bool
	Plan                string // name of the plan that it was given; empty: the installation's default
	// MaxKeyDays is the longest life of its keys in days, as in Rules.
	MaxKeyDays int
	Life
}

// Viewer is an account that asks, and how it has signed in, or a service account.
type Viewer struct {
	AccountID string
	Kind      authz.Kind // of the account; empty: a user
	// OrganizationID names the organization through whose identity provider the session was made: it sees that one only,
	// with the roles that groups give. Empty: a password; all organizations, with the roles that were given by hand.
	OrganizationID string
}

// Member is an account in an organization.
type Member struct {
	AccountID string
	Email     string
	Name      string
	Role      authz.Role
	Provider  string // name of the identity provider that gives a role; empty: the role was given by hand
	Since     time.Time
	// PasswordAlone says that they have a password and no second factor.
	PasswordAlone bool
}

// May says why somebody may not change who holds the grants, nil: they may.
type May func(held []authz.Grant) error

// Store keeps organizations and memberships. What is absent is a problem of kind NotFound.
type Store interface {
	// CreateOrganization stores o with one owner. A name that is taken is a problem of kind Conflict.
	CreateOrganization(ctx context.Context, o Organization, owner string, e audit.Entry) error
	// OrganizationsOf lists the organizations that a viewer sees, by name.
	OrganizationsOf(ctx context.Context, v Viewer) ([]Organization, error)
	// OrganizationByName finds one by name among them.
	OrganizationByName(ctx context.Context, v Viewer, name string) (Organization, error)
	// OrganizationByID finds one by id among them.
	OrganizationByID(ctx context.Context, v Viewer, id string) (Organization, error)
	// Grants lists what a principal holds in an organization. What its identity providers give counts with federated only.
	Grants(ctx context.Context, organization string, p authz.Principal, federated bool) ([]authz.Grant, error)
	// RolePermissions returns the permissions of a role that an organization has made.
	RolePermissions(ctx context.Context, organization string, r authz.Role) ([]authz.Permission, error)
	// Members lists the members of an organization, by e-mail.
	Members(ctx context.Context, organization string) ([]Member, error)
	// SetRole makes the account with the e-mail a member, or changes the role that it was given by hand. It refuses to leave
	// no owner who has a password. may is asked first, in the same transaction, with all that the account holds already.
	SetRole(ctx context.Context, organization, email string, r authz.Role, may May, e audit.Entry) (Member, error)
	// RemoveMember ends a membership and what groups gave; one that is absent is no error. It refuses to leave no owner who
	// has a password. may is asked first, as by SetRole.
	RemoveMember(ctx context.Context, organization, account string, may May, e audit.Entry) error

	LifeStore
	RulesStore

	// CreateInvitation stores an invitation in place of an earlier one of the same address, with the letter that brings it
	// unless that is nil.
	CreateInvitation(ctx context.Context, i Invitation, tokenHash string, letter *mail.Letter, e audit.Entry) error
	// Invitations lists the invitations of an organization that have not expired, by e-mail.
	Invitations(ctx context.Context, organization string, now time.Time) ([]Invitation, error)
	// InvitationByHash returns an invitation of whatever organization that has not expired, or [NoInvitation].
	InvitationByHash(ctx context.Context, tokenHash string, now time.Time) (Invitation, error)
	// DeleteInvitation takes an invitation back; one that is absent is no error.
	DeleteInvitation(ctx context.Context, organization, id string, e audit.Entry) error
	// AcceptInvitation makes an account a member and uses the invitation up; one that is used up is [NoInvitation].
	AcceptInvitation(ctx context.Context, i Invitation, account string, e audit.Entry) error
	// PurgeInvitations deletes invitations that have expired.
	PurgeInvitations(ctx context.Context, now time.Time) error
}

// Service is the use cases. Make it with New.
type Service struct {
	store Store
	now   func() time.Time
}

// New returns the service; now is the clock.
func New(s Store, now func() time.Time) *Service { return &Service{store: s, now: now} }

// NewOrganization returns an organization with a fresh id and the name, checked under the field name that the caller gives.
func NewOrganization(name, field string, now time.Time) (Organization, error) {
	var check problem.Check
	check.Field(field, naming.Check(name))
	o := Organization{ID: id.New("org"), Name: name, CreatedAt: now, Role: authz.Owner}
	return o, check.Err()
}

// Create makes an organization that the actor owns. It is not repeatable: the second call finds the name taken.
func (s *Service) Create(ctx context.Context, by audit.Actor, name string) (Organization, error) {
	o, err := NewOrganization(name, "name", s.now())
	if err != nil {
		return Organization{}, err
	}
	return o, s.store.CreateOrganization(ctx, o, by.AccountID, audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "organization.create", Target: "organization/" + name,
		After: map[string]string{"name": name, "owner": by.Email},
	})
}

// List returns the organizations that the viewer sees, by name.
func (s *Service) List(ctx context.Context, v Viewer) ([]Organization, error) {
	return s.store.OrganizationsOf(ctx, v)
}

// Named returns an organization by name, as the viewer sees it.
func (s *Service) Named(ctx context.Context, v Viewer, name string) (Organization, error) {
	if name == "" {
		return Organization{}, problem.Missing("organization")
	}
	return s.store.OrganizationByName(ctx, v, name)
}

// Get returns an organization by id, as the viewer sees it.
func (s *Service) Get(ctx context.Context, v Viewer, id string) (Organization, error) {
	return s.store.OrganizationByID(ctx, v, id)
}

// Grants returns what the viewer holds in an organization, as it is stored at this moment.
func (s *Service) Grants(ctx context.Context, v Viewer, organization string) ([]authz.Grant, error) {
	return s.store.Grants(ctx, organization, authz.Principal{Kind: cmp.Or(v.Kind, authz.User), ID: v.AccountID}, v.OrganizationID == organization)
}

// Members returns the members of an organization, by e-mail.
func (s *Service) Members(ctx context.Context, o Organization) ([]Member, error) {
	return s.store.Members(ctx, o.ID)
}

// Member returns the member with an account.
func (s *Service) Member(ctx context.Context, o Organization, account string) (Member, error) {
	members, err := s.store.Members(ctx, o.ID)
	if err != nil {
		return Member{}, err
	}
	i := slices.IndexFunc(members, func(m Member) bool { return m.AccountID == account })
	if i < 0 {
		return Member{}, problem.Missing("member")
	}
	return members[i], nil
}

// Covered lets whoever has the rights change only those who hold nothing more than they do, so that nobody is pushed out from
// below.
func Covered(rights authz.Rights) May {
	return func(held []authz.Grant) error {
		if !rights.CoverAll(held) {
			return problem.New(problem.Denied, "They have rights that you do not have; ask somebody who has.")
		}
		return nil
	}
}

// giving refuses a role that gives more than whoever gives it has, and one that there is not.
func (s *Service) giving(ctx context.Context, rights authz.Rights, o Organization, r authz.Role) error {
	g := authz.Grant{Role: r, Scope: authz.Scope{Organization: o.ID}}
	if r.Custom() {
		var err error
		g.Permissions, err = s.store.RolePermissions(ctx, o.ID, r)
		if problem.KindOf(err) == problem.NotFound {
			return problem.Wrong("role", "is no role of the organization")
		}
		if err != nil {
			return err
		}
	}
	if !rights.Cover(g) {
		return problem.New(problem.Denied, "The role %s gives rights that you do not have; ask somebody who has.", r)
	}
	return nil
}

// AddMember gives the account with the e-mail a role; repeating it changes nothing. Nobody gives more than their own rights.
func (s *Service) AddMember(ctx context.Context, by audit.Actor, rights authz.Rights, o Organization, email string, r authz.Role) (Member, error) {
	var check problem.Check
	email, wrong := naming.Email(email)
	check.Field("email", wrong)
	check.Field("role", checkRole(r))
	if err := check.Err(); err != nil {
		return Member{}, err
	}
	if err := s.giving(ctx, rights, o, r); err != nil {
		return Member{}, err
	}
	return s.store.SetRole(ctx, o.ID, email, r, Covered(rights), audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "member.set", Target: "member/" + email,
	})
}

// ChangeRole gives a member another role; repeating it changes nothing. Nobody gives or takes more than their own rights.
func (s *Service) ChangeRole(ctx context.Context, by audit.Actor, rights authz.Rights, o Organization, account string, r authz.Role) (Member, error) {
	m, err := s.Member(ctx, o, account)
	if err != nil {
		return Member{}, err
	}
	return s.AddMember(ctx, by, rights, o, m.Email, r)
}

// checkRole returns what is wrong with a role of members.
func checkRole(r authz.Role) string {
	if !r.ForMembers() && !r.Custom() {
		return "must be one of " + authz.RoleNames() + ", or a role of the organization"
	}
	return ""
}

// RemoveMember takes an account out of the organization; repeating it changes nothing.
func (s *Service) RemoveMember(ctx context.Context, by audit.Actor, rights authz.Rights, o Organization, account string) error {
	return s.store.RemoveMember(ctx, o.ID, account, Covered(rights), audit.Entry{
		At: s.now(), Actor: by, Organization: o.ID, Action: "member.remove", Target: "account/" + account,
	})
}
