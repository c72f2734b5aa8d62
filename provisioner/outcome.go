package provisioner

import (
	"errors"
	"time"
)

// Pending says that something is under way and will take a while: the call is to be repeated after a time, and nothing waits
// meanwhile. It is an error so that it passes through every method.
type Pending struct {
	After  time.Duration // at least a second
	Reason string        // what is waited for, for the people who own the cluster
	// Customer, if set, says what the owner of the cluster has to do before it can go on.
	Customer *Instruction
}

// Names in the output of a task that sleeps.
const (
	Waiting           = "waiting"           // what for
	WaitingOnCustomer = "waitingOnCustomer" // an [Instruction], null when nothing has to be done
)

func (p *Pending) Error() string { return p.Reason }

// AsPending returns the Pending that err is, nil if it is none.
func AsPending(err error) *Pending {
	p, _ := errors.AsType[*Pending](err)
	return p
}

// Instruction tells people what to do outside of Podium.
type Instruction struct {
	Title string `json:"title"`          // "Accept the peering connection pcx-1 in your account"
	Text  string `json:"text,omitempty"` // where and why, in a few sentences
	Ways  []Way  `json:"ways,omitempty"` // any one of them does it
}

// Way is one way to follow an instruction, ready to be copied.
type Way struct {
	Name string `json:"name"`           // "AWS CLI"
	Code string `json:"code,omitempty"` // a command or a snippet
	URL  string `json:"url,omitempty"`  // a page on which it is done by hand
}

// Permanent marks err as final: the task that returns it is not tried again.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// IsPermanent reports whether err is marked as final.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}
