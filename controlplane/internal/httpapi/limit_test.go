package httpapi_test

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// TestCalls_AreLimited: S-80, S-81. The clock of the limits stands still.
func TestCalls_AreLimited(t *testing.T) {
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := newSiteOn(t, false, t.TempDir(), store.Config{}, func(d *httpapi.Deps) {
		d.Addresses = ratelimit.New(ratelimit.Config{PerMinute: 30, Now: clock})
		d.Callers = ratelimit.New(ratelimit.Config{PerMinute: 5, Now: clock})
		d.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	ada, eve := s.owner(t, "ada"), s.owner(t, "eve")
	from := func(p *person, address string) answer {
		return p.call(t, "GET", "/api/v1/me", "", "X-Forwarded-For", address)
	}
	key, _ := ada.newKey(t, myKeys, `{"organization":"ada","name":"ci"}`)
	for range 2 {
		from(ada, "192.0.2.1").want(t, 200)
		from(key, "192.0.2.2").want(t, 200) // counts for its person
	}
	for _, p := range []*person{ada, key} {
		a := from(p, "192.0.2.3")
		a.want(t, 429)
		if a.header.Get("Retry-After") != "12" { // the next of five a minute
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
	}
	from(eve, "192.0.2.1").want(t, 200)

	for range 30 {
		from(s.nobody(), "198.51.100.1").want(t, 401)
	}
	from(s.nobody(), "198.51.100.1").want(t, 429)
	from(s.nobody(), "203.0.113.9, 198.51.100.1").want(t, 429) // what a caller puts in front is not believed
	s.nobody().call(t, "POST", fleetapi.SyncPath, "{}", "X-Forwarded-For", "198.51.100.1").want(t, 429)
	s.nobody().call(t, "GET", "/", "", "X-Forwarded-For", "198.51.100.1").want(t, 200)
	from(eve, "198.51.100.2").want(t, 200)
	now = now.Add(time.Minute)
	from(ada, "198.51.100.1").want(t, 200)
}

// TestCalls_AreLimitedOverReplicas: S-80. Two servers over one store, without anything between them.
func TestCalls_AreLimitedOverReplicas(t *testing.T) {
	now := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	folder := t.TempDir()
	counter, err := store.Open(t.Context(), store.Config{Path: filepath.Join(folder, "podium.db")})
	must(t, err)
	t.Cleanup(func() { _ = counter.Close() })
	server := func() *site {
		return newSiteOn(t, false, folder, store.Config{}, func(d *httpapi.Deps) {
			all := ratelimit.Share(counter, clock, d.Logger)
			d.Callers = ratelimit.New(ratelimit.Config{PerMinute: 5, Now: clock, Name: "caller", Shared: all})
		})
	}
	here, there := server(), server()
	ada := here.owner(t, "ada")
	for range 5 {
		ada.call(t, "GET", "/api/v1/me", "").want(t, 200)
	}
	a := &person{site: there, id: ada.id, cookie: ada.cookie}
	a.call(t, "GET", "/api/v1/me", "").want(t, 200) // each server may let one pass that it has not counted for the others
	refused := a.call(t, "GET", "/api/v1/me", "")
	refused.want(t, 429)
	if refused.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", refused.header.Get("Retry-After"))
	}
	now = now.Add(time.Minute)
	a.call(t, "GET", "/api/v1/me", "").want(t, 200)
}
