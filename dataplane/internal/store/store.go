// Package store is the seam between the engine and what it keeps: executions with their tasks, definitions, logs, and the
// search rows beside them. embedded implements it over Pebble; storetest is the suite that every implementation passes.
//
// A step of an execution arrives as a [Change]; [Store.Commit] writes a group of them as one durable unit. Tasks have rows
// of their own, so a step writes what changed and nothing else.
package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// ErrNotFound says that there is no such row.
var ErrNotFound = errors.New("not found")

// ErrLater says that a store cannot be opened because a later program has written it. Nothing was changed.
var ErrLater = errors.New("a later version of the program has written it, in a form that this version cannot read; " +
	"use the later version, or bring back a backup from before it")

// Conflict says that steps were decided on a state that is not the stored one: another node was faster. Nothing of the named
// executions was written by that Commit; the other changes of the group were.
type Conflict struct{ IDs []string }

// Error implements error.
func (c *Conflict) Error() string {
	return "decided on an old state: " + strings.Join(c.IDs, ", ")
}

// Doc is a small document of configuration: an event handler, a schedule, a secret, a variable of the environment, tags.
// Kind and Key name it; the store does not look into Value.
type Doc struct {
	Kind, Key string
	Value     []byte
}

// Change is what one step of one execution writes. Nil and zero fields are left as they are.
type Change struct {
	ID        string
	Header    *decide.Header
	Input     *workflow.Payload
	Variables *workflow.Payload
	Output    *workflow.Payload
	Plan      []byte // the definition's snapshot, when the execution began to run it
	Tasks     []Row
	Deleted   []Ref // task records that are gone; applied before Tasks
	Work      []Work
	Own       *decide.Outstanding // what the execution itself still needs
	Summary   *workflow.Summary   // search row, when one of its fields changed
	Before    *workflow.Summary   // the search row that it replaces, nil when there was none
	Remove    bool                // delete the execution and all that belongs to it
	Carried   bool                // it comes from another store, which has counted it as usage
}

// began reports whether the change is an execution's first.
func (c *Change) began() bool { return c.Header != nil && c.Header.Rev == 1 }

// Counted is what the change adds to the usage: executions that began and tasks that came to be.
func (c *Change) Counted() (executions, tasks int64) {
	if c.Carried {
		return 0, 0
	}
	if c.began() {
		executions = 1
	}
	for i := range c.Tasks {
		if c.Tasks[i].New {
			tasks++
		}
	}
	return executions, tasks
}

// Usage is what came to a store on one day, as one opening of it has counted. The counts are written with what they count, so
// they are exact over crashes; they only grow, and each opening begins new ones. So the sum over all epochs of a day is
// right whatever was lost, repeated or restored from a copy, if each epoch's largest count is taken.
type Usage struct {
	Epoch        string // of the counts: made up when the store was opened
	Day          int64  // since 1970-01-01, UTC
	Executions   int64  // that began
	Tasks        int64  // that came to be
	StorageBytes int64  // the most that Measure has found
}

// UsageDays is how many days of usage a store keeps.
const UsageDays = 400

// DaySeconds is how long a UTC day is.
const DaySeconds = 24 * 60 * 60

// Day returns the number of the UTC day of t.
func Day(t time.Time) int64 { return t.Unix() / DaySeconds }

// Row is a task record as it is stored: the encoded record, and its input and output as they came.
type Row struct {
	Seq           int
	ID            string // not set by Load: it is in the record
	New           bool   // there was no record with this ID before; not set by Load
	Task          []byte
	Input, Output workflow.Payload
}

// Ref names a task record.
type Ref struct {
	Seq int
	ID  string
}

// Work is what is outstanding for a task; a Kind of NoWork deletes the row.
type Work struct {
	decide.Work
	Picked *Picked // set while a worker has the task
}

// Picked is what changed in a task when a worker took it. It is kept with the work, so that a poll does not rewrite the
// task's row.
type Picked struct {
	WorkerID  string `json:"w,omitempty"`
	Start     int64  `json:"s"`
	Update    int64  `json:"u"`
	PollCount int    `json:"p"`
}

// Record is a stored execution.
type Record struct {
	Header    decide.Header
	Input     workflow.Payload
	Variables workflow.Payload
	Output    workflow.Payload
	Plan      []byte
	Tasks     []Row
	Picked    map[int]Picked // by Seq
}

// View is what a store held at one moment. It is not for use by several goroutines at a time.
type View interface {
	// Each calls f for every execution, in no order: with the change that writes the whole of it, and the logs of its tasks by
	// their ids.
	Each(ctx context.Context, f func(c *Change, logs map[string][]workflow.TaskLog) error) error

	Defs(ctx context.Context) ([]*workflow.Def, error)
	TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error)
	Schemas(ctx context.Context) ([]*workflow.SchemaDef, error)
	Docs(ctx context.Context, kind string) ([]Doc, error)
	DocKinds(ctx context.Context) ([]string, error)
}

// Store keeps everything of a data plane. All methods are safe for concurrent use. Methods that return one row return
// ErrNotFound when there is none.
type Store interface {
	// Commit writes the changes as one unit, in the order of the calls, and returns a function that waits until they are
	// durable; only when that returns nil do they survive a crash. A further Commit may be made before the wait is over, on
	// top of it. Lazy changes come first; they are of no harm when lost, and never bring back a row that has gone.
	//
	// A change follows the stored state when its Header.Rev is the stored one plus one (1: there is no such execution). A
	// store that several nodes share refuses others with a *Conflict, from Commit or from wait; one that only one process
	// can open need not look.
	Commit(ctx context.Context, lazy, changes []*Change) (wait func() error, err error)
	// Load reads an execution; without tasks when withTasks is false.
	Load(ctx context.Context, id string, withTasks bool) (*Record, error)
	// FindTask tells which execution a task belongs to.
	FindTask(ctx context.Context, taskID string) (executionID string, seq int, err error)
	// Outstanding calls f for everything that is outstanding in the slots (see package home; nil: all), in no order. Either
	// work or own is set.
	Outstanding(ctx context.Context, slots []int, f func(id string, work *Work, own *decide.Outstanding) error) error

	// Snapshot calls f with what the store holds at one moment, while others write to it. The view is of no use afterwards.
	Snapshot(ctx context.Context, f func(View) error) error
	// Clear deletes everything but the usage.
	Clear(ctx context.Context) error

	// Search returns a page of matching executions, in the query's order, and the count of all matches. The count is exact for
	// up to 10,000 matches behind the page (1,000 if rows must be read to know whether they match, as for free text), and
	// for queries about nothing but the status; otherwise it may be the least that there are. So whoever asks for pages as
	// long as there should be more comes to the end of any result.
	Search(ctx context.Context, q *search.Query, start, size int) ([]*workflow.Summary, int64, error)
	// Counts returns the number of executions by status.
	Counts(ctx context.Context) (map[workflow.Status]int64, error)

	// PutDefs writes workflow definitions.
	PutDefs(ctx context.Context, defs ...*workflow.Def) error
	DeleteDef(ctx context.Context, name string, version int) error
	Defs(ctx context.Context) ([]*workflow.Def, error)
	// PutTaskDefs writes task definitions.
	PutTaskDefs(ctx context.Context, defs ...*workflow.TaskDef) error
	DeleteTaskDef(ctx context.Context, name string) error
	TaskDefs(ctx context.Context) ([]*workflow.TaskDef, error)

	// PutSchemas writes schemas.
	PutSchemas(ctx context.Context, schemas ...*workflow.SchemaDef) error
	DeleteSchema(ctx context.Context, name string, version int) error
	Schemas(ctx context.Context) ([]*workflow.SchemaDef, error)

	// PutDocs writes documents, all or none, in place of those with the same kind and key.
	PutDocs(ctx context.Context, docs ...Doc) error
	// DeleteDoc removes a document; one that is not there is no error.
	DeleteDoc(ctx context.Context, kind, key string) error
	// Docs returns the documents of a kind, by key.
	Docs(ctx context.Context, kind string) ([]Doc, error)
	// DocKinds returns the kinds that there are documents of, sorted.
	DocKinds(ctx context.Context) ([]string, error)

	// AddLogs appends to a task's log.
	AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error
	Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error)

	// Usage returns what was counted in the last UsageDays days, by day and epoch.
	Usage(ctx context.Context) ([]Usage, error)
	// Measure notes how many bytes are stored now, and beside the store in its owner's care, as today's usage.
	Measure(ctx context.Context, beside int64) error

	Close() error
}
