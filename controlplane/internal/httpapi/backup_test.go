package httpapi_test

import (
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/provisioner"
)

// TestProjects_BackupsOfOthersStayTheirs: who rules one project gets what clusters of another one keep by no copy of theirs, and is
// not told whether there is one (S-51).
func TestProjects_BackupsOfOthersStayTheirs(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	grace := s.member(t, "grace", authz.Billing)
	s.ready(t, "acme", "first")
	ada.call(t, "POST", acmePath+"/projects", `{"name":"lab"}`).want(t, 201)
	ada.call(t, "POST", acmePath+"/grants", `{"principalKind":"user","principal":"acc_grace","role":"project-admin","project":"lab"}`).want(t, 200)
	_, err := s.store.AddBackup(t.Context(), "clu_first", provisioner.Backup{Name: "daily", At: s.now()}, false,
		audit.Entry{Organization: "org_acme", At: s.now()})
	must(t, err)
	s.ready(t, "acme", "hers")
	ada.call(t, "PUT", acmePath+"/clusters/hers/project", `{"project":"lab"}`).want(t, 200)

	grace.call(t, "GET", acmePath+"/catalog", "").want(t, 200)
	grace.call(t, "POST", acmePath+"/cluster-preview", `{"name":"copy","project":"lab"}`).want(t, 200)
	grace.call(t, "POST", acmePath+"/cluster-preview", `{"name":"copy"}`).want(t, 403)
	for _, call := range []struct{ path, body string }{
		{"/cluster-preview", `{"name":"copy","project":"lab","source":"first","backup":"NAME"}`},
		{"/clusters", `{"name":"copy","project":"lab","source":"first","backup":"NAME"}`},
		{"/clusters/hers/operations/preview", `{"kind":"restore-cluster","source":"first","backup":"NAME"}`},
		{"/clusters/hers/operations", `{"kind":"restore-cluster","source":"first","backup":"NAME"}`},
	} {
		told := map[string]any{}
		for _, name := range []string{"daily", "none"} {
			a := grace.call(t, "POST", acmePath+call.path, strings.Replace(call.body, "NAME", name, 1))
			a.wantField(t, 422, "backup")
			told[name] = a.want(t, 422)["errors"]
		}
		if body(t, told["daily"]) != body(t, told["none"]) {
			t.Errorf("%s tells a backup from none: %v", call.path, told)
		}
	}
	ada.call(t, "POST", acmePath+"/clusters", `{"name":"copy","project":"lab","source":"first","backup":"daily"}`).want(t, 202)
}

// TestProjects_BackupsOfFormerClustersStayTheirs: the name of a deleted cluster may be taken in another project; its copies are not
// taken with it (S-51).
func TestProjects_BackupsOfFormerClustersStayTheirs(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	grace := s.member(t, "grace", authz.Billing)
	ada.call(t, "POST", acmePath+"/projects", `{"name":"lab"}`).want(t, 201)
	ada.call(t, "POST", acmePath+"/grants", `{"principalKind":"user","principal":"acc_grace","role":"project-admin","project":"lab"}`).want(t, 200)
	entry := audit.Entry{Organization: "org_acme", At: s.now()}
	before := s.readyAs(t, "before", "org_acme", "acme", "orders")
	_, err := s.store.AddBackup(t.Context(), before.ClusterID, provisioner.Backup{Name: "daily", At: s.now()}, false, entry)
	must(t, err)
	_, err = s.store.RemoveCluster(t.Context(), before.ClusterID, entry)
	must(t, err)
	s.ready(t, "acme", "orders")
	_, err = s.store.AddBackup(t.Context(), "clu_orders", provisioner.Backup{Name: "own", At: s.now()}, false, entry)
	must(t, err)
	ada.call(t, "PUT", acmePath+"/clusters/orders/project", `{"project":"lab"}`).want(t, 200)

	const backups = acmePath + "/clusters/orders/backups"
	if list := grace.call(t, "GET", backups, ""); strings.Contains(list.body, "daily") || !strings.Contains(list.body, "own") {
		t.Errorf("the admin of the project is shown %s", list.body)
	}
	if list := ada.call(t, "GET", backups, ""); !strings.Contains(list.body, "daily") || !strings.Contains(list.body, "own") {
		t.Errorf("the owner is shown %s", list.body)
	}
	grace.call(t, "GET", backups+"/daily/content", "").want(t, 404)
	grace.call(t, "GET", backups+"/daily/key", "").want(t, 404)
	grace.call(t, "POST", backups+"/daily/links", `{}`).want(t, 404)
	grace.call(t, "POST", backups+"/own/links", `{}`).want(t, 201)
	ada.call(t, "POST", backups+"/daily/links", `{}`).want(t, 201)
	for path, text := range map[string]string{
		"/clusters":                           `{"name":"copy","project":"lab","source":"orders","backup":"daily"}`,
		"/clusters/orders/operations":         `{"kind":"restore-cluster","backup":"daily"}`,
		"/clusters/orders/operations/preview": `{"kind":"restore-cluster","source":"orders","backup":"daily"}`,
	} {
		grace.call(t, "POST", acmePath+path, text).wantField(t, 422, "backup")
	}
	grace.call(t, "POST", acmePath+"/clusters/orders/operations/preview", `{"kind":"restore-cluster","backup":"own"}`).want(t, 200)
}
