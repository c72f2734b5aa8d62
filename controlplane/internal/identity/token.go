package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
)

// maxAgent bounds what is kept of a browser's name.
const maxAgent = 300

// NewSession makes a session that ends after life and the token of 256 random bits that stands for it.
func NewSession(account string, from audit.Actor, now time.Time, life time.Duration) (Session, string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	token := base64.RawURLEncoding.EncodeToString(b[:])
	return Session{
		TokenHash: HashToken(token), AccountID: account, Address: from.Address,
		Agent:     strings.ToValidUTF8(from.Agent[:min(len(from.Agent), maxAgent)], ""),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(life), ProvenAt: now,
	}, token
}

// HashToken returns the hex SHA-256 by which a token is stored. It needs no salt and no work factor: the tokens are random and long.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
