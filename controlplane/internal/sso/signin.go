package sso

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// SignInLife is how long a log-in may take.
const SignInLife = 10 * time.Minute

// rememberedFor is how long a provider may go on letting somebody in without asking for a proof.
const rememberedFor = 30 * 24 * time.Hour

// Refusal tells why nobody was signed in, as the console's sign-in page knows it.
type Refusal string

// The refusals.
const (
	Expired    Refusal = "expired"    // the log-in is unknown, too old, used, or of another browser
	Cancelled  Refusal = "cancelled"  // the provider says no
	Failed     Refusal = "failed"     // what the provider says does not hold
	NoEmail    Refusal = "no-email"   // it says no e-mail
	Unproven   Refusal = "unproven"   // the e-mail is not the organization's to vouch for
	Roleless   Refusal = "no-role"    // neither groups nor an owner give a role
	Unverified Refusal = "unverified" // the provider says that the e-mail is not proven, or says nothing of somebody new
	NoRoom     Refusal = "full"       // the organization's plan has no place for another member
	Inactive   Refusal = "inactive"   // the provider has been changed or taken back meanwhile
	Remembered Refusal = "remembered" // a proof was asked for, and the provider let in whom it remembers
)

// Begun is a log-in that has begun: where the browser goes, and the cookie that binds it.
type Begun struct {
	URL     string
	Browser string
}

// Discover returns the active providers for a work e-mail. It depends on the domain alone.
func (s *Service) Discover(ctx context.Context, from audit.Actor, email string) ([]Provider, error) {
	if err := s.discovery.pass(from.Address); err != nil {
		return nil, err
	}
	address, wrong := naming.Email(email)
	if wrong != "" {
		return nil, problem.Wrong("email", wrong)
	}
	return s.Store.ProvidersForDomain(ctx, domainOf(address))
}

// Wish is how somebody wants to sign in.
type Wish struct {
	Provider string // id
	Browser  string // the cookie of an earlier log-in, or empty
	Email    string // told to the provider, so that it need not ask; may be empty
	Next     string // page of the console to end at
	Fresh    bool   // by a proof, also where the provider remembers the browser
}

// Start begins a log-in through an active provider.
func (s *Service) Start(ctx context.Context, from audit.Actor, w Wish) (Begun, error) {
	if err := s.discovery.pass(from.Address); err != nil {
		return Begun{}, err
	}
	p, err := s.Store.ProviderByID(ctx, w.Provider)
	if err != nil {
		return Begun{}, err
	}
	if p.State != Active {
		return Begun{}, problem.Missing("identity provider")
	}
	return s.begin(ctx, p, SignIn{Next: localPath(w.Next), Fresh: w.Fresh}, w.Browser, w.Email)
}

// StartTest begins a test log-in by an owner that ends at the page next; a draft is in test from then on.
func (s *Service) StartTest(ctx context.Context, by audit.Actor, organization, id, browser, next string) (Begun, error) {
	p, err := s.Store.Provider(ctx, organization, id)
	if err != nil {
		return Begun{}, err
	}
	begun, err := s.begin(ctx, p, SignIn{AccountID: by.AccountID, Next: next, Fresh: true}, browser, "")
	if err == nil && p.State == Draft {
		_, err = s.SetState(ctx, by, organization, id, Test)
	}
	return begun, err
}

func (s *Service) begin(ctx context.Context, p Provider, in SignIn, browser, email string) (Begun, error) {
	up, err := s.upstreams.get(ctx, p.Issuer)
	if err != nil {
		s.Logger.WarnContext(ctx, "an identity provider is out of reach", "provider", p.ID, "error", err)
		return Begun{}, problem.New(problem.Unavailable, "%s cannot be reached at the moment.", p.Name)
	}
	secret, err := s.secret(ctx, p)
	if err != nil {
		return Begun{}, err
	}
	if len(browser) != len(newToken()) {
		browser = newToken()
	}
	state := newToken()
	in.OrganizationID, in.ProviderID, in.Version = p.OrganizationID, p.ID, p.Version
	in.StateHash, in.BrowserHash, in.ExpiresAt = hashOf(state), hashOf(browser), s.Now().Add(SignInLife)
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(derive(browser, "nonce", state)), oauth2.S256ChallengeOption(derive(browser, "verifier", state)),
	}
	if email != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", email))
	}
	// With an age, a provider has to say when the person has proven who they are.
	age := rememberedFor
	if in.Fresh {
		age = 0
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	options = append(options, oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(age.Seconds()))))
	to := up.oauth(p, secret, s.RedirectURI()).AuthCodeURL(state, options...)
	if u, err := url.Parse(to); err != nil || u.Scheme != "https" && (u.Scheme != "http" || !s.AllowHTTP) {
		return Begun{}, problem.New(problem.Conflict, "%s names no https address to sign in at.", p.Name)
	}
	return Begun{URL: to, Browser: browser}, s.Store.CreateSignIn(ctx, in)
}

func (s *Service) secret(ctx context.Context, p Provider) (string, error) {
	if p.SealedSecret == "" {
		return "", nil
	}
	plain, err := s.Sealer.Open(ctx, p.OrganizationID, SecretOwner(p.ID), p.SealedSecret)
	return string(plain), err
}

// Callback is what comes back from a provider.
type Callback struct {
	State, Code, Issuer, Error string
	Browser                    string // the cookie
	OldToken                   string // of the session that the browser has, if any
}

// Finished is the end of a log-in: a session, a refusal, or neither after a test log-in, whose result is in the provider.
type Finished struct {
	Session *identity.SignedIn
	Refusal Refusal
	Next    string // page of the console to end at
}

// Finish ends a log-in: it makes a session, refuses to, or stores the result of a test. Each state works once, in the browser
// that began.
func (s *Service) Finish(ctx context.Context, from audit.Actor, c Callback) (Finished, error) {
	in, err := s.Store.TakeSignIn(ctx, hashOf(c.State), hashOf(c.Browser))
	if problem.KindOf(err) == problem.NotFound || err == nil && !s.Now().Before(in.ExpiresAt) {
		return Finished{Refusal: Expired}, nil
	}
	if err != nil {
		return Finished{}, err
	}
	p, err := s.Store.Provider(ctx, in.OrganizationID, in.ProviderID)
	if problem.KindOf(err) == problem.NotFound || err == nil && in.Version != p.Version || err == nil && in.AccountID == "" && p.State != Active {
		return Finished{Refusal: Inactive}, nil
	}
	if err != nil {
		return Finished{}, err
	}
	v, failure := s.redeem(ctx, p, c)
	if in.AccountID != "" {
		return s.finishTest(ctx, from, in, p, v, failure)
	}
	if failure != nil {
		why := Failed
		if errors.Is(failure, errDenied) {
			why = Cancelled
		}
		s.Logger.WarnContext(ctx, "a log-in through an identity provider failed", "provider", p.ID, "error", failure)
		return s.refuse(ctx, from, p, person{}, why)
	}
	return s.enter(ctx, from, c, in, p, v)
}

// errDenied says that the provider let nobody in.
var errDenied = errors.New("the provider answered with an error")

// redeem checks the answer of the provider and trades its code for what it proves.
func (s *Service) redeem(ctx context.Context, p Provider, c Callback) (verified, error) {
	up, err := s.upstreams.get(ctx, p.Issuer)
	if err != nil {
		return verified{}, err
	}
	// Whose answer it is comes first: that of another provider says nothing (mix-up).
	if (c.Issuer != "" || up.metadata.SendsIssuer) && c.Issuer != p.Issuer {
		return verified{}, errors.New("the answer comes from another issuer")
	}
	if c.Error != "" {
		return verified{}, &deniedError{c.Error}
	}
	if c.Code == "" {
		return verified{}, errors.New("the answer has no code")
	}
	secret, err := s.secret(ctx, p)
	if err != nil {
		return verified{}, err
	}
	return up.exchange(ctx, up.oauth(p, secret, s.RedirectURI()), p, c.Code, derive(c.Browser, "verifier", c.State),
		derive(c.Browser, "nonce", c.State))
}

// deniedError is an answer such as access_denied.
type deniedError struct{ code string }

func (e *deniedError) Error() string { return errDenied.Error() + ": " + e.code }
func (e *deniedError) Unwrap() error { return errDenied }

func (s *Service) enter(ctx context.Context, from audit.Actor, c Callback, in SignIn, p Provider, v verified) (Finished, error) {
	who := readPerson(v.claims, p.Claims)
	switch {
	case who.email == "":
		return s.refuse(ctx, from, p, who, NoEmail)
	case who.unverified:
		return s.refuse(ctx, from, p, who, Unverified)
	}
	proven, err := s.proven(ctx, p.OrganizationID, who.email)
	if err != nil {
		return Finished{}, err
	}
	idToken, err := s.Sealer.Seal(ctx, p.OrganizationID, TokenOwner(p.ID), []byte(v.idToken))
	if err != nil {
		return Finished{}, err
	}
	now := s.Now()
	session, token := identity.NewSession("", from, now, identity.FederatedLife)
	if session.ProvenAt = provenAt(p, v, now); in.Fresh && now.Sub(session.ProvenAt) > identity.SessionFresh {
		refused, err := s.refuse(ctx, from, p, who, Remembered)
		refused.Next = in.Next
		return refused, err
	}
	session.Through = identity.Federation{
		OrganizationID: p.OrganizationID, ProviderID: p.ID, Subject: who.subject, SessionID: v.sid,
		SealedIDToken: idToken,
	}
	account, outcome, err := s.Store.Enter(ctx, Entrance{
		Provider: p, Issuer: p.Issuer, Subject: who.subject, Email: who.email, Name: who.name, MayLink: proven && !who.unsaid,
		Role: p.Mapping.RoleOf(who.groups), Groups: who.groups, Session: session, Replaced: identity.HashToken(c.OldToken), At: now, From: from,
	})
	switch {
	case err != nil:
		return Finished{}, err
	case outcome == NoRole:
		return s.refuse(ctx, from, p, who, Roleless)
	case outcome == Full:
		return s.refuse(ctx, from, p, who, NoRoom)
	case outcome == Unlinked && proven:
		return s.refuse(ctx, from, p, who, Unverified)
	case outcome == Unlinked:
		return s.refuse(ctx, from, p, who, Unproven)
	case outcome == Changed:
		return s.refuse(ctx, from, p, who, Inactive)
	}
	return Finished{Session: &identity.SignedIn{Account: account, Token: token, ExpiresAt: session.ExpiresAt}, Next: in.Next}, nil
}

// provenAt returns when the person of a log-in has proven who they are. A provider that never says when is believed to ask at
// each log-in; one that says when, as its test log-in has shown, and does not this time, was asked by somebody who took that out
// of the address.
func provenAt(p Provider, v verified, now time.Time) time.Time {
	if v.authAt.IsZero() && (p.LastTest == nil || !p.LastTest.SaysWhen) {
		return now
	}
	return v.authAt
}

// proven reports whether the domain of an e-mail is the organization's.
func (s *Service) proven(ctx context.Context, organization, email string) (bool, error) {
	domains, err := s.Store.Domains(ctx, organization)
	return slices.ContainsFunc(domains, func(d Domain) bool { return d.Name == domainOf(email) && !d.ProvenAt.IsZero() }), err
}

// refuse records that somebody was not let in.
func (s *Service) refuse(ctx context.Context, from audit.Actor, p Provider, who person, why Refusal) (Finished, error) {
	from.Email = who.email
	return Finished{Refusal: why}, s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: from, Organization: p.OrganizationID, Action: "session.refuse", Target: "identityprovider/" + p.Name,
		After: map[string]string{"why": string(why)},
	})
}

func (s *Service) finishTest(ctx context.Context, from audit.Actor, in SignIn, p Provider, v verified, failure error) (Finished, error) {
	r := TestResult{At: s.Now(), Problems: []string{}, Groups: []string{}, Claims: map[string]any{}}
	if failure != nil {
		s.Logger.WarnContext(ctx, "a test log-in failed", "provider", p.ID, "error", failure)
		r.Problems = append(r.Problems, explain(failure))
	} else {
		who := readPerson(v.claims, p.Claims)
		proven, err := s.proven(ctx, p.OrganizationID, who.email)
		if err != nil {
			return Finished{}, err
		}
		r.Email, r.Name, r.Groups, r.Role, r.Claims = who.email, who.name, who.groups, p.Mapping.RoleOf(who.groups), shown(v.claims)
		r.SaysWhen = !v.authAt.IsZero()
		r.Problems = problemsOf(who, v.claims, p.Claims, r.Role, proven)
	}
	from.AccountID = in.AccountID
	e := s.entry(from, p, "identityprovider.test", nil, nil)
	e.After = map[string]any{"ok": len(r.Problems) == 0}
	return Finished{Next: in.Next}, s.Store.SaveTest(ctx, p, r, e)
}

// explain says what went wrong with a log-in to somebody who can mend it.
func explain(err error) string {
	denied, isDenied := errors.AsType[*deniedError](err)
	refused, isRefused := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case isDenied && denied.code == "access_denied":
		return "The provider did not let this person in (access_denied). Is the application assigned to them?"
	case isDenied && denied.code == "invalid_scope":
		return "The provider does not know one of the scopes (invalid_scope). Take away those that it does not name."
	case isDenied:
		return "The provider answered with the error " + printable(denied.code) + "."
	case isRefused && (refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client"):
		return "The provider refused the client secret (" + refused.ErrorCode + "). Enter the secret again; some have an end date."
	case isRefused:
		return "The provider refused to trade the code for a token (" + printable(refused.ErrorCode) + ")."
	case errors.Is(err, errClock):
		return "The clocks of the provider and of Podium differ by more than a minute. Set them by a time server."
	}
	if expired, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return "The ID token had ended at " + expired.Expiry.UTC().Format(time.TimeOnly) + " UTC when it came. Do the clocks differ?"
	}
	return "What the provider answered does not hold: " + printable(err.Error()) + "."
}

// printable keeps what a provider says short and to one line.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// localPath keeps a page of the console and nothing else: no other site, no call of the API.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "//") || strings.HasPrefix(next, "/api/") || len(next) > 2048 {
		return "/"
	}
	return next
}

// newToken returns 256 random bits.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// derive makes the nonce and the verifier of a log-in from the secret of its browser, so that neither is stored and no other
// browser can finish it.
func derive(browser, purpose, state string) string {
	mac := hmac.New(sha256.New, []byte(browser))
	mac.Write([]byte(purpose + "\x00" + state))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
