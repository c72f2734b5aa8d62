package local

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// dataFlag of the edge binary names the data folder, by which processes are recognized.
	dataFlag = "--data"
	// aliveEvery is the pause between looks at a process that is not our child, whose end is not announced.
	aliveEvery = 50 * time.Millisecond
	// killGrace is how long the system may take to end a killed process.
	killGrace = 5 * time.Second
)

// process is one process of the system.
type process struct {
	pid  int
	born string // tells it from a later process with the same id
	// exited is closed when our child has ended; nil for a process that a former control plane started.
	exited chan struct{}
	cmd    *exec.Cmd
}

// child watches a command that has just been started.
func child(cmd *exec.Cmd) *process {
	p := &process{pid: cmd.Process.Pid, exited: make(chan struct{}), cmd: cmd}
	p.born, _ = born(p.pid) // not reaped before Wait below, so it is there
	go func() {
		_ = cmd.Wait() // its state is asked for by status
		close(p.exited)
	}()
	return p
}

// wait returns nil when the process has ended, the context's error when that ends first.
func (p *process) wait(ctx context.Context) error {
	if p.exited != nil {
		select {
		case <-p.exited:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for p.alive() {
		if !pause(ctx, aliveEvery) {
			return ctx.Err()
		}
	}
	return nil
}

func (p *process) alive() bool {
	now, ok := born(p.pid)
	return ok && now == p.born
}

// status says how a process ended that wait has seen end.
func (p *process) status() string {
	if p.cmd == nil {
		return "exit status unknown"
	}
	return p.cmd.ProcessState.String()
}

// stop asks the process to end, and kills it when it has not within grace or when ctx ends. It returns when it is gone.
func (p *process) stop(ctx context.Context, grace time.Duration) error {
	if grace > 0 {
		if err := p.signal(syscall.SIGTERM); err != nil {
			return err
		}
		polite, cancel := context.WithTimeout(ctx, grace)
		defer cancel()
		if p.wait(polite) == nil {
			return nil
		}
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	killed, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
	defer cancel()
	if p.wait(killed) != nil {
		return fmt.Errorf("process %d does not end", p.pid)
	}
	return nil
}

// signal sends sig to this process and to no later one of the same id: the handle is taken before the look at who it is.
func (p *process) signal(sig os.Signal) error {
	h, err := os.FindProcess(p.pid)
	if err != nil {
		return fmt.Errorf("find process %d: %w", p.pid, err)
	}
	defer func() { _ = h.Release() }()
	if !p.alive() {
		return nil
	}
	if err := h.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal process %d: %w", p.pid, err)
	}
	return nil
}

// nodes returns the processes that run on a folder of this cloud, by cluster.
func (c *Cloud) nodes() (map[string][]*process, error) {
	all, err := commands()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	found := map[string][]*process{}
	for pid, command := range all {
		id, ok := c.clusterOf(command)
		if !ok {
			continue
		}
		if b, alive := born(pid); alive {
			found[id] = append(found[id], &process{pid: pid, born: b})
		}
	}
	return found, nil
}

// clusterOf reads the cluster from a node's command line, whose arguments each end with separator.
func (c *Cloud) clusterOf(command string) (id string, ok bool) {
	_, rest, ok := strings.Cut(command, separator+dataFlag+separator+c.Dir+string(os.PathSeparator))
	if !ok {
		return "", false
	}
	id, _, ok = strings.Cut(rest, string(os.PathSeparator)+dataName+separator)
	return id, ok
}

// find returns the processes of one cluster: the recorded one if it lives, and any that was not recorded.
func (c *Cloud) find(id string) ([]*process, error) {
	all, err := c.nodes()
	if err != nil {
		return nil, err
	}
	s, err := c.load(id)
	if err != nil {
		return nil, err
	}
	found := all[id]
	recorded := &process{pid: s.PID, born: s.Born}
	if s.PID == 0 || !recorded.alive() {
		return found, nil
	}
	for _, p := range found {
		if p.pid == s.PID {
			return found, nil
		}
	}
	return append(found, recorded), nil
}

// runs reports whether the cluster has a process. The caller holds the cluster.
func (c *Cloud) runs(id string, cl *cluster) (bool, error) {
	if cl.keeper != nil {
		return true, nil
	}
	found, err := c.find(id)
	return len(found) > 0, err
}

// stop lets go of the cluster's node and ends every process of the cluster. The caller holds the cluster.
func (c *Cloud) stop(ctx context.Context, id string, cl *cluster) error {
	if cl.keeper != nil {
		cl.keeper.letGo()
		cl.keeper = nil
	}
	if c.Networks != nil {
		c.Networks.Networks.Shut(id)
	}
	found, err := c.find(id)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range found {
		if err := p.stop(ctx, stopGrace); err != nil {
			failed = append(failed, err)
			continue
		}
		c.Logger.Info("data plane stopped", "cluster", id, "pid", p.pid)
	}
	return errors.Join(failed...)
}

// versionOf reads which version of the edge binary this is.
func versionOf(binary string) (string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", err
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return info.Main.Version + " " + s.Value, nil
		}
	}
	return info.Main.Version, nil
}
