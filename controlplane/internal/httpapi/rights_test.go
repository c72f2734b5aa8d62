package httpapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

const acmePath = "/api/v1/organizations/acme"

// member makes somebody with a role in acme.
func (s *site) member(t *testing.T, name string, r authz.Role) *person {
	t.Helper()
	p := s.owner(t, name)
	_, err := s.store.SetRole(t.Context(), "org_acme", name+"@example.com", r, anyone, audit.Entry{Organization: "org_acme", At: s.now()})
	must(t, err)
	return p
}

// names decodes the names of a list.
func (a answer) names(t *testing.T) []string {
	t.Helper()
	a.want(t, 200)
	var list []struct{ Name string }
	must(t, json.Unmarshal([]byte(a.body), &list))
	var names []string
	for _, one := range list {
		names = append(names, one.Name)
	}
	return names
}

// TestGrants_GiveOneCluster follows somebody who may use one cluster. It covers S-51 within an organization and S-56.
func TestGrants_GiveOneCluster(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	grace := s.member(t, "grace", authz.Billing)
	s.ready(t, "acme", "first")
	s.ready(t, "acme", "second")
	grace.call(t, "GET", acmePath+"/clusters", "").want(t, 403)
	grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 404)

	body := `{"principalKind":"user","principal":"acc_grace","role":"cluster-operator","cluster":"first"}`
	g := ada.call(t, "POST", acmePath+"/grants", body).want(t, 200)
	if again := ada.call(t, "POST", acmePath+"/grants", body).want(t, 200); again["id"] != g["id"] || g["principalName"] != "grace@example.com" {
		t.Errorf("grants are %v and %v", g, again)
	}
	if got := grace.call(t, "GET", acmePath+"/clusters", "").names(t); !slices.Equal(got, []string{"first"}) {
		t.Errorf("grace sees %v", got)
	}
	if c := grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 200); strings.Contains(strings.Join(texts(c["permissions"]), " "), "accesskey.create") ||
		!slices.Contains(texts(c["permissions"]), "cluster.operate") {
		t.Errorf("in the cluster grace may %v", c["permissions"])
	}
	grace.call(t, "GET", acmePath+"/clusters/second", "").want(t, 404)
	absent := grace.call(t, "DELETE", acmePath+"/clusters/none", "")
	if unseen := grace.call(t, "DELETE", acmePath+"/clusters/second", ""); unseen.status != 404 || absent.status != 404 {
		t.Errorf("an unseen cluster answers %d, an absent one %d", unseen.status, absent.status)
	}
	grace.call(t, "GET", "/api/v1/operations/op_second", "").want(t, 404)
	grace.call(t, "GET", "/api/v1/operations/op_first", "").want(t, 200)
	grace.call(t, "POST", acmePath+"/grants", body).want(t, 403)

	link := grace.call(t, "POST", acmePath+"/clusters/first/console-sessions", "").want(t, 201)
	token := strings.SplitN(link["url"].(string), "token=", 2)[1]
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	must(t, err)
	if claims, _ := parsed.Claims.(jwt.MapClaims); claims["role"] != "operator" || claims["groups"] != nil {
		t.Errorf("claims are %v", claims)
	}

	if list := ada.call(t, "GET", acmePath+"/grants?cluster=first", ""); !strings.Contains(list.body, g["id"].(string)) {
		t.Errorf("grants in the cluster are %s", list.body)
	}
	if list := ada.call(t, "GET", acmePath+"/grants?cluster=second", ""); list.body != "[]\n" {
		t.Errorf("grants in the other cluster are %s", list.body)
	}
	for range 2 {
		ada.call(t, "DELETE", acmePath+"/grants/"+g["id"].(string), "").want(t, 204)
	}
	grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 404) // at once
}

func texts(v any) []string {
	var list []string
	all, _ := v.([]any)
	for _, one := range all {
		text, _ := one.(string)
		list = append(list, text)
	}
	return list
}

// TestGroups_GiveWhatTheyWereGranted follows a group with a project.
func TestGroups_GiveWhatTheyWereGranted(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	grace := s.member(t, "grace", authz.Billing)
	s.ready(t, "acme", "first")
	ada.call(t, "POST", acmePath+"/projects", `{"name":"shop"}`).want(t, 201)
	group := ada.call(t, "POST", acmePath+"/groups", `{"name":"Night shift"}`).want(t, 201)
	path := acmePath + "/groups/" + group["id"].(string)
	ada.call(t, "PUT", path+"/members/acc_grace", "").want(t, 200)
	ada.call(t, "PUT", path+"/members/acc_none", "").want(t, 404)
	ada.call(t, "POST", acmePath+"/grants", `{"principalKind":"group","principal":"`+group["id"].(string)+`","role":"project-admin","project":"shop"}`).want(t, 200)

	grace.call(t, "POST", acmePath+"/clusters", `{"name":"second"}`).want(t, 403) // the default project
	grace.call(t, "POST", acmePath+"/clusters", `{"name":"second","project":"none"}`).wantField(t, 422, "project")
	c := grace.call(t, "POST", acmePath+"/clusters", `{"name":"second","project":"shop"}`).want(t, 202)
	if c["project"] != "shop" {
		t.Errorf("the cluster is in %v", c["project"])
	}
	if got := grace.call(t, "GET", acmePath+"/projects", "").names(t); !slices.Equal(got, []string{"shop"}) {
		t.Errorf("grace sees the projects %v", got)
	}
	// Somebody who runs a project says who may use its clusters, and gives no more than they have.
	grace.call(t, "POST", acmePath+"/grants", `{"principalKind":"user","principal":"acc_grace","role":"cluster-viewer","cluster":"second"}`).want(t, 200)
	for _, body := range []string{
		`{"principalKind":"user","principal":"acc_grace","role":"cluster-viewer","cluster":"first"}`,
		`{"principalKind":"user","principal":"acc_grace","role":"cluster-viewer"}`,
	} {
		grace.call(t, "POST", acmePath+"/grants", body).want(t, 403)
	}
	ada.call(t, "PUT", acmePath+"/clusters/first/project", `{"project":"none"}`).wantField(t, 422, "project")
	ada.call(t, "PUT", acmePath+"/clusters/first/project", `{"project":"shop"}`).want(t, 200)
	if got := grace.call(t, "GET", acmePath+"/clusters", "").names(t); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("grace sees the clusters %v", got)
	}
	grace.call(t, "PUT", acmePath+"/clusters/first/project", `{"project":"default"}`).want(t, 403) // not theirs to fill
	ada.call(t, "DELETE", path+"/members/acc_grace", "").want(t, 204)
	grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 404)
}

// TestRoles_GiveAtMostWhatTheirMakerHas covers what keeps an admin from becoming an owner.
func TestRoles_GiveAtMostWhatTheirMakerHas(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	admin, grace := s.member(t, "admin", authz.Admin), s.member(t, "grace", authz.Billing)
	admin.call(t, "POST", acmePath+"/roles", `{"name":"Door","permissions":["sso.update"]}`).want(t, 403)
	admin.call(t, "POST", acmePath+"/roles", `{"name":"owner","permissions":[]}`).wantField(t, 422, "name")
	admin.call(t, "POST", acmePath+"/roles", `{"name":"Door","permissions":["cluster.explode"]}`).wantField(t, 422, "permissions")
	door := ada.call(t, "POST", acmePath+"/roles", `{"name":"Door","permissions":["sso.update"]}`).want(t, 201)
	night := admin.call(t, "POST", acmePath+"/roles", `{"name":"Night","permissions":["cluster.read","cluster.use","cluster.operate"]}`).want(t, 201)
	s.ready(t, "acme", "first")

	give := func(p *person, account, role string) answer {
		return p.call(t, "PUT", acmePath+"/members/"+account, `{"role":"`+role+`"}`)
	}
	give(admin, "acc_grace", "owner").want(t, 403)
	give(admin, "acc_grace", door["id"].(string)).want(t, 403)
	give(admin, "acc_acme", "member").want(t, 403)
	admin.call(t, "DELETE", acmePath+"/members/acc_acme", "").want(t, 403)
	admin.call(t, "POST", acmePath+"/invitations", `{"email":"new@example.com","role":"owner"}`).want(t, 403)
	admin.call(t, "PUT", acmePath+"/roles/"+door["id"].(string), `{"name":"Door","permissions":[]}`).want(t, 403)
	give(admin, "acc_grace", "rol_none").wantField(t, 422, "role")
	give(admin, "acc_none", "member").want(t, 404)
	give(admin, "acc_grace", night["id"].(string)).want(t, 200)
	if me := grace.call(t, "GET", "/api/v1/me", ""); !strings.Contains(me.body, `"cluster.operate"`) || strings.Contains(me.body, `"role":"billing"`) {
		t.Errorf("grace is %s", me.body)
	}
	grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 200)
	// A permission that the role loses is refused at once.
	admin.call(t, "PUT", acmePath+"/roles/"+night["id"].(string), `{"name":"Night","permissions":["cluster.use"]}`).want(t, 200)
	grace.call(t, "GET", acmePath+"/clusters/first", "").want(t, 404)
	admin.call(t, "DELETE", acmePath+"/roles/"+night["id"].(string), "").want(t, 409)
	give(admin, "acc_grace", "billing").want(t, 200)
	admin.call(t, "DELETE", acmePath+"/roles/"+night["id"].(string), "").want(t, 204)

	// The last owner stays, whoever asks. S-58.
	give(ada, "acc_acme", "admin").want(t, 409)
	ada.call(t, "DELETE", acmePath+"/members/acc_acme", "").want(t, 409)
}

// TestStreams_EndWithTheRole: who is taken out of an organization hears no more of it.
func TestStreams_EndWithTheRole(t *testing.T) {
	s := newSite(t, false)
	s.owner(t, "acme")
	grace := s.member(t, "grace", authz.Member)
	s.ready(t, "acme", "first")
	events := grace.stream(t, acmePath+"/events")
	if name, _ := events.next(); name != "cluster" {
		t.Fatalf("the first event is %s", name)
	}
	must(t, s.store.RemoveMember(t.Context(), "org_acme", "acc_grace", anyone, audit.Entry{Organization: "org_acme"}))
	s.ready(t, "acme", "second")
	for name := "x"; name != ""; {
		var data map[string]any
		if name, data = events.next(); data["name"] == "second" {
			t.Fatalf("the stream tells of %v", data)
		}
	}
}

// TestRights_AreTheSameOnEveryReplica: two servers over one store, without anything between them. S-56.
func TestRights_AreTheSameOnEveryReplica(t *testing.T) {
	s := newSite(t, false)
	replica := s.replica(t)
	ada, grace := s.owner(t, "acme"), s.member(t, "grace", authz.Member)
	there := &person{site: replica, id: grace.id, cookie: grace.cookie}
	there.call(t, "GET", acmePath+"/clusters", "").want(t, 200)
	ada.call(t, "PUT", acmePath+"/members/acc_grace", `{"role":"billing"}`).want(t, 200)
	there.call(t, "GET", acmePath+"/clusters", "").want(t, 403)
	ada.call(t, "DELETE", acmePath+"/members/acc_grace", "").want(t, 204)
	there.call(t, "GET", acmePath+"/clusters", "").want(t, 404)
}
