package app_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func TestServe_AsANodeOfAControlPlane(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("s1"))
	registered := make(chan fleetapi.RegisterRequest, 10)
	synced := make(chan fleetapi.SyncRequest, 10)
	allowed := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+fleetapi.RegisterPath, func(w http.ResponseWriter, r *http.Request) {
		<-allowed
		var req fleetapi.RegisterRequest
		_ = json.NewDecoder(r.Body).Decode(&req)
		if r.Header.Get("Authorization") != "Bearer join-1" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		registered <- req
		_ = json.NewEncoder(w).Encode(fleetapi.RegisterResponse{LinkToken: "link-1", Config: fleetapi.Config{
			Revision: 3, ClusterID: "clu_a", ClusterName: "orders", Organization: "acme", ConsoleOrigin: "https://console.test",
			AccessKeys: []fleetapi.AccessKey{{ID: "k1", Name: "ci", Role: fleetapi.ClusterAdmin, SecretHash: hex.EncodeToString(sum[:])}},
			Issuer:     fleetapi.Issuer{Name: "podium", Keys: []fleetapi.PublicKey{{KID: "i1", X: base64.RawURLEncoding.EncodeToString(public)}}},
		}})
	})
	mux.HandleFunc("POST "+fleetapi.SyncPath, func(_ http.ResponseWriter, r *http.Request) {
		var req fleetapi.SyncRequest
		_ = json.NewDecoder(r.Body).Decode(&req)
		synced <- req
		<-r.Context().Done()
	})
	control := httptest.NewServer(mux)
	defer control.Close()

	join := filepath.Join(t.TempDir(), "join")
	if err := os.WriteFile(join, []byte("join-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"--data", dir, "--control-plane", control.URL, "--cluster-id", "clu_a", "--join-token-file", join}
	p := start(t, args...)
	p.want(503, "GET", "/readyz", "") // nobody can be let in yet
	close(allowed)
	if r := <-registered; r.Endpoint != p.url+"/api" || r.ClusterID != "clu_a" || r.SoftwareVersion == "" {
		t.Errorf("registered %+v", r)
	}
	s := <-synced
	if s.AppliedRevision != 3 || !s.Health.Ready || s.Health.MemoryBytes <= 0 {
		t.Errorf("synced %+v", s)
	}
	check := func(p *process) {
		t.Helper()
		p.want(200, "GET", "/readyz", "")
		p.want(401, "GET", "/api/metadata/workflow", "")
		var body struct{ Token string }
		if err := json.Unmarshal([]byte(p.want(200, "POST", "/api/token", `{"keyId":"k1","keySecret":"s1"}`)), &body); err != nil {
			t.Fatal(err)
		}
		p.want(200, "GET", "/api/metadata/workflow", "", "X-Authorization: "+body.Token)
		session := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
			"iss": "podium", "aud": "clu_a", "sub": "usr_1", "role": "viewer", "exp": time.Now().Add(time.Hour).Unix(),
		})
		session.Header["kid"] = "i1"
		token, err := session.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		p.want(200, "GET", "/podium/v1/overview", "", "Authorization: Bearer "+token)
		info := p.want(200, "GET", "/podium/v1/info", "")
		for _, want := range []string{`"clusterName":"orders"`, `"organization":"acme"`, `"auth":"keys"`, `"consoleOrigin":"https://console.test"`} {
			if !strings.Contains(info, want) {
				t.Errorf("info %s lacks %s", info, want)
			}
		}
		p.want(404, "POST", "/api/workflow/nobody", "{}", "X-Authorization: "+body.Token, "Origin: https://console.test")
		p.want(403, "POST", "/api/workflow/nobody", "{}", "X-Authorization: "+body.Token, "Origin: https://evil.test")
	}
	check(p)
	if code := p.end(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.stderr)
	}

	control.Close() // from here on the control plane is away
	p = start(t, args...)
	check(p)
	if strings.Contains(p.stderr.String(), "link-1") || strings.Contains(p.stderr.String(), "join-1") {
		t.Error("the log tells a secret")
	}
}
