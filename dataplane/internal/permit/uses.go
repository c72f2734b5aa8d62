package permit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/schema"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// check reports all that is wrong with a definition, field by field. Of authors who live by grants it also wants that they may
// use what the definition uses, since executions do what their definitions say whoever wrote them.
func (e *Engine) check(ctx context.Context, def *workflow.Def) error {
	err := e.engine.ValidateWorkflowDef(ctx, def)
	if access.From(ctx).May(access.WorkflowWrite) {
		return err
	}
	u := uses{ctx: ctx, engine: e, self: def.Name}
	u.definition("", def)
	if len(u.wrong) == 0 {
		if err != nil {
			return err
		}
		return e.secretsOf(ctx, def)
	}
	out := &workflow.Error{Kind: workflow.Invalid, Message: "Validation failed, check below errors for detail.", Violations: u.wrong}
	if u.denied {
		out.Kind, out.Message = workflow.Denied, "The definition uses what its author may not use."
	}
	if wrong, ok := errors.AsType[*workflow.Error](err); ok {
		out.Violations = append(slices.Clone(wrong.Violations), out.Violations...)
	}
	return out
}

// uses collects what an author may not use.
type uses struct {
	ctx    context.Context //nolint:containedctx // a value that lives for one check
	engine *Engine
	self   string // a workflow may start itself
	wrong  []workflow.Violation
	denied bool // something is wrong because it was not granted
}

func (u *uses) deny(path, value, format string, args ...any) {
	u.denied = true
	u.wrong = append(u.wrong, workflow.Violation{Path: path, Message: fmt.Sprintf(format, args...), InvalidValue: value})
}

// definition looks into a definition that stands at a path; "" or one that ends in a dot.
func (u *uses) definition(path string, def *workflow.Def) {
	if def.FailureWorkflow != "" {
		u.workflow(path+"failureWorkflow", def.FailureWorkflow)
	}
	u.tasks(path+"tasks", def.Tasks)
}

func (u *uses) tasks(path string, tasks []*workflow.DefTask) {
	for i, t := range tasks {
		if t != nil {
			u.task(fmt.Sprintf("%s[%d]", path, i), t)
		}
	}
}

func (u *uses) task(path string, t *workflow.DefTask) {
	switch {
	case t.Type == workflow.TypeSimple:
		u.worker(path, path+".name", t.Name, t)
	case !workflow.SystemTask(t.Type) && t.Type != workflow.TypeDynamic:
		u.worker(path, path+".type", t.Type, t)
	case t.Type == workflow.TypeDynamic:
		u.deny(path+".type", t.Type, "which task runs is known only when it runs; choose with SWITCH among tasks that you may use")
	case t.Type == workflow.TypeForkJoinDynamic:
		u.dynamicFork(path, t)
	case t.Type == workflow.TypeSubWorkflow && t.SubWorkflowParam != nil:
		u.child(path+".subWorkflowParam", t.SubWorkflowParam)
	case t.Type == workflow.TypeStartWorkflow:
		u.start(path, t)
	}
	if len(t.OnStateChange) > 0 && !access.From(u.ctx).May(access.EventWrite) {
		u.deny(path+".onStateChange", "", "its events reach everybody's event handlers; an EVENT task has a queue of the workflow's own")
	}
	if t.CacheConfig != nil {
		u.deny(path+".cacheConfig", "", "cached outputs are shared by all who use the task")
	}
	if t.TaskDefinition != nil && len(t.TaskDefinition.InputTemplate) > 0 {
		u.deny(path+".taskDefinition.inputTemplate", "", "give the inputs in inputParameters")
	}
	for _, name := range slices.Sorted(maps.Keys(t.DecisionCases)) {
		u.tasks(path+".decisionCases."+name, t.DecisionCases[name])
	}
	u.tasks(path+".defaultCase", t.DefaultCase)
	for i, branch := range t.ForkTasks {
		u.tasks(fmt.Sprintf("%s.forkTasks[%d]", path, i), branch)
	}
	u.tasks(path+".loopOver", t.LoopOver)
}

// worker wants that the author may see the definition of a task that workers do: that is the right to use it. The inputs
// that are known already must be as the definition's schema wants them.
func (u *uses) worker(path, field, name string, t *workflow.DefTask) {
	if u.engine.allow(u.ctx, access.TaskDefRead, access.TaskDef, name, access.Read) != nil {
		u.deny(field, name, "%q is not among the tasks that you may use", name)
		return
	}
	def, err := u.engine.engine.TaskDef(u.ctx, name)
	if err != nil || def.InputSchema == nil || !def.EnforceSchema {
		return
	}
	input := maps.Clone(def.InputTemplate)
	if input == nil {
		input = map[string]any{}
	}
	maps.Copy(input, t.InputParameters)
	u.input(path+".inputParameters", def.InputSchema, input)
}

// input checks inputs against a schema, but for what is left to expressions.
func (u *uses) input(path string, s *workflow.SchemaDef, input map[string]any) {
	if len(s.Data) == 0 && s.Name != "" {
		registered, err := u.engine.engine.Schema(u.ctx, s.Name, s.Version)
		if err != nil {
			return // without its schema the task fails when it runs, and says so
		}
		s = registered
	}
	p, err := workflow.NewPayload(input)
	if err != nil {
		return
	}
	wrong, err := schema.Check(s, p, path)
	if err != nil {
		return
	}
	later := expressions(path, input, map[string]bool{})
	for _, w := range wrong {
		if !later[w.Path] {
			u.wrong = append(u.wrong, w)
		}
	}
}

// expressions finds the paths of the inputs that are known only when a task runs.
func expressions(path string, v any, found map[string]bool) map[string]bool {
	switch v := v.(type) {
	case string:
		found[path] = strings.Contains(v, "${")
	case map[string]any:
		for k, e := range v {
			expressions(path+"."+k, e, found)
		}
	case []any:
		for i, e := range v {
			expressions(fmt.Sprintf("%s.%d", path, i), e, found)
		}
	}
	return found
}

// workflow wants that the author may start a workflow.
func (u *uses) workflow(path, name string) {
	switch {
	case strings.Contains(name, "${"):
		u.deny(path, name, "which workflow starts is known only when it runs; name one that you may start")
	case name != u.self && u.engine.allow(u.ctx, access.ExecutionStart, access.WorkflowDef, name, access.Execute) != nil:
		u.deny(path, name, "%q is not among the workflows that you may start", name)
	}
}

func (u *uses) child(path string, p *workflow.SubWorkflowParams) {
	switch def := p.WorkflowDefinition.(type) {
	case nil:
		u.workflow(path+".name", p.Name)
	case *workflow.Def:
		u.definition(path+".workflowDefinition.", def)
	case map[string]any:
		b, err := json.Marshal(def)
		inner := &workflow.Def{}
		if err == nil {
			err = json.Unmarshal(b, inner)
		}
		if err != nil {
			u.deny(path+".workflowDefinition", "", "is no definition: %v", err)
			return
		}
		u.definition(path+".workflowDefinition.", inner)
	default:
		u.deny(path+".workflowDefinition", "", "what runs is known only when it runs; name a workflow, or give its definition here")
	}
}

// start looks into a START_WORKFLOW task, whose request is an input.
func (u *uses) start(path string, t *workflow.DefTask) {
	request, _ := t.InputParameters["startWorkflow"].(map[string]any)
	name, named := request["name"].(string)
	if !named || request["workflowDef"] != nil {
		u.deny(path+".inputParameters.startWorkflow", "", "must name a workflow that you may start")
		return
	}
	u.workflow(path+".inputParameters.startWorkflow.name", name)
}

// dynamicFork lets through forks that repeat one task or one workflow over a list.
func (u *uses) dynamicFork(path string, t *workflow.DefTask) {
	in := t.InputParameters
	path += ".inputParameters"
	registered, err := u.engine.engine.TaskDef(u.ctx, t.Name)
	templated := err == nil && len(registered.InputTemplate) > 0
	if in["forkTaskInputs"] == nil || t.DynamicForkTasksParam != "" || t.DynamicForkJoinTasksParam != "" || in[""] != nil || templated {
		u.deny(path, "", "which tasks run is known only when it runs; give forkTaskInputs, and forkTaskName or forkTaskWorkflow")
		return
	}
	if child, _ := in["forkTaskWorkflow"].(string); child != "" {
		u.workflow(path+".forkTaskWorkflow", child)
		return
	}
	if kind, _ := in["forkTaskType"].(string); in["forkTaskType"] != nil && kind != workflow.TypeSimple || in["forkTaskWorkflow"] != nil {
		u.deny(path+".forkTaskType", kind, "must be SIMPLE, or forkTaskWorkflow must name a workflow")
		return
	}
	name, _ := in["forkTaskName"].(string)
	if u.engine.allow(u.ctx, access.TaskDefRead, access.TaskDef, name, access.Read) != nil {
		u.deny(path+".forkTaskName", name, "%q is not among the tasks that you may use", name)
	}
}
