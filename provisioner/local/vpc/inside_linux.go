package vpc

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

func supported() error { return nil }

// Inside runs do in a network namespace. Sockets that it makes and programs that it starts stay there; goroutines that it
// starts are not in it.
func Inside(ns string, do func() error) error {
	f, err := os.Open(filepath.Join(namespaceDir, ns))
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", ns, err)
	}
	defer func() { _ = f.Close() }()
	result := make(chan error, 1)
	go func() {
		// The thread is never unlocked: it ends with this goroutine, and nothing else runs in the namespace.
		runtime.LockOSThread()
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
			result <- fmt.Errorf("enter namespace %s: %w", ns, err)
			return
		}
		result <- do()
	}()
	return <-result
}

// forwarding makes a namespace pass packets on.
func forwarding(ns string) error {
	return Inside(ns, func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o600) })
}
