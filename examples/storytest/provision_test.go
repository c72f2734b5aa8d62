package storytest

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	provision "github.com/podium-cloud/podium/examples/provision-customer"
)

// signUp is the provision-customer example with its services.
type signUp struct {
	*stage
	services *provision.Services
	address  string
}

func openSignUp(t *testing.T) *signUp {
	t.Helper()
	s := &signUp{stage: play(t, edgetest.Config{}, provision.Example())}
	s.services = provision.NewServices(func(execution, ref string, output map[string]any) {
		if err := s.workflows.UpdateTaskByRefName(ref, execution, model.CompletedTask, output); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(s.services)
	t.Cleanup(server.Close)
	s.address = server.URL
	return s
}

// sign signs a customer up; a form that is sent twice has the same key.
func (s *signUp) sign(customer, card string) string {
	s.Helper()
	return s.startAs(model.NewIdempotentStartWorkflowRequest(s.example.Workflow, 1, customer, "sign-up-"+customer, model.ReturnExisting,
		map[string]any{"customer": customer, "card": card, "services": s.address}))
}

func TestProvision_EverythingIsThereOnce(t *testing.T) {
	t.Parallel()
	s := openSignUp(t)
	id := s.sign("lighthouse", "4242")
	if again := s.sign("lighthouse", "4242"); again != id {
		t.Errorf("signed up twice, as %s and %s", id, again)
	}
	run := s.until(id, model.CompletedWorkflow)
	if got := s.services.Of("lighthouse"); !slices.Equal(got, []string{"accounts", "certificates", "databases", "mailboxes", "payments"}) || s.services.Made() != 5 {
		t.Errorf("the customer has %v, and %d things were made", got, s.services.Made())
	}
	for ref, want := range map[string]string{"account": "503", "database": "429", "mailbox": "readTimeOut"} {
		first := run.Tasks[slices.IndexFunc(run.Tasks, func(t model.Task) bool { return t.ReferenceTaskName == ref })]
		if first.Status != model.FailedTask || !strings.Contains(first.ReasonForIncompletion, want) || last(run, ref).Status != model.CompletedTask {
			t.Errorf("%s: the first attempt is %s (%s), want %s, and another that went well", ref, first.Status, first.ReasonForIncompletion, want)
		}
		if id, _ := run.Output[ref].(string); !strings.HasPrefix(id, "lighthouse-") {
			t.Errorf("output %s = %q", ref, id)
		}
	}
	if got := run.Output["certificate"]; got != last(run, "certificate").OutputData["id"] || got == nil {
		t.Errorf("output certificate = %v", got)
	}
}

func TestProvision_ARefusedPaymentTakesEverythingBack(t *testing.T) {
	t.Parallel()
	s := openSignUp(t)
	run := s.until(s.sign("driftwood", "expired"), model.FailedWorkflow)
	if !strings.Contains(run.ReasonForIncompletion, "the payment was refused: the card has expired") {
		t.Errorf("reason %q", run.ReasonForIncompletion)
	}
	if s.services.Made() != 4 {
		t.Errorf("%d things were made before the payment", s.services.Made())
	}
	var undo string
	s.wait("the failure workflow", func() bool {
		undo, _ = s.show(run.WorkflowId).Output["conductor.failure_workflow"].(string)
		return undo != ""
	})
	s.until(undo, model.CompletedWorkflow)
	if left := s.services.Of("driftwood"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
