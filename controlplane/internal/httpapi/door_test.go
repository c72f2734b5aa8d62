package httpapi_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

const signUp = `{"email":"ada@example.com","password":"correct horse 9","name":"Ada","organization":"acme"}`

// session returns the cookie that an answer sets, as a browser sends it back, and its attributes.
func session(t *testing.T, a answer) (cookie, attributes string) {
	t.Helper()
	cookie, attributes, found := strings.Cut(a.header.Get("Set-Cookie"), "; ")
	if !found {
		t.Fatalf("no cookie is set: %v", a.header)
	}
	return cookie, attributes
}

func TestSession(t *testing.T) {
	s := newSite(t, false)
	nobody := s.nobody()
	a := nobody.call(t, "POST", "/api/v1/signup", signUp)
	me := a.want(t, 201)
	if me["email"] != "ada@example.com" {
		t.Errorf("signed up as %v", me)
	}
	cookie, attributes := session(t, a)
	if !strings.HasPrefix(cookie, "podium_session=") || !strings.Contains(attributes, "HttpOnly") ||
		!strings.Contains(attributes, "SameSite=Lax") || !strings.Contains(attributes, "Path=/") || strings.Contains(attributes, "Secure") {
		t.Errorf("cookie is %s with %s", cookie, attributes)
	}
	ada := &person{site: s, cookie: cookie}
	ada.call(t, "GET", "/api/v1/me", "").want(t, 200)

	a = ada.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"correct horse 9"}`)
	a.want(t, 200)
	next, _ := session(t, a)
	if next == cookie {
		t.Error("log-in keeps the session id")
	}
	ada.call(t, "GET", "/api/v1/me", "").want(t, 401)
	ada.cookie = next
	a = ada.call(t, "POST", "/api/v1/logout", "")
	a.want(t, 204)
	if _, attributes := session(t, a); !strings.Contains(attributes, "Max-Age=0") {
		t.Errorf("the cookie is not cleared: %s", attributes)
	}
	ada.call(t, "GET", "/api/v1/me", "").want(t, 401)
	nobody.call(t, "POST", "/api/v1/signup", signUp).wantField(t, 409, "email")
}

func TestSession_ByHTTPS(t *testing.T) {
	s := newSite(t, true)
	a := s.nobody().call(t, "POST", "/api/v1/signup", signUp)
	cookie, attributes := session(t, a)
	if !strings.HasPrefix(cookie, "__Host-podium_session=") || !strings.Contains(attributes, "Secure") {
		t.Errorf("cookie is %s with %s", cookie, attributes)
	}
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to stay with https")
	}
	ada := &person{site: s, cookie: cookie}
	ada.call(t, "GET", "/api/v1/me", "").want(t, 200)
	ada.cookie = strings.TrimPrefix(cookie, "__Host-")
	ada.call(t, "GET", "/api/v1/me", "").want(t, 401)
}

func TestLogIn_TellsWhenToComeBack(t *testing.T) {
	s := newSite(t, false)
	var a answer
	for range 11 {
		a = s.nobody().call(t, "POST", "/api/v1/login", `{"email":"nobody@example.com","password":"wrong password"}`)
	}
	a.want(t, 429)
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestOtherSitesCannotAct(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	const path, body = "/api/v1/organizations", `{"name":"other"}`
	for _, test := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"another site, by fetch metadata", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sibling site", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another origin", []string{"Origin", "https://evil.example.com"}, 403},
		{"a page without origin", []string{"Origin", "null"}, 403},
		{"a form", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"text that looks like JSON", []string{"Content-Type", "text/plain"}, 415},
		{"nothing said of the type", []string{"Content-Type", ""}, 415},
		{"the console", []string{"Sec-Fetch-Site", "same-origin", "Origin", s.url}, 201},
	} {
		t.Run(test.name, func(t *testing.T) { ada.call(t, "POST", path, body, test.headers...).want(t, test.status) })
	}
	ada.call(t, "POST", path, `{"name":"third"}`, "Content-Type", "application/json; charset=utf-8").want(t, 201)
	ada.call(t, "GET", "/api/v1/me", "", "Sec-Fetch-Site", "cross-site").want(t, 200)
	ada.call(t, "POST", "/api/v1/logout", "", "Content-Type", "application/x-www-form-urlencoded").want(t, 415)
	ada.call(t, "POST", "/api/v1/logout", "", "Origin", "https://evil.example.com").want(t, 403)
	ada.call(t, "POST", "/api/v1/logout", "").want(t, 204)
}

func TestBadBodiesAreExplained(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	const clusters = "/api/v1/organizations/ada/clusters"
	for _, test := range []struct {
		name, path, body, field string
		status                  int
	}{
		{"an unknown field", clusters, `{"name":"first","colour":"red"}`, "colour", 400},
		{"a wrong type", clusters, `{"name":7}`, "name", 400},
		{"a wrong value", clusters, `{"name":"-"}`, "name", 422},
		{"a missing value", clusters, `{}`, "name", 422},
		{"an unknown cloud", clusters, `{"name":"first","cloud":"moon"}`, "cloud", 422},
		{"an unknown role", "/api/v1/organizations/ada/members", `{"email":"ada@example.com","role":"king"}`, "role", 422},
		{"an unknown account", "/api/v1/organizations/ada/members", `{"email":"x@example.com","role":"member"}`, "email", 422},
		{"a taken name", "/api/v1/organizations", `{"name":"ada"}`, "name", 409},
	} {
		t.Run(test.name, func(t *testing.T) { ada.call(t, "POST", test.path, test.body).wantField(t, test.status, test.field) })
	}
	for name, body := range map[string]string{
		"no JSON": `{"name"`, "no object": `["first"]`, "two values": `{"name":"first"} {}`, "nothing": ` `,
	} {
		t.Run(name, func(t *testing.T) { ada.call(t, "POST", clusters, body).want(t, 400) })
	}
	ada.call(t, "POST", clusters, `{"name":"`+strings.Repeat("a", 1<<20)+`"}`).want(t, 413)
	ada.call(t, "DELETE", "/api/v1/organizations/ada/members/acc_ada", "").want(t, 409)
	ada.call(t, "GET", clusters, "").want(t, 200)
}

func TestIdempotencyKey(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	const clusters = "/api/v1/organizations/ada/clusters"
	first := ada.call(t, "POST", clusters, `{"name":"first"}`, "Idempotency-Key", "k1").want(t, 202)
	second := ada.call(t, "POST", clusters, `{"name":"first"}`, "Idempotency-Key", "k1").want(t, 202)
	if first["id"] != second["id"] {
		t.Errorf("the repeated call made another cluster: %v and %v", first["id"], second["id"])
	}
	ada.call(t, "POST", clusters, `{"name":"other"}`, "Idempotency-Key", "k1").wantField(t, 422, "Idempotency-Key")
	ada.call(t, "POST", clusters, `{"name":"first"}`).wantField(t, 409, "name")
}

func TestElsewhere(t *testing.T) {
	s := newSite(t, false)
	nobody := s.nobody()
	for path, status := range map[string]int{
		"GET /": 200, "GET /acme/clusters": 200, "HEAD /acme": 200, "POST /acme": 404, "GET /api/v2/me": 404, "GET /api/v1/nothing": 404,
		"POST /api/v1/nothing": 404, "GET /fleet/v2": 404, "PUT /api/v1/me": 404, "GET /api/v1/signup": 404, "GET /healthz": 200,
	} {
		method, path, _ := strings.Cut(path, " ")
		a := nobody.call(t, method, path, "")
		a.want(t, status)
		if a.header.Get("Content-Security-Policy") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: security headers are missing: %v", method, path, a.header)
		}
		if status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: the error is %s", method, path, a.header.Get("Content-Type"))
		}
	}
}

func TestInternalErrorsAreLoggedAndHidden(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	must(t, s.store.Close())
	a := ada.call(t, "GET", "/api/v1/me", "")
	p := a.want(t, 500)
	if strings.Contains(a.body, "sql") || strings.Contains(a.body, "closed") {
		t.Errorf("the answer shows the cause: %s", a.body)
	}
	id, _ := p["requestId"].(string)
	if id == "" || strings.Count(s.log.String(), id) != 1 || !strings.Contains(s.log.String(), "database is closed") {
		t.Errorf("request %q is not logged once with its cause:\n%s", id, s.log)
	}
	s.nobody().call(t, "GET", "/healthz", "").want(t, 503)
}

// TestTokensOpenOnlyTheirOwnDoor tries each kind of token at the doors of the others.
func TestTokensOpenOnlyTheirOwnDoor(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	r := s.ready(t, "ada", "first")
	join, err := s.control.JoinToken(t.Context(), r.ClusterID)
	must(t, err)
	register := `{"contractVersion":1,"clusterId":"` + r.ClusterID + `","nodeId":"n1","endpoint":"http://127.0.0.1:7200/api","later":true}`
	sync := `{"clusterId":"` + r.ClusterID + `","nodeId":"n1"}`
	nobody := s.nobody()
	link, _ := nobody.call(t, "POST", fleetapi.RegisterPath, register, "Authorization", "Bearer "+join).want(t, 200)["linkToken"].(string)
	nobody.call(t, "POST", fleetapi.SyncPath, sync, "Authorization", "Bearer "+link).want(t, 200)
	ada.call(t, "POST", "/api/v1/organizations/ada/clusters/first/console-sessions", "").want(t, 201)

	cookie := strings.TrimPrefix(ada.cookie, "podium_session=")
	for name, token := range map[string]string{"session": cookie, "link": link, "none": ""} {
		nobody.call(t, "POST", fleetapi.RegisterPath, strings.Replace(register, "n1", "n2", 1), "Authorization", "Bearer "+token).want(t, 401)
		if name != "link" {
			nobody.call(t, "POST", fleetapi.SyncPath, sync, "Authorization", "Bearer "+token).want(t, 401)
		}
	}
	nobody.call(t, "POST", fleetapi.SyncPath, sync, "Authorization", "Bearer "+join).want(t, 401)
	nobody.call(t, "POST", fleetapi.SyncPath, sync, "Cookie", ada.cookie).want(t, 401)
	for _, token := range []string{link, join} {
		(&person{site: s, cookie: "podium_session=" + token}).call(t, "GET", "/api/v1/me", "").want(t, 401)
		nobody.call(t, "GET", "/api/v1/me", "", "Authorization", "Bearer "+token).want(t, 401)
	}
	_, err = s.store.RemoveCluster(t.Context(), r.ClusterID, audit.Entry{})
	must(t, err)
	nobody.call(t, "POST", fleetapi.SyncPath, sync, "Authorization", "Bearer "+link).want(t, 401)
}

func TestSync_EndsWhenTheServerCloses(t *testing.T) {
	s := newSite(t, false)
	s.owner(t, "ada")
	r := s.ready(t, "ada", "first")
	join, err := s.control.JoinToken(t.Context(), r.ClusterID)
	must(t, err)
	nobody := s.nobody()
	register := `{"contractVersion":1,"clusterId":"` + r.ClusterID + `","nodeId":"n1","endpoint":"http://127.0.0.1:7200/api"}`
	link, _ := nobody.call(t, "POST", fleetapi.RegisterPath, register, "Authorization", "Bearer "+join).want(t, 200)["linkToken"].(string)
	report := `{"clusterId":"` + r.ClusterID + `","nodeId":"n1","appliedRevision":1}`
	waiting := s.hub.Watch(t.Context(), notify.Applied(r.ClusterID))
	var calling sync.WaitGroup
	calling.Go(func() {
		nobody.call(t, "POST", fleetapi.SyncPath, report, "Authorization", "Bearer "+link).want(t, 200)
	})
	<-waiting
	s.close()
	calling.Wait()
	nobody.call(t, "POST", fleetapi.SyncPath, report, "Authorization", "Bearer "+link).want(t, 503)
}
