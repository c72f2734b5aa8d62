package chaostest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// patience bounds the waits for a process; a full test machine takes its time.
const patience = time.Minute

// cluster is a data plane of several nodes with the servers that they share.
type cluster struct {
	t        *testing.T
	binary   string
	logs     string // folder
	postgres *pgtest.Server
	redis    *redisServer

	mu    sync.Mutex
	nodes []*node
}

func newCluster(t *testing.T, logs string) *cluster {
	t.Helper()
	if logs == "" {
		logs = t.TempDir()
	}
	c := &cluster{t: t, binary: filepath.Join(t.TempDir(), "dataplane"), logs: logs, postgres: pgtest.Start(t), redis: newRedis(t)}
	args := []string{"build", "-o", c.binary}
	if *race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, "github.com/podium-cloud/podium/dataplane")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the data plane: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		for _, n := range c.nodes {
			n.end(syscall.SIGKILL)
			if t.Failed() {
				t.Logf("%s:\n%s", n.name, n.lastErrors())
			}
		}
	})
	return c
}

// add starts one more node.
func (c *cluster) add() *node {
	c.mu.Lock()
	n := &node{c: c, name: fmt.Sprintf("node%d", len(c.nodes))}
	c.mu.Unlock()
	var err error
	if n.address, err = edgeproc.FreeAddress(context.Background()); err != nil {
		c.t.Error(err)
	}
	n.busy.Lock()
	defer n.busy.Unlock()
	n.start()
	c.mu.Lock()
	c.nodes = append(c.nodes, n)
	c.mu.Unlock()
	return n
}

// all returns the nodes; some may be down.
func (c *cluster) all() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*node(nil), c.nodes...)
}

// origin is that of any node, as behind a load balancer that does not know which ones are down.
func (c *cluster) origin() string {
	nodes := c.all()
	return "http://" + nodes[rand.IntN(len(nodes))].address
}

// take returns a random node that nothing is being done to, with busy held; nil when there is none.
func (c *cluster) take(random *rand.Rand) *node {
	nodes := c.all()
	for _, i := range random.Perm(len(nodes)) {
		if nodes[i].busy.TryLock() {
			return nodes[i]
		}
	}
	return nil
}

// node is a process that is ended and started again on the same address.
type node struct {
	c       *cluster
	name    string
	address string
	busy    sync.Mutex // held while something is done to it

	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts the node and waits until it answers. It is started again when it ends at once, as a supervisor would: it needs
// PostgreSQL to begin.
func (n *node) start() {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		log, err := os.OpenFile(n.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			n.c.t.Error(err)
			return
		}
		n.cmd = exec.Command(n.c.binary, "--listen", n.address, "--postgres", n.c.postgres.URL, "--redis", n.c.redis.url)
		n.cmd.Stdout, n.cmd.Stderr = log, log
		err = n.cmd.Start()
		log.Close()
		if err != nil {
			n.c.t.Error(err)
			return
		}
		cmd, ended := n.cmd, make(chan struct{})
		n.ended = ended
		up, stop := context.WithCancel(context.Background())
		go func() { _ = cmd.Wait(); close(ended); stop() }()
		err = edgeproc.UntilHealthy(up, "http://"+n.address)
		stop()
		if err == nil {
			return
		}
		<-ended
		<-time.After(200 * time.Millisecond)
	}
	n.c.t.Errorf("%s does not start:\n%s", n.name, n.lastErrors())
}

func (n *node) signal(sig os.Signal) { _ = n.cmd.Process.Signal(sig) } // one that has ended by itself is found out by who waits

// end sends a signal and waits for the end.
func (n *node) end(sig os.Signal) {
	n.signal(sig)
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.c.t.Errorf("%s has not ended %v after %v", n.name, patience, sig)
		n.signal(syscall.SIGQUIT) // its goroutines tell why
		<-n.ended
	}
}

func (n *node) log() string { return filepath.Join(n.c.logs, n.name+".log") }

// lastErrors are the last lines of the log.
func (n *node) lastErrors() string {
	b, err := os.ReadFile(n.log())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(b, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-8):], []byte("\n")))
}

// redisServer is a Redis that is killed and started again, and forgets everything by that.
type redisServer struct {
	t      *testing.T
	socket string
	url    string
	cmd    *exec.Cmd
}

func newRedis(t *testing.T) *redisServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "chaos-redis") //nolint:usetesting // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	r := &redisServer{t: t, socket: socket, url: "unix://" + socket}
	r.start()
	t.Cleanup(func() {
		r.kill()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *redisServer) start() {
	r.cmd = exec.Command("redis-server", "--port", "0", "--unixsocket", r.socket, "--dir", filepath.Dir(r.socket),
		"--save", "", "--maxmemory-policy", "noeviction")
	if err := r.cmd.Start(); err != nil {
		r.t.Errorf("start Redis: %v", err)
	}
}

func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // it was killed
}

func (r *redisServer) flush() {
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: r.socket})
	defer client.Close()
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		r.t.Logf("Redis was not emptied, it may be down: %v", err)
	}
}
