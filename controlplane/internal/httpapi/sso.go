package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
)

// DiscoverSignIn implements the operation discoverSignIn.
func (s *server) DiscoverSignIn(ctx context.Context, r api.DiscoverSignInRequestObject) (api.DiscoverSignInResponseObject, error) {
	list, err := s.SSO.Discover(ctx, callerOf(ctx).actor, r.Body.Email)
	return api.DiscoverSignIn200JSONResponse(each(list, func(p sso.Provider) api.SignInProvider {
		return api.SignInProvider{Id: p.ID, Name: p.Name}
	})), err
}

// StartSignIn implements the operation startSignIn.
func (s *server) StartSignIn(ctx context.Context, r api.StartSignInRequestObject) (api.StartSignInResponseObject, error) {
	who := callerOf(ctx)
	begun, err := s.SSO.Start(ctx, who.actor, sso.Wish{
		Provider: r.Body.Provider, Browser: who.browser, Email: given(r.Body.Email), Next: given(r.Body.Next), Fresh: given(r.Body.Fresh),
	})
	return api.StartSignIn200JSONResponse{
		Body: api.Continuation{Url: begun.URL}, Headers: api.StartSignIn200ResponseHeaders{SetCookie: s.browserCookie(begun)},
	}, err
}

// FinishSignIn implements the operation finishSignIn.
func (s *server) FinishSignIn(ctx context.Context, r api.FinishSignInRequestObject) (api.FinishSignInResponseObject, error) {
	who := callerOf(ctx)
	done, err := s.SSO.Finish(ctx, who.actor, sso.Callback{
		State: given(r.Params.State), Code: given(r.Params.Code), Issuer: given(r.Params.Iss), Error: given(r.Params.Error),
		Browser: who.browser, OldToken: who.token,
	})
	if err != nil {
		return nil, err
	}
	out := api.FinishSignIn303Response{}
	to := done.Next
	switch {
	case done.Refusal != "":
		q := url.Values{"problem": {string(done.Refusal)}}
		if done.Next != "" {
			q.Set("next", done.Next)
		}
		to = "/sign-in?" + q.Encode()
	case done.Session != nil:
		out.Headers.SetCookie = s.sessionCookie(*done.Session)
	}
	out.Headers.Location = &to
	return out, nil
}

// BackchannelLogout implements the operation backchannelLogout.
func (s *server) BackchannelLogout(ctx context.Context, r api.BackchannelLogoutRequestObject) (api.BackchannelLogoutResponseObject, error) {
	if r.Body == nil || r.Body.LogoutToken == "" {
		return nil, problem.New(problem.Malformed, "The form must have a logout_token.")
	}
	return api.BackchannelLogout204Response{}, s.SSO.Backchannel(ctx, callerOf(ctx).actor, r.Provider, r.Body.LogoutToken)
}

// GetSingleSignOn implements the operation getSingleSignOn.
func (s *server) GetSingleSignOn(ctx context.Context, _ api.GetSingleSignOnRequestObject) (api.GetSingleSignOnResponseObject, error) {
	out, err := s.singleSignOn(ctx)
	return api.GetSingleSignOn200JSONResponse(out), err
}

// UpdateSingleSignOn implements the operation updateSingleSignOn.
func (s *server) UpdateSingleSignOn(ctx context.Context, r api.UpdateSingleSignOnRequestObject) (api.UpdateSingleSignOnResponseObject, error) {
	who := callerOf(ctx)
	if err := s.SSO.SetRequired(ctx, who.actor, who.organization.ID, r.Body.Required); err != nil {
		return nil, err
	}
	out, err := s.singleSignOn(ctx)
	return api.UpdateSingleSignOn200JSONResponse(out), err
}

func (s *server) singleSignOn(ctx context.Context) (api.SingleSignOn, error) {
	required, err := s.SSO.Store.SSORequired(ctx, callerOf(ctx).organization.ID)
	return api.SingleSignOn{Required: required, RedirectUri: s.SSO.RedirectURI(), PostLogoutUri: s.SSO.PostLogoutURI()}, err
}

// ListIdentityProviders implements the operation listIdentityProviders.
func (s *server) ListIdentityProviders(ctx context.Context, _ api.ListIdentityProvidersRequestObject) (api.ListIdentityProvidersResponseObject, error) {
	list, err := s.SSO.Store.Providers(ctx, callerOf(ctx).organization.ID)
	return api.ListIdentityProviders200JSONResponse(each(list, s.providerJSON)), err
}

// CreateIdentityProvider implements the operation createIdentityProvider.
func (s *server) CreateIdentityProvider(ctx context.Context, r api.CreateIdentityProviderRequestObject) (api.CreateIdentityProviderResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.SSO.Create(ctx, who.actor, who.organization.ID, settingsOf(*r.Body))
	return api.CreateIdentityProvider201JSONResponse(s.providerJSON(p)), err
}

// GetIdentityProvider implements the operation getIdentityProvider.
func (s *server) GetIdentityProvider(ctx context.Context, r api.GetIdentityProviderRequestObject) (api.GetIdentityProviderResponseObject, error) {
	p, err := s.SSO.Store.Provider(ctx, callerOf(ctx).organization.ID, r.Provider)
	return api.GetIdentityProvider200JSONResponse(s.providerJSON(p)), err
}

// UpdateIdentityProvider implements the operation updateIdentityProvider.
func (s *server) UpdateIdentityProvider(ctx context.Context, r api.UpdateIdentityProviderRequestObject) (api.UpdateIdentityProviderResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.SSO.Update(ctx, who.actor, who.organization.ID, r.Provider, settingsOf(*r.Body))
	return api.UpdateIdentityProvider200JSONResponse(s.providerJSON(p)), err
}

// DeleteIdentityProvider implements the operation deleteIdentityProvider.
func (s *server) DeleteIdentityProvider(ctx context.Context, r api.DeleteIdentityProviderRequestObject) (api.DeleteIdentityProviderResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteIdentityProvider204Response{}, s.SSO.Delete(ctx, who.actor, who.organization.ID, r.Provider)
}

// SetIdentityProviderState implements the operation setIdentityProviderState.
func (s *server) SetIdentityProviderState(ctx context.Context, r api.SetIdentityProviderStateRequestObject) (api.SetIdentityProviderStateResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.SSO.SetState(ctx, who.actor, who.organization.ID, r.Provider, sso.State(r.Body.State))
	return api.SetIdentityProviderState200JSONResponse(s.providerJSON(p)), err
}

// CheckIdentityProvider implements the operation checkIdentityProvider.
func (s *server) CheckIdentityProvider(ctx context.Context, r api.CheckIdentityProviderRequestObject) (api.CheckIdentityProviderResponseObject, error) {
	list, err := s.SSO.Check(ctx, callerOf(ctx).organization.ID, r.Provider)
	return api.CheckIdentityProvider200JSONResponse(each(list, func(c sso.Check) api.IdentityProviderCheck {
		return api.IdentityProviderCheck{Name: c.Name, Title: c.Title, State: api.IdentityProviderCheckState(c.State), Message: c.Message}
	})), err
}

// StartTestSignIn implements the operation startTestSignIn.
func (s *server) StartTestSignIn(ctx context.Context, r api.StartTestSignInRequestObject) (api.StartTestSignInResponseObject, error) {
	who := callerOf(ctx)
	page := "/organizations/" + who.organization.Name + "/single-sign-on/" + r.Provider
	begun, err := s.SSO.StartTest(ctx, who.actor, who.organization.ID, r.Provider, who.browser, page)
	return api.StartTestSignIn200JSONResponse{
		Body: api.Continuation{Url: begun.URL}, Headers: api.StartTestSignIn200ResponseHeaders{SetCookie: s.browserCookie(begun)},
	}, err
}

// ListDomains implements the operation listDomains.
func (s *server) ListDomains(ctx context.Context, _ api.ListDomainsRequestObject) (api.ListDomainsResponseObject, error) {
	list, err := s.SSO.Store.Domains(ctx, callerOf(ctx).organization.ID)
	return api.ListDomains200JSONResponse(each(list, domainJSON)), err
}

// AddDomain implements the operation addDomain.
func (s *server) AddDomain(ctx context.Context, r api.AddDomainRequestObject) (api.AddDomainResponseObject, error) {
	who := callerOf(ctx)
	d, err := s.SSO.AddDomain(ctx, who.actor, who.organization.ID, r.Body.Name)
	return api.AddDomain200JSONResponse(domainJSON(d)), err
}

// ProveDomain implements the operation proveDomain.
func (s *server) ProveDomain(ctx context.Context, r api.ProveDomainRequestObject) (api.ProveDomainResponseObject, error) {
	who := callerOf(ctx)
	d, err := s.SSO.ProveDomain(ctx, who.actor, who.organization.ID, r.Domain)
	return api.ProveDomain200JSONResponse(domainJSON(d)), err
}

// RemoveDomain implements the operation removeDomain.
func (s *server) RemoveDomain(ctx context.Context, r api.RemoveDomainRequestObject) (api.RemoveDomainResponseObject, error) {
	who := callerOf(ctx)
	return api.RemoveDomain204Response{}, s.SSO.RemoveDomain(ctx, who.actor, who.organization.ID, r.Domain)
}

// given returns what a field that may be absent holds.
func given[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

func settingsOf(in api.IdentityProviderInput) sso.Settings {
	out := sso.Settings{
		Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientId, Secret: in.ClientSecret, Scopes: given(in.Scopes),
		Mapping: sso.Mapping{OwnersByGroup: given(in.OwnersByGroup)},
	}
	if in.Claims != nil {
		out.Claims = sso.ClaimNames{
			Email: in.Claims.Email, Name: in.Claims.Name, Groups: in.Claims.Groups, EmailsVerified: given(in.Claims.EmailsVerified),
		}
	}
	for _, g := range given(in.GroupRoles) {
		out.Mapping.Groups = append(out.Mapping.Groups, sso.GroupRole{Group: g.Group, Role: authz.Role(g.Role)})
	}
	if role := given(in.DefaultRole); role != "" && role != api.IdentityProviderInputDefaultRoleNone {
		out.Mapping.Default = authz.Role(role)
	}
	return out
}

func (s *server) providerJSON(p sso.Provider) api.IdentityProvider {
	out := api.IdentityProvider{
		Id: p.ID, Name: p.Name, State: api.IdentityProviderState(p.State), Issuer: p.Issuer, ClientId: p.ClientID,
		HasSecret: p.SealedSecret != "", Scopes: p.Scopes,
		Claims: api.ClaimNames{Email: p.Claims.Email, Name: p.Claims.Name, Groups: p.Claims.Groups, EmailsVerified: &p.Claims.EmailsVerified},
		GroupRoles: each(p.Mapping.Groups, func(g sso.GroupRole) api.GroupRole {
			return api.GroupRole{Group: g.Group, Role: api.Role(g.Role)}
		}),
		DefaultRole: api.IdentityProviderDefaultRoleNone, OwnersByGroup: p.Mapping.OwnersByGroup, Tested: p.Tested,
		BackchannelLogoutUri: s.SSO.BackchannelURI(p), CreatedAt: p.CreatedAt,
	}
	if p.Mapping.Default != "" {
		out.DefaultRole = api.IdentityProviderDefaultRole(p.Mapping.Default)
	}
	if t := p.LastTest; t != nil {
		out.LastTest = &api.TestSignIn{
			At: t.At, Ok: len(t.Problems) == 0, Problems: t.Problems, Email: maybe(t.Email), Name: maybe(t.Name), Groups: t.Groups,
			Role: maybe(api.Role(t.Role)), Claims: t.Claims, SaysWhen: t.SaysWhen,
		}
	}
	return out
}

func domainJSON(d sso.Domain) api.Domain {
	return api.Domain{
		Name: d.Name, Proven: !d.ProvenAt.IsZero(), RecordName: d.RecordName(), RecordValue: d.RecordValue(),
		ProvenAt: maybeTime(d.ProvenAt), CheckedAt: maybeTime(d.CheckedAt), CreatedAt: d.CreatedAt,
	}
}

// browserName is of the cookie that binds log-ins to a browser; as with the session's, https gives it a prefix.
func (s *server) browserName() string {
	if s.Secure {
		return "__Host-podium_signin"
	}
	return "podium_signin"
}

func (s *server) signInBrowser(r *http.Request) string {
	cookie, err := r.Cookie(s.browserName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *server) browserCookie(b sso.Begun) *string {
	if b.Browser == "" {
		return nil
	}
	// Lax, as the browser comes back from another site.
	text := (&http.Cookie{
		Name: s.browserName(), Value: b.Browser, Path: "/", MaxAge: int(sso.SignInLife.Seconds()), HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode,
	}).String()
	return &text
}
