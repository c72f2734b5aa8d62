// Package apptest runs whole control planes for tests, with real data planes: in the test's process, or as the program that
// users start, which can be killed.
package apptest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/app"
	"github.com/podium-cloud/podium/controlplane/internal/config"
)

// Binaries are the programs under test.
type Binaries struct {
	ControlPlane, Edge string
	DataPlane          string // for clusters on PostgreSQL and Redis; "" of [Build]
}

// Build builds the programs into a folder. It is for TestMain.
func Build(dir string) (Binaries, error) {
	return build(Binaries{ControlPlane: filepath.Join(dir, "controlplane"), Edge: filepath.Join(dir, "edge")})
}

// BuildShared builds the programs of a control plane all of whose clusters are on PostgreSQL and Redis: the edge, which it looks
// at and never runs, is the data plane's program too.
func BuildShared(dir string) (Binaries, error) {
	b := Binaries{ControlPlane: filepath.Join(dir, "controlplane"), DataPlane: filepath.Join(dir, "dataplane")}
	b, err := build(b)
	b.Edge = b.DataPlane
	return b, err
}

func build(b Binaries) (Binaries, error) {
	for path, pkg := range map[string]string{b.ControlPlane: "controlplane", b.Edge: "dataplane/edge", b.DataPlane: "dataplane"} {
		if path == "" {
			continue
		}
		cmd := exec.CommandContext(context.Background(), "go", "build", "-o", path, "github.com/podium-cloud/podium/"+pkg)
		if out, err := cmd.CombinedOutput(); err != nil {
			return Binaries{}, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return b, nil
}

// Start runs a control plane in this process and returns its URL; if c names no address, on a free port. The returned function
// stops it and its data planes; the end of the test does so too.
func Start(t testing.TB, c config.Config) (url string, stop func()) {
	t.Helper()
	log := &safeBuffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the control plane:\n%s", log)
		}
	})
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	a, err := app.Open(t.Context(), c, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("control plane: %v", err)
		}
	})
	t.Cleanup(stop)
	return a.URL(), stop
}

// Program is a control plane that runs as a process.
type Program struct {
	t    testing.TB
	cmd  *exec.Cmd
	log  *safeBuffer
	done chan struct{}
}

// Run starts the program on an address, with further flags; a data folder outlives it.
func Run(t testing.TB, b Binaries, listen, data string, flags ...string) *Program {
	t.Helper()
	p := &Program{t: t, log: &safeBuffer{}, done: make(chan struct{})}
	flags = append([]string{
		"serve", "--edge-binary", b.Edge,
		"--calls-per-caller", "0", "--calls-per-address", "0", // a client looks a hundred times a second
	}, flags...)
	if b.DataPlane != "" {
		flags = append(flags, "--dataplane-binary", b.DataPlane)
	}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), b.ControlPlane, flags...)
	p.cmd.Env = append(os.Environ(), "PODIUM_LISTEN="+listen, "PODIUM_DATA="+data)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked of ProcessState
		close(p.done)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the program:\n%s", p.log)
		}
		p.Stop()
	})
	return p
}

// Kill ends the program at once, as kill -9 does.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// Stop ends the program as Ctrl-C does and waits for it. It returns its exit code.
func (p *Program) Stop() int {
	_ = p.cmd.Process.Signal(syscall.SIGINT) // it may have ended
	return p.Wait()
}

// Wait waits until the program ends by itself and returns its exit code.
func (p *Program) Wait() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Log returns what the program has printed.
func (p *Program) Log() string { return p.log.String() }

// DataPlanes returns the ids of the processes whose command line names the data folder.
func DataPlanes(t testing.TB, data string) []string {
	t.Helper()
	data, err := filepath.EvalSymlinks(data)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte(filepath.Join(data, "clusters"))) {
			pids = append(pids, strings.Split(file, "/")[2])
		}
	}
	return pids
}

// safeBuffer is written by loggers and processes.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

var _ io.Writer = (*safeBuffer)(nil)

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
