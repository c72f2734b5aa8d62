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
	Start(ctx context.Context, operationID string, r provisioner.Request) error
	// Cancel ends an execution and starts what undoes it; it may be called again. One that has ended, or that must not be
	// cancelled any more, is left alone.
	Cancel(ctx context.Context, operationID string, r provisioner.Request, reason string) (bool, error)
}

// Journal keeps the state of operations.
type Journal interface {
	// RunningOperations lists what has not ended, of all organizations, oldest first.
	RunningOperations(ctx context.Context) ([]Record, error)
	// Operation returns one by id.
	Operation(ctx context.Context, id string) (Record, error)
	// EndOperation records the end of an operation; one that has ended already is left as it is. The cluster of a
	// creation that failed is FAILED from then on, that of a deletion that failed says why, that of one that was cancelled is
	// READY again.
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

// Submit hands over an operation that has just been stored, as new or as cancelled. It does not wait; what is never taken is not lost, as the next
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
			if r.CancelledBy != "" {
				carrying.Go(func() { c.cancel(ctx, r) })
			}
			if !carried[r.ID] { // one may be in the journal and submitted, or submitted again to be cancelled
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
		After: map[string]string{"kind": string(r.Kind), "cluster": r.Cluster, "state": string(r.State), "reason": r.Reason, "left": r.Left},
	}
	if !c.insist(ctx, log, "end operation", func() error { return c.Journal.EndOperation(ctx, r, entry) }) {
		return
	}
	c.Hub.Wake(notify.Operation(r.ID), notify.Organization(r.OrganizationID))
	log.InfoContext(ctx, "operation ended", "state", r.State, "reason", r.Reason, "seconds", r.EndedAt.Sub(r.CreatedAt).Seconds())
}

// start starts the execution. An operation that the provisioner refuses for good fails.
func (c *Carrier) start(ctx context.Context, r *Record) error {
	err := c.Provisioner.Start(ctx, r.ID, r.Request)
	if workflow.KindOf(err) == workflow.Invalid {
		r.State, r.Reason = Failed, err.Error()
		return nil
	}
	return err
}

// cancel ends the execution of an operation. It must have begun, so that it cannot begin afterwards.
func (c *Carrier) cancel(ctx context.Context, r Record) {
	log := c.Logger.With("operation", r.ID, "kind", r.Kind, "cluster", r.Cluster, "organization", r.Organization)
	began := c.insist(ctx, log, "start operation", func() error { return c.start(ctx, &r) })
	if !began || r.State != Running {
		return
	}
	c.insist(ctx, log, "cancel operation", func() error {
		_, err := c.Provisioner.Cancel(ctx, r.ID, r.Request, "cancelled by "+r.CancelledBy)
		return err
	})
}

// follow updates the state of r and, while it runs, waits for the next change of its execution or of the one that undoes it.
func (c *Carrier) follow(ctx context.Context, r *Record, changes <-chan engine.Change) error {
	stored, err := c.Journal.Operation(ctx, r.ID)
	if err != nil {
		return err
	}
	r.CancelledBy = stored.CancelledBy
	now, err := load(ctx, c.Engine, *r)
	if err != nil {
		return err
	}
	var undoing <-chan engine.Change
	if now.undoID != "" {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		undoing = c.Engine.Watch(watching, now.undoID)
		// Looked at again, as it may have changed before it was watched.
		if now, err = load(ctx, c.Engine, *r); err != nil {
			return err
		}
	}
	r.State, r.Reason = now.state()
	r.Left = now.left()
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
