// Package audit remembers every change and every refusal: who, from where, what, when, and the state before and after,
// without secrets.
//
// An [Entry] is written in the transaction of the change that it tells of. The entries of an organization are a chain: each
// carries the SHA-256 of its predecessor's [Entry.Line], so that one which is changed, removed, inserted or moved shows. A
// [Head] signs a chain up to an entry; a [Verifier] looks through it, in the database as in an exported file.
package audit

import (
	"cmp"
	"time"
)

// Actor is who asks for a change. The zero value is Podium itself.
type Actor struct {
	AccountID  string
	Email      string
	Address    string // network address of the caller
	RequestID  string
	Credential string // what the caller proved to be with, such as "session/9f86d081884c" or the id of a key; no secret
	Agent      string // what the browser says of itself; kept with sessions only
}

// Outcome is what came of it.
type Outcome string

// The outcomes. An entry without one is Done.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Entry is one change, or one that was refused.
type Entry struct {
	ID           string
	At           time.Time
	Actor        Actor
	Organization string // id; empty for what concerns an account only
	Action       string // for instance "cluster.create"
	Outcome      Outcome
	Target       string // for instance "cluster/first"
	Reason       string // why it was refused
	Before       any    // encodes to JSON; nil: it did not exist
	After        any    // encodes to JSON; nil: it is gone

	// What the store adds.
	Sequence int64  // place in the chain, from 1
	Previous string // hash of the entry before; empty for the first
	Hash     string // hex SHA-256 of Line
}

// installation is the chain of what belongs neither to an organization nor to an account.
const installation = "podium"

// Chain names the chain that an entry belongs to: the organization's, else the account's.
func (e Entry) Chain() string { return cmp.Or(e.Organization, e.Actor.AccountID, installation) }
