// Package audit says what is remembered of every change: who, what, when, and the state before and after, without secrets.
//
// An [Entry] is written in the transaction of the change that it tells of; the store offers no way to change or delete one.
package audit

import "time"

// Actor is who asks for a change. The zero value is Podium itself.
type Actor struct {
	AccountID string
	Email     string
	Address   string // network address of the caller
	RequestID string
	Agent     string // what the browser says of itself; kept with sessions only
}

// Entry is one change.
type Entry struct {
	ID           string
	At           time.Time
	Actor        Actor
	Organization string // id; empty for changes of an account
	Action       string // for instance "cluster.create"
	Target       string // for instance "cluster/first"
	Before       any    // encodes to JSON; nil: it did not exist
	After        any    // encodes to JSON; nil: it is gone
}
