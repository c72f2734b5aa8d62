package runner

import (
	"context"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// births are the children that records of their parents name and that are about to begin: a parent's step is durable, and may
// be seen, before its child is. Whoever asks for such a child waits for it. The zero value is ready.
type births struct {
	mu    sync.Mutex
	tasks map[timerKey]string      // the child of each SUB_WORKFLOW task
	ahead map[string]chan struct{} // by child; closed when it has begun, or will not
}

// expect says that a task's child is about to begin. It comes before anybody can see the task.
func (b *births) expect(task timerKey, child string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tasks[task] == child {
		return
	}
	b.end(task) // it begins another one now
	if b.tasks == nil {
		b.tasks, b.ahead = map[timerKey]string{}, map[string]chan struct{}{}
	}
	b.tasks[task], b.ahead[child] = child, make(chan struct{})
}

// over says that a task's child has begun, or will not.
func (b *births) over(task timerKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(task)
}

func (b *births) end(task timerKey) {
	if child, ok := b.tasks[task]; ok {
		close(b.ahead[child])
		delete(b.ahead, child)
		delete(b.tasks, task)
	}
}

// beginning are the children that a step has begin, by the tasks that they are of.
func beginning(s *decide.State, ch *decide.Changes) (children map[timerKey]string) {
	for _, t := range ch.Tasks {
		if t.Type == workflow.TypeSubWorkflow && t.Status == workflow.TaskInProgress && t.SubWorkflowID != "" {
			if children == nil {
				children = map[timerKey]string{}
			}
			children[timerKey{id: s.ID, seq: t.Seq}] = t.SubWorkflowID
		}
	}
	return children
}

// birthWait bounds how long anybody waits for a child that cannot be begun at present.
const birthWait = 10 * time.Second

// Born waits for an execution that was not found when it is a child that is about to begin. It reports whether it is worth
// looking again; its error is ctx's, or that the runner stops.
func (r *Runner) Born(ctx context.Context, id string) (bool, error) {
	r.births.mu.Lock()
	begun := r.births.ahead[id]
	r.births.mu.Unlock()
	if begun == nil {
		return false, nil
	}
	bound := time.NewTimer(birthWait)
	defer bound.Stop()
	select {
	case <-begun:
		return true, nil
	case <-bound.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-r.ctx.Done():
		return false, r.ctx.Err()
	}
}
