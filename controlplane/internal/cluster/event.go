package cluster

import (
	"context"
	"log/slog"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// EventKind says what has happened to a cluster.
type EventKind string

// The kinds. Those of operations tell which in [Event.OperationKind].
const (
	OperationBegun     EventKind = "OPERATION_BEGUN"
	OperationCancelled EventKind = "OPERATION_CANCELLED" // somebody wants it to end
	OperationUndone    EventKind = "OPERATION_UNDONE"    // it was cancelled and what it did is undone
	OperationSucceeded EventKind = "OPERATION_SUCCEEDED"
	OperationFailed    EventKind = "OPERATION_FAILED"
	NodeJoined         EventKind = "NODE_JOINED"
	NodeReplaced       EventKind = "NODE_REPLACED" // it took the place of another process
	NodeLost           EventKind = "NODE_LOST"     // it does not call any more
	NodeBack           EventKind = "NODE_BACK"
	NodeRevoked        EventKind = "NODE_REVOKED"
	Fenced             EventKind = "FENCED"
	FenceLifted        EventKind = "FENCE_LIFTED"
	SettingsChanged    EventKind = "SETTINGS_CHANGED"
	PeeringDegraded    EventKind = "PEERING_DEGRADED" // connected networks do not reach each other
	PeeringRecovered   EventKind = "PEERING_RECOVERED"
)

// Event is something that has happened to a cluster. Events are stored in the transaction of what they tell.
type Event struct {
	ID            string // the same for the same thing, so that it is told once
	ClusterID     string
	At            time.Time
	Kind          EventKind
	OperationID   string // "": it was none
	OperationKind operation.Kind
	Node          string // name or id; "": it is about the cluster
	Actor         string // e-mail; "": Podium itself
	Detail        string // words on it: what an operation aimed at, or why it failed
}

// Place is where a page of events ends.
type Place struct {
	At time.Time
	ID string
}

// EventStore keeps what happens to clusters.
type EventStore interface {
	// ClusterEvents lists the events of a cluster before a place, newest first. The zero place is the present.
	ClusterEvents(ctx context.Context, organization, cluster string, before Place, limit int) ([]Event, error)
}

// Events returns a page of what has happened to a cluster, newest first.
func (s *Service) Events(ctx context.Context, o tenant.Organization, name string, before Place, limit int) ([]Event, error) {
	c, err := s.Store.Cluster(ctx, o.ID, name)
	if err != nil {
		return nil, err
	}
	return s.Store.ClusterEvents(ctx, o.ID, c.ID, before, limit)
}

// WatchStore knows which nodes are silent.
type WatchStore interface {
	// MarkSilent remembers, and tells as events, the nodes that should call and have not since; it returns their organizations.
	MarkSilent(ctx context.Context, since, now time.Time) (organizations []string, err error)
	// PurgeClusterEvents deletes the events before a time.
	PurgeClusterEvents(ctx context.Context, before time.Time) error
}

const (
	watchEvery = 15 * time.Second
	// EventsKept is how long events are kept.
	EventsKept = 180 * 24 * time.Hour
)

// RunWatch tells of nodes that fall silent, until ctx ends. That they are back is told when they call.
func (s *Service) RunWatch(ctx context.Context, store WatchStore, log *slog.Logger) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := s.Watch(ctx, store); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "watch over nodes", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Watch looks once. Before the control plane has listened for a while nobody could call, and nobody is silent.
func (s *Service) Watch(ctx context.Context, store WatchStore) error {
	now := s.Now()
	if now.Sub(s.since) > ReachableFor {
		organizations, err := store.MarkSilent(ctx, now.Add(-ReachableFor), now)
		if err != nil {
			return err
		}
		for _, o := range organizations {
			s.Hub.Wake(notify.Organization(o))
		}
	}
	return store.PurgeClusterEvents(ctx, now.Add(-EventsKept))
}
