package storytest

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	transfer "github.com/podium-cloud/podium/examples/transfer-money"
)

// A worker in Go, one in JavaScript and, for each region, one in Python that speaks plain HTTP: each transfer is booked in its
// own region.
func TestTransfer_IsBookedInItsRegion(t *testing.T) {
	t.Parallel()
	s := play(t, edgetest.Config{}, transfer.Example())
	for _, region := range []string{"east", "west"} {
		beside(t, s.edge.API, "../transfer-money/mainframe", "python3", "worker.py", region)
	}
	const letters = "../transfer-money/letters"
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund")
	install.Dir = letters
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	beside(t, s.edge.API, letters, "node", "worker.mjs")
	ids := map[string]string{}
	for _, region := range []string{"east", "west", "north"} {
		ids[region] = s.startAs(transfer.Start(region, map[string]any{"from": "ada", "to": "grace", "cents": 120_000}))
	}
	for _, region := range []string{"east", "west"} {
		run := s.until(ids[region], model.CompletedWorkflow)
		const record = "TRFADA         GRACE       0000000120000"
		if run.Output["record"] != record || run.Output["bookedIn"] != region || run.Output["letter"] != "Dear ada, we have booked "+record+"." {
			t.Errorf("%s: output %v", region, run.Output)
		}
		if book := last(run, "book"); book.Domain != region || book.WorkerId != "mainframe-"+region {
			t.Errorf("%s was booked by %s of domain %s", region, book.WorkerId, book.Domain)
		}
		if tell := last(run, "tell"); tell.WorkerId != "letters" {
			t.Errorf("the customer was told by %s", tell.WorkerId)
		}
	}
	// Nobody works in the north: neither of the others took it.
	s.wait("transfer in the north", func() bool { return last(s.show(ids["north"]), "book") != nil })
	if book := last(s.show(ids["north"]), "book"); book.Status != "SCHEDULED" || book.Domain != "north" {
		t.Errorf("in the north it is %s, of domain %q", book.Status, book.Domain)
	}
	run := s.until(s.start(map[string]any{"from": "ada", "to": "ada", "cents": 1}), model.FailedWorkflow)
	if !strings.Contains(run.ReasonForIncompletion, "ada cannot send money to itself") {
		t.Errorf("reason %q", run.ReasonForIncompletion)
	}
}

// beside runs a worker in another language until the test ends.
func beside(t *testing.T, api, dir, program string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	worker := exec.CommandContext(t.Context(), program, args...)
	worker.Dir = dir
	worker.Env = append(os.Environ(), "CONDUCTOR_SERVER_URL="+api, "CONDUCTOR_AUTH_KEY=")
	worker.Stdout, worker.Stderr = &output, &output
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = worker.Wait() // it is killed, as the test's context has ended
		if t.Failed() {
			t.Logf("%s %v:\n%s", program, args, &output)
		}
	})
}
