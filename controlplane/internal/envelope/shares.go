package envelope

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Shares wraps data keys twice: under a share of their organization, which is a file of its own, and under the key-encryption
// key of another wrapper. Destroying the file is enough to make all copies of the data keys useless, wherever they are.
type Shares struct {
	folder  string
	wrapper Wrapper
}

// OpenShares keeps the shares in a folder, which it makes (mode 0700) when it is absent.
func OpenShares(folder string, w Wrapper) (*Shares, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("shares of organizations: %w", err)
	}
	return &Shares{folder, w}, nil
}

// sharedLen is the length of a data key that is sealed under a share: shorter ones are from before there were shares.
const sharedLen = dataKeyLen + 12 + 16

// Wrap implements [Wrapper]. It makes the organization's share when there is none.
func (s *Shares) Wrap(ctx context.Context, organization string, dataKey []byte) ([]byte, string, error) {
	share, err := s.read(organization)
	if errors.Is(err, fs.ErrNotExist) {
		share, err = s.create(organization)
	}
	if err != nil {
		return nil, "", err
	}
	aead, err := newAEAD(share)
	if err != nil {
		return nil, "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return s.wrapper.Wrap(ctx, organization, aead.Seal(nonce, nonce, dataKey, []byte(organization)))
}

// Unwrap implements [Wrapper].
func (s *Shares) Unwrap(ctx context.Context, organization string, wrapped []byte, keyID string) ([]byte, error) {
	inner, err := s.wrapper.Unwrap(ctx, organization, wrapped, keyID)
	if err != nil || len(inner) < sharedLen {
		return inner, err
	}
	share, err := s.read(organization)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the share of the organization was destroyed")
	}
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(share)
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, inner[:aead.NonceSize()], inner[aead.NonceSize():], []byte(organization))
	if err != nil {
		return nil, errors.New("the share of the organization is not the one that its keys were wrapped with")
	}
	return key, nil
}

// Destroy removes the share of an organization for good; one that is gone is no error.
func (s *Shares) Destroy(organization string) error {
	path, err := s.path(organization)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("share of the organization: %w", err)
	}
	return s.sync()
}

func (s *Shares) read(organization string) ([]byte, error) {
	path, err := s.path(organization)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("share of the organization: %w", err)
	}
	share, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(share) != dataKeyLen {
		return nil, fmt.Errorf("share of the organization: %s must hold %d bytes in hex", path, dataKeyLen)
	}
	return share, nil
}

// create makes a share that is on the disk when it returns. When somebody else is faster, theirs is returned.
func (s *Shares) create(organization string) ([]byte, error) {
	path, err := s.path(organization)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.folder, ".share-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("share of the organization: %w", err)
	}
	_, err = f.WriteString(newLocalKey() + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err = errors.Join(err, os.Remove(f.Name()), s.sync()); err != nil {
		return nil, fmt.Errorf("share of the organization: %w", err)
	}
	return s.read(organization)
}

// sync makes what was made or removed in the folder last.
func (s *Shares) sync() error {
	d, err := os.Open(s.folder)
	if err != nil {
		return fmt.Errorf("shares of organizations: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Shares) path(organization string) (string, error) {
	if organization == "" || strings.ContainsAny(organization, `/\`) || !filepath.IsLocal(organization) {
		return "", fmt.Errorf("share of the organization: %q is no id", organization)
	}
	return filepath.Join(s.folder, organization), nil
}
