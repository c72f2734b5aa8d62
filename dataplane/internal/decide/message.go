package decide

import (
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Inbox holds the messages to an execution that no task has taken yet, oldest first. It is kept with the execution's
// header, so that a message is taken in the same step in which its task ends. It is replaced, never changed.
type Inbox struct {
	Messages []Message `json:"messages"`
}

// Message is a message to an execution.
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
	messages := s.messages()
	size := len(p)
	for _, m := range messages {
		size += len(m.Payload)
	}
	if len(messages) >= maxMessages || size > maxMessageBytes {
		return "", workflow.Errorf(workflow.Busy, "Workflow %s has %d messages of %d bytes that it has not taken; it takes no more", s.ID, len(messages), size-len(p))
	}
	m := Message{ID: s.env.NewID(), At: s.env.Now, Payload: p}
	s.keepMessages(append(slices.Clone(messages), m))
	for _, t := range s.tasks {
		if t != nil && t.Type == workflow.TypePullMessages && t.Status == workflow.TaskInProgress {
			s.pull(t)
			s.advance()
			break
		}
	}
	return m.ID, nil
}

// messages are those that have not been there for too long.
func (s *State) messages() []Message {
	if s.Inbox == nil {
		return nil
	}
	all := s.Inbox.Messages
	for len(all) > 0 && all[0].At+messageLife.Milliseconds() <= s.env.Now {
		all = all[1:]
	}
	return all
}

// keep replaces the messages.
func (s *State) keepMessages(messages []Message) {
	if s.Inbox = nil; len(messages) > 0 {
		s.Inbox = &Inbox{messages}
	}
	s.changes.Header = true
}

// runPull ends a task that pulls messages when there are some, or when it is not to wait.
func (s *State) runPull(t *Task) {
	in := t.inputObject()
	if blocking, ok := in["blocking"].(bool); ok && !blocking {
		s.pull(t)
		return
	}
	if len(s.messages()) > 0 {
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
	all := s.messages()
	taken := all[:min(int(size), len(all))]
	messages := make([]any, len(taken))
	for i, m := range taken {
		obj, _ := m.Payload.Object()
		messages[i] = map[string]any{
			"id": m.ID, "workflowId": s.ID, "payload": obj, "receivedAt": time.UnixMilli(m.At).UTC().Format("2006-01-02T15:04:05.000Z"),
		}
	}
	if s.Inbox != nil {
		s.keepMessages(all[len(taken):])
	}
	s.setOutput(t, map[string]any{"messages": messages, "count": len(messages)})
	s.end(t, workflow.TaskCompleted, "")
}
