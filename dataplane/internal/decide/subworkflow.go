package decide

import (
	"crypto/md5" //nolint:gosec // a name-based UUID (version 3) is MD5 by definition; nothing secret depends on it
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// nameID derives an id from a text, so that a repeated effect meets its first result.
func nameID(text string) string {
	return uuid.NewHash(md5.New(), uuid.Nil, []byte(text), 3).String() //nolint:gosec // see the import
}

// runSubWorkflow names the child; starting it is work that follows from the record.
func (s *State) runSubWorkflow(t *Task) {
	params := t.node.task.SubWorkflowParam
	if params == nil {
		s.end(t, workflow.TaskFailedTerminal, "subWorkflowParam is missing")
		return
	}
	in := merged(nil, t.inputObject())
	own := in
	resolve := func(v any) any { return expr.Resolve(v, document{s}) }
	input := map[string]any{
		"subWorkflowName": resolve(params.Name), "workflowInput": own, "subWorkflowTaskToDomain": nil,
		"priority": resolve(params.Priority),
	}
	if params.Version != nil {
		input["subWorkflowVersion"] = *params.Version
	}
	if len(params.TaskToDomain) > 0 {
		domains := map[string]any{}
		for k, v := range params.TaskToDomain {
			domains[k] = resolve(v)
		}
		input["subWorkflowTaskToDomain"] = domains
	}
	switch d := params.WorkflowDefinition.(type) {
	case string:
		input["subWorkflowDefinition"] = resolve(d)
	case nil:
	default:
		input["subWorkflowDefinition"] = d
	}
	if params.IdempotencyKey != "" {
		input["idempotencyKey"] = resolve(params.IdempotencyKey)
		input["idempotencyStrategy"] = params.IdempotencyStrategy
	}
	t.Input, _ = workflow.NewPayload(input)
	t.inputObj = nil
	t.SubWorkflowID = home.With(s.ID, nameID(fmt.Sprintf("subworkflow:%s:%s:%d", s.ID, t.ID, t.Seq))) // a rerun keeps the id of the task
	s.setOutput(t, map[string]any{"subWorkflowId": t.SubWorkflowID})
	s.begin(t)
}

// ChildRequest is the start of the execution that a SUB_WORKFLOW task asks for. What expressions led to may be none: the error
// is an *Error of kind Invalid then, which no other try would mend.
func (s *State) ChildRequest(t *Task) (*workflow.StartRequest, error) {
	var in struct {
		Name       any               `json:"subWorkflowName"`
		Version    *int              `json:"subWorkflowVersion"`
		Domains    map[string]string `json:"subWorkflowTaskToDomain"`
		Definition *workflow.Def     `json:"subWorkflowDefinition"`
		Input      workflow.Payload  `json:"workflowInput"`
		Priority   any               `json:"priority"`
	}
	if err := t.Input.Decode(&in); err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "subWorkflowParam: %v", err)
	}
	req := &workflow.StartRequest{
		Name: text(in.Name), Version: in.Version, WorkflowDef: in.Definition, Input: in.Input, TaskToDomain: in.Domains,
		CorrelationID: s.CorrelationID, Priority: atoi(text(in.Priority)),
	}
	if req.Name == "" && req.WorkflowDef == nil {
		return nil, workflow.Errorf(workflow.Invalid, "subWorkflowParam.name is empty")
	}
	if len(req.TaskToDomain) == 0 {
		req.TaskToDomain = s.TaskToDomain
	}
	if req.WorkflowDef != nil {
		if err := req.MarkDynamic(); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// ChildEnd is how a child execution ended.
type ChildEnd struct {
	TaskID string
	ID     string
	Rev    int64  // of the child, when it was read
	Def    string // name.version
	Status workflow.Status
	Output workflow.Payload
	Reason string
}

// ChildEnded ends the SUB_WORKFLOW task of a child. It does nothing when the task has moved on, or has heard newer things of
// the child: news can be late, from a node that stood still.
func (s *State) ChildEnded(c ChildEnd) {
	t := s.byID[c.TaskID]
	if t == nil || t.SubWorkflowID != c.ID || t.Status.Terminal() || t.Retried || c.Rev < t.Heard {
		return
	}
	t.Heard = c.Rev
	out, err := c.Output.Object()
	if err == nil {
		out["subWorkflowId"] = c.ID
		s.setOutput(t, out)
	}
	status := map[workflow.Status]workflow.TaskStatus{
		workflow.Completed: workflow.TaskCompleted, workflow.Failed: workflow.TaskFailed,
		workflow.Terminated: workflow.TaskCanceled, workflow.TimedOut: workflow.TaskTimedOut,
	}[c.Status]
	reason := ""
	if !status.Successful() {
		reason = fmt.Sprintf("Sub workflow %s/%s failure reason: %s", c.Def, c.ID, c.Reason)
	}
	s.end(t, status, reason)
	s.advance()
}

// ChildRevived puts the SUB_WORKFLOW task of a child that runs again back in progress, and this execution with it. rev is the
// revision in which the child was found so; what is not newer than the last news does nothing.
func (s *State) ChildRevived(taskID, childID string, rev int64) {
	t := s.byID[taskID]
	if t == nil || t.SubWorkflowID != childID || t.Retried || rev <= t.Heard || t.node.task.Optional {
		return
	}
	t.Heard = rev
	s.touch(t)
	if !t.Status.Terminal() {
		return // what ended before will not be heard any more
	}
	if s.Status.Terminal() {
		s.reopen()
	}
	s.reuse(t)
	s.again(slices.DeleteFunc(s.Failed(), func(o *Task) bool { return o == t }), nil)
}
