// Package accesskey makes the secrets of access keys, in a form that scanners of leaks know by itself.
//
// To SDKs a secret is any text. Gates compare hashes and do not look at the form, so that secrets of other forms stay good.
package accesskey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"regexp"
)

const prefix = "podium_key_"

// Form is what secrets look like: a prefix, 260 random bits in base32, and the CRC-32 of all that in hex.
var Form = regexp.MustCompile(`^podium_key_[A-Z2-7]{52}([0-9a-f]{8})$`)

// New returns a secret, and the hash by which it is kept.
func New() (secret, hash string) {
	secret = prefix + rand.Text() + rand.Text()
	secret += checksum(secret)
	return secret, Hash(secret)
}

// Hash is what is kept of a secret: lower-case hex of its SHA-256. It needs no salt and no work factor, as secrets are random and
// long.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Valid reports whether a text is a secret by its form and its checksum. It says nothing of whether there is such a key.
func Valid(text string) bool {
	m := Form.FindStringSubmatch(text)
	return m != nil && checksum(text[:len(text)-len(m[1])]) == m[1]
}

func checksum(text string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))) }
