// Package busy keeps a piece of work from being done twice at a time: whoever comes while it is being done leaves word that it
// is to be done once more.
package busy

import "sync"

// Set is the things that are being worked on. The zero value is ready.
type Set[K comparable] struct {
	mu    sync.Mutex
	again map[K]bool // true: somebody has come for it meanwhile
}

// Enter reports whether the caller is to work on a thing, and to Leave it afterwards; otherwise whoever does will do it again.
func (s *Set[K]) Enter(k K) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again == nil {
		s.again = map[K]bool{}
	}
	_, taken := s.again[k]
	s.again[k] = taken
	return !taken
}

// Leave reports whether the caller is to do the work once more, and to Leave again then.
func (s *Set[K]) Leave(k K) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if again = s.again[k]; again {
		s.again[k] = false
	} else {
		delete(s.again, k)
	}
	return again
}

// Has reports whether somebody works on a thing.
func (s *Set[K]) Has(k K) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, taken := s.again[k]
	return taken
}
