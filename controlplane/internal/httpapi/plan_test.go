package httpapi_test

import (
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/store"
)

func TestPlan_IsSeenAndSaysWhatIsFull(t *testing.T) {
	s := newSiteOn(t, false, t.TempDir(), store.Config{Plans: &plan.Catalog{Default: "small", Plans: []plan.Plan{
		{Name: "small", Title: "Small", Limits: map[plan.Resource]int64{plan.Clusters: 1, plan.Executions: 100}},
	}}})
	ada := s.owner(t, "acme")
	ada.call(t, "POST", acmePath+"/clusters", `{"name":"first"}`).want(t, 202)
	full := ada.call(t, "POST", acmePath+"/clusters", `{"name":"second"}`).want(t, 409)
	quota, _ := full["quota"].(map[string]any)
	if full["type"] != "urn:podium:quota-full" || quota["resource"] != "clusters" || quota["limit"] != 1.0 || quota["used"] != 1.0 || quota["plan"] != "small" {
		t.Errorf("the problem is %v", full)
	}
	shown := ada.call(t, "GET", acmePath+"/plan", "").want(t, 200)
	uses, _ := shown["uses"].([]any)
	if shown["title"] != "Small" || len(uses) != len(plan.Resources()) {
		t.Fatalf("the plan is %v", shown)
	}
	for _, u := range uses {
		use, _ := u.(map[string]any)
		want := map[string]any{"clusters": 1.0, "executions": 100.0}[use["resource"].(string)]
		if use["limit"] != want {
			t.Errorf("%v has the limit %v, want %v", use["resource"], use["limit"], want)
		}
		if use["resource"] == "clusters" && use["used"] != 1.0 {
			t.Errorf("clusters used are %v", use["used"])
		}
	}
}
