package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/edgeproc"
)

// patience bounds every wait. A retry of a step that was cut short takes a second or so, a full test machine longer.
const patience = 2 * time.Minute

// programs are the paths of the binaries under test.
type programs struct{ controlplane, edge string }

// folder is where the binaries are; it is removed after the last test.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "podium-crashtest"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder) // it is of no use any more
	os.Exit(code)
}

var build = sync.OnceValues(func() (programs, error) {
	ctx := context.Background() // the binaries are for all tests
	p := programs{controlplane: filepath.Join(folder, "controlplane")}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.controlplane, "github.com/podium-cloud/podium/controlplane")
	if out, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build the control plane: %w\n%s", err, out)
	}
	var err error
	p.edge, err = edgeproc.Build(ctx, folder)
	return p, err
})

func built(t *testing.T) programs {
	t.Helper()
	p, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cloud is a control plane that is killed and started again on the same folder and address.
type cloud struct {
	t *testing.T
	programs
	more   []string // arguments of the control plane
	dir    string
	listen string
	client *http.Client
	log    bytes.Buffer

	cmd   *exec.Cmd
	ended chan struct{}
}

// newCloud starts a control plane and signs up. At the end of the test it is interrupted, and nothing may be left
// running.
func newCloud(t *testing.T, programs programs, more ...string) *cloud {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t, programs: programs, more: more, dir: t.TempDir(), client: &http.Client{Jar: jar, Timeout: time.Minute}}
	if c.listen, err = edgeproc.FreeAddress(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.start()
	c.want(http.StatusCreated, http.MethodPost, "/signup", map[string]string{
		"email": "ada@example.test", "password": "correct horse battery", "name": "Ada", "organization": "acme",
	}, nil)
	t.Cleanup(func() {
		c.end(os.Interrupt)
		if left := c.nodes(); len(left) > 0 {
			t.Errorf("data planes outlived the cloud: %v", left)
		}
		if t.Failed() {
			t.Log(c.log.String())
		}
	})
	return c
}

// start starts the control plane and waits until it answers. One that is refused at once is started again: a data plane that
// was being started at the moment of the kill holds what it inherited, the folder's lock, until its own program runs.
func (c *cloud) start() {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		args := []string{"serve", "--listen", c.listen, "--data", c.dir, "--edge-binary", c.edge}
		args = append(args, "--calls-per-caller", "0", "--calls-per-address", "0") // it looks a hundred times a second
		cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), c.controlplane, append(args, c.more...)...)
		cmd.Stdout, cmd.Stderr = &c.log, &c.log
		if err := cmd.Start(); err != nil {
			c.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		up, stop := context.WithCancel(c.t.Context())
		go func() {
			select {
			case <-ended:
				stop()
			case <-up.Done():
			}
		}()
		err := edgeproc.UntilHealthy(up, "http://"+c.listen)
		stop()
		if err == nil {
			c.cmd, c.ended = cmd, ended
			return
		}
		<-ended
	}
	c.t.Fatalf("the control plane does not start:\n%s", c.log.String())
}

// end sends the control plane a signal and waits until it has ended.
func (c *cloud) end(sig os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		c.t.Fatal(err)
	}
	<-c.ended
}

// kill ends the control plane as kill -9 does and starts it again.
func (c *cloud) kill() {
	c.t.Helper()
	c.end(syscall.SIGKILL)
	c.start()
}

// nodes lists the processes of this cloud's clusters.
func (c *cloud) nodes() []string {
	c.t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		c.t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(b), "\x00"+filepath.Join(c.dir, "clusters")+"/") {
			found = append(found, file)
		}
	}
	return found
}

// folders lists what is in the folder of the clusters.
func (c *cloud) folders() []string {
	c.t.Helper()
	entries, err := os.ReadDir(filepath.Join(c.dir, "clusters"))
	if err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// call asks the API and decodes the answer into out.
func (c *cloud) call(method, path string, body, out any) (status int, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.listen+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if out == nil || res.StatusCode >= http.StatusBadRequest {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.NewDecoder(res.Body).Decode(out)
}

// want is a call that must be answered with the status.
func (c *cloud) want(status int, method, path string, body, out any) {
	c.t.Helper()
	got, err := c.call(method, path, body, out)
	if err != nil || got != status {
		c.t.Fatalf("%s %s: status %d, %v; want %d", method, path, got, err, status)
	}
}

// serves reports whether a data plane answers at its endpoint.
func (c *cloud) serves(endpoint string) error {
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	return edgeproc.UntilHealthy(ctx, strings.TrimSuffix(endpoint, "/api"))
}

// until waits for done.
func (c *cloud) until(what string, done func() bool) {
	c.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			c.t.Fatalf("%s: not in time; log:\n%s", what, c.log.String())
		}
	}
}

type operation struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Steps  []struct {
		Name     string `json:"name"`
		State    string `json:"state"`
		Attempts int    `json:"attempts"`
		Reason   string `json:"reason"`
	} `json:"steps"`
}

type cluster struct {
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	Endpoint  string    `json:"endpoint"`
	Operation operation `json:"operation"`
}

// ended waits until an operation has.
func (c *cloud) operationEnded(id string) operation {
	c.t.Helper()
	var o operation
	c.until("operation "+id, func() bool {
		status, err := c.call(http.MethodGet, "/operations/"+id, nil, &o)
		return err == nil && status == http.StatusOK && o.State != "RUNNING"
	})
	return o
}

func clusterPath(name string) string { return fmt.Sprintf("/organizations/acme/clusters/%s", name) }
