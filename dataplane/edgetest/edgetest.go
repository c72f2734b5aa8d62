// Package edgetest runs an edge inside the process of a test: the whole data plane, its API and its store included, on a
// clock that the test may move, for what takes months.
package edgetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/app"
)

// Config says how an edge runs. The zero value has a folder of its own and the machine's clock.
type Config struct {
	Dir   string       // its data folder; "" makes one that goes with the test
	Clock engine.Clock // nil: the machine's
	Args  []string     // more arguments of its command line
	Keys  bool         // calls need a token of an access key; an admin's is made
}

// Edge is a running edge on a free port of loopback.
type Edge struct {
	Origin string // http://127.0.0.1:port
	API    string // Conductor API root, ends in /api
	Key    string // an admin's access key, with Config.Keys
	Secret string // of the key
	stop   func()
}

// Start starts an edge and returns when it serves. It stops with the test, which shows the edge's log when it has failed.
func Start(t testing.TB, c Config) *Edge {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	var key, secret string
	if c.Keys {
		key, secret = createKey(t, c.Dir)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // its end is a stop in order
	serving, ended := newLog(), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{
			Name: "edge", Args: append([]string{"--listen", "127.0.0.1:0", "--data", c.Dir}, c.Args...),
			Env: os.Getenv, Stdout: io.Discard, Stderr: serving, Clock: c.Clock,
		})
	}()
	e := &Edge{Key: key, Secret: secret, stop: sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("the edge ended with %d", code)
		}
		if t.Failed() {
			t.Logf("the edge's log:\n%s", serving)
		}
	})}
	t.Cleanup(e.Stop)
	select {
	case e.Origin = <-serving.origin:
	case code := <-ended:
		ended <- code
		t.Fatalf("the edge ended with %d before it served:\n%s", code, serving)
	}
	e.API = e.Origin + "/api"
	return e
}

// createKey makes an access key as an operator does; a folder with keys wants them.
func createKey(t testing.TB, dir string) (key, secret string) {
	t.Helper()
	var out bytes.Buffer
	code := app.Run(t.Context(), app.Process{
		Name: "edge", Args: []string{"key", "create", "--data", dir, "--name", "test"}, Env: os.Getenv, Stdout: &out, Stderr: &out,
	})
	if n, err := fmt.Sscanf(out.String(), "CONDUCTOR_AUTH_KEY=%s\nCONDUCTOR_AUTH_SECRET=%s\n", &key, &secret); code != 0 || n != 2 {
		t.Fatalf("key create ended with %d: %v", code, err)
	}
	return key, secret
}

// Stop stops the edge as an operator does and returns when it has ended. Repeating it does nothing.
func (e *Edge) Stop() { e.stop() }

// log keeps what an edge writes, and finds the address in it.
type log struct {
	mu     sync.Mutex
	text   bytes.Buffer
	found  bool
	origin chan string
}

var serving = regexp.MustCompile(`msg=serving url=(http://\S+)`)

func newLog() *log { return &log{origin: make(chan string, 1)} }

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(b)
	if m := serving.FindSubmatch(l.text.Bytes()); m != nil && !l.found {
		l.found = true
		l.origin <- string(m[1])
	}
	return n, err
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
