// Package local is the cloud of this machine: each data plane is a process of its own, bound to loopback.
//
// A cluster is the folder <Dir>/<cluster id>:
//
//	state.json   its port, whether its node should run, and the process that does
//	data         the data plane's storage
//	join-token   what the node first calls home with (0600); of no use to another once it has
//	node.log     what the node prints
//
// With a [Backing] the nodes of a cluster share what they keep, and there may be several. Then each is a folder of its own,
// node-0 and so on, with what is listed above but for the data; so is balancer, the process at the cluster's endpoint.
//
// Nodes are in sessions of their own and outlive the control plane. [Cloud.Adopt] finds them again: by the recorded process
// id, if the process began when the record says, and by their command line, which names the cluster's folder, so that
// one that was started but not recorded is found too. A node that ends by itself is started again, slower each time.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/cgroup"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

// Config says where and what to run. Dir, EdgeBinary and Logger are required.
type Config struct {
	Dir          string // folder of the clusters; it belongs to one Cloud at a time
	EdgeBinary   string // the data plane's program
	SharedBinary string // that of nodes which share what they keep; needed with Backing
	// Versions are names of releases with their programs, newest first. None: EdgeBinary alone, as "current". A cluster whose
	// version is none of them runs EdgeBinary.
	Versions []Binary
	// VersionsDir, if set, is a folder of further releases: one folder for each, named by its version, with the programs edge and
	// dataplane.
	VersionsDir string
	// ControlPlaneURL, if set, is where adopted nodes must call: one that was started with another address is restarted.
	ControlPlaneURL string
	// Backing, if set, lends the nodes of a cluster what they share, so that it may have several. It is for clusters that are
	// made from now on.
	Backing Backing
	// Balancer is the command that runs a balancer; the folder of its plan is added to it. It is needed with Backing.
	Balancer []string
	// Networks, if set, gives each cluster a network of its own, over whose zones its nodes are spread. They listen there; the
	// endpoint on loopback is a door of this process, or the balancer. They reach the control plane and what they are lent, and
	// nothing else of the machine.
	Networks *vpc.Peers
	// Groups, if set, bounds each node to what its size has. Otherwise nodes keep to it by themselves.
	Groups    *cgroup.Groups
	Backups   string // folder of the copies of clusters; "": <Dir>/../backups
	FirstPort int    // of the range that endpoints are taken from; 0: 7200
	LastPort  int    // 0: 7999
	Logger    *slog.Logger
}

// Cloud runs clusters as processes of this machine. It is a [provisioner.Cloud].
type Cloud struct {
	Config
	fallback Binary // of clusters whose version is gone
	client   http.Client

	ports    sync.Mutex // held while a port is chosen
	mu       sync.Mutex // guards what follows
	clusters map[string]*cluster
	closed   bool
}

// cluster serializes the work on one cluster. The keepers alone do not take mu: who holds mu ends them first.
type cluster struct {
	mu      sync.Mutex
	keepers map[unit]*keeper // of the units that should run and were adopted
}

// letGo ends the watch over a unit, which runs on. The caller holds the cluster.
func (cl *cluster) letGo(u unit) {
	if k := cl.keepers[u]; k != nil {
		k.letGo()
		delete(cl.keepers, u)
	}
}

const (
	// stopGrace is how long a node may take to finish its requests and close its store before it is killed.
	stopGrace = 10 * time.Second
	// checkTimeout bounds a look at a node on the same machine.
	checkTimeout = 2 * time.Second
)

var errClosed = errors.New("the local cloud is closed")

// New checks c and makes the folder. No process is touched before Adopt or the first call.
func New(c Config) (*Cloud, error) {
	if c.FirstPort == 0 && c.LastPort == 0 {
		c.FirstPort, c.LastPort = 7200, 7999
	}
	switch {
	case c.Dir == "":
		return nil, errors.New("local cloud: Dir is missing")
	case c.Logger == nil:
		return nil, errors.New("local cloud: Logger is missing")
	case c.Backing != nil && len(c.Balancer) == 0:
		return nil, errors.New("local cloud: Balancer is missing")
	case c.FirstPort < 1 || c.LastPort > 65535 || c.LastPort < c.FirstPort:
		return nil, fmt.Errorf("local cloud: FirstPort %d to LastPort %d is not a range of ports", c.FirstPort, c.LastPort)
	}
	c.Versions = slices.Clone(c.Versions)
	if c.Backing != nil {
		if _, err := versionOf(c.SharedBinary); err != nil {
			return nil, fmt.Errorf("local cloud: SharedBinary: %w", err)
		}
	}
	if len(c.Versions) == 0 {
		c.Versions = []Binary{{Version: "current", Path: c.EdgeBinary, Shared: c.SharedBinary}}
	}
	for i := range c.Versions {
		if err := c.Versions[i].resolve(); err != nil {
			return nil, fmt.Errorf("local cloud: EdgeBinary: %w", err)
		}
	}
	fallback := Binary{Path: c.EdgeBinary, Shared: c.SharedBinary}
	if err := fallback.resolve(); err != nil {
		return nil, fmt.Errorf("local cloud: EdgeBinary: %w", err)
	}
	// One spelling of the folder, as processes are recognized by it.
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("local cloud: Dir: %w", err)
	}
	var err error
	if c.Dir, err = filepath.EvalSymlinks(c.Dir); err == nil {
		c.Dir, err = filepath.Abs(c.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("local cloud: Dir: %w", err)
	}
	if c.Backups == "" {
		c.Backups = filepath.Join(filepath.Dir(c.Dir), "backups")
	}
	if err := os.MkdirAll(c.Backups, 0o700); err != nil {
		return nil, fmt.Errorf("local cloud: Backups: %w", err)
	}
	return &Cloud{
		Config: c, fallback: fallback, client: http.Client{Timeout: checkTimeout}, clusters: map[string]*cluster{},
	}, nil
}

// lock returns the cluster for exclusive work. The caller must unlock it.
func (c *Cloud) lock(id string) (*cluster, error) {
	if !provisioner.ValidClusterID(id) {
		return nil, provisioner.Permanent(fmt.Errorf("cluster id %q is not valid", id))
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, errClosed
	}
	cl := c.clusters[id]
	if cl == nil {
		cl = &cluster{keepers: map[unit]*keeper{}}
		c.clusters[id] = cl
	}
	c.mu.Unlock()
	cl.mu.Lock()
	return cl, nil
}

// Close stops all nodes and returns when they are gone. They stay meant to run: the next Adopt starts them again.
func (c *Cloud) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	all := c.clusters
	c.clusters = map[string]*cluster{}
	c.mu.Unlock()

	var stopping sync.WaitGroup
	errs := make(chan error, len(all))
	for id, cl := range all {
		stopping.Go(func() {
			cl.mu.Lock()
			defer cl.mu.Unlock()
			if err := c.stopAll(ctx, cl, id); err != nil {
				errs <- fmt.Errorf("stop the data planes of cluster %s: %w", id, err)
			}
		})
	}
	stopping.Wait()
	close(errs)
	if c.Networks != nil {
		c.Networks.Networks.Close()
	}
	var failed []error
	for err := range errs {
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
