package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// pool runs effects, a bounded number at a time; what is over the bound waits in order.
type pool struct {
	ctx     context.Context
	mu      sync.Mutex
	held    bool // none begins
	waiting []func()
	running int
	group   sync.WaitGroup
}

// poolSize bounds the effects in flight. They mostly wait: for a commit, or for the other end of an HTTP call.
const poolSize = 256

func newPool(ctx context.Context) *pool { return &pool{ctx: ctx} }

func (p *pool) run(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	if p.held || p.running >= poolSize {
		p.waiting = append(p.waiting, f)
		return
	}
	p.running++
	p.group.Add(1)
	go p.work(f)
}

func (p *pool) work(f func()) {
	defer p.group.Done()
	for {
		if p.ctx.Err() == nil {
			f()
		}
		p.mu.Lock()
		if p.held || len(p.waiting) == 0 {
			p.running--
			p.mu.Unlock()
			return
		}
		f = p.waiting[0]
		p.waiting = p.waiting[1:]
		p.mu.Unlock()
	}
}

// hold keeps effects from beginning, or lets them begin.
func (p *pool) hold(on bool) {
	p.mu.Lock()
	p.held = on
	var begin []func()
	if !on {
		begin, p.waiting = p.waiting, nil
	}
	p.mu.Unlock()
	for _, f := range begin {
		p.run(f)
	}
}

// size is the number of effects that run or wait to.
func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running + len(p.waiting)
}

// wait returns when everything that runs has ended; ctx must have ended before.
func (p *pool) wait() {
	p.mu.Lock()   // whoever came in before has been counted, whoever comes later sees the end of ctx
	p.mu.Unlock() //nolint:staticcheck // see above
	p.group.Wait()
}

// again tries an effect once more after a pause, unless its object has gone.
func (r *Runner) again(err error, what, id string, f func()) {
	if err == nil || r.ctx.Err() != nil || workflow.KindOf(err) == workflow.NotFound {
		return
	}
	r.log.Error("an effect failed; it is tried again", "effect", what, "workflow_id", id, "error", err)
	wait, stop := r.clock.Until(r.clock.Now().Add(retryDelay))
	go func() {
		defer stop()
		select {
		case <-wait:
			r.pool.run(f)
		case <-r.ctx.Done():
		}
	}()
}

// runOutside runs a system task that does I/O and reports its result to the execution.
func (r *Runner) runOutside(id string, seq int) {
	key := timerKey{id: id, seq: seq}
	if !r.running.Enter(key) {
		return
	}
	for more := true; more; more = r.running.Leave(key) {
		r.runOutsideNow(id, seq)
	}
}

func (r *Runner) runOutsideNow(id string, seq int) {
	var view *workflow.Task
	err := r.View(r.ctx, id, func(s *decide.State) {
		if t := s.TaskBySeq(seq); t != nil && s.BeginOutside(t) {
			view = s.View(t)
			view.SetTraceparent(r.taskTrace(s, t.ID))
		}
	})
	if err == nil && view != nil {
		run := r.systems[view.TaskType]
		status, output, reason := workflow.TaskFailedTerminal, workflow.Payload(nil), fmt.Sprintf("this server does not run %s tasks", view.TaskType)
		if run != nil {
			status, output, reason = run(r.ctx, view)
		}
		if r.ctx.Err() != nil {
			return // it runs again after the restart
		}
		err = r.Step(r.ctx, id, func(s *decide.State) error {
			s.SystemResult(view.TaskID, status, output, reason)
			return nil
		})
	}
	if err == nil && (view == nil || !r.homes.Mine(id)) {
		r.queue.Remove(queue.Key{Execution: id, Seq: seq}) // where it lives its end does that
	}
	r.again(err, "system task", id, func() { r.outside.run(func() { r.runOutside(id, seq) }) })
}

// Held is the domain in the queue of system tasks whose definition has a limit: they run when the queue hands them out. No
// worker can poll it.
const Held = "\x00held"

// supply begins to take system tasks with a definition from the queue, as its limit allows, unless that has begun.
func (r *Runner) supply(name string) {
	if _, begun := r.held.LoadOrStore(name, true); begun {
		return
	}
	go func() {
		for r.ctx.Err() == nil {
			for _, it := range r.queue.Take(r.ctx, name, Held, poolSize, time.Hour) {
				r.queue.Fly(it)
				r.outside.run(func() { r.runOutside(it.Execution, it.Seq) })
			}
		}
	}()
}

// startChild starts the execution of a SUB_WORKFLOW task, or meets the one that was started before a crash.
func (r *Runner) startChild(id string, seq int) {
	var origin decide.Origin
	var req *workflow.StartRequest
	var problem error
	err := r.View(r.ctx, id, func(s *decide.State) {
		if t := s.TaskBySeq(seq); t != nil && t.Status == workflow.TaskInProgress && t.SubWorkflowID != "" {
			origin = decide.Origin{ID: t.SubWorkflowID, ParentID: id, ParentTaskID: t.ID, Secrets: s.SecretsOf(t)}
			if req, problem = s.ChildRequest(t); req != nil {
				req.Traceparent = r.taskTrace(s, t.ID)
			}
		}
	})
	if err == nil && problem == nil && req != nil {
		problem = r.StartRequest(r.ctx, req, origin, false)
		if errors.Is(problem, errExists) {
			problem = nil
			r.tellIfEnded(origin.ID)
		}
	}
	switch {
	case err == nil && problem != nil && workflow.KindOf(problem) != "" && workflow.KindOf(problem) != workflow.Busy:
		err = r.Step(r.ctx, id, func(s *decide.State) error {
			s.SystemResult(origin.ParentTaskID, workflow.TaskFailed, nil, fmt.Sprintf("Sub workflow could not be started: %s", problem))
			return nil
		})
	case err == nil && problem != nil:
		err = problem
	case err == nil && req != nil:
		// The task may have been cancelled while its child was being started: then nobody else would end the child.
		err = r.View(r.ctx, id, func(s *decide.State) {
			if t := s.TaskBySeq(seq); t == nil || t.Status == workflow.TaskCanceled {
				child, why := origin.ID, orphaned(s)
				r.pool.run(func() { r.endChild(child, why) })
			}
		})
	}
	if err == nil || workflow.KindOf(err) == workflow.NotFound {
		r.births.over(timerKey{id: id, seq: seq})
	}
	r.again(err, "start of a sub-workflow", id, func() { r.startChild(id, seq) })
}

// tellIfEnded tells a parent of a child that ended before.
func (r *Runner) tellIfEnded(child string) {
	var own decide.Outstanding
	err := r.View(r.ctx, child, func(s *decide.State) {
		own.TellParent = s.Status.Terminal()
	})
	if err == nil && own.TellParent {
		r.tell(child, own)
	}
}

func (r *Runner) cancelChild(id string, seq int) {
	var child, why string
	err := r.View(r.ctx, id, func(s *decide.State) {
		if t := s.TaskBySeq(seq); t != nil && t.CancelChild {
			child, why = t.SubWorkflowID, orphaned(s)
		}
	})
	if err == nil && child != "" {
		if err = r.terminateChild(child, why); workflow.KindOf(err) == workflow.NotFound {
			err = nil // it was never started, and the start looks at the task afterwards
		}
	}
	if err == nil {
		err = r.Step(r.ctx, id, func(s *decide.State) error {
			s.ChildCanceled(seq)
			return nil
		})
	}
	r.again(err, "end of a sub-workflow", id, func() { r.cancelChild(id, seq) })
}

// endChild terminates a child that no record tells of any more.
func (r *Runner) endChild(child, why string) {
	r.again(r.terminateChild(child, why), "end of a sub-workflow", child, func() { r.endChild(child, why) })
}

// orphaned says why the children of an execution end with it.
func orphaned(parent *decide.State) string {
	if parent.Reason != "" {
		return "Parent workflow has been terminated with reason: " + parent.Reason
	}
	return "Parent workflow has been terminated with status " + string(parent.Status)
}

func (r *Runner) terminateChild(child, why string) error {
	return r.Step(r.ctx, child, func(s *decide.State) error {
		if s.Status.Terminal() {
			return nil
		}
		return s.Terminate(why)
	})
}

// Told lets the parents of an execution that was made to run again know of it before it returns: whoever is answered after that
// finds them running too. What fails is tried again later.
func (r *Runner) Told(ctx context.Context, id string) {
	for id != "" {
		var own decide.Outstanding
		var parent string
		if err := r.View(ctx, id, func(s *decide.State) { own, parent = s.Outstanding(), s.ParentID }); err != nil {
			return // it is told all the same: the step left a note
		}
		if own.ReviveParent {
			r.tell(id, decide.Outstanding{ReviveParent: true})
		}
		id = parent
	}
}

// tell lets others know of an execution what they must: its parent that it ended or runs again, and the failure workflow.
// Each is safe to repeat, so the note of what is outstanding is cleared afterwards and without hurry.
func (r *Runner) tell(id string, own decide.Outstanding) {
	var parent, task string
	var failure *workflow.StartRequest
	var failureID string
	var begun, ended, rev int64
	err := r.View(r.ctx, id, func(s *decide.State) {
		parent, task, begun, rev = s.ParentID, s.ParentTaskID, s.LastRetried, s.Rev
		if own.StartFailure && s.StartFailure {
			failure, failureID = r.failureRequest(s), s.FailureID()
		}
	})
	if err == nil && own.ReviveParent && parent != "" {
		err = r.Step(r.ctx, parent, func(s *decide.State) error {
			s.ChildRevived(task, id, rev)
			return nil
		})
		if workflow.KindOf(err) == workflow.NotFound { // it has been removed
			err = nil
		}
		// It may have ended since, and the parent may have heard that first: then it has to hear it again.
		own.TellParent = true
	}
	var end decide.ChildEnd
	if err == nil && own.TellParent {
		err = r.View(r.ctx, id, func(s *decide.State) {
			end = decide.ChildEnd{TaskID: task, ID: id, Rev: s.Rev, Def: fmt.Sprintf("%s.%d", s.Name, s.Version), Status: s.Status, Output: s.Output, Reason: s.Reason}
			ended = s.EndTime
		})
	}
	if err == nil && failure != nil {
		if e := r.StartRequest(r.ctx, failure, decide.Origin{ID: failureID}, false); e != nil && !errors.Is(e, errExists) {
			if k := workflow.KindOf(e); k == "" || k == workflow.Busy {
				err = e
			} else {
				err = r.Step(r.ctx, id, func(s *decide.State) error {
					s.FailureStarted(fmt.Sprintf("failure workflow %s could not be started: %s", failure.Name, e))
					return nil
				})
			}
		}
	}
	if err == nil && own.TellParent && parent != "" && end.Status.Terminal() {
		err = r.Step(r.ctx, parent, func(s *decide.State) error {
			s.ChildEnded(end)
			return nil
		})
		if workflow.KindOf(err) == workflow.NotFound {
			err = nil
		}
	}
	if err != nil {
		r.again(err, "news of an execution", id, func() { r.tell(id, own) })
		return
	}
	r.settle(id, own, begun, ended)
}

// settle clears what has been told from the note of what is outstanding: that the execution runs since begun, that it ended at
// ended. What it has done since is other news.
func (r *Runner) settle(id string, told decide.Outstanding, begun, ended int64) {
	e, err := r.open(r.ctx, id)
	if err != nil {
		return
	}
	defer r.cache.release(e, false)
	s := e.state
	if told.TellParent && s.Status.Terminal() && s.EndTime == ended {
		s.TellParent = false
	}
	if told.ReviveParent && s.LastRetried == begun {
		s.ReviveParent = false
	}
	if told.StartFailure {
		s.StartFailure = false
	}
	own := s.Outstanding()
	e.own = &own
	e.lazy = r.commits.addLazy(&store.Change{ID: id, Own: &own})
}

// failureRequest is the start of the failure workflow of an execution that failed.
func (r *Runner) failureRequest(s *decide.State) *workflow.StartRequest {
	in, err := s.Input.Object()
	if err != nil {
		in = map[string]any{}
	}
	in["workflowId"], in["reason"], in["failureStatus"] = s.ID, s.Reason, string(s.Status)
	if s.FailedTaskID != "" {
		in["failureTaskId"] = s.FailedTaskID
	}
	in["failedWorkflow"] = s.Execution(true)
	input, err := workflow.NewPayload(in)
	if err != nil {
		input = nil
	}
	name, version := s.FailureWorkflow()
	return &workflow.StartRequest{Name: name, Version: version, Input: input, CorrelationID: s.CorrelationID, TaskToDomain: s.TaskToDomain, Traceparent: s.Trace}
}

// StartRequest resolves the definition of a request and makes the execution durable with its first step. fresh says that
// the id has just been made, so that no execution can have it.
func (r *Runner) StartRequest(ctx context.Context, req *workflow.StartRequest, o decide.Origin, fresh bool) error {
	def := req.WorkflowDef
	if def == nil {
		version := 0
		if req.Version != nil {
			version = *req.Version
		}
		if def = r.defs.Def(req.Name, version); def == nil {
			return workflow.Errorf(workflow.NotFound, "No such workflow defined. name=%s, version=%s", req.Name, versionText(req.Version))
		}
	}
	plan, err := r.defs.Plan(def)
	if err != nil {
		return err
	}
	if workflow.ValidTraceparent(req.Traceparent) {
		o.Trace = req.Traceparent
	}
	o.Trace = r.observe.Trace(o.Trace, o.ID)
	return r.begin(ctx, plan, req, o, fresh)
}

func versionText(v *int) string {
	if v == nil || *v == 0 {
		return "latest"
	}
	return fmt.Sprint(*v)
}
