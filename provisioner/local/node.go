package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/balancer"
)

// StartNode starts a node of the cluster, replacing one of its index that runs, and keeps it running.
func (c *Cloud) StartNode(ctx context.Context, spec provisioner.ClusterSpec, n provisioner.Node) error {
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(unit(id))
	if err != nil {
		return err
	}
	switch {
	case s.Port == 0:
		return errNoEndpoint
	case s.Shared:
		return c.startShared(ctx, cl, spec, n)
	case n.Index != 0:
		return provisioner.Permanent(errors.New("nodes: a cluster with an embedded store has one"))
	}
	if err := c.stop(ctx, cl, unit(id)); err != nil {
		return err
	}
	return c.begin(cl, unit(id), spec, n)
}

// begin makes the unit of a node, which is stopped, run. The caller holds the cluster.
func (c *Cloud) begin(cl *cluster, u unit, spec provisioner.ClusterSpec, n provisioner.Node) error {
	if _, err := os.Stat(c.path(spec.ID, dataName)); err != nil {
		return fmt.Errorf("the cluster has no storage: %w", err)
	}
	s, err := c.load(u)
	if err != nil {
		return err
	}
	if err := writeFile(c.path(string(u), tokenName), []byte(n.JoinToken)); err != nil {
		return fmt.Errorf("write the join token: %w", err)
	}
	s.Run, s.ControlPlaneURL = true, n.ControlPlaneURL
	s.Size, s.Wanted = spec.Size, spec.Version
	if err := c.save(u, s); err != nil {
		return err
	}
	p, err := c.launch(u)
	if err != nil {
		return err
	}
	cl.keepers[u] = c.keep(u, p)
	return nil
}

// StopNode ends a node of the cluster, first politely.
func (c *Cloud) StopNode(ctx context.Context, spec provisioner.ClusterSpec, index int) error {
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(unit(id))
	switch {
	case err != nil:
		return err
	case s.Shared:
		if err := c.follow(ctx, spec); err != nil {
			return err
		}
		return c.stopShared(ctx, cl, id, index)
	case index != 0:
		return nil // there are none
	}
	return c.end(ctx, cl, unit(id))
}

// end stops a unit for good. The caller holds the cluster.
func (c *Cloud) end(ctx context.Context, cl *cluster, u unit) error {
	s, err := c.load(u)
	if err != nil {
		return err
	}
	if s.Run { // first, or a crash now would start it again
		s.Run = false
		if err := c.save(u, s); err != nil {
			return err
		}
	}
	if err := c.stop(ctx, cl, u); err != nil {
		return err
	}
	return c.remove(string(u), isToken)
}

var errStopped = errors.New("the data plane does not run")

// CheckNode asks the node who it is and how it feels.
func (c *Cloud) CheckNode(ctx context.Context, spec provisioner.ClusterSpec, index int) error {
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	whole, err := c.load(unit(id))
	u := unit(id)
	if whole.Shared {
		u = nodeOf(id, index)
	}
	k, balancer := cl.keepers[u], cl.keepers[balancerOf(id)]
	cl.mu.Unlock()
	if err != nil {
		return err
	}
	if k == nil || u.index() != index {
		return errStopped
	}
	if err := k.trouble(); err != nil {
		return err
	}
	s, err := c.load(u)
	if err != nil {
		return err
	}
	var who struct {
		ClusterID string `json:"clusterId"`
	}
	at, err := c.at(u, s)
	if err != nil {
		return err
	}
	if err := c.get(ctx, id, at.http, "/podium/v1/info", &who); err != nil {
		return err
	}
	if who.ClusterID != id {
		return fmt.Errorf("%s is used by another data plane", at.http)
	}
	if err := c.get(ctx, id, at.http, "/healthz", nil); err != nil || !whole.Shared {
		return err
	}
	return c.checkBalancer(id, index, balancer)
}

func (c *Cloud) get(ctx context.Context, id string, at netip.AddrPort, path string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+path, nil)
	if err != nil {
		return err
	}
	client := c.client
	if !at.Addr().IsLoopback() {
		client.Transport = c.transport(id)
	}
	res, err := client.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok { // the request is nothing that people know
			err = failed.Err
		}
		return fmt.Errorf("the data plane does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the data plane: %s answered %s", path, res.Status)
	}
	if v == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("ask the data plane: %s: %w", path, err)
	}
	return nil
}

// launch starts the process that the unit's state asks for and records it. That it should run is on disk already, so one
// that gets lost between here and the record is found by its command line: if it was still being started when this control
// plane looked at the machine, then here.
func (c *Cloud) launch(u unit) (*process, error) {
	s, err := c.load(u)
	if err != nil {
		return nil, err
	}
	found, err := c.find(u)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return found[0], c.record(u, s, found[0])
	}
	if err := c.open(u, s); err != nil {
		return nil, err
	}
	p, err := c.spawn(u, &s)
	if err != nil {
		return nil, fmt.Errorf("start the data plane: %w", err)
	}
	if s.Version = c.binary(s.Wanted).build; s.Version == "" {
		s.Version = s.Wanted
	}
	if err := c.record(u, s, p); err != nil {
		return nil, errors.Join(err, p.stop(context.Background(), 0))
	}
	c.Logger.Info("process started", "unit", u, "pid", p.pid, "port", s.Port)
	return p, nil
}

func (c *Cloud) record(u unit, s state, p *process) error {
	if s.PID == p.pid && s.Born == p.born {
		return nil
	}
	s.PID, s.Born = p.pid, p.born
	return c.save(u, s)
}

// spawn starts the unit's process; what it was started with is put into s.
func (c *Cloud) spawn(u unit, s *state) (*process, error) {
	log, err := c.openLog(u)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd, err := c.command(u, s)
	if err != nil {
		return nil, err
	}
	cmd.Dir = c.path(string(u))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // signals to the control plane's group do not reach it
	if err := c.start(u, *s, cmd); err != nil {
		return nil, err
	}
	p := child(cmd)
	c.confine(u, *s, p)
	return p, nil
}

// command returns what a unit runs.
func (c *Cloud) command(u unit, s *state) (*exec.Cmd, error) {
	switch {
	case u.balancer():
		if err := balancer.Forget(c.path(string(u))); err != nil {
			return nil, err
		}
		return program(c.Balancer[0], nil, slices.Concat(c.Balancer[1:], []string{folderFlag, c.path(string(u))})...), nil
	case u.shared():
		return c.sharedNode(u, s)
	}
	at, err := c.at(u, *s)
	if err != nil {
		return nil, err
	}
	args := []string{
		"--listen", at.http.String(),
		dataFlag, c.path(string(u), dataName),
		"--auth", "keys",
		"--control-plane", s.ControlPlaneURL,
		"--cluster-id", u.cluster(),
		"--node-name", "0",
		"--join-token-file", c.path(string(u), tokenName),
		"--advertise", info(s.Port).Endpoint,
	}
	if at.grpc.Port() != 0 { // it has an address to itself
		args = append(args, "--grpc-listen", at.grpc.String())
	}
	return program(c.binary(s.Wanted).Path, limits(s.Size), args...), nil
}

// program is one that outlives whoever starts it.
func program(path string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Env = append(environment(os.Environ()), env...)
	return cmd
}

// maxLog is the size at which a log is put aside when its node starts; one old log is kept.
const maxLog = 16 << 20

func (c *Cloud) openLog(u unit) (*os.File, error) {
	path := c.path(string(u), logName)
	if fi, err := os.Stat(path); err == nil && fi.Size() > maxLog {
		if err := os.Rename(path, c.path(string(u), oldLogName)); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// environment keeps what a data plane needs of the control plane's environment, which may hold secrets that are no
// tenant's business.
func environment(all []string) []string {
	var kept []string
	for _, e := range all {
		switch name, _, _ := strings.Cut(e, "="); strings.ToUpper(name) {
		case "PATH", "HOME", "TMPDIR", "TZ", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
			"GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GOCOVERDIR":
			kept = append(kept, e)
		}
	}
	return kept
}
