package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/podium-cloud/podium/provisioner"
)

// StartNode starts the cluster's data plane, replacing one that runs, and keeps it running.
func (c *Cloud) StartNode(ctx context.Context, spec provisioner.ClusterSpec, n provisioner.Node) error {
	if n.Index != 0 {
		return provisioner.Permanent(errors.New("nodes: a cluster with an embedded store has one"))
	}
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	if err := c.stop(ctx, id, cl); err != nil {
		return err
	}
	s, err := c.load(id)
	if err != nil {
		return err
	}
	if s.Port == 0 {
		return errNoEndpoint
	}
	if _, err := os.Stat(c.path(id, dataName)); err != nil {
		return fmt.Errorf("the cluster has no storage: %w", err)
	}
	if err := writeFile(c.path(id, tokenName), []byte(n.JoinToken)); err != nil {
		return fmt.Errorf("write the join token: %w", err)
	}
	s.Run, s.ControlPlaneURL = true, n.ControlPlaneURL
	s.Size, s.Wanted = spec.Size, spec.Version
	if err := c.save(id, s); err != nil {
		return err
	}
	p, err := c.launch(id)
	if err != nil {
		return err
	}
	cl.keeper = c.keep(id, p)
	return nil
}

// StopNode ends the cluster's data plane, first politely.
func (c *Cloud) StopNode(ctx context.Context, spec provisioner.ClusterSpec, index int) error {
	if index != 0 {
		return nil // there are none
	}
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(id)
	if err != nil {
		return err
	}
	if s.Run { // first, or a crash now would start it again
		s.Run = false
		if err := c.save(id, s); err != nil {
			return err
		}
	}
	if err := c.stop(ctx, id, cl); err != nil {
		return err
	}
	return c.remove(id, isToken)
}

// CheckNode asks the node who it is and how it feels.
func (c *Cloud) CheckNode(ctx context.Context, spec provisioner.ClusterSpec, index int) error {
	if index != 0 {
		return errors.New("the data plane does not run")
	}
	id := spec.ID
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	s, err := c.load(id)
	k := cl.keeper
	cl.mu.Unlock()
	if err != nil {
		return err
	}
	if k == nil {
		return errors.New("the data plane does not run")
	}
	if err := k.trouble(); err != nil {
		return err
	}
	var who struct {
		ClusterID string `json:"clusterId"`
	}
	at, err := c.at(id, s.Port)
	if err != nil {
		return err
	}
	if err := c.get(ctx, id, at, "/podium/v1/info", &who); err != nil {
		return err
	}
	if who.ClusterID != id {
		return fmt.Errorf("%s is used by another data plane", at)
	}
	return c.get(ctx, id, at, "/healthz", nil)
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
		return fmt.Errorf("ask the data plane: %w", err)
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

// launch starts the process that the cluster's state asks for and records it. That the node should run is on disk already,
// so one that gets lost between here and the record is found by its command line: if it was still being started when this
// control plane looked at the machine, then here.
func (c *Cloud) launch(id string) (*process, error) {
	s, err := c.load(id)
	if err != nil {
		return nil, err
	}
	found, err := c.find(id)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return found[0], c.record(id, s, found[0])
	}
	if err := c.open(id, s); err != nil {
		return nil, err
	}
	p, err := c.spawn(id, s)
	if err != nil {
		return nil, fmt.Errorf("start the data plane: %w", err)
	}
	s.Version = c.binary(s.Wanted).build
	if err := c.record(id, s, p); err != nil {
		return nil, errors.Join(err, p.stop(context.Background(), 0))
	}
	c.Logger.Info("data plane started", "cluster", id, "pid", p.pid, "port", s.Port)
	return p, nil
}

func (c *Cloud) record(id string, s state, p *process) error {
	if s.PID == p.pid && s.Born == p.born {
		return nil
	}
	s.PID, s.Born = p.pid, p.born
	return c.save(id, s)
}

func (c *Cloud) spawn(id string, s state) (*process, error) {
	log, err := c.openLog(id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	at, err := c.at(id, s.Port)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), c.binary(s.Wanted).Path, // outlives whoever started it
		"--listen", at.String(),
		dataFlag, c.path(id, dataName),
		"--auth", "keys",
		"--control-plane", s.ControlPlaneURL,
		"--cluster-id", id,
		"--join-token-file", c.path(id, tokenName),
		"--advertise", info(s.Port).Endpoint,
	)
	cmd.Dir = c.path(id)
	cmd.Env = append(environment(os.Environ()), limits(s.Size)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // signals to the control plane's group do not reach it
	if err := c.start(id, s, cmd); err != nil {
		return nil, err
	}
	return child(cmd), nil
}

// maxLog is the size at which a log is put aside when its node starts; one old log is kept.
const maxLog = 16 << 20

func (c *Cloud) openLog(id string) (*os.File, error) {
	path := c.path(id, logName)
	if fi, err := os.Stat(path); err == nil && fi.Size() > maxLog {
		if err := os.Rename(path, c.path(id, oldLogName)); err != nil {
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
