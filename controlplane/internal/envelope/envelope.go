// Package envelope seals what is secret in the database, with a data key for each organization.
//
// A data key lies in the database wrapped by a key-encryption key, which does not: [Local] keeps it in a file, [KMS] leaves it
// to AWS. A value is bound to its organization and to what it is of, so that it opens nowhere else. Both levels rotate: a new
// data key has its values sealed again, a new key-encryption key has the data keys wrapped again. [Shares] keep a part of each
// organization's keys outside of the database, so that a copy of the database opens nothing of an organization whose share was
// destroyed, although the key-encryption key goes on.
package envelope

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Wrapper holds key-encryption keys.
type Wrapper interface {
	// Wrap encrypts a data key for an organization under the current key, whose id it returns.
	Wrap(ctx context.Context, organization string, dataKey []byte) (wrapped []byte, keyID string, err error)
	// Unwrap decrypts what Wrap made with the key of that id.
	Unwrap(ctx context.Context, organization string, wrapped []byte, keyID string) ([]byte, error)
}

// DataKey is a data key as it is stored.
type DataKey struct {
	Organization string // id
	Version      int64  // from 1; the highest seals
	KeyID        string // of the key-encryption key
	Wrapped      string // base64
	CreatedAt    time.Time
}

// Store keeps data keys.
type Store interface {
	// DataKeys lists the data keys of an organization, newest first; those of all when it is empty.
	DataKeys(ctx context.Context, organization string) ([]DataKey, error)
	// CreateDataKey stores a key unless there is one of its version.
	CreateDataKey(ctx context.Context, k DataKey) error
	// RewrapDataKey replaces how a key is wrapped.
	RewrapDataKey(ctx context.Context, k DataKey) error
	// Reseal puts every sealed value of an organization through again; owner is what the value is bound to.
	Reseal(ctx context.Context, organization string, again func(sealed, owner string) (string, error)) error
	// DeleteDataKeys destroys the keys of an organization.
	DeleteDataKeys(ctx context.Context, organization string) error
	// DeleteUnusedDataKeys destroys keys that another has followed before a time and that no value needs.
	DeleteUnusedDataKeys(ctx context.Context, before time.Time) error
}

// Keys seals and opens. Make it with New.
type Keys struct {
	store   Store
	wrapper Wrapper
	now     func() time.Time

	mu     sync.Mutex
	opened map[string]opened // by organization
}

// opened are the data keys of an organization in memory.
type opened struct {
	newest int64
	aeads  map[int64]cipher.AEAD
	until  time.Time
}

const (
	dataKeyLen = 32 // bytes, AES-256
	// keepOpen is how long data keys stay in memory: as long, one that was destroyed or taken away is still used.
	keepOpen = 5 * time.Minute
	// keepOld is how long a data key outlives its successor: replicas seal with what they have in memory.
	keepOld = time.Hour
)

// New returns keys; now is the clock.
func New(s Store, w Wrapper, now func() time.Time) *Keys {
	return &Keys{store: s, wrapper: w, now: now, opened: map[string]opened{}}
}

// Seal encrypts plain, bound to the organization and to its owner, such as "identity_providers/idp_1".
func (k *Keys) Seal(ctx context.Context, organization, owner string, plain []byte) (string, error) {
	keys, err := k.open(ctx, organization, false)
	if err == nil && keys.newest == 0 {
		if err = k.create(ctx, organization, 1); err == nil {
			keys, err = k.open(ctx, organization, true)
		}
	}
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return seal(keys, organization, owner, plain), nil
}

func seal(keys opened, organization, owner string, plain []byte) string {
	aead := keys.aeads[keys.newest]
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	text := base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, binding(organization, owner)))
	return fmt.Sprintf("v%d:%s", keys.newest, text)
}

func binding(organization, owner string) []byte { return []byte(organization + "\x00" + owner) }

// Open decrypts what Seal made for the same organization and owner.
func (k *Keys) Open(ctx context.Context, organization, owner, sealed string) ([]byte, error) {
	head, body, found := strings.Cut(sealed, ":")
	version, err := strconv.ParseInt(strings.TrimPrefix(head, "v"), 10, 64)
	if !found || err != nil {
		return nil, errors.New("open: the sealed value is damaged")
	}
	keys, err := k.open(ctx, organization, false)
	if err == nil && keys.aeads[version] == nil { // newer than what is in memory
		keys, err = k.open(ctx, organization, true)
	}
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	aead := keys.aeads[version]
	if aead == nil {
		return nil, errors.New("open: the data key of the value was destroyed")
	}
	b, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil || len(b) < aead.NonceSize() {
		return nil, errors.New("open: the sealed value is damaged")
	}
	plain, err := aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], binding(organization, owner))
	if err != nil {
		return nil, errors.New("open: the value was sealed for something else, or is damaged")
	}
	return plain, nil
}

// open returns the data keys of an organization, from memory unless afresh.
func (k *Keys) open(ctx context.Context, organization string, afresh bool) (opened, error) {
	k.mu.Lock()
	known, ok := k.opened[organization]
	k.mu.Unlock()
	if ok && !afresh && k.now().Before(known.until) {
		return known, nil
	}
	stored, err := k.store.DataKeys(ctx, organization)
	if err != nil {
		return opened{}, err
	}
	keys := opened{aeads: map[int64]cipher.AEAD{}, until: k.now().Add(keepOpen)}
	for _, d := range stored {
		key, err := k.unwrap(ctx, d)
		if err != nil {
			return opened{}, err
		}
		if keys.aeads[d.Version], err = newAEAD(key); err != nil {
			return opened{}, err
		}
		keys.newest = max(keys.newest, d.Version)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys.newest > 0 {
		k.opened[organization] = keys
	} else {
		delete(k.opened, organization)
	}
	return keys, nil
}

func (k *Keys) unwrap(ctx context.Context, d DataKey) ([]byte, error) {
	wrapped, err := base64.StdEncoding.DecodeString(d.Wrapped)
	if err != nil {
		return nil, errors.New("the data key is damaged")
	}
	key, err := k.wrapper.Unwrap(ctx, d.Organization, wrapped, d.KeyID)
	if err != nil {
		return nil, fmt.Errorf("unwrap data key %d of %s: %w", d.Version, d.Organization, err)
	}
	return key, nil
}

func (k *Keys) create(ctx context.Context, organization string, version int64) error {
	key := make([]byte, dataKeyLen)
	rand.Read(key) // never fails
	wrapped, id, err := k.wrapper.Wrap(ctx, organization, key)
	if err != nil {
		return fmt.Errorf("wrap data key: %w", err)
	}
	return k.store.CreateDataKey(ctx, DataKey{organization, version, id, base64.StdEncoding.EncodeToString(wrapped), k.now()})
}

// Rotate gives an organization a new data key and seals its values again with it. It may be repeated.
func (k *Keys) Rotate(ctx context.Context, organization string) error {
	keys, err := k.open(ctx, organization, true)
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if err := k.create(ctx, organization, keys.newest+1); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	if keys, err = k.open(ctx, organization, true); err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	return k.store.Reseal(ctx, organization, func(sealed, owner string) (string, error) {
		plain, err := k.Open(ctx, organization, owner, sealed)
		if err != nil {
			return "", err
		}
		return seal(keys, organization, owner, plain), nil
	})
}

// Rewrap wraps all data keys under the current key-encryption key. It may be repeated.
func (k *Keys) Rewrap(ctx context.Context) (int, error) {
	all, err := k.store.DataKeys(ctx, "")
	if err != nil {
		return 0, fmt.Errorf("rewrap: %w", err)
	}
	for _, d := range all {
		key, err := k.unwrap(ctx, d)
		if err != nil {
			return 0, fmt.Errorf("rewrap: %w", err)
		}
		wrapped, id, err := k.wrapper.Wrap(ctx, d.Organization, key)
		if err != nil {
			return 0, fmt.Errorf("rewrap: %w", err)
		}
		d.KeyID, d.Wrapped = id, base64.StdEncoding.EncodeToString(wrapped)
		if err := k.store.RewrapDataKey(ctx, d); err != nil {
			return 0, fmt.Errorf("rewrap: %w", err)
		}
	}
	return len(all), nil
}

// Destroy makes everything unreadable that an organization has sealed, in copies of the database too where the wrapper is
// [Shares]. It may be repeated.
func (k *Keys) Destroy(ctx context.Context, organization string) error {
	if s, ok := k.wrapper.(*Shares); ok {
		if err := s.Destroy(organization); err != nil {
			return fmt.Errorf("destroy keys: %w", err)
		}
	}
	if err := k.store.DeleteDataKeys(ctx, organization); err != nil {
		return fmt.Errorf("destroy keys: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.opened, organization)
	return nil
}

// Purge destroys data keys that were followed by others and that no value needs any more.
func (k *Keys) Purge(ctx context.Context) error {
	return k.store.DeleteUnusedDataKeys(ctx, k.now().Add(-keepOld))
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return cipher.NewGCM(block)
}
