package sso

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/podium-cloud/podium/controlplane/internal/outbound"
)

// CheckState is how a check came out.
type CheckState string

// The states of a check.
const (
	OK      CheckState = "OK"
	Warning CheckState = "WARNING" // works, or cannot be told from here
	Failing CheckState = "FAILED"
)

// Check is one thing that was looked at, with what to do about it.
type Check struct {
	Name    string
	Title   string
	State   CheckState
	Message string
}

// Check asks a provider for what can be known without a person, in the order to mend it. It changes nothing, there or here.
func (s *Service) Check(ctx context.Context, organization, id string) ([]Check, error) {
	p, err := s.Store.Provider(ctx, organization, id)
	if err != nil {
		return nil, err
	}
	secret, err := s.secret(ctx, p)
	if err != nil {
		return nil, err
	}
	domains, err := s.Store.Domains(ctx, organization)
	if err != nil {
		return nil, err
	}
	// An owner who mends something there wants to see the present state.
	checker := &checker{client: s.Client, now: s.Now, provider: p, secret: secret, redirect: s.RedirectURI()}
	checker.run(ctx)
	if checker.meta != nil {
		checker.logout(s.BackchannelURI(p), s.PostLogoutURI())
	}
	checker.domains(domains)
	return checker.list, nil
}

// checker collects checks; a later one may need what an earlier one has found.
type checker struct {
	client   *http.Client
	now      func() time.Time
	provider Provider
	secret   string
	redirect string

	meta *metadata
	list []Check
}

func (c *checker) add(name, title string, state CheckState, message string, args ...any) {
	c.list = append(c.list, Check{Name: name, Title: title, State: state, Message: fmt.Sprintf(message, args...)})
}

func (c *checker) run(ctx context.Context) {
	if !c.discover(ctx) {
		return
	}
	c.keys(ctx)
	c.flow()
	c.redirectURI(ctx)
	c.clientSecret(ctx)
}

// fetched is an answer that has been read.
type fetched struct {
	status int
	date   string
	to     string // where it leads, if elsewhere
	body   []byte
}

// get returns the answer of an address, or what to say about it.
func (c *checker) get(ctx context.Context, address string) (fetched, string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fetched{}, "It is not an address."
	}
	res, err := c.client.Do(r)
	if err != nil {
		// One sentence for all causes: a closed port, a firewall and an inner network must look alike to whoever asks.
		if errors.Is(err, outbound.ErrTooLarge) {
			return fetched{}, "Its answer is larger than 1 MiB."
		}
		return fetched{}, "It cannot be reached from here. Is the address right, does it have a valid certificate, and is it on the public " +
			"internet? (The operator of Podium can allow inner networks: --sso-allow.)"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fetched{}, "Its answer broke off or is larger than 1 MiB."
	}
	out := fetched{status: res.StatusCode, date: res.Header.Get("Date"), body: body}
	if to, err := res.Location(); err == nil {
		out.to = to.String()
	}
	return out, ""
}

func (c *checker) discover(ctx context.Context) bool {
	const name, title = "discovery", "The provider can be reached"
	address := strings.TrimSuffix(c.provider.Issuer, "/") + "/.well-known/openid-configuration"
	res, wrong := c.get(ctx, address)
	if wrong != "" {
		c.add(name, title, Failing, "%s was asked for. %s", address, wrong)
		return false
	}
	if res.status != http.StatusOK {
		c.add(name, title, Failing, "%s answers %d. The issuer is the part of the address before /.well-known; at many providers it has a "+
			"path, such as /realms/main or /oauth2/default.", address, res.status)
		return false
	}
	var m metadata
	if json.Unmarshal(res.body, &m) != nil || m.Issuer == "" {
		c.add(name, title, Failing, "%s answers with something else than an OpenID configuration. Is this the issuer?", address)
		return false
	}
	c.add(name, title, OK, "%s answers.", address)
	c.clock(res.date)
	if m.Issuer != c.provider.Issuer {
		c.add("issuer", "The issuer is spelt as the provider spells it", Failing,
			"You entered %s, the provider calls itself %s. They must be the same to the last character; enter the latter.",
			c.provider.Issuer, printable(m.Issuer))
		return false
	}
	c.add("issuer", "The issuer is spelt as the provider spells it", OK, "%s.", m.Issuer)
	c.meta = &m
	return true
}

func (c *checker) clock(date string) {
	const name, title = "clock", "The clocks agree"
	at, err := http.ParseTime(date)
	if err != nil {
		return // it does not say
	}
	apart := c.now().Sub(at).Abs().Round(time.Second)
	if apart > clockLeeway {
		c.add(name, title, Failing, "The provider's clock and Podium's are %s apart; more than a minute makes tokens look wrong. "+
			"Set both by a time server.", apart)
		return
	}
	c.add(name, title, OK, "They are less than a minute apart.")
}

func (c *checker) keys(ctx context.Context) {
	const name, title = "keys", "The provider's signatures can be checked"
	res, wrong := c.get(ctx, c.meta.Keys)
	var set struct {
		Keys []struct {
			Type string `json:"kty"`
		} `json:"keys"`
	}
	switch {
	case wrong != "":
		c.add(name, title, Failing, "Its keys should be at %s. %s", printable(c.meta.Keys), wrong)
	case res.status != http.StatusOK || json.Unmarshal(res.body, &set) != nil:
		c.add(name, title, Failing, "%s answers with something else than keys.", printable(c.meta.Keys))
	case len(set.Keys) == 0:
		c.add(name, title, Failing, "The provider publishes no key. Let it sign ID tokens with RS256 or ES256.")
	case len(c.meta.Algorithms) > 0 && !slices.ContainsFunc(c.meta.Algorithms, func(a string) bool { return slices.Contains(algorithms, a) }):
		c.add(name, title, Failing, "The provider signs with %s only; use an asymmetric algorithm such as RS256 or ES256.",
			printable(strings.Join(c.meta.Algorithms, ", ")))
	default:
		c.add(name, title, OK, "It publishes keys, %d at the moment.", len(set.Keys))
	}
}

func (c *checker) flow() {
	const name, title = "flow", "The provider offers what is needed"
	missing := []string{}
	for _, scope := range c.provider.Scopes {
		if len(c.meta.Scopes) > 0 && !slices.Contains(c.meta.Scopes, scope) {
			missing = append(missing, scope)
		}
	}
	switch {
	case len(c.meta.ResponseTypes) > 0 && !slices.Contains(c.meta.ResponseTypes, "code"):
		c.add(name, title, Failing, "The provider does not offer the authorization code flow.")
	case len(missing) > 0:
		c.add(name, title, Warning, "The provider does not name the scopes %s; it may refuse them or leave claims away. It names: %s.",
			strings.Join(missing, ", "), printable(strings.Join(c.meta.Scopes, ", ")))
	case !slices.Contains(c.meta.Challenges, "S256"):
		c.add(name, title, Warning, "The provider does not say that it checks PKCE. Podium sends it; log-ins work either way.")
	default:
		c.add(name, title, OK, "Authorization code flow with PKCE, and the scopes %s.", strings.Join(c.provider.Scopes, ", "))
	}
}

// redirectURI asks as a browser would begin. Providers answer a wrong client or redirect URI with an error page, everything
// else with a page or a redirect.
func (c *checker) redirectURI(ctx context.Context) {
	const name, title = "redirect", "The redirect URI is registered"
	query := url.Values{
		"client_id": {c.provider.ClientID}, "redirect_uri": {c.redirect}, "response_type": {"code"}, "scope": {strings.Join(c.provider.Scopes, " ")},
		"state": {newToken()}, "nonce": {newToken()}, "code_challenge": {oauth2.S256ChallengeFromVerifier(newToken())},
		"code_challenge_method": {"S256"},
	}
	address, err := url.Parse(c.meta.Authorization)
	if err != nil || address.Host == "" {
		c.add(name, title, Failing, "The provider names no address to sign in at.")
		return
	}
	for key, values := range address.Query() {
		query[key] = append(query[key], values...)
	}
	address.RawQuery = query.Encode()
	client := *c.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	staying := checker{client: &client}
	res, wrong := staying.get(ctx, address.String())
	switch {
	case wrong != "":
		c.add(name, title, Warning, "The provider's sign-in page was asked for. %s Register %s there.", wrong, c.redirect)
	case res.status >= 500:
		c.add(name, title, Warning, "The provider's sign-in page answers %d. Register %s there.", res.status, c.redirect)
	case res.status >= 400:
		c.add(name, title, Failing, "The provider refuses to begin a log-in (%d). Register this redirect URI for the client %s, to the "+
			"last character: %s", res.status, c.provider.ClientID, c.redirect)
	case errorOf(res.to, c.redirect) != "":
		c.add(name, title, Failing, "The redirect URI is registered, but the provider refuses to begin a log-in: %s.",
			printable(errorOf(res.to, c.redirect)))
	default:
		c.add(name, title, OK, "The provider begins a log-in that comes back to %s.", c.redirect)
	}
}

// errorOf returns the error of an answer that leads straight back.
func errorOf(to, redirect string) string {
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, redirect) {
		return ""
	}
	q := u.Query()
	return strings.TrimSpace(q.Get("error") + " " + q.Get("error_description"))
}

// clientSecret tries to trade a code that does not exist: the provider looks at the client first.
func (c *checker) clientSecret(ctx context.Context) {
	const name, title = "secret", "The client secret is right"
	up := &upstream{Provider: (&oidc.ProviderConfig{IssuerURL: c.meta.Issuer, TokenURL: c.meta.Token}).NewProvider(ctx), metadata: *c.meta}
	_, err := up.oauth(c.provider, c.secret, c.redirect).
		Exchange(oidc.ClientContext(ctx, c.client), newToken(), oauth2.VerifierOption(newToken()))
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok:
		c.add(name, title, Warning, "The provider's token endpoint, %s, did not answer as expected.", printable(c.meta.Token))
	case refused.ErrorCode == "invalid_grant" || refused.ErrorCode == "invalid_request":
		// Some look at the code first, so this is not proof.
		c.add(name, title, OK, "The provider does not object to the client id and secret; a test log-in makes sure.")
	case refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client" || refused.Response.StatusCode == http.StatusUnauthorized:
		c.add(name, title, Failing, "The provider does not take the client id and secret (%s). Enter the secret again; copy its value, not "+
			"its id, and see that it has not ended.", printable(refused.ErrorCode))
	default:
		c.add(name, title, Warning, "The provider's token endpoint answers %d %s.", refused.Response.StatusCode, printable(refused.ErrorCode))
	}
}

func (c *checker) logout(backchannel, after string) {
	const name, title = "logout", "Signing out reaches both sides"
	switch {
	case c.meta.EndSession == "":
		c.add(name, title, Warning, "The provider has no place to sign out at: signing out of Podium leaves people signed in there.")
	case !c.meta.Backchannel:
		c.add(name, title, Warning, "The provider does not tell when somebody signs out there. Register %s as the address to go to after "+
			"signing out.", after)
	default:
		c.add(name, title, OK, "Register %s as the address after signing out, and %s for back-channel logout.", after, backchannel)
	}
}

func (c *checker) domains(all []Domain) {
	const name, title = "domain", "People are led to the provider"
	var proven []string
	for _, d := range all {
		if !d.ProvenAt.IsZero() {
			proven = append(proven, d.Name)
		}
	}
	if len(proven) == 0 {
		c.add(name, title, Failing, "Prove a domain on the page Single sign-on: people are led to the provider by the domain of their work e-mail.")
		return
	}
	c.add(name, title, OK, "Everybody with an e-mail at %s.", strings.Join(proven, ", "))
}
