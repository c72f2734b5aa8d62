package access

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verified is the outcome for a good token.
type verified struct {
	caller  *Caller
	expires time.Time
	used    *lastUse // of the access key; nil: it is a person's
	budget  *budget  // of the access key; nil: it may make any number of calls
}

// maxSeen bounds the memory for verified tokens: a few hundred bytes each.
const maxSeen = 4096

// seen remembers good tokens by their digest, so that the tokens themselves are not kept.
type seen struct {
	mu sync.RWMutex
	m  map[[sha256.Size]byte]verified
}

func newSeen() *seen { return &seen{m: map[[sha256.Size]byte]verified{}} }

func (s *seen) get(sum [sha256.Size]byte) (verified, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.m[sum]
	return v, ok
}

// put forgets everything when it is full: the tokens in use come back with their next call.
func (s *seen) put(sum [sha256.Size]byte, v verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.m) >= maxSeen {
		clear(s.m)
	}
	s.m[sum] = v
}
