package envelope

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Local keeps key-encryption keys in a file: one in hex on each line, the first is the current one.
type Local struct{ path string }

// OpenLocal opens a file, making it (mode 0600) with a key when it is absent.
func OpenLocal(path string) (*Local, error) {
	l := &Local{path}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return l, l.write([]string{newLocalKey()})
	}
	_, _, err := l.read()
	return l, err
}

func newLocalKey() string {
	key := make([]byte, dataKeyLen)
	rand.Read(key) // never fails
	return hex.EncodeToString(key)
}

// read returns the keys by id, and the ids in their order. The file is read each time: another process may have rotated.
func (l *Local) read() (map[string]cipher.AEAD, []string, error) {
	text, err := os.ReadFile(l.path)
	if err != nil {
		return nil, nil, fmt.Errorf("key file: %w", err)
	}
	keys, order := map[string]cipher.AEAD{}, []string{}
	for line := range strings.FieldsSeq(string(text)) {
		key, err := hex.DecodeString(line)
		if err != nil || len(key) != dataKeyLen {
			return nil, nil, fmt.Errorf("key file %s: every line must hold %d bytes in hex", l.path, dataKeyLen)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(key)
		id := "local:" + hex.EncodeToString(sum[:6])
		keys[id], order = aead, append(order, id)
	}
	if len(order) == 0 {
		return nil, nil, fmt.Errorf("key file %s: holds no key", l.path)
	}
	return keys, order, nil
}

// write replaces the file as a whole.
func (l *Local) write(lines []string) error {
	f, err := os.CreateTemp(filepath.Dir(l.path), ".kek-*") // mode 0600
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), l.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("key file: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// Add makes a new key the current one; the others stay.
func (l *Local) Add() error {
	text, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return l.write(append([]string{newLocalKey()}, strings.Fields(string(text))...))
}

// Drop removes all keys but the current one. Data keys must have been wrapped again before.
func (l *Local) Drop() error {
	text, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return l.write(strings.Fields(string(text))[:1])
}

// Wrap implements [Wrapper].
func (l *Local) Wrap(_ context.Context, organization string, dataKey []byte) ([]byte, string, error) {
	keys, order, err := l.read()
	if err != nil {
		return nil, "", err
	}
	aead := keys[order[0]]
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, dataKey, []byte(organization)), order[0], nil
}

// Unwrap implements [Wrapper].
func (l *Local) Unwrap(_ context.Context, organization string, wrapped []byte, keyID string) ([]byte, error) {
	keys, _, err := l.read()
	if err != nil {
		return nil, err
	}
	aead := keys[keyID]
	if aead == nil {
		return nil, fmt.Errorf("the key file %s does not hold the key %s", l.path, keyID)
	}
	if len(wrapped) < aead.NonceSize() {
		return nil, errors.New("the wrapped key is damaged")
	}
	key, err := aead.Open(nil, wrapped[:aead.NonceSize()], wrapped[aead.NonceSize():], []byte(organization))
	if err != nil {
		return nil, errors.New("the wrapped key is another organization's, or damaged")
	}
	return key, nil
}
