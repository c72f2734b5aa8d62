package local

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/podium-cloud/podium/provisioner"
)

var (
	errRunning    = errors.New("the data plane is still running")
	errNoEndpoint = errors.New("the cluster has no endpoint")
)

// Ensure makes a part of what a cluster's nodes stand on: its folder, its port, its network if clusters have any, and what it
// is lent.
func (c *Cloud) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	switch p {
	case provisioner.Network:
		if err := c.decide(s.ID); err != nil {
			return err
		}
		return c.ensureNetwork(ctx, s)
	case provisioner.Database:
		return c.borrow(ctx, s.ID, Backing.EnsureDatabase)
	case provisioner.Queue:
		return c.borrow(ctx, s.ID, Backing.EnsureQueue)
	case provisioner.Storage:
		return c.reserveStorage(s.ID)
	case provisioner.Endpoint:
		return c.reserveEndpoint(s.ID)
	}
	return nil
}

// Remove deletes a part: Storage is everything in the folder of the cluster but its port.
func (c *Cloud) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	switch p {
	case provisioner.Network:
		return c.removeNetwork(ctx, s.ID)
	case provisioner.Database:
		return c.giveBack(ctx, s.ID, Backing.RemoveDatabase)
	case provisioner.Queue:
		return c.giveBack(ctx, s.ID, Backing.RemoveQueue)
	case provisioner.Storage:
		return c.removeIdle(s.ID, func(name string) bool { return !isState(name) })
	case provisioner.Endpoint:
		return c.removeIdle(s.ID, isState)
	}
	return nil
}

// Address returns the cluster's port.
func (c *Cloud) Address(_ context.Context, s provisioner.ClusterSpec) (provisioner.NodeInfo, error) {
	cl, err := c.lock(s.ID)
	if err != nil {
		return provisioner.NodeInfo{}, err
	}
	defer cl.mu.Unlock()
	now, err := c.load(unit(s.ID))
	if err != nil {
		return provisioner.NodeInfo{}, err
	}
	if now.Port == 0 {
		return provisioner.NodeInfo{}, errNoEndpoint
	}
	return info(now.Port), nil
}

// Leftovers lists the processes and the files of a cluster.
func (c *Cloud) Leftovers(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Resource, error) {
	if !provisioner.ValidClusterID(s.ID) {
		return nil, provisioner.Permanent(fmt.Errorf("cluster id %q is not valid", s.ID))
	}
	var all []provisioner.Resource
	running, err := c.findAll(s.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range running {
		all = append(all, provisioner.Resource{Kind: "process", ID: strconv.Itoa(p.pid), Name: "data plane"})
	}
	entries, err := os.ReadDir(c.path(s.ID))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		all = append(all, provisioner.Resource{Kind: "file", ID: c.path(s.ID, e.Name())})
	}
	copies, err := os.ReadDir(filepath.Join(c.Backups, s.ID))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range copies {
		all = append(all, provisioner.Resource{Kind: "backup", ID: filepath.Join(c.Backups, s.ID, e.Name())})
	}
	if c.Groups != nil {
		names, err := c.Groups.Names()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if id, _, _ := strings.Cut(name, "."); id == s.ID {
				all = append(all, provisioner.Resource{Kind: "control group", ID: name})
			}
		}
	}
	if c.Backing != nil {
		lent, err := c.Backing.Left(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, lent...)
	}
	if c.Networks != nil {
		for _, name := range c.Networks.Networks.Left(s.ID) {
			all = append(all, provisioner.Resource{Kind: "network", ID: name})
		}
	}
	return all, nil
}

func (c *Cloud) reserveStorage(id string) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	err = os.MkdirAll(c.path(id, dataName), 0o700)
	if err == nil {
		err = errors.Join(syncDir(c.path(id)), syncDir(c.Dir))
	}
	if err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

func (c *Cloud) removeIdle(id string, which func(name string) bool) error {
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
	return c.remove(id, which)
}

// reserveEndpoint keeps a port of the range for the cluster. The search begins at a port of the cluster's own, so that several
// control planes on one machine seldom want the same.
func (c *Cloud) reserveEndpoint(id string) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(unit(id))
	if err != nil {
		return err
	}
	if s.Port != 0 {
		if lost, err := c.lost(id, cl, s.Port); err != nil || !lost {
			return err
		}
		c.Logger.Warn("the port was taken by another program, choose another", "cluster", id, "port", s.Port)
	}
	c.ports.Lock()
	defer c.ports.Unlock()
	if s.Port, err = c.choosePort(unit(id)); err != nil {
		return err
	}
	return c.save(unit(id), s)
}

// lost reports whether another program uses the port of a cluster without a process. Then nothing keeps its units any more, as
// they could never be started.
func (c *Cloud) lost(id string, cl *cluster, port int) (bool, error) {
	running, err := c.findAll(id)
	if err != nil || len(running) > 0 || free(port) == nil {
		return false, err
	}
	units, err := c.units(id)
	if err != nil {
		return false, err
	}
	kept := slices.DeleteFunc(units, func(u unit) bool { return cl.keepers[u] == nil })
	for _, u := range kept {
		cl.letGo(u)
	}
	if running, err = c.findAll(id); err != nil {
		return false, err
	}
	if len(running) == 0 {
		return true, nil
	}
	for _, u := range kept {
		cl.keepers[u] = c.keep(u, nil) // one was started just now, and is found
	}
	return false, nil
}

// choosePort returns a port that nothing of this cloud has and nothing listens on. The caller holds ports until it has saved
// the port.
func (c *Cloud) choosePort(of unit, but ...int) (int, error) {
	ids, err := c.ids()
	if err != nil {
		return 0, err
	}
	taken := map[int]bool{}
	for _, port := range but {
		taken[port] = true
	}
	for _, id := range ids {
		units, err := c.units(id)
		if err != nil {
			return 0, err
		}
		for _, u := range append(units, unit(id)) {
			s, err := c.load(u)
			if err != nil {
				return 0, err
			}
			taken[s.Port], taken[s.GRPC] = true, true
		}
	}
	h := fnv.New32a()
	h.Write([]byte(c.Dir + "\x00" + string(of)))
	n := c.LastPort - c.FirstPort + 1
	start := int(h.Sum32() % uint32(n))
	for i := range n {
		port := c.FirstPort + (start+i)%n
		if !taken[port] && free(port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no port from %d to %d is free", c.FirstPort, c.LastPort)
}

// free returns nil when the port can be listened on right now, and for 0, which is none.
func free(port int) error {
	if port == 0 {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address(port)) // does not wait
	if err != nil {
		return fmt.Errorf("port %d is used by another program: %w", port, err)
	}
	return l.Close()
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func info(port int) provisioner.NodeInfo {
	root := "http://" + address(port)
	return provisioner.NodeInfo{Endpoint: root + "/api", Console: root}
}
