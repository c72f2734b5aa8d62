package provisioner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	control *control
	log     *buffer
	policy  func(*workflow.TaskDef) // adjusts the registered task policies

	mu    sync.Mutex
	plan  func(call int, name string) cloudtest.Fault
	calls []string
	hook  func(call int) // runs before each call

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
		ctx: ctx, stop: stop, engine: e, control: newControl(), log: log, ready: make(chan *provisioner.Provisioner, 1),
		plan:   func(int, string) cloudtest.Fault { return cloudtest.None },
		hook:   func(int) {},
		policy: func(*workflow.TaskDef) {},
	}
	h.cloud = &cloudtest.Memory{Started: h.control.register}
	return h
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
			return h.next(name)
		},
		OnCrash: func() { dead.Store(true); die() },
	}
	p, err := provisioner.New(provisioner.Deps{
		Engine: &mortal{Engine: h.engine, dead: &dead, policy: h.policy},
		Clouds: map[string]provisioner.Cloud{"local": faults.Cloud(h.cloud), "elsewhere": faults.Cloud(h.cloud)}, Control: &faultyControl{faults, h.control},
		ControlPlaneURL: "http://control.test", Logger: logger,
	})
	if err != nil {
		t.Errorf("new provisioner: %v", err)
		h.stop()
		return
	}
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
	return provisioner.ClusterSpec{ID: id, Name: "orders", Organization: "acme", Cloud: "local"}
}

func (h *harness) create(t tb, operation, cluster string) {
	t.Helper()
	h.control.add(cluster)
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
		return p.Create(ctx, operation, spec(cluster))
	})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
}

func (h *harness) delete(t tb, operation, cluster string) {
	t.Helper()
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
		return p.Delete(ctx, operation, spec(cluster))
	})
	if err != nil {
		t.Fatalf("delete: %v", err)
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
}

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
	return m.Engine.Update(ctx, r)
}

func (m *mortal) Terminate(ctx context.Context, id, reason string) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Engine.Terminate(ctx, id, reason)
}

// control keeps what the control plane is told.
type control struct {
	mu       sync.Mutex
	clusters map[string]*record
	tokens   int
}

type record struct {
	state, reason string
	at            provisioner.NodeInfo
	token         string // the one that may be used
	registered    time.Time
}

// mark is in every secret.
const mark = "MARKED-SECRET"

func newControl() *control { return &control{clusters: map[string]*record{}} }

func (c *control) add(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clusters[id] = &record{state: "CREATING"}
}

// of returns a copy of what is known of the cluster; of one that is forgotten the state is DELETED.
func (c *control) of(id string) record {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.clusters[id]; r != nil {
		return *r
	}
	return record{state: "DELETED"}
}

func (c *control) change(id string, f func(*record)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.clusters[id]; r != nil {
		f(r)
		return nil
	}
	return fmt.Errorf("there is no cluster %s", id)
}

// issued returns how many join tokens were made.
func (c *control) issued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens
}

// register is the call of a data plane that starts.
func (c *control) register(id string, n provisioner.Node) {
	_ = c.change(id, func(r *record) {
		if n.JoinToken == r.token {
			r.registered, r.token = time.Now(), ""
		}
	})
}

func (c *control) JoinToken(_ context.Context, id string) (token string, err error) {
	err = c.change(id, func(r *record) {
		c.tokens++
		r.token = fmt.Sprintf("%s-%d", mark, c.tokens)
		token = r.token
	})
	return token, err
}

func (c *control) Registered(_ context.Context, id string, since time.Time) (home bool, err error) {
	err = c.change(id, func(r *record) { home = r.registered.After(since) })
	return home, err
}

func (c *control) Reserve(_ context.Context, id string, n provisioner.NodeInfo) error {
	return c.change(id, func(r *record) { r.at = n })
}

func (c *control) Ready(_ context.Context, id string) error {
	return c.change(id, func(r *record) { r.state = "READY" })
}

func (c *control) Failed(_ context.Context, id, reason string) error {
	return c.change(id, func(r *record) { r.state, r.reason, r.at = "FAILED", reason, provisioner.NodeInfo{} })
}

func (c *control) Deleted(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clusters, id)
	return nil
}

type faultyControl struct {
	faults *cloudtest.Faults
	*control
}

func (f *faultyControl) JoinToken(ctx context.Context, id string) (token string, err error) {
	err = f.faults.Do("JoinToken", func() (err error) { token, err = f.control.JoinToken(ctx, id); return err })
	return token, err
}

func (f *faultyControl) Registered(ctx context.Context, id string, since time.Time) (home bool, err error) {
	err = f.faults.Do("Registered", func() (err error) { home, err = f.control.Registered(ctx, id, since); return err })
	return home, err
}

func (f *faultyControl) Reserve(ctx context.Context, id string, n provisioner.NodeInfo) error {
	return f.faults.Do("Reserve", func() error { return f.control.Reserve(ctx, id, n) })
}

func (f *faultyControl) Ready(ctx context.Context, id string) error {
	return f.faults.Do("Ready", func() error { return f.control.Ready(ctx, id) })
}

func (f *faultyControl) Failed(ctx context.Context, id, reason string) error {
	return f.faults.Do("Failed", func() error { return f.control.Failed(ctx, id, reason) })
}

func (f *faultyControl) Deleted(ctx context.Context, id string) error {
	return f.faults.Do("Deleted", func() error { return f.control.Deleted(ctx, id) })
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
