package decide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// advance follows every task that has ended until nothing moves any more, and ends the execution when all is done.
// A paused execution keeps what has ended for later.
func (s *State) advance() {
	for s.Status == workflow.Running {
		switch {
		case len(s.todo) > 0:
			t := s.todo[0]
			s.todo = s.todo[1:]
			s.follow(t)
		case len(s.checks) > 0:
			sc := s.checks[0]
			s.checks = s.checks[1:]
			if sc.loop != nil {
				s.checkLoop(sc)
			}
		case s.top.ended && s.open == 0:
			s.complete()
		default:
			return
		}
	}
}

// follow decides what a task's end leads to.
func (s *State) follow(t *Task) {
	if t.Executed || t.Retried || !t.Status.Terminal() {
		return
	}
	if t.fatal {
		s.terminate(workflow.Failed, t.Reason, t, nil)
		return
	}
	if !t.Status.Successful() {
		if s.retry(t) {
			return
		}
		switch {
		case t.node.task.Optional:
			t.Status = workflow.TaskCompletedWithErrors
		case t.node.task.Permissive:
		default:
			s.terminate(ending(t.Status), fmt.Sprintf("Task %s failed with status: %s and reason: '%s'",
				t.ID, ending(t.Status), t.Reason), t, nil)
			return
		}
	}
	if t.Type == workflow.TypeTerminate && t.Status == workflow.TaskCompleted {
		s.finishTerminate(t) // it leads nowhere, also not when the execution is taken up again
		return
	}
	t.Executed = true
	s.touch(t)
	if t.Type == workflow.TypeDoWhile {
		s.skipInside(t)
	}
	s.tellJoins(t)
	if t.Type == workflow.TypeFork {
		s.skipJoin(t)
		return // its branches and its join exist
	}
	if first := s.branch(t); first != nil {
		s.schedule(first, t.scope)
		return
	}
	next, end := successor(t.node)
	if next != nil {
		s.schedule(next, t.scope)
	}
	if end {
		t.scope.ended = true
		s.checks = append(s.checks, t.scope)
	}
}

// leads reports whether a followed task has led to another one in its scope, or ends a fork's branch.
func (s *State) leads(t *Task) bool {
	if t.Type == workflow.TypeFork || s.branch(t) != nil {
		return true
	}
	_, end := successor(t.node)
	return !end
}

// skipJoin lets a fork that was skipped take its join with it.
func (s *State) skipJoin(fork *Task) {
	join := fork.node.next
	if fork.Status != workflow.TaskSkipped || join == nil {
		return
	}
	ref := join.ref() + fork.scope.suffix
	if s.latest[ref] == nil {
		s.skip(join, fork.scope, nil, nil)
	}
	s.reach(s.latest[ref])
}

// branch returns the first task of the case that a SWITCH took, nil when it took none.
func (s *State) branch(t *Task) *node {
	if t.Type != workflow.TypeSwitch && t.Type != workflow.TypeDecision || t.Status != workflow.TaskCompleted {
		return nil
	}
	chosen, _ := t.inputObject()["case"].(string)
	return t.node.pick(chosen)
}

// successor returns the node after n: the next of its sequence, or what follows the SWITCH that contains it. end says that
// the sequence of the scope is over. Neither holds at the end of a fork's branch.
func successor(n *node) (next *node, end bool) {
	for ; ; n = n.parent {
		if n.next != nil {
			return n.next, false
		}
		if n.parent == nil {
			return nil, true
		}
		switch n.parent.task.Type {
		case workflow.TypeSwitch, workflow.TypeDecision:
		case workflow.TypeDoWhile:
			return nil, true
		default:
			return nil, false
		}
	}
}

// ending is the state of the execution that a task's final failure leads to.
func ending(st workflow.TaskStatus) workflow.Status {
	switch st {
	case workflow.TaskCanceled:
		return workflow.Terminated
	case workflow.TaskTimedOut:
		return workflow.TimedOut
	}
	return workflow.Failed
}

// complete ends an execution whose tasks have all ended.
func (s *State) complete() {
	var reasons []string
	var culprit *Task
	for _, t := range s.latest {
		if t.Status.Terminal() && !t.Status.Successful() && !t.node.task.Optional {
			reasons = append(reasons, fmt.Sprintf("Task %s failed with status: %s and reason: '%s'", t.ID, t.Status, t.Reason))
			if culprit == nil || t.Seq < culprit.Seq {
				culprit = t
			}
		}
	}
	if culprit != nil {
		s.terminate(workflow.Failed, strings.Join(reasons, ", "), culprit, nil)
		return
	}
	s.succeed("", s.finalOutput())
}

// succeed ends an execution that has done all it should, unless its output is not what it should be.
func (s *State) succeed(reason string, output workflow.Payload) {
	if wrong := s.wrongOutput(output); wrong != "" {
		s.terminate(workflow.Failed, wrong, nil, &output)
		return
	}
	s.cancelOpen("")
	s.finish(workflow.Completed, reason, output)
}

// finalOutput evaluates the definition's output parameters; without any it is the output of the last task.
func (s *State) finalOutput() workflow.Payload {
	if params := s.plan.Def.OutputParameters; len(params) > 0 {
		if p, err := workflow.NewPayload(s.resolve(params, nil, "")); err == nil {
			return p
		}
	}
	for _, last := range slices.Backward(s.tasks) {
		if last != nil {
			return last.Output
		}
	}
	return nil
}

// outputAs is the final output of an execution that ends without success: its parameters see the status that it ends with.
func (s *State) outputAs(st workflow.Status) workflow.Payload {
	was := s.Status
	s.Status = st
	defer func() { s.Status = was }()
	return s.finalOutput()
}

// terminate ends the execution without success: open tasks are cancelled, and children with them.
// A nil output means the final output.
func (s *State) terminate(st workflow.Status, reason string, culprit *Task, output *workflow.Payload) {
	var out workflow.Payload
	if output != nil {
		out = *output
	} else {
		out = s.outputAs(st)
	}
	s.cancelOpen("")
	if culprit != nil {
		s.FailedTaskID = culprit.ID
	}
	if s.plan.Def.FailureWorkflow != "" && st != workflow.Completed {
		s.StartFailure = true
		obj, err := out.Object()
		if err == nil {
			obj["conductor.failure_workflow"] = s.FailureID()
			out, _ = workflow.NewPayload(obj)
		}
	}
	s.finish(st, reason, out)
}

// FailureID is the id of the execution of the failure workflow for this ending.
func (s *State) FailureID() string {
	at := s.EndTime
	if !s.Status.Terminal() {
		at = s.env.Now
	}
	return home.With(s.ID, nameID(fmt.Sprintf("failure:%s:%d", s.ID, at)))
}

// FailureWorkflow is the name and version of the failure workflow. A name that begins with $ is an expression, or, as in
// Conductor, $workflow.input.name.
func (s *State) FailureWorkflow() (string, *int) {
	name := s.plan.Def.FailureWorkflow
	if after, ok := strings.CutPrefix(name, "$"); ok {
		if !strings.HasPrefix(name, "${") {
			name = "${" + after + "}"
		}
		name = text(expr.Resolve(name, document{s}))
	}
	return name, s.plan.Def.FailureWorkflowVersion
}

// cancelOpen cancels every open task; children are told by the work that follows from the record.
func (s *State) cancelOpen(reason string) {
	s.cancel(workflow.TaskCanceled, reason, func(*Task) bool { return true })
}

// skipInside skips what is open in a loop that was ended from outside: it stands in nobody's way.
func (s *State) skipInside(loop *Task) {
	if sc := s.scopes[scopeKey{loop.Seq, loop.Iteration}]; sc == nil || sc.open == 0 {
		return
	}
	s.cancel(workflow.TaskSkipped, "The loop around it has ended", func(t *Task) bool { return s.inside(t, loop) })
	for _, t := range s.tasks {
		if t != nil && !t.Executed && !t.Retried && t.Status.Terminal() && s.inside(t, loop) {
			t.Executed = true // nothing follows it
			s.touch(t)
		}
	}
}

func (s *State) cancel(status workflow.TaskStatus, reason string, which func(*Task) bool) {
	for _, t := range s.tasks {
		if t == nil || t.Status.Terminal() || !which(t) {
			continue
		}
		if t.Type == workflow.TypeDoWhile {
			s.setOutput(t, s.loopOutput(t))
		}
		t.Status, t.End, t.Update, t.Reason = status, s.env.Now, s.env.Now, reason
		if t.fresh && t.Type == workflow.TypeSubWorkflow { // its child would have followed from this step: there is none
			_, t.Input = t.given()
			t.Output, t.SubWorkflowID = nil, ""
			t.inputObj, t.outputObj = nil, nil
		}
		t.CancelChild = t.SubWorkflowID != ""
		s.close(t)
		s.tellChange(t, changeTo(status))
	}
}

// finish puts the execution into its final state and remembers whom to tell.
func (s *State) finish(st workflow.Status, reason string, output workflow.Payload) {
	if len(output) > s.maxPayload() {
		st, reason, output = workflow.Failed, fmt.Sprintf("the execution's output is larger than %d bytes", s.maxPayload()), nil
	}
	s.Reason, s.EndTime = reason, s.env.Now
	s.Output, s.objects.output = output, nil
	s.changes.Output = true
	s.FailedRefs, s.FailedNames = nil, nil
	seen, names := map[string]bool{}, map[string]bool{}
	for _, t := range s.tasks {
		if t != nil && (t.Status == workflow.TaskFailed || t.Status == workflow.TaskFailedTerminal) && !seen[t.Ref] {
			seen[t.Ref] = true
			s.FailedRefs = append(s.FailedRefs, t.Ref)
			if !names[t.Name] {
				names[t.Name] = true
				s.FailedNames = append(s.FailedNames, t.Name)
			}
		}
	}
	s.TellParent = s.ParentID != ""
	s.Held = false
	s.Inbox = nil
	s.setStatus(st)
	s.todo, s.checks = nil, nil
	s.undecode()
}

// undecode drops what was decoded for expressions: it takes several times the room of its text.
func (s *State) undecode() {
	s.objects.input, s.objects.variables, s.objects.output = nil, nil, nil
	for _, t := range s.tasks {
		if t != nil {
			t.inputObj, t.outputObj = nil, nil
		}
	}
}
