package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// SignUp implements the operation signUp.
func (s *server) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
	in, err := s.Identity.SignUp(ctx, callerOf(ctx).actor, identity.SignUpInput{
		Email: r.Body.Email, Password: r.Body.Password, Name: r.Body.Name, Organization: r.Body.Organization,
	})
	if err != nil {
		return nil, err
	}
	me, err := s.me(ctx, in.Account)
	return api.SignUp201JSONResponse{Body: me, Headers: api.SignUp201ResponseHeaders{SetCookie: s.sessionCookie(in)}}, err
}

// LogIn implements the operation logIn.
func (s *server) LogIn(ctx context.Context, r api.LogInRequestObject) (api.LogInResponseObject, error) {
	who := callerOf(ctx)
	in, err := s.Identity.LogIn(ctx, who.actor, r.Body.Email, r.Body.Password, who.token)
	if err != nil {
		return nil, err
	}
	me, err := s.me(ctx, in.Account)
	return api.LogIn200JSONResponse{Body: me, Headers: api.LogIn200ResponseHeaders{SetCookie: s.sessionCookie(in)}}, err
}

// LogOut implements the operation logOut.
func (s *server) LogOut(ctx context.Context, _ api.LogOutRequestObject) (api.LogOutResponseObject, error) {
	who := callerOf(ctx)
	account, err := s.Identity.Authenticate(ctx, who.token)
	if err != nil && problem.KindOf(err) != problem.Unauthenticated {
		return nil, err
	}
	who.actor.AccountID, who.actor.Email = account.ID, account.Email
	err = s.Identity.LogOut(ctx, who.actor, who.token)
	return api.LogOut204Response{Headers: api.LogOut204ResponseHeaders{SetCookie: s.noCookie()}}, err
}

// GetMe implements the operation getMe.
func (s *server) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	me, err := s.me(ctx, callerOf(ctx).account)
	return api.GetMe200JSONResponse(me), err
}

func (s *server) me(ctx context.Context, a identity.Account) (api.Me, error) {
	organizations, err := s.Tenants.List(ctx, a.ID)
	return meJSON(a, organizations), err
}
