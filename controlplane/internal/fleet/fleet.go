// Package fleet is the control plane's end of the link that data planes dial (dataplane/fleetapi).
//
// A data plane registers with the join token that the provisioner handed it and gets a link token; with that it keeps one
// call open, which is answered when its cluster's configuration changes. Tokens are 256 random bits, kept as SHA-256 hashes
// and compared in constant time. A token of one cluster opens nothing of another: such a call is answered as if the
// other cluster did not exist.
package fleet

import (
	"context"
	"crypto/x509"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

const (
	// joinLife is how long a join token can be used; a data plane that starts uses it within seconds.
	joinLife = 30 * time.Minute
	// inviteLife is the same for a token that a customer takes away.
	inviteLife = time.Hour
)

// JoinToken lets one node of a cluster register.
type JoinToken struct {
	ClusterID string
	Hash      string // hex SHA-256
	NodeID    string // who used it; empty while nobody has
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Node is a process of a data plane.
type Node struct {
	ClusterID       string
	ID              string
	LinkHash        string // hex SHA-256 of its link token
	PublicKey       string // PEM, of its certificates; empty: it has none
	FormerKey       string // PEM; the one before, which may still be the one that the node knows of
	Endpoint        string
	Version         string
	AppliedRevision int64
	Executions      map[string]int64
	RegisteredAt    time.Time
	SeenAt          time.Time
	RevokedAt       time.Time              // since when it is refused; zero: it is not
	Fence           *fleetapi.Fence        // nil: it is not fenced
	KeysUsed        map[string]time.Time   // when access keys were used last, by id
	Commands        []fleetapi.CommandKind // that it carries out

	Name          string // among the nodes of the cluster: its number where a cloud has given it one; "": it has none
	Ready         bool   // it can work, as it has said last, like what follows
	UptimeSeconds int64
	MemoryBytes   int64
	Drained       bool      // it takes no new work
	Program       string    // "edge" or "dataplane"; "": it has not said
	Platform      string    // such as linux/amd64
	UpdatesFrom   time.Time // when its owner lets it be updated next; zero: at any time
	CPU           float64   // processors kept busy
}

// Store keeps tokens, nodes and configuration. Clusters are found by id, whatever their organization: the caller proved by a
// token to be the cluster. What is absent is a problem of kind NotFound.
type Store interface {
	CommandStore
	UpdateStore
	// CreateJoinToken stores a token; earlier ones of the cluster that nobody has used end.
	CreateJoinToken(ctx context.Context, t JoinToken) error
	// JoinToken finds a token by its hash.
	JoinToken(ctx context.Context, hash string) (JoinToken, error)
	// RegisterNode marks the join token as used by the node and stores the node, in place of an earlier one with its id. A
	// token that another node has used is a problem of kind Unauthenticated.
	RegisterNode(ctx context.Context, joinHash string, n Node) error
	// SetNodeKeys changes the keys of a node.
	SetNodeKeys(ctx context.Context, cluster, node, public, former string) error
	// RevokeNode ends what a node of an organization's cluster calls with, and the join tokens that it has used. It is repeatable.
	RevokeNode(ctx context.Context, organization, cluster, node string, e audit.Entry) error
	// NodeByLink finds a node by the hash of its link token, unless it is revoked.
	NodeByLink(ctx context.Context, hash string) (Node, error)
	// ReportNode stores what a node reports: all but its keys and RegisteredAt.
	ReportNode(ctx context.Context, n Node) (organization string, err error)
	// AuditNode records an entry in the organization of a cluster.
	AuditNode(ctx context.Context, cluster string, e audit.Entry) error
	// Nodes lists the nodes of a cluster.
	Nodes(ctx context.Context, cluster string) ([]Node, error)
	// FleetConfig returns the configuration of a cluster without issuer and console.
	FleetConfig(ctx context.Context, cluster string) (fleetapi.Config, error)
}

// Keys is who signs what data planes believe.
type Keys interface {
	Issuer() string
	Keys() []identity.SigningKey
}

// Books is who keeps account of what data planes use.
type Books interface {
	// Book returns the rows that it has not booked, as their days have not come.
	Book(ctx context.Context, cluster string, rows []fleetapi.Usage) (early []fleetapi.Usage, err error)
}

// Deps is what a Service works with. All fields are required.
type Deps struct {
	Store         Store
	Books         Books
	Releases      Releases
	Authority     *Authority
	Keys          Keys
	Hub           *notify.Hub
	ConsoleOrigin string // of the cloud console
	Now           func() time.Time
	Logger        *slog.Logger
}

// Service answers data planes and tells the rest of the control plane what they report. Make it with New.
type Service struct {
	Deps
	tunnels tunnels
}

// New returns the service.
func New(d Deps) *Service { return &Service{Deps: d} }

var errToken = problem.New(problem.Unauthenticated, "The token is not valid.")

// Register exchanges a join token for a link token and the first configuration. The node that used the token may repeat
// the call until the token expires: it gets another link token, and the one before ends.
func (s *Service) Register(ctx context.Context, token string, r fleetapi.RegisterRequest) (fleetapi.RegisterResponse, error) {
	if err := checkRegister(r); err != nil {
		return fleetapi.RegisterResponse{}, err
	}
	var csr *x509.CertificateRequest
	var key, certificate string
	if caller := CallerOf(ctx); r.CSR != "" {
		var err error
		if csr, key, err = request(r.CSR); err != nil {
			return fleetapi.RegisterResponse{}, err
		}
	} else if caller.TLS {
		return fleetapi.RegisterResponse{}, problem.Wrong("csr", "is required by HTTPS")
	}
	now := s.Now()
	join, err := s.Store.JoinToken(ctx, hash(token))
	if err := known(err, token, join.Hash); err != nil {
		return fleetapi.RegisterResponse{}, err
	}
	switch {
	case join.ClusterID != r.ClusterID:
		return fleetapi.RegisterResponse{}, problem.Missing("cluster")
	case !now.Before(join.ExpiresAt), join.NodeID != "" && join.NodeID != r.NodeID:
		return fleetapi.RegisterResponse{}, errToken
	}
	link := newToken()
	err = s.Store.RegisterNode(ctx, join.Hash, Node{
		ClusterID: r.ClusterID, ID: r.NodeID, LinkHash: hash(link), Endpoint: r.Endpoint, Version: r.SoftwareVersion,
		Name: r.NodeName, PublicKey: key, RegisteredAt: now, SeenAt: now,
	})
	if err != nil {
		return fleetapi.RegisterResponse{}, err
	}
	if csr != nil {
		if certificate, err = s.Authority.issue(csr, r.ClusterID, r.NodeID); err != nil {
			return fleetapi.RegisterResponse{}, err
		}
	}
	config, err := s.config(ctx, r.ClusterID)
	if err != nil {
		return fleetapi.RegisterResponse{}, err
	}
	s.Hub.Wake(notify.Applied(r.ClusterID))
	s.Logger.InfoContext(ctx, "data plane registered", "cluster", r.ClusterID, "node", r.NodeID, "version", r.SoftwareVersion)
	return fleetapi.RegisterResponse{LinkToken: link, Config: config, Certificate: certificate}, nil
}

// Sync takes a node's report and answers with configuration newer than the one it has applied and with commands, waiting for
// either at most fleetapi.SyncWait. It is repeatable.
func (s *Service) Sync(ctx context.Context, token string, r fleetapi.SyncRequest) (fleetapi.SyncResponse, error) {
	if err := checkSync(r); err != nil {
		return fleetapi.SyncResponse{}, err
	}
	node, err := s.node(ctx, token, r.ClusterID, r.NodeID)
	if err != nil {
		return fleetapi.SyncResponse{}, err
	}
	// Watched before it is looked up, so that no change falls in between.
	waiting, stop := context.WithTimeout(ctx, fleetapi.SyncWait)
	defer stop()
	news := s.Hub.Watch(waiting, notify.Config(r.ClusterID))
	told := s.Hub.Watch(waiting, notify.Told(r.ClusterID, r.NodeID))

	node.Version, node.AppliedRevision = r.SoftwareVersion, r.AppliedRevision
	node.Executions, node.SeenAt, node.KeysUsed, node.Fence = r.Health.Executions, s.Now(), r.KeysUsed, r.Health.Fence
	node.Name, node.Ready, node.Commands = r.NodeName, r.Health.Ready, r.Commands
	node.Drained = r.Health.Drained
	node.Program, node.Platform, node.UpdatesFrom = r.Program, r.Platform, r.UpdatesFrom
	node.UptimeSeconds, node.MemoryBytes, node.CPU = r.Health.UptimeSeconds, r.Health.MemoryBytes, r.Health.CPU
	if r.Endpoint != "" {
		node.Endpoint = r.Endpoint
	}
	organization, err := s.Store.ReportNode(ctx, node)
	if err != nil {
		return fleetapi.SyncResponse{}, err
	}
	if err := s.Store.TakeCommands(ctx, r.ClusterID, r.NodeID, r.Taken, node.SeenAt); err != nil {
		return fleetapi.SyncResponse{}, err
	}
	if r.First {
		if err := s.forgotten(ctx, r); err != nil {
			return fleetapi.SyncResponse{}, err
		}
	}
	rights := s.Hub.Watch(waiting, notify.Rights(organization))
	s.Hub.Wake(notify.Applied(r.ClusterID), notify.Organization(organization))
	for woken := false; ; woken = true {
		config, err := s.config(ctx, r.ClusterID)
		if err == nil && woken {
			_, err = s.node(ctx, token, r.ClusterID, r.NodeID) // it may be revoked
		}
		var commands []fleetapi.Command
		if err == nil {
			commands, err = s.queued(ctx, r.ClusterID, r.NodeID)
		}
		if waiting.Err() != nil {
			return fleetapi.SyncResponse{}, nil // time is up or the caller has gone; the report is stored
		}
		if err != nil {
			return fleetapi.SyncResponse{}, err
		}
		if config.Revision != r.AppliedRevision {
			return fleetapi.SyncResponse{Config: &config, Commands: commands}, nil
		}
		if len(commands) > 0 {
			return fleetapi.SyncResponse{Commands: commands}, nil
		}
		if r.First {
			return fleetapi.SyncResponse{}, nil
		}
		select {
		case <-news:
		case <-rights:
		case <-told: // the node is another one now than it has reported
			return fleetapi.SyncResponse{}, nil
		case <-waiting.Done():
			return fleetapi.SyncResponse{}, nil
		}
	}
}

// Usage books what a node has counted. It is repeatable.
func (s *Service) Usage(ctx context.Context, token string, r fleetapi.UsageReport) (fleetapi.UsageResponse, error) {
	var check problem.Check
	checkNames(&check, r.ClusterID, r.NodeID)
	if err := check.Err(); err != nil {
		return fleetapi.UsageResponse{}, err
	}
	if _, err := s.node(ctx, token, r.ClusterID, r.NodeID); err != nil {
		return fleetapi.UsageResponse{}, err
	}
	early, err := s.Books.Book(ctx, r.ClusterID, r.Days)
	return fleetapi.UsageResponse{Early: early}, err
}

// node returns the node that a link token belongs to, which must be the one that the caller says to be.
func (s *Service) node(ctx context.Context, token, cluster, id string) (Node, error) {
	n, err := s.Store.NodeByLink(ctx, hash(token))
	if err := known(err, token, n.LinkHash); err != nil {
		return Node{}, err
	}
	if n.ClusterID != cluster || n.ID != id {
		return Node{}, s.elsewhere(ctx, n, cluster, id)
	}
	return n, CallerOf(ctx).prove(n, s.Authority.issued)
}

// elsewhere records that a node asked about another one, where its own organization sees it, and answers as if there were none.
func (s *Service) elsewhere(ctx context.Context, n Node, cluster, id string) error {
	refusal := problem.Missing("cluster")
	err := s.Store.AuditNode(ctx, n.ClusterID, audit.Entry{
		At: s.Now(), Actor: audit.Actor{Credential: "node/" + n.ID}, Action: "node.call", Outcome: audit.Refused,
		Target: "cluster/" + cluster + "/node/" + id, Reason: refusal.Error(),
	})
	if err != nil {
		return err
	}
	return refusal
}

// JoinToken makes a token for a node of the cluster; earlier unused ones end.
func (s *Service) JoinToken(ctx context.Context, cluster string) (string, error) {
	token, _, err := s.invite(ctx, cluster, joinLife)
	return token, err
}

// Invite makes a token for a customer's data plane, and says when it ends; earlier unused ones end.
func (s *Service) Invite(ctx context.Context, cluster string) (token string, expires time.Time, err error) {
	return s.invite(ctx, cluster, inviteLife)
}

func (s *Service) invite(ctx context.Context, cluster string, life time.Duration) (token string, expires time.Time, err error) {
	token, now := newToken(), s.Now()
	expires = now.Add(life)
	return token, expires, s.Store.CreateJoinToken(ctx, JoinToken{
		ClusterID: cluster, Hash: hash(token), CreatedAt: now, ExpiresAt: expires,
	})
}

// Called returns where workers reach a cluster, as its data plane has said when it called last, and whether one calls.
func (s *Service) Called(ctx context.Context, cluster string) (at provisioner.NodeInfo, calls bool, err error) {
	nodes, err := s.Store.Nodes(ctx, cluster)
	var last Node
	for _, n := range nodes {
		if n.SeenAt.After(last.SeenAt) {
			last = n
		}
	}
	if err != nil || last.ID == "" {
		return provisioner.NodeInfo{}, false, err
	}
	return last.Address(), s.live(last), nil
}

// Address is where the node is reached: its console is at the root of its API.
func (n Node) Address() provisioner.NodeInfo {
	return provisioner.NodeInfo{Endpoint: n.Endpoint, Console: strings.TrimSuffix(n.Endpoint, "/api")}
}

// live reports whether a node calls: those that have been silent for two long polls are gone, as are those that are refused.
func (s *Service) live(n Node) bool {
	return n.RevokedAt.IsZero() && s.Now().Sub(n.SeenAt) <= 2*fleetapi.SyncWait
}

// Registered reports whether a node of the cluster has called since. One that does not say which it is may be any.
func (s *Service) Registered(ctx context.Context, cluster string, node int, since time.Time) (bool, error) {
	nodes, err := s.Store.Nodes(ctx, cluster)
	for _, n := range nodes {
		if n.RevokedAt.IsZero() && !n.SeenAt.Before(since) && (n.Name == "" || n.Name == strconv.Itoa(node)) {
			return true, nil
		}
	}
	return false, err
}

// AwaitApplied waits until every live node of the cluster, and at least one, has applied the revision. It returns false when
// ctx ends first.
func (s *Service) AwaitApplied(ctx context.Context, cluster string, revision int64) bool {
	reports := s.Hub.Watch(ctx, notify.Applied(cluster))
	for {
		nodes, err := s.Store.Nodes(ctx, cluster)
		if err != nil {
			return false
		}
		if s.applied(nodes, revision) {
			return true
		}
		select {
		case <-reports:
		case <-ctx.Done():
			return false
		}
	}
}

// applied leaves out nodes that are gone.
func (s *Service) applied(nodes []Node, revision int64) bool {
	live := 0
	for _, n := range nodes {
		if !s.live(n) {
			continue
		}
		if n.AppliedRevision < revision {
			return false
		}
		live++
	}
	return live > 0
}

func (s *Service) config(ctx context.Context, cluster string) (fleetapi.Config, error) {
	c, err := s.Store.FleetConfig(ctx, cluster)
	if err != nil {
		return fleetapi.Config{}, err
	}
	c.ConsoleOrigin = s.ConsoleOrigin
	c.Issuer.Name = s.Keys.Issuer()
	for _, k := range s.Keys.Keys() {
		c.Issuer.Keys = append(c.Issuer.Keys, fleetapi.PublicKey{KID: k.ID, X: k.PublicKey})
	}
	return c, nil
}
