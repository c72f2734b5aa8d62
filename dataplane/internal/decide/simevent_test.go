package decide

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func (m *sim) context() context.Context { return context.Background() }

// errNothing says that an event's task is not there.
var errNothing = errors.New("no such task")

// on makes an event of one task.
func (m *sim) on(name string, t *Task, hard bool, f func(*State, *Task) error) event {
	g := target{t.Ref, t.RetryCount}
	return event{fmt.Sprintf("%s %s #%d", name, t.Ref, t.RetryCount), hard, func(s *State) error {
		one := g.in(s)
		if one == nil {
			return errNothing
		}
		return f(s, one)
	}}
}

// event chooses what happens next.
func (m *sim) event() event {
	s := m.s
	m.moment()
	var open, all []*Task
	for _, t := range s.Tasks() {
		all = append(all, t)
		if !t.Status.Terminal() {
			open = append(open, t)
		}
	}
	if len(all) == 0 {
		return event{"restart", true, func(s *State) error { return s.Restart(s.plan) }}
	}
	one := all[m.r.IntN(len(all))]
	if s.Status.Terminal() {
		switch m.r.IntN(6) {
		case 0:
			return event{"restart", true, func(s *State) error { return s.Restart(s.plan) }}
		case 1, 2:
			return event{"retry", true, (*State).Retry}
		case 3, 4:
			return m.on("rerun", one, true, func(s *State, t *Task) error {
				return s.Rerun(&workflow.RerunRequest{ReRunFromTaskID: t.ID})
			})
		default:
			return m.other(one)
		}
	}
	switch m.r.IntN(60) {
	case 0:
		return m.jump()
	case 1:
		return event{"upgrade to the same", false, func(s *State) error { return s.Upgrade(s.plan, nil, nil) }}
	}
	switch n := m.r.IntN(20); {
	case n < 14 && len(open) > 0:
		return m.move(open[m.r.IntN(len(open))], false)
	case n < 17:
		return m.clock()
	default:
		return m.other(one)
	}
}

// jump goes on with any task that can be jumped to.
func (m *sim) jump() event {
	var refs []string
	for ref, n := range m.plan.nodes {
		free := n.task.Type != workflow.TypeJoin && n.task.Type != workflow.TypeExclusiveJoin
		for p := n.parent; p != nil; p = p.parent {
			free = free && p.task.Type == workflow.TypeSwitch
		}
		if free {
			refs = append(refs, ref)
		}
	}
	slices.Sort(refs)
	ref := refs[m.r.IntN(len(refs))]
	return event{"jump to " + ref, true, func(s *State) error { return s.Jump(ref, nil) }}
}

// moment lets a little time pass, unless something is due then.
func (m *sim) moment() {
	m.s.Begin(m.env())
	for _, t := range m.s.Tasks() {
		if w := m.s.Work(t); w.Due == m.now+1 || w.At == m.now+1 {
			return
		}
	}
	m.now++
}

// clock goes on to the next moment at which something is due.
func (m *sim) clock() event {
	next := int64(0)
	var seqs []target
	own := m.s.expiry()
	for _, t := range m.s.Tasks() {
		m.s.Begin(m.env())
		w := m.s.Work(t)
		for _, at := range []int64{w.Due, w.At} {
			if at > m.now && (next == 0 || at < next) {
				next = at
			}
		}
	}
	if own > 0 && (next == 0 || own < next) {
		next = own
	}
	if next == 0 {
		next = m.now + 1000
	}
	for _, t := range m.s.Tasks() {
		if w := m.s.Work(t); w.Due > 0 && w.Due <= next {
			seqs = append(seqs, target{t.Ref, t.RetryCount})
		}
	}
	m.now = max(m.now, next)
	return event{fmt.Sprintf("clock to %d", m.now), false, func(s *State) error {
		for _, g := range seqs {
			if t := g.in(s); t != nil {
				s.Tick(t.Seq)
			}
		}
		if own > 0 && own <= s.env.Now {
			s.Tick(0)
		}
		return nil
	}}
}

// move lets an open task go on; well says that it must succeed.
func (m *sim) move(t *Task, well bool) event {
	m.moment()
	results := []workflow.TaskStatus{
		workflow.TaskCompleted, workflow.TaskCompleted, workflow.TaskCompleted, workflow.TaskFailed,
		workflow.TaskFailed, workflow.TaskFailedTerminal, workflow.TaskCanceled, workflow.TaskInProgress,
	}
	status := results[m.r.IntN(len(results))]
	if well {
		status = workflow.TaskCompleted
	}
	out := workflow.Payload(fmt.Sprintf(`{"from":%q}`, t.Ref))
	switch {
	case worker(t.Type) && t.Status == workflow.TaskScheduled && t.Available <= m.now:
		return m.on("poll", t, false, func(s *State, t *Task) error { s.Pick(t, "w"); return nil })
	case t.Type == workflow.TypeSubWorkflow && t.SubWorkflowID != "":
		ends := []workflow.Status{workflow.Completed, workflow.Completed, workflow.Failed, workflow.Terminated, workflow.TimedOut}
		end := ends[m.r.IntN(len(ends))]
		if well {
			end = workflow.Completed
		}
		return m.on("child "+string(end), t, false, func(s *State, t *Task) error {
			s.ChildEnded(ChildEnd{TaskID: t.ID, ID: t.SubWorkflowID, Rev: t.Heard + 1, Def: "child.1", Status: end, Output: out})
			return nil
		})
	case runsOutside(t.Type) && !t.Parked && t.Available <= m.now:
		if status == workflow.TaskInProgress && m.r.IntN(2) == 0 {
			status = workflow.TaskCompleted
		}
		return m.on("outside "+string(status), t, false, func(s *State, t *Task) error {
			s.SystemResult(t.ID, status, out, "said so")
			return nil
		})
	case worker(t.Type) && t.Status == workflow.TaskInProgress || t.Parked, t.Type == workflow.TypeHuman, t.Type == workflow.TypeWait && t.Status == workflow.TaskInProgress:
		return m.update(t, status, out)
	}
	return m.clock()
}

func (m *sim) update(t *Task, status workflow.TaskStatus, out workflow.Payload) event {
	return m.on("result "+string(status), t, false, func(s *State, t *Task) error {
		return s.Update(&workflow.TaskResult{TaskID: t.ID, Status: status, OutputData: out, ReasonForIncompletion: "said so", CallbackAfterSeconds: 2})
	})
}

// other is what operators and late workers do.
func (m *sim) other(t *Task) event {
	switch m.r.IntN(10) {
	case 0:
		return event{"pause", false, (*State).Pause}
	case 1, 2, 3:
		return event{"resume", false, (*State).Resume}
	case 4:
		return m.update(t, workflow.TaskCompleted, workflow.Payload(`{"late":true}`))
	case 5:
		if m.r.IntN(4) > 0 {
			return m.update(t, workflow.TaskFailed, workflow.Payload(`{"late":true}`))
		}
		return event{"terminate", false, func(s *State) error { return s.Terminate("enough") }}
	case 6:
		var refs []string
		for ref := range m.plan.nodes {
			if ref[0] != 'e' { // an EXCLUSIVE_JOIN waits for one of the tasks that this one leads to
				refs = append(refs, ref)
			}
		}
		if len(refs) == 0 {
			return m.clock()
		}
		ref := pickSorted(m, refs)
		return event{"skip " + ref, false, func(s *State) error { return s.Skip(ref, &workflow.SkipRequest{}) }}
	case 7:
		return event{"set variables", false, func(s *State) error { return s.SetVariables(workflow.Payload(`{"set":1}`)) }}
	case 8:
		return event{"reset callbacks", false, (*State).ResetCallbacks}
	default:
		if t.Type != workflow.TypeSubWorkflow || t.SubWorkflowID == "" {
			return m.clock()
		}
		return m.on("child revived", t, true, func(s *State, t *Task) error { s.ChildRevived(t.ID, t.SubWorkflowID, t.Heard+1); return nil })
	}
}
