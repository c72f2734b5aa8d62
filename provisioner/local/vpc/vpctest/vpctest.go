// Package vpctest gives tests of networks a machine of their own: a network without interfaces, folders for the names of
// namespaces that nobody else sees, and processes that end with it. So they meet nothing on the machine, leave nothing behind,
// also when they are killed, and need no rights but to make such a machine: those of root, or user namespaces.
package vpctest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	inside = "PODIUM_TEST_NETWORK_INSIDE"
	choice = "PODIUM_TEST_NETWORK"
	get    = "PODIUM_TEST_GET" // makes the program one that gets a page
)

const advice = `vpctest: %v
vpctest: These tests send packets through networks that they make. They run as root, or where user namespaces are allowed
vpctest: (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), on Linux with iproute2
vpctest: and nftables. PODIUM_TEST_NETWORK=off leaves them out; then nothing is known about peering on this machine.
`

// Main runs the tests on a machine of their own. It is what TestMain of the package returns to os.Exit. A machine that cannot be
// made fails the tests: what was not tried is not known to work.
func Main(m *testing.M) int {
	if url := os.Getenv(get); url != "" {
		return fetch(url)
	}
	if os.Getenv(inside) != "" {
		if err := furnish(); err != nil {
			fmt.Fprintf(os.Stderr, advice, err)
			return 1
		}
		return m.Run()
	}
	if os.Getenv(choice) == "off" {
		fmt.Fprintln(os.Stderr, "vpctest: LEFT OUT: "+choice+"=off. Networks and peering are not tested.")
		return 0
	}
	err := again(os.Args[1:], os.Stdout, os.Stderr)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, advice, err)
		return 1
	}
	return 0
}

// again runs this program in namespaces of its own.
func again(args []string, out, failure io.Writer) error {
	runtime.LockOSThread() // the child is told when the thread ends that made it
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // this program; go test ends it
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdout, cmd.Stderr = out, failure
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return cmd.Run()
}

// furnish makes the folders that ip writes to private and raises the loopback.
func furnish() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil { // of these processes alone
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	for _, dir := range []string{"/run/etc", "/run/work"} {
		if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // as /etc
			return err
		}
	}
	if err := unix.Mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=/run/etc,workdir=/run/work"); err != nil {
		return fmt.Errorf("mount /etc: %w", err)
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil { //nolint:noctx // at once
		return fmt.Errorf("raise the loopback: %w: %s", err, out)
	}
	return nil
}
