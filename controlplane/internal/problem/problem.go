// Package problem is the control plane's vocabulary of errors that are meant for a caller.
//
// Whatever is not an [Error] is internal: it is logged and not shown. The HTTP layer turns kinds into statuses in one place.
package problem

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Kind classifies an error.
type Kind int

// The kinds.
const (
	Malformed       Kind = iota + 1 // the request cannot be read
	Invalid                         // a value is wrong; Fields name it
	Unauthenticated                 // no valid session or token
	Denied                          // known caller without the right
	NotFound                        // absent, or another organization's
	Conflict                        // exists already, or the state does not allow it
	TooMany                         // over a rate; RetryAfter says when to come back
	Unavailable                     // not now, through no fault of the caller
	Stale                           // the caller must sign in again first
	Closed                          // the organization is suspended, or about to be deleted: nothing of it changes
	CodeWanted                      // the password is right; a code of the second factor is needed too
	Full                            // the plan of the organization has no place left; Quota says of what
)

// Error is an error with a message for the caller.
type Error struct {
	Kind       Kind
	Detail     string // a full sentence
	Fields     []Field
	RetryAfter time.Duration // with TooMany and Unavailable
	Quota      *Quota        // with Full
}

// Quota says what is full.
type Quota struct {
	Resource string // such as "clusters"
	Limit    int64
	Used     int64
	Plan     string // its name
}

// Field names one wrong field of a request.
type Field struct{ Name, Message string }

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Name, f.Message)
	}
	return b.String()
}

// New makes an error without fields.
func New(k Kind, detail string, args ...any) *Error {
	return &Error{Kind: k, Detail: fmt.Sprintf(detail, args...)}
}

// Missing says that there is no such thing (of the caller's), for instance "cluster".
func Missing(thing string) *Error { return New(NotFound, "There is no such %s.", thing) }

// Wrong says what is wrong with one field.
func Wrong(field, message string) *Error {
	return &Error{Kind: Invalid, Detail: "The request is not valid.", Fields: []Field{{field, message}}}
}

// Taken says that the value of a field is in use by another one.
func Taken(field, message string) *Error {
	return &Error{Kind: Conflict, Detail: "The request conflicts with what exists.", Fields: []Field{{field, message}}}
}

// KindOf returns the kind of err, 0 when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

// Of turns what a check of the engine or the provisioner has found wrong into an Invalid error with its fields. Other errors
// stay as they are.
func Of(err error) error {
	e, ok := errors.AsType[*workflow.Error](err)
	if !ok || e.Kind != workflow.Invalid {
		return err
	}
	var check Check
	for _, v := range e.Violations {
		check.Field(v.Path, v.Message)
	}
	return check.Err()
}

// Check collects wrong fields. The zero value is ready.
type Check struct{ fields []Field }

// Field records message for a field; an empty message records nothing.
func (c *Check) Field(name, message string) {
	if message != "" {
		c.fields = append(c.fields, Field{name, message})
	}
}

// Err returns nil or one Invalid error with all recorded fields.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Detail: "The request is not valid.", Fields: c.fields}
}
