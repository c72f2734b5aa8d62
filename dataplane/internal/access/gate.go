package access

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Mode says whether calls need a token.
type Mode string

// The modes.
const (
	None Mode = "none" // everyone may call; tokens are ignored
	Keys Mode = "keys" // calls carry a token
)

// TokenTTL is how long an exchanged token lives. SDKs renew by their own clock, the slowest after 45 minutes, and the
// Go SDK keeps using a token for 30 minutes without looking at answers.
const TokenTTL = time.Hour

// leeway is how far the clocks of the control plane and of this machine may be apart.
const leeway = 10 * time.Second

// Errors of tokens and keys. They say no more than this to callers, whatever the cause.
var (
	ErrInvalid = errors.New("token or access key is not valid")
	ErrExpired = errors.New("token has expired")
)

// Config makes a Gate.
type Config struct {
	Mode      Mode
	ClusterID string             // audience of all tokens
	SignKey   ed25519.PrivateKey // signs exchanged tokens; see [SigningKey]. Not needed with None
	Now       func() time.Time   // nil: time.Now

	// CallsPerSecond is how many calls one access key may make with all its tokens, at this node; 0: any number.
	CallsPerSecond int

	// Met is told of each token of a person that is seen for the first time. nil: nobody asks.
	Met func(*Caller)
}

// Gate checks calls. It is safe for concurrent use.
type Gate struct {
	mode      Mode
	clusterID string
	own       signer
	now       func() time.Time
	met       func(*Caller)
	parser    *jwt.Parser
	trust     atomic.Pointer[trust]
	used      usage
	budgets   budgets

	change sync.Mutex // held while what is trusted changes
}

// signer is the gate's own key.
type signer struct {
	key    ed25519.PrivateKey
	public ed25519.PublicKey
	kid    string
	issuer string
}

// trust is what the configuration and the cluster itself say, with what was verified under it.
type trust struct {
	keys       map[string]accessKey // of the configuration
	issuer     string
	issuerKeys map[string]ed25519.PublicKey
	ended      map[string]int64     // by subject, "" for all: tokens issued until then, in microseconds since 1970
	local      map[string]accessKey // of the cluster's own applications
	standing   func(*Caller) Standing
	closed     string // why; "": open
	seen       *seen
}

func (t *trust) key(id string) (accessKey, bool) {
	if k, ok := t.keys[id]; ok {
		return k, true
	}
	k, ok := t.local[id]
	return k, ok
}

// Standing is what a cluster itself knows of a caller.
type Standing struct {
	Roles  []string // names of roles, for people to read
	Rights Rights   // what they allow
	Scope  *Scope   // what was granted
}

// claims of both kinds of tokens.
type claims struct {
	jwt.RegisteredClaims
	Name   string               `json:"name,omitempty"`
	Email  string               `json:"email,omitempty"`
	Role   fleetapi.ClusterRole `json:"role,omitempty"`   // of people; those of applications are the configuration's
	Groups []string             `json:"groups,omitempty"` // of people
	Issued int64                `json:"issued,omitempty"` // of people, microseconds since 1970
	Secret string               `json:"secret,omitempty"` // of applications: which secret it was exchanged for, see fingerprint
}

// New returns a gate that knows no keys yet.
func New(c Config) (*Gate, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	g := &Gate{mode: c.Mode, clusterID: c.ClusterID, now: c.Now, met: c.Met, budgets: budgets{perSecond: c.CallsPerSecond}}
	g.trust.Store(&trust{seen: newSeen()})
	switch {
	case c.Mode == None:
		return g, nil
	case c.Mode != Keys:
		return nil, fmt.Errorf("access mode %q is not one of none, keys", c.Mode)
	case c.ClusterID == "":
		return nil, errors.New("access: tokens need the id of the cluster")
	case len(c.SignKey) != ed25519.PrivateKeySize:
		return nil, errors.New("access: tokens need a key to sign them")
	}
	public := c.SignKey.Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	g.own = signer{
		key: c.SignKey, public: public, kid: "own-" + base64.RawURLEncoding.EncodeToString(sum[:12]), issuer: "podium-cluster:" + c.ClusterID,
	}
	g.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithAudience(c.ClusterID), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithTimeFunc(c.Now), jwt.WithLeeway(leeway),
	)
	return g, nil
}

// Required reports whether calls need a token.
func (g *Gate) Required() bool { return g.mode == Keys }

// Mode returns the mode that the gate was made with.
func (g *Gate) Mode() Mode { return g.mode }

// Set replaces keys and issuer as a whole, for all calls that begin after it. An entry that makes no sense is left out
// and named in the error; the others are in force.
func (g *Gate) Set(keys []fleetapi.AccessKey, issuer fleetapi.Issuer) error {
	known, err := readKeys(keys)
	errs := []error{err}
	issuerKeys := make(map[string]ed25519.PublicKey, len(issuer.Keys))
	for _, k := range issuer.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || len(x) != ed25519.PublicKeySize || k.KID == "" || k.KID == g.own.kid {
			errs = append(errs, fmt.Errorf("issuer key %q: x must be 32 bytes in base64url and kid not empty", k.KID))
			continue
		}
		issuerKeys[k.KID] = x
	}
	ended := make(map[string]int64, len(issuer.Ended))
	for _, e := range issuer.Ended {
		ended[e.Subject] = e.Until.UnixMicro()
	}
	g.swap(func(t *trust) { t.keys, t.issuer, t.issuerKeys, t.ended = known, issuer.Name, issuerKeys, ended })
	return errors.Join(errs...)
}

// SetLocal replaces what the cluster itself knows, for all calls that begin after it: the keys of its own applications, and
// what callers may do by roles and grants inside of it. standing must be fast, and safe for concurrent use.
func (g *Gate) SetLocal(keys []fleetapi.AccessKey, standing func(*Caller) Standing) error {
	known, err := readKeys(keys)
	g.swap(func(t *trust) { t.local, t.standing = known, standing })
	return err
}

// Close refuses all applications for a reason that they are told, and lets people only look, for all calls that begin after it;
// with "" the gate is open again.
func (g *Gate) Close(reason string) {
	if g.trust.Load().closed != reason {
		g.swap(func(t *trust) { t.closed = reason })
	}
}

// swap changes what is trusted, and forgets what was verified before.
func (g *Gate) swap(f func(*trust)) {
	g.change.Lock()
	defer g.change.Unlock()
	next := *g.trust.Load()
	f(&next)
	next.seen = newSeen()
	g.trust.Store(&next)
}

// Exchange returns a token for an access key. Whatever is wrong, it is ErrInvalid, after the same work.
func (g *Gate) Exchange(keyID, secret string) (string, error) {
	now := g.now()
	k, known := g.trust.Load().key(keyID)
	hash := sha256.Sum256([]byte(secret))
	match, secretID := k.matches(hash, now), fingerprint(hash)
	expires, alive := k.life(secretID, now.Add(TokenTTL), now)
	if !known || !match || !alive {
		return "", ErrInvalid
	}
	if reason := g.trust.Load().closed; reason != "" {
		return "", errClosed(reason)
	}
	g.used.of(keyID).mark(now)
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: g.own.issuer, Subject: keyID, Audience: jwt.ClaimStrings{g.clusterID},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Name: k.name, Secret: secretID,
	})
	t.Header["kid"] = g.own.kid
	signed, err := t.SignedString(g.own.key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// Verify returns who a token speaks for: ErrExpired for a token that was good, ErrInvalid for any other that is not.
func (g *Gate) Verify(token string) (*Caller, error) {
	v, err := g.look(token)
	return v.caller, err
}

// Admit is Verify for a call, which it counts: a *TooManyCalls for one of an access key that has made too many.
func (g *Gate) Admit(token string) (*Caller, error) {
	v, err := g.look(token)
	if err == nil && v.budget != nil {
		err = v.budget.take(g.now())
	}
	return v.caller, err
}

func (g *Gate) look(token string) (verified, error) {
	if g.mode != Keys {
		return verified{caller: anyone}, nil
	}
	t := g.trust.Load()
	now := g.now()
	// Checking a signature costs more than serving most calls, and workers send the same token thousands of times.
	sum := sha256.Sum256([]byte(token))
	if v, ok := t.seen.get(sum); ok {
		if !now.Before(v.expires) {
			return verified{}, ErrExpired
		}
		v.used.mark(now)
		return v, nil
	}
	v, err := g.verify(t, token, now)
	if err != nil {
		return verified{}, err
	}
	t.seen.put(sum, v)
	v.used.mark(now)
	if g.met != nil && v.caller.Application == "" {
		g.met(v.caller)
	}
	return v, nil
}

func (g *Gate) verify(t *trust, token string, now time.Time) (verified, error) {
	var c claims
	own := false
	_, err := g.parser.ParseWithClaims(token, &c, func(j *jwt.Token) (any, error) {
		kid, _ := j.Header["kid"].(string)
		if kid == g.own.kid {
			own = true
			return g.own.public, nil
		}
		if key, ok := t.issuerKeys[kid]; ok {
			return key, nil
		}
		return nil, ErrInvalid
	})
	issuer := t.issuer
	if own {
		issuer = g.own.issuer
	}
	switch {
	case err != nil && (!errors.Is(err, jwt.ErrTokenExpired) || errors.Is(err, jwt.ErrTokenInvalidAudience)):
		return verified{}, ErrInvalid
	case c.Issuer != issuer || issuer == "" || c.Subject == "":
		return verified{}, ErrInvalid
	}
	if c.ExpiresAt == nil {
		return verified{}, ErrInvalid
	}
	v := verified{
		caller: &Caller{ID: c.Subject, Name: c.Name, Email: c.Email, Role: c.Role, Groups: c.Groups}, expires: c.ExpiresAt.Add(leeway),
	}
	if own {
		k, ok := t.key(c.Subject)
		expires, alive := k.life(c.Secret, v.expires, now)
		if !ok || !alive {
			return verified{}, ErrInvalid
		}
		v.expires = expires
		v.caller = &Caller{ID: c.Subject, Name: k.name, Role: k.role, Application: k.application}
		v.used, v.budget = g.used.of(c.Subject), g.budgets.of(c.Subject)
	}
	ended := max(t.ended[c.Subject], t.ended[""])
	if err != nil || !own && ended > 0 && c.issued() <= ended {
		return verified{}, ErrExpired
	}
	if own && t.closed != "" {
		return verified{}, errClosed(t.closed)
	}
	v.caller.rights = RightsOf() | RoleRights(v.caller.Role)
	if t.standing != nil {
		local := t.standing(v.caller)
		v.caller.Roles, v.caller.scope = local.Roles, local.Scope
		v.caller.rights |= local.Rights
	}
	if t.closed != "" {
		v.caller.onlyLooks(t.closed)
	}
	return v, nil
}

// issued returns when the token was made, in microseconds since 1970; that of one which does not say so exactly is rounded down.
func (c claims) issued() int64 {
	if c.Issued > 0 || c.IssuedAt == nil {
		return c.Issued
	}
	return c.IssuedAt.UnixMicro()
}

// errClosed is what applications are told while the gate is closed.
func errClosed(reason string) error { return workflow.Errorf(workflow.Denied, "%s", reason) }

// Token returns the token that a request carries, "" without one. SDKs send it bare in X-Authorization.
func Token(h http.Header) string {
	for _, v := range [...]string{h.Get("X-Authorization"), h.Get("Authorization")} {
		if v == "" {
			continue
		}
		if scheme, rest, ok := strings.Cut(v, " "); ok {
			if !strings.EqualFold(scheme, "Bearer") {
				continue
			}
			v = strings.TrimSpace(rest)
		}
		return v
	}
	return ""
}
