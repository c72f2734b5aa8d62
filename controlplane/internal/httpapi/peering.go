package httpapi

import (
	"context"
	"net/netip"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/provisioner"
)

// GetNetwork implements the operation getNetwork.
func (s *server) GetNetwork(ctx context.Context, r api.GetNetworkRequestObject) (api.GetNetworkResponseObject, error) {
	n, available, err := s.Peerings.Network(ctx, callerOf(ctx).organization, r.Cluster)
	out := api.GetNetwork200JSONResponse{Available: available, Zones: []api.Zone{}}
	if err != nil || !available {
		return out, err
	}
	out.Account, out.Id, out.Region, out.Endpoint = maybe(n.Account), maybe(n.ID), maybe(n.Region), maybe(n.Endpoint)
	out.Range = maybe(n.Range.String())
	out.Zones = each(n.Zones, func(z provisioner.Zone) api.Zone {
		return api.Zone{Id: z.ID, Range: z.Range.String(), Endpoint: maybe(z.Endpoint)}
	})
	return out, nil
}

// ListPeerings implements the operation listPeerings.
func (s *server) ListPeerings(ctx context.Context, r api.ListPeeringsRequestObject) (api.ListPeeringsResponseObject, error) {
	list, err := s.Peerings.List(ctx, callerOf(ctx).organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out := make(api.ListPeerings200JSONResponse, len(list))
	for i, p := range list {
		if out[i], err = s.peering(ctx, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// peering encodes a peering with the operation that changed it last.
func (s *server) peering(ctx context.Context, p peering.Peering) (api.Peering, error) {
	o, err := s.Operations.Get(ctx, p.OperationID)
	out := api.Peering{
		Id: p.ID, State: api.PeeringState(p.State), Account: p.Account, Network: p.Network, Region: p.Region,
		Ranges: each(p.Ranges, netip.Prefix.String), Zones: each(p.Zones, func(z string) string { return z }),
		Connection: maybe(p.Connection), Reason: maybe(p.Reason), CreatedBy: maybe(p.CreatedBy), CreatedAt: p.CreatedAt,
		ConnectedAt: maybeTime(p.ConnectedAt), DegradedAt: maybeTime(p.DegradedAt), Operation: operationJSON(o),
	}
	if len(p.Probes) > 0 {
		probes := each(p.Probes, probeJSON)
		out.Probes = &probes
	}
	return out, err
}

func probeJSON(p provisioner.Probe) api.Probe {
	return api.Probe{From: api.ProbeFrom(p.From), Zone: p.Zone, To: p.To, Milliseconds: float32(p.Took) / float32(time.Millisecond)}
}

func peeringInput(b *api.PeeringRequest) peering.Input {
	in := peering.Input{Account: b.Account, Network: b.Network, Region: b.Region, Ranges: b.Ranges}
	if b.Zones != nil {
		in.Zones = *b.Zones
	}
	return in
}

// CreatePeering implements the operation createPeering.
func (s *server) CreatePeering(ctx context.Context, r api.CreatePeeringRequestObject) (api.CreatePeeringResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.Peerings.Create(ctx, who.actor, who.organization, r.Cluster, peeringInput(r.Body))
	if err != nil {
		return nil, err
	}
	out, err := s.peering(ctx, p)
	return api.CreatePeering202JSONResponse(out), err
}

// CheckPeering implements the operation checkPeering.
func (s *server) CheckPeering(ctx context.Context, r api.CheckPeeringRequestObject) (api.CheckPeeringResponseObject, error) {
	findings, err := s.Peerings.Check(ctx, callerOf(ctx).organization, r.Cluster, peeringInput(r.Body))
	return api.CheckPeering200JSONResponse(each(findings, findingJSON)), err
}

// GetPeering implements the operation getPeering.
func (s *server) GetPeering(ctx context.Context, r api.GetPeeringRequestObject) (api.GetPeeringResponseObject, error) {
	p, err := s.Peerings.Get(ctx, callerOf(ctx).organization, r.Cluster, r.Peering)
	if err != nil {
		return nil, err
	}
	out, err := s.peering(ctx, p)
	return api.GetPeering200JSONResponse(out), err
}

// DeletePeering implements the operation deletePeering.
func (s *server) DeletePeering(ctx context.Context, r api.DeletePeeringRequestObject) (api.DeletePeeringResponseObject, error) {
	who := callerOf(ctx)
	removal, err := s.Peerings.Delete(ctx, who.actor, who.organization, r.Cluster, r.Peering)
	if err != nil {
		return nil, err
	}
	o, err := s.Operations.Get(ctx, removal.ID)
	return api.DeletePeering202JSONResponse(operationJSON(o)), err
}
