package redis_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// server is a Redis of a test's own, which may be stopped and started again.
type server struct {
	t       testing.TB
	address string
	args    []string
	command *exec.Cmd
	output  bytes.Buffer
}

// private prepares a server on a socket; it does not run yet.
func private(t testing.TB) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "podium-redis") //nolint:usetesting // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	s := &server{t: t, address: "unix://" + socket, args: []string{"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", ""}}
	t.Cleanup(func() {
		s.stop()
		os.RemoveAll(dir)
	})
	return s
}

// cluster runs a cluster of one server.
func cluster(t testing.TB) *server {
	t.Helper()
	port := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	}
	s, p := private(t), port()
	s.args = append(s.args, "--port", p, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", port())
	socket := s.address
	s.start()
	c := client(t, socket)
	if err := c.Do(t.Context(), "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	s.address = "redis://127.0.0.1:" + p + "?cluster=true"
	s.wait(func() bool {
		info, err := c.ClusterInfo(t.Context()).Result()
		return err == nil && bytes.Contains([]byte(info), []byte("cluster_state:ok"))
	})
	return s
}

func (s *server) start() {
	s.t.Helper()
	s.command = exec.Command("redis-server", s.args...)
	s.command.Stdout, s.command.Stderr = &s.output, &s.output
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	o, err := goredis.ParseURL(s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	c := goredis.NewClient(o)
	defer c.Close()
	s.wait(func() bool { return c.Ping(s.t.Context()).Err() == nil })
}

func (s *server) stop() {
	if s.command != nil {
		s.command.Process.Kill()
		s.command.Wait()
		s.command = nil
	}
}

func (s *server) wait(ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			s.t.Fatalf("Redis is not as it should be: %s", s.output.String())
		}
		<-time.After(time.Millisecond)
	}
}
