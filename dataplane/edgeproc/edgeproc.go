// Package edgeproc runs an edge binary as a child process on a free port of loopback: for tests and measurements that
// want the real thing, its start and its end included.
package edgeproc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Process is a running edge.
type Process struct {
	Origin string        // http://127.0.0.1:port
	API    string        // Conductor API root, ends in /api
	Start  time.Duration // from exec to the first answered request

	cmd   *exec.Cmd
	ended chan error // receives the result of the process once
}

// Build compiles the edge from source into dir and returns the binary's path. It needs the Go tool and must run inside the
// module.
func Build(ctx context.Context, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "edge")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/podium-cloud/podium/dataplane/edge").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the edge: %w\n%s", err, out)
	}
	return binary, nil
}

// Run starts an edge on the folder dir, with more arguments after its own, and returns when it answers. Its log goes to
// output. Stop it in the end.
func Run(ctx context.Context, binary, dir string, output io.Writer, more ...string) (*Process, error) {
	listen, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p := &Process{Origin: "http://" + listen, API: "http://" + listen + "/api", ended: make(chan error, 1)}
	// Not bound to ctx: it is stopped as an operator stops it, so that its folder is left in order.
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), binary, append([]string{"--listen", listen, "--data", dir}, more...)...)
	p.cmd.Stdout, p.cmd.Stderr = output, output
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the edge: %w", err)
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		err := p.cmd.Wait()
		cancel(fmt.Errorf("the edge has ended before its first answer: %w", cmp.Or(err, errors.New("exit status 0"))))
		p.ended <- err
	}()
	if err := UntilHealthy(waiting, p.Origin); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	p.Start = time.Since(begun)
	return p, nil
}

// FreeAddress is an address of loopback whose port was free just now.
func FreeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// UntilHealthy waits until the server at an origin answers /health with 200.
func UntilHealthy(ctx context.Context, origin string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !healthy(ctx, origin) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", origin, context.Cause(ctx))
		case <-tick.C:
		}
	}
	return nil
}

func healthy(ctx context.Context, origin string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop interrupts the edge and waits for its end. Another end than a clean one is an error.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("interrupt the edge: %w", err)
	}
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			return fmt.Errorf("stop the edge: %w", err)
		}
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("the edge did not end within 30 s of the interrupt"), p.Kill())
	}
}

// Kill ends the edge at once, as kill -9 does, and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the edge: %w", err)
	}
	p.ended <- <-p.ended
	return nil
}
