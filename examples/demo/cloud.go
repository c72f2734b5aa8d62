package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a running control plane.
type process struct {
	address string // http://host:port
	data    string // its folder
	cmd     *exec.Cmd
	ended   chan error // receives the result of the process once
	output  *bytes.Buffer
}

// startCloud starts the control plane on an empty data folder and a free port of loopback.
func startCloud(ctx context.Context, binary, data string) (*process, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	listen := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	p := &process{address: "http://" + listen, data: data, ended: make(chan error, 1), output: &bytes.Buffer{}}
	// Not bound to ctx: the cloud is to be interrupted as by Ctrl-C, not killed, when the story ends early.
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), binary, "serve", "--calls-per-caller", "0", "--calls-per-address", "0")
	p.cmd.Env = append(os.Environ(), "PODIUM_LISTEN="+listen, "PODIUM_DATA="+data)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C in the terminal is for the demo, which passes it on
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the cloud: %w", err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	return p, nil
}

// untilUp waits until the API answers.
func (p *process) untilUp(ctx context.Context, api *api) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if api.answers(ctx) {
			return nil
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("the cloud has ended: %w\n%s", err, p.output)
		case <-ctx.Done():
			return fmt.Errorf("the cloud does not answer at %s: %w", p.address, ctx.Err())
		case <-tick.C:
		}
	}
}

// stop interrupts the cloud as Ctrl-C does and waits for its end. Processes that outlive it are an error.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("interrupt the cloud: %w", err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			return fmt.Errorf("the cloud ended badly: %w\n%s", err, p.output)
		}
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the cloud did not end within 20 s of the interrupt"), p.cmd.Process.Kill())
	}
	left, err := p.children()
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("processes that outlived the cloud: %s", strings.Join(left, "; "))
	}
	return err
}

// children lists the processes that name the cloud's folder in their arguments. It looks in /proc, so where there is none
// (not Linux) it finds none.
func (p *process) children() (found []string, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		arguments, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		if bytes.Contains(arguments, []byte(p.data)) {
			found = append(found, strings.TrimSpace(strings.ReplaceAll(string(arguments), "\x00", " ")))
		}
	}
	return found, nil
}
