package edgeproc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process takes from the machine.
type Usage struct {
	Resident int64         // bytes of memory now
	Peak     int64         // most bytes of memory so far
	CPU      time.Duration // processor time so far, user and system
}

// UsageOf reads the usage of a process from /proc, so on Linux only.
func UsageOf(pid int) (Usage, error) {
	var u Usage
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, fmt.Errorf("read memory of the process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmRSS":
			u.Resident, err = kibibytes(value)
		case "VmHWM":
			u.Peak, err = kibibytes(value)
		}
		if err != nil {
			return u, err
		}
	}
	u.CPU, err = cpuOf(pid)
	return u, err
}

func kibibytes(value string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of the process: %w", err)
	}
	return n << 10, nil
}

// ticksPerSecond is the unit of processor times in /proc: 100 on every Linux port that Go supports.
const ticksPerSecond = 100

func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read processor time of the process: %w", err)
	}
	// The name in parentheses may hold spaces; utime and stime are the 12th and 13th fields after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("processor time of the process: unexpected %q", stat)
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("processor time of the process: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
