package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// writer writes batches one after the other on a connection of its own. The groups that come while one is on its way are
// gathered into the next one, so under load a transaction carries many groups, and a lone group waits for nobody.
type writer struct {
	connect func(ctx context.Context) (*pgx.Conn, error)
	log     *slog.Logger
	id      []byte
	shard   int16
	number  int64 // of the last transaction
	conn    *pgx.Conn

	mu      sync.Mutex
	batches []*batch // in their order; the first one may be on its way
	flying  bool
	closed  bool
	idle    chan struct{} // closed when nothing is left to write
}

// maxSteps is how many steps a transaction carries at most, if its first group does not have more.
const maxSteps = 2048

var errClosed = errors.New("the store is closed")

// commit puts a group into its place and returns how to wait for it.
func (w *writer) commit(lazy, changes []*store.Change) (func() error, error) {
	steps := make([]step, 0, len(lazy)+len(changes))
	ids := make([]string, 0, len(changes))
	for _, c := range slices.Concat(lazy, changes) {
		s, err := encode(c)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	for _, c := range changes {
		ids = append(ids, c.ID)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errClosed
	}
	b := w.open(len(changes))
	for i, s := range steps {
		if i < len(lazy) {
			b.lazy(s)
		} else {
			b.add(s)
		}
	}
	if !w.flying {
		w.flying = true
		w.idle = make(chan struct{})
		go w.run()
	}
	return func() error {
		<-b.done
		return b.result(ids)
	}, nil
}

// open returns the batch that takes further steps. The writer is locked.
func (w *writer) open(steps int) *batch {
	if n := len(w.batches); n > 1 || n == 1 && !w.flying {
		if b := w.batches[n-1]; b.steps+steps <= maxSteps {
			return b
		}
	}
	b := newBatch()
	w.batches = append(w.batches, b)
	return b
}

// run writes until nothing is left.
func (w *writer) run() {
	w.mu.Lock()
	b := w.batches[0]
	w.mu.Unlock()
	for {
		b.err = w.write(b)
		w.mu.Lock()
		w.batches = w.batches[1:]
		close(b.done)
		if len(w.batches) == 0 {
			w.flying = false
			close(w.idle)
			w.mu.Unlock()
			return
		}
		b = w.batches[0]
		w.mu.Unlock()
	}
}

// settle waits until what has been committed of an execution can be read.
func (w *writer) settle(ctx context.Context, id string) error {
	w.mu.Lock()
	var last *batch
	for _, b := range w.batches {
		if b.executions[id] != nil {
			last = b
		}
	}
	w.mu.Unlock()
	if last == nil {
		return nil
	}
	select {
	case <-last.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close waits for what has been committed, and closes the connection.
func (w *writer) close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	idle := w.idle
	w.mu.Unlock()
	if idle != nil {
		<-idle
	}
	if w.conn == nil {
		return nil
	}
	_, err := w.conn.Exec(ctx, query("ForgetWriter"), w.id)
	return errors.Join(err, w.conn.Close(ctx))
}

// States that the statements of a batch fail with.
const (
	alreadyWritten  = "PD001" // by an earlier attempt, whose answer was lost
	oldState        = "PD002"
	uniqueViolation = "23505"
)

// write writes a batch but for the executions that were decided on an old state. A transaction whose answer is lost is tried
// again under the same number: the database refuses it if it has been written, so it is written once.
func (w *writer) write(b *batch) error {
	w.mu.Lock() // settle looks into the batch
	b.refuseBroken()
	w.mu.Unlock()
	w.number++
	err := retry(context.Background(), w.log, func(ctx context.Context) error {
		for {
			err := w.attempt(ctx, b)
			switch stateOf(err) {
			case alreadyWritten:
				return nil
			case oldState, uniqueViolation:
				refused, readErr := w.refuse(ctx, b)
				if readErr != nil {
					return readErr
				}
				if refused {
					continue
				}
			}
			return err
		}
	})
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// attempt sends the whole transaction in one go: the end of the pipeline commits it.
func (w *writer) attempt(ctx context.Context, b *batch) error {
	if w.conn == nil || w.conn.IsClosed() {
		conn, err := w.connect(ctx)
		if err != nil {
			return err
		}
		w.conn = conn
	}
	if len(b.executions) == 0 {
		return nil // all of them were refused
	}
	var statements pgx.Batch
	b.queue(&statements, w.id, w.number, w.shard)
	err := w.conn.SendBatch(ctx, &statements).Close()
	if err != nil && w.conn.IsClosed() && stateOf(err) == "" {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return err
}

var errBroken = errors.New("the connection is broken")

// refuse takes out of a batch, which was not written, what was decided on an old state.
func (w *writer) refuse(ctx context.Context, b *batch) (bool, error) {
	rows, err := w.conn.Query(ctx, query("SelectRevisions"), b.checked())
	if err != nil {
		return false, err
	}
	revisions := map[string]int64{}
	var id []byte
	var revision int64
	_, err = pgx.ForEachRow(rows, []any{&id, &revision}, func() error {
		revisions[string(id)] = revision
		return nil
	})
	if err != nil {
		return false, err
	}
	w.mu.Lock() // settle looks into the batch
	defer w.mu.Unlock()
	return b.refuse(revisions), nil
}

// How long a database may be away.
const (
	patience       = 10 * time.Second
	attemptTimeout = 15 * time.Second
	firstPause     = 20 * time.Millisecond
	longestPause   = time.Second
)

// retry calls f again while the database is away or breaks off transactions, for a time.
func retry(ctx context.Context, log *slog.Logger, f func(context.Context) error) error {
	start := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
		err := f(attempt)
		cancel()
		if err == nil || !passing(err) || ctx.Err() != nil || time.Since(start)+pause > patience {
			return err
		}
		log.WarnContext(ctx, "the database does not answer as it should; trying again", "error", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func stateOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// passing reports whether an error may go away by itself.
func passing(err error) bool {
	if state := stateOf(err); state != "" {
		switch state[:2] {
		case "08", // connection
			"40", // rolled back: deadlocks among them
			"53", // out of resources
			"57": // shut down, or starting
			return true
		}
		return state == oldState || state == uniqueViolation // and nothing was found to be refused: it has been removed since
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, errBroken) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}
