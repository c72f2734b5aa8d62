package decide

import (
	"fmt"
	"slices"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Origin says where an execution comes from, beside its request.
type Origin struct {
	ID           string
	ParentID     string
	ParentTaskID string
	Trace        string   // W3C traceparent, "" without one
	Secrets      []string // that the starter may use: references to them in the input are good
}

// Start makes an execution and runs its first step.
func Start(env *Env, plan *Plan, req *workflow.StartRequest, o Origin) (*State, error) {
	s := newState(plan, env.TaskDef)
	s.env = env
	input, err := s.startInput(req.Input)
	if err != nil {
		return nil, err
	}
	vars, err := workflow.NewPayload(plan.Def.Variables)
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "variables: %v", err)
	}
	if err := s.checkInput(plan, input); err != nil {
		return nil, err
	}
	s.Header = Header{
		ID: o.ID, Plan: plan.Hash, Name: plan.Def.Name, Version: plan.Def.Version, Status: workflow.Running,
		CreateTime: env.Now, UpdateTime: env.Now, ParentID: o.ParentID, ParentTaskID: o.ParentTaskID,
		CorrelationID: req.CorrelationID, TaskToDomain: req.TaskToDomain, Priority: req.Priority, Event: req.Event,
		IdempotencyKey: req.IdempotencyKey, CreatedBy: req.CreatedBy, Trace: o.Trace, Secrets: o.Secrets,
	}
	s.Input, s.Variables = input, vars
	s.changes = Changes{Header: true, Plan: true, Input: len(input) > 0, Variables: len(vars) > 0, Status: true}
	s.enter()
	if err := s.rejected(); err != nil {
		return nil, err
	}
	return s, nil
}

// startInput lays the input over the definition's template. As in Conductor, an empty input stays empty, and a null counts as
// nothing given.
func (s *State) startInput(in workflow.Payload) (workflow.Payload, error) {
	if len(in) > s.maxPayload() {
		return nil, workflow.Errorf(workflow.TooLarge, "input is larger than %d bytes", s.maxPayload())
	}
	if len(in) == 0 || len(s.plan.Def.InputTemplate) == 0 {
		return in, nil
	}
	obj, err := in.Object()
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "input: %v", err)
	}
	for key, standard := range s.plan.Def.InputTemplate {
		if obj[key] == nil {
			obj[key] = standard
		}
	}
	return workflow.NewPayload(obj)
}

// enter schedules the first task, when there is a place for the execution.
func (s *State) enter() {
	if s.takePlace() {
		s.first()
	}
}

func (s *State) first() {
	if s.plan.first == nil {
		s.terminate(workflow.Failed, "No tasks found to be executed", nil, nil)
		return
	}
	s.schedule(s.plan.first, s.top)
	s.advance()
}

// Pause stops the flow after what is in progress. A paused execution is left alone.
func (s *State) Pause() error {
	if s.Status.Terminal() {
		return s.conflict("pause")
	}
	if s.Status == workflow.Running {
		s.setStatus(workflow.Paused)
	}
	return nil
}

// Resume lets a paused execution go on.
func (s *State) Resume() error {
	if s.Status != workflow.Paused {
		return workflow.Errorf(workflow.Conflict, "The workflow %s is not PAUSED so cannot resume. Current status is %s", s.ID, s.Status)
	}
	s.LastRetried = s.env.Now
	s.setStatus(workflow.Running)
	if s.Held {
		s.enter()
	}
	s.advance()
	return nil
}

// Terminate ends the execution by command; no failure workflow runs. A terminated execution is left alone.
func (s *State) Terminate(reason string) error {
	switch s.Status {
	case workflow.Completed:
		return s.conflict("terminate")
	case workflow.Terminated:
		return nil
	}
	out := s.finalOutput()
	s.cancelOpen(reason)
	s.StartFailure = false
	s.finish(workflow.Terminated, reason, out)
	return nil
}

func (s *State) conflict(verb string) error {
	return workflow.Errorf(workflow.Conflict, "Workflow %s is %s: it cannot %s", s.ID, s.Status, verb)
}

// reopen lets an ended execution run again.
func (s *State) reopen() {
	s.Reason, s.EndTime, s.FailedTaskID = "", 0, ""
	s.FailedRefs, s.FailedNames = nil, nil
	s.TellParent, s.StartFailure = false, false
	s.ReviveParent = s.ParentID != ""
	s.LastRetried = s.env.Now
	s.Output, s.objects.output = nil, nil
	s.changes.Output = true
	s.setStatus(workflow.Running)
}

// Retry makes new attempts of what failed, with what is done kept.
func (s *State) Retry() error {
	if !s.Status.Terminal() {
		return workflow.Errorf(workflow.NotFound, "Workflow %s is still running. status=%s", s.ID, s.Status)
	}
	failed := s.Failed()
	if s.Status == workflow.Completed || len(failed) == 0 && s.Status != workflow.TimedOut {
		return workflow.Errorf(workflow.Conflict, "There are no retryable tasks in workflow %s. Use restart if you want to attempt entire workflow execution again.", s.ID)
	}
	s.reopen()
	s.again(failed, nil)
	return nil
}

// Failed returns the tasks that stand in the way of success: of each reference the last attempt, when it did not succeed.
func (s *State) Failed() []*Task {
	var out []*Task
	for _, t := range s.latest {
		if t.Status.Terminal() && !t.Status.Successful() && !t.Retried {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *Task) int { return a.Seq - b.Seq })
	return out
}

// again runs failed tasks anew: operators that wait go on in place, others get a new attempt. The state is rebuilt in
// between, so that every count is right whatever the records were. more is scheduled after that.
func (s *State) again(failed []*Task, more func()) {
	var attempts, fresh []*Task
	for _, t := range failed {
		switch t.Type {
		case workflow.TypeJoin, workflow.TypeExclusiveJoin, workflow.TypeDoWhile:
			s.reuse(t)
		case workflow.TypeSwitch, workflow.TypeDecision, workflow.TypeFork, workflow.TypeDynamic:
			s.drop(t)
			fresh = append(fresh, t)
		default:
			attempts = append(attempts, s.attempt(t))
		}
	}
	s.rebuild()
	for _, t := range fresh {
		s.schedule(t.node, s.scopeOf(t.Loop, t.LoopIteration))
	}
	for _, t := range attempts {
		t.node = s.byID[t.RetriedID].node
		s.launch(t)
	}
	if more != nil {
		more()
	}
	s.advance()
}

// reuse puts an ended record back in progress.
func (s *State) reuse(t *Task) {
	t.Status, t.End, t.Reason, t.Update = workflow.TaskInProgress, 0, "", s.env.Now
	t.Executed, t.Retried, t.CancelChild = false, false, false
	if t.Type != workflow.TypeSubWorkflow {
		t.Output, t.outputObj = nil, nil
	}
	s.touch(t)
}

// Restart runs an ended execution from its beginning, with a plan that may be newer.
func (s *State) Restart(plan *Plan) error {
	if !s.Status.Terminal() {
		return workflow.Errorf(workflow.Conflict, "Workflow: %s is still running (%s): it cannot be restarted", s.ID, s.Status)
	}
	if s.Status == workflow.Completed && !s.plan.Def.Restartable {
		return workflow.Errorf(workflow.NotFound, "Workflow: %s is non-restartable", s.ID)
	}
	if err := s.checkInput(plan, s.Input); err != nil {
		return err
	}
	s.plan = plan
	s.Header.Plan, s.Name, s.Version = plan.Hash, plan.Def.Name, plan.Def.Version
	s.changes.Plan = true
	s.startOver()
	return nil
}

func (s *State) startOver() {
	for _, t := range s.Tasks() {
		s.drop(t)
	}
	s.reopen()
	s.LastRetried, s.CreateTime = 0, s.env.Now
	s.reset()
	s.enter()
}

// Skip marks a task that the flow has not reached as done; it goes on past it.
func (s *State) Skip(ref string, r *workflow.SkipRequest) error {
	if s.Status != workflow.Running {
		return workflow.Errorf(workflow.Conflict, "The workflow %s is not running so the task referenced by %s cannot be skipped", s.ID, ref)
	}
	n := s.nodeOf(ref)
	if n == nil {
		return workflow.Errorf(workflow.NotFound, "The task referenced by %s does not exist in the WorkflowDefinition %s", ref, s.Name)
	}
	if s.latest[ref] != nil || s.base[ref] != nil {
		return workflow.Errorf(workflow.Conflict, "The task referenced by %s has already been processed, cannot be skipped", ref)
	}
	s.skip(n, s.top, r.TaskInput, r.TaskOutput)
	return nil
}

func (s *State) skip(n *node, sc *scope, in, out workflow.Payload) {
	t := s.record(n, sc)
	t.Status, t.Input, t.Output = workflow.TaskSkipped, in, out
	t.Start, t.End = s.env.Now, s.env.Now
	s.add(t)
}

// ResetCallbacks makes every delayed worker task available now.
func (s *State) ResetCallbacks() error {
	if s.Status.Terminal() {
		return s.conflict("reset callbacks")
	}
	for _, t := range s.tasks {
		if t != nil && t.Status == workflow.TaskScheduled && worker(t.Type) && (t.CallbackAfter > 0 || t.Available > s.env.Now) {
			t.CallbackAfter, t.Available = 0, 0
			s.touch(t)
		}
	}
	return nil
}

// SetVariables lays values over the execution's variables.
func (s *State) SetVariables(p workflow.Payload) error {
	if s.Status.Terminal() {
		return s.conflict("change variables")
	}
	obj, err := p.Object()
	if err != nil {
		return workflow.Errorf(workflow.Invalid, "variables: %v", err)
	}
	all, err := workflow.NewPayload(merged(s.variables(), obj))
	if err != nil {
		return fmt.Errorf("encode variables: %w", err)
	}
	if len(all) > maxVariables {
		return workflow.Errorf(workflow.TooLarge, "the variables would be larger than %d bytes", maxVariables)
	}
	s.replaceVariables(all)
	return nil
}

// ParentTold notes that the parent knows what it had to be told.
func (s *State) ParentTold(ended bool) {
	if ended {
		s.TellParent = false
	} else {
		s.ReviveParent = false
	}
	s.changes.Header = true
}

// FailureStarted notes that the failure workflow runs; a reason says why it could not be started.
func (s *State) FailureStarted(problem string) {
	s.StartFailure = false
	s.changes.Header = true
	if problem != "" {
		if obj, err := s.Output.Object(); err == nil {
			obj["conductor.failure_workflow"] = problem
			s.Output, _ = workflow.NewPayload(obj)
			s.changes.Output = true
		}
	}
}

// ChildCanceled notes that a cancelled task's child has been terminated.
func (s *State) ChildCanceled(seq int) {
	if t := s.TaskBySeq(seq); t != nil && t.CancelChild {
		t.CancelChild = false
		s.touch(t)
	}
}
