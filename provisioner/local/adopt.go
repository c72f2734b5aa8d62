package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

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
	running, err := c.processes()
	if err != nil {
		return err
	}
	present := map[string]bool{}
	for _, id := range ids {
		present[id] = true
	}
	for u := range running {
		present[u.cluster()] = true
	}
	var failed []error
	for id := range present {
		if known[id] {
			err = c.adopt(ctx, id, running)
		} else {
			err = c.discard(ctx, id)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("adopt cluster %s: %w", id, err))
		}
	}
	if c.Backing != nil {
		failed = append(failed, c.Backing.Sweep(ctx, slices.Collect(maps.Keys(known))))
	}
	return errors.Join(append(failed, c.discardNetworks(ctx, known))...)
}

func (c *Cloud) adopt(ctx context.Context, id string, running map[unit][]*process) error {
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	defer cl.mu.Unlock()
	units, err := c.units(id)
	if err != nil {
		return err
	}
	var failed []error
	for _, u := range units {
		if err := c.adoptUnit(ctx, cl, u, running[u]); err != nil {
			failed = append(failed, err)
		}
	}
	if cl.keepers[balancerOf(id)] != nil {
		failed = append(failed, c.plan(id, -1)) // what it was told last may not be what came of it
	}
	return errors.Join(failed...)
}

func (c *Cloud) adoptUnit(ctx context.Context, cl *cluster, u unit, running []*process) error {
	s, err := c.load(u)
	if err != nil {
		return err
	}
	moved := c.ControlPlaneURL != "" && s.ControlPlaneURL != c.ControlPlaneURL && !u.balancer()
	if s.Run && len(running) == 1 && !moved {
		p := running[0]
		if err := c.record(u, s, p); err != nil {
			return err
		}
		if err := c.regain(u, s); err != nil {
			return err
		}
		c.Logger.InfoContext(ctx, "process adopted", "unit", u, "pid", p.pid, "port", s.Port)
		cl.keepers[u] = c.keep(u, p)
		return nil
	}
	if err := c.stop(ctx, cl, u); err != nil || !s.Run {
		return err
	}
	if moved {
		s.ControlPlaneURL = c.ControlPlaneURL
		if err := c.save(u, s); err != nil {
			return err
		}
	}
	cl.keepers[u] = c.keep(u, nil)
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
	cl, err := c.lock(id)
	if err != nil {
		return err
	}
	err = c.stopAll(ctx, cl, id)
	cl.mu.Unlock()
	if err != nil {
		return err
	}
	spec := provisioner.ClusterSpec{ID: id}
	return errors.Join(c.Remove(ctx, spec, provisioner.Storage), c.Remove(ctx, spec, provisioner.Endpoint))
}
