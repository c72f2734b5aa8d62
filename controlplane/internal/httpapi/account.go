package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// SignUp implements the operation signUp.
func (s *server) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
	in, err := s.Identity.SignUp(ctx, callerOf(ctx).actor, identity.SignUpInput{
		Email: r.Body.Email, Password: r.Body.Password, Name: r.Body.Name, Organization: r.Body.Organization,
	})
	if err != nil {
		return nil, err
	}
	me, err := s.me(ctx, in.Account, tenant.Viewer{AccountID: in.Account.ID})
	return api.SignUp201JSONResponse{Body: me, Headers: api.SignUp201ResponseHeaders{SetCookie: s.sessionCookie(in)}}, err
}

// LogIn implements the operation logIn.
func (s *server) LogIn(ctx context.Context, r api.LogInRequestObject) (api.LogInResponseObject, error) {
	who := callerOf(ctx)
	in, err := s.Identity.LogIn(ctx, who.actor, identity.LogInInput{
		Email: r.Body.Email, Password: r.Body.Password, Code: given(r.Body.Code), OldToken: who.token,
	})
	if err != nil {
		return nil, err
	}
	me, err := s.me(ctx, in.Account, tenant.Viewer{AccountID: in.Account.ID})
	return api.LogIn200JSONResponse{Body: me, Headers: api.LogIn200ResponseHeaders{SetCookie: s.sessionCookie(in)}}, err
}

// LogOut implements the operation logOut.
func (s *server) LogOut(ctx context.Context, _ api.LogOutRequestObject) (api.LogOutResponseObject, error) {
	who := callerOf(ctx)
	session, account, err := s.Identity.Authenticate(ctx, who.token)
	if err != nil && problem.KindOf(err) != problem.Unauthenticated {
		return nil, err
	}
	who.actor.AccountID, who.actor.Email, who.actor.Credential = account.ID, account.Email, session.Credential()
	if err := s.Identity.LogOut(ctx, who.actor, who.token); err != nil {
		return nil, err
	}
	if url := s.SSO.LogoutURL(ctx, session.Through); url != "" {
		return api.LogOut200JSONResponse{Body: api.Continuation{Url: url}, Headers: api.LogOut200ResponseHeaders{SetCookie: s.noCookie()}}, nil
	}
	return api.LogOut204Response{Headers: api.LogOut204ResponseHeaders{SetCookie: s.noCookie()}}, nil
}

// GetMe implements the operation getMe.
func (s *server) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	who := callerOf(ctx)
	organizations, err := s.seen(ctx, who)
	return api.GetMe200JSONResponse{Id: who.account.ID, Email: who.account.Email, Name: who.account.Name, Organizations: organizations}, err
}

func (s *server) me(ctx context.Context, a identity.Account, v tenant.Viewer) (api.Me, error) {
	organizations, err := s.organizations(ctx, v)
	return api.Me{Id: a.ID, Email: a.Email, Name: a.Name, Organizations: organizations}, err
}

// ListSessions implements the operation listSessions.
func (s *server) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Identity.Sessions(ctx, who.session)
	if err != nil {
		return nil, err
	}
	organizations, err := s.organizationNames(ctx, list)
	return api.ListSessions200JSONResponse(each(list, func(v identity.Session) api.Session {
		return sessionJSON(v, who.session, organizations[v.Through.OrganizationID])
	})), err
}

// sessionJSON shows a session to another one; through names the organization whose provider it came through.
func sessionJSON(v, asking identity.Session, through string) api.Session {
	return api.Session{
		Id: v.TokenHash, Current: v.TokenHash == asking.TokenHash, Organization: maybe(through),
		Address: maybe(v.Address), Agent: maybe(v.Agent), CreatedAt: v.CreatedAt, SeenAt: v.SeenAt, ExpiresAt: v.ExpiresAt,
	}
}

// ListMemberSessions implements the operation listMemberSessions.
func (s *server) ListMemberSessions(ctx context.Context, r api.ListMemberSessionsRequestObject) (api.ListMemberSessionsResponseObject, error) {
	who := callerOf(ctx)
	m, err := s.Tenants.Member(ctx, who.organization, r.Member)
	if err != nil {
		return nil, err
	}
	list, err := s.Identity.SessionsInto(ctx, who.organization.ID, m.AccountID)
	return api.ListMemberSessions200JSONResponse(each(list, func(v identity.Session) api.Session {
		through := ""
		if v.Through.OrganizationID != "" {
			through = who.organization.Name
		}
		return sessionJSON(v, who.session, through)
	})), err
}

// EndMemberSessions implements the operation endMemberSessions.
func (s *server) EndMemberSessions(ctx context.Context, r api.EndMemberSessionsRequestObject) (api.EndMemberSessionsResponseObject, error) {
	who := callerOf(ctx)
	m, err := s.Tenants.Member(ctx, who.organization, r.Member)
	if err != nil {
		return nil, err
	}
	return api.EndMemberSessions204Response{}, s.Identity.EndSessionsInto(ctx, who.actor, who.session, who.organization, m, tenant.Covered(who.rights))
}

// organizationNames returns the names of the organizations that sessions came through, by id.
func (s *server) organizationNames(ctx context.Context, list []identity.Session) (map[string]string, error) {
	names := map[string]string{}
	for _, v := range list {
		within := v.Through.OrganizationID
		if within == "" || names[within] != "" {
			continue
		}
		o, err := s.Tenants.Get(ctx, tenant.Viewer{AccountID: v.AccountID, OrganizationID: within}, within)
		if err != nil && problem.KindOf(err) != problem.NotFound { // the role may be gone, the session not yet
			return nil, err
		}
		names[within] = o.Name
	}
	return names, nil
}

// EndSession implements the operation endSession.
func (s *server) EndSession(ctx context.Context, r api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	who := callerOf(ctx)
	return api.EndSession204Response{}, s.Identity.EndSession(ctx, who.actor, who.session, r.Session)
}
