package engine

import (
	"context"
	"encoding/json"

	"github.com/podium-cloud/podium/dataplane/internal/event"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// What tests do in the place of a crash between two steps.

// Forget removes the record of what a handler did for a message.
func (e *Engine) Forget(ctx context.Context, handler, messageID string) error {
	return e.store.DeleteDoc(ctx, kindHandled+handler, messageID)
}

// PublishAgain publishes a message as a task does that runs again.
func (e *Engine) PublishAgain(ctx context.Context, id, queue string, payload workflow.Payload) error {
	return e.publish(ctx, event.Message{ID: id, Event: queue, Payload: payload})
}

// StoreEvent leaves a message that was published and not handled.
func (e *Engine) StoreEvent(ctx context.Context, id, queue string, payload workflow.Payload) error {
	b, err := json.Marshal(event.Message{ID: id, Event: queue, Payload: payload})
	if err != nil {
		return err
	}
	return e.store.PutDocs(ctx, store.Doc{Kind: kindMessage, Key: id, Value: b})
}

// Resting reports whether nobody looks at a schedule.
func (e *Engine) Resting(name string) bool { return !e.firing.Has(name) }

// ForgetRuns removes the record of what a schedule did and how far it has come.
func (e *Engine) ForgetRuns(ctx context.Context, name string) error {
	for _, kind := range []string{kindScheduleState + name, kindScheduleRun + name} {
		docs, err := e.store.Docs(ctx, kind)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := e.store.DeleteDoc(ctx, kind, doc.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetHome says what lives on this node, before there is anything.
func (e *Engine) SetHome(mine func(name string) bool) { e.mine = mine }

// ArmSchedules looks at the schedules again, as when a node has come or gone.
func (e *Engine) ArmSchedules() { e.armSchedules() }

// StartFrom starts an execution for a START_WORKFLOW task.
func (e *Engine) StartFrom(ctx context.Context, t *workflow.Task, id string, req *workflow.StartRequest) (string, error) {
	return e.startFrom(ctx, t, id, req)
}
