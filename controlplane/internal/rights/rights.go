// Package rights keeps who holds what in an organization: projects, groups, roles of the organization's own making, and
// grants of roles in the whole organization, in a project or in a single cluster.
//
// Nobody gives, changes or takes what is more than their own: whoever calls a [Service] comes with their rights, and the
// store asks again within the transaction of the change. What package authz decides by is read from the store at each call.
package rights

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// Project holds clusters.
type Project struct {
	ID             string
	OrganizationID string
	Name           string // unique in the organization
	Default        bool   // where clusters go of which nothing else is said; it stays
	Clusters       int
	CreatedAt      time.Time
}

// Group is a set of members.
type Group struct {
	ID             string
	OrganizationID string
	Name           string // unique in the organization
	// ProviderGroups are groups of identity providers, as they name them: at a log-in people are put into this group, or taken
	// out of it, by them.
	ProviderGroups  []string
	Members         []GroupMember  // by e-mail
	ServiceAccounts []GroupAccount // by name
	CreatedAt       time.Time
}

// GroupMember is an account in a group.
type GroupMember struct {
	AccountID string
	Email     string
	Name      string
	Provider  string // name of the identity provider that put them in; empty: by hand
}

// GroupAccount is a service account in a group.
type GroupAccount struct {
	ID   string
	Name string
}

// CustomRole is a role that an organization has made.
type CustomRole struct {
	ID             string
	OrganizationID string
	Name           string // unique in the organization
	Description    string
	Permissions    []authz.Permission
	CreatedAt      time.Time
}

// Place is where a grant holds: in a project, in a cluster or, with neither, in the whole organization.
type Place struct {
	ProjectID string
	Project   string // its name
	ClusterID string
	Cluster   string // its name
}

// Grant is a role that a principal holds in a place.
type Grant struct {
	ID             string
	OrganizationID string
	Principal      authz.Principal
	PrincipalName  string // e-mail of an account, name of another principal
	Role           authz.Role
	RoleName       string // of a custom role; empty: a built-in one
	Permissions    []authz.Permission
	Place          Place
	CreatedBy      string // e-mail
	CreatedAt      time.Time
}

// Gives returns the grant as package authz sees it.
func (g Grant) Gives() authz.Grant {
	scope := authz.Scope{Organization: g.OrganizationID, Project: g.Place.ProjectID, Cluster: g.Place.ClusterID}
	return authz.Grant{Role: g.Role, Scope: scope, Permissions: g.Permissions}
}

// Store keeps all that. What is absent is a problem of kind NotFound, a name that is taken one of kind Conflict that names
// the field name.
type Store interface {
	// Projects lists the projects of an organization: the default one first, then by name.
	Projects(ctx context.Context, organization string) ([]Project, error)
	// Project returns one by name.
	Project(ctx context.Context, organization, name string) (Project, error)
	CreateProject(ctx context.Context, p Project, e audit.Entry) error
	RenameProject(ctx context.Context, organization, id, name string, e audit.Entry) error
	// DeleteProject deletes a project and the grants in it. The default one, and one with clusters, is a problem of kind Conflict.
	DeleteProject(ctx context.Context, organization, id string, e audit.Entry) error
	// MoveCluster puts a cluster into a project.
	MoveCluster(ctx context.Context, organization, cluster, project string, e audit.Entry) error

	// Groups lists the groups of an organization with their members, by name.
	Groups(ctx context.Context, organization string) ([]Group, error)
	// Group returns one by id.
	Group(ctx context.Context, organization, id string) (Group, error)
	// GroupNames lists the names of the groups that an account is in. What identity providers said counts with federated only.
	GroupNames(ctx context.Context, organization, account string, federated bool) ([]string, error)
	CreateGroup(ctx context.Context, g Group, e audit.Entry) error
	// UpdateGroup changes name and provider groups; people whom other provider groups had put in are out.
	UpdateGroup(ctx context.Context, g Group, may tenant.May, e audit.Entry) error
	// DeleteGroup deletes a group with its grants; one that is absent is no error.
	DeleteGroup(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error
	// AddToGroup puts a member or a service account into a group by hand; repeating it changes nothing.
	AddToGroup(ctx context.Context, organization, group, account string, may tenant.May, e audit.Entry) error
	// RemoveFromGroup takes somebody out who was put in by hand; repeating it changes nothing.
	RemoveFromGroup(ctx context.Context, organization, group, account string, may tenant.May, e audit.Entry) error

	// CustomRoles lists the roles that an organization has made, by name.
	CustomRoles(ctx context.Context, organization string) ([]CustomRole, error)
	// CustomRole returns one by id.
	CustomRole(ctx context.Context, organization, id string) (CustomRole, error)
	CreateCustomRole(ctx context.Context, r CustomRole, e audit.Entry) error
	UpdateCustomRole(ctx context.Context, r CustomRole, may tenant.May, e audit.Entry) error
	// DeleteCustomRole deletes a role; one that somebody has is a problem of kind Conflict, one that is absent no error.
	DeleteCustomRole(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error

	// RoleGrants lists the grants of an organization, by principal.
	RoleGrants(ctx context.Context, organization string) ([]Grant, error)
	// CreateGrant stores a grant, or returns the one that is there already. Principal, custom role and place must be the
	// organization's, or it names the field that is wrong.
	CreateGrant(ctx context.Context, g Grant, e audit.Entry) (Grant, error)
	// DeleteGrant ends a grant; one that is absent is no error.
	DeleteGrant(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error
}

// Service is the use cases. Make it with New.
type Service struct {
	Store
	now func() time.Time
}

// New returns the service; now is the clock.
func New(s Store, now func() time.Time) *Service { return &Service{Store: s, now: now} }

// Caller is who asks for a change, and what they hold.
type Caller struct {
	Actor        audit.Actor
	Organization tenant.Organization
	Rights       authz.Rights
}

// may lets the caller change what gives nothing more than they have.
func (c Caller) may() tenant.May { return tenant.Covered(c.Rights) }

// give refuses to give more than the caller has.
func (c Caller) give(g authz.Grant) error {
	if !c.Rights.Cover(g) {
		return problem.New(problem.Denied, "That gives rights that you do not have; ask somebody who has.")
	}
	return nil
}

func (s *Service) entry(c Caller, action, target string, before, after any) audit.Entry {
	return audit.Entry{
		At: s.now(), Actor: c.Actor, Organization: c.Organization.ID, Action: action, Target: target, Before: before, After: after,
	}
}
