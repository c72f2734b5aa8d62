package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// newSession makes a session and the token of 256 random bits that stands for it.
func newSession(account string, now time.Time) (Session, string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	token := base64.RawURLEncoding.EncodeToString(b[:])
	return Session{
		TokenHash: hashToken(token), AccountID: account, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionLife),
	}, token
}

// hashToken needs no salt and no work factor: the tokens are random and long.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
