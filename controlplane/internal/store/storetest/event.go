package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

// story is the kinds of a cluster's events, oldest first, without those before the cluster was ready.
func (f fixture) story(t *testing.T, c cluster.Cluster) string {
	t.Helper()
	list, err := f.store.ClusterEvents(t.Context(), c.OrganizationID, c.ID, cluster.Place{}, 100)
	must(t, err)
	var kinds []string
	for _, e := range list {
		if e.OperationID != c.OperationID {
			kinds = append([]string{string(e.Kind) + ":" + e.Node}, kinds...)
		}
	}
	return strings.Join(kinds, " ")
}

// events are told in the transactions of what they tell, and once however often it is reported.
func events(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, other := f.account(t, "eve")
	c := f.ready(t, o, "first")
	must(t, f.store.EndOperation(ctx, operation.Record{
		ID: c.OperationID, Kind: provisioner.CreateCluster, State: operation.Succeeded, ClusterID: c.ID, EndedAt: epoch,
	}, entry(o.ID)))
	at := func(minutes int) time.Time { return epoch.Add(time.Duration(minutes) * time.Minute) }

	// A node joins, falls silent, is said to be so once, and calls again; another process takes its place.
	f.joinToken(t, c.ID, "join_1")
	one := fleet.Node{ClusterID: c.ID, ID: "n1", LinkHash: "link_n1", Name: "0", Version: "1", RegisteredAt: at(1), SeenAt: at(1)}
	must(t, f.store.RegisterNode(ctx, "join_1", one))
	must(t, f.store.RegisterNode(ctx, "join_1", one)) // the answer got lost
	for range 2 {
		_, err := f.store.MarkSilent(ctx, at(4), at(5))
		must(t, err)
	}
	one.SeenAt = at(6)
	for range 2 {
		_, err := f.store.ReportNode(ctx, one)
		must(t, err)
	}
	f.joinToken(t, c.ID, "join_2")
	two := fleet.Node{ClusterID: c.ID, ID: "n2", LinkHash: "link_n2", Name: "0", Version: "1", RegisteredAt: at(7), SeenAt: at(7)}
	must(t, f.store.RegisterNode(ctx, "join_2", two))
	equal(t, "story of nodes", f.story(t, c), "NODE_JOINED:0 NODE_LOST:0 NODE_BACK:0 NODE_REPLACED:0")

	// While something is done to the cluster, or it is paused, nobody is silent.
	pause := operation.Record{
		ID: "op_pause", OrganizationID: o.ID, Organization: o.Name, Kind: provisioner.PauseCluster, State: operation.Running, ClusterID: c.ID,
		Cluster: c.Name, Cloud: c.Cloud, CreatedBy: "ada@example.com", CreatedAt: at(8),
		Request: provisioner.Request{Kind: provisioner.PauseCluster, Cluster: c.Spec(), Before: c.Spec()},
	}
	_, _, err := f.store.BeginOperation(ctx, pause, cluster.Idempotency{}, entry(o.ID))
	must(t, err)
	silent, err := f.store.MarkSilent(ctx, at(60), at(61))
	must(t, err)
	equal(t, "silent while it is being paused", len(silent), 0)
	pause.State, pause.EndedAt, pause.Reason = operation.Failed, at(9), "no room"
	must(t, f.store.EndOperation(ctx, pause, entry(o.ID)))
	must(t, f.store.EndOperation(ctx, pause, entry(o.ID)))

	two.SeenAt, two.Fence = at(10), &fleetapi.Fence{ID: "f1", TakenAt: epoch, Since: epoch}
	_, err = f.store.ReportNode(ctx, two)
	must(t, err)
	two.SeenAt, two.Fence = at(11), nil
	_, err = f.store.ReportNode(ctx, two)
	must(t, err)
	e := entry(o.ID)
	e.At = at(12)
	set := cluster.Settings{Protected: true, BackupHours: 24, BackupKeep: 7}
	must(t, f.store.ChangeSettings(ctx, o.ID, "first", set, time.Time{}, e))
	must(t, f.store.ChangeSettings(ctx, o.ID, "first", set, time.Time{}, e))
	if want := " OPERATION_BEGUN: OPERATION_FAILED: FENCED: FENCE_LIFTED: SETTINGS_CHANGED:"; !strings.HasSuffix(f.story(t, c), want) {
		t.Errorf("the story is %q, want it to end with %q", f.story(t, c), want)
	}

	// Pages do not overlap, and other organizations see nothing.
	seen, before := map[string]bool{}, cluster.Place{}
	for {
		page, err := f.store.ClusterEvents(ctx, o.ID, c.ID, before, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if seen[e.ID] {
				t.Fatalf("%s is on two pages", e.ID)
			}
			seen[e.ID] = true
		}
		before = cluster.Place{At: page[len(page)-1].At, ID: page[len(page)-1].ID}
	}
	all, err := f.store.ClusterEvents(ctx, o.ID, c.ID, cluster.Place{}, 100)
	must(t, err)
	equal(t, "events on pages", len(seen), len(all))
	foreign, err := f.store.ClusterEvents(ctx, other.ID, c.ID, cluster.Place{}, 100)
	must(t, err)
	equal(t, "events for others", len(foreign), 0)
	must(t, f.store.PurgeClusterEvents(ctx, at(10000)))
	equal(t, "story after the purge", f.story(t, c), "")
}
