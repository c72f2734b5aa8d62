package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// ListInvitations implements the operation listInvitations.
func (s *server) ListInvitations(ctx context.Context, _ api.ListInvitationsRequestObject) (api.ListInvitationsResponseObject, error) {
	list, err := s.Tenants.Invitations(ctx, callerOf(ctx).organization)
	return api.ListInvitations200JSONResponse(each(list, invitationJSON)), err
}

// CreateInvitation implements the operation createInvitation.
func (s *server) CreateInvitation(ctx context.Context, r api.CreateInvitationRequestObject) (api.CreateInvitationResponseObject, error) {
	who := callerOf(ctx)
	// In the fragment, which browsers send to nobody.
	link := func(token string) string { return s.SSO.PublicURL + "/invitation#" + token }
	guest := tenant.Guest{Email: r.Body.Email, Role: authz.Role(r.Body.Role)}
	i, token, err := s.Tenants.Invite(ctx, who.actor, who.rights, who.organization, guest, func(i tenant.Invitation, token string) *mail.Letter {
		return s.Mail.Invitation(mail.Invited{
			OrganizationID: i.OrganizationID, Organization: i.Organization, InvitationID: i.ID, Email: i.Email, By: i.CreatedBy, Link: link(token),
			At: i.CreatedAt, ExpiresAt: i.ExpiresAt,
		})
	})
	out := invitationJSON(i)
	return api.CreateInvitation201JSONResponse{
		Id: out.Id, Organization: out.Organization, Email: out.Email, Role: out.Role, CreatedBy: out.CreatedBy, CreatedAt: out.CreatedAt,
		ExpiresAt: out.ExpiresAt, Mail: (*api.InvitationWithLinkMail)(out.Mail), Link: link(token),
	}, err
}

// DeleteInvitation implements the operation deleteInvitation.
func (s *server) DeleteInvitation(ctx context.Context, r api.DeleteInvitationRequestObject) (api.DeleteInvitationResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteInvitation204Response{}, s.Tenants.Withdraw(ctx, who.actor, who.organization, r.Invitation)
}

// ViewInvitation implements the operation viewInvitation.
func (s *server) ViewInvitation(ctx context.Context, r api.ViewInvitationRequestObject) (api.ViewInvitationResponseObject, error) {
	i, err := s.Tenants.Invitation(ctx, r.Body.Token)
	return api.ViewInvitation200JSONResponse(invitationJSON(i)), err
}

// AcceptInvitation implements the operation acceptInvitation.
func (s *server) AcceptInvitation(ctx context.Context, r api.AcceptInvitationRequestObject) (api.AcceptInvitationResponseObject, error) {
	who := callerOf(ctx)
	if who.session.Through.OrganizationID != "" {
		// Its provider vouches for this person in its own organization only.
		return nil, problem.New(problem.Denied, "Sign in with your password to accept an invitation.")
	}
	if _, err := s.Tenants.Accept(ctx, who.actor, r.Body.Token); err != nil {
		return nil, err
	}
	me, err := s.me(ctx, who.account, who.viewer())
	return api.AcceptInvitation200JSONResponse(me), err
}

// JoinByInvitation implements the operation joinByInvitation.
func (s *server) JoinByInvitation(ctx context.Context, r api.JoinByInvitationRequestObject) (api.JoinByInvitationResponseObject, error) {
	i, err := s.Tenants.Joinable(ctx, r.Body.Token)
	if err != nil {
		return nil, err
	}
	in, err := s.Identity.Join(ctx, callerOf(ctx).actor, i, r.Body.Name, r.Body.Password)
	if err != nil {
		return nil, err
	}
	me, err := s.me(ctx, in.Account, tenant.Viewer{AccountID: in.Account.ID})
	return api.JoinByInvitation201JSONResponse{Body: me, Headers: api.JoinByInvitation201ResponseHeaders{SetCookie: s.sessionCookie(in)}}, err
}

func invitationJSON(i tenant.Invitation) api.Invitation {
	return api.Invitation{
		Id: i.ID, Organization: i.Organization, Email: i.Email, Role: api.Role(i.Role), CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt,
		ExpiresAt: i.ExpiresAt, Mail: maybe(api.InvitationMail(i.Mail)), MailProblem: maybe(i.MailProblem),
	}
}
