package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner"
)

// global are the tables of no organization, and why.
var global = []string{
	"accounts",          // people, who may belong to several organizations
	"sessions",          // of accounts
	"second_factors",    // of accounts, sealed
	"recovery_codes",    // of accounts, hashed
	"logout_tokens",     // ids of tokens that were taken
	"signing_keys",      // of the installation, sealed
	"settings",          // of the installation
	"call_counts",       // of callers, hashed
	"goose_db_version",  // which migrations were applied
	"accounts",          // people, who may belong to several organizations
	"sessions",          // of accounts
	"logout_tokens",     // ids of tokens that were taken
	"signing_keys",      // of the installation, sealed
	"settings",          // of the installation
	"call_counts",       // of callers, hashed
	"fleet_authorities", // of the installation, sealed
	"goose_db_version",  // which migrations were applied
}

// two returns a store on PostgreSQL with the organizations ada and eve, which have a cluster each.
func two(t *testing.T) (*store.Store, string) {
	t.Helper()
	url := pgtest.New(t, migrations.ControlPlane())
	s := open(t, store.Config{Postgres: url})
	ctx := tenancy.Everywhere(t.Context())
	for _, name := range []string{"ada", "eve"} {
		now := time.Now()
		org := "org_" + name
		e := audit.Entry{At: now, Organization: org, Action: "test"}
		err := s.CreateAccount(ctx, identity.Account{ID: "acc_" + name, Email: name + "@example.com", CreatedAt: now}, "hash",
			tenant.Organization{ID: org, Name: name, CreatedAt: now, Role: authz.Owner},
			identity.Session{TokenHash: name, AccountID: "acc_" + name, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}, e)
		if err != nil {
			t.Fatal(err)
		}
		c := cluster.Cluster{
			ID: "clu_" + name, OrganizationID: org, Name: "first", Cloud: "local", Status: cluster.Creating, OperationID: "op_" + name,
			Revision: 1, Version: 1, CreatedAt: now,
		}
		r := operation.Record{
			ID: "op_" + name, OrganizationID: org, Kind: provisioner.CreateCluster, State: operation.Running, ClusterID: c.ID,
			Cluster: "first", Cloud: "local", CreatedAt: now,
		}
		if _, _, err := s.CreateCluster(tenancy.Within(ctx, org), c, r, cluster.Idempotency{}, e); err != nil {
			t.Fatal(err)
		}
	}
	return s, url
}

// TestPostgres_ConfinesToOneOrganization: S-53. Each call has the filter of the wrong organization.
func TestPostgres_ConfinesToOneOrganization(t *testing.T) {
	s, _ := two(t)
	for name, ctx := range map[string]context.Context{
		"nobody": t.Context(), "ada": tenancy.Within(t.Context(), "org_ada"), "no organization": tenancy.Within(t.Context(), ""),
	} {
		t.Run(name, func(t *testing.T) {
			clusters, err := s.Clusters(ctx, "org_eve")
			if err != nil || len(clusters) != 0 {
				t.Errorf("sees the clusters of eve: %v, %v", clusters, err)
			}
			members, err := s.Members(ctx, "org_eve")
			if err != nil || len(members) != 0 {
				t.Errorf("sees the members of eve through a view: %v, %v", members, err)
			}
			if log, err := s.AuditLog(ctx, "org_eve", audit.Filter{}, 10); err != nil || len(log) != 0 {
				t.Errorf("sees the audit log of eve: %v, %v", log, err)
			}
			if _, err := s.Operation(ctx, "op_eve"); problem.KindOf(err) != problem.NotFound {
				t.Errorf("sees the operation of eve: %v", err)
			}
			if specs, err := s.ClusterSpecs(ctx); err != nil || len(specs) > 1 || len(specs) == 1 && specs[0].ID != "clu_ada" {
				t.Errorf("a statement without a filter sees %v, %v", specs, err)
			}
			if err := s.Audit(ctx, audit.Entry{At: time.Now(), Organization: "org_eve"}); err == nil {
				t.Error("writes into the audit log of eve")
			}
			if _, err := s.MarkFailed(ctx, "clu_eve", "", audit.Entry{At: time.Now()}); problem.KindOf(err) != problem.NotFound {
				t.Errorf("changes the cluster of eve: %v", err)
			}
		})
	}
	all, err := s.ClusterSpecs(tenancy.Everywhere(t.Context()))
	if err != nil || len(all) != 2 {
		t.Errorf("everywhere are %v, %v", all, err)
	}
	own, err := s.Members(tenancy.Within(t.Context(), "org_ada"), "org_ada")
	if err != nil || len(own) != 1 {
		t.Errorf("ada sees of her own %v, %v", own, err)
	}
}

// TestPostgres_TheNextUserOfAConnectionSeesNothing: S-53. There is one connection, whose users end in every way.
func TestPostgres_TheNextUserOfAConnectionSeesNothing(t *testing.T) {
	s, _ := two(t)
	s.LimitConnections(1)
	nothing := func(after string) {
		t.Helper()
		if specs, err := s.ClusterSpecs(t.Context()); err != nil || len(specs) != 0 {
			t.Errorf("after %s the next one sees %v, %v", after, specs, err)
		}
	}
	for name, scoped := range map[string]func(context.Context) context.Context{
		"ada":        func(ctx context.Context) context.Context { return tenancy.Within(ctx, "org_ada") },
		"everywhere": tenancy.Everywhere,
	} {
		ctx := scoped(t.Context())
		if _, err := s.Clusters(ctx, "org_ada"); err != nil {
			t.Fatal(err)
		}
		nothing(name + "'s reading")
		if err := s.Audit(ctx, audit.Entry{At: time.Now(), Organization: "org_ada"}); err != nil {
			t.Fatal(err)
		}
		nothing(name + "'s commit")
		if err := s.Audit(ctx, audit.Entry{At: time.Now(), Organization: "org_none"}); err == nil {
			t.Fatal("an entry of no organization is written")
		}
		nothing(name + "'s rollback")
		func() {
			defer func() { _ = recover() }()
			_ = s.Transact(ctx, func(*sql.Tx) error { panic("in the midst") })
			t.Error("the panic was swallowed")
		}()
		nothing(name + "'s panic")
		cancelled, cancel := context.WithCancel(ctx)
		err := s.Transact(cancelled, func(tx *sql.Tx) error {
			cancel()
			_, err := tx.ExecContext(cancelled, "select 1")
			return err
		})
		if err == nil {
			t.Error("a call whose context has ended goes on")
		}
		nothing(name + "'s end of the context")
	}
}

// TestPostgres_EveryTableIsGuarded: S-52. A table that is neither global nor has an organization_id fails.
func TestPostgres_EveryTableIsGuarded(t *testing.T) {
	_, url := two(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `
		select c.relname, c.relrowsecurity and c.relforcerowsecurity,
			exists (select from pg_policies p where p.tablename = c.relname and p.schemaname = 'public' and 'podium_app' = any (p.roles)
				and p.cmd = 'ALL' and p.qual like '%podium.organization%' and p.with_check like '%podium.organization%'),
			(select count(*) from pg_policies p where p.tablename = c.relname and 'podium_app' = any (p.roles) or 'public' = any (p.roles)),
			pg_get_userbyid(c.relowner) in ('podium_app', 'podium_system')
		from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := 0
	for rows.Next() {
		var name string
		var forced, policy, owned bool
		var policies int
		if err := rows.Scan(&name, &forced, &policy, &policies, &owned); err != nil {
			t.Fatal(err)
		}
		tables++
		if owned {
			t.Errorf("%s belongs to the role that uses it", name)
		}
		if !slices.Contains(global, name) && (!forced || !policy || policies != 1) {
			t.Errorf("%s has no row-level security: forced %v, policy %v of %d. Give it an organization_id, or say here why not", name, forced, policy, policies)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if tables < len(global)+5 {
		t.Errorf("found only %d tables", tables)
	}
	for _, view := range column(t, db, `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
		and not coalesce('security_invoker=true' = any (reloptions), false)`) {
		t.Errorf("the view %s sees with the eyes of its owner", view)
	}
	for _, role := range column(t, db, `select rolname from pg_roles where rolname in ('podium_app', 'podium_system')
		and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin)`) {
		t.Errorf("the role %s can do too much", role)
	}
	for _, right := range column(t, db, `select grantee || ' may ' || privilege_type from information_schema.role_table_grants
		where table_name in ('audit_log', 'audit_heads') and grantee like 'podium_%' and privilege_type not in ('SELECT', 'INSERT')`) {
		t.Errorf("%s the audit log", right)
	}
}

func column(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(v))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
