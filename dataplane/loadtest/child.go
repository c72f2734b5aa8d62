package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// child is a server that runs as a process of its own.
type child struct {
	origin string // http://127.0.0.1:port
	pid    int
	stop   func() // ends it and waits
}

func (c *child) node() node { return node{c.origin + "/api", c.pid} }

// startChild starts a server and returns when ready does. The end of its output is in the error when it does not get ready.
func startChild(ctx context.Context, origin string, ready func(context.Context) error, dir, program string, args ...string) (*child, error) {
	var output bytes.Buffer
	cmd := exec.Command(program, args...) //nolint:noctx // it is interrupted, and killed only when that does not help
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	go func() {
		cancel(fmt.Errorf("%s has ended: %w", program, errors.Join(cmd.Wait(), errors.New("before its first answer"))))
		close(ended)
	}()
	c := &child{origin: origin, pid: cmd.Process.Pid, stop: func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	}}
	if err := ready(waiting); err != nil {
		c.stop()
		return nil, fmt.Errorf("%w\n%s", err, lastOf(output.Bytes(), 2000))
	}
	return c, nil
}

// answers waits for an HTTP server's /health.
func answers(origin string) func(context.Context) error {
	return func(ctx context.Context) error { return edgeproc.UntilHealthy(ctx, origin) }
}

func lastOf(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
