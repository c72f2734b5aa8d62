package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// SigningKey is an Ed25519 key as it is stored.
type SigningKey struct {
	ID        string // kid
	PublicKey string // base64url without padding
	SealedKey string // by a Sealer, bound to ID
	CreatedAt time.Time
}

// KeyStore keeps signing keys.
type KeyStore interface {
	// SigningKeys returns all keys, newest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// CreateFirstSigningKey stores k unless there is a key already, and returns all keys, newest first.
	CreateFirstSigningKey(ctx context.Context, k SigningKey) ([]SigningKey, error)
}

// Signer signs what data planes believe. It signs with the newest key; all public keys are told to data planes.
type Signer struct {
	issuer  string
	now     func() time.Time
	kid     string
	private ed25519.PrivateKey
	keys    []SigningKey
}

// OpenSigner loads the signing keys, making the first one, for tokens with the given iss. A key that the sealer cannot open
// is an error: it was sealed with another key file.
func OpenSigner(ctx context.Context, s KeyStore, sealer *Sealer, issuer string, now func() time.Time) (*Signer, error) {
	keys, err := s.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		first, err := newSigningKey(sealer, now())
		if err != nil {
			return nil, err
		}
		if keys, err = s.CreateFirstSigningKey(ctx, first); err != nil {
			return nil, err
		}
	}
	var private []ed25519.PrivateKey
	for _, k := range keys {
		key, err := openSigningKey(sealer, k)
		if err != nil {
			return nil, fmt.Errorf("open signing key %s: %w", k.ID, err)
		}
		private = append(private, key)
	}
	return &Signer{issuer: issuer, now: now, kid: keys[0].ID, private: private[0], keys: keys}, nil
}

// openSigningKey also makes sure that the public half belongs to the key: whoever writes to the database could put in their own.
func openSigningKey(sealer *Sealer, k SigningKey) (ed25519.PrivateKey, error) {
	seed, err := sealer.Open(k.SealedKey, k.ID)
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("is no Ed25519 key")
	}
	private := ed25519.NewKeyFromSeed(seed)
	if public, _ := private.Public().(ed25519.PublicKey); base64.RawURLEncoding.EncodeToString(public) != k.PublicKey {
		return nil, errors.New("has another public half")
	}
	return private, nil
}

func newSigningKey(sealer *Sealer, now time.Time) (SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SigningKey{}, fmt.Errorf("make signing key: %w", err)
	}
	k := SigningKey{ID: id.New("sig"), PublicKey: base64.RawURLEncoding.EncodeToString(public), CreatedAt: now}
	k.SealedKey = sealer.Seal(private.Seed(), k.ID)
	return k, nil
}

// Issuer returns the iss of the tokens.
func (s *Signer) Issuer() string { return s.issuer }

// Keys returns the public halves, newest first.
func (s *Signer) Keys() []SigningKey { return s.keys }

// Sign returns the Ed25519 signature of text by the newest key, and its id. No text may look like a JSON Web Token.
func (s *Signer) Sign(text []byte) (keyID string, signature []byte) {
	return s.kid, ed25519.Sign(s.private, text)
}

// PublicKey returns the public half of a key, or false.
func (s *Signer) PublicKey(keyID string) (ed25519.PublicKey, bool) {
	for _, k := range s.keys {
		if k.ID == keyID {
			key, err := base64.RawURLEncoding.DecodeString(k.PublicKey)
			return key, err == nil && len(key) == ed25519.PublicKeySize
		}
	}
	return nil, false
}

// PassLife is how long a pass is good at most.
const PassLife = 12 * time.Hour

// Pass is what a session token tells a cluster of somebody.
type Pass struct {
	Account Account
	Cluster string // id
	Role    fleetapi.ClusterRole
	Groups  []string // names of the organization's groups that the account is in, sorted
	Life    time.Duration
}

// ConsoleToken returns a JWT that lets the account of a pass into the console of its cluster, and when it ends.
func (s *Signer) ConsoleToken(p Pass) (token string, expires time.Time, err error) {
	now := s.now()
	expires = now.Add(p.Life).Truncate(time.Second)
	claims := jwt.MapClaims{
		"iss": s.issuer, "aud": p.Cluster, "sub": p.Account.ID, "email": p.Account.Email, "name": p.Account.Name, "role": p.Role,
		"iat": now.Unix(), "exp": expires.Unix(), "issued": now.UnixMicro(),
	}
	if len(p.Groups) > 0 {
		claims["groups"] = p.Groups
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	t.Header["kid"] = s.kid
	token, err = t.SignedString(s.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign console token: %w", err)
	}
	return token, expires, nil
}
