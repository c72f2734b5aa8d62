package cluster

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// Fence says that a cluster runs on a copy and holds back timers, schedules, events and HTTP tasks.
type Fence struct {
	ID        string
	ClusterID string    // of the original; empty when nobody knows
	TakenAt   time.Time // when the copy was made
	Since     time.Time // when it was restored
}

// liftWait is how long a call waits for the data plane to lift its fence.
const liftWait = 10 * time.Second

// LiftFence lets a copy do what was held back. It is told to the data plane with its configuration, at once while it calls; the
// cluster shows its fence until it has said that it is lifted. Without a fence nothing changes.
func (s *Service) LiftFence(ctx context.Context, by audit.Actor, o tenant.Organization, name string) (Cluster, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return Cluster{}, err
	}
	if c.Fence == nil {
		return s.observed(c), nil
	}
	if !c.Served() {
		return Cluster{}, problem.New(problem.Conflict, "The cluster is %s; it must be READY.", s.observed(c).Status)
	}
	revision, err := s.Store.LiftFence(ctx, o.ID, c.ID, c.Fence.ID, audit.Entry{
		At: s.Now(), Actor: by, Organization: o.ID, Action: "cluster.lift-fence", Target: "cluster/" + name,
		Before: map[string]any{"original": c.Fence.ClusterID, "takenAt": c.Fence.TakenAt},
	})
	if err != nil {
		return Cluster{}, err
	}
	s.Hub.Wake(notify.Config(c.ID))
	waiting, stop := context.WithTimeout(ctx, liftWait)
	defer stop()
	s.Fleet.AwaitApplied(waiting, c.ID, revision)
	return s.Get(ctx, o, name)
}
