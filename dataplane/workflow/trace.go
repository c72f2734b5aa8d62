package workflow

import "strings"

// ExecutionMetadata goes with a task to whoever works on it.
type ExecutionMetadata struct {
	AdditionalContext map[string]string `json:"additionalContext,omitempty"`
}

// traceparent is the name of the W3C trace context, as a header and in a task's context.
const traceparent = "traceparent"

// SetTraceparent gives the task a W3C trace context for its worker; "" changes nothing.
func (t *Task) SetTraceparent(s string) {
	if s != "" {
		t.ExecutionMetadata = &ExecutionMetadata{AdditionalContext: map[string]string{traceparent: s}}
	}
}

// Traceparent returns the W3C trace context that the task goes with, "" without one.
func (t *Task) Traceparent() string {
	if t.ExecutionMetadata == nil {
		return ""
	}
	return t.ExecutionMetadata.AdditionalContext[traceparent]
}

// ValidTraceparent reports whether s is a W3C trace context of a version that is known: 00-<32 hex>-<16 hex>-<2 hex>, with
// neither id zero.
func ValidTraceparent(s string) bool {
	return len(s) == 55 && s[:3] == "00-" && s[35] == '-' && s[52] == '-' &&
		hexID(s[3:35]) && hexID(s[36:52]) && lowerHex(s[53:])
}

func hexID(s string) bool { return lowerHex(s) && strings.Trim(s, "0") != "" }

func lowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
