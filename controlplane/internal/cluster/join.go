package cluster

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// Remote is the cloud of clusters that customers run in their own network.
const Remote = "remote"

// Invitation lets a data plane join a cluster.
type Invitation struct {
	ClusterID string
	Token     string // shown once
	ExpiresAt time.Time
}

// Invite makes a one-time token for a data plane in the customer's network. Each call makes another one, and an earlier one
// that nobody has used ends.
func (s *Service) Invite(ctx context.Context, by audit.Actor, o tenant.Organization, name string) (Invitation, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	switch {
	case err != nil:
		return Invitation{}, err
	case c.Cloud != Remote:
		return Invitation{}, problem.New(problem.Conflict, "Podium starts the data plane of this cluster itself; only clusters in your own network are joined.")
	case c.Status != Creating && c.Status != Ready:
		return Invitation{}, problem.New(problem.Conflict, "The cluster is %s; nothing can join it.", c.Status)
	}
	token, expires, err := s.Fleet.Invite(ctx, c.ID)
	if err != nil {
		return Invitation{}, err
	}
	err = s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "cluster.join", Target: "cluster/" + name,
		After: map[string]any{"expiresAt": expires},
	})
	return Invitation{c.ID, token, expires}, err
}
