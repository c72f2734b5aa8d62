package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/containerd/cgroups/v3"
	"github.com/containerd/cgroups/v3/cgroup1"
	"github.com/containerd/cgroups/v3/cgroup2"
	"github.com/opencontainers/runtime-spec/specs-go"
)

const (
	period = 100_000 // microseconds in which the time of processors is measured out
	// A process that has just ended may keep its group for a moment.
	releaseTries = 20
	releasePause = 10 * time.Millisecond
)

// New makes what makes groups below the group of this name, and tries it. The error says why it cannot be done here.
func New(ctx context.Context, parent string) (*Groups, error) {
	g := &Groups{parent: parent}
	switch cgroups.Mode() {
	case cgroups.Unified:
		g.system = unified{}
	case cgroups.Legacy, cgroups.Hybrid:
		subsystems, err := hierarchies()
		if err != nil {
			return nil, err
		}
		g.system = separate{subsystems}
	default:
		return nil, errUnsupported
	}
	const trial = "trial"
	if err := g.Confine(trial, Limits{CPUs: 1, MemoryMB: 1024}, 0); err != nil {
		return nil, errors.Join(err, g.Release(ctx, trial))
	}
	return g, g.Release(ctx, trial)
}

// Confine bounds a process and those that it starts. A group that is there gets the new limits. Process 0 is none.
func (g *Groups) Confine(name string, l Limits, pid int) error {
	if err := g.system.confine(g.group(name), l, pid); err != nil {
		return fmt.Errorf("control group %s: %w", name, err)
	}
	return nil
}

// Release removes a group whose processes have ended; of none there is nothing to do.
func (g *Groups) Release(ctx context.Context, name string) error {
	var failed []error
	for _, folder := range g.system.folders(g.group(name)) {
		failed = append(failed, remove(ctx, folder))
		_ = os.Remove(filepath.Dir(folder)) // of the last one of the parent's groups
	}
	return errors.Join(failed...)
}

// Names returns the groups that are there.
func (g *Groups) Names() (names []string, err error) {
	for _, folder := range g.system.folders("/" + g.parent) {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

func (g *Groups) group(name string) string { return "/" + g.parent + "/" + name }

func remove(ctx context.Context, folder string) error {
	for try := 1; ; try++ {
		err := os.Remove(folder)
		switch {
		case err == nil || errors.Is(err, fs.ErrNotExist):
			return nil
		case !errors.Is(err, syscall.EBUSY) || try == releaseTries:
			return err
		}
		select {
		case <-time.After(releasePause):
		case <-ctx.Done():
			return err
		}
	}
}

// separate are control groups of version 1: each resource has a tree of its own.
type separate struct{ subsystems []cgroup1.Subsystem }

// hierarchies returns the trees for memory and processors.
func hierarchies() ([]cgroup1.Subsystem, error) {
	all, err := cgroup1.Default()
	if err != nil {
		return nil, err
	}
	var both []cgroup1.Subsystem
	for _, s := range all {
		if s.Name() == cgroup1.Memory || s.Name() == cgroup1.Cpu {
			both = append(both, s)
		}
	}
	if len(both) != 2 {
		return nil, errUnsupported
	}
	return both, nil
}

func (s separate) confine(group string, l Limits, pid int) error {
	quota, length, memory := int64(l.CPUs*period), uint64(period), l.MemoryMB<<20
	control, err := cgroup1.New(cgroup1.StaticPath(group), &specs.LinuxResources{
		CPU: &specs.LinuxCPU{Quota: &quota, Period: &length}, Memory: &specs.LinuxMemory{Limit: &memory},
	}, cgroup1.WithHierarchy(func() ([]cgroup1.Subsystem, error) { return s.subsystems, nil }))
	if err != nil || pid == 0 {
		return err
	}
	return control.AddProc(uint64(pid))
}

func (s separate) folders(group string) (folders []string) {
	for _, sub := range s.subsystems {
		if tree, ok := sub.(interface{ Path(string) string }); ok {
			folders = append(folders, tree.Path(group))
		}
	}
	return folders
}

// unified are control groups of version 2: one tree for all.
type unified struct{}

const mount = "/sys/fs/cgroup"

func (unified) confine(group string, l Limits, pid int) error {
	quota, length, memory := int64(l.CPUs*period), uint64(period), l.MemoryMB<<20
	m, err := cgroup2.NewManager(mount, group, &cgroup2.Resources{
		CPU: &cgroup2.CPU{Max: cgroup2.NewCPUMax(&quota, &length)}, Memory: &cgroup2.Memory{Max: &memory},
	})
	if err != nil || pid == 0 {
		return err
	}
	return m.AddProc(uint64(pid))
}

func (unified) folders(group string) []string { return []string{filepath.Join(mount, group)} }
