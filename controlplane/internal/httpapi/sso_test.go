package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/sso/idptest"
)

// company is an organization whose people come through a provider.
type company struct {
	*person // its owner
	name    string
	idp     idptest.Provider
	id      string // of the provider here
}

const ssoPath = "/api/v1/sso"

func (c *company) path(rest string) string { return "/api/v1/organizations/" + c.name + rest }

func (c *company) provider(rest string) string {
	return c.path("/identity-providers/" + c.id + rest)
}

// settings are those of a provider that maps two groups.
func (c *company) settings(t *testing.T, secret string) map[string]any {
	t.Helper()
	var about struct{ RedirectURI, PostLogoutURI string }
	must(t, json.Unmarshal([]byte(c.call(t, "GET", c.path("/single-sign-on"), "").body), &about))
	id, known := c.idp.Register(t, idptest.Registration{
		RedirectURI: about.RedirectURI, PostLogoutURI: about.PostLogoutURI, BackchannelURI: about.RedirectURI,
	})
	if secret == "" {
		secret = known
	}
	return map[string]any{
		"name": "Login of " + c.name, "issuer": c.idp.Issuer(), "clientId": id, "clientSecret": secret, "ownersByGroup": true,
		"scopes":     []string{"openid", "profile", "email", "groups"},
		"groupRoles": []any{map[string]any{"group": "staff", "role": "member"}, map[string]any{"group": "chiefs", "role": "owner"}},
	}
}

func body(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return string(text)
}

// found makes an organization with a proven domain, <name>.example, and an active provider, by the API alone.
func (s *site) found(t *testing.T, name string, idp idptest.Provider) *company {
	t.Helper()
	c := &company{person: s.owner(t, name), name: name, idp: idp}
	c.prove(t, name+".example")
	c.id = c.call(t, "POST", c.path("/identity-providers"), body(t, c.settings(t, ""))).want(t, 201)["id"].(string)
	c.registerBackchannel(t)
	idp.SetAccount(t, "chief", claims("chief@"+name+".example", "chiefs"))
	c.test(t, "chief")
	c.call(t, "PUT", c.provider("/state"), `{"state":"ACTIVE"}`).want(t, 200)
	return c
}

func (c *company) registerBackchannel(t *testing.T) {
	t.Helper()
	p := c.call(t, "GET", c.provider(""), "").want(t, 200)
	about := c.call(t, "GET", c.path("/single-sign-on"), "").want(t, 200)
	c.idp.Register(t, idptest.Registration{
		RedirectURI: about["redirectUri"].(string), PostLogoutURI: about["postLogoutUri"].(string),
		BackchannelURI: p["backchannelLogoutUri"].(string),
	})
}

func (c *company) prove(t *testing.T, domain string) {
	t.Helper()
	d := c.call(t, "POST", c.path("/domains"), body(t, map[string]string{"name": domain})).want(t, 200)
	c.site.names[d["recordName"].(string)] = d["recordValue"].(string)
	c.call(t, "POST", c.path("/domains/"+domain+"/proof"), "").want(t, 200)
}

// test does a test log-in as somebody and returns its result.
func (c *company) test(t *testing.T, login string) map[string]any {
	t.Helper()
	a := c.call(t, "POST", c.provider("/test"), "")
	to, _ := a.want(t, 200)["url"].(string)
	cookie, _ := session(t, a)
	back := idptest.NewBrowser(t).SignIn(t, to, login, c.site.url)
	answer := (&person{site: c.site, cookie: cookie}).call(t, "GET", strings.TrimPrefix(back, c.site.url), "")
	answer.want(t, 303)
	if got, want := answer.header.Get("Location"), "/organizations/"+c.name+"/single-sign-on/"+c.id; got != want {
		t.Errorf("a test log-in leads to %s, want %s", got, want)
	}
	if answer.header.Get("Set-Cookie") != "" {
		t.Errorf("a test log-in sets the cookie %s", answer.header.Get("Set-Cookie"))
	}
	last, _ := c.call(t, "GET", c.provider(""), "").want(t, 200)["lastTest"].(map[string]any)
	return last
}

func claims(email string, groups ...string) idptest.Claims {
	return idptest.Claims{"email": email, "email_verified": true, "name": "Some One", "groups": groups}
}

// begin starts a log-in and returns where the browser goes and its cookie.
func (s *site) begin(t *testing.T, email string) (to, cookie string) {
	t.Helper()
	var found []struct{ ID string }
	must(t, json.Unmarshal([]byte(s.nobody().call(t, "POST", ssoPath+"/discover", body(t, map[string]string{"email": email})).body), &found))
	if len(found) != 1 {
		t.Fatalf("%s finds %d providers, want 1", email, len(found))
	}
	a := s.nobody().call(t, "POST", ssoPath+"/start", body(t, map[string]string{
		"provider": found[0].ID, "email": email, "next": "/organizations/acme/members",
	}))
	to, _ = a.want(t, 200)["url"].(string)
	cookie, attributes := session(t, a)
	if !strings.Contains(attributes, "HttpOnly") || !strings.Contains(attributes, "SameSite=Lax") {
		t.Errorf("the cookie of a log-in has the attributes %s", attributes)
	}
	return to, cookie
}

// bring brings the answer of a provider back and returns our answer.
func (s *site) bring(t *testing.T, back, cookie string) answer {
	t.Helper()
	return (&person{site: s, cookie: cookie}).call(t, "GET", strings.TrimPrefix(back, s.url), "")
}

// enter signs in with an e-mail as an account of the provider; the answer is a session or the reason why not.
func (s *site) enter(t *testing.T, b *idptest.Browser, email, login string) (*person, string) {
	t.Helper()
	to, cookie := s.begin(t, email)
	a := s.bring(t, b.SignIn(t, to, login, s.url), cookie)
	a.want(t, 303)
	at, err := url.Parse(a.header.Get("Location"))
	must(t, err)
	if why := at.Query().Get("problem"); why != "" {
		if a.header.Get("Set-Cookie") != "" {
			t.Errorf("a refusal (%s) sets a cookie", why)
		}
		return nil, why
	}
	if at.String() != "/organizations/acme/members" {
		t.Errorf("the log-in ends at %s", at)
	}
	cookie, _ = session(t, a)
	return &person{site: s, cookie: cookie}, ""
}

func (p *person) role(t *testing.T, organization string) any {
	t.Helper()
	list, _ := p.call(t, "GET", "/api/v1/me", "").want(t, 200)["organizations"].([]any)
	for _, one := range list {
		if o := one.(map[string]any); o["name"] == organization {
			return o["role"]
		}
	}
	return nil
}

// providers are the real ones that everything below is tried on.
var providers = map[string]func(t *testing.T) idptest.Provider{
	"oidc-provider": idptest.Panva,
	"zitadel":       func(t *testing.T) idptest.Provider { return idptest.Zitadel(t) },
}

// TestSSO_Story covers S-01, S-05, S-06, S-09, S-11 and S-13 on each provider: an owner sets it up, a new person gets in by
// a group, rises and falls with the groups, and is out when no group is left.
func TestSSO_Story(t *testing.T) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false)
			acme := s.found(t, "acme", start(t))
			b := idptest.NewBrowser(t)

			acme.idp.SetAccount(t, "grace", claims("Grace@acme.example", "staff", "chess club"))
			grace, why := s.enter(t, b, "grace@acme.example", "grace")
			if why != "" {
				t.Fatalf("grace is refused: %s\n%s", why, s.log)
			}
			me := grace.call(t, "GET", "/api/v1/me", "").want(t, 200)
			if me["email"] != "grace@acme.example" || me["name"] != "Some One" || grace.role(t, "acme") != "member" {
				t.Errorf("signed in as %v", me)
			}
			grace.call(t, "POST", grace.organizations(), `{"name":"mine"}`).want(t, 403)

			// The groups of each log-in count, also those that are lost.
			acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff", "chiefs"))
			if again, _ := s.enter(t, b, "grace@acme.example", "grace"); again.role(t, "acme") != "owner" {
				t.Error("a group that makes owners makes none")
			}
			acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
			if again, _ := s.enter(t, b, "grace@acme.example", "grace"); again.role(t, "acme") != "member" {
				t.Error("the role of a lost group stays")
			}
			// The e-mail of somebody who is known by the subject may change: it is the same account.
			acme.idp.SetAccount(t, "grace", claims("hopper@acme.example", "staff"))
			again, _ := s.enter(t, b, "hopper@acme.example", "grace")
			if now := again.call(t, "GET", "/api/v1/me", "").want(t, 200); now["id"] != me["id"] {
				t.Errorf("another e-mail made another account: %v", now)
			}
			acme.idp.SetAccount(t, "grace", claims("grace@acme.example"))
			if _, why := s.enter(t, b, "grace@acme.example", "grace"); why != "no-role" {
				t.Errorf("without a group: %q, want no-role", why)
			}
			again.call(t, "GET", acme.path("/members"), "").want(t, 404)
			if again.role(t, "acme") != nil {
				t.Error("a session outlives the role")
			}
			// Nobody who was there before has lost anything.
			if acme.role(t, "acme") != "owner" {
				t.Error("the owner is none any more")
			}
		})
	}
}

func (p *person) organizations() string { return "/api/v1/organizations" }

// TestSSO_TestSignIn covers S-09: what a test log-in shows, and that it lets nobody in.
func TestSSO_TestSignIn(t *testing.T) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false)
			c := &company{person: s.owner(t, "acme"), name: "acme", idp: start(t)}
			in := c.settings(t, "")
			draft := c.call(t, "POST", c.path("/identity-providers"), body(t, in)).want(t, 201)
			c.id = draft["id"].(string)
			if draft["state"] != "DRAFT" || draft["clientSecret"] != nil || draft["hasSecret"] != true {
				t.Errorf("the draft is %v", draft)
			}
			c.call(t, "PUT", c.provider("/state"), `{"state":"ACTIVE"}`).want(t, 409)
			c.call(t, "PUT", c.path("/single-sign-on"), `{"required":true}`).want(t, 409)
			s.nobody().call(t, "POST", ssoPath+"/start", body(t, map[string]string{"provider": c.id})).want(t, 404)

			c.idp.SetAccount(t, "eve", claims("eve@acme.example", "visitors"))
			got := c.test(t, "eve")
			problems := fmt.Sprint(got["problems"])
			if got["ok"] != false || got["email"] != "eve@acme.example" || got["role"] != nil ||
				!strings.Contains(problems, "acme.example is not proven") || !strings.Contains(problems, "None of the groups") {
				t.Errorf("the test shows %v", got)
			}
			if shown := got["claims"].(map[string]any); shown["email"] != "eve@acme.example" || shown["nonce"] != nil {
				t.Errorf("the test shows the claims %v", shown)
			}
			if c.call(t, "GET", c.provider(""), "").want(t, 200)["state"] != "TEST" {
				t.Error("the provider is not in test after a test log-in")
			}
			c.call(t, "PUT", c.provider("/state"), `{"state":"ACTIVE"}`).want(t, 409)

			c.prove(t, "acme.example")
			c.idp.SetAccount(t, "eve", claims("eve@acme.example", "staff"))
			if got := c.test(t, "eve"); got["ok"] != true || got["role"] != "member" || fmt.Sprint(got["groups"]) != "[staff]" {
				t.Errorf("the test shows %v", got)
			}
			if _, known := s.storeAccount(t, "eve@acme.example"); known {
				t.Error("a test log-in has made an account")
			}
			// A claim of another name is told, with those that came.
			in["claims"] = map[string]string{"email": "mail", "name": "name", "groups": "groups"}
			delete(in, "clientSecret")
			c.call(t, "PUT", c.provider(""), body(t, in)).want(t, 200)
			c.call(t, "PUT", c.provider("/state"), `{"state":"ACTIVE"}`).want(t, 409)
			if got := fmt.Sprint(c.test(t, "eve")["problems"]); !strings.Contains(got, "no claim “mail”") || !strings.Contains(got, "email,") {
				t.Errorf("a missing claim is told as %s", got)
			}
		})
	}
}

func (s *site) storeAccount(t *testing.T, email string) (id string, known bool) {
	t.Helper()
	a, _, err := s.store.AccountByEmail(t.Context(), email)
	return a.ID, err == nil
}

// TestSSO_Checks tells what is wrong, on each provider.
func TestSSO_Checks(t *testing.T) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false)
			c := &company{person: s.owner(t, "acme"), name: "acme", idp: start(t)}
			good := c.settings(t, "")
			c.id = c.call(t, "POST", c.path("/identity-providers"), body(t, good)).want(t, 201)["id"].(string)
			changed := func(changes map[string]any) map[string][2]string {
				in := maps.Clone(good)
				maps.Copy(in, changes)
				c.call(t, "PUT", c.provider(""), body(t, in)).want(t, 200)
				var list []struct{ Name, State, Message string }
				must(t, json.Unmarshal([]byte(c.call(t, "POST", c.provider("/checks"), "").body), &list))
				found := map[string][2]string{}
				for _, one := range list {
					found[one.Name] = [2]string{one.State, one.Message}
				}
				return found
			}
			all := changed(nil)
			for _, check := range []string{"discovery", "clock", "issuer", "keys", "redirect", "secret"} {
				if all[check][0] != "OK" && (check != "clock" || all[check][0] != "") {
					t.Errorf("%s of a good provider: %v", check, all[check])
				}
			}
			if all["domain"][0] != "FAILED" {
				t.Errorf("without a domain: %v", all["domain"])
			}
			for _, test := range []struct {
				changes      map[string]any
				check, words string
			}{
				{map[string]any{"issuer": "http://127.0.0.1:1"}, "discovery", "cannot be reached"},
				{map[string]any{"issuer": "http://169.254.169.254"}, "discovery", "cannot be reached"},
				{map[string]any{"issuer": c.idp.Issuer() + "/realm"}, "discovery", "answers 404"},
				{map[string]any{"issuer": c.idp.Issuer() + "/"}, "issuer", c.idp.Issuer()},
				{map[string]any{"clientId": "nobody"}, "redirect", "Register this redirect URI"},
			} {
				if got := changed(test.changes)[test.check]; got[0] != "FAILED" || !strings.Contains(got[1], test.words) {
					t.Errorf("%v: %s is %v", test.changes, test.check, got)
				}
			}
			// One of them looks at the code before the secret; a test log-in tells in any case.
			if got := changed(map[string]any{"clientSecret": "another one"})["secret"]; name == "oidc-provider" && got[0] != "FAILED" {
				t.Errorf("a wrong secret: %v", got)
			}
			c.idp.SetAccount(t, "eve", claims("eve@acme.example"))
			if got := fmt.Sprint(c.test(t, "eve")["problems"]); !strings.Contains(got, "refused the client secret") {
				t.Errorf("a test log-in with a wrong secret tells %s", got)
			}
			// The provider knows the client but not where it comes back to.
			c.idp.Register(t, idptest.Registration{RedirectURI: "http://127.0.0.1:9/elsewhere", PostLogoutURI: "http://127.0.0.1:9/"})
			if got := changed(nil)["redirect"]; got[0] != "FAILED" || !strings.Contains(got[1], s.url+ssoPath+"/callback") {
				t.Errorf("a redirect URI that is not registered: %v", got)
			}
			s.ahead.Store(int64(5 * time.Minute))
			if got := changed(nil)["clock"]; got[0] != "" && got[0] != "FAILED" {
				t.Errorf("a clock that is wrong: %v", got)
			}
		})
	}
}

// TestSSO_StateWorksOnceInItsBrowser covers S-01, S-02 and S-03.
func TestSSO_StateWorksOnceInItsBrowser(t *testing.T) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false)
			acme := s.found(t, "acme", start(t))
			acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
			refused := func(what, back, cookie, want string) {
				t.Helper()
				a := s.bring(t, back, cookie)
				a.want(t, 303)
				if at := a.header.Get("Location"); at != "/sign-in?problem="+want || a.header.Get("Set-Cookie") != "" {
					t.Errorf("%s: leads to %s with the cookie %q, want %s", what, at, a.header.Get("Set-Cookie"), want)
				}
			}
			fresh := func() (back *url.URL, cookie string) {
				to, cookie := s.begin(t, "grace@acme.example")
				back, err := url.Parse(idptest.NewBrowser(t).SignIn(t, to, "grace", s.url))
				must(t, err)
				return back, cookie
			}
			without := func(u *url.URL, name, value string) string {
				c := *u
				q := c.Query()
				q.Del(name)
				if value != "" {
					q.Set(name, value)
				}
				c.RawQuery = q.Encode()
				return c.String()
			}
			back, cookie := fresh()
			refused("no cookie (another browser)", back.String(), "", "expired")
			_, other := s.begin(t, "grace@acme.example")
			refused("the cookie of another browser", back.String(), other, "expired")
			refused("no state", without(back, "state", ""), cookie, "expired")
			refused("another state", without(back, "state", "x"), cookie, "expired")
			refused("another issuer", without(back, "iss", "https://evil.example.com"), cookie, "failed")
			refused("after that the state is used up", back.String(), cookie, "expired")

			back, cookie = fresh()
			refused("no code", without(back, "code", ""), cookie, "failed")
			back, cookie = fresh()
			refused("another code", without(back, "code", "x"), cookie, "failed")
			back, cookie = fresh()
			refused("the provider says no", without(back, "error", "access_denied"), cookie, "cancelled")
			// The code of one log-in with the state of another: its verifier and its nonce do not fit.
			first, _ := fresh()
			second, cookie := fresh()
			refused("the code of another log-in", without(second, "code", first.Query().Get("code")), cookie, "failed")

			back, cookie = fresh()
			s.bring(t, back.String(), cookie).want(t, 303)
			refused("a second time", back.String(), cookie, "expired")
			back, cookie = fresh()
			s.ahead.Store(int64(11 * time.Minute))
			refused("too late", back.String(), cookie, "expired")
		})
	}
}

// TestSSO_ProvidersAreNotMixedUp covers S-03: the answer of one provider does not open the door of another.
func TestSSO_ProvidersAreNotMixedUp(t *testing.T) {
	s := newSite(t, false)
	acme, beta := s.found(t, "acme", idptest.Panva(t)), s.found(t, "beta", idptest.Zitadel(t))
	acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
	beta.idp.SetAccount(t, "grace", claims("grace@beta.example", "staff"))
	toAcme, cookieA := s.begin(t, "grace@acme.example")
	fromAcme, err := url.Parse(idptest.NewBrowser(t).SignIn(t, toAcme, "grace", s.url))
	must(t, err)
	toBeta, cookieB := s.begin(t, "grace@beta.example")
	fromBeta, err := url.Parse(idptest.NewBrowser(t).SignIn(t, toBeta, "grace", s.url))
	must(t, err)
	for _, test := range []struct {
		state, code *url.URL
		cookie      string
	}{{fromAcme, fromBeta, cookieA}, {fromBeta, fromAcme, cookieB}} {
		q := test.code.Query()
		q.Set("state", test.state.Query().Get("state"))
		a := s.bring(t, s.url+ssoPath+"/callback?"+q.Encode(), test.cookie)
		if at := a.header.Get("Location"); at != "/sign-in?problem=failed" {
			t.Errorf("the answer of another provider leads to %s", at)
		}
	}
}

// TestSSO_LinksOnlyByProof covers S-06 and S-07.
func TestSSO_LinksOnlyByProof(t *testing.T) {
	s := newSite(t, false)
	acme, evil := s.found(t, "acme", idptest.Panva(t)), s.found(t, "evil", idptest.Zitadel(t))
	b := idptest.NewBrowser(t)

	// Another organization's provider vouches for an e-mail of acme's, and for that of its owner: nothing.
	for _, email := range []string{"boss@acme.example", "acme@example.com"} {
		evil.idp.SetAccount(t, "mallory", claims(email, "chiefs"))
		if _, why := s.enter(t, b, "mallory@evil.example", "mallory"); why != "unproven" {
			t.Errorf("%s through a stranger's provider: %q, want unproven", email, why)
		}
	}
	// An e-mail that the provider says is not verified, as boolean or as text.
	for _, no := range []any{false, "false"} {
		c := claims("linus@acme.example", "staff")
		c["email_verified"] = no
		acme.idp.SetAccount(t, "linus", c)
		if _, why := s.enter(t, b, "linus@acme.example", "linus"); why != "unverified" {
			t.Errorf("email_verified %v: %q, want unverified", no, why)
		}
	}
	// One of which it says nothing, or only the text true, is linked to nobody, unless an owner says that all are verified. Who
	// has signed in before is known by more than the e-mail.
	silent := claims("known@acme.example", "staff")
	acme.idp.SetAccount(t, "known", silent)
	if _, why := s.enter(t, idptest.NewBrowser(t), "known@acme.example", "known"); why != "" {
		t.Errorf("a verified e-mail is refused: %s", why)
	}
	for _, said := range []any{nil, "true"} {
		for _, login := range []string{"known", "new"} {
			c := claims(login+"@acme.example", "staff")
			if c["email_verified"] = said; said == nil {
				delete(c, "email_verified")
			}
			acme.idp.SetAccount(t, login, c)
			want := map[string]string{"known": "", "new": "unverified"}[login]
			if _, why := s.enter(t, idptest.NewBrowser(t), login+"@acme.example", login); why != want {
				t.Errorf("%s with email_verified %v: %q, want %q", login, said, why, want)
			}
		}
	}
	if got := fmt.Sprint(acme.test(t, "new")["problems"]); !strings.Contains(got, "E-mails are verified") {
		t.Errorf("a test log-in tells %s", got)
	}
	present := acme.call(t, "GET", acme.provider(""), "").want(t, 200)
	trusting := map[string]any{"claims": map[string]any{"email": "email", "name": "name", "groups": "groups", "emailsVerified": true}}
	for _, field := range []string{"name", "issuer", "clientId", "scopes", "groupRoles", "ownersByGroup"} {
		trusting[field] = present[field]
	}
	acme.call(t, "PUT", acme.provider(""), body(t, trusting)).want(t, 200)
	if _, why := s.enter(t, idptest.NewBrowser(t), "new@acme.example", "new"); why != "" {
		t.Errorf("an e-mail that an owner vouches for is refused: %s", why)
	}
	c := claims("", "staff")
	delete(c, "email")
	acme.idp.SetAccount(t, "nomail", c)
	if _, why := s.enter(t, idptest.NewBrowser(t), "x@acme.example", "nomail"); why != "no-email" {
		t.Errorf("without e-mail: %q, want no-email", why)
	}

	// An account with the e-mail is linked, but the session reaches acme alone, and what it has elsewhere stays there.
	s.nobody().call(t, "POST", "/api/v1/signup", `{"email":"linus@acme.example","password":"correct horse 9","name":"Linus","organization":"penguins"}`).want(t, 201)
	acme.idp.SetAccount(t, "linus", claims("linus@acme.example", "staff"))
	linus, why := s.enter(t, idptest.NewBrowser(t), "linus@acme.example", "linus")
	if why != "" {
		t.Fatalf("linus is refused: %s", why)
	}
	if linus.role(t, "acme") != "member" || linus.role(t, "penguins") != nil {
		t.Error("a session through acme's provider sees more than acme, or less")
	}
	linus.call(t, "GET", "/api/v1/organizations/penguins/clusters", "").want(t, 404)
	var sessions []any
	must(t, json.Unmarshal([]byte(linus.call(t, "GET", "/api/v1/me/sessions", "").body), &sessions))
	if len(sessions) != 1 {
		t.Errorf("it sees %d sessions, want its own alone", len(sessions))
	}
	// And who knows the password, maybe a squatter, does not get what groups gave.
	a := s.nobody().call(t, "POST", "/api/v1/login", `{"email":"linus@acme.example","password":"correct horse 9"}`)
	a.want(t, 200)
	cookie, _ := session(t, a)
	byPassword := &person{site: s, cookie: cookie}
	if byPassword.role(t, "penguins") != "owner" || byPassword.role(t, "acme") != nil {
		t.Error("a session with a password sees what groups gave, or lacks its own")
	}
}

// TestSSO_Domains covers S-10 and S-14.
func TestSSO_Domains(t *testing.T) {
	s := newSite(t, false)
	acme := s.found(t, "acme", idptest.Zitadel(t))
	for _, email := range []string{"acme@example.com", "nobody@example.com", "x@unknown.example"} {
		if got := s.nobody().call(t, "POST", ssoPath+"/discover", body(t, map[string]string{"email": email})).body; got != "[]\n" {
			t.Errorf("%s finds %s", email, got)
		}
	}
	known := s.nobody().call(t, "POST", ssoPath+"/discover", `{"email":"chief@acme.example"}`).body
	if unknown := s.nobody().call(t, "POST", ssoPath+"/discover", `{"email":"nobody@acme.example"}`).body; known != unknown || known == "[]\n" {
		t.Errorf("a known address finds %s, an unknown one %s", known, unknown)
	}
	beta := &company{person: s.owner(t, "beta"), name: "beta"}
	beta.call(t, "POST", beta.path("/domains"), `{"name":"not a domain"}`).wantField(t, 422, "name")
	d := beta.call(t, "POST", beta.path("/domains"), `{"name":"ACME.example."}`).want(t, 200)
	again := beta.call(t, "POST", beta.path("/domains"), `{"name":"acme.example"}`).want(t, 200)
	mine := acme.call(t, "POST", acme.path("/domains"), `{"name":"acme.example"}`).want(t, 200)
	if d["recordValue"] != again["recordValue"] || d["recordValue"] == mine["recordValue"] || d["proven"] != false || mine["proven"] != true {
		t.Errorf("the domain is %v, then %v; of acme %v", d, again, mine)
	}
	beta.call(t, "POST", beta.path("/domains/acme.example/proof"), "").want(t, 409)
	s.names["_podium.acme.example"] = d["recordValue"].(string)
	if p := beta.call(t, "POST", beta.path("/domains/acme.example/proof"), "").want(t, 409); !strings.Contains(fmt.Sprint(p["detail"]), "Another organization") {
		t.Errorf("a domain of another organization: %v", p["detail"])
	}
	// Its record has changed hands: it is asked for again, and after some days it leads nowhere any more.
	for _, hours := range []int{25, 50, 100, 125} {
		s.ahead.Store(int64(time.Duration(hours) * time.Hour))
		must(t, s.sso.Purge(t.Context()))
	}
	if got := s.nobody().call(t, "POST", ssoPath+"/discover", `{"email":"chief@acme.example"}`).body; got != "[]\n" {
		t.Errorf("a lost domain still leads to %s", got)
	}
}

// TestSSO_Required covers the way in that stays open: members must use the provider, owners may use their password.
func TestSSO_Required(t *testing.T) {
	s := newSite(t, false)
	acme := s.found(t, "acme", idptest.Zitadel(t))
	s.owner(t, "mate")
	acme.call(t, "POST", acme.path("/members"), `{"email":"mate@example.com","role":"member"}`).want(t, 200)
	mate := &person{site: s, cookie: "podium_session=token of mate"}
	mate.call(t, "GET", acme.path("/clusters"), "").want(t, 200)
	acme.call(t, "PUT", acme.path("/single-sign-on"), `{"required":true}`).want(t, 200)
	mate.call(t, "GET", acme.path("/clusters"), "").want(t, 403)
	mate.call(t, "GET", "/api/v1/organizations/mate/clusters", "").want(t, 200)
	acme.call(t, "GET", acme.path("/clusters"), "").want(t, 200)
	acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "chiefs"))
	grace, why := s.enter(t, idptest.NewBrowser(t), "grace@acme.example", "grace")
	if why != "" {
		t.Fatalf("grace is refused: %s", why)
	}
	// The owner with a password stays: neither they nor the owner by group can take the last way in.
	for _, who := range []*person{acme.person, grace} {
		who.call(t, "DELETE", acme.path("/members/acc_acme"), "").want(t, 409)
		who.call(t, "POST", acme.path("/members"), `{"email":"acme@example.com","role":"member"}`).want(t, 409)
	}
	acme.call(t, "DELETE", acme.path("/domains/acme.example"), "").want(t, 409)
	acme.call(t, "PUT", acme.provider("/state"), `{"state":"TEST"}`).want(t, 200)
	mate.call(t, "GET", acme.path("/clusters"), "").want(t, 200)
	grace.call(t, "GET", "/api/v1/me", "").want(t, 401)
}

// TestSSO_AnotherIssuerIsAnotherProvider covers S-08: sessions end, and the secret does not go to the new one.
func TestSSO_AnotherIssuerIsAnotherProvider(t *testing.T) {
	s := newSite(t, false)
	acme := s.found(t, "acme", idptest.Zitadel(t))
	acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
	grace, _ := s.enter(t, idptest.NewBrowser(t), "grace@acme.example", "grace")
	in := acme.settings(t, "")
	in["name"] = "Renamed"
	delete(in, "clientSecret")
	if p := acme.call(t, "PUT", acme.provider(""), body(t, in)).want(t, 200); p["state"] != "ACTIVE" || p["hasSecret"] != true {
		t.Errorf("renamed, it is %v", p)
	}
	grace.call(t, "GET", "/api/v1/me", "").want(t, 200)
	in["issuer"] = "https://login.example.com"
	acme.call(t, "PUT", acme.provider(""), body(t, in)).wantField(t, 422, "clientSecret")
	in["clientSecret"] = "another"
	if p := acme.call(t, "PUT", acme.provider(""), body(t, in)).want(t, 200); p["state"] != "DRAFT" || p["tested"] != false {
		t.Errorf("of another issuer, it is %v", p)
	}
	grace.call(t, "GET", "/api/v1/me", "").want(t, 401)
	log := acme.call(t, "GET", acme.path("/audit"), "").body
	for _, want := range []string{"identityprovider.create", "identityprovider.update", "identityprovider.state", "domain.prove", "account.create", "member.map"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log has no %s", want)
		}
	}
	if strings.Contains(log, "another") || strings.Contains(log, "a secret of the web client") || strings.Contains(s.log.String(), "a secret of the web client") {
		t.Error("a client secret is in the audit log or in the log")
	}
}

// TestSSO_KeysRotate covers S-04 for a provider that signs with a new key.
func TestSSO_KeysRotate(t *testing.T) {
	s := newSite(t, false)
	idp := idptest.Zitadel(t)
	acme := s.found(t, "acme", idp)
	acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
	for range 2 {
		idp.RotateKey(t)
		if _, why := s.enter(t, idptest.NewBrowser(t), "grace@acme.example", "grace"); why != "" {
			t.Fatalf("after a rotation: %s\n%s", why, s.log)
		}
	}
}

// TestSSO_SignOut covers S-12: signing out here ends the session at the provider too, and the other way round.
func TestSSO_SignOut(t *testing.T) {
	for name, start := range providers {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false)
			acme := s.found(t, "acme", start(t))
			acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
			b := idptest.NewBrowser(t)
			grace, _ := s.enter(t, b, "grace@acme.example", "grace")
			a := grace.call(t, "POST", "/api/v1/logout", "")
			to, _ := a.want(t, 200)["url"].(string)
			grace.call(t, "GET", "/api/v1/me", "").want(t, 401)
			if back := b.SignOut(t, to, s.url); !strings.HasPrefix(back, s.url+"/sign-in") {
				t.Errorf("signing out leads to %s", back)
			}
		})
	}
	t.Run("back-channel", func(t *testing.T) {
		s := newSite(t, false)
		acme := s.found(t, "acme", idptest.Panva(t))
		acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "staff"))
		acme.idp.SetAccount(t, "linus", claims("linus@acme.example", "staff"))
		here, there := idptest.NewBrowser(t), idptest.NewBrowser(t)
		first, _ := s.enter(t, here, "grace@acme.example", "grace")
		second, _ := s.enter(t, there, "grace@acme.example", "grace")
		linus, _ := s.enter(t, idptest.NewBrowser(t), "linus@acme.example", "linus")
		// Signing out at the provider itself, in one browser: the provider tells, before its page is there.
		here.SignOut(t, acme.idp.Issuer()+"/session/end", acme.idp.Issuer()+"/session/end/success")
		first.call(t, "GET", "/api/v1/me", "").want(t, 401)
		second.call(t, "GET", "/api/v1/me", "").want(t, 200)
		linus.call(t, "GET", "/api/v1/me", "").want(t, 200)
		for _, form := range []string{"logout_token=x", "logout_token=", "x=y"} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+ssoPath+"/backchannel-logout/"+acme.id, strings.NewReader(form))
			must(t, err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := http.DefaultClient.Do(r)
			must(t, err)
			must(t, res.Body.Close())
			if res.StatusCode != 400 {
				t.Errorf("%s: %d, want 400", form, res.StatusCode)
			}
		}
	})
}
