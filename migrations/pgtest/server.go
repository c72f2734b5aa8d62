package pgtest

import (
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// Server is a PostgreSQL server of the test's own, which may be crashed and started again. Unlike the one of Env it waits
// for the disk.
type Server struct {
	URL string // of the database postgres, over a socket in a private folder

	t        testing.TB
	folder   string
	programs string
}

// Start makes a server from the programs that are installed; it is gone at the test's end. Options are those of postgres,
// name=value.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatalf("no PostgreSQL server is installed: %v", err)
	}
	slices.Sort(found)
	folder, err := os.MkdirTemp("", "pgtest") // short: a socket's path is bounded
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, folder: folder, programs: found[len(found)-1]}
	s.URL = "postgres://postgres@/postgres?host=" + url.QueryEscape(folder)
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(folder, "data", "postmaster.pid")); err == nil {
			s.Crash()
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if os.Getuid() == 0 {
		s.handOver()
	}
	s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N", "--no-instructions")
	config := "listen_addresses = ''\nunix_socket_directories = '" + folder + "'\nmax_connections = 100\n"
	for _, o := range options {
		config += o + "\n"
	}
	if err := os.WriteFile(filepath.Join(s.data(), "postgresql.auto.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Restart()
	return s
}

// Crash stops the server at once: what it has not written is lost.
func (s *Server) Crash() {
	s.t.Helper()
	s.run("pg_ctl", "-s", "-w", "-D", s.data(), "-m", "immediate", "stop")
}

// Restart starts the server after a crash and waits until it answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.run("pg_ctl", "-s", "-w", "-D", s.data(), "-l", filepath.Join(s.folder, "log"), "start")
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// handOver gives the folder to the user that the server runs as, since PostgreSQL refuses to run as root.
func (s *Server) handOver() {
	s.t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		s.t.Fatal(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err == nil {
		err = os.Chown(s.folder, uid, -1)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) run(program string, args ...string) {
	s.t.Helper()
	args = append([]string{filepath.Join(s.programs, program)}, args...)
	if os.Getuid() == 0 {
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // bounded by pg_ctl; also run when the test's context has ended
	cmd.Dir = s.folder
	out, err := os.Create(filepath.Join(s.folder, program+".out")) // a pipe would be held open by the server
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		s.t.Errorf("%s: %v\n%s", program, err, text)
	}
}
