package storytest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	sign "github.com/podium-cloud/podium/examples/sign-document"
)

const week = 7 * 24 * time.Hour

// signing is the sign-document example on a clock that is moved by weeks.
type signing struct {
	*stage
	folder, data string
	clock        *edgetest.Clock
	id           string
	branches     map[string]string // execution of each signatory
	reminded     map[string]int    // letters that each has to have
}

func startSigning(t *testing.T, signatories ...string) *signing {
	t.Helper()
	s := &signing{folder: t.TempDir(), data: t.TempDir(), clock: edgetest.NewClock(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), branches: map[string]string{}, reminded: map[string]int{}}
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	s.stage = play(t, edgetest.Config{Dir: s.data, Clock: s.clock}, sign.Example(root))
	s.id = s.start(map[string]any{"document": "lease", "signatories": signatories})
	for _, who := range signatories {
		s.branches[who] = s.child(s.id, who)
		s.wait("first week of "+who, func() bool {
			pause := last(s.show(s.branches[who]), "pause__1")
			return pause != nil && pause.Status == model.InProgressTask
		})
		s.reminded[who] = 0
	}
	return s
}

// pass lets a time pass after which everybody who has not answered is reminded once, and waits again.
func (s *signing) pass(d time.Duration) {
	s.Helper()
	s.clock.Advance(d)
	for who := range s.reminded {
		s.reminded[who]++
		s.wait("reminder of "+who, func() bool {
			w := s.show(s.branches[who])
			loop := last(w, "reminders")
			return loop.Status == model.CompletedTask || last(w, fmt.Sprintf("pause__%d", s.reminded[who]+1)) != nil
		})
		if got := len(s.letters(who, "reminder")); got != s.reminded[who] {
			s.Fatalf("%s has %d reminders after %d", who, got, s.reminded[who])
		}
	}
}

func (s *signing) answers(who string, output map[string]any) {
	s.Helper()
	if err := s.workflows.UpdateTaskByRefName("answer", s.branches[who], model.CompletedTask, output); err != nil {
		s.Fatal(err)
	}
	delete(s.reminded, who)
}

// letters are those to a signatory whose subject begins with a word.
func (s *signing) letters(to, about string) []string {
	s.Helper()
	found, err := filepath.Glob(filepath.Join(s.folder, "letters", to, about+"-*"))
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// Three sign within five months; meanwhile the server is stopped for two weeks, and started again.
func TestSign_AllSignAndTheServerIsRestarted(t *testing.T) {
	t.Parallel()
	s := startSigning(t, "ada", "grace", "linus")
	s.pass(week)
	s.answers("ada", map[string]any{"answer": "signed", "signature": "Ada L."})
	s.until(s.branches["ada"], model.CompletedWorkflow)
	s.pass(week)

	s.stop()
	s.edge.Stop()
	s.clock.Advance(week)
	s.connect(edgetest.Start(t, edgetest.Config{Dir: s.data, Clock: s.clock}))
	s.work()
	s.pass(week) // the reminder that was due in between, and no more

	for range 17 {
		s.pass(week)
	}
	s.answers("linus", map[string]any{"answer": "signed", "signature": "L."})
	s.answers("grace", map[string]any{"answer": "signed", "signature": "G. H."})
	run := s.until(s.id, model.CompletedWorkflow)
	if a, l := len(s.letters("ada", "reminder")), len(s.letters("linus", "reminder")); a != 1 || l != 20 {
		t.Errorf("ada was reminded %d times, linus %d times, want 1 and 20", a, l)
	}
	b, err := os.ReadFile(filepath.Join(s.folder, run.Output["sealed"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	var sealed struct{ Signatures map[string]string }
	if err := json.Unmarshal(b, &sealed); err != nil || len(sealed.Signatures) != 3 || sealed.Signatures["grace"] != "G. H." {
		t.Errorf("sealed is %s (%v)", b, err)
	}
	if took := run.EndTime - run.StartTime; took != (21 * week).Milliseconds() {
		t.Errorf("it took %v, want 21 weeks", time.Duration(took)*time.Millisecond)
	}
}

func TestSign_OneDeclinesAndTheOthersAreCalledOff(t *testing.T) {
	t.Parallel()
	s := startSigning(t, "ada", "grace", "linus")
	s.answers("ada", map[string]any{"answer": "signed", "signature": "Ada L."})
	s.until(s.branches["ada"], model.CompletedWorkflow)
	s.pass(week)
	s.answers("grace", map[string]any{"answer": "declined", "reason": "the rent"})
	run := s.until(s.id, model.FailedWorkflow)
	if !strings.Contains(run.ReasonForIncompletion, "grace declined: the rent") {
		t.Errorf("reason %q", run.ReasonForIncompletion)
	}
	linus := s.until(s.branches["linus"], model.TerminatedWorkflow)
	for _, task := range linus.Tasks {
		if task.Status == model.TaskResultStatus("SCHEDULED") || task.Status == model.InProgressTask {
			t.Errorf("%s of linus is still %s", task.ReferenceTaskName, task.Status)
		}
	}
	for _, who := range []string{"ada", "grace", "linus"} {
		s.wait("letter that calls off to "+who, func() bool { return len(s.letters(who, "called-off")) == 1 })
	}
	text, err := os.ReadFile(s.letters("ada", "called-off")[0])
	if err != nil || !strings.Contains(string(text), "grace declined: the rent") {
		t.Errorf("ada reads %s (%v)", text, err)
	}
	if sealed, err := os.ReadDir(filepath.Join(s.folder, "sealed")); err == nil {
		t.Errorf("sealed nevertheless: %v", sealed)
	}
}

func TestSign_NobodyAnswersForSixMonths(t *testing.T) {
	t.Parallel()
	s := startSigning(t, "ada")
	for range 25 {
		s.pass(week)
	}
	s.clock.Advance(183*24*time.Hour - 25*week - time.Second)
	if w := s.show(s.id); w.Status != model.RunningWorkflow {
		t.Fatalf("%s a second before the end: %s", w.Status, w.ReasonForIncompletion)
	}
	s.clock.Advance(time.Second)
	s.until(s.branches["ada"], model.TimedOutWorkflow)
	s.until(s.id, model.TimedOutWorkflow)
	s.wait("letter that calls off", func() bool { return len(s.letters("ada", "called-off")) == 1 })
	if got := len(s.letters("ada", "reminder")); got != 25 {
		t.Errorf("%d reminders in six months", got)
	}
}
