package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
)

const myKeys = "/api/v1/me/api-keys"

// text returns a field of an answer.
func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// newKey makes a key by a call, and returns who uses it and its id.
func (p *person) newKey(t *testing.T, path, body string) (program *person, id string) {
	t.Helper()
	k := p.call(t, "POST", path, body).want(t, 201)
	return &person{site: p.site, id: text(k, "owner"), bearer: text(k, "secret")}, text(k, "id")
}

// mate makes an account that has a role in ada's organization.
func (s *site) mate(t *testing.T, name string, role authz.Role) *person {
	t.Helper()
	p := s.owner(t, name)
	_, err := s.store.SetRole(t.Context(), "org_ada", name+"@example.com", role, anyone, audit.Entry{Organization: "org_ada", At: s.now()})
	must(t, err)
	return p
}

// TestAPIKey_OfAPerson follows a key from its making to its end: S-40, S-41, S-42.
func TestAPIKey_OfAPerson(t *testing.T) {
	s := newConfinedSite(t)
	s.owner(t, "ada")
	grace := s.mate(t, "grace", authz.Admin)
	for field, body := range map[string]string{
		"name": `{"organization":"ada","name":" "}`, "organization": `{"organization":"none","name":"ci"}`,
		"role": `{"organization":"ada","name":"ci","role":"king"}`, "expiresInDays": `{"organization":"ada","name":"ci","expiresInDays":366}`,
		"cluster": `{"organization":"ada","name":"ci","cluster":"none"}`,
	} {
		grace.call(t, "POST", myKeys, body).wantField(t, 422, field)
	}
	k := grace.call(t, "POST", myKeys, `{"organization":"ada","name":"ci","expiresInDays":30}`).want(t, 201)
	id, secret := text(k, "id"), text(k, "secret")
	if !strings.HasPrefix(secret, "podium_user_"+strings.TrimPrefix(id, "key_")) {
		t.Errorf("the secret is %q", secret)
	}
	ci := &person{site: s, bearer: secret}
	me := ci.call(t, "GET", "/api/v1/me", "").want(t, 200)
	if text(me, "email") != "grace@example.com" || len(me["organizations"].([]any)) != 1 {
		t.Errorf("the key is %v", me) // of grace's two organizations it sees one
	}
	ci.call(t, "POST", "/api/v1/organizations/ada/clusters", `{"name":"first"}`, "Sec-Fetch-Site", "cross-site").want(t, 202)
	ci.call(t, "GET", "/api/v1/organizations/grace/clusters", "").want(t, 404)
	if a := grace.call(t, "GET", myKeys, ""); strings.Contains(a.body, secret) || !strings.Contains(a.body, `"lastUsedFrom":"127.0.0.1"`) {
		t.Errorf("keys are %s", a.body)
	}

	// It never looks at a cookie, and no person's act is done by it.
	mixed := &person{site: s, bearer: "podium_user_none", cookie: grace.cookie}
	mixed.call(t, "GET", "/api/v1/me", "").want(t, 401)
	ci.call(t, "POST", myKeys, `{"organization":"ada","name":"more"}`).want(t, 403)
	ci.call(t, "POST", "/api/v1/organizations", `{"name":"third"}`).want(t, 403)
	refused := ci.call(t, "DELETE", "/api/v1/organizations/ada/clusters/first", "").want(t, 403)
	if !strings.Contains(text(refused, "detail"), "dangerous acts") {
		t.Errorf("a dangerous act is refused with %v", refused)
	}
	bold, _ := grace.newKey(t, myKeys, `{"organization":"ada","name":"terraform","dangerous":true}`)
	if a := bold.call(t, "GET", "/api/v1/organizations/ada/audit/export", ""); a.status != 200 {
		t.Errorf("a key for dangerous acts is answered %d %s", a.status, a.body)
	}

	// What its person loses, it loses at once.
	set := func(r authz.Role) {
		_, err := s.store.SetRole(t.Context(), "org_ada", "grace@example.com", r, anyone, audit.Entry{Organization: "org_ada", At: s.now()})
		must(t, err)
	}
	set(authz.Billing)
	ci.call(t, "GET", "/api/v1/organizations/ada/clusters", "").want(t, 403)
	set(authz.Member)
	ci.call(t, "GET", "/api/v1/organizations/ada/clusters", "").want(t, 200)

	grace.call(t, "PATCH", myKeys+"/"+id, `{"paused":true}`).want(t, 200)
	ci.call(t, "GET", "/api/v1/me", "").want(t, 401)
	grace.call(t, "PATCH", myKeys+"/"+id, `{"paused":false}`).want(t, 200)

	next := text(grace.call(t, "POST", myKeys+"/"+id+"/rotate", `{"graceHours":1}`).want(t, 200), "secret")
	renewed := &person{site: s, bearer: next}
	ci.call(t, "GET", "/api/v1/me", "").want(t, 200)
	renewed.call(t, "GET", "/api/v1/me", "").want(t, 200)
	s.ahead.Store(int64(time.Hour))
	ci.call(t, "GET", "/api/v1/me", "").want(t, 401)
	renewed.call(t, "GET", "/api/v1/me", "").want(t, 200)
	s.ahead.Store(int64(91 * 24 * time.Hour))
	renewed.call(t, "GET", "/api/v1/me", "").want(t, 401)
	s.ahead.Store(0)

	must(t, s.store.RemoveMember(t.Context(), "org_ada", "acc_grace", anyone, audit.Entry{Organization: "org_ada", At: s.now()}))
	renewed.call(t, "GET", "/api/v1/me", "").want(t, 401)
	log := s.actions(t, "org_ada")
	for _, action := range []string{"apikey.create", "apikey.use", "apikey.pause", "apikey.resume", "apikey.rotate", "cluster.create"} {
		if log[action] == "" {
			t.Errorf("the audit log has no %s", action)
		}
	}
	if log["cluster.create"] != "api-key/"+id {
		t.Errorf("the cluster was made by %q", log["cluster.create"])
	}
}

// actions returns by which credential each action of an organization was done last.
func (s *site) actions(t *testing.T, organization string) map[string]string {
	t.Helper()
	log, err := s.store.AuditLog(t.Context(), organization, audit.Filter{}, 1000)
	must(t, err)
	found := map[string]string{}
	for _, e := range log {
		if found[e.Action] == "" {
			found[e.Action] = e.Actor.Credential + " "
		}
	}
	for action, by := range found {
		found[action] = strings.TrimSuffix(by, " ")
		if by == " " {
			found[action] = "-"
		}
	}
	return found
}

// TestAPIKey_IsLimited: a key does less than its owner where it was made to.
func TestAPIKey_IsLimited(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "ada")
	s.ready(t, "ada", "first")
	s.ready(t, "ada", "second")
	const first, second = "/api/v1/organizations/ada/clusters/first", "/api/v1/organizations/ada/clusters/second"
	viewer, _ := ada.newKey(t, myKeys, `{"organization":"ada","name":"viewer","role":"cluster-viewer","cluster":"first"}`)
	viewer.call(t, "GET", first, "").want(t, 200)
	viewer.call(t, "GET", second, "").want(t, 404)
	viewer.call(t, "POST", first+"/access-keys", `{"name":"workers"}`).want(t, 403)
	if a := viewer.call(t, "GET", "/api/v1/organizations/ada/clusters", ""); a.status != 200 || strings.Contains(a.body, "second") {
		t.Errorf("it sees %s", a.body)
	}
	placed, _ := ada.newKey(t, myKeys, `{"organization":"ada","name":"placed","cluster":"first"}`)
	placed.call(t, "POST", first+"/access-keys", `{"name":"workers"}`).want(t, 201)
	placed.call(t, "GET", "/api/v1/organizations/ada/members", "").want(t, 403)
	role := text(ada.call(t, "POST", "/api/v1/organizations/ada/roles", `{"name":"Reader","permissions":["cluster.read"]}`).want(t, 201), "id")
	reader, _ := ada.newKey(t, myKeys, fmt.Sprintf(`{"organization":"ada","name":"reader","role":%q}`, role))
	reader.call(t, "GET", second, "").want(t, 200)
	reader.call(t, "GET", "/api/v1/organizations/ada/members", "").want(t, 403)
	ada.call(t, "DELETE", "/api/v1/organizations/ada/roles/"+role, "").want(t, 409)
}

// TestServiceAccount: S-42. A program works with rights of its own, which nobody gives or uses who has less.
func TestServiceAccount(t *testing.T) {
	s := newConfinedSite(t)
	ada := s.owner(t, "ada")
	admin, member := s.mate(t, "grace", authz.Admin), s.mate(t, "linus", authz.Member)
	s.ready(t, "ada", "first")
	const accounts = "/api/v1/organizations/ada/service-accounts"
	ada.call(t, "POST", accounts, `{"name":"deployer","role":"owner"}`).wantField(t, 422, "role")
	member.call(t, "POST", accounts, `{"name":"deployer"}`).want(t, 403)
	id := text(admin.call(t, "POST", accounts, `{"name":"deployer","description":"GitHub"}`).want(t, 201), "id")
	admin.call(t, "POST", accounts, `{"name":"deployer"}`).wantField(t, 409, "name")
	ci, key := admin.newKey(t, accounts+"/"+id+"/api-keys", `{"name":"ci"}`)
	if !strings.HasPrefix(ci.bearer, "podium_service_") {
		t.Errorf("the secret is %q", ci.bearer)
	}
	const clusters = "/api/v1/organizations/ada/clusters"
	ci.call(t, "GET", clusters, "").want(t, 403) // it has nothing yet
	grant := fmt.Sprintf(`{"principalKind":"service-account","principal":%q,"role":"cluster-admin","cluster":"first"}`, id)
	admin.call(t, "POST", "/api/v1/organizations/ada/grants", grant).want(t, 200)
	ci.call(t, "GET", clusters+"/first", "").want(t, 200)
	ci.call(t, "POST", clusters+"/first/access-keys", `{"name":"workers"}`).want(t, 201)
	ci.call(t, "POST", clusters, `{"name":"second"}`).want(t, 403)
	admin.call(t, "PUT", accounts+"/"+id, `{"name":"deployer","role":"admin"}`).want(t, 200)
	ci.call(t, "POST", clusters, `{"name":"second"}`).want(t, 202)

	// Who has less gets no hold of it.
	role := text(ada.call(t, "POST", "/api/v1/organizations/ada/roles", `{"name":"Accounts","permissions":["serviceaccount.update","apikey.update"]}`).want(t, 201), "id")
	_, err := s.store.SetRole(t.Context(), "org_ada", "linus@example.com", authz.Role(role), anyone, audit.Entry{Organization: "org_ada", At: s.now()})
	must(t, err)
	member.call(t, "POST", accounts+"/"+id+"/api-keys", `{"name":"mine"}`).want(t, 403)
	member.call(t, "POST", "/api/v1/organizations/ada/api-keys/"+key+"/rotate", `{}`).want(t, 403)
	member.call(t, "DELETE", "/api/v1/organizations/ada/api-keys/"+key, "").want(t, 403)
	member.call(t, "PUT", accounts+"/"+id, `{"name":"deployer"}`).want(t, 403)
	member.call(t, "DELETE", accounts+"/"+id, "").want(t, 403)
	member.call(t, "POST", accounts, `{"name":"mightier","role":"admin"}`).want(t, 403)
	other := s.owner(t, "eve")
	other.call(t, "DELETE", "/api/v1/organizations/eve/api-keys/"+key, "").want(t, 204) // there is none
	ci.call(t, "GET", "/api/v1/me", "").want(t, 200)

	// A stream ends with the key.
	events := ci.stream(t, "/api/v1/organizations/ada/events")
	events.next()
	admin.call(t, "PATCH", "/api/v1/organizations/ada/api-keys/"+key, `{"paused":true}`).want(t, 200)
	s.hub.Wake(notify.Organization("org_ada"))
	for name := "x"; name != ""; {
		name, _ = events.next()
	}
	ci.call(t, "GET", clusters, "").want(t, 401)
	admin.call(t, "PATCH", "/api/v1/organizations/ada/api-keys/"+key, `{"paused":false}`).want(t, 200)
	admin.call(t, "DELETE", accounts+"/"+id, "").want(t, 204)
	ci.call(t, "GET", clusters, "").want(t, 401)
	if by := s.actions(t, "org_ada")["accesskey.create"]; by != "api-key/"+key {
		t.Errorf("the access key was made by %q", by)
	}
}
