// Package runner carries out steps: it keeps open executions in a bounded cache, lets decide change them under a lock,
// hands the changed rows to the one committer, and releases what follows (queue, timers, HTTP calls, children, answers)
// only when the rows are durable.
//
// The files: runner.go (life), step.go (one step), commit.go (group commit), cache.go (open executions), release.go (what
// follows a commit), outside.go (effects that leave the execution), homes.go (many nodes), places.go (executions that share places), watch.go (pushing changes to
// watchers), observe.go (metrics and traces).
package runner

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/busy"
	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/memo"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// System runs a system task outside of the execution. It returns the task's end state: COMPLETED, FAILED, or IN_PROGRESS
// when somebody else is to complete it.
type System func(ctx context.Context, t *workflow.Task) (status workflow.TaskStatus, output workflow.Payload, reason string)

// Definitions is what the runner needs of the registry. All methods answer from memory.
type Definitions interface {
	TaskDef(name string) *workflow.TaskDef
	Limit(name string) queue.Limit                       // of the tasks with a definition
	Schema(name string, version int) *workflow.SchemaDef // version 0: latest
	Def(name string, version int) *workflow.Def          // version 0: latest
	Plan(def *workflow.Def) (*decide.Plan, error)
	SnapshotPlan(hash string, json []byte) (*decide.Plan, error)
}

// Config makes a Runner.
type Config struct {
	Store       store.Store
	Definitions Definitions
	Queue       queue.Queue
	Systems     map[string]System // by task type
	Clock       timer.Clock
	Logger      *slog.Logger
	Homes       Homes         // nil: every execution lives here, and the store is this process's own
	MaxOpen     int           // executions kept in memory
	ScriptLimit time.Duration // of one script
	LoopLimit   int           // iterations of a loop that waits for nothing
	Observer    Observer      // nil: nobody looks
	Variables   expr.Env      // ${workflow.env.NAME}
	Secrets     expr.Env      // ${workflow.secrets.NAME}, for operators that run inside of a step

	// Publish hands on an event of onStateChange; one that it refuses is tried again. nil: nobody wants them.
	Publish func(ctx context.Context, e decide.Event) error
	Memo    Memo // nil: cacheConfig has no effect

	Payloads  payload.Store // of payloads that are too large for rows; nil: there is nowhere to put them
	Threshold int           // larger payloads lie outside, in bytes
	Largest   int           // of all payloads, in bytes; 0: decide.MaxPayload
}

// Memo keeps outputs of tasks (cacheConfig). Get and Put work in memory.
type Memo interface {
	Get(task, key string, now int64) (workflow.Payload, bool)
	Put(entries []memo.Entry)
	Save(ctx context.Context)
}

// timerKey is a due time of an execution (Seq 0) or a task: to look at it, or to make it available.
type timerKey struct {
	id   string
	seq  int
	kind timerKind
}

type timerKind uint8

const (
	tick timerKind = iota
	available
)

// Runner carries out the steps of all executions of a process.
type Runner struct {
	store   store.Store
	defs    Definitions
	queue   queue.Queue
	systems map[string]System
	clock   timer.Clock
	log     *slog.Logger
	steps   decide.Env // what the environments of all steps share
	observe Observer

	timers  *timer.Timers[timerKey]
	cache   *cache
	commits *committer
	pool    *pool              // effects between executions, and due times
	outside *pool              // system tasks that do I/O, which may take long
	running busy.Set[timerKey] // those that run now, as one that is placed twice must not run twice at a time
	homes   Homes
	held    sync.Map // names of task definitions whose system tasks are taken from the queue
	stored  sync.Map // hashes of the definitions whose snapshot is durable
	watch   *watchers
	publish func(ctx context.Context, e decide.Event) error
	memo    Memo
	outer   outer
	telling busy.Set[string] // executions whose events are being published
	refusal refusal
	births  births

	Places *Places

	ctx  context.Context // ends when the runner stops
	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes a runner; Start begins its work.
func New(c Config) *Runner {
	r := &Runner{
		store: c.Store, defs: c.Definitions, queue: c.Queue, systems: c.Systems, clock: c.Clock, log: c.Logger,
		watch: newWatchers(), publish: c.Publish, memo: c.Memo,
		outer:   outer{c.Payloads, c.Threshold, c.Largest},
		observe: c.Observer, homes: c.Homes,
	}
	if r.observe == nil {
		r.observe = unobserved{}
	}
	if r.homes == nil {
		r.homes = alone{}
	}
	r.steps = decide.Env{
		Rand: rand.Int64N, TaskDef: r.defs.TaskDef, ScriptLimit: c.ScriptLimit, LoopLimit: c.LoopLimit, Variables: c.Variables, Secrets: c.Secrets,
		Schema: r.defs.Schema, Publishes: r.publish != nil, MaxPayload: r.outer.largest,
		ActiveDomain: func(taskType, domain string) bool {
			return r.queue.Active(taskType, domain, r.clock.Now().Add(-activePoller))
		},
	}
	if c.Memo != nil {
		r.steps.Kept = c.Memo.Get
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.timers = timer.New(c.Clock, r.fire)
	r.commits = newCommitter(c.Store, c.Homes != nil, r.committed, r.observe.Committed)
	r.cache = newCache(c.MaxOpen, r.commits.readable, r.homes.Mine)
	r.pool, r.outside = newPool(r.ctx), newPool(r.ctx)
	r.Places = newPlaces(r)
	r.steps.Place = r.Places.Take
	return r
}

// Fence holds back what executions do by themselves: timers, and system tasks that reach outside. Those that run already end.
// Calls are carried out as ever. When it is lifted, all that was held back follows.
func (r *Runner) Fence(on bool) {
	r.timers.Hold(on)
	r.outside.hold(on)
}

// Start begins the work. Without Homes it takes up everything that is outstanding; else see Gain.
func (r *Runner) Start(ctx context.Context) error {
	r.done.Go(func() {
		r.commits.run()
	})
	if r.homes == (alone{}) {
		if err := r.Gain(ctx, nil, true); err != nil {
			return err
		}
	}
	r.done.Go(func() {
		r.timers.Run(r.ctx)
	})
	return nil
}

// Stop ends the work: what is being committed is finished, effects in flight are given up and taken up again at the next
// start.
func (r *Runner) Stop() {
	r.stop()
	r.pool.wait()
	r.outside.wait()
	r.commits.stop()
	r.done.Wait()
}

func (r *Runner) now() int64 { return r.clock.Now().UnixMilli() }

// env is the environment of one step of an execution. Tasks get ids in its slot. Scripts end by their time limit alone: one that
// ended because its caller has gone, or because the node stops, would fail its task.
func (r *Runner) env(ctx context.Context, id string) *decide.Env {
	env := r.steps
	env.Context, env.Now, env.NewID = context.WithoutCancel(ctx), r.now(), func() string { return home.With(id, newID()) }
	return &env
}

// activePoller is how long after its last poll a domain counts as served.
const activePoller = 10 * time.Second

// newID makes ids that grow with time, so that rows of one time lie together.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// NewID makes an id for an execution that lives on this node.
func (r *Runner) NewID() string {
	id := newID()
	for range home.Slots {
		if r.homes.Mine(id) {
			break
		}
		id = home.In(rand.IntN(home.Slots), id) //nolint:gosec // the rest of the id is not guessed either
	}
	return id
}
