package storetest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

func (f fixture) joinToken(t *testing.T, cluster, hash string) {
	t.Helper()
	must(t, f.store.CreateJoinToken(t.Context(), fleet.JoinToken{
		ClusterID: cluster, Hash: hash, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour),
	}))
}

func node(cluster, id string) fleet.Node {
	return fleet.Node{
		ClusterID: cluster, ID: id, LinkHash: "link_" + id, Endpoint: "http://h/api", Version: "1.0", RegisteredAt: epoch, SeenAt: epoch,
	}
}

// register makes a node, with the link token hash "link_" and its id.
func (f fixture) register(t *testing.T, cluster, id string) {
	t.Helper()
	f.joinToken(t, cluster, "join_"+id)
	must(t, f.store.RegisterNode(t.Context(), "join_"+id, node(cluster, id)))
}

func joinTokens(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.cluster(t, o, "first")
	f.joinToken(t, c.ID, "old")
	f.joinToken(t, c.ID, "new")
	_, err := f.store.JoinToken(ctx, "old")
	wantKind(t, err, problem.NotFound)
	token, err := f.store.JoinToken(ctx, "new")
	must(t, err)
	equal(t, "token", token, fleet.JoinToken{ClusterID: c.ID, Hash: "new", CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)})

	var joining sync.WaitGroup
	won := make(chan string, 8)
	for i := range 8 {
		joining.Go(func() {
			n := node(c.ID, "n"+string(rune('0'+i)))
			err := f.store.RegisterNode(ctx, "new", n)
			if err == nil {
				won <- n.ID
			} else if problem.KindOf(err) != problem.Unauthenticated {
				t.Error(err)
			}
		})
	}
	joining.Wait()
	equal(t, "nodes that joined with one token", len(won), 1)
	winner := <-won
	must(t, f.store.RegisterNode(ctx, "new", node(c.ID, winner))) // the same one may repeat it
	f.joinToken(t, c.ID, "newer")
	token, err = f.store.JoinToken(ctx, "new")
	must(t, err)
	equal(t, "user of the token", token.NodeID, winner)

	n, err := f.store.PurgeJoinTokens(ctx, epoch.Add(time.Hour))
	must(t, err)
	equal(t, "purged tokens", n, 2)
	wantKind(t, f.store.CreateJoinToken(ctx, fleet.JoinToken{ClusterID: "clu_none", Hash: "x"}), problem.NotFound)
}

func nodes(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.cluster(t, o, "first")
	f.register(t, c.ID, "n1")
	n, err := f.store.NodeByLink(ctx, "link_n1")
	must(t, err)
	n.Version, n.AppliedRevision, n.SeenAt = "1.1", 7, epoch.Add(time.Minute)
	n.Executions = map[string]int64{"RUNNING": 3}
	n.Name, n.Ready, n.UptimeSeconds, n.MemoryBytes, n.CPU = "1", true, 60, 1<<20, 0.25
	organization, err := f.store.ReportNode(ctx, n)
	must(t, err)
	equal(t, "organization", organization, o.ID)
	f.register(t, c.ID, "n2") // seen earlier than n1

	got, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "version", got.Node.Version, "1.1")
	equal(t, "seen at", got.Node.SeenAt, epoch.Add(time.Minute))
	if !maps.Equal(got.Node.Executions, n.Executions) {
		t.Errorf("executions are %v, want %v", got.Node.Executions, n.Executions)
	}
	list, err := f.store.Nodes(ctx, c.ID)
	must(t, err)
	if len(list) != 2 || list[0].AppliedRevision != 0 || list[1].AppliedRevision != 7 {
		t.Errorf("nodes are %v", list)
	}
	if said := list[1]; said.Name != "1" || !said.Ready || said.UptimeSeconds != 60 || said.MemoryBytes != 1<<20 || said.CPU != 0.25 {
		t.Errorf("it has said %+v", said)
	}

	// Who registers again has applied nothing, and its former link token ends.
	f.joinToken(t, c.ID, "again")
	back := node(c.ID, "n1")
	back.LinkHash = "link_again"
	must(t, f.store.RegisterNode(ctx, "again", back))
	_, err = f.store.NodeByLink(ctx, "link_n1")
	wantKind(t, err, problem.NotFound)
	n, err = f.store.NodeByLink(ctx, "link_again")
	must(t, err)
	equal(t, "applied revision", n.AppliedRevision, 0)
	_, err = f.store.ReportNode(ctx, node(c.ID, "none"))
	wantKind(t, err, problem.NotFound)

	// Who is revoked is found by no token and reports nothing, but joins again with another join token.
	revoke := func(organization, node string) error {
		return f.store.RevokeNode(ctx, organization, c.ID, node, audit.Entry{At: epoch.Add(time.Hour), Organization: organization, Action: "node.revoke"})
	}
	wantKind(t, revoke("org_other", "n1"), problem.NotFound)
	wantKind(t, revoke(o.ID, "none"), problem.NotFound)
	entries := f.auditCount(t, o.ID)
	must(t, revoke(o.ID, "n1"))
	must(t, f.store.RevokeNode(ctx, o.ID, c.ID, "n1", audit.Entry{At: epoch.Add(2 * time.Hour), Organization: o.ID, Action: "node.revoke"}))
	equal(t, "entries of two revocations", f.auditCount(t, o.ID)-entries, 1)
	_, err = f.store.NodeByLink(ctx, "link_again")
	wantKind(t, err, problem.NotFound)
	_, err = f.store.JoinToken(ctx, "again")
	wantKind(t, err, problem.NotFound)
	_, err = f.store.ReportNode(ctx, n)
	wantKind(t, err, problem.NotFound)
	f.joinToken(t, c.ID, "newer")
	must(t, f.store.RegisterNode(ctx, "newer", back))
	_, err = f.store.NodeByLink(ctx, "link_again")
	must(t, err)

	// A cluster of one node has no node 1 any more. Those without a number may be any.
	second := node(c.ID, "n3")
	second.Name = "1"
	f.joinToken(t, c.ID, "third")
	must(t, f.store.RegisterNode(ctx, "third", second))
	_, err = f.store.ChangeSpec(ctx, provisioner.ClusterSpec{ID: c.ID, Nodes: 1}, false, audit.Entry{At: epoch, Action: "cluster.changed"})
	must(t, err)
	list, err = f.store.Nodes(ctx, c.ID)
	must(t, err)
	if len(list) != 2 || list[0].ID != "n1" || list[1].ID != "n2" {
		t.Errorf("nodes are %v", list)
	}
}

func announce(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	c := f.cluster(t, o, "first")
	for _, step := range []struct {
		fingerprint string
		want        int64
		changed     bool
	}{{"a", 2, true}, {"a", 2, false}, {"b", 3, true}} {
		changed, err := f.store.AnnounceConfig(t.Context(), step.fingerprint)
		must(t, err)
		equal(t, "change of "+step.fingerprint, changed, step.changed)
		config, err := f.store.FleetConfig(t.Context(), c.ID)
		must(t, err)
		equal(t, "revision after "+step.fingerprint, config.Revision, step.want)
	}
}

// endedPasses: who loses a right has to open the consoles of clusters anew, and nobody of another organization.
func endedPasses(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	c := f.ready(t, o, "first")
	_, other := f.account(t, "eve")
	elsewhere := f.ready(t, other, "first")
	grace := f.mate(t, o, "grace")
	at := epoch
	now := func() audit.Entry { // a later change each time
		e := entry(o.ID)
		at = at.Add(time.Minute)
		e.At = at
		return e
	}
	want := func(what string, subjects ...string) {
		t.Helper()
		config, err := f.store.FleetConfig(ctx, c.ID)
		must(t, err)
		var got []string
		for _, e := range config.Issuer.Ended {
			if e.Until.Equal(at) {
				got = append(got, e.Subject)
			}
		}
		equal(t, what, fmt.Sprintf("%q", got), fmt.Sprintf("%q", subjects))
	}
	must(t, f.store.CreateGroup(ctx, rights.Group{ID: "grp_1", OrganizationID: o.ID, Name: "night", CreatedAt: epoch}, now()))
	must(t, f.store.AddToGroup(ctx, o.ID, "grp_1", grace, anyone, now()))
	g, err := f.store.CreateGrant(ctx, rights.Grant{
		ID: "grt_1", OrganizationID: o.ID, Principal: authz.Principal{Kind: authz.User, ID: grace}, Role: authz.ClusterAdmin, CreatedAt: epoch,
	}, now())
	must(t, err)
	want("what only gives")
	before, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	must(t, f.store.DeleteGrant(ctx, o.ID, g.ID, anyone, now()))
	want("a grant that ends", grace)
	must(t, f.store.RemoveFromGroup(ctx, o.ID, "grp_1", grace, anyone, now()))
	want("a group that is left", grace)
	_, err = f.store.SetRole(ctx, o.ID, "grace@example.com", authz.Auditor, anyone, now())
	must(t, err)
	want("another role", grace)
	must(t, f.store.EndSessionsInto(ctx, o.ID, grace, "", anyone, now()))
	want("sessions that are ended", grace)
	must(t, f.store.DeleteGroup(ctx, o.ID, "grp_1", anyone, now()))
	want("a group that is deleted", "")
	must(t, f.store.RemoveMember(ctx, o.ID, grace, anyone, now()))
	want("a member who is removed", grace)
	config, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	if config.Revision < before.Revision+5 {
		t.Errorf("the revision went from %d to %d in five changes", before.Revision, config.Revision)
	}
	config, err = f.store.FleetConfig(ctx, elsewhere.ID)
	must(t, err)
	equal(t, "of another organization", len(config.Issuer.Ended), 0)
}

// keyLife: S-41.
func keyLife(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	c := f.cluster(t, o, "first")
	before, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "days without a rule", before.MaxKeyDays, 365)
	must(t, f.store.SetRules(ctx, o.ID, tenant.Rules{MaxKeyDays: 30}, entry(o.ID)))
	after, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "days", after.MaxKeyDays, 30)
	if after.Revision <= before.Revision {
		t.Errorf("the revision went from %d to %d, so nobody is told", before.Revision, after.Revision)
	}
}

// tenancy calls every method that takes an organization with another one that has a cluster of the same name.
func tenancy(t *testing.T, f fixture) {
	ada, o := f.account(t, "ada")
	eve, other := f.account(t, "eve")
	ctx := t.Context()
	c := f.ready(t, o, "first")
	own := f.ready(t, other, "first")
	_, err := f.store.CreateAccessKey(ctx, o.ID, key(c, "key_1"), entry(o.ID))
	must(t, err)
	entries := f.auditCount(t, o.ID)

	_, err = f.store.OrganizationByName(ctx, tenant.Viewer{AccountID: eve.ID}, "ada")
	wantKind(t, err, problem.NotFound)
	_, err = f.store.OrganizationByID(ctx, tenant.Viewer{AccountID: eve.ID}, o.ID)
	wantKind(t, err, problem.NotFound)
	list, err := f.store.Clusters(ctx, other.ID)
	must(t, err)
	if len(list) != 1 || list[0].ID != own.ID {
		t.Errorf("the other organization sees %v", list)
	}
	got, err := f.store.Cluster(ctx, other.ID, "first")
	must(t, err)
	equal(t, "cluster of the same name", got.ID, own.ID)
	keys, err := f.store.AccessKeys(ctx, other.ID, c.ID)
	must(t, err)
	equal(t, "foreign keys seen", len(keys), 0)
	_, err = f.store.CreateAccessKey(ctx, other.ID, key(c, "key_2"), entry(other.ID))
	wantKind(t, err, problem.Conflict)
	deleted, err := f.store.DeleteAccessKey(ctx, other.ID, c.ID, "key_1", entry(other.ID))
	must(t, err)
	equal(t, "foreign key deleted", deleted, false)
	history, err := f.store.Operations(ctx, other.ID, 10)
	must(t, err)
	if len(history) != 1 || history[0].ClusterID != own.ID {
		t.Errorf("the other organization sees the operations %v", history)
	}
	removed, created, err := f.store.DeleteCluster(ctx, other.ID, "first", newOperation(own, provisioner.DeleteCluster, "op_x"), entry(other.ID))
	must(t, err)
	equal(t, "created", created, true)
	equal(t, "deleted cluster", removed.ClusterID, own.ID)
	must(t, f.store.RemoveMember(ctx, other.ID, ada.ID, anyone, entry(other.ID)))
	_, err = f.store.SetRole(ctx, other.ID, ada.Email, authz.Member, anyone, entry(other.ID))
	must(t, err)

	kept, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "status of the foreign cluster", kept.Status, cluster.Ready)
	keys, err = f.store.AccessKeys(ctx, o.ID, c.ID)
	must(t, err)
	equal(t, "keys of the foreign cluster", len(keys), 1)
	equal(t, "audit entries of the foreign organization", f.auditCount(t, o.ID), entries)
	log, err := f.store.AuditLog(ctx, other.ID, audit.Filter{}, 100)
	must(t, err)
	for _, e := range log {
		equal(t, "organization of an entry", e.Organization, other.ID)
	}
}

func authorities(t *testing.T, f fixture) {
	ctx := t.Context()
	want := func(want ...fleet.StoredAuthority) {
		t.Helper()
		got, err := f.store.Authorities(ctx)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Fatalf("authorities are %v, want %v", got, want)
		}
	}
	want()
	at := func(hours int) time.Time { return epoch.Add(time.Duration(hours) * time.Hour) }
	first := fleet.StoredAuthority{ID: "ca_1", Sealed: "s1", IssuesFrom: at(0)}
	for _, a := range []fleet.StoredAuthority{first, {ID: "ca_x", Sealed: "x", IssuesFrom: at(1)}} {
		got, err := f.store.CreateFirstAuthority(ctx, a)
		must(t, err)
		if len(got) != 1 || got[0] != first {
			t.Fatalf("authorities are %v, want the first alone", got)
		}
	}
	second := fleet.StoredAuthority{ID: "ca_2", Sealed: "s2", IssuesFrom: at(2)}
	must(t, f.store.SetAuthority(ctx, second, at(30)))
	first.RetiresAt = at(30)
	want(second, first)

	// Back, before the second has issued: it never does.
	first.IssuesFrom, first.RetiresAt = at(1), time.Time{}
	must(t, f.store.SetAuthority(ctx, first, at(26)))
	second.IssuesFrom, second.RetiresAt = at(1).Add(-time.Microsecond), at(26)
	want(first, second)

	// Who is to be retired sooner stays so.
	third := fleet.StoredAuthority{ID: "ca_3", Sealed: "s3", IssuesFrom: at(4)}
	must(t, f.store.SetAuthority(ctx, third, at(40)))
	first.RetiresAt = at(40)
	want(third, first, second)
	for _, step := range []struct {
		hours int
		left  []fleet.StoredAuthority
	}{{25, []fleet.StoredAuthority{third, first, second}}, {26, []fleet.StoredAuthority{third, first}}, {100, []fleet.StoredAuthority{third}}} {
		_, err := f.store.PurgeAuthorities(ctx, at(step.hours))
		must(t, err)
		want(step.left...)
	}
}
