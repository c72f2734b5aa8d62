package cloudtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

// Memory is a cloud without machines. Its nodes are healthy as soon as they are started. The zero value is ready.
type Memory struct {
	// Started, if set, is called when a node starts, as its call to the control plane.
	Started func(clusterID string, n provisioner.Node)
	// Slow is how often a part is pending before it is made.
	Slow int
	// Room is what CheckRoom finds.
	Room []provisioner.Finding

	mu       sync.Mutex
	next     int
	clusters map[string]*things
}

// things is what exists of a cluster.
type things struct {
	parts map[provisioner.Part]bool
	asked map[provisioner.Part]int // how often, while it is pending
	port  int
	nodes map[int]provisioner.ClusterSpec // running, as they were started
	data  string
	// fenced says that data was restored behind a fence.
	fenced bool
	files  map[string]backup // by name
}

var (
	errRunning = errors.New("a node runs")
	errMissing = errors.New("is missing")
)

// MemoryNodes is how many nodes a cluster of a [Memory] can have.
const MemoryNodes = 3

// Catalog implements [provisioner.Cloud], like all methods but Left and Running.
func (m *Memory) Catalog(context.Context) (provisioner.Catalog, error) {
	return provisioner.Catalog{
		Title:   "Nowhere",
		Regions: []provisioner.Region{{ID: "here", Name: "Here", Zones: []string{"here-a"}}},
		Sizes: []provisioner.Size{
			{ID: "small", Name: "Small", CPUs: 1, MemoryMB: 512},
			{ID: "large", Name: "Large", CPUs: 4, MemoryMB: 4096},
		},
		Models:   []provisioner.Model{provisioner.Managed},
		Versions: []string{"2", "1"},
		MaxNodes: MemoryNodes,
	}, nil
}

// CheckRoom implements [provisioner.Roomed].
func (m *Memory) CheckRoom(context.Context, provisioner.ClusterSpec) ([]provisioner.Finding, error) {
	return m.Room, nil
}

// Ensure wants the network before all other parts.
func (m *Memory) Ensure(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return m.change(ctx, s.ID, func(t *things) error {
		if p != provisioner.Network && !t.parts[provisioner.Network] {
			return fmt.Errorf("%s %w", provisioner.Network, errMissing)
		}
		if !t.parts[p] && t.asked[p] < m.Slow {
			t.asked[p]++
			return &provisioner.Pending{After: time.Second, Reason: "the " + string(p) + " is being made"}
		}
		t.parts[p], t.asked[p] = true, 0
		if p == provisioner.Endpoint && t.port == 0 {
			m.next++
			t.port = m.next
		}
		return nil
	})
}

// Remove refuses while a node runs, and removes the network last.
func (m *Memory) Remove(ctx context.Context, s provisioner.ClusterSpec, p provisioner.Part) error {
	return m.change(ctx, s.ID, func(t *things) error {
		if len(t.nodes) > 0 {
			return errRunning
		}
		if p == provisioner.Network && t.parts[p] && len(t.parts) > 1 {
			return errors.New("the network is in use")
		}
		delete(t.parts, p)
		delete(t.asked, p)
		if p == provisioner.Endpoint {
			t.port = 0
		}
		return nil
	})
}

// Address counts addresses up and never gives one twice.
func (m *Memory) Address(ctx context.Context, s provisioner.ClusterSpec) (provisioner.NodeInfo, error) {
	var at provisioner.NodeInfo
	err := m.change(ctx, s.ID, func(t *things) error {
		if t.port == 0 {
			return fmt.Errorf("%s %w", provisioner.Endpoint, errMissing)
		}
		at.Console = fmt.Sprintf("http://node.test:%d", t.port)
		at.Endpoint = at.Console + "/api"
		return nil
	})
	return at, err
}

// StartNode wants all parts.
func (m *Memory) StartNode(ctx context.Context, s provisioner.ClusterSpec, n provisioner.Node) error {
	err := m.change(ctx, s.ID, func(t *things) error {
		for _, p := range provisioner.Parts() {
			if !t.parts[p] {
				return fmt.Errorf("%s %w", p, errMissing)
			}
		}
		t.nodes[n.Index] = s
		return nil
	})
	if err == nil && m.Started != nil {
		m.Started(s.ID, n)
	}
	return err
}

// CheckNode fails unless the node runs.
func (m *Memory) CheckNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return m.change(ctx, s.ID, func(t *things) error {
		if _, runs := t.nodes[index]; !runs {
			return errors.New("the node does not run")
		}
		return nil
	})
}

// StopNode ends the node.
func (m *Memory) StopNode(ctx context.Context, s provisioner.ClusterSpec, index int) error {
	return m.change(ctx, s.ID, func(t *things) error { delete(t.nodes, index); return nil })
}

// Leftovers lists what exists of one cluster.
func (m *Memory) Leftovers(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Resource, error) {
	var all []provisioner.Resource
	err := m.change(ctx, s.ID, func(t *things) error { all = t.resources(s.ID); return nil })
	return all, err
}

func (t *things) resources(id string) []provisioner.Resource {
	var all []provisioner.Resource
	for index := range t.nodes {
		all = append(all, provisioner.Resource{Kind: "node", ID: fmt.Sprintf("%s/%d", id, index)})
	}
	for p := range t.parts {
		all = append(all, provisioner.Resource{Kind: string(p), ID: id})
	}
	slices.SortFunc(all, func(a, b provisioner.Resource) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// Running returns the specs that the nodes of a cluster were started with, by index.
func (m *Memory) Running(id string) map[int]provisioner.ClusterSpec {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.of(id).nodes)
}

// Left lists what exists of any cluster, each ending in the cluster's id.
func (m *Memory) Left() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var left []string
	for id, t := range m.clusters {
		for _, r := range t.resources(id) {
			left = append(left, r.Kind+" "+r.ID+" of "+id)
		}
	}
	return left
}

func (m *Memory) change(ctx context.Context, id string, f func(*things) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return f(m.of(id))
}

// of returns what exists of a cluster. The caller holds mu.
func (m *Memory) of(id string) *things {
	if m.clusters == nil {
		m.clusters = map[string]*things{}
	}
	t := m.clusters[id]
	if t == nil {
		t = &things{
			parts: map[provisioner.Part]bool{}, asked: map[provisioner.Part]int{}, nodes: map[int]provisioner.ClusterSpec{},
			files: map[string]backup{},
		}
		m.clusters[id] = t
	}
	return t
}
