package fleet

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// known checks the outcome of looking up a token. The store finds it by its hash; that the hashes are equal is checked
// again in constant time, so that the answer's time tells nothing of how near a guess came.
func known(err error, token, stored string) error {
	if problem.KindOf(err) == problem.NotFound {
		return errToken
	}
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(hash(token)), []byte(stored)) != 1 {
		return errToken
	}
	return nil
}
