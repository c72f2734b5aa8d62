package fleet_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

type keys struct{}

func (keys) Issuer() string { return "http://127.0.0.1:8080" }
func (keys) Keys() []identity.SigningKey {
	return []identity.SigningKey{{ID: "sig_1", PublicKey: "x1"}}
}

// bench is a service over a real store with the READY clusters "a" and "b" of one organization.
type bench struct {
	*fleet.Service
	store *store.Store
	hub   *notify.Hub
	clock time.Time
}

var epoch = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: storetest.SQLite(t, t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := tenant.Organization{ID: "org_1", Name: "acme", CreatedAt: epoch, Role: authz.Owner}
	entry := audit.Entry{At: epoch, Organization: o.ID}
	must(t, s.CreateAccount(t.Context(), identity.Account{ID: "acc_1", Email: "ada@example.com"}, "h", o, identity.Session{TokenHash: "x", AccountID: "acc_1"}, entry))
	for _, name := range []string{"a", "b"} {
		c := cluster.Cluster{ID: name, OrganizationID: o.ID, Name: name, Status: cluster.Creating, OperationID: "op_" + name, Revision: 1}
		r := operation.Record{ID: "op_" + name, OrganizationID: o.ID, Kind: provisioner.CreateCluster, State: operation.Running, ClusterID: name}
		_, _, err := s.CreateCluster(t.Context(), c, r, cluster.Idempotency{}, entry)
		must(t, err)
		_, err = s.MarkReady(t.Context(), name, audit.Entry{At: epoch})
		must(t, err)
	}
	b := &bench{store: s, hub: &notify.Hub{}, clock: epoch}
	b.Service = fleet.New(fleet.Deps{
		Releases: published,
		Store:    s, Books: metering.New(metering.Deps{Store: s, Hub: b.hub, Now: func() time.Time { return b.clock }, Logger: slog.New(slog.DiscardHandler)}), Keys: keys{}, Hub: b.hub, ConsoleOrigin: "http://127.0.0.1:8080", Now: func() time.Time { return b.clock },
		Logger: slog.New(slog.DiscardHandler),
	})
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k problem.Kind) {
	t.Helper()
	if problem.KindOf(err) != k {
		t.Fatalf("error is %v, want kind %d", err, k)
	}
}

func registration(cluster, node string) fleetapi.RegisterRequest {
	return fleetapi.RegisterRequest{
		ContractVersion: 1, ClusterID: cluster, NodeID: node, SoftwareVersion: "1.0", Endpoint: "http://127.0.0.1:7200/api",
	}
}

func report(cluster, node string, revision int64) fleetapi.SyncRequest {
	return fleetapi.SyncRequest{
		ClusterID: cluster, NodeID: node, SoftwareVersion: "1.0", AppliedRevision: revision,
		Health: fleetapi.Health{Ready: true, Executions: map[string]int64{"RUNNING": 2}},
	}
}

// join registers a node and returns its link token.
func (b *bench) join(t *testing.T, cluster, node string) string {
	t.Helper()
	token, err := b.JoinToken(t.Context(), cluster)
	must(t, err)
	answer, err := b.Register(t.Context(), token, registration(cluster, node))
	must(t, err)
	return answer.LinkToken
}

// addKey stores an access key and returns the revision that tells of it.
func (b *bench) addKey(t *testing.T, id string) int64 {
	t.Helper()
	k := cluster.AccessKey{ID: "key_" + id, ClusterID: id, Name: "k", SecretHash: "h", CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
	revision, err := b.store.CreateAccessKey(t.Context(), "org_1", k, audit.Entry{At: epoch, Organization: "org_1"})
	must(t, err)
	b.hub.Wake(notify.Config(id))
	return revision
}

func TestRegister_TellsTheConfiguration(t *testing.T) {
	b := setup(t)
	b.addKey(t, "a")
	token, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	answer, err := b.Register(t.Context(), token, registration("a", "n1"))
	must(t, err)
	c := answer.Config
	if c.Revision != 2 || c.ClusterID != "a" || c.ClusterName != "a" || c.Organization != "acme" || c.ConsoleOrigin != "http://127.0.0.1:8080" ||
		len(c.AccessKeys) != 1 || c.AccessKeys[0].ID != "key_a" || c.Issuer.Name != "http://127.0.0.1:8080" ||
		len(c.Issuer.Keys) != 1 || c.Issuer.Keys[0] != (fleetapi.PublicKey{KID: "sig_1", X: "x1"}) {
		t.Errorf("configuration is %+v", c)
	}
	if len(answer.LinkToken) < 43 {
		t.Errorf("the link token %q is short", answer.LinkToken)
	}
}

func TestRegister_RefusesWhoMayNot(t *testing.T) {
	b := setup(t)
	ended, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	token, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	for _, test := range []struct {
		name    string
		token   string
		request fleetapi.RegisterRequest
		want    problem.Kind
	}{
		{"no token", "", registration("a", "n1"), problem.Unauthenticated},
		{"a guessed token", "guess", registration("a", "n1"), problem.Unauthenticated},
		{"a token that another one replaced", ended, registration("a", "n1"), problem.Unauthenticated},
		{"the token of another cluster", token, registration("b", "n1"), problem.NotFound},
		{"a cluster that does not exist", token, registration("c", "n1"), problem.NotFound},
		{"no node", token, registration("a", ""), problem.Invalid},
		{"a newer contract", token, fleetapi.RegisterRequest{ContractVersion: 2, ClusterID: "a", NodeID: "n1", Endpoint: "http://h/api"}, problem.Invalid},
		{"an endpoint that is none", token, fleetapi.RegisterRequest{ContractVersion: 1, ClusterID: "a", NodeID: "n1", Endpoint: "javascript:x/api"}, problem.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.Register(t.Context(), test.token, test.request)
			wantKind(t, err, test.want)
		})
	}
	b.clock = epoch.Add(time.Hour)
	_, err = b.Register(t.Context(), token, registration("a", "n1"))
	wantKind(t, err, problem.Unauthenticated)
}

func TestRegister_OneNodeMayRepeatIt(t *testing.T) {
	b := setup(t)
	token, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	first, err := b.Register(t.Context(), token, registration("a", "n1"))
	must(t, err)
	second, err := b.Register(t.Context(), token, registration("a", "n1"))
	must(t, err)
	_, err = b.Register(t.Context(), token, registration("a", "n2"))
	wantKind(t, err, problem.Unauthenticated)
	_, err = b.Sync(t.Context(), first.LinkToken, report("a", "n1", 0))
	wantKind(t, err, problem.Unauthenticated)
	_, err = b.Sync(t.Context(), second.LinkToken, report("a", "n1", 0))
	must(t, err)
}

func TestSync_RefusesReportsAboutOthers(t *testing.T) {
	b := setup(t)
	link := b.join(t, "a", "n1")
	b.join(t, "b", "n1")
	join, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	for _, test := range []struct {
		name    string
		token   string
		request fleetapi.SyncRequest
		want    problem.Kind
	}{
		{"no token", "", report("a", "n1", 0), problem.Unauthenticated},
		{"a join token", join, report("a", "n1", 0), problem.Unauthenticated},
		{"another cluster", link, report("b", "n1", 0), problem.NotFound},
		{"another node", link, report("a", "n2", 0), problem.NotFound},
		{"no cluster", link, report("", "n1", 0), problem.Invalid},
		{"a negative revision", link, report("a", "n1", -1), problem.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.Sync(t.Context(), test.token, test.request)
			wantKind(t, err, test.want)
		})
	}
	if len(b.node(t, "b", "n1").Executions) != 0 {
		t.Error("the report reached another cluster")
	}
	log, err := b.store.AuditLog(t.Context(), "org_1", audit.Filter{Action: "node.call"}, 10)
	must(t, err)
	if len(log) != 2 || log[1].Target != "cluster/b/node/n1" || log[1].Outcome != audit.Refused || log[1].Actor.Credential != "node/n1" {
		t.Errorf("the audit log tells %+v", log)
	}
}

func TestSync_AnswersWhenTheConfigurationChanges(t *testing.T) {
	b := setup(t)
	link := b.join(t, "a", "n1")
	answer, err := b.Sync(t.Context(), link, report("a", "n1", 0))
	must(t, err)
	if answer.Config == nil || answer.Config.Revision != 1 {
		t.Fatalf("who has nothing is told %+v", answer.Config)
	}

	reported := b.hub.Watch(t.Context(), notify.Applied("a"))
	var waiting sync.WaitGroup
	waiting.Go(func() {
		answer, err := b.Sync(t.Context(), link, report("a", "n1", 1))
		if err != nil || answer.Config == nil || answer.Config.Revision != 2 || len(answer.Config.AccessKeys) != 1 {
			t.Errorf("answer is %+v, %v", answer.Config, err)
		}
	})
	<-reported
	b.addKey(t, "a")
	waiting.Wait()

	if n := b.node(t, "a", "n1"); n.AppliedRevision != 1 || n.Executions["RUNNING"] != 2 {
		t.Errorf("the report is stored as %+v", n)
	}
}

func TestSync_EndsWithItsCaller(t *testing.T) {
	b := setup(t)
	link := b.join(t, "a", "n1")
	ctx, stop := context.WithCancel(t.Context())
	reported := b.hub.Watch(t.Context(), notify.Applied("a"))
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if answer, err := b.Sync(ctx, link, report("a", "n1", 1)); err != nil || answer.Config != nil {
			t.Errorf("answer is %+v, %v", answer, err)
		}
	})
	<-reported
	stop()
	waiting.Wait()
}

func TestSync_EndsWhenTheClusterIsDeleted(t *testing.T) {
	b := setup(t)
	link := b.join(t, "a", "n1")
	reported := b.hub.Watch(t.Context(), notify.Applied("a"))
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_, err := b.Sync(t.Context(), link, report("a", "n1", 1))
		if problem.KindOf(err) != problem.NotFound {
			t.Errorf("error is %v", err)
		}
	})
	<-reported
	_, err := b.store.RemoveCluster(t.Context(), "a", audit.Entry{At: epoch})
	must(t, err)
	b.hub.Wake(notify.Config("a"))
	waiting.Wait()
}

func TestRegistered(t *testing.T) {
	b := setup(t)
	for _, step := range []struct {
		since time.Time
		want  bool
	}{{epoch, false}, {epoch, true}, {epoch.Add(time.Second), false}} {
		got, err := b.Registered(t.Context(), "a", 0, step.since)
		must(t, err)
		if got != step.want {
			t.Errorf("registered since %v: %v", step.since, got)
		}
		b.join(t, "a", "n1")
	}
}

func TestRegistered_TellsNodesThatHaveNumbersApart(t *testing.T) {
	b := setup(t)
	token, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	_, err = b.Register(t.Context(), token, fleetapi.RegisterRequest{
		ContractVersion: fleetapi.Version, ClusterID: "a", NodeID: "n1", NodeName: "1", Endpoint: "http://h/api", SoftwareVersion: "1",
	})
	must(t, err)
	for node, want := range []bool{false, true} {
		if got, err := b.Registered(t.Context(), "a", node, epoch); err != nil || got != want {
			t.Errorf("node %d registered: %v, %v", node, got, err)
		}
	}
}

func TestAwaitApplied_WaitsForEveryLiveNode(t *testing.T) {
	b := setup(t)
	b.join(t, "a", "gone") // and silent from now on
	b.clock = epoch.Add(2 * fleetapi.SyncWait)
	b.join(t, "a", "n1")
	b.join(t, "a", "n2")
	b.clock = b.clock.Add(time.Second)
	revision := b.addKey(t, "a")
	applied := make(chan bool, 1)
	go func() { applied <- b.AwaitApplied(t.Context(), "a", revision) }()
	for _, node := range []string{"n1", "n2"} {
		select {
		case <-applied:
			t.Fatalf("applied before %s has reported", node)
		default:
		}
		n := b.node(t, "a", node)
		n.AppliedRevision, n.SeenAt = revision, b.clock
		_, err := b.store.ReportNode(t.Context(), n)
		must(t, err)
		b.hub.Wake(notify.Applied("a"))
	}
	if !<-applied {
		t.Error("not applied although all live nodes have reported")
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if b.AwaitApplied(ended, "a", revision+1) {
		t.Error("a revision that nobody has counts as applied")
	}
	if b.AwaitApplied(ended, "b", 1) {
		t.Error("a cluster without nodes counts as having applied")
	}
}

func (b *bench) node(t *testing.T, cluster, id string) fleet.Node {
	t.Helper()
	nodes, err := b.store.Nodes(t.Context(), cluster)
	must(t, err)
	for _, n := range nodes {
		if n.ID == id {
			return n
		}
	}
	t.Fatalf("node %s is unknown", id)
	return fleet.Node{}
}
