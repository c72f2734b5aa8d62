package store_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// BenchmarkDecision measures at 10,000 organizations with 100,000 members what a call costs: reading what its caller holds,
// as each call does, and deciding on it.
func BenchmarkDecision(b *testing.B) {
	path := filepath.Join(b.TempDir(), "podium.db")
	benchmarkDecision(b, "sqlite", store.Config{Path: path}, "sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	if os.Getenv("PODIUM_TEST_POSTGRES") == "" {
		return
	}
	pg := pgtest.New(b, migrations.ControlPlane())
	benchmarkDecision(b, "postgres", store.Config{Postgres: pg, Scope: tenancy.Scope{Everywhere: true}}, "pgx", pg)
}

func benchmarkDecision(b *testing.B, name string, c store.Config, driver, source string) {
	b.Helper()
	s, err := store.Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	populate(b, driver, source)
	d, err := authz.New()
	if err != nil {
		b.Fatal(err)
	}
	const organization, account = "org_7000", "acc_70003"
	in := authz.Scope{Organization: organization, Project: "prj_1", Cluster: "clu_1"}
	held := func(b *testing.B) authz.Rights {
		grants, err := s.Grants(b.Context(), organization, authz.Principal{Kind: authz.User, ID: account}, false)
		if err != nil || len(grants) != 2 {
			b.Fatalf("%d grants, %v", len(grants), err)
		}
		return d.Rights(grants)
	}
	rights := held(b)
	b.Run(name+"/decide", func(b *testing.B) {
		for b.Loop() {
			if !rights.Allow("cluster.use", in) {
				b.Fatal("decided wrongly")
			}
		}
	})
	b.Run(name+"/read-and-decide", func(b *testing.B) {
		for b.Loop() {
			if !held(b).Allow("cluster.use", in) {
				b.Fatal("decided wrongly")
			}
		}
	})
}

// populate makes ten members for each organization, each of them with one grant beside the role.
func populate(b *testing.B, driver, source string) {
	b.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	do := func(statement string, args ...any) {
		if _, err := tx.ExecContext(b.Context(), statement, args...); err != nil {
			b.Fatal(err)
		}
	}
	if driver == "pgx" {
		do("set local role podium_system")
	}
	const count = "with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999) "
	do("insert into organizations (id, name, created_at) " + count + "select 'org_' || i, 'o' || i, 0 from n")
	for k := range 10 {
		account := fmt.Sprintf("'acc_' || (i * 10 + %d)", k)
		do("insert into accounts (id, email, name, password_hash, created_at) " + count + "select " + account + ", " + account + ", 'x', '', 0 from n")
		do("insert into memberships (organization_id, account_id, role, created_at) " + count + "select 'org_' || i, " + account + ", 'member', 0 from n")
		do("insert into grants (organization_id, id, principal_kind, principal_id, role, project_id, cluster_id, created_by, created_at) " +
			count + "select 'org_' || i, 'gra_' || " + account + ", 'user', " + account + ", 'cluster-operator', '', 'clu_1', '', 0 from n")
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	if driver == "pgx" {
		if _, err := db.ExecContext(b.Context(), "analyze"); err != nil {
			b.Fatal(err)
		}
	}
}
