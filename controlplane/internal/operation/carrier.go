package operation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
)

// Provisioner starts executions; starting one that exists does nothing.
type Provisioner interface {
	Create(ctx context.Context, operationID string, s provisioner.ClusterSpec) error
	Delete(ctx context.Context, operationID string, s provisioner.ClusterSpec) error
}

// Journal keeps the state of operations.
type Journal interface {
	// RunningOperations lists what has not ended, of all organizations, oldest first.
	RunningOperations(ctx context.Context) ([]Record, error)
	// EndOperation records the end of an operation; one that has ended already is left as it is. The cluster of a
	// creation that failed is FAILED from then on, that of a deletion that failed says why.
	EndOperation(ctx context.Context, r Record, e audit.Entry) error
}

// retryDelay is how long the carrier waits after an error of the engine or the store.
const retryDelay = time.Second

// CarrierDeps is what a Carrier works with. All fields are required.
type CarrierDeps struct {
	Journal     Journal
	Engine      Engine
	Provisioner Provisioner
	Hub         *notify.Hub
	Now         func() time.Time
	Logger      *slog.Logger
}

// Carrier sees to it that every operation starts and that its end is recorded.
type Carrier struct {
	CarrierDeps
	mu        sync.Mutex
	submitted []Record
	wake      chan struct{}
}

// NewCarrier makes a Carrier; nothing happens before Run.
func NewCarrier(d CarrierDeps) *Carrier {
	return &Carrier{CarrierDeps: d, wake: make(chan struct{}, 1)}
}

// Submit hands over an operation that has just been stored. It does not wait; what is never taken is not lost, as the next
// Run finds it in the journal.
func (c *Carrier) Submit(r Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submitted = append(c.submitted, r)
	select {
	case c.wake <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

func (c *Carrier) take() []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.submitted
	c.submitted = nil
	return taken
}

// Run carries what has not ended and what is submitted. It returns when ctx has ended and all its work has stopped.
func (c *Carrier) Run(ctx context.Context) error {
	var carrying sync.WaitGroup
	defer carrying.Wait()
	unfinished, err := c.Journal.RunningOperations(ctx)
	if err != nil {
		return fmt.Errorf("take up operations: %w", err)
	}
	carried := map[string]bool{}
	for {
		for _, r := range append(unfinished, c.take()...) {
			if !carried[r.ID] { // one may be in the journal and submitted
				carried[r.ID] = true
				carrying.Go(func() { c.carry(ctx, r) })
			}
		}
		unfinished = nil
		select {
		case <-c.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// carry takes one operation to its end.
func (c *Carrier) carry(ctx context.Context, r Record) {
	log := c.Logger.With("operation", r.ID, "kind", r.Kind, "cluster", r.Cluster, "organization", r.Organization)
	changes := c.Engine.Watch(ctx, r.ID)
	if !c.insist(ctx, log, "start operation", func() error { return c.start(ctx, &r) }) {
		return
	}
	for r.State == Running {
		if !c.insist(ctx, log, "follow operation", func() error { return c.follow(ctx, &r, changes) }) {
			return
		}
	}
	r.EndedAt = c.Now()
	entry := audit.Entry{
		At: r.EndedAt, Organization: r.OrganizationID, Action: "operation.end", Target: "operation/" + r.ID,
		After: map[string]string{"kind": string(r.Kind), "cluster": r.Cluster, "state": string(r.State), "reason": r.Reason},
	}
	if !c.insist(ctx, log, "end operation", func() error { return c.Journal.EndOperation(ctx, r, entry) }) {
		return
	}
	c.Hub.Wake(notify.Operation(r.ID), notify.Organization(r.OrganizationID))
	log.InfoContext(ctx, "operation ended", "state", r.State, "reason", r.Reason, "seconds", r.EndedAt.Sub(r.CreatedAt).Seconds())
}

// start starts the execution. An operation that the provisioner refuses for good fails.
func (c *Carrier) start(ctx context.Context, r *Record) error {
	spec := provisioner.ClusterSpec{ID: r.ClusterID, Name: r.Cluster, Organization: r.Organization, Cloud: r.Cloud}
	var err error
	switch r.Kind {
	case CreateCluster:
		err = c.Provisioner.Create(ctx, r.ID, spec)
	case DeleteCluster:
		err = c.Provisioner.Delete(ctx, r.ID, spec)
	default:
		err = workflow.Errorf(workflow.Invalid, "operations of kind %q are unknown", r.Kind)
	}
	if workflow.KindOf(err) == workflow.Invalid {
		r.State, r.Reason = Failed, err.Error()
		return nil
	}
	return err
}

// follow updates the state of r and, while it runs, waits for the next change of its execution or of the one that undoes it.
func (c *Carrier) follow(ctx context.Context, r *Record, changes <-chan engine.Change) error {
	now, err := load(ctx, c.Engine, r.ID)
	if err != nil {
		return err
	}
	var undoing <-chan engine.Change
	if now.undoID != "" {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		undoing = c.Engine.Watch(watching, now.undoID)
		// Looked at again, as it may have changed before it was watched.
		if now, err = load(ctx, c.Engine, r.ID); err != nil {
			return err
		}
	}
	r.State, r.Reason = now.state()
	c.Hub.Wake(notify.Operation(r.ID), notify.Organization(r.OrganizationID))
	if r.State != Running {
		return nil
	}
	open := true
	select {
	case _, open = <-changes:
	case _, open = <-undoing:
	case <-ctx.Done():
	}
	if !open && ctx.Err() == nil {
		return errEngineClosed
	}
	return nil
}

var errEngineClosed = errors.New("the engine has closed")

// insist tries until do succeeds; it returns false when ctx ends first.
func (c *Carrier) insist(ctx context.Context, log *slog.Logger, what string, do func() error) bool {
	for {
		err := do()
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			return true
		}
		log.ErrorContext(ctx, "operation is held up; trying again", "at", what, "error", err)
		select {
		case <-time.After(retryDelay):
		case <-ctx.Done():
			return false
		}
	}
}
