package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
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
