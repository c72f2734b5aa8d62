package rest_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
)

// keyedGate wants tokens and knows one access key: id k1, secret s1. Its clock can be moved.
func keyedGate(t *testing.T) (g *access.Gate, advance func(time.Duration)) {
	t.Helper()
	_, sign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var ahead time.Duration
	g, err = access.New(access.Config{Mode: access.Keys, ClusterID: "clu_a", SignKey: sign, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}})
	if err != nil {
		t.Fatal(err)
	}
	allow(t, g, "k1", "s1")
	return g, func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		ahead += d
	}
}

// allow makes one access key the only one that a gate knows.
func allow(t *testing.T, g *access.Gate, id, secret string) {
	t.Helper()
	sum := sha256.Sum256([]byte(secret))
	if err := g.Set([]fleetapi.AccessKey{{ID: id, Name: "test", Role: fleetapi.ClusterAdmin, SecretHash: hex.EncodeToString(sum[:])}}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
}

func login(id, secret string) string { return fmt.Sprintf(`{"keyId":%q,"keySecret":%q}`, id, secret) }

func TestToken_IsNotServedWithoutAuthentication(t *testing.T) {
	s := newServer(t, options{})
	s.failure(s.post("/api/token", login("k1", "s1")), 404)
	s.ok(s.send("GET", "/api/metadata/workflow", "", "X-Authorization: nonsense"))
	if info := s.json(s.get("/podium/v1/info")); info["auth"] != "none" {
		t.Errorf("got %v", info)
	}
}

func TestToken_ExchangeAndUse(t *testing.T) {
	g, advance := keyedGate(t)
	s := newServer(t, options{gate: g})
	refused := func(a answer, code string) {
		t.Helper()
		if body := s.failure(a, 401); body["error"] != code {
			t.Errorf("got %s, want %s", a.body, code)
		}
	}
	for _, try := range []string{login("k1", "wrong"), login("nobody", "s1"), login("", ""), `{}`} {
		refused(s.post("/api/token", try), "INVALID_TOKEN")
	}
	s.failure(s.post("/api/token", `{`), 400)
	a := s.ok(s.post("/api/token", login("k1", "s1")))
	if a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got headers %v", a.header)
	}
	token := decode[map[string]string](t, a)["token"]

	refused(s.get("/api/metadata/workflow"), "INVALID_TOKEN")
	refused(s.get("/api/nothing"), "INVALID_TOKEN")
	refused(s.get("/podium/v1/overview"), "INVALID_TOKEN")
	refused(s.send("GET", "//api//metadata/workflow/", ""), "INVALID_TOKEN")
	refused(s.send("GET", "/api/metadata/workflow", "", "X-Authorization: nonsense"), "INVALID_TOKEN")
	for _, header := range []string{"X-Authorization: " + token, "X-Authorization: Bearer " + token, "Authorization: Bearer " + token} {
		s.ok(s.send("GET", "/api/metadata/workflow", "", header))
	}
	for _, open := range []string{"/health", "/api/health", "/healthz", "/readyz", "/api/version", "/podium/v1/info", "/"} {
		s.ok(s.get(open))
	}
	s.token = token
	advance(2 * time.Hour)
	refused(s.get("/api/metadata/workflow"), "EXPIRED_TOKEN")
	s.token = decode[map[string]string](t, s.ok(s.post("/api/token", login("k1", "s1"))))["token"]
	s.ok(s.get("/api/metadata/workflow"))
	allow(t, g, "k2", "s2")
	refused(s.get("/api/metadata/workflow"), "INVALID_TOKEN")
	if strings.Contains(s.log.String(), "s1") || strings.Contains(s.log.String(), token) {
		t.Errorf("the log tells secrets: %s", s.log)
	}
}

func TestToken_IsRateLimitedByAddress(t *testing.T) {
	g, _ := keyedGate(t)
	s := newServer(t, options{gate: g})
	for range 200 {
		if a := s.post("/api/token", login("k1", "wrong")); a.status == 429 {
			s.failure(a, 429)
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
	}
	t.Error("200 tries in a row were let through")
}

// TestCalls_AreLimitedByAccessKey: S-80. The clock stands still but where the test moves it.
func TestCalls_AreLimitedByAccessKey(t *testing.T) {
	_, sign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	began := time.Now()
	g, err := access.New(access.Config{
		Mode: access.Keys, ClusterID: "clu_a", SignKey: sign, CallsPerSecond: 2,
		Now: func() time.Time { return began.Add(time.Duration(ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("s1"))
	keys := make([]fleetapi.AccessKey, 2)
	for i, id := range []string{"k1", "k2"} {
		keys[i] = fleetapi.AccessKey{ID: id, Name: "test", Role: fleetapi.ClusterAdmin, SecretHash: hex.EncodeToString(sum[:])}
	}
	if err := g.Set(keys, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, options{gate: g})
	token := func(id string) string {
		return decode[map[string]string](t, s.ok(s.post("/api/token", login(id, "s1"))))["token"]
	}
	call := func(token string) answer {
		return s.send("GET", "/api/metadata/workflow", "", "X-Authorization: "+token)
	}
	first, second := token("k1"), token("k1")
	s.ok(call(first))
	s.ok(call(second)) // the tokens of a key count together
	for range 3 {
		a := call(first)
		if body := s.failure(a, 429); a.header.Get("Retry-After") != "1" || body["retryable"] != true {
			t.Errorf("got %v, %s", a.header, a.body)
		}
	}
	s.ok(call(token("k2")))
	if err := g.Set(keys, fleetapi.Issuer{}); err != nil { // news from the control plane are no fresh start
		t.Fatal(err)
	}
	s.failure(call(first), 429)
	ahead.Store(int64(500 * time.Millisecond))
	s.ok(call(first))
	s.failure(call(first), 429)
}

func TestOrigins(t *testing.T) {
	s := newServer(t, options{})
	const listed = "https://console.podium.test"
	preflight := func(origin string) answer {
		return s.send("OPTIONS", "/api/workflow", "", "Origin: "+origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-authorization")
	}
	if a := preflight(listed); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("before it is listed: %v", a.header)
	}
	s.handler.AllowOrigins(listed, "", "no origin")
	a := preflight(listed)
	if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != listed || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "X-Authorization") ||
		a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("Vary") != "Origin" {
		t.Errorf("got %d %v", a.status, a.header)
	}
	if a := s.send("GET", "/api/health", "", "Origin: "+listed); a.header.Get("Access-Control-Allow-Origin") != listed {
		t.Errorf("got %v", a.header)
	}
	for _, origin := range []string{"https://console.podium.test.evil.test", "https://evil.test", "null", "http://console.podium.test"} {
		if a := preflight(origin); a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", origin, a.header)
		}
		s.failure(s.send("POST", "/api/workflow/w", "{}", "Origin: "+origin, "Content-Type: text/plain"), 403, "origin")
	}
	s.failure(s.send("POST", "/api/workflow/w", "{}", "Sec-Fetch-Site: cross-site"), 403)
	s.failure(s.send("POST", "/api/workflow/w", "{}", "Origin: "+listed, "Sec-Fetch-Site: cross-site"), 404) // let in
	s.failure(s.send("POST", "/api/workflow/w", "{}", "Origin: "+s.URL), 404)                                // our own page
	s.failure(s.send("POST", "/api/workflow/w", "{}"), 404)                                                  // no browser
	s.handler.AllowOrigins()
	s.failure(s.send("POST", "/api/workflow/w", "{}", "Origin: "+listed), 403)
}

func TestConsole(t *testing.T) {
	s := newServer(t, options{console: fstest.MapFS{
		"index.html":          {Data: []byte("<!doctype html>the console")},
		"favicon.svg":         {Data: []byte("<svg/>")},
		"assets/app-1f2e.js":  {Data: []byte("run()")},
		"assets/app-1f2e.css": {Data: []byte("a{}")},
		".gitkeep":            {Mode: 0o644},
		"deep":                {Mode: fs.ModeDir},
	}})
	page := "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
	for _, path := range []string{"/", "/executions", "/executions/abc?tab=json", "/definitions/my.workflow", "/deep", "/index.html/x", "/..%2f..%2fetc/passwd", "/.gitkeep"} {
		a := s.ok(s.send("GET", path, "", page))
		if !strings.Contains(a.body, "the console") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: got %q %v", path, a.body, a.header)
		}
	}
	s.ok(s.get("/executions")) // who does not say what it wants gets the page too
	a := s.ok(s.get("/assets/app-1f2e.js"))
	if a.body != "run()" || !strings.Contains(a.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("got %q %v", a.body, a.header)
	}
	if a := s.ok(s.get("/favicon.svg")); a.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got %v", a.header)
	}
	s.want(s.send("GET", "/assets/gone-0000.js", "", page), 404)
	s.want(s.get("/gone.png"), 404)
	s.want(s.send("HEAD", "/", "", page), 200)
	for _, a := range []answer{s.get("/"), s.get("/assets/app-1f2e.js"), s.get("/gone.png")} {
		csp := a.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") ||
			a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("got %v", a.header)
		}
	}
}

func TestConsole_ThatWasNotBuiltSaysHow(t *testing.T) {
	s := newServer(t, options{})
	if a := s.ok(s.get("/")); !strings.Contains(a.body, "make build") {
		t.Errorf("got %s", a.body)
	}
}

func TestHealth(t *testing.T) {
	s := newServer(t, options{})
	for _, path := range []string{"/health", "/api/health"} {
		if got := s.json(s.get(path)); got["healthy"] != true {
			t.Errorf("%s: %v", path, got)
		}
	}
	for _, path := range []string{"/health", "/api/health", "/actuator/health", "/api/version"} { // as load balancers ask
		s.want(s.send("HEAD", path, ""), 200)
	}
	if a := s.ok(s.get("/api/version")); a.body != "1.2.3" {
		t.Errorf("got %q", a.body)
	}
	info := s.json(s.get("/podium/v1/info"))
	if info["version"] != "1.2.3" || info["clusterId"] != "clu_a" || info["clusterName"] != "one" || info["organization"] != "acme" {
		t.Errorf("got %v", info)
	}
	s.ok(s.get("/healthz"))
	s.ok(s.get("/readyz"))
	s.handler.Drain()
	s.failure(s.get("/readyz"), 503)
	s.ok(s.get("/healthz"))
}

func TestOrigins_ALocalServerIsNotDrivenByANameMadeToLeadHere(t *testing.T) {
	s := newServer(t, options{local: true})
	call := func(host string) answer {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/api/workflow/w", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Origin", "http://"+host)
		return s.do(req)
	}
	s.failure(call("rebound.test:8080"), 403, "localhost")
	for _, host := range []string{"localhost:8080", "127.0.0.1:8080", "[::1]:8080"} {
		s.failure(call(host), 404)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/api/workflow/w", strings.NewReader("{}"))
	req.Host = "host.docker.internal:8080" // no browser: any name will do
	s.failure(s.do(req), 404)
}
