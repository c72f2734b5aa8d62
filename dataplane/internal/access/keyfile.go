package access

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Files of this package hold credentials: only their owner reads them.
const private = 0o600

// SigningKey reads the key that signs exchanged tokens from a file, and makes the file when there is none.
func SigningKey(path string) (ed25519.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSigningKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("read signing key: %s holds no PEM block", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", path, err)
	}
	k, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read signing key %s: it is no Ed25519 key", path)
	}
	return k, nil
}

func newSigningKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	// Several nodes may be given the same file and start at once: the first one's key is everyone's.
	mine := path + "." + rand.Text()
	if err := renameio.WriteFile(mine, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), private); err != nil {
		return nil, fmt.Errorf("write signing key: %w", err)
	}
	defer os.Remove(mine) //nolint:errcheck // a second name of the key, or a key that nothing uses
	switch err := os.Link(mine, path); {
	case errors.Is(err, fs.ErrExist):
		return SigningKey(path)
	case err != nil:
		return nil, fmt.Errorf("write signing key: %w", err)
	}
	return key, nil
}

// ReadKeys reads a keys file: a JSON list of access keys with the hashes of their secrets. A key that names no role is an
// admin's: whoever writes the file may do everything anyway.
func ReadKeys(path string) ([]fleetapi.AccessKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read keys file: %w", err)
	}
	var keys []fleetapi.AccessKey
	if err := json.Unmarshal(b, &keys); err != nil {
		return nil, fmt.Errorf("read keys file %s: %w", path, err)
	}
	for i := range keys {
		if keys[i].Role == "" {
			keys[i].Role = fleetapi.ClusterAdmin
		}
	}
	return keys, nil
}

// CreateKey makes an access key, adds it to a keys file (which need not exist), and returns its id and secret. The
// secret is kept nowhere. Each call makes another key.
func CreateKey(path, name string, role fleetapi.ClusterRole) (id, secret string, err error) {
	if strings.TrimSpace(name) == "" {
		return "", "", errors.New("name: an access key needs a name")
	}
	if !role.Valid() {
		return "", "", fmt.Errorf("role: must be one of %v, not %q", fleetapi.ClusterRoles(), role)
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return "", "", fmt.Errorf("lock keys file: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()

	keys, err := ReadKeys(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	id, secret, hash := NewKey()
	keys = append(keys, fleetapi.AccessKey{ID: id, Name: name, SecretHash: hash, Role: role})
	b, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return "", "", fmt.Errorf("encode keys: %w", err)
	}
	if err := renameio.WriteFile(path, append(b, '\n'), private); err != nil {
		return "", "", fmt.Errorf("write keys file: %w", err)
	}
	return id, secret, nil
}

// NewKey makes an id and a secret, with its hash as it is kept.
func NewKey() (id, secret, hash string) {
	secret, hash = accesskey.New()
	return NewID("key_"), secret, hash
}

// NewID makes an id that nobody can guess.
func NewID(prefix string) string { return prefix + random(9) }

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b)
}
