package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine is what a figure depends on.
type machine struct {
	cpu, kernel, goVersion string
	cores                  int
	memory                 string
	load                   string        // processes that wanted a processor in the minute before
	syncTime               time.Duration // median time of a durable write of 4 KiB
}

func thisMachine() machine {
	return machine{
		cpu: field("/proc/cpuinfo", "model name"), memory: field("/proc/meminfo", "MemTotal"), cores: runtime.NumCPU(),
		kernel: firstLine("/proc/sys/kernel/osrelease"), goVersion: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		load: loadAverage(),
	}
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s memory, kernel %s, %s; a durable write of 4 KiB takes %.2f ms; load average before: %s",
		m.cpu, m.cores, m.memory, m.kernel, m.goVersion, m.syncTime.Seconds()*1000, m.load)
}

// field is the value of the first "name : value" line of a file, "unknown" where there is none.
func field(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func loadAverage() string {
	minute, _, _ := strings.Cut(firstLine("/proc/loadavg"), " ")
	return minute
}

func firstLine(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// syncTime is the median time of writing 4 KiB to a file in dir and syncing it: what bounds a store that commits each
// batch to the disk.
func syncTime(dir string) (median time.Duration, err error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, 4<<10)
	times := make([]time.Duration, 101)
	for i := range times {
		begun := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(begun)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
