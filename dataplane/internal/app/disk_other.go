//go:build !linux

package app

// freeBytes is not known on this system.
func freeBytes(string) (n uint64, known bool) { return 0, false }
