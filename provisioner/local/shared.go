package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local/balancer"
)

// Backing lends clusters what their nodes share: to each a database and a queue of its own. Everything of a cluster is found
// again by its id, so that every method may be called again. Of different clusters they may be called at the same time.
type Backing interface {
	EnsureDatabase(ctx context.Context, cluster string) error
	EnsureQueue(ctx context.Context, cluster string) error
	// Login returns what nodes that are started now log in with, and sees to it that the servers know of it.
	Login(ctx context.Context, cluster string) (Login, error)
	// Rotate makes other credentials. The former ones hold until they are retired; as long as there are any, Rotate goes on with
	// the rotation that made them the former ones.
	Rotate(ctx context.Context, cluster string) error
	// Retire ends the credentials before those of the serial.
	Retire(ctx context.Context, cluster string, serial int) error
	RemoveDatabase(ctx context.Context, cluster string) error
	RemoveQueue(ctx context.Context, cluster string) error
	// Loopback lists where the servers are on this machine's loopback (host:port). Those that are reached by sockets in a folder
	// are not among them.
	Loopback() []string
	// Left lists what there is of a cluster.
	Left(ctx context.Context, cluster string) ([]provisioner.Resource, error)
	// Sweep removes what there is of other clusters than these.
	Sweep(ctx context.Context, known []string) error
}

// Login is what a node reaches its database and queue with. All but Serial and Prefix is secret.
type Login struct {
	Serial   int    // grows with each rotation
	Postgres string // URL
	Redis    string // URL
	Prefix   string // of all keys in Redis
}

const (
	// maxShared bounds the nodes of a cluster on one machine.
	maxShared = 5
	// takeUp is how long a balancer may take to follow its plan. It takes less than a tenth of a second.
	takeUp = 10 * time.Second
)

var errNoBacking = errors.New("the cluster's nodes share a PostgreSQL database and a Redis, and the control plane was started without them")

// decide settles, once, whether the nodes of a new cluster share what they keep.
func (c *Cloud) decide(id string) error {
	if c.Backing == nil {
		return nil
	}
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	if s, err := c.load(unit(id)); err != nil || s.ClusterID != "" {
		return err
	}
	return c.save(unit(id), state{Shared: true})
}

// borrow makes what the cluster is lent, if its nodes share anything.
func (c *Cloud) borrow(ctx context.Context, id string, ensure func(Backing, context.Context, string) error) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(unit(id))
	switch {
	case err != nil || !s.Shared:
		return err
	case c.Backing == nil:
		return errNoBacking
	}
	return ensure(c.Backing, ctx, id)
}

// giveBack removes what the cluster is lent.
func (c *Cloud) giveBack(ctx context.Context, id string, remove func(Backing, context.Context, string) error) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	if running, err := c.runs(id, cl); err != nil {
		return err
	} else if running {
		return errRunning
	}
	if c.Backing != nil {
		return remove(c.Backing, ctx, id)
	}
	s, err := c.load(unit(id))
	if err == nil && s.Shared {
		err = errNoBacking
	}
	return err
}

// Rotate renews what nodes log in to PostgreSQL and Redis with. Nodes that run keep what they have.
func (c *Cloud) Rotate(ctx context.Context, s provisioner.ClusterSpec) error {
	return c.borrow(ctx, s.ID, Backing.Rotate)
}

// startShared starts a node of a cluster whose nodes share what they keep. The balancer takes one that runs out of the way
// first. The caller holds the cluster.
func (c *Cloud) startShared(ctx context.Context, cl *cluster, spec provisioner.ClusterSpec, n provisioner.Node) error {
	if c.Backing == nil {
		return errNoBacking
	}
	id, u := spec.ID, nodeOf(spec.ID, n.Index)
	if err := c.takeOut(ctx, cl, id, n.Index); err != nil {
		return err
	}
	if err := c.stop(ctx, cl, u); err != nil {
		return err
	}
	if err := c.reservePorts(u); err != nil {
		return err
	}
	if err := c.balance(cl, id); err != nil {
		return err
	}
	if err := c.follow(ctx, spec); err != nil {
		return err
	}
	if err := c.begin(cl, u, spec, n); err != nil {
		return err
	}
	if err := c.plan(id, -1); err != nil {
		return err
	}
	return c.retire(ctx, id)
}

// stopShared ends a node, and the balancer with the last one. The caller holds the cluster.
func (c *Cloud) stopShared(ctx context.Context, cl *cluster, id string, index int) error {
	u := nodeOf(id, index)
	if _, err := os.Stat(c.path(string(u))); err != nil {
		return nil //nolint:nilerr // it has never been started
	}
	others, err := c.members(id, index)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		if err := c.takeOut(ctx, cl, id, index); err != nil {
			return err
		}
		return c.end(ctx, cl, u)
	}
	if _, err := os.Stat(c.path(string(balancerOf(id)))); err == nil {
		if err := c.end(ctx, cl, balancerOf(id)); err != nil {
			return err
		}
	}
	return c.end(ctx, cl, u)
}

// members returns the nodes that should run, all but one.
func (c *Cloud) members(id string, but int) ([]balancer.Node, error) {
	units, err := c.units(id)
	if err != nil {
		return nil, err
	}
	var nodes []balancer.Node
	for _, u := range units {
		s, err := c.load(u)
		if err != nil {
			return nil, err
		}
		if s.Run && !u.balancer() && u.index() != but {
			at, err := c.at(u, s)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, balancer.Node{Index: u.index(), HTTP: at.http.String(), GRPC: at.grpc.String()})
		}
	}
	return nodes, nil
}

// plan tells the balancer of all nodes but one; -1 leaves out none.
func (c *Cloud) plan(id string, but int) error {
	s, err := c.load(unit(id))
	if err != nil {
		return err
	}
	nodes, err := c.members(id, but)
	if err != nil {
		return err
	}
	folder := c.path(string(balancerOf(id)))
	was, err := balancer.ReadPlan(folder)
	if err != nil {
		return err
	}
	p := balancer.Plan{Serial: was.Serial + 1, Listen: address(s.Port), Nodes: nodes}
	if err := c.connect(id, &p); err != nil {
		return err
	}
	return balancer.WritePlan(folder, p)
}

// takeOut makes the balancer give nothing more to a node, and returns when it does not.
func (c *Cloud) takeOut(ctx context.Context, cl *cluster, id string, index int) error {
	k := cl.keepers[balancerOf(id)]
	if k == nil {
		return nil // there is none yet
	}
	if err := c.plan(id, index); err != nil {
		return err
	}
	folder := c.path(string(balancerOf(id)))
	p, err := balancer.ReadPlan(folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, takeUp)
	defer cancel()
	if err := balancer.Await(ctx, folder, p.Serial); err != nil {
		c.Logger.WarnContext(ctx, "a node is stopped although it may get calls", "cluster", id, "index", index, "error", err)
	}
	return nil
}

// balance keeps a balancer running.
func (c *Cloud) balance(cl *cluster, id string) error {
	u := balancerOf(id)
	if cl.keepers[u] != nil {
		return nil
	}
	whole, err := c.load(unit(id))
	if err != nil {
		return err
	}
	if err := c.save(u, state{Run: true, Port: whole.Port}); err != nil {
		return err
	}
	if err := c.plan(id, -1); err != nil {
		return err
	}
	p, err := c.launch(u)
	if err != nil {
		return err
	}
	cl.keepers[u] = c.keep(u, p)
	return nil
}

// checkBalancer returns nil when the balancer sends calls to the node.
func (c *Cloud) checkBalancer(id string, index int, k *keeper) error {
	if k == nil {
		return errors.New("the balancer does not run")
	}
	if err := k.trouble(); err != nil {
		return fmt.Errorf("balancer: %w", err)
	}
	now, err := balancer.ReadStatus(c.path(string(balancerOf(id))))
	if err == nil && !slices.Contains(now.Healthy, index) {
		err = errors.New("the balancer has not taken up the node")
	}
	return err
}

// reservePorts gives a node two ports. Those that it has are kept while nobody else uses them.
func (c *Cloud) reservePorts(u unit) error {
	s, err := c.load(u)
	if err != nil {
		return err
	}
	if s.Port != 0 && free(s.Port) == nil && free(s.GRPC) == nil {
		return nil
	}
	c.ports.Lock()
	defer c.ports.Unlock()
	if s.Port, err = c.choosePort(u); err != nil {
		return err
	}
	if s.GRPC, err = c.choosePort(u, s.Port); err != nil {
		return err
	}
	return c.save(u, s)
}

// retire ends the former credentials when no node was started with them.
func (c *Cloud) retire(ctx context.Context, id string) error {
	login, err := c.Backing.Login(ctx, id)
	if err != nil {
		return err
	}
	units, err := c.units(id)
	if err != nil {
		return err
	}
	for _, u := range units {
		s, err := c.load(u)
		if err != nil {
			return err
		}
		if s.Run && !u.balancer() && s.Login != login.Serial {
			return nil
		}
	}
	return c.Backing.Retire(ctx, id, login.Serial)
}

// loginTimeout bounds what the servers may take when a node is started.
const loginTimeout = 15 * time.Second

// sharedNode returns what a node runs that shares what it keeps. What is secret is in its environment, which only the same
// user can read, and in no file.
func (c *Cloud) sharedNode(u unit, s *state) (*exec.Cmd, error) {
	id, binary := u.cluster(), c.binary(s.Wanted)
	if binary.Shared == "" {
		return nil, provisioner.Permanent(fmt.Errorf("version %s cannot share what it keeps", s.Wanted))
	}
	if c.Backing == nil {
		return nil, errNoBacking
	}
	ctx, cancel := context.WithTimeout(context.Background(), loginTimeout)
	defer cancel()
	login, err := c.Backing.Login(ctx, id)
	if err != nil {
		return nil, err
	}
	whole, err := c.load(unit(id))
	if err != nil {
		return nil, err
	}
	at, err := c.at(u, *s)
	if err != nil {
		return nil, err
	}
	s.Login = login.Serial
	env := append(limits(s.Size), "PODIUM_DATAPLANE_POSTGRES="+login.Postgres, "PODIUM_DATAPLANE_REDIS="+login.Redis)
	return program(binary.Shared, env,
		"--listen", at.http.String(),
		"--grpc-listen", at.grpc.String(),
		"--node-listen", at.nodes.String(),
		"--redis-prefix", login.Prefix,
		"--auth", "keys",
		"--control-plane", s.ControlPlaneURL,
		"--cluster-id", id,
		"--node-name", strconv.Itoa(u.index()),
		"--join-token-file", c.path(string(u), tokenName),
		linkFlag, c.path(string(u), linkName),
		"--advertise", info(whole.Port).Endpoint,
		"--signing-key-file", c.path(id, dataName, "signing.pem"),
		"--secret-key-file", c.path(id, dataName, "secret.key"),
		"--payload-dir", c.path(id, dataName, "payloads"),
	), nil
}
