//go:build !linux

package local

import (
	"os/exec"
	"strconv"
	"strings"
)

// separator ends each argument of a command line as ps prints it.
const separator = " "

// born tells when the process began, and whether it lives. One that has ended but was not reaped does not live.
func born(pid int) (string, bool) {
	if pid <= 0 {
		return "", false
	}
	b, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	stat, start, ok := strings.Cut(strings.TrimSpace(string(b)), " ")
	if err != nil || !ok || strings.HasPrefix(stat, "Z") {
		return "", false
	}
	return strings.TrimSpace(start), true
}

// endWithThread does nothing: the system knows no such thing.
func endWithThread(*exec.Cmd) {}

// commands returns the command line of every process.
func commands() (map[int]string, error) {
	b, err := exec.Command("ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil, err
	}
	all := map[int]string{}
	for line := range strings.Lines(string(b)) {
		id, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pid, err := strconv.Atoi(id); err == nil {
			all[pid] = strings.TrimSpace(command) + separator
		}
	}
	return all, nil
}
