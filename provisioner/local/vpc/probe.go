package vpc

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

const (
	// probeTimeout bounds one attempt. On one machine an answer takes no time.
	probeTimeout = time.Second
	// nobody is a port on which nothing listens, most likely: the refusal tells that the packet went both ways.
	nobody = 9
)

// ProbePeering connects from the customer's namespace to a node of each zone, and from each zone to the customer's address.
func (p *Peers) ProbePeering(ctx context.Context, q provisioner.Peering) ([]provisioner.Probe, error) {
	net, err := p.network(q.Cluster.ID)
	if err != nil {
		return nil, err
	}
	theirs, err := addresses(ctx, q.Peer.Network, q.Peer.Ranges)
	if err != nil {
		return nil, err
	}
	var probes []provisioner.Probe
	for _, z := range net.Zones {
		for _, place := range net.places(z.Name, q.Cluster.Nodes) {
			to := netip.AddrPortFrom(place.Address, uint16(p.APIPort))
			probe := try(ctx, q.Peer.Network, to, false)
			probe.From, probe.Zone = provisioner.CustomerSide, z.Name
			if probe.Problem != "" {
				probe.Fix = fmt.Sprintf("Check that your network has the route to %s: ip -n %s route", net.Range, q.Peer.Network)
			}
			probes = append(probes, probe)
		}
		if len(theirs) == 0 {
			continue
		}
		probe := try(ctx, p.Networks.Namespace(q.Cluster.ID, z.Name), netip.AddrPortFrom(theirs[0], nobody), true)
		probe.From, probe.Zone = provisioner.ClusterSide, z.Name
		if probe.Problem != "" {
			probe.Fix = fmt.Sprintf("Check that your network answers to %s and has no firewall in the way.", net.Range)
		}
		probes = append(probes, probe)
	}
	if len(theirs) == 0 {
		probes = append(probes, provisioner.Probe{
			From: provisioner.ClusterSide, Problem: "your network has no address in the ranges that you entered",
			Fix: "Give it one, or correct the ranges: a peering with other ranges is a new one.",
		})
	}
	return probes, nil
}

// try connects once. With refusable, a refusal counts as reached.
func try(ctx context.Context, from string, to netip.AddrPort, refusable bool) provisioner.Probe {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	began := time.Now()
	conn, err := Dial(ctx, from, to)
	probe := provisioner.Probe{To: to.String(), Took: time.Since(began)}
	switch {
	case err == nil:
		_ = conn.Close()
	case refusable && errors.Is(err, syscall.ECONNREFUSED):
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		probe.Took, probe.Problem = 0, "no answer"
	default:
		probe.Took, probe.Problem = 0, reason(err)
	}
	return probe
}

// reason returns the system's word for an error of a connection.
func reason(err error) string {
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no.Error()
	}
	return err.Error()
}
