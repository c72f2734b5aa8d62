package decide

import (
	"fmt"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Message is a message to an execution that no task has taken yet. They are kept with the execution's header, so that a
// message is taken in the same step in which its task ends.
type Message struct {
	ID      string           `json:"id"`
	At      int64            `json:"at"` // epoch milliseconds
	Payload workflow.Payload `json:"p"`
}

// Bounds of the messages of an execution.
const (
	maxMessages     = 1000
	maxMessageBytes = 1 << 20 // of all of them, in JSON
	maxPull         = 100     // of one task
	messageLife     = 24 * time.Hour
)

// Push leaves a message for the tasks that pull messages; one that waits takes it at once.
func (s *State) Push(p workflow.Payload) (id string, err error) {
	if s.Status != workflow.Running {
		return "", workflow.Errorf(workflow.Conflict, "Workflow %s is %s: it takes messages only while it is RUNNING", s.ID, s.Status)
	}
	if len(p) > maxMessageBytes {
		return "", workflow.Errorf(workflow.TooLarge, "the message is larger than %d bytes", maxMessageBytes)
	}
	s.expireMessages()
	size := len(p)
	for _, m := range s.Messages {
		size += len(m.Payload)
	}
	if len(s.Messages) >= maxMessages || size > maxMessageBytes {
		return "", workflow.Errorf(workflow.Busy, "Workflow %s has %d messages of %d bytes that it has not taken; it takes no more", s.ID, len(s.Messages), size-len(p))
	}
	m := Message{ID: s.env.NewID(), At: s.env.Now, Payload: p}
	s.Messages = append(s.Messages[:len(s.Messages):len(s.Messages)], m)
	s.changes.Header = true
	for _, t := range s.tasks {
		if t != nil && t.Type == workflow.TypePullMessages && t.Status == workflow.TaskInProgress {
			s.pull(t)
			s.advance()
			break
		}
	}
	return m.ID, nil
}

// expireMessages drops messages that nobody took in time.
func (s *State) expireMessages() {
	old := 0
	for old < len(s.Messages) && s.Messages[old].At+messageLife.Milliseconds() <= s.env.Now {
		old++
	}
	if old > 0 {
		s.Messages, s.changes.Header = s.Messages[old:], true
	}
}

// runPull ends a task that pulls messages when there are some, or when it is not to wait.
func (s *State) runPull(t *Task) {
	in := t.inputObject()
	if blocking, ok := in["blocking"].(bool); ok && !blocking {
		s.pull(t)
		return
	}
	if s.expireMessages(); len(s.Messages) > 0 {
		s.pull(t)
		return
	}
	s.begin(t)
}

func (s *State) pull(t *Task) {
	size := int64(1)
	if v := t.inputObject()["batchSize"]; v != nil {
		n, ok := integer(v)
		if !ok || n < 1 || n > maxPull {
			s.end(t, workflow.TaskFailedTerminal, fmt.Sprintf("inputParameters.batchSize must be from 1 to %d, not %v", maxPull, v))
			return
		}
		size = n
	}
	s.expireMessages()
	taken := s.Messages[:min(int(size), len(s.Messages))]
	messages := make([]any, len(taken))
	for i, m := range taken {
		obj, _ := m.Payload.Object()
		messages[i] = map[string]any{
			"id": m.ID, "workflowId": s.ID, "payload": obj, "receivedAt": time.UnixMilli(m.At).UTC().Format("2006-01-02T15:04:05.000Z"),
		}
	}
	if len(taken) > 0 {
		s.Messages, s.changes.Header = s.Messages[len(taken):], true
	}
	s.setOutput(t, map[string]any{"messages": messages, "count": len(messages)})
	s.end(t, workflow.TaskCompleted, "")
}
