package provisioner

import (
	"context"
	"errors"
	"regexp"

	"github.com/podium-cloud/podium/provisioner/cidr"
)

// PeeringPhase is what the control plane is told of a peering.
type PeeringPhase string

// The phases.
const (
	PeeringRequested PeeringPhase = "REQUESTED" // the customer can accept it
	PeeringConnected PeeringPhase = "CONNECTED" // proven from both sides
	PeeringNotMade   PeeringPhase = "FAILED"    // nothing is left of it but what Reason names
	PeeringRemoved   PeeringPhase = "REMOVED"   // nothing is left of it
)

// PeeringReport tells the control plane what has become of a peering.
type PeeringReport struct {
	Phase      PeeringPhase
	Connection string  // with PeeringRequested
	Probes     []Probe // with PeeringConnected
	Reason     string  // with PeeringNotMade
}

// peeringID is narrow because clouds name and mark things after it.
var peeringID = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// Network describes the network of a cluster; false when its cloud has no networks that can be connected.
func (p *Provisioner) Network(ctx context.Context, s ClusterSpec) (NetworkInfo, bool, error) {
	c, ok := p.clouds[s.Cloud].(Peered)
	if !ok {
		return NetworkInfo{}, false, nil
	}
	info, err := c.Network(ctx, s)
	return info, true, err
}

// CheckPeering makes the pre-flight checks of a peering and changes nothing. A wrong peering is a [workflow.Error] of kind
// Invalid.
func (p *Provisioner) CheckPeering(ctx context.Context, q Peering) ([]Finding, error) {
	r, err := p.Check(ctx, Request{Kind: CreatePeering, Cluster: q.Cluster, Peering: &q})
	if err != nil {
		return nil, err
	}
	return p.clouds[r.Cluster.Cloud].(Peered).CheckPeering(ctx, q)
}

// LookAtPeering looks, once, whether the networks of a peering that was proven are still connected: whether the connection is
// there, and whether each path works if the cloud can try that without anybody's help.
func (p *Provisioner) LookAtPeering(ctx context.Context, q Peering) ([]Probe, error) {
	c, ok := p.clouds[q.Cluster.Cloud].(Peered)
	if !ok {
		return nil, Permanent(errors.New("the networks of this cloud cannot be connected"))
	}
	state, err := c.PeeringState(ctx, q)
	if err != nil {
		return nil, err
	}
	if state != PeeringActive {
		return []Probe{{
			From: CustomerSide, Problem: "the connection is not active any more, but " + string(state),
			Fix: "Disconnect the network and connect it again.",
		}}, nil
	}
	if prober, ok := c.(PeeringProber); ok && prober.ProbesAlone() {
		return c.ProbePeering(ctx, q)
	}
	return nil, nil
}

// wrongPeering returns what is wrong with the fields of a request that is about a peering.
func (p *Provisioner) wrongPeering(s ClusterSpec, q *Peering) wrong {
	var w wrong
	if _, ok := p.clouds[s.Cloud].(Peered); !ok {
		w.add("cluster", "runs in a cloud whose networks cannot be connected", s.Cloud)
	}
	if q == nil {
		w.add("peering", "must be given", "")
		return w
	}
	if !peeringID.MatchString(q.ID) {
		w.add("id", "must be 1 to 64 lower-case letters, digits or _", q.ID)
	}
	return append(w, q.Peer.wrong()...)
}

// name is what may stand for an account, a network, a region or a zone of any cloud. It is narrow because it ends up in command
// lines and in names.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// wrong returns what is wrong with the fields of a peer, whatever its cloud.
func (p Peer) wrong() wrong {
	var w wrong
	for field, value := range map[string]string{"account": p.Account, "network": p.Network, "region": p.Region} {
		if !name.MatchString(value) {
			w.add(field, "must be 1 to 64 letters, digits, ., - or _ and begin with a letter or a digit", value)
		}
	}
	if len(p.Ranges) == 0 {
		w.add("ranges", "must name at least one range of addresses", "")
	}
	for _, r := range p.Ranges {
		if _, err := cidr.Parse(r.String()); err != nil {
			w.add("ranges", err.Error(), r.String())
		}
	}
	for _, z := range p.Zones {
		if !name.MatchString(z) {
			w.add("zones", "must be ids of zones", z)
		}
	}
	return w
}
