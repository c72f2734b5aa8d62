package dryrun

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// operators are the tasks that run as ever; they touch nothing outside.
var operators = map[string]bool{
	workflow.TypeSwitch: true, workflow.TypeDecision: true, workflow.TypeForkJoin: true, workflow.TypeForkJoinDynamic: true,
	workflow.TypeJoin: true, workflow.TypeExclusiveJoin: true, workflow.TypeDoWhile: true, workflow.TypeTerminate: true,
	workflow.TypeSetVariable: true, workflow.TypeInline: true, workflow.TypeLambda: true, workflow.TypeJQ: true,
	workflow.TypeNoop: true, workflow.TypeDynamic: true,
}

// prepare returns the request to start with: the definition inline, with tasks that wait for results in place of those
// that do something. The definition as it was comes beside it.
func prepare(ctx context.Context, defs Definitions, req *Request) (*workflow.StartRequest, *workflow.Def, error) {
	original := req.WorkflowDef
	if original == nil {
		version := 0
		if req.Version != nil {
			version = *req.Version
		}
		var err error
		if original, err = defs.WorkflowDef(ctx, req.Name, version); err != nil {
			return nil, nil, err
		}
	}
	def, err := passive(ctx, defs, original, req, 0)
	if err != nil {
		return nil, nil, err
	}
	start := req.StartRequest
	start.WorkflowDef, start.TaskToDomain, start.IdempotencyKey = def, nil, ""
	return &start, original, nil
}

// passive copies a definition and replaces every task that does something. Sub-workflows are replaced too where results
// are given for them, and otherwise go in as definitions of their own.
func passive(ctx context.Context, defs Definitions, def *workflow.Def, req *Request, depth int) (*workflow.Def, error) {
	if depth > maxNesting {
		return nil, workflow.Errorf(workflow.Invalid, "Sub-workflows are nested more than %d deep.", maxNesting)
	}
	b, err := json.Marshal(def)
	if err != nil {
		return nil, fmt.Errorf("copy definition: %w", err)
	}
	out := &workflow.Def{}
	if err := json.Unmarshal(b, out); err != nil {
		return nil, fmt.Errorf("copy definition: %w", err)
	}
	out.FailureWorkflow = "" // it would have an execution of its own
	out.Walk(func(t *workflow.DefTask) {
		t.CacheConfig = nil // each task has the results that the request gives it
		switch {
		case err != nil || operators[t.Type]:
		case t.Type == workflow.TypeSubWorkflow && req.Results[t.TaskReferenceName] == nil:
			err = embed(ctx, defs, t, req.SubWorkflows[t.TaskReferenceName], depth)
		default:
			t.Type, t.SubWorkflowParam, t.AsyncComplete = workflow.TypeSimple, nil, false
			if workflow.SystemTask(t.Name) { // the name of a worker task is its type
				t.Name = t.TaskReferenceName
			}
		}
	})
	return out, err
}

// embed puts the definition of a sub-workflow into the task that starts it. A name or definition that only the run can
// tell is left as it is; the run then fails there.
func embed(ctx context.Context, defs Definitions, t *workflow.DefTask, inner *Request, depth int) error {
	p := t.SubWorkflowParam
	if p == nil {
		return nil
	}
	if inner == nil {
		inner = &Request{}
	}
	child := inner.WorkflowDef
	switch d := p.WorkflowDefinition.(type) {
	case nil:
	case string:
		return nil
	default:
		b, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("read the definition in %s: %w", t.TaskReferenceName, err)
		}
		child = &workflow.Def{}
		if err := json.Unmarshal(b, child); err != nil {
			return workflow.Errorf(workflow.Invalid, "%s: subWorkflowParam.workflowDefinition: %v", t.TaskReferenceName, err)
		}
	}
	if child == nil {
		version := 0
		if p.Version != nil {
			version = *p.Version
		}
		var err error
		child, err = defs.WorkflowDef(ctx, p.Name, version)
		if workflow.KindOf(err) == workflow.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
	}
	child, err := passive(ctx, defs, child, inner, depth+1)
	if err != nil {
		return err
	}
	b, err := json.Marshal(child)
	if err != nil {
		return fmt.Errorf("embed the definition of %s: %w", t.TaskReferenceName, err)
	}
	p.WorkflowDefinition = nil
	return json.Unmarshal(b, &p.WorkflowDefinition)
}
