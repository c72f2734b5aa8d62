package sso

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// Settings is what an owner says of a provider.
type Settings struct {
	Name     string
	Issuer   string
	ClientID string
	Secret   *string // nil keeps the present one
	Scopes   []string
	Claims   ClaimNames
	Mapping  Mapping
}

// maxProviders bounds what one organization may keep.
const maxProviders = 20

// defaults fills in what most providers use.
func (in Settings) defaults() Settings {
	in.Name, in.Issuer, in.ClientID = strings.TrimSpace(in.Name), strings.TrimSpace(in.Issuer), strings.TrimSpace(in.ClientID)
	if len(in.Scopes) == 0 {
		in.Scopes = []string{"openid", "profile", "email"}
	}
	if in.Claims == (ClaimNames{}) {
		in.Claims = ClaimNames{Email: "email", Name: "name", Groups: "groups"}
	}
	if in.Mapping.Groups == nil {
		in.Mapping.Groups = []GroupRole{}
	}
	return in
}

func (s *Service) checkSettings(in Settings) error {
	var check problem.Check
	check.Field("name", length(in.Name, 60))
	check.Field("issuer", s.checkIssuer(in.Issuer))
	check.Field("clientId", length(in.ClientID, 300))
	if in.Secret != nil && len(*in.Secret) > 1000 {
		check.Field("clientSecret", "must have at most 1000 characters")
	}
	switch {
	case !slices.Contains(in.Scopes, "openid"):
		check.Field("scopes", "must have openid; without it there is no ID token")
	case len(in.Scopes) > 20 || slices.ContainsFunc(in.Scopes, func(v string) bool {
		return length(v, 100) != "" || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
	}):
		check.Field("scopes", "must be at most 20 words without spaces")
	}
	for _, name := range []string{in.Claims.Email, in.Claims.Name, in.Claims.Groups} {
		if wrong := length(name, 100); wrong != "" {
			check.Field("claims", wrong)
			break
		}
	}
	check.Field("groupRoles", checkGroups(in.Mapping))
	if in.Mapping.Default != "" && in.Mapping.Default != authz.Member {
		check.Field("defaultRole", "must be member or none")
	}
	return check.Err()
}

func checkGroups(m Mapping) string {
	if len(m.Groups) > 200 {
		return "must be at most 200 groups"
	}
	seen := map[string]bool{}
	for _, g := range m.Groups {
		switch {
		case length(g.Group, 200) != "":
			return "must each name a group"
		case !g.Role.ForMembers():
			return "must each have a role of members: " + authz.RoleNames()
		case g.Role == authz.Owner && !m.OwnersByGroup:
			return "make owners; allow that first, as whoever manages the provider's groups then decides who owns the organization"
		case seen[g.Group]:
			return "name " + g.Group + " twice"
		}
		seen[g.Group] = true
	}
	return ""
}

func length(text string, most int) string {
	switch n := len([]rune(text)); {
	case n == 0:
		return "is required"
	case n > most || strings.ContainsFunc(text, unicode.IsControl):
		return "is too long, or has characters that cannot be seen"
	}
	return ""
}

func (s *Service) checkIssuer(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "is required"
	case len(text) > 500:
		return "must have at most 500 characters"
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be an address such as https://login.example.com"
	case u.Scheme == "http" && !s.AllowHTTP:
		return "must begin with https://"
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "must have no query, fragment or password"
	case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
		return "must end before /.well-known/openid-configuration"
	}
	return ""
}

// Create adds a provider, as a draft. It is not repeatable: the second call finds the name taken.
func (s *Service) Create(ctx context.Context, by audit.Actor, organization string, in Settings) (Provider, error) {
	in = in.defaults()
	if err := s.checkSettings(in); err != nil {
		return Provider{}, err
	}
	present, err := s.Store.Providers(ctx, organization)
	if err != nil {
		return Provider{}, err
	}
	if len(present) >= maxProviders {
		return Provider{}, problem.New(problem.Conflict, "An organization has at most %d identity providers.", maxProviders)
	}
	p := Provider{OrganizationID: organization, ID: id.New("idp"), State: Draft, Version: 1, CreatedAt: s.Now()}
	if err := s.apply(ctx, &p, in); err != nil {
		return Provider{}, err
	}
	return p, s.Store.CreateProvider(ctx, p, s.entry(by, p, "identityprovider.create", nil, p))
}

// apply puts settings into a provider.
func (s *Service) apply(ctx context.Context, p *Provider, in Settings) (err error) {
	p.Name, p.Issuer, p.ClientID, p.Scopes, p.Claims, p.Mapping = in.Name, in.Issuer, in.ClientID, in.Scopes, in.Claims, in.Mapping
	switch {
	case in.Secret == nil:
	case *in.Secret == "":
		p.SealedSecret = ""
	default:
		p.SealedSecret, err = s.Sealer.Seal(ctx, p.OrganizationID, SecretOwner(p.ID), []byte(*in.Secret))
	}
	return err
}

// Update changes a provider. Another issuer or client makes it a draft again and ends the sessions that came through it, as
// its people are other people then.
func (s *Service) Update(ctx context.Context, by audit.Actor, organization, id string, in Settings) (Provider, error) {
	in = in.defaults()
	if err := s.checkSettings(in); err != nil {
		return Provider{}, err
	}
	p, err := s.Store.Provider(ctx, organization, id)
	if err != nil {
		return Provider{}, err
	}
	if (in.Issuer != p.Issuer || in.ClientID != p.ClientID) && in.Secret == nil && p.SealedSecret != "" {
		// The secret is for the client and the issuer that it was given for; another issuer would be sent it.
		return Provider{}, problem.Wrong("clientSecret", "is needed again, as the issuer or the client is another one")
	}
	before := p
	if err := s.apply(ctx, &p, in); err != nil {
		return Provider{}, err
	}
	moved := p.Issuer != before.Issuer || p.ClientID != before.ClientID
	if moved {
		p.State = Draft
	}
	p.Tested = before.Tested && !moved && in.Secret == nil && slices.Equal(p.Scopes, before.Scopes) && p.Claims == before.Claims
	if err := s.Store.UpdateProvider(ctx, p, moved, s.entry(by, p, "identityprovider.update", before, p)); err != nil {
		return Provider{}, err
	}
	return s.Store.Provider(ctx, organization, id)
}

// SetState activates a provider or takes it back; repeating it changes nothing.
func (s *Service) SetState(ctx context.Context, by audit.Actor, organization, id string, to State) (Provider, error) {
	p, err := s.Store.Provider(ctx, organization, id)
	if err != nil || p.State == to {
		return p, err
	}
	switch to {
	case Draft, Test:
	case Active:
		if err := s.mayActivate(ctx, p); err != nil {
			return Provider{}, err
		}
	default:
		return Provider{}, problem.Wrong("state", "must be DRAFT, TEST or ACTIVE")
	}
	e := s.entry(by, p, "identityprovider.state", nil, p)
	e.Before, e.After = map[string]State{"state": p.State}, map[string]State{"state": to}
	if err := s.Store.SetProviderState(ctx, p, to, e); err != nil {
		return Provider{}, err
	}
	return s.Store.Provider(ctx, organization, id)
}

func (s *Service) mayActivate(ctx context.Context, p Provider) error {
	if !p.Tested {
		return problem.New(problem.Conflict, "Do a test log-in that succeeds with the present settings first.")
	}
	domains, err := s.Store.Domains(ctx, p.OrganizationID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(domains, func(d Domain) bool { return !d.ProvenAt.IsZero() }) {
		return problem.New(problem.Conflict, "Prove a domain first: people are led to the provider by the domain of their e-mail.")
	}
	return nil
}

// Delete deletes a provider; repeating it changes nothing.
func (s *Service) Delete(ctx context.Context, by audit.Actor, organization, id string) error {
	p, err := s.Store.Provider(ctx, organization, id)
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.DeleteProvider(ctx, organization, id, s.entry(by, p, "identityprovider.delete", p, nil))
}

// SetRequired decides whether members must use a provider.
func (s *Service) SetRequired(ctx context.Context, by audit.Actor, organization string, required bool) error {
	return s.Store.SetSSORequired(ctx, organization, required, audit.Entry{
		At: s.Now(), Actor: by, Organization: organization, Action: "singlesignon.update", Target: "organization",
		After: map[string]bool{"required": required},
	})
}

// entry tells of a provider before and after, without its secret. A nil state is none.
func (s *Service) entry(by audit.Actor, p Provider, action string, before, after any) audit.Entry {
	return audit.Entry{
		At: s.Now(), Actor: by, Organization: p.OrganizationID, Action: action, Target: "identityprovider/" + p.Name,
		Before: told(before), After: told(after),
	}
}

func told(v any) any {
	p, ok := v.(Provider)
	if !ok {
		return nil
	}
	return map[string]any{
		"name": p.Name, "state": p.State, "issuer": p.Issuer, "clientId": p.ClientID, "scopes": p.Scopes, "claims": p.Claims,
		"mapping": p.Mapping, "hasSecret": p.SealedSecret != "",
	}
}
