package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// discoveryLife is how long a provider's configuration is believed. Its keys are asked for again when one is unknown.
	discoveryLife = 10 * time.Minute
	// clockLeeway is by how much the clocks of a provider and ours may differ.
	clockLeeway = time.Minute
	// freshness is how long after its issue an ID token is taken.
	freshness = 10 * time.Minute
)

// algorithms that a provider may sign with: asymmetric ones, so neither "none" nor anything with the client's secret as key.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// metadata is what we read of a provider's configuration beside go-oidc.
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	EndSession    string   `json:"end_session_endpoint"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	ResponseTypes []string `json:"response_types_supported"`
	Scopes        []string `json:"scopes_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	Backchannel   bool     `json:"backchannel_logout_supported"`
}

// upstream is the other end of a provider: its configuration and keys.
type upstream struct {
	*oidc.Provider
	metadata metadata
	client   *http.Client
	now      func() time.Time
}

// upstreams remembers configurations, so that keys are not fetched for each log-in.
type upstreams struct {
	client *http.Client
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]knownUpstream // by issuer
}

type knownUpstream struct {
	*upstream
	until time.Time
}

// maxUpstreams bounds the memory that issuers take.
const maxUpstreams = 1000

func newUpstreams(client *http.Client, now func() time.Time) *upstreams {
	return &upstreams{client: client, now: now, known: map[string]knownUpstream{}}
}

// get returns the other end of an issuer.
func (u *upstreams) get(ctx context.Context, issuer string) (*upstream, error) {
	u.mu.Lock()
	k, found := u.known[issuer]
	u.mu.Unlock()
	if found && u.now().Before(k.until) {
		return k.upstream, nil
	}
	// Keys are fetched with this client long after this call.
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, u.client), issuer)
	if err != nil {
		return nil, fmt.Errorf("discover: %w", err)
	}
	up := &upstream{Provider: p, client: u.client, now: u.now}
	if err := p.Claims(&up.metadata); err != nil {
		return nil, fmt.Errorf("discover: %w", err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.known) >= maxUpstreams {
		clear(u.known)
	}
	u.known[issuer] = knownUpstream{up, u.now().Add(discoveryLife)}
	return up, nil
}

// oauth returns the client of the code flow.
func (u *upstream) oauth(p Provider, secret, redirect string) *oauth2.Config {
	endpoint := u.Endpoint()
	// Said, not found out by trying: a provider may take a code that came with the wrong authentication for used.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if secret == "" || len(u.metadata.TokenAuth) > 0 && !slices.Contains(u.metadata.TokenAuth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: redirect, Scopes: p.Scopes}
}

func (u *upstream) verifier(p Provider) *oidc.IDTokenVerifier {
	return u.Verifier(&oidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: func() time.Time { return u.now().Add(-clockLeeway) },
	})
}

// errClock says that the clocks differ too much.
var errClock = errors.New("the token was issued in the future or long ago: the clocks of the provider and of Podium differ")

// verified is what a provider has proven about a log-in.
type verified struct {
	idToken string
	sid     string
	authAt  time.Time // when the person has last proven to the provider who they are; zero: it does not say
	claims  map[string]any
}

// exchange trades a code for an ID token and checks it: signature, issuer, audience, times and nonce. Claims that the ID token
// lacks come from the userinfo endpoint.
func (u *upstream) exchange(ctx context.Context, c *oauth2.Config, p Provider, code, verifier, nonce string) (verified, error) {
	ctx = oidc.ClientContext(ctx, u.client)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return verified{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return verified{}, errors.New("the provider sent no ID token; is the scope openid asked for?")
	}
	id, err := u.verifier(p).Verify(ctx, raw)
	if err != nil {
		return verified{}, fmt.Errorf("check the ID token: %w", err)
	}
	v := verified{idToken: raw}
	if err := id.Claims(&v.claims); err != nil {
		return verified{}, fmt.Errorf("read the ID token: %w", err)
	}
	if err := u.check(p, id, v.claims, nonce); err != nil {
		return verified{}, fmt.Errorf("check the ID token: %w", err)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return verified{}, fmt.Errorf("check the access token: %w", err)
		}
	}
	v.sid, _ = v.claims["sid"].(string)
	if at, said := v.claims["auth_time"].(float64); said && at > 0 {
		v.authAt = time.Unix(int64(min(at, float64(u.now().Unix()))), 0)
	}
	return v, u.complete(ctx, p, c, token, v.claims)
}

// check does what go-oidc leaves to its caller.
func (u *upstream) check(p Provider, id *oidc.IDToken, claims map[string]any, nonce string) error {
	now := u.now()
	party, _ := claims["azp"].(string)
	switch {
	case id.Subject == "" || len(id.Subject) > 255:
		return errors.New("sub is missing or too long")
	case nonce == "" || id.Nonce != nonce:
		return errors.New("nonce is not the one of this log-in")
	case party != "" && party != p.ClientID, len(id.Audience) > 1 && party == "":
		return errors.New("azp is not our client")
	case id.IssuedAt.After(now.Add(2*clockLeeway)) || id.IssuedAt.Before(now.Add(-freshness)):
		return errClock
	}
	return nil
}

// complete adds the claims of the userinfo endpoint that the ID token does not have, when it lacks one that is wanted.
func (u *upstream) complete(ctx context.Context, p Provider, c *oauth2.Config, token *oauth2.Token, claims map[string]any) error {
	if u.UserInfoEndpoint() == "" || has(claims, p.Claims.Email, p.Claims.Name, p.Claims.Groups) {
		return nil
	}
	info, err := u.UserInfo(ctx, c.TokenSource(ctx, token))
	if err != nil {
		return fmt.Errorf("ask for the user's claims: %w", err)
	}
	if info.Subject != claims["sub"] {
		return errors.New("the userinfo endpoint tells of somebody else than the ID token")
	}
	var more map[string]any
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read the user's claims: %w", err)
	}
	for name, value := range more {
		if _, known := claims[name]; !known {
			claims[name] = value
		}
	}
	return nil
}

func has(claims map[string]any, names ...string) bool {
	for _, name := range names {
		if _, found := claims[name]; !found {
			return false
		}
	}
	return true
}

// logoutURL returns where a browser ends its session at the provider, "" when it has no such place.
func (u *upstream) logoutURL(p Provider, idToken, back string) string {
	end, err := url.Parse(u.metadata.EndSession)
	if err != nil || u.metadata.EndSession == "" || end.Scheme != "https" && end.Scheme != "http" {
		return ""
	}
	q := end.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	end.RawQuery = q.Encode()
	return end.String()
}
