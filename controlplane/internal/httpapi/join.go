package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/provisioner/remote"
)

// CreateJoinToken implements the operation createJoinToken.
func (s *server) CreateJoinToken(ctx context.Context, r api.CreateJoinTokenRequestObject) (api.CreateJoinTokenResponseObject, error) {
	who := callerOf(ctx)
	made, err := s.Clusters.Invite(ctx, who.actor, who.organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out := api.CreateJoinToken201JSONResponse{Token: made.Token, ExpiresAt: made.ExpiresAt}
	for _, w := range remote.Ways(remote.Join{ControlPlane: s.JoinURL, ClusterID: made.ClusterID, Token: made.Token}) {
		out.Ways = append(out.Ways, struct {
			Code string `json:"code"`
			Name string `json:"name"`
		}{w.Code, w.Name})
	}
	return out, nil
}
