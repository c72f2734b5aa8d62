package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/podium-cloud/podium/provisioner"
)

// Adopt takes up what is on this machine, once, before other calls: nodes of specs that run are watched from now on, those
// that should run and do not are started, and whatever belongs to other clusters is stopped and removed. It does not wait
// for nodes to become healthy. One cluster's trouble does not keep the others; the error joins what could not be done.
func (c *Cloud) Adopt(ctx context.Context, specs []provisioner.ClusterSpec) error {
	known := map[string]bool{}
	for _, s := range specs {
		known[s.ID] = true
	}
	if err := c.adoptNetworks(ctx, known); err != nil {
		return err
	}
	ids, err := c.ids()
	if err != nil {
		return err
	}
	nodes, err := c.nodes()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, running := nodes[id]; !running {
			nodes[id] = nil
		}
	}
	var failed []error
	for id, running := range nodes {
		if known[id] {
			err = c.adopt(ctx, id, running)
		} else {
			err = c.discard(ctx, id)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("adopt cluster %s: %w", id, err))
		}
	}
	return errors.Join(append(failed, c.discardNetworks(ctx, known))...)
}

func (c *Cloud) adopt(ctx context.Context, id string, running []*process) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	s, err := c.load(id)
	if err != nil {
		return err
	}
	moved := c.ControlPlaneURL != "" && s.ControlPlaneURL != c.ControlPlaneURL
	if s.Run && len(running) == 1 && !moved {
		p := running[0]
		if err := c.record(id, s, p); err != nil {
			return err
		}
		if err := c.regain(id, s); err != nil {
			return err
		}
		c.Logger.InfoContext(ctx, "data plane adopted", "cluster", id, "pid", p.pid, "port", s.Port)
		cl.keeper = c.keep(id, p)
		return nil
	}
	if err := c.stop(ctx, id, cl); err != nil || !s.Run {
		return err
	}
	if moved {
		s.ControlPlaneURL = c.ControlPlaneURL
		if err := c.save(id, s); err != nil {
			return err
		}
	}
	cl.keeper = c.keep(id, nil)
	return nil
}

// discard removes a cluster that nobody knows. A folder that holds anything that is not ours is left alone: it may be
// somebody's, in a folder that was configured by mistake.
func (c *Cloud) discard(ctx context.Context, id string) error {
	entries, err := os.ReadDir(c.path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !isOurs(e.Name()) {
			c.Logger.WarnContext(ctx, "leave alone what is not a cluster", "path", c.path(id, e.Name()))
			return nil
		}
	}
	c.Logger.WarnContext(ctx, "remove what is left of an unknown cluster", "cluster", id)
	spec := provisioner.ClusterSpec{ID: id}
	if err := c.StopNode(ctx, spec, 0); err != nil {
		return err
	}
	return errors.Join(c.Remove(ctx, spec, provisioner.Storage), c.Remove(ctx, spec, provisioner.Endpoint))
}
