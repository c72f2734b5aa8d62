package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// retireAfter is how long a key that another one has followed is still told to data planes: longer than anything lives that it
// has signed for them.
const retireAfter = 24 * time.Hour

// SigningKey is an Ed25519 key as it is stored.
type SigningKey struct {
	ID        string // kid
	PublicKey string // base64url without padding
	SealedKey string // by a Sealer, bound to ID
	CreatedAt time.Time
	SignsFrom time.Time // until then data planes learn of it
}

// KeyStore keeps signing keys.
type KeyStore interface {
	// SigningKeys returns all keys, newest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// CreateFirstSigningKey stores k unless there is a key already, and returns all keys, newest first.
	CreateFirstSigningKey(ctx context.Context, k SigningKey) ([]SigningKey, error)
	// AddSigningKey stores another key.
	AddSigningKey(ctx context.Context, k SigningKey) error
}

// Signer signs what data planes believe. It signs with the newest key whose time has come; data planes are told that one, one
// that is still to come, and those before for as long as what they have signed may live. It is safe for concurrent use.
type Signer struct {
	store  KeyStore
	sealer *Sealer
	issuer string
	now    func() time.Time

	mu   sync.Mutex
	keys []openKey // newest first
}

type openKey struct {
	SigningKey
	private ed25519.PrivateKey
}

// OpenSigner loads the signing keys, making the first one, for tokens with the given iss. A key that the sealer cannot open
// is an error: it was sealed with another key file.
func OpenSigner(ctx context.Context, store KeyStore, sealer *Sealer, issuer string, now func() time.Time) (*Signer, error) {
	s := &Signer{store: store, sealer: sealer, issuer: issuer, now: now}
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		first, err := newSigningKey(sealer, now())
		if err != nil {
			return nil, err
		}
		if keys, err = store.CreateFirstSigningKey(ctx, first); err != nil {
			return nil, err
		}
	}
	return s, s.load(keys)
}

// Reload looks for keys that another process has added.
func (s *Signer) Reload(ctx context.Context) error {
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	return s.load(keys)
}

func (s *Signer) load(keys []SigningKey) error {
	var open []openKey
	for _, k := range keys {
		private, err := openSigningKey(s.sealer, k)
		if err != nil {
			return fmt.Errorf("open signing key %s: %w", k.ID, err)
		}
		open = append(open, openKey{k, private})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = open
	return nil
}

// Rotate adds a key that signs after a time in which data planes learn of it. The key before is forgotten by them when nothing
// lives any more that it has signed; what it has signed in the audit log stays good.
func (s *Signer) Rotate(ctx context.Context, overlap time.Duration) (SigningKey, error) {
	k, err := newSigningKey(s.sealer, s.now())
	if err != nil {
		return SigningKey{}, err
	}
	k.SignsFrom = k.CreatedAt.Add(overlap)
	if err := s.store.AddSigningKey(ctx, k); err != nil {
		return SigningKey{}, err
	}
	return k, s.Reload(ctx)
}

// current is the newest key whose time has come.
func (s *Signer) current() openKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, k := range s.keys {
		if !now.Before(k.SignsFrom) {
			return k
		}
	}
	return s.keys[len(s.keys)-1] // the first one has signed from the beginning
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

// Keys returns the keys that data planes are told at this moment, newest first.
func (s *Signer) Keys() []SigningKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	var told []SigningKey
	now := s.now()
	for i, k := range s.keys {
		if i > 0 && now.Sub(s.keys[i-1].SignsFrom) >= retireAfter {
			break
		}
		told = append(told, k.SigningKey)
	}
	return told
}

// Sign returns the Ed25519 signature of text, and the id of the key. No text may look like a JSON Web Token.
func (s *Signer) Sign(text []byte) (keyID string, signature []byte) {
	k := s.current()
	return k.ID, ed25519.Sign(k.private, text)
}

// PublicKey returns the public half of a key, also of one that data planes have forgotten, or false.
func (s *Signer) PublicKey(keyID string) (ed25519.PublicKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	k := s.current()
	t.Header["kid"] = k.ID
	token, err = t.SignedString(k.private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign console token: %w", err)
	}
	return token, expires, nil
}
