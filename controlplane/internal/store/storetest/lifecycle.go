package storetest

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

func lifecycle(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	creating := f.cluster(t, o, "creating")
	_, _, err := f.store.BeginOperation(ctx, newOperation(creating, provisioner.PauseCluster, "op_0"), cluster.Idempotency{}, entry(o.ID))
	wantKind(t, err, problem.Conflict)

	c := f.ready(t, o, "first")
	created, err := f.store.Operation(ctx, c.OperationID)
	must(t, err)
	created.State, created.EndedAt = operation.Succeeded, epoch
	must(t, f.store.EndOperation(ctx, created, entry(o.ID)))

	key := cluster.Idempotency{AccountID: "acc_ada", Key: "k1", RequestHash: "h1"}
	want := newOperation(c, provisioner.ScaleCluster, "op_1")
	want.Request = provisioner.Request{Kind: want.Kind, Cluster: c.Spec(), Before: c.Spec()}
	want.Request.Cluster.Nodes = 3
	got, begun, err := f.store.BeginOperation(ctx, want, key, entry(o.ID))
	must(t, err)
	equal(t, "begun", begun, true)
	equal(t, "operation", got, want)
	again := want
	again.ID = "op_2"
	got, begun, err = f.store.BeginOperation(ctx, again, key, entry(o.ID))
	must(t, err)
	equal(t, "begun again", begun, false)
	equal(t, "operation of the same call", got, want)
	_, _, err = f.store.BeginOperation(ctx, again, cluster.Idempotency{}, entry(o.ID))
	wantKind(t, err, problem.Conflict) // the other one runs

	for range 2 { // the first who cancels is remembered
		got, err = f.store.CancelOperation(ctx, "op_1", "ada@example.com", entry(o.ID))
		must(t, err)
		equal(t, "cancelled by", got.CancelledBy, "ada@example.com")
	}
	got.State, got.EndedAt = operation.Cancelled, epoch
	must(t, f.store.EndOperation(ctx, got, entry(o.ID)))
	_, err = f.store.CancelOperation(ctx, "op_1", "eve@example.com", entry(o.ID))
	wantKind(t, err, problem.Conflict)
	list, err := f.store.ClusterOperations(ctx, o.ID, c.ID, 10)
	must(t, err)
	equal(t, "operations of the cluster", len(list), 2)

	must(t, f.store.ChangeSettings(ctx, o.ID, "first", cluster.Settings{Protected: true, BackupHours: 24, BackupKeep: 1}, epoch, entry(o.ID)))
	_, _, err = f.store.DeleteCluster(ctx, o.ID, "first", newOperation(c, provisioner.DeleteCluster, "op_3"), entry(o.ID))
	wantKind(t, err, problem.Conflict) // protected
	due, err := f.store.DueBackups(ctx, epoch)
	must(t, err)
	if len(due) != 1 || due[0].Cluster != "first" || due[0].Hours != 24 {
		t.Fatalf("due are %v", due)
	}
	must(t, f.store.SetBackupDue(ctx, c.ID, epoch.Add(time.Hour)))
	due, err = f.store.DueBackups(ctx, epoch)
	must(t, err)
	equal(t, "due backups", len(due), 0)

	_, err = f.store.ChangeSpec(ctx, want.Request.Cluster, true, entry(""))
	must(t, err)
	c, err = f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "spec", c.Spec(), want.Request.Cluster)
	equal(t, "paused", c.Paused, true)
}

func backups(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.ready(t, o, "first")
	for i, name := range []string{"scheduled-1", "scheduled-2", "manual"} {
		b := provisioner.Backup{Name: name, At: epoch.Add(time.Duration(i) * time.Hour), Bytes: 7}
		for range 2 {
			_, err := f.store.AddBackup(ctx, c.ID, b, name != "manual", entry(""))
			must(t, err)
		}
	}
	must(t, f.store.ChangeSettings(ctx, o.ID, "first", cluster.Settings{BackupHours: 1, BackupKeep: 1}, epoch, entry(o.ID)))
	surplus, err := f.store.SurplusBackups(ctx, epoch)
	must(t, err)
	if len(surplus) != 1 || surplus[0].Backup != "scheduled-1" {
		t.Fatalf("surplus are %v", surplus)
	}
	must(t, f.store.ChangeSettings(ctx, o.ID, "first", cluster.Settings{BackupHours: 1, BackupKeep: 7, BackupDays: 3}, epoch, entry(o.ID)))
	for days, want := range map[int]int{0: 0, 2: 0, 4: 1, 400: 1} { // however old, the newest one stays
		surplus, err := f.store.SurplusBackups(ctx, epoch.AddDate(0, 0, days))
		must(t, err)
		equal(t, "too old", len(surplus), want)
	}
	k := cluster.BackupKey{OrganizationID: o.ID, ClusterID: c.ID, Backup: "scheduled-1", Recipient: "age1x", Sealed: "v1:x", CreatedAt: epoch}
	_, err = f.store.BackupKey(ctx, c.ID, k.Backup)
	wantKind(t, err, problem.NotFound)
	organization, err := f.store.OrganizationOf(ctx, c.ID)
	must(t, err)
	equal(t, "organization", organization, o.ID)
	must(t, f.store.CreateBackupKey(ctx, k))
	other := k
	other.Recipient = "age1y"
	must(t, f.store.CreateBackupKey(ctx, other)) // the first one stays
	got, err := f.store.BackupKey(ctx, c.ID, k.Backup)
	must(t, err)
	equal(t, "key", got, k)
	must(t, f.store.DropBackup(ctx, c.ID, "scheduled-1"))
	_, err = f.store.BackupKey(ctx, c.ID, k.Backup)
	wantKind(t, err, problem.NotFound)
	_, err = f.store.RemoveCluster(ctx, c.ID, entry(""))
	must(t, err)
	list, err := f.store.Backups(ctx, o.ID, "")
	must(t, err)
	if len(list) != 2 || list[0].Name != "manual" || list[0].Spec != c.Spec() || list[1].Name != "scheduled-2" || !list[1].Scheduled {
		t.Fatalf("backups are %v", list)
	}
	_, err = f.store.Backup(ctx, "org_eve", "first", "manual")
	wantKind(t, err, problem.NotFound)
}

// fences are known by what data planes say, and lifted by what they are told.
func fences(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.ready(t, o, "first")
	f.register(t, c.ID, "n1")
	n, err := f.store.NodeByLink(ctx, "link_n1")
	must(t, err)
	n.SeenAt, n.Fence = epoch, &fleetapi.Fence{ID: "f1", ClusterID: "clu_other", TakenAt: epoch, Since: epoch.Add(time.Hour)}
	_, err = f.store.ReportNode(ctx, n)
	must(t, err)
	c, err = f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	if c.Fence == nil || *c.Fence != cluster.Fence(*n.Fence) {
		t.Fatalf("the fence is %+v", c.Fence)
	}
	revision, err := f.store.LiftFence(ctx, o.ID, c.ID, "f1", entry(o.ID))
	must(t, err)
	config, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "revision", config.Revision, revision)
	equal(t, "fence to be lifted", config.LiftFence, "f1")
	n.Fence = nil
	_, err = f.store.ReportNode(ctx, n)
	must(t, err)
	c, err = f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	if c.Fence != nil {
		t.Errorf("the fence is still %+v", c.Fence)
	}
}
