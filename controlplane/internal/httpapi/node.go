package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// RevokeNode implements the operation revokeNode.
func (s *server) RevokeNode(ctx context.Context, r api.RevokeNodeRequestObject) (api.RevokeNodeResponseObject, error) {
	in, err := s.placeNamed(ctx, r.Cluster)
	if err != nil {
		return nil, err
	}
	return api.RevokeNode204Response{}, s.Fleet.Revoke(ctx, callerOf(ctx).actor, in, r.Node)
}

// placeNamed finds a cluster of the organization of the call.
func (s *server) placeNamed(ctx context.Context, name string) (fleet.Place, error) {
	o := callerOf(ctx).organization
	c, err := s.Clusters.Get(ctx, o, name)
	return fleet.Place{Organization: o.ID, Cluster: c.ID, Name: c.Name}, err
}

// CommandNode implements the operation commandNode.
func (s *server) CommandNode(ctx context.Context, r api.CommandNodeRequestObject) (api.CommandNodeResponseObject, error) {
	in, err := s.placeNamed(ctx, r.Cluster)
	if err != nil {
		return nil, err
	}
	c, err := s.Fleet.Ask(ctx, callerOf(ctx).actor, in, r.Node, fleet.Wish{
		Kind: fleetapi.CommandKind(r.Body.Kind), Minutes: r.Body.ExpiresInMinutes, Version: value(r.Body.Version), Force: value(r.Body.Force), IdempotencyKey: value(r.Params.IdempotencyKey),
	})
	return api.CommandNode202JSONResponse(commandJSON(c)), err
}

// ListCommands implements the operation listCommands.
func (s *server) ListCommands(ctx context.Context, r api.ListCommandsRequestObject) (api.ListCommandsResponseObject, error) {
	in, err := s.placeNamed(ctx, r.Cluster)
	if err != nil {
		return nil, err
	}
	list, err := s.Fleet.Asked(ctx, in)
	return api.ListCommands200JSONResponse(each(list, commandJSON)), err
}

func commandJSON(c fleet.Command) api.Command {
	out := api.Command{
		Id: c.ID, Node: c.NodeID, Kind: api.CommandKind(c.Kind), State: api.CommandState(c.State), AskedBy: c.AskedBy, AskedAt: c.AskedAt,
		ExpiresAt: c.ExpiresAt, Reason: maybe(c.Reason),
		Facts: each(c.Facts, func(f fleetapi.Fact) api.Fact { return api.Fact{Name: f.Name, Value: f.Value} }),
	}
	if c.Release != nil {
		out.Version = &c.Release.Version
	}
	if !c.TakenAt.IsZero() {
		out.TakenAt = &c.TakenAt
	}
	if !c.EndedAt.IsZero() {
		out.EndedAt = &c.EndedAt
	}
	return out
}
