package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

// Prefix begins every token.
const Prefix = "podium_"

// Token is the form of a key's secret, for scanners of leaks: who it is for, the id of the key, 260 random bits, and the CRC-32 of
// all that in hex.
var Token = regexp.MustCompile(`^podium_(?:user|service)_([0-9a-f]{32})_[A-Z2-7]{52}([0-9a-f]{8})$`)

// newToken returns the secret of a key and the hash by which it is stored.
func newToken(owner authz.Kind, id string) (token, hash string) {
	kind := "user"
	if owner == authz.ServiceAccount {
		kind = "service"
	}
	token = Prefix + kind + "_" + strings.TrimPrefix(id, "key_") + "_" + rand.Text() + rand.Text()
	token += checksum(token)
	return token, hashOf(token)
}

// parse returns the id of the key that a token is of, or false for what is none.
func parse(token string) (id string, good bool) {
	m := Token.FindStringSubmatch(token)
	if m == nil || checksum(token[:len(token)-len(m[2])]) != m[2] {
		return "", false
	}
	return "key_" + m[1], true
}

func checksum(text string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))) }

// hashOf needs no salt and no work factor: tokens are random and long.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// same compares a token with a hash in constant time.
func same(token, hash string) bool {
	return subtle.ConstantTimeCompare([]byte(hashOf(token)), []byte(hash)) == 1
}
