package peering

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/provisioner"
)

const (
	watchEvery = time.Minute
	// suspicious is how many looks in a row must find trouble: a node that is started again is none.
	suspicious = 2
	// probeLimit bounds one look at one peering.
	probeLimit = 30 * time.Second
)

// Watched is a peering whose networks should reach each other.
type Watched struct {
	Peering
	OrganizationID string
	Cluster        string // its name
}

// WatchStore knows what is connected.
type WatchStore interface {
	PeeringsToWatch(ctx context.Context) ([]Watched, error)
	// MarkPeering stores what a look has found, "" for no trouble, tells of a change as an event, and reports whether it was one.
	MarkPeering(ctx context.Context, p Peering, trouble string, probes []provisioner.Probe, now time.Time) (changed bool, err error)
}

// Watch looks at connected networks. It is for one goroutine.
type Watch struct {
	service *Service
	store   WatchStore
	log     *slog.Logger
	failed  map[string]int // looks in a row, by the id of the peering
}

// NewWatch looks at what the store says is connected.
func (s *Service) NewWatch(store WatchStore, log *slog.Logger) *Watch {
	return &Watch{service: s, store: store, log: log, failed: map[string]int{}}
}

// Run looks every minute until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := w.Look(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "watch over connected networks", "error", err)
		}
	}
}

// Look tries every path once.
func (w *Watch) Look(ctx context.Context) error {
	all, err := w.store.PeeringsToWatch(ctx)
	if err != nil {
		return err
	}
	failed := map[string]int{} // those that are gone are forgotten
	for _, p := range all {
		trouble, probes, err := w.try(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // it could not be looked at, which says nothing
			w.log.WarnContext(ctx, "probe a connected network", "peering", p.ID, "cluster", p.Cluster, "error", err)
			failed[p.ID] = w.failed[p.ID]
			continue
		}
		if trouble != "" {
			if failed[p.ID] = w.failed[p.ID] + 1; failed[p.ID] < suspicious {
				continue
			}
		}
		changed, err := w.store.MarkPeering(ctx, p.Peering, trouble, probes, w.service.Now())
		if err != nil {
			return err
		}
		if changed {
			w.log.InfoContext(ctx, "a connected network has changed", "peering", p.ID, "cluster", p.Cluster, "trouble", trouble)
			w.service.Hub.Wake(notify.Organization(p.OrganizationID))
		}
	}
	w.failed = failed
	return nil
}

// try returns what is wrong with a path, in words, "" for nothing.
func (w *Watch) try(ctx context.Context, p Watched) (string, []provisioner.Probe, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	c, err := w.service.Store.Cluster(ctx, p.OrganizationID, p.Cluster)
	if err != nil {
		return "", nil, err
	}
	probes, err := w.service.Clouds.LookAtPeering(ctx, provisioner.Peering{ID: p.ID, Cluster: c.Spec(), Peer: p.Peer})
	if err != nil {
		return "", nil, err
	}
	var todo []string
	for _, probe := range probes {
		if probe.Problem != "" {
			todo = append(todo, probe.Sentence())
		}
	}
	return strings.Join(todo, "\n"), probes, nil
}
