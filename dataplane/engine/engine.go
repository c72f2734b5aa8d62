// Package engine is a Conductor workflow engine as a library: definitions, executions, tasks. The data plane serves it over
// HTTP; the control plane runs its own provisioning workflows on it, in process.
//
// Everything that a method acknowledges is durable when it returns. Errors for callers are *workflow.Error with a kind; any
// other error is internal. All methods are safe for concurrent use.
package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/busy"
	"github.com/podium-cloud/podium/dataplane/internal/memo"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/memory"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/task"
	"github.com/podium-cloud/podium/dataplane/internal/timer"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Clock tells the time and wakes up later; tests bring their own.
type Clock = timer.Clock

// Observer is told what happens, for metrics and traces.
type Observer = runner.Observer

// Load is how much an engine has to do at a moment.
type Load = runner.Load

// Config configures an engine. The zero value is an engine in memory.
type Config struct {
	Dir               string        // folder of the store; "" keeps everything in memory
	Logger            *slog.Logger  // nil: discard
	HTTP              *http.Client  // client of HTTP tasks; nil: one that may reach everything
	MaxOpenExecutions int           // executions kept in memory at a time; 0: 4096
	ScriptLimit       time.Duration // of one script; 0: 4 s, as in Conductor
	LoopLimit         int           // iterations of a loop that waits for nothing; 0: 250,000
	Clock             Clock         // nil: the machine's
	Observer          Observer      // nil: nobody looks
	Retention         time.Duration // how long finished executions are kept whose definition does not say; 0: for ever
	Archive           bool          // finished executions whose definition does not say are archived before they are removed

	Payloads Payloads // where large payloads lie

	// Publish hands on a change of a task's state that its definition lists under onStateChange, after it is durable and
	// at least once; an event that it refuses is tried again. nil: the event handlers get it, as conductor:TYPE.
	Publish   func(ctx context.Context, e Event) error
	SecretKey []byte // 32 bytes that seal secrets; nil: one of its own in memory, and with Dir no secrets
}

// Engine runs workflows.
type Engine struct {
	store  store.Store
	defs   *registry
	queue  queue.Queue
	runner *runner.Runner
	nodes  *node.Cluster // nil: this is the only node
	memo   *memo.Memo
	moving chan struct{}          // a lock that is held while this node takes up what has come to live on it
	knows  atomic.Pointer[string] // the nodes for which this one has taken up what lives on it; nil: it is doing so
	clock  Clock
	log    *slog.Logger

	seal      *seal.Key // nil: no secrets
	secrets   *documents[secret]
	variables *documents[workflow.Variable]
	tags      *documents[tagList]
	handlers  *documents[workflow.EventHandler]
	schedules *documents[workflow.Schedule]
	scheduler *documents[scheduler]
	records   *documents[json.RawMessage]
	recorded  recorded
	fences    *documents[workflow.Fence]
	fence     *fence

	scriptLimit time.Duration
	mine        func(name string) bool
	background  *background
	handling    busy.Set[string]      // messages
	firing      busy.Set[string]      // schedules
	due         *timer.Timers[string] // schedules, by name

	schemas sync.Mutex // held while schemas change

	retention time.Duration
	archive   bool
	payloads  Payloads
}

// Open opens the store, takes up what is outstanding and begins to work.
func Open(ctx context.Context, c Config) (*Engine, error) {
	s, err := embedded.Open(c.Dir, c.fatal)
	if err != nil {
		return nil, err
	}
	e, err := open(ctx, c, Shared{Store: s, Queue: memoryQueue})
	if err != nil {
		s.Close() //nolint:errcheck // the first error tells more
		return nil, err
	}
	return e, nil
}

// fatal ends the process when the disk refuses a write: the store can't go on, and to answer calls without it is no use.
func (c Config) fatal(err error) {
	if c.Logger != nil {
		c.Logger.Error("the store cannot be written to; this process ends, and nothing that was acknowledged is lost: start it again when the disk takes writes", "store", c.Dir, "error", err.Error())
	}
	os.Exit(1)
}

func memoryQueue(limits func(taskType string) queue.Limit, c Clock) queue.Queue {
	return memory.New(limits, c)
}

// OpenShared begins to work as one of several nodes. Config.Dir has no meaning here. When it fails, what is shared is the
// caller's to close.
func OpenShared(ctx context.Context, c Config, s Shared) (*Engine, error) { return open(ctx, c, s) }

func open(ctx context.Context, c Config, shared Shared) (*Engine, error) {
	s := shared.Store
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{}
	}
	c.LoopLimit = cmp.Or(c.LoopLimit, 250_000)
	if c.ScriptLimit == 0 {
		c.ScriptLimit = 4 * time.Second
	}
	if c.Clock == nil {
		c.Clock = timer.System{}
	}
	c.Payloads.defaults()
	if c.Archive && c.Payloads.Store == nil {
		return nil, errors.New("executions are to be archived, and there is no payload store to archive them to")
	}
	defs, err := newRegistry(ctx, s)
	if err != nil {
		return nil, err
	}
	kept, err := memo.Open(ctx, s, c.Clock.Now().UnixMilli(), c.Logger)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		memo: kept, moving: make(chan struct{}, 1), store: s, defs: defs, queue: shared.Queue(defs.Limit, c.Clock), nodes: shared.Nodes, clock: c.Clock, log: c.Logger,
		retention: c.Retention, archive: c.Archive, payloads: c.Payloads, scriptLimit: c.ScriptLimit, background: newBackground(), fence: newFence(),
	}
	e.mine, e.due = e.Mine, timer.New(c.Clock, e.fire)
	if err := e.openDocuments(ctx, c); err != nil {
		e.queue.Close()
		return nil, err
	}
	var where runner.Homes
	if e.nodes != nil {
		where = newHomes(e.nodes)
	}
	e.runner = runner.New(runner.Config{
		Homes: where,
		Store: s, Definitions: defs, Queue: e.queue, Clock: c.Clock, Logger: c.Logger, MaxOpen: c.MaxOpenExecutions,
		ScriptLimit: c.ScriptLimit, LoopLimit: c.LoopLimit, Observer: c.Observer, Publish: e.publisher(c.Publish), Memo: sharedMemo{kept, e},
		Payloads: c.Payloads.Store, Threshold: c.Payloads.Threshold, Largest: c.Payloads.Largest,
		Variables: e.variableText, Secrets: e.secretText,
		Systems: map[string]runner.System{
			workflow.TypeHTTP:          e.withSecrets(runner.System(task.HTTP(c.HTTP))),
			workflow.TypeStartWorkflow: runner.System(task.StartWorkflow(e.startFrom, childID)),
			workflow.TypeEvent:         runner.System(task.Event(e.publish, e.about)),
		},
	})
	e.applyFence()
	err = e.runner.Start(ctx)
	if err == nil && e.nodes == nil {
		err = e.takeOverEvents(ctx)
	}
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("start engine: %w", err)
	}
	e.background.keep(e.due.Run)
	e.armSchedules()
	if e.nodes != nil {
		e.join()
	}
	e.background.keep(e.sweepFinished)
	return e, nil
}

// Load returns how much there is to do now.
func (e *Engine) Load() Load { return e.runner.Load() }

// probe is the document that Ready writes.
var probe = store.Doc{Kind: "probe", Key: "ready", Value: []byte("{}")}

// Ready returns nil when the engine can do its work: the store takes a durable write. That queues and timers are rebuilt
// goes without saying, as Open returns no engine before.
func (e *Engine) Ready(ctx context.Context) error {
	if err := e.store.PutDocs(ctx, probe); err != nil {
		return fmt.Errorf("write to the store: %w", err)
	}
	return nil
}

// openDocuments reads what is kept in documents.
func (e *Engine) openDocuments(ctx context.Context, c Config) error {
	key := c.SecretKey
	if key == nil && c.Dir == "" && e.nodes == nil {
		key = seal.Generate()
	}
	var err error
	if key != nil {
		if e.seal, err = seal.New(key); err != nil {
			return err
		}
	}
	if e.secrets, err = newDocuments[secret](ctx, e, kindSecret, "secret"); err != nil {
		return err
	}
	if err := e.checkSecrets(ctx); err != nil {
		return err
	}
	if e.variables, err = newDocuments[workflow.Variable](ctx, e, kindVariable, "environment variable"); err != nil {
		return err
	}
	if e.handlers, err = newDocuments[workflow.EventHandler](ctx, e, kindHandler, "event handler"); err != nil {
		return err
	}
	if e.schedules, err = newDocuments[workflow.Schedule](ctx, e, kindSchedule, "schedule"); err != nil {
		return err
	}
	if e.scheduler, err = newDocuments[scheduler](ctx, e, kindScheduler, "scheduler switch"); err != nil {
		return err
	}
	if e.records, err = newDocuments[json.RawMessage](ctx, e, kindRecord, "record"); err != nil {
		return err
	}
	if e.fences, err = newDocuments[workflow.Fence](ctx, e, kindFence, "fence"); err != nil {
		return err
	}
	e.tags, err = newDocuments[tagList](ctx, e, kindTag, "tag")
	return err
}

// Close ends the work and closes the store. What was acknowledged is durable.
func (e *Engine) Close() error {
	var err error
	if e.nodes != nil {
		ctx, cancel := context.WithTimeout(context.Background(), node.Expiry)
		err = e.nodes.Leave(ctx)
		cancel()
	}
	e.stop()
	return errors.Join(err, e.store.Close())
}

// stop ends the background work first, as it needs the runner.
func (e *Engine) stop() {
	e.background.stop()
	e.runner.Stop()
	e.queue.Close() // after the runner: other nodes are to know what its last steps were
}
