// Package event says which queue an event goes to, whether a handler cares for it, and what its actions come to. It is pure.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Message is an event that happened: once for each ID.
type Message struct {
	ID      string           `json:"id"`
	Event   string           `json:"event"` // provider:queue
	Payload workflow.Payload `json:"payload"`
	Created int64            `json:"created"` // epoch milliseconds
}

// provider is the one whose queues live in the engine itself.
const provider = "conductor"

// Own returns the event of the engine's own provider with a name.
func Own(name string) string { return provider + ":" + name }

// Queue returns the queue that the sink of an EVENT task stands for: conductor is conductor:workflow:reference, and
// conductor:x is conductor:workflow:x.
func Queue(sink, workflowName, ref string) (string, error) {
	name, queue, named := strings.Cut(strings.TrimSpace(sink), ":")
	switch {
	case name == "":
		return "", fmt.Errorf("the sink is empty")
	case name != provider:
		return "", fmt.Errorf("this server has no sink of the kind %s; it has %s", name, provider)
	case !named || queue == "":
		return strings.Join([]string{provider, workflowName, ref}, ":"), nil
	}
	return strings.Join([]string{provider, workflowName, queue}, ":"), nil
}

// Applies reports whether a handler's condition holds for a payload; without one it does. It holds by giving true or a number
// above 0. Conditions see JSON within texts as what it says. limit bounds the script.
func Applies(ctx context.Context, h *workflow.EventHandler, payload map[string]any, limit time.Duration) (bool, error) {
	if strings.TrimSpace(h.Condition) == "" {
		return true, nil
	}
	payload, _ = Expand(payload).(map[string]any)
	if h.EvaluatorType == "value-param" {
		return holds(payload[h.Condition]), nil
	}
	v, err := expr.JavaScript(ctx, h.Condition, payload, limit)
	if err != nil {
		return false, fmt.Errorf("condition: %w", err)
	}
	return holds(v), nil
}

func holds(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case json.Number:
		n, err := v.Float64()
		return err == nil && n > 0
	case float64:
		return v > 0
	case int64:
		return v > 0
	case int:
		return v > 0
	}
	return false
}

// Resolve returns an action with its expressions replaced by what they find in the payload.
func Resolve(a *workflow.EventAction, payload map[string]any) (*workflow.EventAction, error) {
	if a.ExpandInlineJSON {
		payload, _ = Expand(payload).(map[string]any)
	}
	b, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	var plain map[string]any
	if err := json.Unmarshal(b, &plain); err != nil {
		return nil, err
	}
	// The details are texts but for a few; where an expression gives another type, its text is meant.
	resolved, _ := expr.Resolve(plain, document(payload)).(map[string]any)
	if details, ok := resolved[a.Action].(map[string]any); ok {
		for key, v := range details {
			switch key {
			case "input", "output", "variables", "version", "appendArray", "taskToDomain":
			default:
				if v == nil {
					details[key] = ""
				} else {
					details[key] = expr.Text(v)
				}
			}
		}
	}
	if b, err = json.Marshal(resolved); err != nil {
		return nil, err
	}
	out := &workflow.EventAction{}
	if err := json.Unmarshal(b, out); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Action, err)
	}
	return out, nil
}

// Expand reads texts inside a value that hold a JSON object or list.
func Expand(v any) any {
	switch v := v.(type) {
	case string:
		text := strings.TrimSpace(v)
		if text == "" || text[0] != '{' && text[0] != '[' {
			return v
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var inner any
		if d.Decode(&inner) != nil || d.More() {
			return v
		}
		return Expand(inner)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = Expand(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Expand(e)
		}
		return out
	}
	return v
}

// document shows a payload to expressions: ${a.b} is its field a, and b in that; ${$} is all of it.
type document map[string]any

// Field implements expr.Document.
func (d document) Field(root, name string) (any, bool) {
	if root == "$" && name == "" {
		return map[string]any(d), true
	}
	v, ok := d[root]
	if name == "" || !ok {
		return v, ok
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	v, ok = fields[name]
	return v, ok
}

// Root implements expr.Document.
func (d document) Root(root string) (map[string]any, bool) {
	fields, ok := d[root].(map[string]any)
	return fields, ok
}
