package decide

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// A loop's record carries the number of its iteration. While it is open its output is put together from its children
// when somebody asks; it is written when the loop ends, so an iteration costs the same at the end of a long loop as at
// its beginning.

func (s *State) scheduleLoop(t *Task) {
	_, t.Input = s.inputs(t.node, t.ID)
	t.Iteration = 0
	s.add(t)
	s.begin(t)
	items, listed, err := s.loopItems(t)
	switch {
	case err != nil:
		s.end(t, workflow.TaskFailedTerminal, err.Error())
	case listed && len(items) == 0:
		s.setOutput(t, map[string]any{"iteration": 0})
		s.end(t, workflow.TaskCompleted, "")
	default:
		s.iterate(t)
	}
}

// iterate begins the next iteration.
func (s *State) iterate(t *Task) {
	t.Iteration++
	s.touch(t)
	sc := s.scopeOf(t.Seq, t.Iteration)
	if t.node.body == nil {
		sc.ended = true
		s.checks = append(s.checks, sc)
		return
	}
	s.schedule(t.node.body, sc)
}

// loopItems resolves the list of a loop in list mode; listed says whether it is one.
func (s *State) loopItems(t *Task) (items []any, listed bool, err error) {
	source := t.node.task.Items
	if source == nil {
		v, ok := t.node.task.InputParameters["_items"]
		if !ok {
			return nil, false, nil
		}
		source = v
	}
	switch v := expr.Resolve(source, document{s}).(type) {
	case nil:
		return nil, true, nil
	case []any:
		return v, true, nil
	default:
		return []any{v}, true, nil
	}
}

// checkLoop goes on with a loop whose iteration is over: the next one, or the loop's end.
func (s *State) checkLoop(sc *scope) {
	t := sc.loop
	if !sc.ended || sc.open > 0 || t.Status.Terminal() || t.Iteration != sc.iteration {
		return
	}
	var reasons []string
	for _, c := range s.children(t, sc.iteration) {
		if !c.Retried && !c.Status.Successful() && !c.node.task.Optional {
			reasons = append(reasons, c.Reason)
		}
	}
	if len(reasons) > 0 {
		s.setOutput(t, s.loopOutput(t))
		s.end(t, workflow.TaskFailed, strings.Join(reasons, " "))
		return
	}
	if keep, ok := integer(t.inputObject()["keepLastN"]); ok && keep > 0 {
		s.forget(t, sc.iteration-int(keep))
	}
	if s.turns == 0 && t.WaitUntil == 0 {
		t.turns = 0 // it has waited for something
	}
	t.WaitUntil = 0
	again, err := s.loopAgain(t)
	switch {
	case err != nil:
		s.setOutput(t, s.loopOutput(t))
		s.end(t, workflow.TaskFailedTerminal, err.Error())
	case again && s.env.LoopLimit > 0 && t.turns >= s.env.LoopLimit:
		s.setOutput(t, s.loopOutput(t))
		s.end(t, workflow.TaskFailedTerminal, fmt.Sprintf("The loop went round %d times without waiting for anything", t.turns))
	case again && s.turns >= stepTurns:
		t.WaitUntil = s.env.Now + 1
		s.touch(t)
	case again:
		s.turns++
		t.turns++
		s.iterate(t)
	default:
		s.setOutput(t, s.loopOutput(t))
		s.end(t, workflow.TaskCompleted, "")
	}
}

// stepTurns bounds the iterations of loops in one step. Loops whose tasks wait for nothing outside would keep everybody else
// from the execution, and make a commit of any size; so they rest until the next step.
const stepTurns = 1_000

// rested goes on with a loop that had its share of a step.
func (s *State) rested(t *Task) {
	s.checks = append(s.checks, s.scopeOf(t.Seq, t.Iteration))
}

func (s *State) loopAgain(t *Task) (bool, error) {
	items, listed, err := s.loopItems(t)
	if err != nil || listed && t.Iteration >= len(items) {
		return false, err
	}
	condition := t.node.task.LoopCondition
	if condition == "" {
		return listed, nil
	}
	in := s.loopInput(t)
	for _, c := range s.children(t, t.Iteration) {
		if !c.Retried {
			in[c.base()] = c.outputObject()
		}
	}
	if countsOnly(condition, t.base()) {
		in[t.base()] = map[string]any{"iteration": t.Iteration}
	} else {
		in[t.base()] = s.loopOutput(t)
	}
	v, err := expr.JavaScript(s.env.Context, condition, in, s.env.ScriptLimit)
	if err != nil {
		return false, fmt.Errorf("Unable to evaluate condition %s: %w", condition, err) //nolint:staticcheck // the text is the task's reason, a sentence for people
	}
	return expr.Truthy(v), nil
}

// loopInput is what a loop's condition sees of its input parameters: they are resolved again for each iteration, as what they
// name may have changed by it. The record shows them as they were when the loop began.
func (s *State) loopInput(t *Task) map[string]any {
	if t.node.constant != nil {
		return maps.Clone(t.inputObject())
	}
	return s.resolve(t.node.task.InputParameters, t.node.policy().InputTemplate, t.ID)
}

// countsOnly reports whether a condition uses of the loop's output only the iteration, so that the rest, which grows with
// every iteration, need not be put together.
func countsOnly(condition, ref string) bool {
	all := strings.Count(condition, ref)
	for _, use := range []string{".iteration", "['iteration']", `["iteration"]`, "']['iteration']", `"]["iteration"]`, "'].iteration", `"].iteration`} {
		all -= strings.Count(condition, ref+use)
	}
	return all <= 0
}

// children returns the records of one iteration in order, nested operators' included, nested loops' iterations not.
func (s *State) children(loop *Task, iteration int) []*Task {
	var out []*Task
	// An iteration's records lie together behind those of the iterations before it, so the search from the end is short.
	for i := len(s.tasks) - 1; i >= loop.Seq; i-- {
		c := s.tasks[i]
		if c == nil || c.Loop != loop.Seq {
			continue
		}
		if c.LoopIteration == iteration {
			out = append(out, c)
		} else if c.LoopIteration < iteration && !c.Retried && s.Status == workflow.Running && loop.Iteration == iteration {
			break
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// loopPosition is the part of a loop's output that tells where it is: the iteration, and of a list the index and the item.
func (s *State) loopPosition(loop *Task) map[string]any {
	out := map[string]any{"iteration": loop.Iteration}
	if items, listed, err := s.loopItems(loop); err == nil && listed {
		i := max(loop.Iteration-1, 0)
		out["loopIndex"] = i
		if i < len(items) {
			out["loopItem"] = items[i]
		}
	}
	return out
}

// loopOutput puts together the output of a loop: the iteration, and each iteration's outputs by reference.
func (s *State) loopOutput(loop *Task) map[string]any {
	out := s.loopPosition(loop)
	for i := max(loop.Seq, loop.kept-1); i < len(s.tasks); i++ {
		c := s.tasks[i]
		if c == nil || c.Loop != loop.Seq || c.Retried {
			continue
		}
		key := strconv.Itoa(c.LoopIteration)
		iteration, _ := out[key].(map[string]any)
		if iteration == nil {
			iteration = map[string]any{}
			out[key] = iteration
		}
		iteration[c.base()] = c.outputObject()
	}
	return out
}

// forget deletes the records of iterations up to the given one, with those of loops in them. What is open in them, a child
// that was taken up again, is left for the next time.
func (s *State) forget(loop *Task, upTo int) {
	if upTo < 1 {
		return
	}
	var old []*Task
	loops := map[int]bool{}
	first := 0
	for i := max(loop.Seq, loop.kept-1); i < len(s.tasks); i++ {
		c := s.tasks[i]
		switch {
		case c == nil:
		case c.Loop == loop.Seq && c.LoopIteration <= upTo, loops[c.Loop]:
			if !c.Status.Terminal() {
				return
			}
			old = append(old, c)
			loops[c.Seq] = c.Type == workflow.TypeDoWhile
		case c.Loop == loop.Seq && first == 0:
			first = c.Seq
		}
	}
	for _, c := range old {
		s.drop(c)
		delete(s.byID, c.ID)
		delete(s.latest, c.Ref)
		if s.base[c.base()] == c {
			delete(s.base, c.base())
		}
		delete(s.scopes, scopeKey{c.Loop, c.LoopIteration})
	}
	loop.kept = first
}
