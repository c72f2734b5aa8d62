package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// pick returns the first task of a case; a case that exists but is empty leads nowhere in a SWITCH, to the default in a
// DECISION.
func (n *node) pick(chosen string) *node {
	first, ok := n.branches[chosen]
	if !ok || first == nil && n.task.Type == workflow.TypeDecision {
		return n.fallback
	}
	return first
}

func (s *State) scheduleSwitch(t *Task) {
	obj, _ := s.inputs(t.node, t.ID)
	chosen, err := s.chosenCase(t.node.task, obj)
	if err == nil {
		obj["case"] = chosen
		if t.node.pick(chosen) != nil {
			obj["hasChildren"] = "true"
		}
	}
	t.Input, _ = workflow.NewPayload(obj)
	t.Start = s.env.Now
	s.add(t)
	if err != nil {
		s.end(t, workflow.TaskFailed, err.Error())
		return
	}
	if t.Type == workflow.TypeDecision {
		s.setOutput(t, map[string]any{"caseOutput": []any{chosen}})
	} else {
		s.setOutput(t, map[string]any{"evaluationResult": []any{chosen}, "selectedCase": chosen})
	}
	s.end(t, workflow.TaskCompleted, "")
}

func (s *State) chosenCase(def *workflow.DefTask, input map[string]any) (string, error) {
	evaluator, expression := def.EvaluatorType, def.Expression
	if def.Type == workflow.TypeDecision {
		evaluator, expression = "value-param", def.CaseValueParam
		if def.CaseExpression != "" {
			evaluator, expression = "javascript", def.CaseExpression
		}
	}
	v, err := s.evaluate(evaluator, expression, input)
	if err != nil {
		return "", fmt.Errorf("Error evaluating %s: %w", expression, err) //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	return expr.Text(v), nil
}

// evaluate runs an expression by its evaluator type over an input.
func (s *State) evaluate(evaluator, expression string, input map[string]any) (any, error) {
	switch evaluator {
	case "value-param":
		return input[expression], nil
	case "javascript", "graaljs", "":
		return expr.JavaScript(s.env.Context, expression, input, s.env.ScriptLimit)
	}
	return nil, fmt.Errorf("evaluatorType %q is not one of javascript, graaljs, value-param", evaluator)
}

func (s *State) scheduleFork(t *Task) {
	_, t.Input = s.inputs(t.node, t.ID)
	s.add(t)
	if !s.joinFollows(t) {
		return
	}
	s.end(t, workflow.TaskCompleted, "")
	for _, first := range t.node.forks {
		s.schedule(first, t.scope)
	}
	s.schedule(t.node.next, t.scope)
}

func (s *State) joinFollows(t *Task) bool {
	if n := t.node.next; n != nil && n.task.Type == workflow.TypeJoin {
		return true
	}
	s.failWorkflow(t, fmt.Sprintf("Fork task %s is not followed by a JOIN", t.Ref))
	return false
}

// scheduleJoin makes a JOIN over joinOn, nil meaning the references in its definition.
func (s *State) scheduleJoin(t *Task, joinOn []string) {
	obj, _ := s.inputs(t.node, t.ID)
	if joinOn == nil {
		for _, ref := range t.node.task.JoinOn {
			joinOn = append(joinOn, ref+t.suffixIn(s))
		}
	}
	list := make([]any, len(joinOn))
	for i, r := range joinOn {
		list[i] = r
	}
	obj["joinOn"] = list
	if t.Type == workflow.TypeExclusiveJoin {
		obj["defaultExclusiveJoinTask"] = t.node.task.DefaultExclusiveJoinTask
	}
	t.Input, _ = workflow.NewPayload(obj)
	s.add(t)
	s.begin(t)
	s.watch(t)
}

func (t *Task) suffixIn(s *State) string { return s.scopeOf(t.Loop, t.LoopIteration).suffix }

// watch makes a join count the references that have not ended, and ends it when there are none.
func (s *State) watch(t *Task) {
	j := &join{task: t, waiting: map[string]bool{}}
	list, _ := t.inputObject()["joinOn"].([]any)
	for _, v := range list {
		ref, _ := v.(string)
		j.refs = append(j.refs, ref)
		if l := s.latest[ref]; l == nil || !l.Executed || l.Retried { // a new attempt is about to come
			j.waiting[ref] = true
		}
	}
	exclusive := t.Type == workflow.TypeExclusiveJoin
	if exclusive {
		for _, ref := range t.node.task.DefaultExclusiveJoinTask {
			j.defaults = append(j.defaults, ref+t.scope.suffix)
			j.waiting[ref+t.scope.suffix] = true
		}
	}
	for ref := range j.waiting {
		s.joins[ref] = append(s.joins[ref], j)
	}
	if exclusive {
		s.checkExclusive(j)
	} else if len(j.waiting) == 0 {
		s.finishJoin(j)
	}
}

// tellJoins counts an ended task in the joins that wait for it.
func (s *State) tellJoins(t *Task) {
	waiting := s.joins[t.Ref]
	if len(waiting) == 0 {
		return
	}
	delete(s.joins, t.Ref)
	for _, j := range waiting {
		delete(j.waiting, t.Ref)
		switch {
		case j.task.Status.Terminal():
		case j.task.Type == workflow.TypeExclusiveJoin:
			s.checkExclusive(j)
		case len(j.waiting) == 0:
			s.finishJoin(j)
		}
	}
}

func (s *State) finishJoin(j *join) {
	var reasons, withErrors []string
	canceled := true
	var out strings.Builder
	out.WriteByte('{')
	for _, ref := range j.refs {
		t := s.latest[ref]
		if t == nil {
			continue
		}
		if len(t.Output) > 0 {
			if out.Len() > 1 {
				out.WriteByte(',')
			}
			key, _ := json.Marshal(ref)
			out.Write(key)
			out.WriteByte(':')
			out.Write(t.Output)
		}
		switch {
		case t.Status == workflow.TaskCompletedWithErrors && t.node.task.Optional:
			withErrors = append(withErrors, fmt.Sprintf("%s/%s completed with errors", t.Name, t.ID))
		case !t.Status.Successful() && !t.node.task.Optional:
			reasons = append(reasons, t.Reason)
			canceled = canceled && t.Status == workflow.TaskCanceled
		}
	}
	out.WriteByte('}')
	if out.Len() > 2 {
		j.task.Output = workflow.Payload(out.String())
	}
	j.task.outputObj = nil
	switch {
	case len(reasons) > 0 && canceled:
		s.end(j.task, workflow.TaskCanceled, strings.Join(reasons, " "))
	case len(reasons) > 0:
		s.end(j.task, workflow.TaskFailed, strings.Join(reasons, " "))
	case len(withErrors) > 0:
		s.end(j.task, workflow.TaskCompletedWithErrors, strings.Join(withErrors, " "))
	default:
		s.end(j.task, workflow.TaskCompleted, "")
	}
}

// checkExclusive ends an EXCLUSIVE_JOIN with the first of its references that was taken, else the first of its defaults.
func (s *State) checkExclusive(j *join) {
	first := func(refs []string) *Task {
		for _, ref := range refs {
			if t := s.latest[ref]; t != nil && t.Status != workflow.TaskSkipped {
				return t
			}
		}
		return nil
	}
	t := first(j.refs)
	if t == nil || !t.Executed {
		t = first(j.defaults)
	}
	if t == nil {
		t = s.passed(j)
	}
	if t == nil || !t.Executed {
		return
	}
	j.task.Output, j.task.outputObj = t.Output, nil
	if t.Status.Successful() {
		s.end(j.task, workflow.TaskCompleted, "")
	} else {
		s.end(j.task, workflow.TaskFailed, t.Reason)
	}
}

// passed returns a task of an EXCLUSIVE_JOIN that was skipped and that the flow has passed: no other will come.
func (s *State) passed(j *join) *Task {
	for _, ref := range slices.Concat(j.refs, j.defaults) {
		if t := s.latest[ref]; t != nil && t.Executed {
			return t
		}
	}
	return nil
}

func (s *State) runSetVariable(t *Task) {
	vars := map[string]any{}
	maps.Copy(vars, s.variables())
	maps.Copy(vars, t.inputObject())
	p, err := workflow.NewPayload(vars)
	if err != nil || len(p) > maxVariables {
		s.end(t, workflow.TaskFailedTerminal, fmt.Sprintf("the variables would be larger than %d bytes", maxVariables))
		return
	}
	s.replaceVariables(p)
	s.end(t, workflow.TaskCompleted, "")
}

// maxVariables is the largest size of an execution's variables, in bytes of JSON.
const maxVariables = 256 << 10

func (s *State) replaceVariables(p workflow.Payload) {
	s.Variables, s.objects.variables = p, nil
	s.changes.Variables, s.changes.Header = true, true
}

func (s *State) runInline(t *Task) {
	in, secrets := s.filled(t)
	var v any
	var err error
	if t.Type == workflow.TypeLambda {
		script, _ := in["scriptExpression"].(string)
		if script == "" {
			script = t.node.task.ScriptExpression
		}
		if script == "" {
			err = errors.New("inputParameters.scriptExpression is empty")
		} else {
			v, err = expr.Lambda(s.env.Context, script, in, s.env.ScriptLimit)
		}
	} else {
		evaluator, _ := in["evaluatorType"].(string)
		script, _ := in["expression"].(string)
		if evaluator == "" {
			evaluator = t.node.task.EvaluatorType
		}
		if script == "" {
			script = t.node.task.Expression
		}
		if script == "" {
			err = fmt.Errorf("inputParameters.expression is empty")
		} else {
			v, err = s.evaluate(evaluator, script, in)
		}
	}
	if err != nil {
		reason := secrets.Text(err.Error())
		s.setOutput(t, map[string]any{"error": reason})
		status := workflow.TaskFailedTerminal
		if t.Type == workflow.TypeLambda || isTimeLimit(err) {
			status = workflow.TaskFailed
		}
		s.end(t, status, reason)
		return
	}
	s.setOutput(t, map[string]any{"result": secrets.Mask(v)})
	s.end(t, workflow.TaskCompleted, "")
}

func (s *State) runJQ(t *Task) {
	in, secrets := s.filled(t)
	query, _ := in["queryExpression"].(string)
	results, err := expr.JQ(s.env.Context, query, in)
	if err != nil {
		reason := secrets.Text(err.Error())
		s.setOutput(t, map[string]any{"error": reason})
		s.end(t, workflow.TaskFailed, reason)
		return
	}
	var first any
	if len(results) > 0 {
		first = results[0]
	}
	s.setOutput(t, map[string]any{"result": secrets.Mask(first), "resultList": secrets.Mask(results)})
	s.end(t, workflow.TaskCompleted, "")
}

// runTerminate checks a TERMINATE; the execution ends when it is followed.
func (s *State) runTerminate(t *Task) {
	status, _ := t.inputObject()["terminationStatus"].(string)
	switch workflow.Status(status) {
	case workflow.Completed, workflow.Failed, workflow.Terminated:
		t.Output = terminateOutput(t.inputObject())
		s.end(t, workflow.TaskCompleted, "")
	default:
		s.end(t, workflow.TaskFailed, fmt.Sprintf("terminationStatus %q is not one of COMPLETED, FAILED, TERMINATED", status))
	}
}

func (s *State) finishTerminate(t *Task) {
	in := t.inputObject()
	status, _ := in["terminationStatus"].(string)
	reason, _ := in["terminationReason"].(string)
	if reason == "" {
		reason = fmt.Sprintf("Workflow is %s by TERMINATE task: %s", status, t.ID)
	}
	out := terminateOutput(in)
	switch workflow.Status(status) {
	case workflow.Completed, workflow.Failed, workflow.Terminated:
	default: // somebody completed the task who is no part of the definition
		s.terminate(workflow.Failed, fmt.Sprintf("terminationStatus %q is not one of COMPLETED, FAILED, TERMINATED", status), t, nil)
		return
	}
	if workflow.Status(status) == workflow.Completed {
		s.succeed(reason, out)
		return
	}
	s.terminate(workflow.Status(status), reason, t, &out)
}

// terminateOutput is what a TERMINATE says that its execution's output is: an object as it is, anything else as {"output": v}.
func terminateOutput(in map[string]any) workflow.Payload {
	var out workflow.Payload
	switch v := in["workflowOutput"].(type) {
	case nil:
	case map[string]any:
		out, _ = workflow.NewPayload(v)
	default:
		out, _ = workflow.NewPayload(map[string]any{"output": v})
	}
	return out
}

func (s *State) runWait(t *Task) {
	in := t.inputObject()
	duration, until := text(in["duration"]), text(in["until"])
	s.begin(t)
	switch {
	case duration != "" && until != "":
		s.end(t, workflow.TaskFailedTerminal, "only one of 'duration' and 'until' may be given")
	case duration != "":
		d, err := expr.ParseDuration(duration)
		if err != nil {
			s.end(t, workflow.TaskFailedTerminal, err.Error())
			return
		}
		t.WaitUntil = s.env.Now + d.Milliseconds()
		t.CallbackAfter = int64(d.Seconds())
	case until != "":
		at, err := expr.ParseUntil(until, nil)
		if err != nil {
			s.end(t, workflow.TaskFailedTerminal, err.Error())
			return
		}
		t.WaitUntil = at.UnixMilli()
		t.CallbackAfter = max(0, (t.WaitUntil-s.env.Now)/1000)
	}
	if t.WaitUntil > 0 && t.WaitUntil <= s.env.Now && !t.Status.Terminal() {
		s.end(t, workflow.TaskCompleted, "")
	}
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(expr.Text(v))
}

func atoi(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}
