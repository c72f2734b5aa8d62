package decide

import (
	"maps"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Rerun runs an ended execution from one of its tasks, or from the start when none is named. What lies before the task
// and in branches beside it is kept; the joins and loops around it wait for it again.
func (s *State) Rerun(r *workflow.RerunRequest) error {
	if !s.Status.Terminal() {
		return workflow.Errorf(workflow.Conflict, "Workflow: %s is still running (%s): it cannot be rerun", s.ID, s.Status)
	}
	t := s.byID[r.ReRunFromTaskID]
	if r.ReRunFromTaskID != "" && t == nil {
		return workflow.Errorf(workflow.Invalid, "Task %s is not part of workflow %s (reRunFromTaskId)", r.ReRunFromTaskID, s.ID)
	}
	if t != nil && t.Status == workflow.TaskSkipped && !t.Executed {
		return workflow.Errorf(workflow.Invalid, "Task %s was skipped before workflow %s came to it (reRunFromTaskId)", t.ID, s.ID)
	}
	if len(r.WorkflowInput) > s.maxPayload() || len(r.TaskInput) > s.maxPayload() {
		return workflow.Errorf(workflow.TooLarge, "input is larger than %d bytes", s.maxPayload())
	}
	if r.WorkflowInput != nil {
		if err := s.checkInput(s.plan, r.WorkflowInput); err != nil {
			return err
		}
		s.Input, s.objects.input = r.WorkflowInput, nil
		s.changes.Input = true
	}
	if r.CorrelationID != "" {
		s.CorrelationID = r.CorrelationID
	}
	s.RerunOf = r.ReRunFromWorkflowID
	if t == nil {
		s.startOver()
		return nil
	}
	s.reopen()
	waits := t.Type == workflow.TypeJoin || t.Type == workflow.TypeExclusiveJoin
	joins := s.clear(t, waits)
	s.rebuild()
	s.again(s.Failed(), func() {
		for _, j := range joins {
			s.reach(j)
		}
		if !waits {
			s.repeat(t, r.TaskInput)
		}
	})
	return nil
}

// clear makes room for a task to run again: what follows it goes, what contains it is open again. A join stays in place.
// It returns the joins concerned; one that was skipped has to be passed again.
func (s *State) clear(t *Task, stays bool) []*Task {
	around := s.surround(t)
	var gone []*Task
	for _, o := range s.Tasks() {
		switch {
		case o == t && !stays:
			gone = append(gone, o)
		case !s.follows(o, t, around):
		case o.Status == workflow.TaskSkipped && o.Loop == 0 && o.Reason == "": // by an operator; a jump gives a reason
			o.Executed = false // it is passed by again
			s.touch(o)
		default:
			gone = append(gone, o)
		}
	}
	joins := slices.Collect(maps.Keys(around.joins))
	if stays {
		joins = append(joins, t)
	}
	for _, j := range joins {
		if j.Status == workflow.TaskSkipped {
			j.Executed = false
			s.touch(j)
		} else {
			s.reuse(j)
		}
	}
	for _, l := range around.loops {
		s.reuse(l.loop)
		l.loop.Iteration = l.iteration
	}
	for _, o := range gone {
		s.drop(o)
	}
	return joins
}

// repeat makes the record of a task that has been cleared again, with its id.
func (s *State) repeat(t *Task, input workflow.Payload) {
	delete(s.latest, t.Ref)
	sc := s.scopeOf(t.Loop, t.LoopIteration)
	if !plain(t.node.task.Type) {
		s.schedule(t.node, sc)
		return
	}
	n := s.record(t.node, sc)
	n.ID, n.Input = t.ID, input
	if input == nil {
		_, n.Input = s.inputs(t.node, n.ID)
		if t.node.dynamic {
			_, n.Input = t.given()
		}
	}
	s.launch(n)
}

// surroundings are the operators around a task, and what comes after it.
type surroundings struct {
	later map[string]bool // references, without suffix, of what follows the task or one of the operators around it
	joins map[*Task]bool  // that wait for the task
	loops []scope         // each in the iteration that the task is in
}

func (s *State) surround(t *Task) surroundings {
	a := surroundings{later: map[string]bool{}, joins: map[*Task]bool{}}
	sc := t.scope
	for n := t.node; n != nil; n = n.parent {
		for m := n.next; m != nil; m = m.next {
			a.later[m.ref()] = true
		}
		if n.parent == nil {
			break
		}
		switch n.parent.task.Type {
		case workflow.TypeDoWhile:
			a.loops = append(a.loops, scope{loop: sc.loop, iteration: sc.iteration})
			sc = sc.loop.scope
		case workflow.TypeForkJoin, workflow.TypeForkJoinDynamic:
			if next := n.parent.next; next != nil && s.latest[next.ref()+sc.suffix] != nil {
				a.joins[s.latest[next.ref()+sc.suffix]] = true
			}
		}
	}
	return a
}

// follows reports whether the flow comes to o after t, by the definition: the order of the records is another where tasks
// were run again. Attempts of t that were made before it do not follow it.
func (s *State) follows(o, t *Task, around surroundings) bool {
	if o == t || around.joins[o] {
		return false
	}
	if d := s.distance(o, t); d != 0 {
		return d > 0
	}
	if o.Ref == t.Ref {
		return o.Seq > t.Seq
	}
	for n := o.node; n != nil; n = n.parent {
		if n.ref() == t.base() || around.later[n.ref()] {
			return true
		}
	}
	return false
}

// distance is by how many iterations o is later than t in the outermost loop in whose different iterations they are.
func (s *State) distance(o, t *Task) int {
	iterations := map[int]int{}
	for l := t; l != nil && l.Loop != 0; l = s.TaskBySeq(l.Loop) {
		iterations[l.Loop] = l.LoopIteration
	}
	d := 0
	for l := o; l != nil && l.Loop != 0; l = s.TaskBySeq(l.Loop) {
		if at, shared := iterations[l.Loop]; shared && at != l.LoopIteration {
			d = l.LoopIteration - at
		}
	}
	return d
}

// inside reports whether a task runs within a loop.
func (s *State) inside(t, loop *Task) bool {
	for t != nil && t.Loop != 0 {
		if t.Loop == loop.Seq {
			return true
		}
		t = s.TaskBySeq(t.Loop)
	}
	return false
}
