package node

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// impatient ends connections whose other end has not acknowledged what was sent for so long: it cannot be reached any more,
// however long an answer may take.
func impatient(after time.Duration) func(network, address string, conn syscall.RawConn) error {
	return func(_, _ string, conn syscall.RawConn) error {
		var set error
		err := conn.Control(func(fd uintptr) {
			set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(after.Milliseconds()))
		})
		return errors.Join(err, set)
	}
}
