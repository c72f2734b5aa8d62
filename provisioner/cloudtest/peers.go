package cloudtest

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/podium-cloud/podium/provisioner"
)

// Peers connects networks that are only remembered. The zero value is ready; its customers accept at once.
type Peers struct {
	// Customer, if set, is what customers do with a request: the state that a connection is in from then on.
	Customer func() provisioner.PeeringState
	// Finding, if set, is the result of every check.
	Finding *provisioner.Finding
	// Problem, if set, is what every probe runs into, "" for none.
	Problem func() string

	mu   sync.Mutex
	made map[string][]string // what there is of a peering
}

// MemoryNetwork is the range of every cluster's network.
var MemoryNetwork = netip.MustParsePrefix("10.64.0.0/20")

// Network implements [provisioner.Peered], like all methods but Left.
func (p *Peers) Network(_ context.Context, s provisioner.ClusterSpec) (provisioner.NetworkInfo, error) {
	return provisioner.NetworkInfo{Account: "ours", ID: "net-" + s.ID, Region: "here", Range: MemoryNetwork}, nil
}

// CheckPeering returns Finding.
func (p *Peers) CheckPeering(context.Context, provisioner.Peering) ([]provisioner.Finding, error) {
	if p.Finding != nil {
		return []provisioner.Finding{*p.Finding}, nil
	}
	return []provisioner.Finding{{Check: "ranges", Level: provisioner.LevelOK, Text: "They share no address."}}, nil
}

// EnsurePeering asks for a connection.
func (p *Peers) EnsurePeering(_ context.Context, q provisioner.Peering) (provisioner.Invitation, error) {
	return provisioner.Invitation{
		Connection: "pcx-" + q.ID,
		Instruction: provisioner.Instruction{
			Title: "Accept pcx-" + q.ID, Ways: []provisioner.Way{{Name: "CLI", Code: "accept pcx-" + q.ID}},
		},
	}, p.add(q, "connection")
}

// PeeringState asks Customer.
func (p *Peers) PeeringState(_ context.Context, q provisioner.Peering) (provisioner.PeeringState, error) {
	if !slices.Contains(p.Left(), "connection of "+q.ID) {
		return provisioner.PeeringNone, nil
	}
	if p.Customer != nil {
		return p.Customer(), nil
	}
	return provisioner.PeeringActive, nil
}

// RemovePeering ends the connection.
func (p *Peers) RemovePeering(_ context.Context, q provisioner.Peering) error {
	return p.remove(q, "connection")
}

// EnsurePeeringRoutes sets routes.
func (p *Peers) EnsurePeeringRoutes(_ context.Context, q provisioner.Peering) error {
	return p.add(q, "routes")
}

// RemovePeeringRoutes removes them.
func (p *Peers) RemovePeeringRoutes(_ context.Context, q provisioner.Peering) error {
	return p.remove(q, "routes")
}

// EnsurePeeringRules sets rules.
func (p *Peers) EnsurePeeringRules(_ context.Context, q provisioner.Peering) error {
	return p.add(q, "rules")
}

// RemovePeeringRules removes them.
func (p *Peers) RemovePeeringRules(_ context.Context, q provisioner.Peering) error {
	return p.remove(q, "rules")
}

// EnsurePeeringNames makes names known.
func (p *Peers) EnsurePeeringNames(_ context.Context, q provisioner.Peering) error {
	return p.add(q, "names")
}

// RemovePeeringNames takes them away.
func (p *Peers) RemovePeeringNames(_ context.Context, q provisioner.Peering) error {
	return p.remove(q, "names")
}

// ProbesAlone implements [provisioner.PeeringProber].
func (p *Peers) ProbesAlone() bool { return true }

// ProbePeering runs into Problem from the customer's side.
func (p *Peers) ProbePeering(context.Context, provisioner.Peering) ([]provisioner.Probe, error) {
	probe := provisioner.Probe{From: provisioner.CustomerSide, Zone: "here-a", To: "10.64.0.10:80"}
	if p.Problem != nil {
		probe.Problem = p.Problem()
	}
	return []provisioner.Probe{probe}, nil
}

// Left lists what exists of any peering.
func (p *Peers) Left() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []string
	for id, parts := range p.made {
		for _, part := range parts {
			left = append(left, part+" of "+id)
		}
	}
	slices.Sort(left)
	return left
}

func (p *Peers) add(q provisioner.Peering, part string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil {
		p.made = map[string][]string{}
	}
	if !slices.Contains(p.made[q.ID], part) {
		p.made[q.ID] = append(p.made[q.ID], part)
	}
	return nil
}

func (p *Peers) remove(q provisioner.Peering, part string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made[q.ID] = slices.DeleteFunc(p.made[q.ID], func(made string) bool { return made == part })
	return nil
}

// Peered wraps p.
func (f *Faults) Peered(p provisioner.Peered) provisioner.Peered { return &faultyPeered{f, p} }

type faultyPeered struct {
	faults *Faults
	provisioner.Peered
}

func (f *faultyPeered) EnsurePeering(ctx context.Context, q provisioner.Peering) (i provisioner.Invitation, err error) {
	err = f.faults.Do("EnsurePeering", func() (err error) { i, err = f.Peered.EnsurePeering(ctx, q); return err })
	return i, err
}

func (f *faultyPeered) PeeringState(ctx context.Context, q provisioner.Peering) (s provisioner.PeeringState, err error) {
	err = f.faults.Do("PeeringState", func() (err error) { s, err = f.Peered.PeeringState(ctx, q); return err })
	return s, err
}

func (f *faultyPeered) ProbePeering(ctx context.Context, q provisioner.Peering) (all []provisioner.Probe, err error) {
	err = f.faults.Do("ProbePeering", func() (err error) { all, err = f.Peered.ProbePeering(ctx, q); return err })
	return all, err
}

func (f *faultyPeered) EnsurePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("EnsurePeeringRoutes", func() error { return f.Peered.EnsurePeeringRoutes(ctx, q) })
}

func (f *faultyPeered) EnsurePeeringRules(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("EnsurePeeringRules", func() error { return f.Peered.EnsurePeeringRules(ctx, q) })
}

func (f *faultyPeered) EnsurePeeringNames(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("EnsurePeeringNames", func() error { return f.Peered.EnsurePeeringNames(ctx, q) })
}

func (f *faultyPeered) RemovePeering(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("RemovePeering", func() error { return f.Peered.RemovePeering(ctx, q) })
}

func (f *faultyPeered) RemovePeeringRoutes(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("RemovePeeringRoutes", func() error { return f.Peered.RemovePeeringRoutes(ctx, q) })
}

func (f *faultyPeered) RemovePeeringRules(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("RemovePeeringRules", func() error { return f.Peered.RemovePeeringRules(ctx, q) })
}

func (f *faultyPeered) RemovePeeringNames(ctx context.Context, q provisioner.Peering) error {
	return f.faults.Do("RemovePeeringNames", func() error { return f.Peered.RemovePeeringNames(ctx, q) })
}
