package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// ListOrganizations implements the operation listOrganizations.
func (s *server) ListOrganizations(ctx context.Context, _ api.ListOrganizationsRequestObject) (api.ListOrganizationsResponseObject, error) {
	list, err := s.seen(ctx, callerOf(ctx))
	return api.ListOrganizations200JSONResponse(list), err
}

// seen returns the organizations that a caller sees: a key, its own one.
func (s *server) seen(ctx context.Context, who caller) ([]api.Organization, error) {
	if !who.byKey() {
		return s.organizations(ctx, who.viewer())
	}
	o, err := s.Tenants.Get(ctx, who.viewer(), who.key.OrganizationID)
	if err != nil {
		return nil, err
	}
	o.SecondFactorMissing = false // of people who sign in
	who.organization = o
	held, err := s.held(ctx, who)
	return []api.Organization{organizationJSON(o, held)}, err
}

// organizations returns what a viewer sees, with what they may do there.
func (s *server) organizations(ctx context.Context, v tenant.Viewer) ([]api.Organization, error) {
	list, err := s.Tenants.List(ctx, v)
	if err != nil {
		return nil, err
	}
	out := make([]api.Organization, len(list))
	for i, o := range list {
		if out[i], err = s.organization(ctx, v, o); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *server) organization(ctx context.Context, v tenant.Viewer, o tenant.Organization) (api.Organization, error) {
	grants, err := s.Tenants.Grants(ctx, v, o.ID)
	return organizationJSON(o, s.decider.Rights(grants)), err
}

// CreateOrganization implements the operation createOrganization.
func (s *server) CreateOrganization(ctx context.Context, r api.CreateOrganizationRequestObject) (api.CreateOrganizationResponseObject, error) {
	who := callerOf(ctx)
	if who.session.Through.OrganizationID != "" {
		return nil, problem.New(problem.Denied, "A session through an identity provider sees its organization only; sign in with a password "+
			"to make another one.")
	}
	o, err := s.Tenants.Create(ctx, who.actor, r.Body.Name)
	if err != nil {
		return nil, err
	}
	out, err := s.organization(ctx, who.viewer(), o)
	return api.CreateOrganization201JSONResponse(out), err
}

// UpdateOrganization implements the operation updateOrganization.
func (s *server) UpdateOrganization(ctx context.Context, r api.UpdateOrganizationRequestObject) (api.UpdateOrganizationResponseObject, error) {
	who := callerOf(ctx)
	o, err := s.Tenants.Rename(ctx, who.actor, who.organization, r.Body.Name)
	s.tell(ctx, o)
	return api.UpdateOrganization200JSONResponse(organizationJSON(o, who.rights)), err
}

// DeleteOrganization implements the operation deleteOrganization.
func (s *server) DeleteOrganization(ctx context.Context, r api.DeleteOrganizationRequestObject) (api.DeleteOrganizationResponseObject, error) {
	who := callerOf(ctx)
	o, err := s.Erasure.Ask(ctx, who.actor, who.organization, r.Body.Name)
	if err != nil {
		return nil, err
	}
	s.tell(ctx, o)
	return api.DeleteOrganization202JSONResponse(organizationJSON(o, who.rights)), nil
}

// KeepOrganization implements the operation keepOrganization.
func (s *server) KeepOrganization(ctx context.Context, _ api.KeepOrganizationRequestObject) (api.KeepOrganizationResponseObject, error) {
	who := callerOf(ctx)
	o, err := s.Erasure.Keep(ctx, who.actor, who.organization)
	if err != nil {
		return nil, err
	}
	s.tell(ctx, o)
	return api.KeepOrganization200JSONResponse(organizationJSON(o, who.rights)), nil
}

// tell has data planes and pages look at what has changed of an organization.
func (s *server) tell(ctx context.Context, o tenant.Organization) {
	s.Hub.Wake(notify.Organization(o.ID))
	clusters, err := s.Clusters.List(ctx, o)
	if err != nil { // they look by themselves, a little later
		s.Logger.WarnContext(ctx, "data planes are not told at once", "organization", o.Name, "error", err)
	}
	for _, c := range clusters {
		s.Hub.Wake(notify.Config(c.ID))
	}
}

// ListMembers implements the operation listMembers.
func (s *server) ListMembers(ctx context.Context, _ api.ListMembersRequestObject) (api.ListMembersResponseObject, error) {
	list, err := s.Tenants.Members(ctx, callerOf(ctx).organization)
	return api.ListMembers200JSONResponse(each(list, memberJSON)), err
}

// AddMember implements the operation addMember.
func (s *server) AddMember(ctx context.Context, r api.AddMemberRequestObject) (api.AddMemberResponseObject, error) {
	who := callerOf(ctx)
	m, err := s.Tenants.AddMember(ctx, who.actor, who.rights, who.organization, r.Body.Email, authz.Role(r.Body.Role))
	return api.AddMember200JSONResponse(memberJSON(m)), err
}

// UpdateMember implements the operation updateMember.
func (s *server) UpdateMember(ctx context.Context, r api.UpdateMemberRequestObject) (api.UpdateMemberResponseObject, error) {
	who := callerOf(ctx)
	m, err := s.Tenants.ChangeRole(ctx, who.actor, who.rights, who.organization, r.Member, authz.Role(r.Body.Role))
	return api.UpdateMember200JSONResponse(memberJSON(m)), err
}

// RemoveMember implements the operation removeMember.
func (s *server) RemoveMember(ctx context.Context, r api.RemoveMemberRequestObject) (api.RemoveMemberResponseObject, error) {
	who := callerOf(ctx)
	return api.RemoveMember204Response{}, s.Tenants.RemoveMember(ctx, who.actor, who.rights, who.organization, r.Member)
}
