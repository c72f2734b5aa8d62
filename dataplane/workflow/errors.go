package workflow

import (
	"errors"
	"fmt"
	"strings"
)

// Kind classifies an error for its caller; each API maps it to its own code in one place.
type Kind string

// The kinds. An error without a kind is internal.
const (
	NotFound Kind = "not_found" // no such definition, execution or task
	Conflict Kind = "conflict"  // exists already, or the state does not allow the call
	Invalid  Kind = "invalid"   // the request is wrong; Violations name the fields
	TooLarge Kind = "too_large" // a payload is over its limit
	Busy     Kind = "busy"      // over a bound; try again later
	Quota    Kind = "quota"     // the cluster's quota is used up; trying again soon does not help
	Denied   Kind = "denied"    // the caller may not do this
)

// Error is an error with a kind and a message that is meant for the caller.
type Error struct {
	Kind       Kind
	Message    string
	Violations []Violation
}

// Violation names one wrong field: Path in the request, what is wrong, and the value where it is short.
type Violation struct {
	Path         string `json:"path"`
	Message      string `json:"message"`
	InvalidValue string `json:"invalidValue,omitempty"`
}

func (e *Error) Error() string {
	if len(e.Violations) == 0 {
		return e.Message
	}
	var b strings.Builder
	b.WriteString(e.Message)
	for _, v := range e.Violations {
		fmt.Fprintf(&b, "; %s: %s", v.Path, v.Message)
	}
	return b.String()
}

// Errorf makes an Error of a kind.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrong makes an Error of kind [Invalid] about one field of a request.
func Wrong(path, message string) *Error {
	return &Error{Kind: Invalid, Message: invalidMessage, Violations: []Violation{{Path: path, Message: message}}}
}

// KindOf returns the kind of err, "" when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}
