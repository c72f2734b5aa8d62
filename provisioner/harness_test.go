package provisioner_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// tb is what the harness needs of *testing.T and *rapid.T.
type tb interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// harness is a control plane around a provisioner: a real engine, a cloud in memory, and calls that go wrong as planned. When
// the provisioner crashes, another one starts, as a new process would.
type harness struct {
	ctx     context.Context
	engine  *engine.Engine
	cloud   *cloudtest.Memory
	peers   *cloudtest.Peers
	control *cloudtest.Control
	log     *buffer
	policy  func(*workflow.TaskDef) // adjusts the registered task policies

	mu    sync.Mutex
	plan  func(call int, name string) cloudtest.Fault
	calls []string
	hook  func(call int) // runs before each call

	erased atomic.Bool // the organization

	ready chan *provisioner.Provisioner // what can be asked right now
	ended sync.WaitGroup
	stop  context.CancelFunc
}

// newHarness opens an engine in dir, "" for memory. The caller must close the harness.
func newHarness(t tb, dir string) *harness {
	t.Helper()
	log := &buffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, stop := context.WithCancel(context.Background())
	e, err := engine.Open(ctx, engine.Config{Dir: dir, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{
		ctx: ctx, stop: stop, engine: e, control: &cloudtest.Control{}, peers: &cloudtest.Peers{}, log: log, ready: make(chan *provisioner.Provisioner, 1),
		plan:   func(int, string) cloudtest.Fault { return cloudtest.None },
		hook:   func(int) {},
		policy: func(*workflow.TaskDef) {},
	}
	h.cloud = &cloudtest.Memory{
		Started: func(id string, n provisioner.Node) { h.control.Register(id, n.JoinToken) },
	}
	return h
}

// peeredCloud is a cloud whose networks can be connected, and which makes copies.
type peeredCloud struct {
	provisioner.Cloud
	provisioner.Backups
	provisioner.Peered
}

// run starts the provisioner and keeps one running until close.
func (h *harness) run(t tb) {
	h.ended.Go(func() {
		for h.ctx.Err() == nil {
			h.live(t, slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		}
	})
}

// live is one life of the provisioner, until it crashes or the harness closes.
func (h *harness) live(t tb, logger *slog.Logger) {
	ctx, die := context.WithCancel(h.ctx)
	defer die()
	var dead atomic.Bool
	faults := &cloudtest.Faults{
		Plan: func(_ int, name string) cloudtest.Fault {
			if dead.Load() {
				return cloudtest.Refuse // a process that is gone calls nothing
			}
			fault := h.next(name)
			if reports(name) && (fault == cloudtest.Refuse || fault == cloudtest.LoseAnswer) {
				return cloudtest.None // the engine is in the same process: they end together
			}
			return fault
		},
		OnCrash: func() { dead.Store(true); die() },
	}
	local := faults.Cloud(h.cloud)
	p, err := provisioner.New(provisioner.Deps{
		Engine:          &mortal{Engine: h.engine, dead: &dead, policy: h.policy, faults: faults},
		Clouds:          map[string]provisioner.Cloud{"local": peeredCloud{local, local.(provisioner.Backups), faults.Peered(h.peers)}, "elsewhere": h.cloud},
		Control:         faults.Control(h.control),
		ControlPlaneURL: "http://control.test", Logger: logger,
	})
	if err != nil {
		t.Errorf("new provisioner: %v", err)
		h.stop()
		return
	}
	p.ServeOrganizations(organizations{h, faults})
	h.ready <- p
	defer func() { <-h.ready }()
	if err := p.Run(ctx); err != nil && !dead.Load() && h.ctx.Err() == nil {
		t.Errorf("run: %v", err)
		h.stop()
	}
}

func (h *harness) next(name string) cloudtest.Fault {
	h.mu.Lock()
	n := len(h.calls)
	h.calls = append(h.calls, name)
	plan, hook := h.plan, h.hook
	h.mu.Unlock()
	hook(n)
	return plan(n, name)
}

func (h *harness) made() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.calls...)
}

func (h *harness) close(t tb) {
	h.stop()
	h.ended.Wait()
	if err := h.engine.Close(); err != nil {
		t.Errorf("close the engine: %v", err)
	}
}

// ask calls the provisioner that lives right now.
func (h *harness) ask(call func(context.Context, *provisioner.Provisioner) error) error {
	select {
	case p := <-h.ready:
		h.ready <- p
		return call(h.ctx, p)
	case <-h.ctx.Done():
		return h.ctx.Err()
	}
}

func spec(id string) provisioner.ClusterSpec {
	return provisioner.ClusterSpec{
		ID: id, Name: "orders", Organization: "acme", Cloud: "local",
		Region: "here", Size: "small", Model: provisioner.Managed, Version: "1", Nodes: 2,
	}
}

func (h *harness) create(t tb, operation, cluster string) {
	t.Helper()
	h.control.Add(cluster)
	h.start(t, operation, provisioner.Request{Kind: provisioner.CreateCluster, Cluster: spec(cluster)})
}

func (h *harness) delete(t tb, operation, cluster string) {
	t.Helper()
	h.start(t, operation, provisioner.Request{Kind: provisioner.DeleteCluster, Cluster: spec(cluster)})
}

func (h *harness) start(t tb, operation string, r provisioner.Request) {
	t.Helper()
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error { return p.Start(ctx, operation, r) })
	if err != nil {
		t.Fatalf("start %s: %v", r.Kind, err)
	}
}

// settle waits until no execution is open, a rollback that has to follow included, and returns the named one.
func (h *harness) settle(t tb, operation string) *workflow.Execution {
	t.Helper()
	return h.settleOr(t, operation, nil)
}

// settleOr waits like settle, but not longer than until there is something in early.
func (h *harness) settleOr(t tb, operation string, early <-chan struct{}) *workflow.Execution {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		e, open := h.open(t, operation)
		if len(open) == 0 {
			return e
		}
		select {
		case <-tick.C:
		case <-early:
			return e
		case <-deadline:
			t.Fatalf("still open: %v; calls %v; log:\n%s", open, h.made(), h.log)
		case <-h.ctx.Done():
			t.Fatal("the provisioner has stopped")
		}
	}
}

func (h *harness) open(t tb, operation string) (*workflow.Execution, []string) {
	all, err := h.engine.Search(h.ctx, engine.Search{Size: 1000})
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	var open []string
	for _, s := range all.Results {
		if !s.Status.Terminal() {
			open = append(open, s.WorkflowType+" "+string(s.Status))
		}
		if undo := h.failureWorkflow(t, s.WorkflowID); undo != "" {
			// It may have started after the search.
			if u, err := h.engine.Execution(h.ctx, undo, false); err != nil || !u.Status.Terminal() {
				open = append(open, "failure workflow of "+s.WorkflowID)
			}
		}
	}
	e, err := h.engine.Execution(h.ctx, operation, true)
	if err != nil {
		t.Fatalf("execution %s: %v", operation, err)
	}
	return e, open
}

func (h *harness) failureWorkflow(t tb, execution string) string {
	e, err := h.engine.Execution(h.ctx, execution, false)
	if err != nil {
		t.Fatalf("execution %s: %v", execution, err)
	}
	var out struct {
		ID string `json:"conductor.failure_workflow"`
	}
	if err := e.Output.Decode(&out); err != nil {
		t.Fatalf("output of %s: %v", execution, err)
	}
	return out.ID
}

// mortal is the engine as one process sees it: once that is dead it changes nothing and hears nothing.
type mortal struct {
	provisioner.Engine
	dead   *atomic.Bool
	policy func(*workflow.TaskDef)
	faults *cloudtest.Faults
}

// report begins the names of calls that hand in the end of a task: each step has one, whatever else it calls.
const report = "Report "

func reports(call string) bool { return strings.HasPrefix(call, report) }

var errDead = errors.New("this process is gone")

// PutTaskDefs takes away the delays between attempts, so that tests do not wait.
func (m *mortal) PutTaskDefs(ctx context.Context, defs []*workflow.TaskDef) error {
	for _, d := range defs {
		d.RetryDelaySeconds, d.BackoffJitterMs = 0, 0
		m.policy(d)
	}
	return m.Engine.PutTaskDefs(ctx, defs)
}

func (m *mortal) Update(ctx context.Context, r *workflow.TaskResult) (*workflow.Task, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	if !r.Status.Terminal() {
		return m.Engine.Update(ctx, r)
	}
	task, err := m.Task(ctx, r.TaskID)
	if err != nil {
		return nil, err
	}
	err = m.faults.Do(report+task.TaskDefName, func() (err error) {
		task, err = m.Engine.Update(ctx, r)
		return err
	})
	return task, err
}

func (m *mortal) Terminate(ctx context.Context, id, reason string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Engine.Terminate(ctx, id, reason)
}

// buffer collects log lines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// opened returns a running harness that closes with the test.
func opened(t *testing.T, dir string) *harness {
	t.Helper()
	h := newHarness(t, dir)
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	return h
}
