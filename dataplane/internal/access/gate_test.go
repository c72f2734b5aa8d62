package access

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// issuer plays the control plane.
type issuer struct {
	name, kid string
	key       ed25519.PrivateKey
}

func newIssuer(t *testing.T, name, kid string) issuer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{name, kid, key}
}

func (i issuer) trusted() fleetapi.Issuer {
	x := base64.RawURLEncoding.EncodeToString(i.key.Public().(ed25519.PublicKey))
	return fleetapi.Issuer{Name: i.name, Keys: []fleetapi.PublicKey{{KID: i.kid, X: x}}}
}

// session returns a token with the given claims over good ones.
func (i issuer) session(t *testing.T, now time.Time, over jwt.MapClaims) string {
	t.Helper()
	c := jwt.MapClaims{
		"iss": i.name, "aud": "clu_a", "sub": "usr_1", "name": "Ada", "email": "ada@example.test",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for k, v := range over {
		if v == nil {
			delete(c, k)
			continue
		}
		c[k] = v
	}
	return i.sign(t, jwt.SigningMethodEdDSA, i.key, i.kid, c)
}

func (i issuer) sign(t *testing.T, m jwt.SigningMethod, key any, kid string, c jwt.Claims) string {
	t.Helper()
	j := jwt.NewWithClaims(m, c)
	j.Header["kid"] = kid
	s, err := j.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func key(id, secret string) fleetapi.AccessKey {
	sum := sha256.Sum256([]byte(secret))
	return fleetapi.AccessKey{ID: id, Name: id + "'s name", SecretHash: hex.EncodeToString(sum[:])}
}

func newGate(t *testing.T, cluster string) (*Gate, *clock, ed25519.PrivateKey) {
	t.Helper()
	_, sign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: time.Now()}
	g, err := New(Config{Mode: Keys, ClusterID: cluster, SignKey: sign, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return g, c, sign
}

func exchange(t *testing.T, g *Gate, id, secret string) string {
	t.Helper()
	token, err := g.Exchange(id, secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func wantErr(t *testing.T, g *Gate, token string, want error) {
	t.Helper()
	if _, err := g.Verify(token); !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func TestExchange_MakesATokenThatTheGateAccepts(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	if err := g.Set([]fleetapi.AccessKey{key("key_1", "s3cret")}, fleetapi.Issuer{}); err != nil {
		t.Fatal(err)
	}
	token := exchange(t, g, "key_1", "s3cret")
	for range 2 { // the second time from memory
		who, err := g.Verify(token)
		if err != nil || who.ID != "key_1" || who.Name != "key_1's name" {
			t.Fatalf("got %+v, %v", who, err)
		}
	}
	var claims jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sub", "name", "iat", "exp", "aud", "iss"} {
		if claims[name] == nil {
			t.Errorf("claim %s is missing", name)
		}
	}
	c.advance(31 * time.Minute) // the Go SDK's time
	if _, err := g.Verify(token); err != nil {
		t.Errorf("after 31 minutes: %v", err)
	}
	c.advance(TokenTTL)
	wantErr(t, g, token, ErrExpired)
	fresh, _, _ := newGate(t, "clu_a")
	wantErr(t, fresh, token, ErrInvalid) // another signing key
}

func TestVerify_ExpiredBeforeItWasEverSeen(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	_ = g.Set([]fleetapi.AccessKey{key("key_1", "s")}, fleetapi.Issuer{})
	token := exchange(t, g, "key_1", "s")
	c.advance(2 * TokenTTL)
	wantErr(t, g, token, ErrExpired)
	_ = g.Set(nil, fleetapi.Issuer{})
	wantErr(t, g, token, ErrInvalid) // deleted beats expired: a new token would not help
}

func TestExchange_UnknownKeyAndWrongSecretAreAlike(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	soon := c.now().Add(time.Minute)
	dying := key("key_dying", "s")
	dying.ExpiresAt = &soon
	_ = g.Set([]fleetapi.AccessKey{key("key_1", "s"), dying}, fleetapi.Issuer{})
	token := exchange(t, g, "key_dying", "s")
	c.advance(2 * time.Minute)
	for _, try := range [][2]string{{"key_1", "wrong"}, {"key_2", "s"}, {"key_2", ""}, {"", ""}, {"key_dying", "s"}} {
		if token, err := g.Exchange(try[0], try[1]); !errors.Is(err, ErrInvalid) || token != "" {
			t.Errorf("%v: got %q, %v", try, token, err)
		}
	}
	if _, err := g.Verify(token); err == nil {
		t.Error("the token of an expired key is accepted")
	}
}

func TestSet_ADeletedKeysTokensAreRefusedAtOnce(t *testing.T) {
	g, _, _ := newGate(t, "clu_a")
	_ = g.Set([]fleetapi.AccessKey{key("key_1", "a"), key("key_2", "b")}, fleetapi.Issuer{})
	one, two := exchange(t, g, "key_1", "a"), exchange(t, g, "key_2", "b")
	if _, err := g.Verify(one); err != nil {
		t.Fatal(err)
	}
	_ = g.Set([]fleetapi.AccessKey{key("key_2", "b")}, fleetapi.Issuer{})
	wantErr(t, g, one, ErrInvalid)
	if _, err := g.Verify(two); err != nil {
		t.Errorf("the other key: %v", err)
	}
}

func TestSet_NamesBadEntriesAndTakesTheOthers(t *testing.T) {
	g, _, _ := newGate(t, "clu_a")
	i := newIssuer(t, "podium", "k1")
	trusted := i.trusted()
	trusted.Keys = append(trusted.Keys, fleetapi.PublicKey{KID: "short", X: "AAAA"})
	err := g.Set([]fleetapi.AccessKey{{ID: "bad", SecretHash: "xyz"}, key("good", "s")}, trusted)
	if err == nil || !strings.Contains(err.Error(), `"bad"`) || !strings.Contains(err.Error(), `"short"`) {
		t.Errorf("got error %v", err)
	}
	exchange(t, g, "good", "s")
}

func TestVerify_SessionTokens(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	i := newIssuer(t, "https://podium.test", "k1")
	if err := g.Set(nil, i.trusted()); err != nil {
		t.Fatal(err)
	}
	now := c.now()
	if who, err := g.Verify(i.session(t, now, nil)); err != nil || who.ID != "usr_1" || who.Name != "Ada" {
		t.Fatalf("got %+v, %v", who, err)
	}
	other := newIssuer(t, i.name, i.kid) // same names, another key
	public := []byte(i.key.Public().(ed25519.PublicKey))
	good := jwt.MapClaims{"iss": i.name, "aud": "clu_a", "sub": "usr_1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for name, tc := range map[string]struct {
		token string
		want  error
	}{
		"empty":              {"", ErrInvalid},
		"no JWT":             {"hello", ErrInvalid},
		"another audience":   {i.session(t, now, jwt.MapClaims{"aud": "clu_b"}), ErrInvalid},
		"no audience":        {i.session(t, now, jwt.MapClaims{"aud": nil}), ErrInvalid},
		"another issuer":     {i.session(t, now, jwt.MapClaims{"iss": "https://evil.test"}), ErrInvalid},
		"no issuer":          {i.session(t, now, jwt.MapClaims{"iss": nil}), ErrInvalid},
		"no subject":         {i.session(t, now, jwt.MapClaims{"sub": nil}), ErrInvalid},
		"no expiry":          {i.session(t, now, jwt.MapClaims{"exp": nil}), ErrInvalid},
		"expired":            {i.session(t, now, jwt.MapClaims{"exp": now.Add(-time.Minute).Unix()}), ErrExpired},
		"expired elsewhere":  {i.session(t, now, jwt.MapClaims{"exp": now.Add(-time.Minute).Unix(), "aud": "clu_b"}), ErrInvalid},
		"issued later":       {i.session(t, now, jwt.MapClaims{"iat": now.Add(time.Hour).Unix()}), ErrInvalid},
		"another key":        {other.session(t, now, nil), ErrInvalid},
		"unknown kid":        {i.sign(t, jwt.SigningMethodEdDSA, i.key, "k2", good), ErrInvalid},
		"no kid":             {i.sign(t, jwt.SigningMethodEdDSA, i.key, "", good), ErrInvalid},
		"the gate's own kid": {i.sign(t, jwt.SigningMethodEdDSA, i.key, g.own.kid, good), ErrInvalid},
		"alg none":           {i.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", good), ErrInvalid},
		"HMAC by public key": {i.sign(t, jwt.SigningMethodHS256, public, "k1", good), ErrInvalid},
		"signature cut":      {strings.TrimRight(i.session(t, now, nil), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) { wantErr(t, g, tc.token, tc.want) })
	}
}

// A token from before somebody lost a right is refused, also one that was taken before; one made afterwards is good.
func TestVerify_EndedTokens(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	i := newIssuer(t, "podium", "k1")
	trusted := i.trusted()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(g.Set([]fleetapi.AccessKey{key("key_1", "s")}, trusted))
	now := c.now()
	of := func(who string, at time.Time) string {
		return i.session(t, at, jwt.MapClaims{"sub": who, "iat": now.Unix(), "issued": at.UnixMicro()})
	}
	early, late, application := of("usr_1", now), of("usr_1", now.Add(time.Millisecond)), exchange(t, g, "key_1", "s")
	other, coarse := of("usr_2", now), i.session(t, now, nil)
	for _, token := range []string{early, late, application, other, coarse} {
		wantErr(t, g, token, nil)
	}
	trusted.Ended = []fleetapi.Ended{{Subject: "usr_1", Until: now.Add(time.Microsecond)}}
	must(g.Set([]fleetapi.AccessKey{key("key_1", "s")}, trusted))
	wantErr(t, g, early, ErrExpired)
	wantErr(t, g, coarse, ErrExpired)
	for _, token := range []string{late, application, other} {
		wantErr(t, g, token, nil)
	}
	trusted.Ended = []fleetapi.Ended{{Until: now.Add(time.Second)}}
	must(g.Set([]fleetapi.AccessKey{key("key_1", "s")}, trusted))
	for _, token := range []string{early, late, other} {
		wantErr(t, g, token, ErrExpired)
	}
	wantErr(t, g, application, nil)
}

func TestVerify_ATokenOfOneClusterFailsAtAnother(t *testing.T) {
	a, c, sign := newGate(t, "clu_a")
	// B trusts the same issuer, holds the same access key and, worse, the same signing key.
	b, err := New(Config{Mode: Keys, ClusterID: "clu_b", SignKey: sign, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	i := newIssuer(t, "podium", "k1")
	for _, g := range []*Gate{a, b} {
		_ = g.Set([]fleetapi.AccessKey{key("key_1", "s")}, i.trusted())
	}
	for _, token := range []string{exchange(t, a, "key_1", "s"), i.session(t, c.now(), nil)} {
		if _, err := a.Verify(token); err != nil {
			t.Errorf("at home: %v", err)
		}
		wantErr(t, b, token, ErrInvalid)
	}
}

func TestGate_ASessionOfTheIssuerCannotPassAsAKey(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	i := newIssuer(t, "podium", "k1")
	_ = g.Set(nil, i.trusted())
	wantErr(t, g, i.session(t, c.now(), jwt.MapClaims{"iss": g.own.issuer}), ErrInvalid)
}

func TestGate_OpenIgnoresTokens(t *testing.T) {
	g, err := New(Config{Mode: None})
	if err != nil || g.Required() {
		t.Fatal(err)
	}
	if _, err := g.Verify("nonsense"); err != nil {
		t.Error(err)
	}
}

func TestClose_RefusesApplicationsAndLetsPeopleLook(t *testing.T) {
	g, c, _ := newGate(t, "clu_a")
	i := newIssuer(t, "podium", "k1")
	_ = g.Set([]fleetapi.AccessKey{key("key_1", "s")}, i.trusted())
	_ = g.SetLocal(nil, func(*Caller) Standing {
		return Standing{Rights: RightsOf(AccessWrite), Scope: NewScope(map[Target]Access{
			{WorkflowDef, "read"}: Read, {WorkflowDef, "run"}: Execute, {TaskDef, "new"}: Create,
		})}
	})
	application, person := exchange(t, g, "key_1", "s"), i.session(t, c.now(), jwt.MapClaims{"role": "admin"})
	if _, err := g.Verify(application); err != nil {
		t.Fatal(err)
	}
	g.Close("acme is suspended: unpaid")
	closed := func(what string, err error) {
		t.Helper()
		if workflow.KindOf(err) != workflow.Denied || !strings.Contains(err.Error(), "acme is suspended: unpaid") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := g.Verify(application)
	closed("a token from before", err)
	_, err = g.Exchange("key_1", "s")
	closed("a key", err)
	if _, err := g.Exchange("key_1", "wrong"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a wrong secret: %v", err)
	}
	who, err := g.Verify(person)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Permissions {
		if reads := viewing.Has(p) || p == AccessRead; who.May(p) && !reads {
			t.Errorf("people may %s", p)
		}
	}
	if !who.May(ExecutionRead) || !who.May(WorkflowRead) {
		t.Error("people may not look")
	}
	closed("changing something", who.Enter(WorkflowWrite))
	closed("running what was granted", who.Enter(ExecutionStart))
	if who.Granted(WorkflowDef, "run", Execute, nil) || !who.Granted(WorkflowDef, "run", Read, nil) || who.Granted(TaskDef, "new", Create, nil) {
		t.Error("grants give more than to look, or less")
	}
	g.Close("")
	if _, err := g.Verify(application); err != nil {
		t.Errorf("after it is open again: %v", err)
	}
	if who, err = g.Verify(person); err != nil || !who.May(WorkflowWrite) || !who.Granted(WorkflowDef, "run", Execute, nil) {
		t.Errorf("people after it is open again: %v", err)
	}
}

func TestGate_SwapUnderLoad(t *testing.T) {
	g, _, _ := newGate(t, "clu_a")
	_ = g.Set([]fleetapi.AccessKey{key("key_1", "s")}, fleetapi.Issuer{})
	token := exchange(t, g, "key_1", "s")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if _, err := g.Verify(token); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range 50 {
		_ = g.Set([]fleetapi.AccessKey{key("key_1", "s"), key(fmt.Sprint("key_", n+2), "s")}, fleetapi.Issuer{})
	}
	wg.Wait()
}

func TestSeen_IsBounded(t *testing.T) {
	s := newSeen()
	for n := range 3 * maxSeen {
		s.put(sha256.Sum256(fmt.Append(nil, n)), verified{})
	}
	if len(s.m) > maxSeen {
		t.Errorf("%d entries", len(s.m))
	}
}

func TestToken_IsFoundInBothHeaders(t *testing.T) {
	for _, tc := range []struct {
		header, value, want string
	}{
		{"X-Authorization", "abc", "abc"},
		{"X-Authorization", "Bearer abc", "abc"},
		{"Authorization", "Bearer abc", "abc"},
		{"Authorization", "bearer  abc", "abc"},
		{"Authorization", "Basic abc", ""},
		{"Cookie", "abc", ""},
	} {
		h := http.Header{}
		h.Set(tc.header, tc.value)
		if got := Token(h); got != tc.want {
			t.Errorf("%s: %s gives %q", tc.header, tc.value, got)
		}
	}
}
