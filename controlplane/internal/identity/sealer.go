package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sealer encrypts what the database may hold only encrypted. Its key lies in a file of the data folder, so that a copy of
// the database alone opens nothing.
type Sealer struct{ aead cipher.AEAD }

const sealerKey = 32 // bytes, AES-256

// OpenSealer reads the key file, making it (mode 0600) when it is absent.
func OpenSealer(path string) (*Sealer, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = createKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != sealerKey {
		return nil, fmt.Errorf("key file %s: must hold %d bytes in hex", path, sealerKey)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return &Sealer{aead}, nil
}

// createKeyFile writes a whole file or none, so that a crash leaves no half key.
func createKeyFile(path string) ([]byte, error) {
	key := make([]byte, sealerKey)
	rand.Read(key) // never fails
	text := []byte(hex.EncodeToString(key) + "\n")
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	return text, nil
}

// Seal encrypts plain; owner is bound to the result, which opens for no other owner.
func (s *Sealer) Seal(plain []byte, owner string) string {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce) // never fails
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, []byte(owner)))
}

// Open decrypts what Seal made for the same owner.
func (s *Sealer) Open(sealed, owner string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < s.aead.NonceSize() {
		return nil, errors.New("sealed value is damaged")
	}
	n := s.aead.NonceSize()
	plain, err := s.aead.Open(nil, b[:n], b[n:], []byte(owner))
	if err != nil {
		return nil, errors.New("sealed with another key file, or damaged")
	}
	return plain, nil
}
