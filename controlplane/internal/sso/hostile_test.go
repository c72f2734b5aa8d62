package sso

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const hostileSecret = "a secret that is long enough to sign with as well"

// hostile is a provider that says what the test wants.
type hostile struct {
	*httptest.Server
	key     *ecdsa.PrivateKey
	idToken string
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{key: key}
	answer := func(v func() any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v())
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", answer(func() any {
		return map[string]any{
			"issuer": h.URL, "authorization_endpoint": h.URL + "/auth", "token_endpoint": h.URL + "/token", "jwks_uri": h.URL + "/keys",
			// It claims to sign with all of these.
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
	}))
	mux.HandleFunc("/token", answer(func() any {
		return map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": h.idToken}
	}))
	mux.HandleFunc("/keys", answer(func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	}))
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Close)
	return h
}

// sign makes a token with an algorithm and a key.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestExchange_RefusesWhatDoesNotHold covers S-04 and the nonce of S-01.
func TestExchange_RefusesWhatDoesNotHold(t *testing.T) {
	h := newHostile(t)
	now := time.Now()
	p := Provider{Issuer: h.URL, ClientID: "podium", Scopes: []string{"openid"}, Claims: ClaimNames{Email: "email", Name: "name", Groups: "groups"}}
	up, err := newUpstreams(h.Client(), func() time.Time { return now }).get(t.Context(), h.URL)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]any{
		"iss": h.URL, "aud": "podium", "sub": "grace", "nonce": "n", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) string {
		claims := maps.Clone(good)
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
		return sign(t, jose.ES256, h.key, claims)
	}
	valid := sign(t, jose.ES256, h.key, good)
	parts := strings.Split(valid, ".")
	for name, test := range map[string]struct {
		token string
		holds bool
	}{
		"good":                        {valid, true},
		"two audiences and our azp":   {sign(t, jose.ES256, h.key, merged(good, "aud", []string{"podium", "x"}, "azp", "podium")), true},
		"alg none":                    {"eyJhbGciOiJub25lIn0." + parts[1] + ".", false},
		"HMAC with the client secret": {sign(t, jose.HS256, []byte(hostileSecret), good), false},
		"HMAC with the public key":    {sign(t, jose.HS256, elliptic.MarshalCompressed(h.key.Curve, h.key.X, h.key.Y), good), false},
		"another key":                 {sign(t, jose.ES256, other, good), false},
		"a changed payload":           {parts[0] + "." + strings.Split(with("sub", "ada"), ".")[1] + "." + parts[2], false},
		"another issuer":              {with("iss", "https://login.example.com"), false},
		"the issuer with a slash":     {with("iss", h.URL+"/"), false},
		"another audience":            {with("aud", "other"), false},
		"no audience":                 {with("aud", nil), false},
		"two audiences, no azp":       {with("aud", []string{"podium", "x"}), false},
		"azp of another client":       {with("azp", "other"), false},
		"another nonce":               {with("nonce", "m"), false},
		"no nonce":                    {with("nonce", nil), false},
		"no subject":                  {with("sub", nil), false},
		"ended":                       {with("exp", now.Add(-2*time.Minute).Unix()), false},
		"no end":                      {with("exp", nil), false},
		"issued long ago":             {with("iat", now.Add(-time.Hour).Unix()), false},
		"issued in the future":        {with("iat", now.Add(time.Hour).Unix()), false},
		"no token":                    {"", false},
		"no JWT":                      {"abc", false},
	} {
		h.idToken = test.token
		_, err := up.exchange(t.Context(), up.oauth(p, hostileSecret, "http://127.0.0.1/callback"), p, "code", "verifier", "n")
		if (err == nil) != test.holds {
			t.Errorf("%s: %v, want it to hold: %v", name, err, test.holds)
		}
	}
	h.idToken = valid
	if _, err := up.exchange(t.Context(), up.oauth(p, "", "http://127.0.0.1/callback"), p, "code", "verifier", ""); err == nil {
		t.Error("a log-in without nonce holds")
	}
}

func merged(claims map[string]any, pairs ...any) map[string]any {
	out := maps.Clone(claims)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// TestLogoutToken_RefusesWhatDoesNotHold covers the tokens of S-12.
func TestLogoutToken_RefusesWhatDoesNotHold(t *testing.T) {
	h := newHostile(t)
	now := time.Now()
	p := Provider{Issuer: h.URL, ClientID: "podium"}
	up, err := newUpstreams(h.Client(), func() time.Time { return now }).get(t.Context(), h.URL)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]any{
		"iss": h.URL, "aud": "podium", "sub": "grace", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": "1",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	for name, test := range map[string]struct {
		claims map[string]any
		holds  bool
	}{
		"good":              {good, true},
		"an ID token":       {merged(good, "nonce", "n"), false},
		"no event":          {merged(good, "events", map[string]any{}), false},
		"another client":    {merged(good, "aud", "other"), false},
		"another issuer":    {merged(good, "iss", "https://login.example.com"), false},
		"no id":             {merged(good, "jti", ""), false},
		"nobody":            {merged(good, "sub", ""), false},
		"ended":             {merged(good, "exp", now.Add(-time.Hour).Unix()), false},
		"only the session":  {merged(good, "sub", "", "sid", "s"), true},
		"no end":            {merged(good, "exp", 0), false},
		"an empty audience": {merged(good, "aud", []string{}), false},
	} {
		_, err := up.verifier(p).VerifyLogout(t.Context(), sign(t, jose.ES256, h.key, test.claims))
		if (err == nil) != test.holds {
			t.Errorf("%s: %v, want it to hold: %v", name, err, test.holds)
		}
	}
	if _, err := up.verifier(p).VerifyLogout(t.Context(), sign(t, jose.HS256, []byte(hostileSecret), good)); err == nil {
		t.Error("HMAC holds")
	}
}
