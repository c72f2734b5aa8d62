// Package queue is the seam between the engine and the tasks that are ready to be worked on, and the polls that wait for
// them: per task type and domain the ready tasks (higher priority first, then first come) and the parked polls in order of
// arrival. A task that becomes ready goes straight to a parked poll. Limits of task types act when tasks are handed out.
//
// Package memory implements it for one process, package redis for many nodes; queuetest is the suite that both pass. What a
// queue holds follows from the store: it is rebuilt at start, and the store decides what becomes of a task that was
// handed out twice, or too late.
package queue

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Key names a task by its execution and number.
type Key struct {
	Execution string
	Seq       int
}

// Item is a task that is ready. Its queue is named by Type and Domain; Priority is 0 to 99, higher first. All of it stays
// the same for as long as the task is known.
type Item struct {
	Key
	Type     string
	Domain   string
	Priority int
}

// Info is the state of one queue: tasks that are ready, tasks that are handed out or with a worker, parked polls. It is
// that of all nodes; what other nodes contribute may be a second old.
type Info struct {
	Type, Domain             string
	Depth, InFlight, Pollers int
}

// Poll says who polled a queue last.
type Poll struct {
	Type, Domain, Worker string
	At                   time.Time
}

// Limit bounds the hand-out of the tasks of a type, over all domains and nodes. The zero value is no limit.
type Limit struct {
	Concurrent int           // at most this many in flight, 0: any number
	Rate       int           // at most this many handed out in any window of Per, 0: any number
	Per        time.Duration // length of the window
}

// Limited reports whether the limit limits anything.
func (l Limit) Limited() bool { return l.Concurrent > 0 || l.rated() }

func (l Limit) rated() bool { return l.Rate > 0 && l.Per > 0 }

// Unlimited is the limit function of a queue without limits.
func Unlimited(string) Limit { return Limit{} }

// Queue holds ready tasks and parked polls. No method but Take waits, and none returns an error: an implementation that
// cannot reach what it shares with other nodes goes on with what it has in memory, and catches up later. All methods are
// safe for concurrent use.
//
// Where several nodes share a queue, each execution has a home among them. Only the home calls Push, Offer, Remove, Fly and
// Drop for its tasks; every node calls Take for its own pollers, and Return for what Take gave it. A task that Take
// returned is in flight at once; it stays so until one of Push, Remove, Return and Drop.
type Queue interface {
	// Push makes a task ready; one that is ready already is left alone, one that was with a worker is back.
	Push(it Item)
	// Offer makes a task ready unless it is ready, or in flight; it reports whether it did. Of one that is ready the other
	// nodes are told again, in case that another one that took itself for the home has told them something else.
	Offer(it Item) bool
	// Remove takes a task out, wherever it is.
	Remove(k Key)
	// Fly notes that a worker has a task.
	Fly(it Item)
	// Take returns up to count ready tasks, as many as the limits of the type allow. When there are none it waits for the
	// first, until the wait or ctx ends.
	Take(ctx context.Context, taskType, domain string, count int, wait time.Duration) []Item
	// Return gives back a task that Take returned and that no worker was given: it is ready again, before others.
	Return(it Item)
	// Drop is said of a task that Take returned and that was not to be had: what the queue knew of it was old. A task that
	// a worker has is left alone.
	Drop(it Item)
	// Forget lets go of the tasks of executions whose home is elsewhere now, without taking them from the other nodes.
	Forget(of func(execution string) bool)
	// Limited is said when the limit of a type has changed; it acts at once.
	Limited(taskType string)
	// Seen records a poll.
	Seen(taskType, domain, worker string, at time.Time)
	// Active reports whether a queue was polled since, or is being polled.
	Active(taskType, domain string, since time.Time) bool
	// Polls returns the last poll of each queue of a type, "" for all, by type and domain.
	Polls(taskType string) []Poll
	// Infos returns the state of every queue, by type and domain.
	Infos() []Info
	// Close ends the work in the background and the parked polls.
	Close()
}

// SortPolls orders polls by type and domain.
func SortPolls(polls []Poll) {
	slices.SortFunc(polls, func(a, b Poll) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Domain, b.Domain))
	})
}

// SortInfos orders infos by type and domain.
func SortInfos(infos []Info) {
	slices.SortFunc(infos, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Domain, b.Domain))
	})
}
