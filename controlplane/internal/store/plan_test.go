package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner"
)

// TestPlans_NobodyPassesTheLastPlace asks for more than the plan allows, all at once.
func TestPlans_NobodyPassesTheLastPlace(t *testing.T) {
	limits := map[plan.Resource]int64{plan.Clusters: 2, plan.Nodes: 5, plan.Members: 2, plan.Projects: 3, plan.AccessKeys: 2}
	plans := &plan.Catalog{Default: "small", Plans: []plan.Plan{{Name: "small", Title: "Small", Limits: limits}, {Name: "large"}}}
	for name, c := range map[string]store.Config{
		"sqlite":   {Path: storetest.SQLite(t, t.TempDir())},
		"postgres": {Postgres: pgtest.New(t, migrations.ControlPlane()), Scope: tenancy.Scope{Everywhere: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c.Plans = plans
			l := limited{t: t, Store: open(t, c)}
			l.account("ada")
			for i := range 4 {
				l.account(fmt.Sprintf("guest%d", i))
			}
			l.race(plan.Clusters, 2, func(ctx context.Context, i int) error { return l.create(ctx, i) })
			for i := range 2 {
				_, err := l.MarkReady(t.Context(), l.made(i), l.entry())
				must(t, err)
			}
			// Two clusters of a node each: one of them may get three more, or each of them one or two.
			l.race(plan.Nodes, 1, func(ctx context.Context, i int) error { return l.scale(ctx, i%2, 4) })
			l.race(plan.Members, 1, func(ctx context.Context, i int) error {
				_, err := l.SetRole(ctx, "org_ada", fmt.Sprintf("guest%d@example.com", i), authz.Member, func([]authz.Grant) error { return nil }, l.entry())
				return err
			})
			l.race(plan.Projects, 2, func(ctx context.Context, i int) error {
				return l.CreateProject(ctx, rights.Project{ID: fmt.Sprintf("prj_%d", i), OrganizationID: "org_ada", Name: fmt.Sprintf("shop-%d", i)}, l.entry())
			})
			l.race(plan.AccessKeys, 2, func(ctx context.Context, i int) error {
				_, err := l.CreateAccessKey(ctx, "org_ada", cluster.AccessKey{ID: fmt.Sprintf("key_%d", i), ClusterID: l.made(0)}, l.entry())
				return err
			})
			invitation := tenant.Invitation{ID: "inv_1", OrganizationID: "org_ada", Email: "new@example.com", Role: authz.Member}
			if err := l.CreateInvitation(t.Context(), invitation, "hash", nil, l.entry()); problem.KindOf(err) != problem.Full {
				t.Errorf("one more is invited: %v", err)
			}
			_, err := l.SetRole(t.Context(), "org_ada", "ada@example.com", authz.Owner, func([]authz.Grant) error { return nil }, l.entry())
			must(t, err) // who is a member stays one

			must(t, l.SetPlan(t.Context(), "ada", "large", l.entry()))
			must(t, l.create(t.Context(), 9))
			if names, err := l.PlansInUse(t.Context()); err != nil || len(names) != 1 || names[0] != "large" {
				t.Errorf("plans in use are %v, %v", names, err)
			}
			if err := l.SetPlan(t.Context(), "nobody", "large", l.entry()); problem.KindOf(err) != problem.NotFound {
				t.Errorf("an organization that there is not gets a plan: %v", err)
			}
		})
	}
}

// limited is a store whose organization ada has a small plan.
type limited struct {
	t *testing.T
	*store.Store
	first sync.Map // which tries made a cluster: 0, 1 … to the number of the try
	count int
}

func (l *limited) entry() audit.Entry {
	return audit.Entry{At: time.Now(), Organization: "org_ada", Action: "test"}
}

func (l *limited) account(name string) {
	l.t.Helper()
	now := time.Now()
	must(l.t, l.CreateAccount(l.t.Context(), identity.Account{ID: "acc_" + name, Email: name + "@example.com", CreatedAt: now}, "hash",
		tenant.Organization{ID: "org_" + name, Name: name, CreatedAt: now, Role: authz.Owner},
		identity.Session{TokenHash: name, AccountID: "acc_" + name, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)},
		audit.Entry{At: now, Organization: "org_" + name, Action: "test"}))
}

// race tries four times at once; so many must succeed, and the others be told what is full.
func (l *limited) race(r plan.Resource, want int, try func(ctx context.Context, i int) error) {
	l.t.Helper()
	errs := make([]error, 4)
	var tries sync.WaitGroup
	for i := range errs {
		tries.Go(func() { errs[i] = try(l.t.Context(), i) })
	}
	tries.Wait()
	l.count = 0
	for i, err := range errs {
		if err == nil {
			l.first.Store(fmt.Sprint(r, l.count), i)
			l.count++
			continue
		}
		if e, _ := errors.AsType[*problem.Error](err); e == nil || e.Quota == nil || e.Quota.Resource != string(r) {
			l.t.Errorf("%s: refused with %v", r, err)
		}
	}
	if l.count != want {
		l.t.Errorf("%s: %d of 4 succeeded, want %d", r, l.count, want)
	}
}

// made is the id of one of the clusters that there was room for.
func (l *limited) made(i int) string {
	n, _ := l.first.Load(fmt.Sprint(plan.Clusters, i))
	return fmt.Sprintf("clu_%v", n)
}

func (l *limited) create(ctx context.Context, i int) error {
	id := fmt.Sprintf("clu_%d", i)
	c := cluster.Cluster{
		ID: id, OrganizationID: "org_ada", Name: fmt.Sprintf("c%d", i), Cloud: "local", Status: cluster.Creating, OperationID: "op_" + id,
		Revision: 1, Version: 1, Nodes: 1, CreatedAt: time.Now(),
	}
	_, _, err := l.CreateCluster(ctx, c, l.operation(provisioner.CreateCluster, "op_"+id, c.ID, 1), cluster.Idempotency{}, l.entry())
	return err
}

func (l *limited) scale(ctx context.Context, i, nodes int) error {
	id := l.made(i)
	if r, err := l.Operation(ctx, "op_"+id); err == nil && r.State == operation.Running {
		r.State, r.EndedAt = operation.Succeeded, time.Now()
		if err := l.EndOperation(ctx, r, l.entry()); err != nil {
			return err
		}
	}
	_, _, err := l.BeginOperation(ctx, l.operation(provisioner.ScaleCluster, fmt.Sprintf("op_scale_%s_%d", id, time.Now().UnixNano()), id, nodes),
		cluster.Idempotency{}, l.entry())
	if problem.KindOf(err) == problem.Conflict { // the other try has this cluster
		return &problem.Error{Kind: problem.Full, Quota: &problem.Quota{Resource: string(plan.Nodes)}}
	}
	return err
}

func (l *limited) operation(k operation.Kind, id, cluster string, nodes int) operation.Record {
	return operation.Record{
		ID: id, OrganizationID: "org_ada", Kind: k, State: operation.Running, ClusterID: cluster, Cloud: "local", CreatedAt: time.Now(),
		Request: provisioner.Request{Kind: k, Cluster: provisioner.ClusterSpec{ID: cluster, Nodes: nodes}},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPlans_FullForWhoComesThroughAProvider: nobody new is let in by an identity provider, and nothing of them is left; who is a
// member already comes in.
func TestPlans_FullForWhoComesThroughAProvider(t *testing.T) {
	plans := &plan.Catalog{Default: "small", Plans: []plan.Plan{{Name: "small", Limits: map[plan.Resource]int64{plan.Members: 2}}}}
	l := limited{t: t, Store: open(t, store.Config{Path: storetest.SQLite(t, t.TempDir()), Plans: plans})}
	l.account("ada")
	p := sso.Provider{OrganizationID: "org_ada", ID: "idp_1", Name: "Login", State: sso.Active, Issuer: "https://login.example.com", ClientID: "podium", Version: 1}
	must(t, l.CreateProvider(t.Context(), p, l.entry()))
	enter := func(name, token string, role authz.Role, want sso.Outcome) {
		t.Helper()
		at := time.Now()
		_, outcome, err := l.Enter(t.Context(), sso.Entrance{
			Provider: p, Issuer: p.Issuer, Subject: name, Email: name + "@example.com", Name: name, MayLink: true, Role: role, At: at,
			Session: identity.Session{
				TokenHash: token, CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(time.Hour),
				Through: identity.Federation{OrganizationID: "org_ada", ProviderID: p.ID, Subject: name},
			},
		})
		if err != nil || outcome != want {
			t.Errorf("%s: outcome %d, %v, want %d", name, outcome, err, want)
		}
	}
	enter("grace", "t1", authz.Member, sso.Entered)
	enter("linus", "t2", authz.Member, sso.Full)
	enter("linus", "t3", "", sso.NoRole)
	enter("grace", "t4", authz.Member, sso.Entered)
	enter("ada", "t5", authz.Member, sso.Entered)
	enter("dennis", "t6", authz.Member, sso.Full)
	if _, _, err := l.AccountByEmail(t.Context(), "dennis@example.com"); problem.KindOf(err) != problem.NotFound {
		t.Errorf("an account is left of who was not let in: %v", err)
	}
}
