package storytest

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/dataplane/edgetest"
	report "github.com/podium-cloud/podium/examples/viewer-report"
)

// reports is the viewer-report example on a clock of the test's, and the letters that it wrote.
type reports struct {
	*stage
	clock   *edgetest.Clock
	mu      sync.Mutex
	letters map[string]string // "to: text" by task
}

func openReports(t *testing.T) *reports {
	t.Helper()
	r := &reports{clock: edgetest.NewClock(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), letters: map[string]string{}}
	r.stage = play(t, edgetest.Config{Clock: r.clock}, report.Example(func(task, to, text string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.letters[task] = to + ": " + text
	}))
	return r
}

func (r *reports) written() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Values(r.letters))
}

// asked waits until a report asks a person, and returns the execution that waits for the answer.
func (r *reports) asked(id, ref string) (child string) {
	r.Helper()
	child = r.child(id, ref)
	r.wait("deadline", func() bool {
		t := last(r.show(child), "deadline")
		return t != nil && t.Status == model.InProgressTask
	})
	return child
}

func (r *reports) answer(child, text string) {
	r.Helper()
	if err := r.workflows.UpdateTaskByRefName("answer", child, model.CompletedTask, map[string]any{"answer": text}); err != nil {
		r.Fatal(err)
	}
}

func TestReport_MachinesMendWhatTheyCan(t *testing.T) {
	t.Parallel()
	r := openReports(t)
	for kind, words := range map[string]string{"subtitles": "they are 2 seconds late", "picture": "all green"} {
		run := r.until(r.start(map[string]any{"viewer": "ada", "title": "film", "kind": kind, "words": words}), model.CompletedWorkflow)
		if d := last(run, "diagnose"); d.TaskType != "diagnose_"+kind {
			t.Errorf("%s was diagnosed by %s", kind, d.TaskType)
		}
	}
	if want := []string{"ada: the picture was encoded again", "ada: the subtitles were shifted by -2 seconds", "film: encoded again", "film: subtitles moved by -2 s"}; !slices.Equal(r.written(), want) {
		t.Errorf("letters %q", r.written())
	}
	run := r.until(r.start(map[string]any{"viewer": "ada", "title": "film", "kind": "smell", "words": "odd"}), model.RunningWorkflow)
	r.wait("diagnosis that nobody knows", func() bool { return last(r.show(run.WorkflowId), "diagnose") != nil })
	if d := last(r.show(run.WorkflowId), "diagnose"); d.TaskType != "diagnose_smell" || d.Status != "SCHEDULED" {
		t.Errorf("a kind without a worker is %s %s", d.TaskType, d.Status)
	}
}

func TestReport_APersonAnswersInTimeOrTheLeadIsAsked(t *testing.T) {
	t.Parallel()
	r := openReports(t)
	input := map[string]any{"viewer": "grace", "title": "film", "kind": "subtitles", "words": "the wrong word"}

	inTime := r.start(input)
	child := r.asked(inTime, "ask_translator")
	r.clock.Advance(3 * time.Hour)
	r.answer(child, "lamp")
	r.until(inTime, model.CompletedWorkflow)
	r.clock.Advance(2 * time.Hour) // the deadline that was called off
	if want := []string{"grace: a translator wrote: lamp"}; !slices.Equal(r.written(), want) {
		t.Errorf("letters %q, want %q", r.written(), want)
	}

	tooLate := r.start(input)
	child = r.asked(tooLate, "ask_translator")
	r.clock.Advance(4 * time.Hour)
	const told = "lead of translators: nobody has answered: What should it say? the wrong word"
	r.wait("letter to the lead", func() bool { return slices.Contains(r.written(), told) })
	r.answer(child, "beacon")
	run := r.until(tooLate, model.CompletedWorkflow)
	if fix, _ := run.Output["fix"].(string); fix != "a translator wrote: beacon" {
		t.Errorf("output fix = %q", fix)
	}
	if want := []string{"grace: a translator wrote: beacon", "grace: a translator wrote: lamp", told}; !slices.Equal(r.written(), want) {
		t.Errorf("letters %q, want %q", r.written(), want)
	}
}
