package engine_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// again are executions that are taken up again after their end, or are led by hand. The script is a list of words: a task
// type is worked on, fail:x fails it, the others are below.
func TestTakenUpAgain(t *testing.T) {
	const fork = `{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
		[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},{"name":"a2","taskReferenceName":"a2","type":"SIMPLE"}],[{"name":"b","taskReferenceName":"b","type":"SIMPLE","retryCount":0}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a2","b"]},{"name":"z","taskReferenceName":"z","type":"SIMPLE"}`
	const dynamic = `{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","inputParameters":{"forkTaskInputs":[1,2],"forkTaskName":"x"}},{"name":"dj","taskReferenceName":"dj","type":"JOIN"}`
	for _, c := range []struct {
		name, tasks, script string
		want                workflow.Status
	}{
		{"rerun from the second task of a branch", fork, "a b a2 z COMPLETED rerun:a2 a2 z", workflow.Completed},
		{"rerun from a join", fork, "a b a2 z COMPLETED rerun:j z", workflow.Completed},
		{"rerun from a fork", fork, "a b a2 z COMPLETED rerun:f a b a2 z", workflow.Completed},
		{"rerun from the join of a dynamic fork", dynamic + "," + fork, "x x a b a2 z COMPLETED rerun:dj a b a2 z", workflow.Completed},
		{
			"rerun in a dynamic fork beside another branch",
			`{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[` + dynamic + `],[{"name":"b","taskReferenceName":"b","type":"SIMPLE"},{"name":"c","taskReferenceName":"c","type":"SIMPLE"}]]},
			{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["dj","c"]}`, "x x b c COMPLETED rerun:_x_0 x", workflow.Completed,
		},
		{
			"rerun in a loop in a loop", `{"name":"o","taskReferenceName":"o","type":"DO_WHILE","loopCondition":"$.o.iteration < 2","loopOver":[
			{"name":"i","taskReferenceName":"i","type":"DO_WHILE","loopCondition":"$.i.iteration < 3","loopOver":[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]}]}`,
			"x x x x x x COMPLETED rerun:x__1__3 x x x x", workflow.Completed,
		},
		{"a fork that is skipped takes its join with it", `{"name":"first","taskReferenceName":"first","type":"SIMPLE"},` + fork, "skip:f first z", workflow.Completed},
		{
			"a join of a dynamic fork that is skipped", `{"name":"first","taskReferenceName":"first","type":"SIMPLE"},` + dynamic + `,{"name":"z","taskReferenceName":"z","type":"SIMPLE"}`,
			"skip:dj first z x x", workflow.Completed,
		},
		{"a task that is skipped in a loop", `{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"$.l.iteration < 2","loopOver":[
			{"name":"x","taskReferenceName":"x","type":"SIMPLE"},{"name":"y","taskReferenceName":"y","type":"SIMPLE"}]}`, "skip:y x x", workflow.Completed},
		{"retry after a TERMINATE beside", `{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"a","taskReferenceName":"a","type":"SIMPLE"}],
			[{"name":"b","taskReferenceName":"b","type":"SIMPLE"},{"name":"t","taskReferenceName":"t","type":"TERMINATE","inputParameters":{"terminationStatus":"FAILED"}},{"name":"n","taskReferenceName":"n","type":"NOOP"}]]},
			{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["a","n"]}`, "b FAILED retry", workflow.Failed},
		{"a dynamic task that becomes an operator", `{"name":"t","taskReferenceName":"t","type":"DYNAMIC","dynamicTaskNameParam":"n","inputParameters":{"n":"SWITCH"}}`, "", workflow.Failed},
		{
			"a dynamic branch with the reference of a later task", `{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
			"inputParameters":{"tasks":[{"name":"x","taskReferenceName":"z","type":"SIMPLE"}],"inputs":{}}},{"name":"dj","taskReferenceName":"dj","type":"JOIN"},{"name":"z","taskReferenceName":"z","type":"SIMPLE"}`,
			"", workflow.Failed,
		},
		{"retry of a dynamic fork whose branch could not be made", `{"name":"d","taskReferenceName":"d","type":"FORK_JOIN_DYNAMIC","dynamicForkTasksParam":"tasks","dynamicForkTasksInputParamName":"inputs",
			"inputParameters":{"tasks":[{"name":"n","taskReferenceName":"n","type":"DYNAMIC","dynamicTaskNameParam":"name"},{"name":"x","taskReferenceName":"x","type":"SIMPLE"}],"inputs":{"n":{"name":null}}}},
			{"name":"dj","taskReferenceName":"dj","type":"JOIN"}`, "FAILED retry", workflow.Failed},
		{"retry, with resume, of what failed before its sub-workflow could begin", `{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[
			[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"c","workflowDefinition":{"name":"c","tasks":[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]}}}],
			[{"name":"i","taskReferenceName":"i","type":"INLINE","inputParameters":{"expression":"$.no.such"}}]]},{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["s","i"]}`, "FAILED resume", workflow.Failed},
		{"a loop that never waits", `{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"true","inputParameters":{"keepLastN":1},"loopOver":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]}`, "", workflow.Failed},
		{"a loop that is ended from outside", `{"name":"l","taskReferenceName":"l","type":"DO_WHILE","loopCondition":"true","loopOver":[{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]},
			{"name":"z","taskReferenceName":"z","type":"SIMPLE"}`, "x end:l z", workflow.Completed},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := setup(t)
			h.register("wf", "["+c.tasks+"]", "")
			id := h.start("wf", `{}`)
			for word := range strings.FieldsSeq(c.script) {
				h.act(id, word)
			}
			x := h.until(id, c.want)
			for _, one := range x.Tasks {
				if !one.Status.Terminal() {
					t.Errorf("%s is %s in an execution that is %s", one.ReferenceTaskName, one.Status, x.Status)
				}
			}
		})
	}
}

// act does one word of a script.
func (h *harness) act(id, word string) {
	h.t.Helper()
	verb, what, _ := strings.Cut(word, ":")
	var err error
	switch verb {
	case "rerun":
		err = h.rerun(id, what, id)
	case "retry", "resume":
		err = h.Retry(h.t.Context(), id, verb == "resume")
	case "skip":
		err = h.SkipTask(h.t.Context(), id, what, &workflow.SkipRequest{})
	case "end":
		_, err = h.UpdateByRef(h.t.Context(), id, what, workflow.TaskCompleted, nil, "")
	case "COMPLETED", "FAILED":
		h.until(id, workflow.Status(verb))
	default:
		h.work(word, `{}`)
	}
	if err != nil {
		h.t.Fatalf("%s: %v", word, err)
	}
}

func TestAForgottenIterationTakesItsLoopsWithIt(t *testing.T) {
	h, reopen := reopenable(t, engine.Config{})
	h.register("wf", `[{"name":"o","taskReferenceName":"o","type":"DO_WHILE","loopCondition":"$.o.iteration < 4","inputParameters":{"keepLastN":1},"loopOver":[
		{"name":"i","taskReferenceName":"i","type":"DO_WHILE","loopCondition":"$.i.iteration < 2","loopOver":[{"name":"n","taskReferenceName":"n","type":"NOOP"}]},
		{"name":"x","taskReferenceName":"x","type":"SIMPLE"}]}]`, "")
	id := h.start("wf", `{}`)
	for range 3 {
		h.work("x", `{}`)
		reopen()
	}
	h.work("x", `{}`)
	x := h.until(id, workflow.Completed)
	for _, one := range x.Tasks {
		if strings.Contains(one.ReferenceTaskName, "__1__") || strings.Contains(one.ReferenceTaskName, "__2__") {
			t.Errorf("%s is left", one.ReferenceTaskName)
		}
	}
}

// hurried is a clock on which a second passes whenever somebody looks at it.
type hurried struct {
	mu  sync.Mutex
	now time.Time
}

func (c *hurried) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func (c *hurried) Until(t time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	timer := time.NewTimer(min(t.Sub(c.now), time.Millisecond))
	return timer.C, func() { timer.Stop() }
}

func TestAWaitThatIsOverBeforeItIsStored(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Clock: &hurried{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h := &harness{e, t}
	h.register("wf", `[{"name":"w","taskReferenceName":"w","type":"WAIT","inputParameters":{"duration":"1 s"}}]`, "")
	h.until(h.start("wf", `{}`), workflow.Completed)
}
