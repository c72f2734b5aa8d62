package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// accessKey is a key as the gate looks at it.
type accessKey struct {
	name        string
	application string
	role        fleetapi.ClusterRole
	hash        [sha256.Size]byte
	expires     time.Time // zero: never

	former      [sha256.Size]byte
	formerUntil time.Time // zero: there is no former secret
}

// life returns until when a token is good that was exchanged for a secret, at most until latest; false: the key has ended, or the
// secret is not good any more. secret is its fingerprint.
func (k accessKey) life(secret string, latest, now time.Time) (time.Time, bool) {
	end := k.expires
	switch secret {
	case "", fingerprint(k.hash): // earlier versions made tokens without
	case fingerprint(k.former):
		if end.IsZero() || k.formerUntil.Before(end) {
			end = k.formerUntil
		}
	default:
		return time.Time{}, false
	}
	alive := end.IsZero() || now.Before(end)
	if end.IsZero() || latest.Before(end) {
		end = latest
	}
	return end, alive
}

// fingerprint names a secret by its hash, and tells neither.
func fingerprint(hash [sha256.Size]byte) string {
	sum := sha256.Sum256(hash[:])
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// matches compares with both secrets, after the same time whatever comes of it.
func (k accessKey) matches(sum [sha256.Size]byte, now time.Time) bool {
	is := subtle.ConstantTimeCompare(sum[:], k.hash[:])
	was := subtle.ConstantTimeCompare(sum[:], k.former[:])
	return is == 1 || was == 1 && now.Before(k.formerUntil)
}

// readKeys reads keys as they travel. Those that make no sense are left out and named in the error.
func readKeys(keys []fleetapi.AccessKey) (map[string]accessKey, error) {
	out := make(map[string]accessKey, len(keys))
	var errs []error
	for _, k := range keys {
		hash, err := hex.DecodeString(k.SecretHash)
		former, formerErr := hex.DecodeString(k.FormerHash)
		if err != nil || len(hash) != sha256.Size || k.ID == "" || formerErr != nil || k.FormerHash != "" && len(former) != sha256.Size {
			errs = append(errs, fmt.Errorf("access key %q: secretHash must be 64 hex digits and id not empty", k.ID))
			continue
		}
		a := accessKey{name: k.Name, application: k.Application, role: k.Role, hash: [sha256.Size]byte(hash)}
		if a.application == "" {
			a.application = k.ID
		}
		if k.ExpiresAt != nil {
			a.expires = *k.ExpiresAt
		}
		if k.FormerHash != "" && k.FormerUntil != nil {
			a.former, a.formerUntil = [sha256.Size]byte(former), *k.FormerUntil
		}
		out[k.ID] = a
	}
	return out, errors.Join(errs...)
}

// usage remembers when keys were used, by id. It outlives every change of what is trusted.
type usage struct{ m sync.Map }

// lastUse is a Unix time in seconds.
type lastUse struct{ at atomic.Int64 }

func (u *usage) of(key string) *lastUse {
	v, _ := u.m.LoadOrStore(key, &lastUse{})
	return v.(*lastUse) //nolint:forcetypeassert // nothing else is stored
}

// mark notes a use. Calls by the thousand in one second write once.
func (l *lastUse) mark(now time.Time) {
	if l == nil {
		return
	}
	if s := now.Unix(); l.at.Load() < s {
		l.at.Store(s)
	}
}

// Used returns when keys were used last, by id, since the start. It is exact to the second.
func (g *Gate) Used() map[string]time.Time {
	out := map[string]time.Time{}
	g.used.m.Range(func(key, v any) bool {
		if at := v.(*lastUse).at.Load(); at > 0 { //nolint:forcetypeassert // nothing else is stored
			out[key.(string)] = time.Unix(at, 0).UTC() //nolint:forcetypeassert // nor under another key
		}
		return true
	})
	return out
}
