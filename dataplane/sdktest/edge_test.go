package sdktest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// binary is the edge under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "podium-sdktest-")
	if err == nil {
		binary, err = edgeproc.Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// connection is how a client reaches an edge; key and secret are empty when it is open to everyone.
type connection struct {
	api, grpc, key, secret string
}

// environment is where SDKs read a connection.
func (c connection) environment() []string {
	return []string{"CONDUCTOR_SERVER_URL=" + c.api, "CONDUCTOR_AUTH_KEY=" + c.key, "CONDUCTOR_AUTH_SECRET=" + c.secret}
}

// onBoth runs a test on an edge that is open to everyone and on one that wants an access key.
func onBoth(t *testing.T, test func(*testing.T, connection)) {
	t.Helper()
	t.Run("open", func(t *testing.T) { test(t, openEdge(t)) })
	t.Run("with access key", func(t *testing.T) { test(t, guardedEdge(t)) })
}

func openEdge(t *testing.T) connection {
	t.Helper()
	c := connection{}
	c.run(t, t.TempDir())
	return c
}

func guardedEdge(t *testing.T) connection {
	t.Helper()
	dir := t.TempDir()
	out := command(t, "", nil, binary, "key", "create", "--data", dir, "--name", "sdktest")
	c := connection{}
	for line := range strings.Lines(string(out)) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name {
		case "CONDUCTOR_AUTH_KEY":
			c.key = value
		case "CONDUCTOR_AUTH_SECRET":
			c.secret = value
		}
	}
	if c.key == "" || c.secret == "" {
		t.Fatalf("no access key in %s", out)
	}
	c.run(t, dir) // a folder with keys wants them
	return c
}

// run starts an edge on a folder.
func (c *connection) run(t *testing.T, dir string) {
	t.Helper()
	var err error
	if c.grpc, err = edgeproc.FreeAddress(t.Context()); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	p, err := edgeproc.Run(t.Context(), binary, dir, &output, "--grpc-listen", c.grpc)
	if err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
	c.api = p.API
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the edge's log:\n%s", &output)
		}
	})
}

// command runs a program to its end and returns what it printed; a failure fails the test with all it said.
func command(t *testing.T, dir string, environment []string, name string, args ...string) []byte {
	t.Helper()
	out, err := output(t.Context(), dir, environment, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func output(ctx context.Context, dir string, environment []string, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second // its children may keep the output open
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %v: %w\n%s\n%s", name, args, err, out, &said)
	}
	return out, nil
}

// nodeModules is the folder of the installed JavaScript SDK.
var nodeModules = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs("javascript")
	if err != nil {
		return "", err
	}
	return installed(filepath.Join(dir, "node_modules"), filepath.Join(dir, "package-lock.json"), func(ctx context.Context) error {
		_, err := output(ctx, dir, nil, "npm", "ci")
		return err
	})
})

// python is the interpreter that has the Python SDK, pythonGRPC the one that has gRPC.
var python, pythonGRPC = environment("python"), environment("grpc")

// environment installs what a folder's requirements.txt lists, beside it, and returns the interpreter that has it.
func environment(folder string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		dir, err := filepath.Abs(folder)
		if err != nil {
			return "", err
		}
		venv := filepath.Join(dir, ".venv")
		interpreter := filepath.Join(venv, "bin", "python")
		_, err = installed(venv, filepath.Join(dir, "requirements.txt"), func(ctx context.Context) error {
			if _, err := output(ctx, dir, nil, "python3", "-m", "venv", "--clear", venv); err != nil {
				return err
			}
			if _, err := output(ctx, dir, nil, interpreter, "-m", "pip", "install", "-q", "-r", "requirements.txt"); err != nil {
				return fmt.Errorf("PyPI may be out of reach; PODIUM_SDK_PYTHON=off leaves the Python tests out: %w", err)
			}
			return nil
		})
		return interpreter, err
	})
}

// installed makes sure that folder holds what the lock file says: install runs unless it did for this very file.
func installed(folder, lock string, install func(context.Context) error) (string, error) {
	want, err := os.ReadFile(lock)
	if err != nil {
		return "", err
	}
	mark := filepath.Join(folder, ".installed")
	if got, err := os.ReadFile(mark); err == nil && bytes.Equal(got, want) {
		return folder, nil
	}
	if err := install(context.Background()); err != nil {
		return "", err
	}
	return folder, os.WriteFile(mark, want, 0o600)
}
