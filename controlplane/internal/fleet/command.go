package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// How a command stands that has not ended; the others are those of fleetapi.
const (
	CommandQueued  = "QUEUED"  // the node does not have it
	CommandTaken   = "TAKEN"   // the node has it
	CommandExpired = "EXPIRED" // the node did not call in time, and does not get it any more; never stored
	CommandLost    = "LOST"    // the node has it and has fallen silent; if it calls again, it tells; never stored
)

const (
	commandLife    = time.Hour
	maxCommandLife = 7 * 24 * time.Hour
	maxQueued      = 20 // commands of a node
	maxRequestKey  = 128
	maxResults     = 1000
	maxReason      = 2000 // characters
	maxFacts       = 200
)

// Command is something that somebody asks of a node.
type Command struct {
	ClusterID string
	NodeID    string
	ID        string
	Kind      fleetapi.CommandKind
	AskedBy   string // e-mail or name
	AskedAt   time.Time
	ExpiresAt time.Time
	State     string
	TakenAt   time.Time // zero: the node does not have it
	EndedAt   time.Time // zero: it has not ended
	Reason    string    // why it was refused or has failed
	Facts     []fleetapi.Fact
	Release   *fleetapi.Release // of an update; nil else
}

// CommandStore keeps commands.
type CommandStore interface {
	// CreateCommand stores a command for a node and returns it, or the earlier one of that request.
	CreateCommand(ctx context.Context, organization string, c Command, request string, e audit.Entry) (Command, error)
	// Commands lists the commands of a cluster, the latest 100 first.
	Commands(ctx context.Context, organization, cluster string) ([]Command, error)
	// QueuedCommands lists the commands that a node does not have and that have not expired, the oldest first.
	QueuedCommands(ctx context.Context, cluster, node string, now time.Time) ([]Command, error)
	// TakenCommands lists the commands that a node has and whose end is not known, the oldest first.
	TakenCommands(ctx context.Context, cluster, node string) ([]Command, error)
	// TakeCommands marks commands that a node says to have.
	TakeCommands(ctx context.Context, cluster, node string, ids []string, at time.Time) error
	// EndCommand stores how a command has ended; the first end counts, and it alone is recorded.
	EndCommand(ctx context.Context, cluster, node string, r fleetapi.CommandResult, e audit.Entry) error
}

// Wish asks for a command.
type Wish struct {
	Kind           fleetapi.CommandKind
	Minutes        *int   // until it expires; nil means 60
	Version        string // of an update; "" else
	Force          bool   // an update also to a lower version
	IdempotencyKey string // "" means none
}

// Ask gives a node a command, which it gets with the call that waits, or with its next one. With an idempotency key, repeating it
// answers with the same command.
func (s *Service) Ask(ctx context.Context, by audit.Actor, in Place, node string, w Wish) (Command, error) {
	life := commandLife
	if w.Minutes != nil {
		life = time.Duration(*w.Minutes) * time.Minute
	}
	var check problem.Check
	if !w.Kind.Known() {
		check.Field("kind", fmt.Sprintf("must be one of %s", fleetapi.CommandKinds()))
	}
	if (w.Kind == fleetapi.Update) != (w.Version != "") {
		check.Field("version", "is for updates, and they need one")
	}
	if life < time.Minute || life > maxCommandLife {
		check.Field("expiresInMinutes", "must be 1 to 10080")
	}
	if len(w.IdempotencyKey) > maxRequestKey {
		check.Field("Idempotency-Key", "must have at most 128 characters")
	}
	if err := check.Err(); err != nil {
		return Command{}, err
	}
	nodes, err := s.Store.Nodes(ctx, in.Cluster)
	if err != nil {
		return Command{}, err
	}
	i := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == node })
	if i < 0 {
		return Command{}, problem.Missing("node")
	}
	if !nodes[i].RevokedAt.IsZero() {
		return Command{}, problem.New(problem.Conflict, "The node is revoked.")
	}
	if !slices.Contains(nodes[i].Commands, w.Kind) {
		return Command{}, problem.New(problem.Conflict, "The node does not carry out %s: its owner has switched it off, has not set it up, or it runs an older version.", w.Kind)
	}
	now := s.Now()
	queued, err := s.Store.QueuedCommands(ctx, in.Cluster, node, now)
	if err != nil {
		return Command{}, err
	}
	if len(queued) >= maxQueued {
		return Command{}, problem.New(problem.Conflict, "%d commands wait for this node already.", len(queued))
	}
	c := Command{
		ClusterID: in.Cluster, NodeID: node, ID: id.New("cmd"), Kind: w.Kind, AskedBy: cmp.Or(by.Email, by.Credential), AskedAt: now,
		ExpiresAt: now.Add(life),
	}
	if w.Kind == fleetapi.Update {
		if c.Release, err = s.wanted(nodes[i], w.Version, w.Force); err != nil {
			return Command{}, err
		}
	}
	request := c.ID
	if w.IdempotencyKey != "" {
		request = by.AccountID + "/" + w.IdempotencyKey
	}
	stored, err := s.Store.CreateCommand(ctx, in.Organization, c, request, audit.Entry{
		At: now, Actor: by, Organization: in.Organization, Action: "command.create", Target: in.target(node),
		After: map[string]string{"id": c.ID, "kind": string(c.Kind), "expiresAt": c.ExpiresAt.Format(time.RFC3339)},
	})
	if err != nil {
		return Command{}, err
	}
	if stored.Kind != c.Kind {
		return Command{}, problem.New(problem.Conflict, "The Idempotency-Key was used for another command.")
	}
	s.Hub.Wake(notify.Config(in.Cluster))
	return stored, nil
}

// Asked lists what was asked of the nodes of a cluster, the latest 100 commands first.
func (s *Service) Asked(ctx context.Context, in Place) ([]Command, error) {
	list, err := s.Store.Commands(ctx, in.Organization, in.Cluster)
	if err != nil {
		return nil, err
	}
	nodes, err := s.Store.Nodes(ctx, in.Cluster)
	for i, c := range list {
		var of Node // silent for ever, if it is there no more
		if n := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == c.NodeID }); n >= 0 {
			of = nodes[n]
		}
		list[i] = s.seen(c, of)
	}
	return list, err
}

// queued returns what a node is to be told to do.
func (s *Service) queued(ctx context.Context, cluster, node string) ([]fleetapi.Command, error) {
	list, err := s.Store.QueuedCommands(ctx, cluster, node, s.Now())
	var out []fleetapi.Command
	for _, c := range list {
		out = append(out, fleetapi.Command{ID: c.ID, Kind: c.Kind, AskedBy: c.AskedBy, ExpiresAt: c.ExpiresAt, Release: c.Release})
	}
	return out, err
}

// Ended keeps how commands have ended on a node. It is repeatable.
func (s *Service) Ended(ctx context.Context, token string, r fleetapi.CommandReport) (fleetapi.CommandReportResponse, error) {
	if err := checkResults(r); err != nil {
		return fleetapi.CommandReportResponse{}, err
	}
	n, err := s.node(ctx, token, r.ClusterID, r.NodeID)
	if err != nil {
		return fleetapi.CommandReportResponse{}, err
	}
	for _, result := range r.Results {
		if err := s.end(ctx, n, result); err != nil {
			return fleetapi.CommandReportResponse{}, err
		}
	}
	s.Hub.Wake(notify.Told(n.ClusterID, n.ID))
	return fleetapi.CommandReportResponse{}, nil
}

// end keeps how a command has ended on a node.
func (s *Service) end(ctx context.Context, n Node, result fleetapi.CommandResult) error {
	e := audit.Entry{
		At: s.Now(), Actor: audit.Actor{Credential: "node/" + n.ID}, Action: "command.end", Outcome: audit.Done,
		Target: "cluster/" + n.ClusterID + "/node/" + n.ID, Reason: result.Reason,
		After: map[string]string{"id": result.ID, "state": result.State},
	}
	if result.State == fleetapi.CommandRefused {
		e.Outcome = audit.Refused
	}
	return s.Store.EndCommand(ctx, n.ClusterID, n.ID, result, e)
}
