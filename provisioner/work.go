package provisioner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

const (
	workerID = "provisioner"
	// parallel bounds the running attempts of one activity: starting many data planes at once makes each of them late.
	parallel = 8
	// pollWait is only how often an idle poll comes back to its loop; a task arrives at once.
	pollWait = 30 * time.Second
	// pause follows an engine that answers with an error.
	pause = time.Second
)

// errOver says that the execution has ended and nothing is to be done or reported any more.
var errOver = errors.New("the execution is over")

// Run registers the workflows, takes up what a former process left unfinished, and executes activities until ctx ends;
// then it returns nil after the running ones have returned. Tasks cut short are taken up by the next Run.
func (p *Provisioner) Run(ctx context.Context) error {
	if err := p.registerDefs(ctx); err != nil {
		return fmt.Errorf("provisioner: %w", err)
	}
	if err := p.takeUp(ctx); err != nil {
		return fmt.Errorf("provisioner: take up unfinished tasks: %w", err)
	}
	p.register.Do(func() { close(p.registered) })
	var loops sync.WaitGroup
	for _, a := range p.activities() {
		loops.Go(func() { p.work(ctx, a) })
	}
	loops.Wait()
	return nil
}

// takeUp offers the tasks again that were in the hands of a process that is gone. Without it each would wait for its
// response timeout and lose an attempt.
func (p *Provisioner) takeUp(ctx context.Context) error {
	const query = "status IN (RUNNING,PAUSED)" // the engine has no other executions
	for start := 0; ; {
		page, err := p.engine.Search(ctx, engine.Search{Query: query, Sort: "startTime:ASC", Start: start, Size: 1000})
		if err != nil {
			return err
		}
		for _, s := range page.Results {
			if err := p.offerAgain(ctx, s.WorkflowID); err != nil {
				return err
			}
		}
		start += len(page.Results)
		if len(page.Results) == 0 || int64(start) >= page.Total {
			return nil
		}
	}
}

func (p *Provisioner) offerAgain(ctx context.Context, execution string) error {
	e, err := p.engine.Execution(ctx, execution, true)
	if err != nil {
		return err
	}
	for _, t := range e.Tasks {
		if t.Status != workflow.TaskInProgress || t.WorkerID != workerID {
			continue
		}
		p.log.InfoContext(ctx, "take up an interrupted task", "execution", execution, "task", t.ReferenceTaskName)
		_, err := p.engine.Update(ctx, &workflow.TaskResult{
			WorkflowInstanceID: execution, TaskID: t.TaskID, WorkerID: workerID, Status: workflow.TaskInProgress,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// work executes the tasks of one activity until ctx ends.
func (p *Provisioner) work(ctx context.Context, a activity) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, parallel)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		tasks, err := p.engine.Poll(ctx, engine.PollRequest{TaskType: a.name, WorkerID: workerID, Count: 1, Wait: pollWait})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.log.ErrorContext(ctx, "poll for tasks", "activity", a.name, "error", err)
			wait(ctx, pause)
		case len(tasks) > 0:
			running.Go(func() {
				defer func() { <-slots }()
				p.perform(ctx, a, tasks[0])
			})
			continue
		}
		<-slots
	}
}

// perform runs one attempt and reports its result.
func (p *Provisioner) perform(ctx context.Context, a activity, t *workflow.Task) {
	log := p.log.With("activity", a.name, "execution", t.WorkflowInstanceID, "attempt", t.RetryCount)
	out, err := p.attempt(ctx, a, t)
	res := &workflow.TaskResult{
		WorkflowInstanceID: t.WorkflowInstanceID, TaskID: t.TaskID, WorkerID: workerID, Status: workflow.TaskCompleted,
	}
	switch {
	case ctx.Err() != nil: // not a failure of the task: the next Run takes it up
		return
	case errors.Is(err, errOver):
		log.InfoContext(ctx, "drop a task", "cause", err)
		return
	case AsPending(err) != nil:
		postpone(res, AsPending(err))
		log.DebugContext(ctx, "task sleeps", "cause", err)
	case err != nil:
		log.WarnContext(ctx, "task failed", "error", err)
		res.Status, res.ReasonForIncompletion = workflow.TaskFailed, err.Error()
		if IsPermanent(err) {
			res.Status = workflow.TaskFailedTerminal
		}
	default:
		log.DebugContext(ctx, "task completed")
		if res.OutputData, err = workflow.NewPayload(out); err != nil {
			res.Status, res.ReasonForIncompletion = workflow.TaskFailedTerminal, "encode output: "+err.Error()
		}
	}
	p.report(ctx, log, res)
}

// postpone lets the task sleep: nobody works on it until it is offered again. What is waited for can be read in its output.
func postpone(res *workflow.TaskResult, p *Pending) {
	res.Status, res.ReasonForIncompletion = workflow.TaskInProgress, p.Reason
	res.CallbackAfterSeconds = max(1, int64((p.After+time.Second-1)/time.Second))
	out, err := workflow.NewPayload(output{Waiting: p.Reason, WaitingOnCustomer: p.Customer})
	if err == nil {
		res.OutputData = out
	}
}

// attempt runs the activity within the task's response timeout, with the cluster to itself if it wants that.
func (p *Provisioner) attempt(ctx context.Context, a activity, t *workflow.Task) (out output, err error) {
	defer func() {
		if r := recover(); r != nil { // a panic would repeat after each restart and keep the control plane down
			p.log.ErrorContext(ctx, "activity panicked", "activity", a.name, "panic", r, "stack", string(debug.Stack()))
			out, err = nil, Permanent(errors.New("internal error"))
		}
	}()
	var in struct {
		Cluster ClusterSpec `json:"cluster"`
	}
	if err := t.InputData.Decode(&in); err != nil {
		return nil, Permanent(fmt.Errorf("cluster: %w", err))
	}
	// The result must reach the engine before the task times out there.
	ctx, cancel := context.WithTimeout(ctx, time.Duration(t.ResponseTimeoutSeconds)*time.Second*4/5)
	defer cancel()
	ctx, stop := p.whileOpen(WithOperation(ctx, t.WorkflowInstanceID), t.WorkflowInstanceID)
	defer stop()
	if a.alone {
		release, err := p.claims.acquire(ctx, in.Cluster.ID, t.WorkflowInstanceID)
		if err != nil {
			return nil, fmt.Errorf("wait for other work on the cluster: %w", err)
		}
		defer release()
		if err := p.check(ctx, t, in.Cluster.ID); err != nil {
			return nil, err
		}
	}
	out, err = a.run(ctx, job{task: t, cluster: in.Cluster})
	if errors.Is(context.Cause(ctx), errOver) {
		return nil, errOver
	}
	return out, err
}

// whileOpen returns a context that ends with the execution, with errOver as its cause. The caller must call stop.
func (p *Provisioner) whileOpen(parent context.Context, execution string) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	changes := p.engine.Watch(ctx, execution)
	go func() {
		for c := range changes {
			if c.Status.Terminal() {
				cancel(errOver)
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// check makes sure, with the cluster in hand, that the task may still act: it is open, and its execution is not one that
// has to yield to a deletion. Who deletes waits for the cluster, so an answer of yes holds until the activity returns.
func (p *Provisioner) check(ctx context.Context, t *workflow.Task, cluster string) error {
	now, err := p.engine.Task(ctx, t.TaskID)
	if err != nil {
		return fmt.Errorf("look at the task: %w", err)
	}
	if now.Status.Terminal() {
		return errOver
	}
	for _, deletion := range []string{deleteWorkflow, forceWorkflow} {
		if rank(t.WorkflowType) >= rank(deletion) || t.WorkflowType == undoDeleteWorkflow {
			continue
		}
		deletions, err := p.engine.Correlated(ctx, deletion, cluster, true, false)
		if err != nil {
			return fmt.Errorf("look for a deletion: %w", err)
		}
		if !slices.ContainsFunc(deletions, func(e *workflow.Execution) bool { return !called(e) }) {
			continue
		}
		if err := p.endOther(ctx, t.WorkflowInstanceID); err != nil {
			return err
		}
		return errOver
	}
	return nil
}

// called reports whether a deletion was called off: the cluster lives on.
func called(e *workflow.Execution) bool { return e.Status == workflow.Terminated }

// report hands in a result. One that cannot be handed in is left to the task's response timeout.
func (p *Provisioner) report(ctx context.Context, log *slog.Logger, res *workflow.TaskResult) {
	for delay := pause / 10; ; delay *= 2 {
		_, err := p.engine.Update(ctx, res)
		if err == nil || ctx.Err() != nil {
			return
		}
		log.ErrorContext(ctx, "report a task", "error", err)
		if delay > 2*pause {
			return
		}
		wait(ctx, delay)
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
