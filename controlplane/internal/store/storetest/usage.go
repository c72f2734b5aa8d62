package storetest

import (
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func usage(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	_, other := f.account(t, "eve")
	ctx := t.Context()
	c, d := f.ready(t, o, "first"), f.ready(t, o, "second")
	book := func(cluster string, rows ...fleetapi.Usage) {
		t.Helper()
		organization, err := f.store.BookUsage(ctx, cluster, rows)
		must(t, err)
		equal(t, "organization", organization, o.ID)
	}
	row := func(epoch, day string, n int64) fleetapi.Usage {
		return fleetapi.Usage{Epoch: epoch, Day: day, Executions: n, Tasks: 2 * n, StorageBytes: 100 * n}
	}
	book(c.ID, row("x", "2026-05-16", 5), row("x", "2026-05-17", 3))
	book(c.ID, row("x", "2026-05-17", 7))
	book(c.ID, row("x", "2026-05-17", 7))                            // repeated
	book(c.ID, row("x", "2026-05-17", 3))                            // late
	book(c.ID, row("y", "2026-05-17", 4))                            // after a restart
	book(d.ID, row("x", "2026-05-17", 1), row("x", "2026-05-18", 1)) // an epoch is a cluster's own
	book(d.ID)

	got, err := f.store.Usage(ctx, o.ID, "", "2026-05-17", "2026-05-17")
	must(t, err)
	equalList(t, "usage", got, []metering.Day{
		{ClusterID: c.ID, Cluster: "first", Day: "2026-05-17", Executions: 11, Tasks: 22, StorageBytes: 700},
		{ClusterID: d.ID, Cluster: "second", Day: "2026-05-17", Executions: 1, Tasks: 2, StorageBytes: 100},
	})
	got, err = f.store.Usage(ctx, o.ID, "second", "2026-05-01", "2026-05-31")
	must(t, err)
	equal(t, "days of one cluster", len(got), 2)
	got, err = f.store.Usage(ctx, other.ID, "", "2026-05-01", "2026-05-31")
	must(t, err)
	equal(t, "days that another organization sees", len(got), 0)
	_, err = f.store.BookUsage(ctx, "none", nil)
	wantKind(t, err, problem.NotFound)

	_, err = f.store.RemoveCluster(ctx, c.ID, entry(o.ID))
	must(t, err)
	got, err = f.store.Usage(ctx, o.ID, "first", "2026-05-01", "2026-05-31")
	must(t, err)
	equal(t, "days of a cluster that is gone", len(got), 2)
}

func quotas(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	_, other := f.account(t, "eve")
	ctx := t.Context()
	c, foreign := f.ready(t, o, "first"), f.ready(t, other, "first")
	want := []metering.Quota{{Metric: metering.Tasks, Hard: 9}, {Cluster: c.ID, Metric: metering.Executions, Soft: 1, Hard: 2}}
	must(t, f.store.SetQuotas(ctx, o.ID, want[:1], entry(o.ID)))
	must(t, f.store.SetQuotas(ctx, o.ID, want, entry(o.ID)))
	err := f.store.SetQuotas(ctx, o.ID, []metering.Quota{{Cluster: foreign.ID, Metric: metering.Tasks, Hard: 1}}, entry(o.ID))
	wantKind(t, err, problem.Invalid)
	got, err := f.store.Quotas(ctx, o.ID)
	must(t, err)
	equalList(t, "quotas", got, want)
	got, err = f.store.Quotas(ctx, other.ID)
	must(t, err)
	equal(t, "quotas of the other organization", len(got), 0)

	before, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	must(t, f.store.SetVerdict(ctx, c.ID, &fleetapi.Quota{State: fleetapi.QuotaRefuse, Message: "no", Until: epoch}))
	config, err := f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	equal(t, "revision", config.Revision, before.Revision+1)
	equal(t, "what the data plane is told", *config.Quota, fleetapi.Quota{State: fleetapi.QuotaRefuse, Message: "no", Until: epoch})
	verdicts, err := f.store.Verdicts(ctx, o.ID)
	must(t, err)
	equal(t, "clusters", len(verdicts), 1)
	equal(t, "verdict", verdicts[c.ID].State, fleetapi.QuotaRefuse)
	must(t, f.store.SetVerdict(ctx, c.ID, nil))
	config, err = f.store.FleetConfig(ctx, c.ID)
	must(t, err)
	if config.Quota != nil {
		t.Errorf("the data plane is told %+v", config.Quota)
	}
}

func equalList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	equal(t, "length of "+what, len(got), len(want))
	for i := range min(len(got), len(want)) {
		equal(t, what, got[i], want[i])
	}
}
