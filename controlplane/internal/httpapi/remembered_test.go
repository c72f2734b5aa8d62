package httpapi_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/sso/idptest"
)

// TestFreshSignIn_ThroughAProvider: a provider that remembers the browser is made to ask again (S-36).
func TestFreshSignIn_ThroughAProvider(t *testing.T) {
	s := newSite(t, false)
	acme := s.found(t, "acme", idptest.Panva(t))
	acme.idp.SetAccount(t, "grace", claims("grace@acme.example", "chiefs"))
	b := idptest.NewBrowser(t)
	later := func(by time.Duration) {
		s.ahead.Store(int64(by))
		acme.idp.(interface {
			SetAhead(*testing.T, time.Duration)
		}).SetAhead(t, by)
	}
	rotate := func(by *person) answer { return by.call(t, "POST", acme.path("/keys/rotation"), "") }
	// again signs in with the same browser; change alters the address that it goes to.
	again := func(fresh bool, change func(url.Values)) answer {
		a := s.nobody().call(t, "POST", ssoPath+"/start", body(t, map[string]any{"provider": acme.id, "next": "/organizations/acme", "fresh": fresh}))
		to, err := url.Parse(a.want(t, 200)["url"].(string))
		must(t, err)
		q := to.Query()
		change(q)
		to.RawQuery = q.Encode()
		cookie, _ := session(t, a)
		return s.bring(t, b.SignIn(t, to.String(), "grace", s.url), cookie)
	}
	asItIs := func(url.Values) {}

	grace, why := s.enter(t, b, "grace@acme.example", "grace")
	if why != "" {
		t.Fatalf("grace is refused: %s", why)
	}
	rotate(grace).want(t, 204)

	later(11 * time.Minute)
	if p := rotate(grace).want(t, 403); p["type"] != "urn:podium:sign-in-again" {
		t.Errorf("after eleven minutes: %v", p)
	}
	remembered := &person{site: s, cookie: cookieOf(again(false, asItIs))}
	rotate(remembered).want(t, 403)
	proven := &person{site: s, cookie: cookieOf(again(true, asItIs))}
	rotate(proven).want(t, 204)

	// Whoever sits at the browser takes out of the address what makes the provider ask.
	later(22 * time.Minute)
	for name, change := range map[string]func(url.Values){
		"neither prompt nor age": func(q url.Values) { q.Del("prompt"); q.Del("max_age") },
		"another age":            func(q url.Values) { q.Del("prompt"); q.Set("max_age", "86400") },
	} {
		a := again(true, change)
		if at := a.header.Get("Location"); !strings.Contains(at, "problem=remembered") || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: leads to %s with the cookie %q", name, at, a.header.Get("Set-Cookie"))
		}
	}
	rotate(&person{site: s, cookie: cookieOf(again(false, func(q url.Values) { q.Del("max_age") }))}).want(t, 403)
}
