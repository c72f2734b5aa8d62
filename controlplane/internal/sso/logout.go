package sso

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// LogoutURL returns where the browser of a session that has ended here ends it at the provider too; "" when there is no such
// place, or the provider is out of reach.
func (s *Service) LogoutURL(ctx context.Context, through identity.Federation) string {
	if through.ProviderID == "" {
		return ""
	}
	p, err := s.Store.Provider(ctx, through.OrganizationID, through.ProviderID)
	if err != nil {
		s.Logger.WarnContext(ctx, "find the provider to sign out of", "error", err)
		return ""
	}
	up, err := s.upstreams.get(ctx, p.Issuer)
	if err != nil {
		s.Logger.WarnContext(ctx, "an identity provider is out of reach", "provider", p.ID, "error", err)
		return ""
	}
	idToken, err := s.Sealer.Open(ctx, p.OrganizationID, TokenOwner(p.ID), through.SealedIDToken)
	if err != nil {
		s.Logger.WarnContext(ctx, "open the ID token of a session", "provider", p.ID, "error", err)
	}
	return up.logoutURL(p, string(idToken), s.PostLogoutURI())
}

// tokenLife is how long after its issue a logout token is taken, and its id remembered.
const tokenLife = 10 * time.Minute

// Backchannel takes a logout token of a provider and ends the sessions that it names. Each token works once; one that was
// taken before is a problem, as is one that does not hold.
func (s *Service) Backchannel(ctx context.Context, from audit.Actor, provider, token string) error {
	if err := s.logouts.pass(provider); err != nil {
		return err
	}
	refused := problem.New(problem.Malformed, "The logout token is not valid.")
	p, err := s.Store.ProviderByID(ctx, provider)
	if problem.KindOf(err) == problem.NotFound {
		return refused
	}
	if err != nil {
		return err
	}
	up, err := s.upstreams.get(ctx, p.Issuer)
	if err != nil {
		return problem.New(problem.Unavailable, "The keys of the provider cannot be reached.")
	}
	t, err := up.verifier(p).VerifyLogout(ctx, token)
	now := s.Now()
	if err != nil || t.IssuedAt.Before(now.Add(-tokenLife)) || t.IssuedAt.After(now.Add(2*clockLeeway)) || len(t.TokenID) > 500 {
		s.Logger.WarnContext(ctx, "a logout token was refused", "provider", p.ID, "error", err)
		return refused
	}
	n, err := s.Store.EndSessions(ctx, p, t.Subject, t.SessionID, t.TokenID, now.Add(2*tokenLife), audit.Entry{
		At: now, Actor: audit.Actor{Address: from.Address, RequestID: from.RequestID}, Organization: p.OrganizationID,
		Action: "session.logout", Target: "identityprovider/" + p.Name,
	})
	if problem.KindOf(err) == problem.Conflict {
		return refused
	}
	s.Logger.InfoContext(ctx, "a provider signed somebody out", "provider", p.ID, "sessions", n)
	return err
}
