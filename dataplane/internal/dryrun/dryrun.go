// Package dryrun runs a workflow with made-up results, so that its author sees which way it takes. The run happens on an
// engine in memory that is thrown away: operators (switches, forks, joins, loops, scripts) work as ever, every other
// task is given the results that the request holds for its reference, one per attempt or iteration. Nothing outside is
// called, nothing waits, nothing is stored.
package dryrun

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Request asks for a dry run (Conductor: WorkflowTestRequest).
type Request struct {
	workflow.StartRequest
	Results      map[string][]Result `json:"taskRefToMockOutput"`
	SubWorkflows map[string]*Request `json:"subWorkflowTestRequest"` // by the reference of the SUB_WORKFLOW task
}

// Result is what a task is given.
type Result struct {
	Status workflow.TaskStatus `json:"status"` // "" is COMPLETED
	Output workflow.Payload    `json:"output"`
}

// Definitions are the registered definitions.
type Definitions interface {
	WorkflowDef(ctx context.Context, name string, version int) (*workflow.Def, error)
	TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error)
	Schemas(ctx context.Context) ([]*workflow.SchemaDef, error)
}

const (
	limit      = 20000            // results of one run; a loop without end needs more
	timeout    = 20 * time.Second // of one run
	maxNesting = 10               // sub-workflows in each other
)

// Run runs a request to its end and returns the execution. A task that has no result left is completed with an empty
// output. Errors for callers are *workflow.Error.
func Run(ctx context.Context, defs Definitions, req *Request) (*workflow.Execution, error) {
	if err := req.check("", 0); err != nil {
		return nil, err
	}
	start, original, err := prepare(ctx, defs, req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	e, err := engine.Open(ctx, engine.Config{HTTP: &http.Client{Transport: nowhere{}}})
	if err != nil {
		return nil, fmt.Errorf("dry run: %w", err)
	}
	defer e.Close() //nolint:errcheck // it held nothing
	tasks, err := defs.TaskDefs(ctx)
	if err != nil {
		return nil, err
	}
	if len(tasks) > 0 {
		if err := e.PutTaskDefs(ctx, tasks); err != nil {
			return nil, err
		}
	}
	schemas, err := defs.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	if len(schemas) > 0 {
		if err := e.PutSchemas(ctx, schemas, false); err != nil {
			return nil, err
		}
	}
	id, err := e.Start(ctx, start)
	if err != nil {
		return nil, err
	}
	x, err := (&run{engine: e, given: map[string]int{}}).drive(ctx, id, req)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, workflow.Errorf(workflow.Invalid, "The run did not end within %s.", timeout)
	}
	if err != nil {
		return nil, err
	}
	x.WorkflowDefinition = original
	return x, nil
}

// check refuses results that no worker could report.
func (r *Request) check(path string, depth int) error {
	if depth > maxNesting {
		return workflow.Errorf(workflow.Invalid, "subWorkflowTestRequest: more than %d in each other", maxNesting)
	}
	for ref, results := range r.Results {
		for i, result := range results {
			if result.Status != "" && !result.Status.ResultStatus() {
				field := fmt.Sprintf("%staskRefToMockOutput.%s[%d].status", path, ref, i)
				return &workflow.Error{Kind: workflow.Invalid, Message: "A result has a status that no worker reports.", Violations: []workflow.Violation{
					{Path: field, Message: "must be COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR, IN_PROGRESS or CANCELED", InvalidValue: string(result.Status)},
				}}
			}
		}
	}
	for ref, sub := range r.SubWorkflows {
		if sub == nil {
			continue
		}
		if err := sub.check(path+"subWorkflowTestRequest."+ref+".", depth+1); err != nil {
			return err
		}
	}
	return nil
}

// nowhere refuses every request: a dynamic fork may come to an HTTP task that nobody foresaw.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("HTTP tasks call nobody in a dry run")
}

// run gives results to the tasks of one run.
type run struct {
	engine *engine.Engine
	given  map[string]int // results handed out, by execution and reference
	total  int
}

// drive gives results until the execution has ended.
func (r *run) drive(ctx context.Context, id string, req *Request) (*workflow.Execution, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := r.engine.Watch(ctx, "")
	for {
		moved, x, err := r.pass(ctx, id, req)
		if err != nil {
			return nil, err
		}
		if x.Status.Terminal() {
			return x, nil
		}
		if moved {
			continue
		}
		select { // the engine is at work: a child starts, a join ends
		case <-changes:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pass gives one result to every task of an execution, and of its open sub-workflows, that can take one.
func (r *run) pass(ctx context.Context, id string, req *Request) (moved bool, x *workflow.Execution, err error) {
	x, err = r.engine.Execution(ctx, id, true)
	if err != nil {
		return false, nil, err
	}
	for _, t := range x.Tasks {
		if t.Status.Terminal() || x.Status.Terminal() {
			continue
		}
		ref, _, _ := strings.Cut(t.ReferenceTaskName, "__")
		switch {
		case t.TaskType == workflow.TypeSubWorkflow:
			inner := req.SubWorkflows[ref]
			if inner == nil {
				inner = &Request{}
			}
			step, _, err := r.pass(ctx, t.SubWorkflowID, inner)
			if err != nil && workflow.KindOf(err) != workflow.NotFound { // not found: it is being started
				return false, nil, err
			}
			moved = moved || step
		case !workflow.SystemTask(t.TaskType):
			if _, ok := req.Results[t.ReferenceTaskName]; ok { // of one iteration of a loop
				ref = t.ReferenceTaskName
			}
			if err := r.give(ctx, t, req.Results[ref], id+" "+ref); err != nil {
				return false, nil, err
			}
			moved = true
		}
	}
	if moved {
		x, err = r.engine.Execution(ctx, id, true)
	}
	return moved, x, err
}

func (r *run) give(ctx context.Context, t *workflow.Task, results []Result, key string) error {
	if r.total++; r.total > limit {
		return workflow.Errorf(workflow.Invalid, "The run needs more than %d results; does a loop never end?", limit)
	}
	result := Result{}
	if n := r.given[key]; n < len(results) {
		result = results[n]
		r.given[key]++
	}
	if result.Status == "" {
		result.Status = workflow.TaskCompleted
	}
	_, err := r.engine.Update(ctx, &workflow.TaskResult{
		WorkflowInstanceID: t.WorkflowInstanceID, TaskID: t.TaskID, Status: result.Status, OutputData: result.Output, WorkerID: "dry-run",
	})
	return err
}
