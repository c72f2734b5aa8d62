package cluster_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/accesskey"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// carried is what a service has handed over.
type carried struct{ records []operation.Record }

func (c *carried) Submit(r operation.Record) { c.records = append(c.records, r) }

// link is a fleet that has applied everything, or nothing.
type link struct {
	applied  bool
	revision int64
	console  string // where it is reached through the link; "": not that way
}

func (l *link) AwaitApplied(_ context.Context, _ string, revision int64) bool {
	l.revision = revision
	return l.applied
}

func (l *link) Invite(context.Context, string) (string, time.Time, error) {
	return "t", time.Time{}, nil
}

func (l *link) Console(context.Context, string) (string, bool) { return l.console, l.console != "" }

func (l *link) JoinToken(context.Context, string) (string, error) { return "t", nil }
func (l *link) Registered(context.Context, string, int, time.Time) (bool, error) {
	return true, nil
}

type signer struct{}

func (signer) ConsoleToken(p identity.Pass) (string, time.Time, error) {
	return p.Account.ID + "@" + p.Cluster + " as " + string(p.Role), epoch.Add(p.Life), nil
}

// bench is a service and its control over a real store.
type bench struct {
	*cluster.Service
	control *cluster.Control
	store   *store.Store
	carried *carried
	link    *link
	clock   time.Time
	org     tenant.Organization
}

var (
	epoch = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	ada   = identity.Account{ID: "acc_1", Email: "ada@example.com", Name: "Ada", CreatedAt: epoch}
	pass  = identity.Pass{Account: ada, Role: fleetapi.ClusterOperator}
	by    = audit.Actor{AccountID: ada.ID, Email: ada.Email}
)

func setup(t *testing.T) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: storetest.SQLite(t, t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &bench{
		store: s, carried: &carried{}, link: &link{applied: true}, clock: epoch,
		org: tenant.Organization{ID: "org_1", Name: "acme", CreatedAt: epoch, Role: authz.Owner},
	}
	session := identity.Session{TokenHash: "x", AccountID: ada.ID}
	must(t, s.CreateAccount(t.Context(), ada, "h", b.org, session, audit.Entry{At: epoch, Organization: b.org.ID}))
	hub, now := &notify.Hub{}, func() time.Time { return b.clock }
	kek, err := envelope.OpenLocal(filepath.Join(t.TempDir(), "kek"))
	must(t, err)
	keys := envelope.New(s, kek, now)
	b.Service = cluster.New(cluster.Deps{
		Store: s, Fleet: b.link, Carrier: b.carried, Planner: planner(t), Signer: signer{}, Sealer: keys, Hub: hub, Clouds: []string{"local", "plain", "full"}, Now: now,
		Logger: slog.New(slog.DiscardHandler),
	})
	b.control = cluster.NewControl(cluster.ControlDeps{Store: s, Link: b.link, Sealer: keys, Hub: hub, Now: now})
	return b
}

// planner knows a cloud in memory; nothing is carried out.
func planner(t *testing.T) *provisioner.Provisioner {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	p, err := provisioner.New(provisioner.Deps{
		Engine: e, Clouds: map[string]provisioner.Cloud{"local": &cloudtest.Memory{}, "plain": plain{&cloudtest.Memory{}}, "full": full}, Control: &cloudtest.Control{},
		ControlPlaneURL: "http://control.test", Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return p
}

// full is a cloud that has no room.
var full = &cloudtest.Memory{Room: []provisioner.Finding{
	{Check: "quotas", Level: provisioner.LevelOK, Text: "Of addresses, 1 of 5."},
	{Check: "quotas", Level: provisioner.LevelProblem, Text: "All 5 VPCs are used.", Fix: "Ask for more."},
	{Check: "quotas", Level: provisioner.LevelWarning, Text: "6 processors.", Fix: "Look."},
}}

// plain is a cloud that can do no more than every cloud must.
type plain struct{ provisioner.Cloud }

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

// ready creates a cluster as the provisioner does.
func (b *bench) ready(t *testing.T, name string) cluster.Cluster {
	t.Helper()
	c, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: name})
	must(t, err)
	must(t, b.control.Reserve(t.Context(), c.ID, provisioner.NodeInfo{Endpoint: "http://127.0.0.1:7200/api", Console: "http://127.0.0.1:7200"}))
	must(t, b.control.Ready(t.Context(), c.ID))
	c, err = b.Get(t.Context(), b.org, name)
	must(t, err)
	return c
}

func TestCreate_HandsOverOneOperation(t *testing.T) {
	b := setup(t)
	in := cluster.CreateInput{Name: "first", IdempotencyKey: "k"}
	c, err := b.Create(t.Context(), by, b.org, in)
	must(t, err)
	if c.Status != cluster.Creating || c.Cloud != "local" || c.Endpoint != "" {
		t.Errorf("cluster is %+v", c)
	}
	again, err := b.Create(t.Context(), by, b.org, in)
	must(t, err)
	if again.ID != c.ID || len(b.carried.records) != 1 {
		t.Errorf("the repeated call made %+v and %d operations", again, len(b.carried.records))
	}
	r := b.carried.records[0]
	if r.ID != c.OperationID || r.Kind != provisioner.CreateCluster || r.ClusterID != c.ID || r.Cluster != "first" || r.Organization != "acme" ||
		r.CreatedBy != ada.Email {
		t.Errorf("operation is %+v", r)
	}
	in.Cloud = "local"
	_, err = b.Create(t.Context(), by, b.org, in)
	must(t, err) // the default, said in words, is the same request
	in.Name = "second"
	_, err = b.Create(t.Context(), by, b.org, in)
	wantKind(t, err, problem.Invalid)
}

func TestCreate_NamesWrongFields(t *testing.T) {
	b := setup(t)
	_, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: "A", Cloud: "moon", IdempotencyKey: strings.Repeat("k", 129)})
	wantKind(t, err, problem.Invalid)
	p, _ := errors.AsType[*problem.Error](err)
	if len(p.Fields) != 3 || p.Fields[0].Name != "name" || p.Fields[1].Name != "cloud" || p.Fields[2].Name != "Idempotency-Key" {
		t.Errorf("wrong fields are %v", p.Fields)
	}
	if len(b.carried.records) != 0 {
		t.Error("an operation was handed over")
	}
}

func TestDelete_WhileItIsCreatedOrDeleted(t *testing.T) {
	b := setup(t)
	c, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: "first"})
	must(t, err)
	first, err := b.Delete(t.Context(), by, b.org, "first", cluster.Change{Kind: provisioner.DeleteCluster})
	must(t, err)
	second, err := b.Delete(t.Context(), by, b.org, "first", cluster.Change{Kind: provisioner.DeleteCluster})
	must(t, err)
	if first.ID != second.ID || first.Kind != provisioner.DeleteCluster || len(b.carried.records) != 2 {
		t.Errorf("deletions are %s and %s of %d operations", first.ID, second.ID, len(b.carried.records))
	}
	must(t, b.control.Ready(t.Context(), c.ID)) // the creation finishes late
	c, err = b.Get(t.Context(), b.org, "first")
	must(t, err)
	if c.Status != cluster.Deleting {
		t.Errorf("status is %s", c.Status)
	}
	for range 2 {
		must(t, b.control.Deleted(t.Context(), c.ID))
	}
	_, err = b.Delete(t.Context(), by, b.org, "first", cluster.Change{Kind: provisioner.DeleteCluster})
	wantKind(t, err, problem.NotFound)
}

func TestFailed_ClearsWhatPointsToIt(t *testing.T) {
	b := setup(t)
	c, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: "first"})
	must(t, err)
	must(t, b.control.Reserve(t.Context(), c.ID, provisioner.NodeInfo{Endpoint: "http://h/api", Console: "http://h"}))
	for range 2 {
		must(t, b.control.Failed(t.Context(), c.ID, "no disk"))
	}
	c, err = b.Get(t.Context(), b.org, "first")
	must(t, err)
	if c.Status != cluster.Failed || c.Reason != "no disk" || c.Endpoint != "" || c.Console != "" {
		t.Errorf("cluster is %+v", c)
	}
	_, _, err = b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "k"})
	wantKind(t, err, problem.Conflict)
	_, err = b.OpenConsole(t.Context(), by, pass, b.org, "first")
	wantKind(t, err, problem.Conflict)
	if _, err := b.Delete(t.Context(), by, b.org, "first", cluster.Change{Kind: provisioner.DeleteCluster}); err != nil {
		t.Errorf("delete a failed cluster: %v", err)
	}
	wantKind(t, b.control.Ready(t.Context(), "clu_none"), problem.NotFound)
}

func TestGet_ShowsSilenceAsUnreachable(t *testing.T) {
	b := setup(t)
	b.ready(t, "first")
	for _, step := range []struct {
		after time.Duration
		want  cluster.Status
	}{{0, cluster.Ready}, {cluster.ReachableFor, cluster.Ready}, {cluster.ReachableFor + time.Second, cluster.Unreachable}} {
		b.clock = epoch.Add(step.after)
		c, err := b.Get(t.Context(), b.org, "first")
		must(t, err)
		if c.Status != step.want || (c.Reason == "") != (step.want == cluster.Ready) || c.Endpoint == "" {
			t.Errorf("after %v: %+v", step.after, c)
		}
		list, err := b.List(t.Context(), b.org)
		must(t, err)
		if list[0].Status != step.want {
			t.Errorf("after %v the list shows %s", step.after, list[0].Status)
		}
	}
}

func TestReachable(t *testing.T) {
	seen := cluster.Cluster{Node: cluster.Node{SeenAt: epoch}}
	for _, test := range []struct {
		name       string
		now, since time.Time
		want       bool
	}{
		{"it has just called", epoch.Add(time.Second), epoch.Add(-time.Hour), true},
		{"it is silent", epoch.Add(2 * time.Minute), epoch.Add(-time.Hour), false},
		{"nobody listened", epoch.Add(time.Hour), epoch.Add(time.Hour - time.Second), true},
		{"it has not come back", epoch.Add(time.Hour), epoch.Add(time.Hour - 2*time.Minute), false},
	} {
		if got := seen.Reachable(test.now, test.since); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestOpenConsole(t *testing.T) {
	b := setup(t)
	c := b.ready(t, "first")
	s, err := b.OpenConsole(t.Context(), by, pass, b.org, "first")
	must(t, err)
	_, err = b.OpenConsole(t.Context(), by, identity.Pass{Account: ada}, b.org, "first")
	wantKind(t, err, problem.Denied)
	if want := "http://127.0.0.1:7200/#token=acc_1@" + c.ID + " as operator"; s.URL != want || !s.ExpiresAt.Equal(epoch.Add(12*time.Hour)) {
		t.Errorf("link is %+v, want %s", s, want)
	}
}

func TestAccessKeys(t *testing.T) {
	b := setup(t)
	b.ready(t, "first")
	k, secret, err := b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "workers"})
	must(t, err)
	sum := sha256.Sum256([]byte(secret))
	if !accesskey.Valid(secret) || k.SecretHash != hex.EncodeToString(sum[:]) {
		t.Errorf("secret %q has the hash %s", secret, k.SecretHash)
	}
	if !k.ExpiresAt.Equal(epoch.AddDate(0, 0, 90)) || b.link.revision != 2 {
		t.Errorf("the key ends at %v and waited for revision %d", k.ExpiresAt, b.link.revision)
	}
	b.link.applied = false // a data plane out of reach does not keep the key from being made
	_, _, err = b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "second", ExpiresInDays: new(365)})
	must(t, err)
	for _, days := range []int{0, 366} {
		_, _, err = b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: strings.Repeat("k", 61), ExpiresInDays: &days})
		wantKind(t, err, problem.Invalid)
	}
	for range 2 {
		must(t, b.DeleteKey(t.Context(), by, b.org, "first", k.ID))
	}
	list, err := b.Keys(t.Context(), b.org, "first")
	must(t, err)
	if len(list) != 1 || list[0].Name != "second" {
		t.Errorf("keys are %v", list)
	}
	log, err := b.store.AuditLog(t.Context(), b.org.ID, audit.Filter{}, 100)
	must(t, err)
	for _, e := range log {
		if text, _ := e.After.(interface{ MarshalJSON() ([]byte, error) }); text != nil {
			if raw, err := text.MarshalJSON(); err != nil || strings.Contains(string(raw), secret) || strings.Contains(string(raw), k.SecretHash) {
				t.Errorf("the audit log holds a secret: %s, %v", raw, err)
			}
		}
	}
}

func TestAccessKeys_AreRenewedAndPaused(t *testing.T) {
	b := setup(t)
	b.ready(t, "first")
	k, first, err := b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterOperator, Name: "w", Role: fleetapi.ClusterWorker})
	must(t, err)
	// Nobody makes a key that may do more than they do (S-42), nor gets hold of one by a new secret.
	for _, role := range []fleetapi.ClusterRole{"", fleetapi.ClusterAdmin, fleetapi.ClusterDeveloper, "king"} {
		_, _, err = b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterOperator, Name: "w", Role: role})
		wantKind(t, err, problem.Invalid)
	}
	_, _, err = b.RotateKey(t.Context(), by, b.org, "first", k.ID, cluster.RotateInput{Most: fleetapi.ClusterViewer})
	wantKind(t, err, problem.Denied)

	renewed, second, err := b.RotateKey(t.Context(), by, b.org, "first", k.ID, cluster.RotateInput{Most: fleetapi.ClusterAdmin})
	must(t, err)
	if second == first || renewed.FormerHash != k.SecretHash || !renewed.FormerUntil.Equal(epoch.Add(24*time.Hour)) || renewed.SecretHash == k.SecretHash {
		t.Errorf("renewed to %+v", renewed)
	}
	renewed, _, err = b.RotateKey(t.Context(), by, b.org, "first", k.ID, cluster.RotateInput{Most: fleetapi.ClusterAdmin, GraceHours: new(0)})
	must(t, err)
	if renewed.FormerHash != "" || !renewed.FormerUntil.IsZero() {
		t.Errorf("without grace there is %+v", renewed)
	}
	_, _, err = b.RotateKey(t.Context(), by, b.org, "first", k.ID, cluster.RotateInput{Most: fleetapi.ClusterAdmin, GraceHours: new(169)})
	wantKind(t, err, problem.Invalid)
	_, _, err = b.RotateKey(t.Context(), by, b.org, "first", "key_nobody", cluster.RotateInput{Most: fleetapi.ClusterAdmin})
	wantKind(t, err, problem.NotFound)

	for _, paused := range []bool{true, true, false} {
		got, err := b.PauseKey(t.Context(), by, b.org, "first", k.ID, paused)
		must(t, err)
		if got.Paused != paused {
			t.Errorf("paused is %v", got.Paused)
		}
	}
}

// TestAccessKeys_LiveAsLongAsTheOrganizationAllows: S-41. Those that exist stay as they are.
func TestAccessKeys_LiveAsLongAsTheOrganizationAllows(t *testing.T) {
	b := setup(t)
	b.ready(t, "first")
	create := func(days *int) (cluster.AccessKey, error) {
		k, _, err := b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "workers", ExpiresInDays: days})
		return k, err
	}
	before, err := create(new(365))
	must(t, err)
	must(t, b.store.SetRules(t.Context(), b.org.ID, tenant.Rules{MaxKeyDays: 30}, audit.Entry{At: epoch, Organization: b.org.ID}))
	for _, days := range []*int{nil, new(31), new(0)} { // nil asks for 90
		_, err := create(days)
		wantKind(t, err, problem.Invalid)
		_, _, err = b.RotateKey(t.Context(), by, b.org, "first", before.ID, cluster.RotateInput{Most: fleetapi.ClusterAdmin, ExpiresInDays: days})
		wantKind(t, err, problem.Invalid)
	}
	_, err = create(new(30))
	must(t, err)
	list, err := b.Keys(t.Context(), b.org, "first")
	must(t, err)
	if at := slices.IndexFunc(list, func(k cluster.AccessKey) bool { return k.ID == before.ID }); !list[at].ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("the key that was there ends at %v", list[at].ExpiresAt)
	}
	renewed, _, err := b.RotateKey(t.Context(), by, b.org, "first", before.ID, cluster.RotateInput{Most: fleetapi.ClusterAdmin, ExpiresInDays: new(30)})
	must(t, err)
	if !renewed.ExpiresAt.Equal(epoch.AddDate(0, 0, 30)) {
		t.Errorf("renewed until %v", renewed.ExpiresAt)
	}
}

func TestForeignOrganizationsFindNothing(t *testing.T) {
	b := setup(t)
	c := b.ready(t, "first")
	k, _, err := b.CreateKey(t.Context(), by, b.org, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "workers"})
	must(t, err)
	eve := tenant.Organization{ID: "org_2", Name: "eve"}
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"get": func() error { _, err := b.Get(ctx, eve, "first"); return err },
		"delete": func() error {
			_, err := b.Delete(ctx, by, eve, "first", cluster.Change{Kind: provisioner.DeleteCluster})
			return err
		},
		"console": func() error { _, err := b.OpenConsole(ctx, by, pass, eve, "first"); return err },
		"keys":    func() error { _, err := b.Keys(ctx, eve, "first"); return err },
		"new key": func() error {
			_, _, err := b.CreateKey(ctx, by, eve, "first", cluster.KeyInput{Most: fleetapi.ClusterAdmin, Name: "k"})
			return err
		},
		"del key": func() error { return b.DeleteKey(ctx, by, eve, "first", k.ID) },
		"by id":   func() error { _, err := b.Get(ctx, eve, c.ID); return err },
	} {
		if err := call(); problem.KindOf(err) != problem.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := b.List(ctx, eve)
	must(t, err)
	if len(list) != 0 {
		t.Errorf("list shows %v", list)
	}
}

func TestSettings_BackupsNeedACloudThatMakesThem(t *testing.T) {
	b := setup(t)
	daily := cluster.Settings{BackupHours: 24, BackupKeep: 7}
	for cloud, possible := range map[string]bool{"local": true, "plain": false} {
		c, err := b.Create(t.Context(), by, b.org, cluster.CreateInput{Name: "on-" + cloud, Cloud: cloud})
		must(t, err)
		_, err = b.Settings(t.Context(), by, b.org, c.Name, daily)
		if possible {
			must(t, err)
			continue
		}
		wantKind(t, err, problem.Invalid)
		if !strings.Contains(err.Error(), "backupEveryHours") {
			t.Errorf("the error does not name the field: %v", err)
		}
	}
}
