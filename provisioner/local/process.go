package local

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

const (
	// By what these flags name processes are recognized: the data folder of a node with an embedded store, the file of one that
	// shares its store, and the folder of a balancer.
	dataFlag   = "--data"
	linkFlag   = "--link-file"
	folderFlag = "--folder"
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

// processes returns those that run on a folder of this cloud.
func (c *Cloud) processes() (map[unit][]*process, error) {
	all, err := commands()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	found := map[unit][]*process{}
	for pid, command := range all {
		u, ok := c.unitOf(command)
		if !ok {
			continue
		}
		if b, alive := born(pid); alive {
			found[u] = append(found[u], &process{pid: pid, born: b})
		}
	}
	return found, nil
}

// find returns the processes of one unit: the recorded one if it lives, and any that was not recorded.
func (c *Cloud) find(u unit) ([]*process, error) {
	all, err := c.processes()
	if err != nil {
		return nil, err
	}
	s, err := c.load(u)
	if err != nil {
		return nil, err
	}
	found := all[u]
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

// findAll returns the processes of a cluster.
func (c *Cloud) findAll(id string) ([]*process, error) {
	all, err := c.processes()
	if err != nil {
		return nil, err
	}
	units, err := c.units(id)
	if err != nil {
		return nil, err
	}
	for u := range all {
		if u.cluster() == id && !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	var found []*process
	for _, u := range units {
		of, err := c.find(u)
		if err != nil {
			return nil, err
		}
		found = append(found, of...)
	}
	return found, nil
}

// runs reports whether the cluster has a process. The caller holds the cluster.
func (c *Cloud) runs(id string, cl *cluster) (bool, error) {
	if len(cl.keepers) > 0 {
		return true, nil
	}
	found, err := c.findAll(id)
	return len(found) > 0, err
}

// stop lets go of a unit and ends every process of it. The caller holds the cluster.
func (c *Cloud) stop(ctx context.Context, cl *cluster, u unit) error {
	cl.letGo(u)
	if c.Networks != nil && !u.shared() {
		c.Networks.Networks.Shut(u.cluster())
	}
	found, err := c.find(u)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range found {
		if err := p.stop(ctx, stopGrace); err != nil {
			failed = append(failed, err)
			continue
		}
		c.Logger.Info("process stopped", "unit", u, "pid", p.pid)
	}
	if len(failed) == 0 {
		failed = append(failed, c.loosen(ctx, u))
	}
	return errors.Join(failed...)
}

// stopAll stops a whole cluster, its balancer last. The caller holds the cluster.
func (c *Cloud) stopAll(ctx context.Context, cl *cluster, id string) error {
	units, err := c.units(id)
	if err != nil {
		return err
	}
	var failed []error
	for _, u := range units {
		failed = append(failed, c.stop(ctx, cl, u))
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
