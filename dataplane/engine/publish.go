package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/event"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Bounds of the handling of events.
const (
	eventTries  = 3                      // of an action whose execution or task may still come, or that the server is too busy for
	eventPause  = 500 * time.Millisecond // between them
	eventRetry  = 10 * time.Second       // before a message that could not be handled is taken up again
	keptHandled = 200                    // messages that are remembered of a handler
)

// HandleEvent gives an event from outside to the handlers that wait for it, and returns when they have acted. Whoever repeats
// a call sends another event.
func (e *Engine) HandleEvent(ctx context.Context, name string, payload workflow.Payload) error {
	if provider, queue, ok := strings.Cut(name, ":"); !ok || provider == "" || queue == "" {
		return &workflow.Error{
			Kind: workflow.Invalid, Message: "The event must have a name.",
			Violations: []workflow.Violation{{Path: "event", InvalidValue: name, Message: "must be provider:queue, as conductor:workflow:reference"}},
		}
	}
	handled, err := e.send(ctx, event.Message{ID: e.runner.NewID(), Event: name, Payload: payload})
	if err != nil || handled == nil {
		return err
	}
	select {
	case <-handled:
	case <-e.background.ctx.Done(): // it is handled at the next start
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// publish makes a message durable and has it handled. An event that no active handler waits for is gone.
func (e *Engine) publish(ctx context.Context, m event.Message) error {
	_, err := e.send(ctx, m)
	return err
}

// send is publish; what it returns is closed when the message has been handled, and nil when nobody waits for it.
func (e *Engine) send(ctx context.Context, m event.Message) (handled <-chan struct{}, err error) {
	if handlers, _ := e.EventHandlers(ctx, m.Event, true); len(handlers) == 0 {
		return nil, nil
	}
	m.Created = e.clock.Now().UnixMilli()
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	for {
		if err = e.store.PutDocs(ctx, store.Doc{Kind: kindMessage, Key: m.ID, Value: b}); err == nil {
			return e.dispatch(m), nil
		}
		e.log.Error("an event could not be stored; it is tried again", "event", m.Event, "message_id", m.ID, "error", err)
		if e.pause(ctx, eventRetry); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// about implements task.About.
func (e *Engine) about(ctx context.Context, id string) (version int, taskToDomain map[string]string, err error) {
	err = e.runner.View(ctx, id, func(s *decide.State) { version, taskToDomain = s.Version, s.TaskToDomain })
	return version, taskToDomain, err
}

// takeOverEvents handles the published messages that live on this node and that nobody has handled yet. Handling one twice is
// of no harm.
func (e *Engine) takeOverEvents(ctx context.Context) error {
	docs, err := e.store.Docs(ctx, kindMessage)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for _, doc := range docs {
		if !e.mine(doc.Key) {
			continue
		}
		var m event.Message
		if err := json.Unmarshal(doc.Value, &m); err != nil {
			return fmt.Errorf("read event %s: %w", doc.Key, err)
		}
		e.dispatch(m)
	}
	return nil
}

// dispatch handles a message until it is done; then it closes what it returned.
func (e *Engine) dispatch(m event.Message) <-chan struct{} {
	done := make(chan struct{})
	e.background.run(func(ctx context.Context) {
		defer close(done)
		if !e.handling.Enter(m.ID) {
			return
		}
		for over := false; !over && ctx.Err() == nil; { // what is left then is taken up at the next start
			if e.fence.pass(ctx); ctx.Err() != nil {
				return
			}
			err := e.handleMessage(ctx, m)
			if err == nil {
				over = !e.handling.Leave(m.ID)
			} else if ctx.Err() == nil {
				e.log.Error("an event could not be handled; it is tried again", "event", m.Event, "message_id", m.ID, "error", err)
				e.pause(ctx, eventRetry)
			}
		}
	})
	return done
}

func (e *Engine) pause(ctx context.Context, d time.Duration) {
	wait, stop := e.clock.Until(e.clock.Now().Add(d))
	defer stop()
	select {
	case <-wait:
	case <-ctx.Done():
	}
}

// handleMessage has every handler of a message act once, records that, and lets go of the message.
func (e *Engine) handleMessage(ctx context.Context, m event.Message) error {
	handlers, err := e.EventHandlers(ctx, m.Event, true)
	if err != nil {
		return err
	}
	for _, h := range handlers {
		if err := e.handleBy(ctx, h, m); err != nil {
			return fmt.Errorf("handler %s: %w", h.Name, err)
		}
	}
	if err := e.store.DeleteDoc(ctx, kindMessage, m.ID); err != nil {
		return fmt.Errorf("delete event: %w", err)
	}
	return nil
}

func (e *Engine) handleBy(ctx context.Context, h *workflow.EventHandler, m event.Message) error {
	kind := kindHandled + h.Name
	docs, err := e.store.Docs(ctx, kind)
	if err != nil {
		return fmt.Errorf("read event executions: %w", err)
	}
	if slices.ContainsFunc(docs, func(d store.Doc) bool { return d.Key == m.ID }) {
		return nil
	}
	records, err := e.act(ctx, h, m)
	if err != nil {
		return err
	}
	b, err := json.Marshal(records)
	if err != nil {
		return err
	}
	if err := e.store.PutDocs(ctx, store.Doc{Kind: kind, Key: m.ID, Value: b}); err != nil {
		return fmt.Errorf("store event execution: %w", err)
	}
	for _, old := range docs[:max(0, len(docs)+1-keptHandled)] { // ids grow with time
		if err := e.store.DeleteDoc(ctx, kind, old.Key); err != nil {
			return fmt.Errorf("delete event execution: %w", err)
		}
	}
	return nil
}

// act runs a handler's actions for a message. An error is of this server and passes; what is wrong with an action is in
// its record.
func (e *Engine) act(ctx context.Context, h *workflow.EventHandler, m event.Message) ([]*workflow.EventExecution, error) {
	record := func(i int, status, action, reason string, output map[string]any) *workflow.EventExecution {
		if output == nil {
			output = map[string]any{}
		}
		return &workflow.EventExecution{
			ID: fmt.Sprintf("%s_%d", m.ID, i), MessageID: m.ID, Name: h.Name, Event: m.Event, Created: e.clock.Now().UnixMilli(),
			Status: status, Action: action, Output: output, Reason: reason, Payload: m.Payload,
		}
	}
	payload, err := m.Payload.Object()
	if err != nil {
		return nil, err
	}
	applies, err := event.Applies(ctx, h, payload, e.scriptLimit)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case err != nil:
		return []*workflow.EventExecution{record(0, workflow.EventFailed, "", err.Error(), nil)}, nil
	case !applies:
		return []*workflow.EventExecution{record(0, workflow.EventSkipped, "", "the condition did not hold", nil)}, nil
	}
	var records []*workflow.EventExecution
	for i, a := range h.Actions {
		resolved, err := event.Resolve(a, payload)
		var output map[string]any
		if err == nil {
			output, err = e.tryAction(ctx, resolved, m, fmt.Sprintf("event:%s:%s:%d", m.ID, h.Name, i))
			if err != nil && workflow.KindOf(err) == "" {
				return nil, err
			}
		}
		if err != nil {
			records = append(records, record(i, workflow.EventFailed, a.Action, err.Error(), output))
			continue
		}
		records = append(records, record(i, workflow.EventCompleted, a.Action, "", output))
	}
	return records, nil
}

// tryAction runs one action, again after a pause while what it is about may still come.
func (e *Engine) tryAction(ctx context.Context, a *workflow.EventAction, m event.Message, effect string) (output map[string]any, err error) {
	for try := 1; ; try++ {
		output, err = e.runAction(ctx, a, m, effect)
		if kind := workflow.KindOf(err); try == eventTries || err == nil || kind != "" && kind != workflow.NotFound && kind != workflow.Busy {
			return output, err
		}
		if e.pause(ctx, eventPause); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// errUnresolved says that an action's expression led to nothing.
var errUnresolved = errors.New("is empty once its expressions are replaced")

// runAction runs one action. Its effect has a name, by which it happens once.
func (e *Engine) runAction(ctx context.Context, a *workflow.EventAction, m event.Message, effect string) (map[string]any, error) {
	switch a.Action {
	case workflow.ActionStart:
		return e.startForEvent(ctx, a.Start, m, effect)
	case workflow.ActionComplete:
		return e.endTaskForEvent(ctx, a.Complete, workflow.TaskCompleted, m, effect)
	case workflow.ActionFail:
		return e.endTaskForEvent(ctx, a.Fail, workflow.TaskFailed, m, effect)
	case workflow.ActionTerminate:
		return e.once(ctx, a.Terminate.WorkflowID, effect, func(s *decide.State) error { return s.Terminate(a.Terminate.TerminationReason) })
	default:
		return e.once(ctx, a.Variables.WorkflowID, effect, func(s *decide.State) error {
			if a.Variables.AppendArray {
				return s.AppendVariables(a.Variables.Variables)
			}
			vars, err := workflow.NewPayload(a.Variables.Variables)
			if err != nil {
				return workflow.Errorf(workflow.Invalid, "variables: %v", err)
			}
			return s.SetVariables(vars)
		})
	}
}

// once changes an execution by f, unless the effect has been applied to it before.
func (e *Engine) once(ctx context.Context, id, effect string, f func(*decide.State) error) (map[string]any, error) {
	if id == "" {
		return nil, workflow.Errorf(workflow.Invalid, "workflowId: %v", errUnresolved)
	}
	err := e.step(ctx, id, func(s *decide.State) error {
		if s.Applied(effect) {
			return nil
		}
		if err := f(s); err != nil {
			return err
		}
		s.Apply(effect)
		return nil
	})
	return map[string]any{"workflowId": id}, err
}

func (e *Engine) startForEvent(ctx context.Context, a *workflow.EventStart, m event.Message, effect string) (map[string]any, error) {
	if a.Name == "" {
		return nil, workflow.Errorf(workflow.Invalid, "name: %v", errUnresolved)
	}
	in := map[string]any{}
	maps.Copy(in, a.Input)
	in["conductor.event.messageId"], in["conductor.event.name"] = m.ID, m.Event
	input, err := workflow.NewPayload(in)
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "input: %v", err)
	}
	id := nameID(effect)
	return map[string]any{"workflowId": id}, e.StartWithID(ctx, id, &workflow.StartRequest{
		Name: a.Name, Version: a.Version, CorrelationID: a.CorrelationID, Input: input, TaskToDomain: a.TaskToDomain, Event: m.Event,
	})
}

func (e *Engine) endTaskForEvent(ctx context.Context, a *workflow.EventTask, status workflow.TaskStatus, m event.Message, effect string) (map[string]any, error) {
	id := a.WorkflowID
	if a.TaskID != "" {
		var err error
		if id, err = e.owner(ctx, a.TaskID); err != nil {
			return nil, err
		}
	} else if id == "" || a.TaskRefName == "" {
		return nil, workflow.Errorf(workflow.Invalid, "taskId, or workflowId and taskRefName: %v", errUnresolved)
	}
	out := map[string]any{
		"workflowId": id, "taskId": given(a.TaskID), "taskRefName": given(a.TaskRefName), "reasonForIncompletion": given(a.ReasonForIncompletion),
		"conductor.event.messageId": m.ID, "conductor.event.name": m.Event,
	}
	maps.Copy(out, a.Output)
	output, err := workflow.NewPayload(out)
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "output: %v", err)
	}
	var ended string
	_, err = e.once(ctx, id, effect, func(s *decide.State) error {
		t := s.Task(a.TaskID)
		if a.TaskID == "" {
			t = s.Pending(a.TaskRefName)
		}
		if t == nil {
			return workflow.Errorf(workflow.NotFound, "Workflow %s has no open task %s%s", id, a.TaskID, a.TaskRefName)
		}
		ended = t.ID
		return s.Update(&workflow.TaskResult{TaskID: t.ID, WorkflowInstanceID: id, Status: status, OutputData: output, ReasonForIncompletion: a.ReasonForIncompletion})
	})
	return map[string]any{"workflowId": id, "taskId": ended}, err
}

// given is a text of an action, null when it has none.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// EventQueues returns the events that active handlers wait for, with the number of messages that are being handled.
func (e *Engine) EventQueues(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	handlers, err := e.EventHandlers(ctx, "", true)
	if err != nil {
		return nil, err
	}
	for _, h := range handlers {
		out[h.Event] = 0
	}
	docs, err := e.store.Docs(ctx, kindMessage)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for _, doc := range docs {
		var m event.Message
		if err := json.Unmarshal(doc.Value, &m); err != nil {
			return nil, fmt.Errorf("read event %s: %w", doc.Key, err)
		}
		out[m.Event]++
	}
	return out, nil
}
