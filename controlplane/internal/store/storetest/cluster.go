package storetest

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

func createCluster(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	want, r := newCluster(o, "first")
	got := f.cluster(t, o, "first")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stored cluster is %+v, want %+v", got, want)
	}
	byName, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	if !reflect.DeepEqual(byName, want) {
		t.Errorf("cluster by name is %+v, want %+v", byName, want)
	}
	stored, err := f.store.Operation(ctx, r.ID)
	must(t, err)
	equal(t, "operation", stored, r)
	before := f.auditCount(t, o.ID)

	again, other := newCluster(o, "first")
	again.ID, other.ID = "clu_again", "op_again"
	_, _, err = f.store.CreateCluster(ctx, again, other, cluster.Idempotency{}, entry(o.ID))
	wantField(t, err, problem.Conflict, "name")
	_, err = f.store.Operation(ctx, "op_again")
	wantKind(t, err, problem.NotFound)
	equal(t, "audit entries after a refusal", f.auditCount(t, o.ID), before)

	f.cluster(t, o, "another")
	list, err := f.store.Clusters(ctx, o.ID)
	must(t, err)
	if len(list) != 2 || list[0].Name != "another" || list[1].Name != "first" {
		t.Errorf("clusters are %v, want another and first", list)
	}
	specs, err := f.store.ClusterSpecs(ctx)
	must(t, err)
	if len(specs) != 2 || specs[0].Cloud != "local" || specs[0].Organization != "ada" {
		t.Errorf("specs are %v", specs)
	}
	_, err = f.store.Cluster(ctx, o.ID, "")
	wantKind(t, err, problem.NotFound)
}

func idempotency(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	key := cluster.Idempotency{AccountID: "acc_ada", Key: "k1", RequestHash: "h1"}
	c, r := newCluster(o, "first")
	first, created, err := f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	must(t, err)
	equal(t, "created", created, true)
	entries := f.auditCount(t, o.ID)

	c.ID, r.ID, r.ClusterID = "clu_2", "op_2", "clu_2"
	second, created, err := f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	must(t, err)
	equal(t, "created again", created, false)
	equal(t, "cluster", second.ID, first.ID)
	equal(t, "audit entries", f.auditCount(t, o.ID), entries)

	key.RequestHash = "h2"
	_, _, err = f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	wantField(t, err, problem.Invalid, "Idempotency-Key")

	// A call that was refused does not use the key up.
	key = cluster.Idempotency{AccountID: "acc_ada", Key: "k2", RequestHash: "h1"}
	_, _, err = f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	wantField(t, err, problem.Conflict, "name")
	c.Name = "second"
	key.RequestHash = "h3"
	_, created, err = f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	must(t, err)
	equal(t, "created after a refusal", created, true)

	_, err = f.store.RemoveCluster(ctx, "clu_2", entry(""))
	must(t, err)
	_, _, err = f.store.CreateCluster(ctx, c, r, key, entry(o.ID))
	wantKind(t, err, problem.Conflict)

	n, err := f.store.PurgeIdempotencyKeys(ctx, epoch.Add(time.Second))
	must(t, err)
	equal(t, "purged keys", n, 2)
}

func concurrentIdempotency(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	key := cluster.Idempotency{AccountID: "acc_ada", Key: "k1", RequestHash: "h1"}
	var calling sync.WaitGroup
	var mu sync.Mutex
	ids, made := map[string]bool{}, 0
	for i := range 8 {
		calling.Go(func() {
			c, r := newCluster(o, "first")
			c.ID += string(rune('a' + i))
			r.ID += string(rune('a' + i))
			got, created, err := f.store.CreateCluster(t.Context(), c, r, key, entry(o.ID))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			ids[got.ID] = true
			if created {
				made++
			}
		})
	}
	calling.Wait()
	equal(t, "different answers", len(ids), 1)
	equal(t, "calls that created", made, 1)
}

func deleteCluster(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.ready(t, o, "first")
	_, _, err := f.store.DeleteCluster(ctx, o.ID, "none", newOperation(c, provisioner.DeleteCluster, "op_x"), entry(o.ID))
	wantKind(t, err, problem.NotFound)

	first, created, err := f.store.DeleteCluster(ctx, o.ID, "first", newOperation(c, provisioner.DeleteCluster, "op_1"), entry(o.ID))
	must(t, err)
	equal(t, "created", created, true)
	entries := f.auditCount(t, o.ID)
	second, created, err := f.store.DeleteCluster(ctx, o.ID, "first", newOperation(c, provisioner.DeleteCluster, "op_2"), entry(o.ID))
	must(t, err)
	equal(t, "created again", created, false)
	equal(t, "operation", second, first)
	equal(t, "audit entries", f.auditCount(t, o.ID), entries)

	first.State, first.Reason, first.EndedAt = operation.Failed, "the disk is stuck", epoch
	must(t, f.store.EndOperation(ctx, first, entry(o.ID)))
	stuck, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "status", stuck.Status, cluster.Deleting)
	equal(t, "reason", stuck.Reason, "the disk is stuck")

	third, created, err := f.store.DeleteCluster(ctx, o.ID, "first", newOperation(c, provisioner.DeleteCluster, "op_3"), entry(o.ID))
	must(t, err)
	equal(t, "created after a failure", created, true)
	equal(t, "operation after a failure", third.ID, "op_3")
}

func statuses(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.cluster(t, o, "first")
	for range 2 {
		organization, err := f.store.ReserveEndpoint(ctx, c.ID, provisioner.NodeInfo{Endpoint: "http://h/api", Console: "http://h"})
		must(t, err)
		equal(t, "organization", organization, o.ID)
	}
	before := f.auditCount(t, o.ID)
	for range 2 {
		organization, err := f.store.MarkReady(ctx, c.ID, entry(""))
		must(t, err)
		equal(t, "organization", organization, o.ID)
	}
	equal(t, "audit entries for one change", f.auditCount(t, o.ID), before+1)
	got, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "status", got.Status, cluster.Ready)
	equal(t, "endpoint", got.Endpoint, "http://h/api")
	equal(t, "ready at", got.ReadyAt, epoch)
	_, err = f.store.MarkFailed(ctx, c.ID, "late", entry(""))
	must(t, err)
	got, err = f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "status of a ready cluster", got.Status, cluster.Ready)

	bad := f.cluster(t, o, "bad")
	_, err = f.store.ReserveEndpoint(ctx, bad.ID, provisioner.NodeInfo{Endpoint: "http://h/api"})
	must(t, err)
	f.register(t, bad.ID, "n1")
	_, err = f.store.MarkFailed(ctx, bad.ID, "no disk", entry(""))
	must(t, err)
	got, err = f.store.Cluster(ctx, o.ID, "bad")
	must(t, err)
	equal(t, "status", got.Status, cluster.Failed)
	equal(t, "reason", got.Reason, "no disk")
	equal(t, "endpoint", got.Endpoint, "")
	_, err = f.store.NodeByLink(ctx, "link_n1")
	wantKind(t, err, problem.NotFound)

	_, err = f.store.MarkReady(ctx, "clu_none", entry(""))
	wantKind(t, err, problem.NotFound)
}

func removeCluster(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.ready(t, o, "first")
	f.register(t, c.ID, "n1")
	_, err := f.store.CreateAccessKey(ctx, o.ID, key(c, "key_1"), entry(o.ID))
	must(t, err)
	organization, err := f.store.RemoveCluster(ctx, c.ID, entry(""))
	must(t, err)
	equal(t, "organization", organization, o.ID)
	organization, err = f.store.RemoveCluster(ctx, c.ID, entry(""))
	must(t, err)
	equal(t, "organization the second time", organization, "")

	_, err = f.store.Cluster(ctx, o.ID, "first")
	wantKind(t, err, problem.NotFound)
	_, err = f.store.NodeByLink(ctx, "link_n1")
	wantKind(t, err, problem.NotFound)
	_, err = f.store.FleetConfig(ctx, c.ID)
	wantKind(t, err, problem.NotFound)
	keys, err := f.store.AccessKeys(ctx, o.ID, c.ID)
	must(t, err)
	equal(t, "keys", len(keys), 0)
	history, err := f.store.Operations(ctx, o.ID, 10)
	must(t, err)
	equal(t, "operations", len(history), 1)
}

func endOperation(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	c := f.cluster(t, o, "first")
	running, err := f.store.RunningOperations(ctx)
	must(t, err)
	if len(running) != 1 || running[0].ID != c.OperationID {
		t.Fatalf("running operations are %v", running)
	}
	r := running[0]
	r.State, r.Reason, r.EndedAt = operation.Failed, "no disk", epoch.Add(time.Minute)
	before := f.auditCount(t, o.ID)
	must(t, f.store.EndOperation(ctx, r, entry(o.ID)))
	r.State, r.Reason = operation.Succeeded, ""
	must(t, f.store.EndOperation(ctx, r, entry(o.ID)))
	equal(t, "audit entries for one end", f.auditCount(t, o.ID), before+1)
	got, err := f.store.Operation(ctx, r.ID)
	must(t, err)
	equal(t, "state", got.State, operation.Failed)
	equal(t, "ended at", got.EndedAt, epoch.Add(time.Minute))
	failed, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	equal(t, "status of the cluster", failed.Status, cluster.Failed)
	equal(t, "reason of the cluster", failed.Reason, "no disk")
	running, err = f.store.RunningOperations(ctx)
	must(t, err)
	equal(t, "running operations", len(running), 0)
}

func key(c cluster.Cluster, id string) cluster.AccessKey {
	return cluster.AccessKey{
		ID: id, ClusterID: c.ID, Name: "workers", SecretHash: "hash", CreatedBy: "ada@example.com",
		CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour), Role: fleetapi.ClusterWorker,
	}
}

func accessKeys(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	ctx := t.Context()
	creating := f.cluster(t, o, "creating")
	_, err := f.store.CreateAccessKey(ctx, o.ID, key(creating, "key_0"), entry(o.ID))
	wantKind(t, err, problem.Conflict)

	c := f.ready(t, o, "first")
	revision, err := f.store.CreateAccessKey(ctx, o.ID, key(c, "key_1"), entry(o.ID))
	must(t, err)
	equal(t, "revision", revision, 2)
	keys, err := f.store.AccessKeys(ctx, o.ID, c.ID)
	must(t, err)
	if len(keys) != 1 || keys[0] != key(c, "key_1") {
		t.Fatalf("keys are %v", keys)
	}
	config, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "told revision", config.Revision, 2)
	equal(t, "told names", config.ClusterName+" "+config.Organization, "first ada")
	if len(config.AccessKeys) != 1 || config.AccessKeys[0].SecretHash != "hash" || !config.AccessKeys[0].ExpiresAt.Equal(epoch.Add(time.Hour)) {
		t.Errorf("told keys are %v", config.AccessKeys)
	}

	equal(t, "told role", config.AccessKeys[0].Role, fleetapi.ClusterWorker)
	f.changeAccessKeys(t, o, c)

	for _, want := range []bool{true, false} {
		deleted, err := f.store.DeleteAccessKey(ctx, o.ID, c.ID, "key_1", entry(o.ID))
		must(t, err)
		equal(t, "deleted", deleted, want)
	}
	config, err = f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "told revision", config.Revision, 5)
	equal(t, "told keys", len(config.AccessKeys), 0)
}

// changeAccessKeys renews the secret of key_1 and pauses it.
func (f fixture) changeAccessKeys(t *testing.T, o tenant.Organization, c cluster.Cluster) {
	t.Helper()
	ctx := t.Context()
	_, revision, err := f.store.ChangeAccessKey(ctx, o.ID, c.ID, "key_1", func(k *cluster.AccessKey) error {
		k.FormerHash, k.FormerUntil, k.SecretHash = k.SecretHash, epoch.Add(time.Minute), "other"
		return nil
	}, entry(o.ID))
	must(t, err)
	equal(t, "revision of a renewed key", revision, 3)
	config, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	told := config.AccessKeys[0]
	equal(t, "told secrets", told.SecretHash+" "+told.FormerHash, "other hash")
	equal(t, "told end", *told.FormerUntil, epoch.Add(time.Minute))
	k, _, err := f.store.ChangeAccessKey(ctx, o.ID, c.ID, "key_1", func(k *cluster.AccessKey) error {
		k.Paused = true
		return nil
	}, entry(o.ID))
	must(t, err)
	keys, err := f.store.AccessKeys(ctx, o.ID, c.ID)
	must(t, err)
	if len(keys) != 1 || keys[0] != k || !k.Paused {
		t.Errorf("a paused key is %v, and was %v", keys, k)
	}
	config, err = f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "told keys while it is paused", len(config.AccessKeys), 0)
	_, _, err = f.store.ChangeAccessKey(ctx, o.ID, c.ID, "key_9", func(*cluster.AccessKey) error { return nil }, entry(o.ID))
	wantKind(t, err, problem.NotFound)
}
