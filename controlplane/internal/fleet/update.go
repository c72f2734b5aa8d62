package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/release"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/remote"
)

const (
	updateLife  = 24 * time.Hour  // for a node to begin with an update
	lookAgain   = 2 * time.Second // while a node updates itself
	windowCheck = 5 * time.Minute // while its owner's window is closed, which he may change
	updateTold  = 2 * time.Minute // for a node that has been updated to call with its new version
)

// Releases are the programs that nodes can be updated to.
type Releases interface {
	Find(version, program, platform string) (release.Release, bool)
	Versions() []string
}

// UpdateStore keeps what is known of updates of clusters' nodes.
type UpdateStore interface {
	// BeginUpdate remembers when the present update of a cluster's nodes began.
	BeginUpdate(ctx context.Context, cluster string, at time.Time) error
	// UpdateBegan returns when that was, and the cluster.
	UpdateBegan(ctx context.Context, cluster string) (Place, time.Time, error)
}

// Versions lists the versions that nodes can be updated to, the newest first.
func (s *Service) Versions() []string { return s.Releases.Versions() }

// BeginUpdate begins with what Update goes on with: what came of earlier updates does not count. It is repeatable.
func (s *Service) BeginUpdate(ctx context.Context, cluster string) error {
	return s.Store.BeginUpdate(ctx, cluster, s.Now())
}

// Update brings a version to the nodes of a cluster, one after another, and returns nil when all have it. It asks a node by a
// command, and returns a provisioner.Pending while that is under way, while the node's owner does not let it be updated, or does
// that himself. A node that stays with its former version ends it with a permanent error. A version that is not released is
// that of whatever runs.
func (s *Service) Update(ctx context.Context, cluster, version string) error {
	if !slices.Contains(s.Releases.Versions(), version) {
		return nil
	}
	nodes, err := s.Store.Nodes(ctx, cluster)
	if err != nil {
		return err
	}
	in, began, err := s.Store.UpdateBegan(ctx, cluster)
	if err != nil {
		return err
	}
	asked, err := s.Store.Commands(ctx, in.Organization, cluster)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		last := slices.IndexFunc(asked, func(c Command) bool { // the latest first
			return c.NodeID == n.ID && c.Kind == fleetapi.Update && (c.AskedAt.After(began) || c.EndedAt.IsZero() && s.Now().Before(c.ExpiresAt))
		})
		var c Command
		if last >= 0 {
			c = s.seen(asked[last], n)
		}
		if !n.RevokedAt.IsZero() || n.Version == version || !s.live(n) && c.State != CommandTaken && c.State != CommandLost {
			continue
		}
		return s.updateNode(ctx, in, n, c, version)
	}
	return nil
}

// updateNode goes on with the update of a node, which has another version; c is what it was asked for last, if anything.
func (s *Service) updateNode(ctx context.Context, in Place, n Node, c Command, version string) error {
	pending := func(after time.Duration, format string, args ...any) error {
		return &provisioner.Pending{After: after, Reason: fmt.Sprintf("%s: ", n.title()) + fmt.Sprintf(format, args...)}
	}
	switch c.State {
	case CommandQueued:
		return pending(lookAgain, "it gets the update with its next call")
	case CommandTaken:
		return pending(lookAgain, "it fetches version %s, verifies it, and tries it", c.Release.Version)
	case CommandLost:
		return pending(lookAgain, "it has fallen silent while it was updated; this goes on when it calls")
	case fleetapi.CommandFailed, fleetapi.CommandRefused, CommandExpired:
		return provisioner.Permanent(fmt.Errorf("%s was not updated. %s", n.title(), cmp.Or(c.Reason, "It did not get the update in time.")))
	case fleetapi.CommandDone:
		if s.Now().Before(c.EndedAt.Add(updateTold)) {
			return pending(lookAgain, "it is updated, and calls with its new version soon")
		}
		return provisioner.Permanent(fmt.Errorf("%s was updated, but says to have version %s", n.title(), n.Version))
	}
	if !slices.Contains(n.Commands, fleetapi.Update) {
		return &provisioner.Pending{After: windowCheck, Reason: n.title() + " is not updated from here", Customer: &provisioner.Instruction{
			Title: "Update the data plane in your network",
			Text: "Its owner has switched updates off, or it runs without a supervisor, as in Kubernetes and on ECS. Take version " + version +
				" with the recipe that it was installed with. This goes on by itself when all nodes have that version.",
			Ways: remote.UpdateWays(s.ConsoleOrigin, in.Cluster, version),
		}}
	}
	if n.UpdatesFrom.After(s.Now()) {
		return pending(min(windowCheck, max(lookAgain, n.UpdatesFrom.Sub(s.Now()))),
			"its owner lets it be updated from %s on", n.UpdatesFrom.Format("2006-01-02 15:04 MST"))
	}
	// Lower than what runs is only what somebody has chosen, or what it had before an update that another node has failed at.
	wish, err := s.wanted(n, version, release.Lower(version, n.Version))
	if err != nil {
		return provisioner.Permanent(err)
	}
	if err := s.order(ctx, in, n, wish); err != nil {
		return err
	}
	return pending(lookAgain, "it gets the update with its next call")
}

// wanted returns the release of a version for a node.
func (s *Service) wanted(n Node, version string, force bool) (*fleetapi.Release, error) {
	r, ok := s.Releases.Find(version, n.Program, n.Platform)
	if !ok {
		return nil, problem.New(problem.Conflict, "There is no release %s of %s for %s.", version, cmp.Or(n.Program, "its program"), cmp.Or(n.Platform, "its platform"))
	}
	return &fleetapi.Release{Version: r.Version, SHA256: r.SHA256, Force: force}, nil
}

// order asks a node to update itself, in the name of an operation.
func (s *Service) order(ctx context.Context, in Place, n Node, wish *fleetapi.Release) error {
	c := Command{
		ClusterID: in.Cluster, NodeID: n.ID, ID: id.New("cmd"), Kind: fleetapi.Update, AskedBy: "an upgrade of the cluster",
		AskedAt: s.Now(), ExpiresAt: s.Now().Add(updateLife), Release: wish,
	}
	_, err := s.Store.CreateCommand(ctx, in.Organization, c, c.ID, audit.Entry{
		At: c.AskedAt, Actor: audit.Actor{Credential: "podium"}, Organization: in.Organization, Action: "command.create", Target: in.target(n.ID),
		After: map[string]string{"id": c.ID, "kind": string(c.Kind), "version": wish.Version, "sha256": wish.SHA256},
	})
	if err == nil {
		s.Hub.Wake(notify.Config(in.Cluster))
	}
	return err
}

// seen returns how a command stands now that its node was heard last as n.
func (s *Service) seen(c Command, n Node) Command {
	switch {
	case c.State == CommandQueued && !s.Now().Before(c.ExpiresAt):
		c.State = CommandExpired
	case c.State == CommandTaken && !s.live(n):
		c.State = CommandLost
	}
	return c
}

// forgotten ends what a node has taken and does not know of any more, as a process of it has ended since that kept nothing.
func (s *Service) forgotten(ctx context.Context, r fleetapi.SyncRequest) error {
	taken, err := s.Store.TakenCommands(ctx, r.ClusterID, r.NodeID)
	for _, c := range taken {
		if slices.Contains(r.Taken, c.ID) {
			continue
		}
		result := fleetapi.CommandResult{
			ID: c.ID, State: fleetapi.CommandFailed, EndedAt: s.Now(),
			Reason: "The node was started anew while it was under way, and does not remember it.",
		}
		err = errors.Join(err, s.end(ctx, Node{ClusterID: r.ClusterID, ID: r.NodeID}, result))
	}
	return err
}

// title is what people call a node.
func (n Node) title() string {
	if n.Name != "" {
		return "Node " + n.Name
	}
	return "Node " + n.ID
}
