package sdktest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJavaScript(t *testing.T) {
	if _, err := nodeModules(); err != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, c connection) {
		// The SDK never stops the timer that renews its token.
		command(t, "javascript", c.environment(), "node", "--test", "--test-force-exit", "conductor.test.mjs", "resources.test.mjs", "access.test.mjs")
	})
}

func TestPython(t *testing.T) {
	interpreter := pythonOrSkip(t, python)
	onBoth(t, func(t *testing.T, c connection) {
		command(t, "python", c.environment(), interpreter, "-m", "unittest", "test_conductor", "test_access")
	})
}

// TestGRPC runs a Python client that is generated from the contract.
func TestGRPC(t *testing.T) {
	interpreter := pythonOrSkip(t, pythonGRPC)
	contract, err := filepath.Abs(filepath.Join("..", "proto"))
	if err != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, c connection) {
		env := []string{"PODIUM_GRPC=" + c.grpc, "PODIUM_PROTO=" + contract, "PODIUM_TOKEN=" + c.token(t)}
		command(t, "grpc", env, interpreter, "-m", "unittest", "test_grpc")
	})
}

// token exchanges the access key; "" without one.
func (c connection) token(t *testing.T) string {
	t.Helper()
	if c.key == "" {
		return ""
	}
	body, err := json.Marshal(map[string]string{"keyId": c.key, "keySecret": c.secret})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.api+"/token", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %s %v", res.Status, err)
	}
	return answer.Token
}

func pythonOrSkip(t *testing.T, install func() (string, error)) string {
	t.Helper()
	if os.Getenv("PODIUM_SDK_PYTHON") == "off" {
		t.Skip("PODIUM_SDK_PYTHON is off")
	}
	interpreter, err := install()
	if err != nil {
		t.Fatal(err)
	}
	return interpreter
}

// The programs that the console offers to paste run as they are, with a real endpoint and key in them. Java and C# have
// no toolchain here; their programs are checked by eye.
func TestPrograms(t *testing.T) {
	c := guardedEdge(t)
	program := func(t *testing.T, template, name string) (dir string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("..", "..", "web", "src", "cloud", "snippets", "templates", template))
		if err != nil {
			t.Fatal(err)
		}
		dir = t.TempDir()
		filled := strings.NewReplacer("{{endpoint}}", c.api, "{{key}}", c.key, "{{secret}}", c.secret).Replace(string(text))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(filled), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	greets := func(t *testing.T, out []byte) {
		t.Helper()
		for _, want := range []string{"COMPLETED", "Hello, Podium!"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("the program did not print %s:\n%s", want, out)
			}
		}
	}
	t.Run("go", func(t *testing.T) {
		dir := program(t, "main.go.tmpl", "main.go")
		greets(t, command(t, "", nil, "go", "run", filepath.Join(dir, "main.go"))) // with this module's version of the SDK
	})
	t.Run("javascript", func(t *testing.T) {
		modules, err := nodeModules()
		if err != nil {
			t.Fatal(err)
		}
		dir := program(t, "hello.mjs.tmpl", "hello.mjs")
		if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		greets(t, command(t, dir, nil, "node", "hello.mjs"))
	})
	t.Run("python", func(t *testing.T) {
		interpreter := pythonOrSkip(t, python)
		greets(t, command(t, program(t, "hello.py.tmpl", "hello.py"), nil, interpreter, "hello.py"))
	})
	t.Run("curl", func(t *testing.T) {
		greets(t, command(t, program(t, "hello.sh.tmpl", "hello.sh"), nil, "sh", "hello.sh"))
	})
}
