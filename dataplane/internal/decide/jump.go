package decide

import (
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Jump goes on with another task of a running execution: what is open is given up, and what lies between is passed over.
// When the flow has been there, what came after is done again, as a rerun does. A nil input means the task's own.
func (s *State) Jump(ref string, input workflow.Payload) error {
	if s.Status != workflow.Running || s.Held {
		return s.conflict("jump to a task")
	}
	n := s.plan.nodes[ref]
	if n == nil {
		return workflow.Errorf(workflow.NotFound, "The task referenced by %s does not exist in the WorkflowDefinition %s", ref, s.Name)
	}
	if n.task.Type == workflow.TypeJoin || n.task.Type == workflow.TypeExclusiveJoin {
		return workflow.Errorf(workflow.Invalid, "taskReferenceName: %s is a %s, which would wait for tasks that do not come; jump to what is before or after it", ref, n.task.Type)
	}
	for p := n.parent; p != nil; p = p.parent {
		if p.task.Type != workflow.TypeSwitch && p.task.Type != workflow.TypeDecision {
			return workflow.Errorf(workflow.Invalid, "taskReferenceName: %s lies in %s, a %s; only tasks outside of forks and loops can be jumped to", ref, p.ref(), p.task.Type)
		}
	}
	if len(input) > s.maxPayload() {
		return workflow.Errorf(workflow.TooLarge, "input is larger than %d bytes", s.maxPayload())
	}
	if t := s.latest[ref]; t != nil {
		s.jumpBack(t, input)
	} else {
		s.jumpAhead(n, input)
	}
	s.advance()
	return nil
}

func (s *State) jumpBack(t *Task, input workflow.Payload) {
	s.cancel(workflow.TaskCanceled, "", func(*Task) bool { return true }) // their children end with them
	s.clear(t, false)
	s.rebuild()
	s.repeat(t, input)
}

func (s *State) jumpAhead(n *node, input workflow.Payload) {
	t := s.record(n, s.top)
	t.scope = s.top
	around := s.surround(t)
	s.cancel(workflow.TaskCanceled, "", func(o *Task) bool { return s.follows(o, t, around) })
	s.clear(t, false) // what comes after it has been there by an earlier jump
	s.cancel(workflow.TaskSkipped, "The execution was told to go on with "+n.ref(), func(*Task) bool { return true })
	for _, o := range s.tasks {
		if o != nil && !o.Retried && !o.Executed && o.Status == workflow.TaskSkipped && o.Reason != "" {
			o.Executed = true // nothing follows it
			s.touch(o)
		}
	}
	s.rebuild()
	if !plain(n.task.Type) || input == nil {
		s.schedule(n, s.top)
		return
	}
	t.Input = input
	s.launch(t)
}

// Upgrade goes on with another version of the definition. What is open must be in it, at the same place; tasks that are new
// and lie before what has been done are passed over, with the outputs given.
func (s *State) Upgrade(plan *Plan, outputs map[string]workflow.Payload, input workflow.Payload) error {
	if s.Status.Terminal() {
		return s.conflict("be upgraded")
	}
	if input == nil {
		input = s.Input
	}
	if len(input) > s.maxPayload() {
		return workflow.Errorf(workflow.TooLarge, "workflowInput is larger than %d bytes", s.maxPayload())
	}
	if err := s.checkInput(plan, input); err != nil {
		return err
	}
	if err := s.fits(plan); err != nil {
		return err
	}
	passed := s.passedOver(plan)
	for ref := range outputs {
		if !slices.ContainsFunc(passed, func(n *node) bool { return n.ref() == ref }) {
			return workflow.Errorf(workflow.Invalid, "taskOutput.%s: it is no task that is passed over", ref)
		}
	}
	for _, t := range s.Tasks() {
		if t.Def == nil && plan.nodes[t.base()] == nil {
			t.Def = (*DynamicDef)(t.node.task) // the new version does not have it; its record stays
			s.touch(t)
		}
	}
	s.plan = plan
	s.Header.Plan, s.Name, s.Version = plan.Hash, plan.Def.Name, plan.Def.Version
	s.changes.Header, s.changes.Plan, s.changes.Status = true, true, true
	if len(input) > 0 || len(s.Input) > 0 {
		s.Input, s.objects.input = input, nil
		s.changes.Input = true
	}
	s.rebuild()
	for _, n := range passed {
		t := s.record(n, s.top)
		t.Status, t.Output, t.Executed = workflow.TaskSkipped, outputs[n.ref()], true
		t.Start, t.End = s.env.Now, s.env.Now
		s.add(t)
	}
	s.advance()
	return nil
}

// fits refuses a plan in which something that has still to be followed is missing or stands elsewhere.
func (s *State) fits(plan *Plan) error {
	for _, t := range s.Tasks() {
		if t.Executed || t.Retried || t.node == nil {
			continue
		}
		old, fresh := s.plan.nodes[t.base()], plan.nodes[t.base()]
		if old == nil { // a dynamic fork made it: the fork has to be there
			if fork := s.TaskBySeq(t.Fork); fork != nil {
				old, fresh = s.plan.nodes[fork.base()], plan.nodes[fork.base()]
			}
		}
		for old != nil && fresh != nil && old.ref() == fresh.ref() && old.task.Type == fresh.task.Type {
			old, fresh = old.parent, fresh.parent
		}
		if old != nil || fresh != nil {
			return workflow.Errorf(workflow.Conflict, "Task %s is %s, and version %d of %s does not have it at the same place", t.Ref, t.Status, plan.Def.Version, plan.Def.Name)
		}
	}
	return nil
}

// passedOver returns the tasks at the top level of a plan that have no record and stand before one that has.
func (s *State) passedOver(plan *Plan) []*node {
	var missing, passed []*node
	for n := plan.first; n != nil; n = n.next {
		switch t := s.latest[n.ref()]; {
		case t == nil:
			missing = append(missing, n)
		case t.Status == workflow.TaskSkipped && !t.Executed: // the flow has not come by
		default:
			passed = append(passed, missing...)
			missing = nil
		}
	}
	return passed
}
