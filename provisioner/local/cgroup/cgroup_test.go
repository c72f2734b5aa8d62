//go:build linux

package cgroup_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/provisioner/local/cgroup"
)

// here makes groups, where this machine lets us. Where it does not, what there is to test is that New says so.
func here(t *testing.T) *cgroup.Groups {
	t.Helper()
	g, err := cgroup.New(t.Context(), fmt.Sprintf("podium-test-%d", os.Getpid()))
	if err != nil {
		if g != nil {
			t.Fatalf("groups, with the error %v", err)
		}
		t.Skipf("this machine makes no control groups for us: %v", err)
	}
	t.Cleanup(func() {
		names, err := g.Names()
		if err != nil || len(names) > 0 {
			t.Errorf("left are %v, %v", names, err)
		}
	})
	return g
}

// A process is in its group, and is killed when it wants more memory than the group has.
func TestGroups_BoundMemory(t *testing.T) {
	g := here(t)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "read go; head -c 200000000 /dev/zero | tail -c 150000000 >/dev/null")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Confine("one", cgroup.Limits{CPUs: 1, MemoryMB: 32}, cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if names, err := g.Names(); err != nil || !slices.Contains(names, "one") {
		t.Errorf("the groups are %v, %v", names, err)
	}
	where, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", cmd.Process.Pid))
	if err != nil || !strings.Contains(string(where), "/podium-test-") {
		t.Errorf("the process is in %s, %v", where, err)
	}
	if err := g.Release(t.Context(), "one"); err == nil {
		t.Error("a group with a process was removed")
	}
	if _, err := in.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("150 MB went into 32 MiB")
	}
	if err := g.Release(t.Context(), "one"); err != nil {
		t.Error(err)
	}
	if err := g.Release(t.Context(), "one"); err != nil {
		t.Errorf("released again: %v", err)
	}
}

// A group that is there gets new limits.
func TestGroups_ChangeLimits(t *testing.T) {
	g := here(t)
	for _, l := range []cgroup.Limits{{CPUs: 1, MemoryMB: 64}, {CPUs: 0.5, MemoryMB: 32}, {CPUs: 2, MemoryMB: 128}} {
		if err := g.Confine("one", l, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Release(t.Context(), "one"); err != nil {
		t.Error(err)
	}
}
