package httpapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// TestSuspension_ChangesNothing calls every operation of a suspended organization that changes something.
func TestSuspension_ChangesNothing(t *testing.T) {
	w := newTown(t)
	owner := w.people["owner"]
	tenants := tenant.New(w.store, w.now)
	must(t, tenants.Suspend(t.Context(), audit.Actor{Email: "operator"}, "acme", "unpaid since May"))
	spec, err := api.GetSpec()
	must(t, err)
	refused := 0
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			permission, _ := op.Extensions["x-permission"].(string)
			reads, _ := op.Extensions["x-while-closed"].(bool)
			if method == http.MethodGet || reads || !authz.Scoped(authz.Permission(permission)) {
				continue
			}
			at := httpapi.BasePath + strings.NewReplacer("{org}", "acme", "{cluster}", "first", "{operation}", w.operation.ID, "{key}", "key_1",
				"{group}", "grp_1", "{project}", "shop").Replace(path)
			p := owner.call(t, method, at, strings.ReplaceAll(bodies[method+" "+path], "%s", "new")).want(t, 403)
			if p["type"] != "urn:podium:organization-closed" || !strings.Contains(fmt.Sprint(p["detail"]), "unpaid since May") {
				t.Errorf("%s %s: %v", method, path, p)
			}
			refused++
		}
	}
	if refused < 30 {
		t.Errorf("only %d operations were tried", refused)
	}
	for _, path := range []string{"/clusters", "/members", "/audit", "/audit/export", "/usage.csv", "/plan"} {
		if a := owner.call(t, "GET", acmePath+path, ""); a.status != 200 {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
	}
	owner.call(t, "POST", acmePath+"/clusters/first/console-sessions", "").want(t, 201)
	orgs := w.people["member"].call(t, "GET", "/api/v1/organizations", "")
	if orgs.want(t, 200); !strings.Contains(orgs.body, `"state":"SUSPENDED"`) || !strings.Contains(orgs.body, "unpaid since May") {
		t.Errorf("a member sees %s", orgs.body)
	}
	config, err := w.store.FleetConfig(t.Context(), w.operation.ClusterID)
	must(t, err)
	if !strings.Contains(config.Closed, "unpaid since May") {
		t.Errorf("the data plane is told %q", config.Closed)
	}

	must(t, tenants.Resume(t.Context(), audit.Actor{Email: "operator"}, "acme"))
	owner.call(t, "POST", acmePath+"/groups", `{"name":"Day shift"}`).want(t, 201)
	again, err := w.store.FleetConfig(t.Context(), w.operation.ClusterID)
	must(t, err)
	if again.Closed != "" || again.Revision <= config.Revision {
		t.Errorf("the data plane is told %q by revision %d after %d", again.Closed, again.Revision, config.Revision)
	}
	log, err := w.store.AuditLog(t.Context(), "org_acme", audit.Filter{}, 1000)
	must(t, err)
	for _, action := range []string{"organization.suspend", "organization.resume"} {
		if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Action == action && e.Actor.Email == "operator" }) {
			t.Errorf("%s is not in the audit log", action)
		}
	}
	if !slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Outcome == audit.Refused && strings.Contains(e.Reason, "suspended") }) {
		t.Error("what was refused is not in the audit log")
	}
}

func TestSuspension_KeepsInvitationsOut(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	link, _ := ada.call(t, "POST", acmePath+"/invitations", `{"email":"eve@example.com","role":"member"}`).want(t, 201)["link"].(string)
	_, token, _ := strings.Cut(link, "#")
	token = token[strings.LastIndex(token, "=")+1:]
	tenants := tenant.New(s.store, s.now)
	must(t, tenants.Suspend(t.Context(), audit.Actor{}, "acme", "unpaid"))
	join := fmt.Sprintf(`{"token":%q,"name":"Eve","password":"correct horse 9"}`, token)
	s.nobody().call(t, "POST", "/api/v1/invitations/join", join).want(t, 403)
	eve := s.owner(t, "eve")
	eve.call(t, "POST", "/api/v1/invitations/accept", fmt.Sprintf(`{"token":%q}`, token)).want(t, 403)
	must(t, tenants.Resume(t.Context(), audit.Actor{}, "acme"))
	eve.call(t, "POST", "/api/v1/invitations/accept", fmt.Sprintf(`{"token":%q}`, token)).want(t, 200)
}

func TestDeletion_ClosesUntilAnOwnerKeepsIt(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	grace := s.owner(t, "grace")
	ada.call(t, "POST", acmePath+"/members", `{"email":"grace@example.com","role":"admin"}`).want(t, 200)
	grace.call(t, "POST", acmePath+"/deletion", `{"name":"acme"}`).want(t, 403)
	ada.call(t, "POST", acmePath+"/deletion", `{"name":"other"}`).wantField(t, 422, "name")
	o := ada.call(t, "POST", acmePath+"/deletion", `{"name":"acme"}`).want(t, 202)
	deletion, _ := o["deletion"].(map[string]any)
	if o["state"] != "LEAVING" || deletion["askedBy"] != "acme@example.com" {
		t.Errorf("the organization is %v", o)
	}
	seen := grace.call(t, "GET", "/api/v1/organizations", "")
	if seen.want(t, 200); !strings.Contains(seen.body, `"state":"LEAVING"`) || !strings.Contains(seen.body, "acme@example.com has asked") {
		t.Errorf("a member sees %s", seen.body)
	}
	ada.call(t, "POST", acmePath+"/projects", `{"name":"shop"}`).want(t, 403)
	ada.call(t, "POST", acmePath+"/deletion", `{"name":"acme"}`).want(t, 403)
	ada.call(t, "GET", acmePath+"/members", "").want(t, 200)
	grace.call(t, "DELETE", acmePath+"/deletion", "").want(t, 403)
	for range 2 {
		if o := ada.call(t, "DELETE", acmePath+"/deletion", "").want(t, 200); o["state"] != "ACTIVE" {
			t.Errorf("the organization is %v", o)
		}
	}
	ada.call(t, "POST", acmePath+"/projects", `{"name":"shop"}`).want(t, 201)
}

func TestRename(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	s.owner(t, "eve")
	s.ready(t, "acme", "first")
	ada.call(t, "PUT", acmePath, `{"name":"eve"}`).wantField(t, 409, "name")
	ada.call(t, "PUT", acmePath, `{"name":"Acme!"}`).wantField(t, 422, "name")
	if o := ada.call(t, "PUT", acmePath, `{"name":"rocket"}`).want(t, 200); o["name"] != "rocket" {
		t.Errorf("the organization is %v", o)
	}
	ada.call(t, "GET", acmePath+"/clusters", "").want(t, 404)
	ada.call(t, "GET", "/api/v1/organizations/rocket/clusters/first", "").want(t, 200)
	config, err := s.store.FleetConfig(t.Context(), "clu_first")
	must(t, err)
	if config.Organization != "rocket" {
		t.Errorf("the data plane is told of %q", config.Organization)
	}
}
