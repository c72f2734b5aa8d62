package rights

import (
	"context"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// GrantInput asks for a grant. At most one of project and cluster is in the place.
type GrantInput struct {
	Principal authz.Principal
	Role      authz.Role
	Place     Place
}

func (in GrantInput) check() error {
	var check problem.Check
	if !slices.Contains([]authz.Kind{authz.User, authz.Group, authz.ServiceAccount}, in.Principal.Kind) {
		check.Field("principalKind", "must be user, group or service-account")
	}
	if in.Principal.ID == "" {
		check.Field("principal", "is required")
	}
	check.Field("role", in.checkRole())
	return check.Err()
}

func (in GrantInput) checkRole() string {
	switch {
	case in.Role.Custom():
		return ""
	case in.Role == authz.Owner:
		return "is given to members only, by their role in the organization"
	case in.Role.ForMembers():
		if in.Place != (Place{}) {
			return "is for the whole organization; for a project or a cluster it must be one of " + partRoleNames()
		}
		return ""
	case in.Role == authz.ProjectAdmin && in.Place.ClusterID != "":
		return "is for projects; for a cluster take " + string(authz.ClusterAdmin)
	case in.Role.ForParts():
		return ""
	}
	return "must be one of " + partRoleNames() + ", or a role of the organization"
}

func partRoleNames() string {
	var names []string
	for _, r := range authz.PartRoles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// Give grants a role; repeating it answers with the same grant. Nobody gives more than they have in that place, at, which of
// a cluster also names the project.
func (s *Service) Give(ctx context.Context, by Caller, in GrantInput, at authz.Scope) (Grant, error) {
	if err := in.check(); err != nil {
		return Grant{}, err
	}
	g := Grant{
		ID: id.New("gra"), OrganizationID: by.Organization.ID, Principal: in.Principal, Role: in.Role, Place: in.Place,
		CreatedBy: by.Actor.Email, CreatedAt: s.now(),
	}
	if g.Role.Custom() {
		r, err := s.CustomRole(ctx, g.OrganizationID, string(g.Role))
		if problem.KindOf(err) == problem.NotFound {
			return Grant{}, problem.Wrong("role", "is no role of the organization")
		}
		if err != nil {
			return Grant{}, err
		}
		g.Permissions = r.Permissions
	}
	if err := by.give(authz.Grant{Role: g.Role, Permissions: g.Permissions, Scope: at}); err != nil {
		return Grant{}, err
	}
	return s.CreateGrant(ctx, g, s.entry(by, "grant.create", string(g.Principal.Kind)+"/"+g.Principal.ID, nil, grantState(g)))
}

// Revoke ends a grant in a place; one that is absent is no error.
func (s *Service) Revoke(ctx context.Context, by Caller, g Grant, at authz.Scope) error {
	may := func(held []authz.Grant) error {
		for i := range held {
			held[i].Scope = at
		}
		return by.may()(held)
	}
	return s.DeleteGrant(ctx, g.OrganizationID, g.ID, may,
		s.entry(by, "grant.delete", string(g.Principal.Kind)+"/"+g.Principal.ID, grantState(g), nil))
}

func grantState(g Grant) map[string]string {
	state := map[string]string{"id": g.ID, "role": string(g.Role)}
	if g.Place.Project != "" {
		state["project"] = g.Place.Project
	}
	if g.Place.Cluster != "" {
		state["cluster"] = g.Place.Cluster
	}
	return state
}
