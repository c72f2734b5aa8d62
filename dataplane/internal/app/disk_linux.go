package app

import "syscall"

// freeBytes is how much can still be written where a folder is.
func freeBytes(folder string) (n uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
