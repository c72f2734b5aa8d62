package decide

import (
	"encoding/json"
	"maps"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/expr/jsonpath"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// document is the execution as ${} expressions see it.
type document struct{ s *State }

var workflowFields = []string{
	"input", "output", "status", "workflowId", "parentWorkflowId", "parentWorkflowTaskId",
	"workflowType", "version", "correlationId", "reasonForIncompletion", "schemaVersion", "variables", "createTime",
}

var taskFields = []string{
	"input", "output", "taskType", "status", "referenceTaskName", "retryCount", "correlationId",
	"pollCount", "taskDefName", "scheduledTime", "startTime", "endTime", "workflowInstanceId", "taskId",
	"reasonForIncompletion", "callbackAfterSeconds", "workerId", "iteration", "subWorkflowId",
}

func (d document) Field(root, name string) (any, bool) {
	if root == "workflow" {
		return d.workflow(name)
	}
	t := d.s.find(root)
	if t == nil {
		return nil, false
	}
	if name == "output" && t.Type == workflow.TypeDoWhile && !t.Status.Terminal() {
		return openLoop{d.s, t}, true
	}
	return d.task(t, name)
}

// openLoop is the output of a loop that goes on. Its tasks ask for its iteration again and again, so only what a path asks for
// is put together.
type openLoop struct {
	s    *State
	loop *Task
}

// Get implements [jsonpath.Object].
func (o openLoop) Get(name string) (any, bool) {
	switch name {
	case "iteration":
		return o.loop.Iteration, true
	case "loopIndex", "loopItem":
		v, ok := o.s.loopPosition(o.loop)[name]
		return v, ok
	}
	v, ok := o.s.loopOutput(o.loop)[name]
	return v, ok
}

var _ jsonpath.Object = openLoop{}

// Plain implements [jsonpath.Object].
func (o openLoop) Plain() any { return o.s.loopOutput(o.loop) }

func (d document) Root(root string) (map[string]any, bool) {
	names, get := taskFields, func(name string) (any, bool) { return d.Field(root, name) }
	if root == "workflow" {
		names = workflowFields
	} else if d.s.find(root) == nil {
		return nil, false
	}
	out := make(map[string]any, len(names))
	for _, n := range names {
		if v, ok := get(n); ok && v != nil {
			out[n] = v
		}
	}
	return out, true
}

func (d document) workflow(name string) (any, bool) {
	s := d.s
	switch name {
	case "input":
		return s.inputObject(), true
	case "output":
		if s.objects.output == nil {
			s.objects.output, _ = s.Output.Object()
		}
		return s.objects.output, true
	case "variables":
		return s.variables(), true
	case "status":
		return string(s.Status), true
	case "workflowId":
		return s.ID, true
	case "parentWorkflowId":
		return orNil(s.ParentID), true
	case "parentWorkflowTaskId":
		return orNil(s.ParentTaskID), true
	case "workflowType":
		return s.Name, true
	case "version":
		return int64(s.Version), true
	case "correlationId":
		return orNil(s.CorrelationID), true
	case "reasonForIncompletion":
		return orNil(s.Reason), true
	case "schemaVersion":
		return int64(s.plan.Def.SchemaVersion), true
	case "createTime":
		return s.CreateTime, true
	case "env":
		return s.env.Variables, true
	}
	return nil, false
}

func (d document) task(t *Task, name string) (any, bool) {
	switch name {
	case "input":
		return t.inputObject(), true
	case "output":
		if t.Type == workflow.TypeDoWhile && !t.Status.Terminal() {
			return d.s.loopOutput(t), true
		}
		return t.outputObject(), true
	case "taskType":
		return t.Type, true
	case "status":
		return string(t.Status), true
	case "referenceTaskName":
		return t.Ref, true
	case "retryCount":
		return int64(t.RetryCount), true
	case "correlationId":
		return orNil(d.s.CorrelationID), true
	case "pollCount":
		return int64(t.PollCount), true
	case "taskDefName":
		return t.Name, true
	case "scheduledTime":
		return t.Scheduled, true
	case "startTime":
		return t.Start, true
	case "endTime":
		return t.End, true
	case "workflowInstanceId":
		return d.s.ID, true
	case "taskId":
		return t.ID, true
	case "reasonForIncompletion":
		return orNil(t.Reason), true
	case "callbackAfterSeconds":
		return t.CallbackAfter, true
	case "workerId":
		return orNil(t.WorkerID), true
	case "iteration":
		return int64(t.Iteration), true
	case "subWorkflowId":
		return orNil(t.SubWorkflowID), true
	}
	return nil, false
}

// find returns the record that a reference in an expression means: the exact one, else the newest iteration's.
func (s *State) find(ref string) *Task {
	if t := s.latest[ref]; t != nil {
		return t
	}
	return s.base[ref]
}

func (s *State) inputObject() map[string]any {
	if s.objects.input == nil {
		s.objects.input, _ = s.Input.Object()
	}
	return s.objects.input
}

func (s *State) variables() map[string]any {
	if s.objects.variables == nil {
		s.objects.variables, _ = s.Variables.Object()
	}
	return s.objects.variables
}

// inputs resolves the input parameters of a node. The bytes of constant inputs are shared.
func (s *State) inputs(n *node, taskID string) (map[string]any, workflow.Payload) {
	if n.constant != nil || len(n.task.InputParameters) == 0 && len(n.policy().InputTemplate) == 0 {
		obj, _ := n.constant.Object()
		return obj, n.constant
	}
	obj := s.resolve(n.task.InputParameters, n.policy().InputTemplate, taskID)
	p, err := workflow.NewPayload(obj)
	if err != nil {
		return map[string]any{}, nil
	}
	return obj, p
}

// resolve evaluates parameters over the execution. Keys of the template fill in what is missing, and stand in as they are
// where a parameter resolves to null.
func (s *State) resolve(params, template map[string]any, taskID string) map[string]any {
	var doc expr.Document = document{s}
	if taskID != "" {
		doc = taskDocument{document{s}, taskID}
	}
	all := params
	if len(template) > 0 {
		all = maps.Clone(template)
		maps.Copy(all, params)
	}
	out := expr.ResolveMap(all, doc)
	for k, v := range template {
		if out[k] == nil {
			out[k] = v
		}
	}
	return out
}

// taskDocument adds ${CPEWF_TASK_ID}, the id of the task whose input is being made.
type taskDocument struct {
	document
	taskID string
}

// Field answers ${CPEWF_TASK_ID}, a bare name, which is asked for as the field "" of the name.
func (d taskDocument) Field(root, name string) (any, bool) {
	if root == "CPEWF_TASK_ID" && name == "" {
		return d.taskID, true
	}
	return d.document.Field(root, name)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// integer reads a whole number from a decoded value.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case float64:
		return int64(n), n == float64(int64(n))
	case int64:
		return n, true
	case int:
		return int64(n), true
	}
	return 0, false
}
