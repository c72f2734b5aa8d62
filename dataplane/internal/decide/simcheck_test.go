package decide

import (
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func pickSorted(m *sim, names []string) string {
	slices.Sort(names)
	return names[m.r.IntN(len(names))]
}

// check tells what is wrong with a state.
func (m *sim) check(s *State) error {
	ids, openRefs := map[string]bool{}, map[string]int{}
	open := map[*scope]int{}
	ends := map[string]workflow.TaskStatus{}
	for i, t := range s.tasks {
		if t == nil {
			continue
		}
		if t.Seq != i+1 || ids[t.ID] || s.byID[t.ID] != t {
			return fmt.Errorf("task %s has seq %d at %d, id %s", t.Ref, t.Seq, i+1, t.ID)
		}
		ids[t.ID] = true
		if t.node == nil || t.scope == nil {
			return fmt.Errorf("task %s has no node or scope", t.Ref)
		}
		if t.Loop != 0 && s.TaskBySeq(t.Loop) == nil {
			return fmt.Errorf("task %s runs in a loop that is not there", t.Ref)
		}
		if !t.Status.Terminal() {
			openRefs[t.Ref]++
			open[t.scope]++
			if t.Retried || t.Executed {
				return fmt.Errorf("open task %s is retried (%v) or executed (%v)", t.Ref, t.Retried, t.Executed)
			}
		} else {
			ends[t.ID] = t.Status
		}
		if openRefs[t.Ref] > 1 {
			return fmt.Errorf("%s has %d open attempts", t.Ref, openRefs[t.Ref])
		}
	}
	for _, sc := range s.scopes {
		if sc.open != open[sc] {
			return fmt.Errorf("scope %v counts %d open tasks, there are %d", sc.suffix, sc.open, open[sc])
		}
	}
	if !m.hard && s == m.s { // a rebuilt state may have given the ids in another order
		for id, was := range m.ends {
			now, there := ends[id]
			if there && now != was && now != workflow.TaskCompletedWithErrors || !there && ids[id] {
				return fmt.Errorf("task %s had ended %s, and is %s", id, was, now)
			}
		}
	}
	if s == m.s {
		m.ends = ends
	}
	return m.progress(s)
}

// progress tells when an execution stands still, or has left something behind.
func (m *sim) progress(s *State) error {
	s.Begin(m.env())
	moving := false
	for _, t := range s.Tasks() {
		w := s.Work(t)
		if s.Status.Terminal() {
			if !t.Status.Terminal() {
				return fmt.Errorf("task %s is %s in an execution that is %s", t.Ref, t.Status, s.Status)
			}
			if w.Kind != NoWork && w.Kind != CancelChild {
				return fmt.Errorf("task %s has work in an execution that is %s", t.Ref, s.Status)
			}
			continue
		}
		if t.Status.Terminal() {
			continue
		}
		switch t.Type {
		case workflow.TypeJoin, workflow.TypeExclusiveJoin, workflow.TypeDoWhile:
		default:
			moving = moving || t.Blocks() || t.Parked || worker(t.Type) || w.Kind != NoWork && w.Kind != CancelChild
			if t.Status == workflow.TaskScheduled && w.Kind == NoWork {
				return fmt.Errorf("task %s (%s) is scheduled and nothing will run it", t.Ref, t.Type)
			}
		}
	}
	if s.Status == workflow.Running && !moving {
		return fmt.Errorf("the execution stands still")
	}
	return nil
}

// finish lets everything succeed; the execution must come to an end.
func (m *sim) finish() error {
	for range 2000 {
		if m.s.Status == workflow.Paused {
			if err := m.step(event{"resume", false, (*State).Resume}); err != nil {
				return err
			}
		}
		if m.s.Status.Terminal() {
			return nil
		}
		var open []*Task
		for _, t := range m.s.Tasks() {
			if !t.Status.Terminal() && t.Type != workflow.TypeJoin && t.Type != workflow.TypeExclusiveJoin && t.Type != workflow.TypeDoWhile {
				open = append(open, t)
			}
		}
		if len(open) == 0 {
			return fmt.Errorf("nothing is open, and the execution is %s", m.s.Status)
		}
		if err := m.step(m.move(open[m.r.IntN(len(open))], true)); err != nil {
			return err
		}
	}
	return fmt.Errorf("the execution does not end")
}
