package plan_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

func TestLoad_TheExampleHolds(t *testing.T) {
	c, err := plan.Load("../../../docs/plans.example.json")
	if err != nil {
		t.Fatal(err)
	}
	if n, limited := c.Of("").Limit(plan.Clusters); !limited || n < 1 {
		t.Errorf("the default plan of the example allows %d clusters, limited: %v", n, limited)
	}
}

func TestLoad_WithoutAFileNothingIsLimited(t *testing.T) {
	c, err := plan.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range plan.Resources() {
		if err := c.Of("").Check(r, 1<<40, 1); err != nil {
			t.Errorf("%s: %v", r, err)
		}
	}
}

func TestParse_NamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{`: "unexpected EOF",
		`{"default":"aa","plans":[{"name":"aa","limits":{}}],"more":1}`:                "more",
		`{"default":"aa","plans":[{"name":"aa","limits":{}}]} {}`:                      "after the end",
		`{"default":"bb","plans":[{"name":"aa","limits":{}}]}`:                         `default: "bb"`,
		`{"default":"aa","plans":[{"name":"aa"},{"name":"aa"}]}`:                       "plans[1].name",
		`{"default":"A","plans":[{"name":"A"}]}`:                                       "plans[0].name",
		`{"default":"aa","plans":[{"name":"aa","limits":{"cluster":1}}]}`:              "plans[0].limits.cluster: is unknown",
		`{"default":"aa","plans":[{"name":"aa","limits":{"clusters":0}}]}`:             "plans[0].limits.clusters",
		`{"default":"aa","plans":[{"name":"aa","title":"A","limits":{"clusters":3}}]}`: "",
	} {
		_, err := plan.Parse([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error is %v, want one with %q", text, err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "plans.json")
	if err := os.WriteFile(path, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want one that names the file", err)
	}
}

func TestCheck_SaysWhatIsFull(t *testing.T) {
	p := plan.Plan{Name: "team", Title: "Team", Limits: map[plan.Resource]int64{plan.Clusters: 3}}
	if err := p.Check(plan.Clusters, 2, 1); err != nil {
		t.Errorf("the last place: %v", err)
	}
	if err := p.Check(plan.Nodes, 100, 1); err != nil {
		t.Errorf("what is not limited: %v", err)
	}
	err := p.Check(plan.Clusters, 3, 1)
	e, _ := errors.AsType[*problem.Error](err)
	if e == nil || e.Kind != problem.Full || *e.Quota != (problem.Quota{Resource: "clusters", Limit: 3, Used: 3, Plan: "team"}) ||
		!strings.Contains(e.Detail, "Team allows 3 clusters") {
		t.Errorf("error is %v", err)
	}
}
