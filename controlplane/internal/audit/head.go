package audit

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Head signs a chain up to an entry. Whoever can write to the database but does not have the signing key cannot make a chain
// up that fits it.
type Head struct {
	Chain     string
	Sequence  int64
	Hash      string // of the entry with the sequence
	At        time.Time
	KeyID     string
	Signature string // base64, Ed25519 over Text
}

// Text is what is signed.
func (h Head) Text() string {
	return fmt.Sprintf("podium audit chain=%s sequence=%d sha256=%s at=%s", h.Chain, h.Sequence, h.Hash, h.At.UTC().Format(time.RFC3339Nano))
}

// Signer signs heads.
type Signer interface {
	// Sign returns the Ed25519 signature of text and the id of the key.
	Sign(text []byte) (keyID string, signature []byte)
	// PublicKey returns the public half of a key, or false.
	PublicKey(keyID string) (ed25519.PublicKey, bool)
}

// SignHead signs a chain up to an entry.
func SignHead(s Signer, chain string, sequence int64, hash string, at time.Time) Head {
	h := Head{Chain: chain, Sequence: sequence, Hash: hash, At: at}
	key, signature := s.Sign([]byte(h.Text()))
	h.KeyID, h.Signature = key, base64.StdEncoding.EncodeToString(signature)
	return h
}

// Check reports whether the signature is by the key.
func (h Head) Check(key ed25519.PublicKey) error {
	signature, err := base64.StdEncoding.DecodeString(h.Signature)
	if err != nil || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, []byte(h.Text()), signature) {
		return fmt.Errorf("the signature of %s up to entry %d does not hold", h.Chain, h.Sequence)
	}
	return nil
}

// EncodeKey returns a public key as PEM, which openssl reads.
func EncodeKey(key ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// DecodeKey reads what EncodeKey wrote.
func DecodeKey(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("public key: not a PEM file")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("public key: not an Ed25519 key")
	}
	return public, nil
}
