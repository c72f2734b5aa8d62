package erasure_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// house is the control plane's parts that delete organizations, over a real store and a real engine, and a cloud in memory.
type house struct {
	store  *store.Store
	engine *engine.Engine
	cloud  *cloudtest.Memory
	keys   *envelope.Keys
	hub    *notify.Hub
	org    tenant.Organization
	ada    audit.Actor

	mu    sync.Mutex
	clock time.Time
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{
		cloud: &cloudtest.Memory{}, hub: &notify.Hub{}, clock: time.Now().UTC().Truncate(time.Microsecond),
		org: tenant.Organization{ID: "org_1", Name: "acme", Role: authz.Owner}, ada: audit.Actor{AccountID: "acc_1", Email: "ada@example.com"},
	}
	var err error
	h.store, err = store.Open(t.Context(), store.Config{Path: storetest.SQLite(t, t.TempDir())})
	must(t, err)
	t.Cleanup(func() { _ = h.store.Close() })
	h.engine, err = engine.Open(t.Context(), engine.Config{})
	must(t, err)
	t.Cleanup(func() { _ = h.engine.Close() })
	kek, err := envelope.OpenLocal(filepath.Join(t.TempDir(), "kek"))
	must(t, err)
	shares, err := envelope.OpenShares(filepath.Join(t.TempDir(), "shares"), kek)
	must(t, err)
	h.keys = envelope.New(h.store, shares, h.now)
	for _, o := range []tenant.Organization{h.org, {ID: "org_2", Name: "eve", Role: authz.Owner}} {
		account := "acc_" + strings.TrimPrefix(o.ID, "org_")
		must(t, h.store.CreateAccount(t.Context(), identity.Account{ID: account, Email: o.Name + "@example.com", CreatedAt: h.clock}, "hash", o,
			identity.Session{TokenHash: o.ID, AccountID: account, CreatedAt: h.clock, SeenAt: h.clock, ExpiresAt: h.clock.Add(time.Hour)},
			audit.Entry{At: h.clock, Organization: o.ID, Action: "test"}))
	}
	return h
}

// life is one life of the process.
type life struct {
	*erasure.Service
	clusters *cluster.Service
	control  *cluster.Control
	carrier  *operation.Carrier
	planner  *provisioner.Provisioner
}

// wire makes a life whose steps go through f.
func (h *house) wire(t *testing.T, f func(provisioner.Organizations) provisioner.Organizations) life {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	var l life
	var err error
	l.control = cluster.NewControl(cluster.ControlDeps{Store: h.store, Sealer: h.keys, Hub: h.hub, Now: h.now})
	l.planner, err = provisioner.New(provisioner.Deps{
		Engine: h.engine, Clouds: map[string]provisioner.Cloud{"local": h.cloud}, Control: l.control, ControlPlaneURL: "http://control.test", Logger: log,
	})
	must(t, err)
	l.carrier = operation.NewCarrier(operation.CarrierDeps{
		Journal: h.store, Engine: h.engine, Provisioner: l.planner, Hub: h.hub, Now: h.now, Logger: log,
	})
	l.clusters = cluster.New(cluster.Deps{Store: h.store, Carrier: l.carrier, Planner: l.planner, Sealer: h.keys, Hub: h.hub, Clouds: []string{"local"}, Now: h.now, Logger: log})
	l.Service = erasure.New(erasure.Deps{
		Store: h.store, Clusters: l.clusters, Clouds: l.planner, Keys: h.keys, Carrier: l.carrier, Hub: h.hub, Grace: 7 * 24 * time.Hour, Now: h.now,
		Logger: log,
	})
	l.planner.ServeOrganizations(f(l.Service))
	return l
}

// run lives until ctx ends.
func (l life) run(ctx context.Context) {
	var parts sync.WaitGroup
	for _, part := range []func(context.Context) error{l.Run, l.carrier.Run, l.planner.Run} {
		parts.Go(func() { _ = part(ctx) })
	}
	parts.Wait()
}

func itself(o provisioner.Organizations) provisioner.Organizations { return o }

// mortal kills the process at each step: at the first call before it is done, at the second after, and lets the third pass.
type mortal struct {
	provisioner.Organizations
	mu    *sync.Mutex
	calls map[string]int
	die   context.CancelFunc
}

func (m mortal) step(ctx context.Context, name string, do func() error) error {
	m.mu.Lock()
	m.calls[name]++
	n := m.calls[name]
	m.mu.Unlock()
	if n == 1 {
		m.die()
		<-ctx.Done()
		return ctx.Err()
	}
	err := do()
	if n == 2 {
		m.die()
		<-ctx.Done()
	}
	return err
}

func (m mortal) DeleteClusters(ctx context.Context, id string) (left []string, err error) {
	err = m.step(ctx, "clusters", func() error { left, err = m.Organizations.DeleteClusters(ctx, id); return err })
	return left, err
}

func (m mortal) DeleteBackups(ctx context.Context, id string) error {
	return m.step(ctx, "backups", func() error { return m.Organizations.DeleteBackups(ctx, id) })
}

func (m mortal) DestroyKeys(ctx context.Context, id string) error {
	return m.step(ctx, "keys", func() error { return m.Organizations.DestroyKeys(ctx, id) })
}

func (m mortal) Erase(ctx context.Context, id string) error {
	return m.step(ctx, "erase", func() error { return m.Organizations.Erase(ctx, id) })
}

// TestDeletion_GoesOnWhereverItIsKilled: S-62. A full organization is deleted by a process that is killed before and after each
// step.
func TestDeletion_GoesOnWhereverItIsKilled(t *testing.T) {
	h := newHouse(t)
	first := h.wire(t, itself)
	c, err := first.clusters.Create(t.Context(), h.ada, h.org, cluster.CreateInput{Name: "first"})
	must(t, err)
	must(t, first.control.Ready(t.Context(), c.ID))
	spec := provisioner.ClusterSpec{ID: c.ID, Name: c.Name, Organization: "acme", Cloud: "local"}
	for _, p := range provisioner.Parts() {
		must(t, h.cloud.Ensure(t.Context(), spec, p))
	}
	copied, err := h.cloud.Backup(t.Context(), spec, provisioner.Copy{Name: "before"})
	must(t, err)
	must(t, first.control.BackedUp(t.Context(), c.ID, copied))
	sealed, err := h.keys.Seal(t.Context(), h.org.ID, "row/1", []byte("s3cret"))
	must(t, err)
	_, err = first.Ask(t.Context(), h.ada, h.org, "acme")
	must(t, err)
	h.pass(7*24*time.Hour + time.Second)

	mu, calls := &sync.Mutex{}, map[string]int{}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	lives := 0
	for ; ctx.Err() == nil; lives++ {
		living, die := context.WithCancel(ctx)
		gone := h.hub.Watch(living, notify.Organization(h.org.ID))
		l := h.wire(t, func(o provisioner.Organizations) provisioner.Organizations { return mortal{o, mu, calls, die} })
		ended := make(chan struct{})
		go func() { defer close(ended); l.run(living) }()
		for over := false; !over && living.Err() == nil; {
			over = h.over(t)
			if !over {
				select {
				case <-gone:
				case <-living.Done():
				}
			}
		}
		over := living.Err() == nil
		die()
		<-ended
		if over {
			break
		}
	}
	if ctx.Err() != nil {
		t.Fatalf("not deleted after %d lives; steps were begun %v", lives, calls)
	}
	if lives != 8 {
		t.Errorf("it was killed %d times, want twice at each of 4 steps: %v", lives, calls)
	}
	if left := h.cloud.Left(); len(left) > 0 {
		t.Errorf("left in the cloud: %v", left)
	}
	if _, err := h.cloud.OpenBackup(t.Context(), spec, "before"); err == nil {
		t.Error("the backup is still there")
	}
	if _, err := h.keys.Open(t.Context(), h.org.ID, "row/1", sealed); err == nil {
		t.Error("what was sealed can be read")
	}
	if list, err := h.store.OrganizationsOf(t.Context(), tenant.Viewer{AccountID: "acc_1"}); err != nil || len(list) != 0 {
		t.Errorf("its owner sees %v, %v", list, err)
	}
	if list, err := h.store.AllOrganizations(t.Context()); err != nil || len(list) != 1 || list[0].Name != "eve" {
		t.Errorf("organizations are %v, %v", list, err)
	}
	log, err := h.store.AuditLog(t.Context(), h.org.ID, audit.Filter{}, 1000)
	must(t, err)
	for _, action := range []string{"organization.delete", "organization.deleted", "operation.end", "cluster.deleted"} {
		if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Action == action }) {
			t.Errorf("%s is not in the audit log, which stays", action)
		}
	}
	next := tenant.Organization{ID: "org_3", Name: "acme", CreatedAt: h.now()}
	must(t, h.store.CreateOrganization(t.Context(), next, "acc_2", audit.Entry{At: h.now(), Organization: next.ID, Action: "test"}))
}

// over reports whether the deletion has ended well.
func (h *house) over(t *testing.T) bool {
	t.Helper()
	list, err := h.store.Operations(t.Context(), h.org.ID, 100)
	must(t, err)
	return slices.ContainsFunc(list, func(r operation.Record) bool {
		return r.Kind == provisioner.DeleteOrganization && r.State == operation.Succeeded
	})
}

func TestAsk_AndKeep(t *testing.T) {
	h := newHouse(t)
	l := h.wire(t, itself)
	ctx := t.Context()
	c, err := l.clusters.Create(ctx, h.ada, h.org, cluster.CreateInput{Name: "first"})
	must(t, err)
	must(t, l.control.Ready(ctx, c.ID))
	if _, err := l.Ask(ctx, h.ada, h.org, "acne"); problem.KindOf(err) != problem.Invalid {
		t.Errorf("another name: %v", err)
	}
	_, err = l.clusters.Settings(ctx, h.ada, h.org, "first", cluster.Settings{Protected: true, BackupKeep: 7})
	must(t, err)
	if _, err := l.Ask(ctx, h.ada, h.org, "acme"); problem.KindOf(err) != problem.Conflict || !strings.Contains(err.Error(), "first") {
		t.Errorf("with a protected cluster: %v", err)
	}
	_, err = l.clusters.Settings(ctx, h.ada, h.org, "first", cluster.Settings{BackupKeep: 7})
	must(t, err)
	asked, err := l.Ask(ctx, h.ada, h.org, "acme")
	must(t, err)
	if asked.State() != tenant.Leaving || !asked.DeleteAt.Equal(h.now().Add(7*24*time.Hour)) || asked.DeletionAskedBy != "ada@example.com" {
		t.Errorf("it is %+v", asked)
	}
	stored, err := h.store.Organization(ctx, "acme")
	must(t, err)
	if stored.Life != asked.Life || problem.KindOf(stored.Open()) != problem.Closed {
		t.Errorf("stored is %+v", stored)
	}
	config, err := h.store.FleetConfig(ctx, c.ID)
	must(t, err)
	if !strings.Contains(config.Closed, "will be deleted") {
		t.Errorf("data planes are told %q", config.Closed)
	}
	if due, err := h.store.DueDeletions(ctx, h.now().Add(24*time.Hour)); err != nil || len(due) != 0 {
		t.Errorf("due within the grace: %v, %v", due, err)
	}
	kept, err := l.Keep(ctx, h.ada, stored)
	must(t, err)
	if kept.State() != tenant.Active {
		t.Errorf("it is %+v", kept)
	}
	if due, err := h.store.DueDeletions(ctx, h.now().Add(30*24*time.Hour)); err != nil || len(due) != 0 {
		t.Errorf("due although it is kept: %v, %v", due, err)
	}

	// Past the grace it is too late; while it is suspended, nothing happens.
	_, err = l.Ask(ctx, h.ada, kept, "acme")
	must(t, err)
	h.pass(8 * 24 * time.Hour)
	must(t, h.store.Suspend(ctx, h.org.ID, h.now(), "held", audit.Entry{At: h.now(), Organization: h.org.ID, Action: "test"}))
	if due, err := h.store.DueDeletions(ctx, h.now()); err != nil || len(due) != 0 {
		t.Errorf("due although it is suspended: %v, %v", due, err)
	}
	stored, err = h.store.Organization(ctx, "acme")
	must(t, err)
	if _, err := l.Keep(ctx, h.ada, stored); problem.KindOf(err) != problem.Closed {
		t.Errorf("a suspended organization is kept: %v", err)
	}
	must(t, h.store.Suspend(ctx, h.org.ID, time.Time{}, "", audit.Entry{At: h.now(), Organization: h.org.ID, Action: "test"}))
	begun, err := h.store.BeginDeletion(ctx, operation.Record{
		ID: "op_1", OrganizationID: h.org.ID, Kind: provisioner.DeleteOrganization, State: operation.Running, ClusterID: h.org.ID, CreatedAt: h.now(),
	}, audit.Entry{At: h.now(), Organization: h.org.ID, Action: "test"})
	if err != nil || !begun {
		t.Fatalf("begun: %v, %v", begun, err)
	}
	stored, err = h.store.Organization(ctx, "acme")
	must(t, err)
	if _, err := l.Keep(ctx, h.ada, stored); problem.KindOf(err) != problem.Conflict {
		t.Errorf("kept after it has begun: %v", err)
	}
	if due, err := h.store.DueDeletions(ctx, h.now()); err != nil || len(due) != 0 {
		t.Errorf("due although it is under way: %v, %v", due, err)
	}
}
