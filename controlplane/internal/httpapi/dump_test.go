package httpapi_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// TestDump_HoldsNothingUsable looks in a dump of both databases for everything that opens something: S-30, S-40, S-60, S-66.
func TestDump_HoldsNothingUsable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "podium.db")
	pg := pgtest.New(t, migrations.ControlPlane())
	for name, test := range map[string]struct {
		config         store.Config
		driver, source string
		tables         string
	}{
		"sqlite": {
			store.Config{Path: path},
			"sqlite", (&url.URL{Scheme: "file", Path: path}).String(),
			"select name from sqlite_master where type = 'table'",
		},
		"postgres": {
			store.Config{Postgres: pg, Scope: tenancy.Scope{Everywhere: true}},
			"pgx", pg,
			"select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.config.Letters = true
			s := newSiteOn(t, false, t.TempDir(), test.config)
			secrets := s.secrets(t)
			db, err := sql.Open(test.driver, test.source)
			must(t, err)
			defer func() { _ = db.Close() }()
			dump := dumpOf(t, db, test.tables)
			if !strings.Contains(dump, "ada@example.com") {
				t.Fatal("the dump is empty")
			}
			for what, secret := range secrets {
				for _, form := range []string{
					secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
					hex.EncodeToString([]byte(secret)),
				} {
					if secret == "" || strings.Contains(dump, form) {
						t.Errorf("the dump holds the %s %q", what, form)
					}
				}
			}
		})
	}
}

// secrets does what leaves secrets behind and returns them by name.
func (s *site) secrets(t *testing.T) map[string]string {
	t.Helper()
	nobody := s.nobody()
	a := nobody.call(t, "POST", "/api/v1/signup", `{"email":"ada@example.com","password":"correct horse 9","name":"Ada","organization":"acme"}`,
		"User-Agent", "a browser that says \xff")
	a.want(t, 201)
	ada := &person{site: s, cookie: cookieOf(a)}
	organization := s.organizationOf(t, ada)
	ada.call(t, "POST", "/api/v1/organizations/acme/identity-providers",
		`{"name":"Login","issuer":"https://127.0.0.1:9","clientId":"podium","clientSecret":"mark of a client secret"}`).want(t, 201)
	invitation, _ := ada.invite(t, "grace@example.com", "member")
	r := s.readyIn(t, organization, "acme", "first")
	key := ada.call(t, "POST", "/api/v1/organizations/acme/clusters/first/access-keys", `{"name":"workers"}`).want(t, 201)
	join, err := s.control.JoinToken(t.Context(), r.ClusterID)
	must(t, err)
	register := `{"contractVersion":1,"clusterId":"` + r.ClusterID + `","nodeId":"n1","endpoint":"http://127.0.0.1:7200/api"}`
	link, _ := nobody.call(t, "POST", fleetapi.RegisterPath, register, "Authorization", "Bearer "+join).want(t, 200)["linkToken"].(string)
	secret, _ := key["secret"].(string)
	mine, _ := ada.newKey(t, myKeys, `{"organization":"acme","name":"ci"}`)
	factor := ada.call(t, "POST", "/api/v1/me/second-factor", "").want(t, 201)
	codes := ada.call(t, "POST", "/api/v1/me/second-factor/confirmation", body(t, map[string]string{"code": s.appCode(t, text(factor, "secret"))})).want(t, 200)
	recovery := texts(codes["codes"])[0]
	_, session, _ := strings.Cut(ada.cookie, "=")
	return map[string]string{
		"password": "correct horse 9", "session token": session, "client secret": "mark of a client secret", "invitation": invitation,
		"access key's secret": secret, "join token": join, "link token": link, "API key": mine.bearer,
		"second factor": text(factor, "secret"), "recovery code": recovery, "recovery code without its dashes": strings.ReplaceAll(recovery, "-", ""),
	}
}

// cookieOf returns the session cookie that an answer sets.
func cookieOf(a answer) string {
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	return cookie
}

// organizationOf returns the id of somebody's first organization.
func (s *site) organizationOf(t *testing.T, p *person) string {
	t.Helper()
	me := p.call(t, "GET", "/api/v1/me", "").want(t, 200)
	id, _ := me["organizations"].([]any)[0].(map[string]any)["id"].(string)
	return id
}

func dumpOf(t *testing.T, db *sql.DB, tables string) string {
	t.Helper()
	var dump strings.Builder
	for _, table := range rowsOf(t, db, tables) {
		for _, row := range rowsOf(t, db, fmt.Sprintf("select * from %q", table)) {
			fmt.Fprintln(&dump, row)
		}
	}
	return dump.String()
}

// rowsOf returns rows as texts, their columns parted by a space.
func rowsOf(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(t, rows.Scan(into...))
		var row []string
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			row = append(row, fmt.Sprint(v))
		}
		list = append(list, strings.Join(row, " "))
	}
	must(t, rows.Err())
	return list
}
