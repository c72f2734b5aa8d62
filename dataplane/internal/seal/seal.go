// Package seal encrypts small values at rest: AES-256-GCM under one key, which lies in a file of its own. A sealed value is
// bound to a label, its name, so that it cannot be put in another's place.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// KeySize is the size of a key in bytes.
const KeySize = 32

// Key seals and opens values.
type Key struct{ aead cipher.AEAD }

// New makes a Key of KeySize random bytes.
func New(key []byte) (*Key, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a secret key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Key{aead}, nil
}

// Generate returns a new key.
func Generate() []byte {
	key := make([]byte, KeySize)
	rand.Read(key)
	return key
}

// Seal encrypts a value under a label.
func (k *Key) Seal(label, value string) []byte {
	return k.aead.Seal(nil, nil, []byte(value), []byte(label)) //nolint:gosec // it makes a random nonce itself
}

// Open decrypts what was sealed under the same label and key.
func (k *Key) Open(label string, sealed []byte) (string, error) {
	value, err := k.aead.Open(nil, nil, sealed, []byte(label))
	if err != nil {
		return "", fmt.Errorf("%s does not open with this key", label)
	}
	return string(value), nil
}

// File reads a key from a file: 32 bytes in base64. A missing file is made, readable by its owner alone.
func File(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := Generate()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("secret key: %w", err)
		}
		if err := renameio.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write secret key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("secret key %s: must hold %d bytes in base64 (openssl rand -base64 %d)", path, KeySize, KeySize)
	}
	return key, nil
}
