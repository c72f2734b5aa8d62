package cloudtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/podium-cloud/podium/provisioner"
)

// Memory is a cloud without machines. Its nodes are healthy as soon as they are started. The zero value is ready.
type Memory struct {
	// Started, if set, is called when a node starts, as its call to the control plane.
	Started func(clusterID string, n provisioner.Node)

	mu       sync.Mutex
	next     int
	clusters map[string]*parts
}

type parts struct {
	storage bool
	port    int // 0: no endpoint
	running bool
}

var errRunning = errors.New("the node runs")

// ReserveStorage implements [provisioner.Cloud], like all methods but Left.
func (m *Memory) ReserveStorage(ctx context.Context, id string) error {
	return m.change(ctx, id, func(p *parts) error { p.storage = true; return nil })
}

// RemoveStorage refuses while the node runs.
func (m *Memory) RemoveStorage(ctx context.Context, id string) error {
	return m.change(ctx, id, func(p *parts) error {
		if p.running {
			return errRunning
		}
		p.storage = false
		return nil
	})
}

// ReserveEndpoint counts addresses up and never gives one twice.
func (m *Memory) ReserveEndpoint(ctx context.Context, id string) (provisioner.NodeInfo, error) {
	var at provisioner.NodeInfo
	err := m.change(ctx, id, func(p *parts) error {
		if p.port == 0 {
			m.next++
			p.port = m.next
		}
		at.Console = fmt.Sprintf("http://node.test:%d", p.port)
		at.Endpoint = at.Console + "/api"
		return nil
	})
	return at, err
}

// RemoveEndpoint refuses while the node runs.
func (m *Memory) RemoveEndpoint(ctx context.Context, id string) error {
	return m.change(ctx, id, func(p *parts) error {
		if p.running {
			return errRunning
		}
		p.port = 0
		return nil
	})
}

// StartNode wants storage and endpoint.
func (m *Memory) StartNode(ctx context.Context, id string, n provisioner.Node) error {
	err := m.change(ctx, id, func(p *parts) error {
		if !p.storage || p.port == 0 {
			return errors.New("the cluster has no storage or no endpoint")
		}
		p.running = true
		return nil
	})
	if err == nil && m.Started != nil {
		m.Started(id, n)
	}
	return err
}

// CheckNode fails unless the node runs.
func (m *Memory) CheckNode(ctx context.Context, id string) error {
	return m.change(ctx, id, func(p *parts) error {
		if !p.running {
			return errors.New("the node does not run")
		}
		return nil
	})
}

// StopNode ends the node.
func (m *Memory) StopNode(ctx context.Context, id string) error {
	return m.change(ctx, id, func(p *parts) error { p.running = false; return nil })
}

// Left lists what exists of any cluster.
func (m *Memory) Left() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var left []string
	for id, p := range m.clusters {
		for what, exists := range map[string]bool{"storage": p.storage, "endpoint": p.port != 0, "node": p.running} {
			if exists {
				left = append(left, what+" of "+id)
			}
		}
	}
	return left
}

func (m *Memory) change(ctx context.Context, id string, f func(*parts) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clusters == nil {
		m.clusters = map[string]*parts{}
	}
	p := m.clusters[id]
	if p == nil {
		p = &parts{}
		m.clusters[id] = p
	}
	return f(p)
}
