package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
)

// auditOf returns the entries of acme's log that a query finds.
func (p *person) auditOf(t *testing.T, query string) []map[string]any {
	t.Helper()
	var page struct{ Entries []map[string]any }
	must(t, json.Unmarshal([]byte(p.call(t, "GET", "/api/v1/organizations/acme/audit"+query, "").body), &page))
	return page.Entries
}

// TestAudit_RecordsRefusals: S-83.
func TestAudit_RecordsRefusals(t *testing.T) {
	s := newSite(t, false)
	ada, grace, eve := s.owner(t, "acme"), s.owner(t, "grace"), s.owner(t, "eve")
	_, err := s.store.SetRole(t.Context(), "org_acme", "grace@example.com", authz.Member, anyone, audit.Entry{Organization: "org_acme"})
	must(t, err)
	refused := grace.call(t, "DELETE", "/api/v1/organizations/acme/clusters/first", "")
	refused.want(t, 403)
	list := ada.auditOf(t, "?outcome=refused&actor=grace")
	if len(list) != 1 {
		t.Fatalf("refusals of grace: %v, want one", list)
	}
	e := list[0]
	if e["action"] != "cluster.delete" || e["target"] != "DELETE /clusters/first" || e["address"] != "127.0.0.1" ||
		e["requestId"] != refused.header.Get("X-Request-Id") || !strings.HasPrefix(e["credential"].(string), "session/") ||
		!strings.Contains(e["reason"].(string), "Your role") {
		t.Errorf("the refusal is %v", e)
	}
	// What is not there for eve is recorded with her, not with acme.
	eve.call(t, "GET", "/api/v1/organizations/acme/clusters", "").want(t, 404)
	if list := ada.auditOf(t, "?actor=eve"); len(list) != 0 {
		t.Errorf("acme learns of strangers: %v", list)
	}
	own, err := s.store.AuditLog(t.Context(), "acc_eve", audit.Filter{Outcome: audit.Refused}, 10)
	must(t, err)
	if len(own) != 1 || own[0].Action != "cluster.read" {
		t.Errorf("refusals of eve: %+v", own)
	}
	s.ahead.Store(int64(identity.SessionIdle))
	grace.call(t, "GET", "/api/v1/me", "").want(t, 401)
	own, err = s.store.AuditLog(t.Context(), "acc_grace", audit.Filter{Outcome: audit.Refused}, 10)
	must(t, err)
	if len(own) != 1 || own[0].Action != string(authz.AccountRead) {
		t.Errorf("refusals of grace's session that has ended: %+v", own)
	}
}

// TestAudit_RecordsSignInsThatFail: S-83.
func TestAudit_RecordsSignInsThatFail(t *testing.T) {
	s := newSite(t, false)
	nobody := s.nobody()
	a := nobody.call(t, "POST", "/api/v1/signup", `{"email":"ada@example.com","password":"correct horse 9","name":"Ada","organization":"acme"}`)
	a.want(t, 201)
	ada := &person{site: s, cookie: strings.Split(a.header.Get("Set-Cookie"), ";")[0]}
	nobody.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"wrong horse 9"}`).want(t, 401)
	nobody.call(t, "POST", "/api/v1/login", `{"email":"correct horse 9","password":"x"}`).want(t, 401)
	nobody.call(t, "POST", "/api/v1/login", `{"email":"ada@example.com","password":"correct horse 9"}`).want(t, 200)
	list := ada.auditOf(t, "?action=session")
	if len(list) != 2 || list[0]["outcome"] != "done" || list[1]["outcome"] != "refused" || list[1]["actor"] != "ada@example.com" {
		t.Errorf("sign-ins are %v, want one that was refused and one", list)
	}
	unknown, err := s.store.AuditLog(t.Context(), audit.Entry{}.Chain(), audit.Filter{}, 10)
	must(t, err)
	if len(unknown) != 1 || strings.Contains(unknown[0].Target+unknown[0].Actor.Email, "horse") {
		t.Errorf("the attempt of nobody is %+v", unknown)
	}
}

func TestAudit_PagesExportAndVerification(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	for range 5 {
		must(t, s.store.Audit(t.Context(), audit.Entry{At: s.now(), Organization: "org_acme", Action: "test", Target: "x"}))
	}
	const path = "/api/v1/organizations/acme/audit"
	first := ada.call(t, "GET", path+"?limit=4", "").want(t, 200)
	if n := len(first["entries"].([]any)); n != 4 || first["next"] != float64(3) {
		t.Errorf("the first page has %d entries and goes on at %v", n, first["next"])
	}
	last := ada.call(t, "GET", path+"?limit=4&before=3", "").want(t, 200)
	if n := len(last["entries"].([]any)); n != 2 || last["next"] != nil {
		t.Errorf("the last page has %d entries and goes on at %v", n, last["next"])
	}
	ada.call(t, "GET", path+"?limit=0", "").wantField(t, 422, "limit")
	ada.call(t, "GET", path+"?outcome=maybe", "").wantField(t, 422, "outcome")
	ada.call(t, "GET", path+"?since=yesterday", "").want(t, 400)

	v := ada.call(t, "GET", path+"/verification", "").want(t, 200)
	if v["intact"] != true || v["entries"] != float64(6) {
		t.Errorf("verification is %v", v)
	}
	key, err := audit.DecodeKey([]byte(v["publicKey"].(string)))
	must(t, err)
	export := ada.call(t, "GET", path+"/export", "")
	if export.status != 200 {
		t.Fatalf("the export is %d %s", export.status, export.body)
	}
	found, err := audit.VerifyFile(strings.NewReader(export.body), key)
	if err != nil || found.Entries != 7 {
		t.Errorf("the export: %+v, %v, want seven entries, the export itself last", found, err)
	}
}
