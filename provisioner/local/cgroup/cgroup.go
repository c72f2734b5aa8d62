// Package cgroup bounds what processes of this machine use, by the control groups of its system. A group outlives whoever made
// it, as the processes in it do, and is found again by its name.
package cgroup

import "errors"

// Limits bound a group.
type Limits struct {
	CPUs     float64 // processors' time per time
	MemoryMB int64   // in MiB, with what the system caches for the group; a process that wants more is killed
}

// Groups makes groups below one of its own. It needs the right to do so: root's, as a rule. See New.
type Groups struct {
	parent string
	system system
}

// system is a version of control groups.
type system interface {
	confine(group string, l Limits, pid int) error
	// folders are where a group's files are.
	folders(group string) []string
}

// errUnsupported says that there are no control groups for memory and processors.
var errUnsupported = errors.New("the system has no control groups for memory and processors")
