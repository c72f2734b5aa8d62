package releases

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/release"
)

// NewKey makes a key that signs releases, in a file (PEM, PKCS #8) that must not exist, and returns its public half.
func NewKey(path string) (release.Keys, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	if err := errors.Join(pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: b}), file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return release.Keys{public}, nil
}

// readKey reads a file of NewKey.
func readKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("key file %s holds no PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key file %s is not of an Ed25519 key", path)
	}
	return private, nil
}

// Publish writes the signed statement of a program beside it. The program's name is that of the file; Program, SHA256 and Size of r
// are filled in.
func Publish(keyFile, program string, r release.Release) (release.Release, error) {
	key, err := readKey(keyFile)
	if err != nil {
		return r, err
	}
	file, err := os.Open(program)
	if err != nil {
		return r, fmt.Errorf("read program: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if r.Size, err = io.Copy(sum, file); err != nil {
		return r, fmt.Errorf("read program: %w", err)
	}
	r.Program, r.SHA256 = filepath.Base(program), hex.EncodeToString(sum.Sum(nil))
	text, err := release.Sign(r, key)
	if err != nil {
		return r, err
	}
	if err := renameio.WriteFile(program+release.Suffix, text, 0o644); err != nil {
		return r, fmt.Errorf("write statement: %w", err)
	}
	return r, nil
}
