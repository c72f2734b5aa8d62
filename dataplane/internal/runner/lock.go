package runner

// lock is a mutex that may be held while the store is read or written. It is a channel, as the simulation (simtest) has to see
// that whoever waits for it waits for time to pass; testing/synctest does not count a sync.Mutex as that.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

// Lock waits until nobody else holds it.
func (l lock) Lock() { l <- struct{}{} }

// TryLock takes the lock when nobody holds it, and reports whether it did.
func (l lock) TryLock() bool {
	select {
	case l <- struct{}{}:
		return true
	default:
		return false
	}
}

// Unlock gives the lock back.
func (l lock) Unlock() { <-l }
