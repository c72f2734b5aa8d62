// Package mototest starts moto, an emulator of AWS, for tests. Each server is empty, listens on a free port of this machine
// and ends with its test. `.ci/setup moto` installs the pinned version; a test that cannot find it fails.
//
// moto answers as AWS does in form. It does not enforce trust policies, permissions, quotas, most dependencies between
// resources, or the time that things take. What it lacks of ElastiCache is added by server.py.
package mototest

import (
	"bufio"
	"context"
	_ "embed"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Account is the number of the account that calls with the credentials of [Server.Config] act on.
const Account = "123456789012"

const (
	accessKey = "AKIAIOSFODNN7EXAMPLE" //nolint:gosec // it is of AWS's documentation
	secretKey = "not-a-secret"
)

// startWait bounds the start of the server, generously: the machine may be busy.
const startWait = 90 * time.Second

//go:embed server.py
var program string

var address = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// Server is a running emulator.
type Server struct {
	URL string // without a slash at the end
}

// Start starts an empty server. Services of ECS are stable at the second look, certificates are issued within a second.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return start(tb)
}

// StartRunning starts a server that truly runs the tasks of Fargate that are run once, as processes: programs is a folder with the
// data plane as "dataplane". It stands in for Fargate, and for nothing else of AWS.
func StartRunning(tb testing.TB, programs string) *Server {
	tb.Helper()
	return start(tb, "PODIUM_TEST_FARGATE="+programs, "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey)
}

// Python is the interpreter that has moto, and boto3, installed.
func Python(tb testing.TB) string {
	tb.Helper()
	interpreter := filepath.Join(root(tb), ".tools", "moto", "bin", "python")
	if _, err := os.Stat(interpreter); err != nil {
		tb.Fatalf("moto is not installed, run .ci/setup moto: %v", err)
	}
	return interpreter
}

func start(tb testing.TB, env ...string) *Server {
	tb.Helper()
	interpreter := Python(tb)
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	cmd := exec.CommandContext(ctx, interpreter, "-c", program)
	cmd.Env = append(os.Environ(), "MOTO_ECS_SERVICE_RUNNING=2", "MOTO_ACM_VALIDATION_WAIT=1",
		"MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS=false", "PYTHONUNBUFFERED=1")
	cmd.Env = append(cmd.Env, env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	drained := make(chan struct{})
	tb.Cleanup(func() {
		_ = stdin.Close()
		cancel()
		<-drained
		_ = cmd.Wait() // it was killed
	})
	found := make(chan string, 1)
	go func() {
		defer close(drained)
		follow(said, found)
	}()
	select {
	case url, ok := <-found:
		if !ok {
			tb.Fatal("moto ended before it listened")
		}
		return &Server{URL: url}
	case <-time.After(startWait):
		tb.Fatalf("moto did not listen within %v", startWait)
	}
	return nil
}

// follow reads to the end, so that the server never waits for its log to be read, and passes its address on.
func follow(said io.Reader, found chan<- string) {
	defer close(found)
	lines := bufio.NewScanner(said)
	for told := false; lines.Scan(); {
		if m := address.FindStringSubmatch(lines.Text()); m != nil && !told {
			told = true
			found <- m[1]
		}
	}
	_, _ = io.Copy(io.Discard, said) // after a line that is too long
}

// Config is that of a caller of [Account], without retries, so that a test sees every error.
func (s *Server) Config(region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(s.URL),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// root is the folder of go.mod.
func root(tb testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
