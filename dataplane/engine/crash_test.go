package engine

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// acked is what callers were told.
type acked struct {
	mu    sync.Mutex
	ids   []string          // started executions
	tasks map[string]string // completed tasks, with their executions
}

// TestCrashLosesNothingAcknowledged runs load over a file system that can lose everything that was not synced, crashes at
// random moments, and proves after each that whatever a caller was told is there, and that nothing stands still.
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			fs := vfs.NewCrashableMem()
			told := &acked{tasks: map[string]string{}}
			for range 3 {
				e := openOn(t, fs)
				if told.ids == nil {
					define(t, e)
				}
				ctx, cancel := context.WithCancel(t.Context())
				var load sync.WaitGroup
				for range 6 {
					load.Add(2)
					go func() { defer load.Done(); told.start(ctx, e) }()
					go func() { defer load.Done(); told.work(ctx, e) }()
				}
				told.until(t, 5)
				time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond) //nolint:forbidigo // the moment of the crash is what is random here
				told.mu.Lock()                                                // what is acknowledged after this moment does not count
				before := told.mark()
				next := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(100), RNG: random})
				told.mu.Unlock()
				cancel()
				load.Wait()
				e.Close()
				fs, told = next, before
			}
			e := openOn(t, fs)
			defer e.Close()
			told.check(t, e)
			told.drain(t, e)
		})
	}
}

func openOn(t *testing.T, fs vfs.FS) *Engine {
	t.Helper()
	s, err := embedded.OpenFS("store", fs, func(err error) { t.Errorf("the store is broken: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	e, err := open(t.Context(), Config{}, Shared{Store: s, Queue: memoryQueue})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func define(t *testing.T, e *Engine) {
	t.Helper()
	def := &workflow.Def{}
	if err := def.UnmarshalJSON([]byte(`{"name":"wf","tasks":[{"name":"a","taskReferenceName":"a","type":"SIMPLE"},
		{"name":"f","taskReferenceName":"f","type":"FORK_JOIN","forkTasks":[[{"name":"a","taskReferenceName":"b","type":"SIMPLE"}],[{"name":"s","taskReferenceName":"s","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"sub"}}]]},
		{"name":"j","taskReferenceName":"j","type":"JOIN","joinOn":["b","s"]}]}`)); err != nil {
		t.Fatal(err)
	}
	sub := &workflow.Def{}
	if err := sub.UnmarshalJSON([]byte(`{"name":"sub","tasks":[{"name":"a","taskReferenceName":"c","type":"SIMPLE"}]}`)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*workflow.Def{sub, def} {
		if err := e.PutWorkflowDef(t.Context(), d, true); err != nil {
			t.Fatal(err)
		}
	}
	// A worker that dies with a task is noticed soon, so that a task handed out before a crash comes back.
	task := workflow.DefaultTaskDef("a")
	task.ResponseTimeoutSeconds, task.RetryDelaySeconds, task.RetryCount = 1, 0, 100
	if err := e.PutTaskDefs(t.Context(), []*workflow.TaskDef{task}); err != nil {
		t.Fatal(err)
	}
}

func (a *acked) start(ctx context.Context, e *Engine) {
	for ctx.Err() == nil {
		if id, err := e.Start(ctx, &workflow.StartRequest{Name: "wf"}); err == nil {
			a.mu.Lock()
			a.ids = append(a.ids, id)
			a.mu.Unlock()
		}
	}
}

func (a *acked) work(ctx context.Context, e *Engine) {
	for ctx.Err() == nil {
		tasks, err := e.Poll(ctx, PollRequest{TaskType: "a", Count: 5, Wait: 20 * time.Millisecond})
		if err != nil {
			return
		}
		for _, task := range tasks {
			done, err := e.Update(ctx, &workflow.TaskResult{TaskID: task.TaskID, WorkflowInstanceID: task.WorkflowInstanceID, Status: workflow.TaskCompleted, OutputData: workflow.Payload(`{"ok":true}`)})
			if err == nil && done.Status == workflow.TaskCompleted { // on a slow machine the task may have timed out before
				a.mu.Lock()
				a.tasks[task.TaskID] = task.WorkflowInstanceID
				a.mu.Unlock()
			}
		}
	}
}

// until waits for more tasks to be acknowledged.
func (a *acked) until(t *testing.T, more int) {
	t.Helper()
	count := func() int {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.tasks)
	}
	for want := count() + more; count() < want; {
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("no task is acknowledged")
		}
	}
}

// mark returns a copy of what has been acknowledged so far.
func (a *acked) mark() *acked {
	return &acked{ids: slices.Clone(a.ids), tasks: maps.Clone(a.tasks)}
}

// check proves that everything acknowledged is there.
func (a *acked) check(t *testing.T, e *Engine) {
	t.Helper()
	if len(a.ids) == 0 || len(a.tasks) == 0 {
		t.Fatalf("nothing happened before the crash: %d starts, %d tasks", len(a.ids), len(a.tasks))
	}
	for _, id := range a.ids {
		if _, err := e.Execution(t.Context(), id, true); err != nil {
			t.Errorf("acknowledged execution: %v", err)
		}
	}
	for id := range a.tasks {
		task, err := e.Task(t.Context(), id)
		if err != nil || task.Status != workflow.TaskCompleted || task.OutputData.String() != `{"ok":true}` {
			t.Errorf("acknowledged task %s: %+v, %v", id, task, err)
		}
	}
}

// drain works until no execution is open any more.
func (a *acked) drain(t *testing.T, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var workers sync.WaitGroup
	changes := e.Watch(ctx, "")
	workCtx, stop := context.WithCancel(ctx)
	for range 4 {
		workers.Go(func() { ; (&acked{tasks: map[string]string{}}).work(workCtx, e) })
	}
	for {
		counts, err := e.Counts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if counts[workflow.Running] == 0 {
			if counts[workflow.Completed] < int64(len(a.ids)) || len(counts) != 1 {
				t.Errorf("counts: %v, %d acknowledged", counts, len(a.ids))
			}
			break
		}
		if _, ok := <-changes; !ok {
			t.Fatalf("executions stand still: %v, queues %+v", counts, e.Queues())
		}
	}
	stop()
	workers.Wait()
}
