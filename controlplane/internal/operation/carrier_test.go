package operation_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
)

// journal is the part of the store that a carrier uses, with faults.
type journal struct {
	mu      sync.Mutex
	records map[string]operation.Record
	endErrs []error // answers of EndOperation before it works
	entries []audit.Entry
}

func (j *journal) RunningOperations(context.Context) ([]operation.Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []operation.Record
	for _, r := range j.records {
		if r.State == operation.Running {
			list = append(list, r)
		}
	}
	return list, nil
}

func (j *journal) EndOperation(_ context.Context, r operation.Record, e audit.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.endErrs) > 0 {
		err := j.endErrs[0]
		j.endErrs = j.endErrs[1:]
		return err
	}
	j.records[r.ID] = r
	j.entries = append(j.entries, e)
	return nil
}

func (j *journal) Operation(_ context.Context, id string) (operation.Record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, found := j.records[id]
	if !found {
		return r, problem.Missing("operation")
	}
	return r, nil
}

func (j *journal) Operations(context.Context, string, int) ([]operation.Record, error) {
	return nil, nil
}

// starter starts real executions, with faults.
type starter struct {
	engine *engine.Engine
	mu     sync.Mutex
	errs   []error // answers before it works
	starts int
}

func (s *starter) Start(ctx context.Context, id string, r provisioner.Request) error {
	s.mu.Lock()
	s.starts++
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		s.mu.Unlock()
		return err
	}
	s.mu.Unlock()
	input, err := workflow.NewPayload(map[string]string{"cluster": r.Cluster.ID})
	if err != nil {
		return err
	}
	return s.engine.StartWithID(ctx, id, &workflow.StartRequest{Name: "create", Input: input})
}

// Cancel does as the provisioner: it ends the execution, and then starts the one that undoes it.
func (s *starter) Cancel(ctx context.Context, id string, _ provisioner.Request, reason string) (bool, error) {
	if err := s.engine.Terminate(ctx, id, reason); err != nil {
		return false, err
	}
	return true, s.engine.StartWithID(ctx, provisioner.UndoID(id), &workflow.StartRequest{Name: "undo"})
}

// bench is a carrier on a real engine with one definition: a task, and a failure workflow that undoes it.
type bench struct {
	engine  *engine.Engine
	journal *journal
	starter *starter
	hub     *notify.Hub
	carrier *operation.Carrier
	viewer  *operation.Viewer
}

func setup(t *testing.T) *bench {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.PutTaskDefs(t.Context(), []*workflow.TaskDef{workflow.DefaultTaskDef("make")}); err != nil {
		t.Fatal(err)
	}
	for _, def := range []*workflow.Def{
		{
			Name: "create", Version: 1, SchemaVersion: 2, TimeoutPolicy: workflow.PolicyAlertOnly, FailureWorkflow: "undo",
			Tasks: []*workflow.DefTask{{Name: "make", TaskReferenceName: "node", Description: "Make it", Type: workflow.TypeSimple}},
		},
		{
			Name: "undo", Version: 1, SchemaVersion: 2, TimeoutPolicy: workflow.PolicyAlertOnly,
			Tasks: []*workflow.DefTask{{Name: "unmake", TaskReferenceName: "node", Type: workflow.TypeSimple}},
		},
	} {
		if err := e.PutWorkflowDef(t.Context(), def, true); err != nil {
			t.Fatal(err)
		}
	}
	b := &bench{engine: e, journal: &journal{records: map[string]operation.Record{}}, starter: &starter{engine: e}, hub: &notify.Hub{}}
	b.viewer = operation.NewViewer(b.journal, e)
	b.renew()
	return b
}

// renew makes another carrier, as a new start of the process does.
func (b *bench) renew() {
	b.carrier = operation.NewCarrier(operation.CarrierDeps{
		Journal: b.journal, Engine: b.engine, Provisioner: b.starter, Hub: b.hub, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
}

// run runs the carrier until the test or the returned function ends it.
func (b *bench) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.carrier.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("carrier: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (b *bench) store() operation.Record {
	r := operation.Record{ID: "op_1", OrganizationID: "org_1", Kind: provisioner.CreateCluster, State: operation.Running, ClusterID: "clu_1"}
	b.journal.mu.Lock()
	defer b.journal.mu.Unlock()
	b.journal.records[r.ID] = r
	return r
}

// finish takes a task when it is there and ends it.
func (b *bench) finish(t *testing.T, taskType string, s workflow.TaskStatus) {
	t.Helper()
	tasks, err := b.engine.Poll(t.Context(), engine.PollRequest{TaskType: taskType, WorkerID: "w", Wait: time.Minute})
	if err != nil || len(tasks) != 1 {
		t.Fatalf("poll %s: %v, %v", taskType, tasks, err)
	}
	_, err = b.engine.Update(t.Context(), &workflow.TaskResult{
		WorkflowInstanceID: tasks[0].WorkflowInstanceID, TaskID: tasks[0].TaskID, Status: s, ReasonForIncompletion: "no disk",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// await waits until the viewer shows what the test wants.
func (b *bench) await(t *testing.T, what string, want func(o operation.Operation) bool) operation.Operation {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	wake := b.hub.Watch(ctx, notify.Operation("op_1"))
	for {
		o, err := b.viewer.Get(ctx, "op_1")
		if err != nil {
			t.Fatal(err)
		}
		if want(o) {
			return o
		}
		select {
		case <-wake:
		case <-ctx.Done():
			t.Fatalf("%s: still %+v", what, o)
		}
	}
}

func ended(o operation.Operation) bool { return o.State != operation.Running }

func TestCarrier_CarriesAnOperationToItsEnd(t *testing.T) {
	b := setup(t)
	b.run(t)
	b.carrier.Submit(b.store())
	b.await(t, "the step runs", func(o operation.Operation) bool {
		return len(o.Steps) == 1 && o.Steps[0].State == operation.StepRunning
	})
	b.finish(t, "make", workflow.TaskCompleted)
	o := b.await(t, "the operation ends", ended)
	if o.State != operation.Succeeded || o.EndedAt.IsZero() || o.Steps[0].State != operation.StepSucceeded {
		t.Errorf("ended as %+v", o)
	}
	if len(b.journal.entries) != 1 || b.journal.entries[0].Organization != "org_1" {
		t.Errorf("audit entries are %+v", b.journal.entries)
	}
}

func TestCarrier_WaitsForTheRollback(t *testing.T) {
	b := setup(t)
	b.run(t)
	b.carrier.Submit(b.store())
	b.finish(t, "make", workflow.TaskFailedTerminal)
	o := b.await(t, "the step fails", func(o operation.Operation) bool {
		return len(o.Steps) == 1 && o.Steps[0].State == operation.StepFailed
	})
	if o.State != operation.Running {
		t.Errorf("the operation is %s before its rollback has ended", o.State)
	}
	b.finish(t, "unmake", workflow.TaskCompleted)
	o = b.await(t, "the operation ends", ended)
	if o.State != operation.Failed || o.Steps[0].State != operation.StepUndone || o.Reason != "Make it: no disk" {
		t.Errorf("ended as %+v", o)
	}
}

func TestCarrier_InsistsThroughFaults(t *testing.T) {
	b := setup(t)
	b.starter.errs = []error{errors.New("the engine is busy")}
	b.journal.endErrs = []error{errors.New("the database is away")}
	b.run(t)
	b.carrier.Submit(b.store())
	b.finish(t, "make", workflow.TaskCompleted)
	if o := b.await(t, "the operation ends", ended); o.State != operation.Succeeded {
		t.Errorf("ended as %+v", o)
	}
}

func TestCarrier_FailsWhatTheProvisionerRefuses(t *testing.T) {
	b := setup(t)
	b.starter.errs = []error{workflow.Errorf(workflow.Invalid, "cloud: is unknown")}
	b.run(t)
	b.carrier.Submit(b.store())
	if o := b.await(t, "the operation ends", ended); o.State != operation.Failed || o.Reason != "cloud: is unknown" {
		t.Errorf("ended as %+v", o)
	}
}

// TestCarrier_TakesUpWhatHasNotEnded is a process that dies after the commit and before the start, and one that dies later.
func TestCarrier_TakesUpWhatHasNotEnded(t *testing.T) {
	b := setup(t)
	r := b.store()
	stop := b.run(t)
	b.await(t, "it is started without being submitted", func(o operation.Operation) bool { return len(o.Steps) == 1 })
	stop()
	b.renew()
	b.run(t)
	b.carrier.Submit(r) // in the journal and submitted: carried once
	b.finish(t, "make", workflow.TaskCompleted)
	if o := b.await(t, "the operation ends", ended); o.State != operation.Succeeded {
		t.Errorf("ended as %+v", o)
	}
	if b.starter.starts != 2 || len(b.journal.entries) != 1 {
		t.Errorf("%d starts and %d ends, want one start by each carrier and one end", b.starter.starts, len(b.journal.entries))
	}
}
