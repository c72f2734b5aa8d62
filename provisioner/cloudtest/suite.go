package cloudtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// Ground is where a cloud under test lives. It outlasts the Cloud value as a machine outlasts a crash of its programs.
type Ground interface {
	// Open returns a cloud on this ground, as a control plane does that starts and knows these clusters.
	Open(t *testing.T, known ...string) provisioner.Cloud
	// Crash ends the opened cloud as kill -9 of its process would. What it started stays.
	Crash(t *testing.T)
	// Left lists what exists on the ground of any cluster: processes, folders, used addresses.
	Left(t *testing.T) []string
	// Node returns what nodes of this ground are started with.
	Node() provisioner.Node
}

// ready bounds the wait for a node to become healthy, generously: the machine may be busy.
const ready = time.Minute

// Exercise runs the suite. newGround makes an empty ground for each test.
func Exercise(t *testing.T, newGround func(t *testing.T) Ground) {
	for name, test := range map[string]func(*testing.T, Ground){
		"a cluster is made and deleted":                       lifecycle,
		"every call may be repeated":                          repeated,
		"deleting what does not exist succeeds":               absent,
		"storage and endpoint stay while the node runs":       refusal,
		"a node needs storage and an endpoint":                incomplete,
		"clusters do not share endpoints":                     distinct,
		"a started node is replaced":                          replaced,
		"a node that does not run is not healthy":             unhealthy,
		"a running node and its endpoint survive a crash":     survival,
		"a creation cut short anywhere can be finished":       resumed,
		"a creation cut short anywhere can be deleted":        abandoned,
		"a deletion cut short anywhere can be finished":       halfDeleted,
		"what belongs to no known cluster is gone at opening": forgotten,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newGround(t))
		})
	}
}

type step struct {
	name string
	do   func(context.Context, provisioner.Cloud, Ground, string) error
}

// Spec is the cluster of that id which the suite asks for.
func Spec(id string) provisioner.ClusterSpec {
	return provisioner.ClusterSpec{ID: id, Name: "orders", Organization: "acme", Cloud: "local", Nodes: 1}
}

// Places in creation.
var (
	start  = len(provisioner.Parts())
	health = start + 1
)

var creation = append(ensureAll(), []step{
	{"StartNode", func(ctx context.Context, c provisioner.Cloud, g Ground, id string) error {
		return patiently(ctx, func() error { return c.StartNode(ctx, Spec(id), g.Node()) })
	}},
	{"CheckNode", func(ctx context.Context, c provisioner.Cloud, _ Ground, id string) error {
		return healthy(ctx, c, id)
	}},
}...)

var deletion = append([]step{
	{"StopNode", func(ctx context.Context, c provisioner.Cloud, _ Ground, id string) error {
		return patiently(ctx, func() error { return c.StopNode(ctx, Spec(id), 0) })
	}},
}, removeAll()...)

func ensureAll() []step {
	var all []step
	for _, p := range provisioner.Parts() {
		all = append(all, step{"Ensure " + string(p), func(ctx context.Context, c provisioner.Cloud, _ Ground, id string) error {
			return patiently(ctx, func() error { return c.Ensure(ctx, Spec(id), p) })
		}})
	}
	return all
}

func removeAll() []step {
	var all []step
	for _, p := range slices.Backward(provisioner.Parts()) {
		all = append(all, step{"Remove " + string(p), func(ctx context.Context, c provisioner.Cloud, _ Ground, id string) error {
			return patiently(ctx, func() error { return c.Remove(ctx, Spec(id), p) })
		}})
	}
	return all
}

// patiently repeats a call while what it wants is under way.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		p := provisioner.AsPending(err)
		if p == nil {
			return err
		}
		if err := nap(ctx, p.After); err != nil {
			return err
		}
	}
}

func nap(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run takes steps and fails the test at the first error.
func run(t *testing.T, c provisioner.Cloud, g Ground, id string, steps []step) {
	t.Helper()
	for _, s := range steps {
		if err := s.do(t.Context(), c, g, id); err != nil {
			t.Fatalf("%s of %s: %v", s.name, id, err)
		}
	}
}

func healthy(ctx context.Context, c provisioner.Cloud, id string) error {
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.CheckNode(ctx, Spec(id), 0)
		if err == nil || provisioner.IsPermanent(err) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not healthy in time: %w", err)
		}
	}
}

func nothingLeft(t *testing.T, g Ground) {
	t.Helper()
	if left := g.Left(t); len(left) > 0 {
		t.Fatalf("left: %v", left)
	}
}

func reserve(t *testing.T, c provisioner.Cloud, id string) provisioner.NodeInfo {
	t.Helper()
	var at provisioner.NodeInfo
	err := patiently(t.Context(), func() error { return c.Ensure(t.Context(), Spec(id), provisioner.Network) })
	if err == nil {
		err = patiently(t.Context(), func() error { return c.Ensure(t.Context(), Spec(id), provisioner.Endpoint) })
	}
	if err == nil {
		at, err = c.Address(t.Context(), Spec(id))
	}
	if err != nil {
		t.Fatalf("address of %s: %v", id, err)
	}
	return at
}
