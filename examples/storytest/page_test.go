package storytest

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	page "github.com/podium-cloud/podium/examples/product-page"
)

func TestPage_IsAnsweredInOneCall(t *testing.T) {
	t.Parallel()
	services := httptest.NewServer(page.Services(func(product string) bool { return product == "boat" }))
	t.Cleanup(services.Close)
	s := play(t, edgetest.Config{}, page.Example())
	for _, c := range []struct {
		product, page string
		patience      int // ms; long where everything answers, so that the test does not depend on the machine's pace
		status        model.WorkflowStatus
		attempts      string // statuses of the reviews' and the stock's tasks
	}{
		{"lamp", `{"price":120,"reviews":{"count":42,"stars":4.5},"stock":7,"title":"From the lighthouse"}`, 60_000, model.CompletedWorkflow, "COMPLETED COMPLETED"},
		{"boat", `{"price":120,"reviews":{"count":0,"stars":null},"stock":"ask in the shop","title":"From the lighthouse"}`, 20, model.CompletedWorkflow, "COMPLETED_WITH_ERRORS COMPLETED_WITH_ERRORS"},
		{"anchor", `null`, 60_000, model.FailedWorkflow, ""},
	} {
		run, err := s.workflows.ExecuteWorkflow(model.NewStartWorkflowRequest(s.example.Workflow, 1, "",
			map[string]any{"product": c.product, "services": services.URL, "patience": c.patience}), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(run.Output["page"])
		if err != nil || run.Status != string(c.status) || string(got) != c.page {
			t.Errorf("%s: %s %s (%v), want %s %s", c.product, run.Status, got, err, c.status, c.page)
		}
		w := s.show(run.WorkflowId)
		if c.status == model.FailedWorkflow {
			if !strings.Contains(w.ReasonForIncompletion, "there is no such product") {
				t.Errorf("%s: reason %q", c.product, w.ReasonForIncompletion)
			}
			continue
		}
		if got := string(last(w, "reviews").Status) + " " + string(last(w, "stock").Status); got != c.attempts {
			t.Errorf("%s: the optional tasks are %s, want %s", c.product, got, c.attempts)
		}
	}
}
