package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Load implements store.Store. It reads what one moment held, in one round trip.
func (s *Store) Load(ctx context.Context, id string, withTasks bool) (*store.Record, error) {
	if err := s.writer.settle(ctx, id); err != nil {
		return nil, err
	}
	var r *store.Record
	err := retry(ctx, s.log, func(ctx context.Context) (err error) {
		r, err = s.load(ctx, id, withTasks)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", id, err)
	}
	return r, nil
}

func (s *Store) load(ctx context.Context, id string, withTasks bool) (*store.Record, error) {
	r := &store.Record{Picked: map[int]store.Picked{}}
	found := false
	var b pgx.Batch
	if withTasks {
		b.Queue(query("BeginRead"))
	}
	b.Queue(query("SelectExecution"), []byte(id)).Query(func(rows pgx.Rows) error {
		var header, plan []byte
		_, err := pgx.ForEachRow(rows, []any{&header, (*[]byte)(&r.Input), (*[]byte)(&r.Variables), (*[]byte)(&r.Output), &plan, &r.Plan}, func() error {
			found = true
			if r.Plan == nil {
				return fmt.Errorf("definition %s is missing", plan)
			}
			return json.Unmarshal(header, &r.Header)
		})
		return err
	})
	if withTasks {
		b.Queue(query("SelectTasks"), []byte(id)).Query(func(rows pgx.Rows) (err error) {
			r.Tasks, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t store.Row, err error) {
				err = row.Scan(&t.Seq, &t.Task, (*[]byte)(&t.Input), (*[]byte)(&t.Output))
				return t, err
			})
			return err
		})
		b.Queue(query("SelectWork"), []byte(id), int16(home.Slot(id))).Query(func(rows pgx.Rows) error {
			var seq int
			var body []byte
			_, err := pgx.ForEachRow(rows, []any{&seq, &body}, func() error {
				var w store.Work
				if seq == 0 {
					return nil
				}
				err := json.Unmarshal(body, &w)
				if w.Picked != nil {
					r.Picked[seq] = *w.Picked
				}
				return err
			})
			return err
		})
		b.Queue(query("EndRead"))
	}
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return nil, err
	}
	if !found {
		return nil, store.ErrNotFound
	}
	return r, nil
}

// FindTask implements store.Store.
func (s *Store) FindTask(ctx context.Context, taskID string) (executionID string, seq int, err error) {
	err = retry(ctx, s.log, func(ctx context.Context) error {
		var id []byte
		err := s.pool.QueryRow(ctx, query("SelectTask"), []byte(taskID)).Scan(&id, &seq)
		executionID = string(id)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", 0, store.ErrNotFound
	}
	if err != nil {
		return "", 0, fmt.Errorf("find task %s: %w", taskID, err)
	}
	return executionID, seq, nil
}

// Outstanding implements store.Store. The rows are read as f takes them; when the connection breaks on the way it fails.
func (s *Store) Outstanding(ctx context.Context, slots []int, f func(string, *store.Work, *decide.Outstanding) error) error {
	var rows pgx.Rows
	var err error
	if slots == nil {
		rows, err = s.pool.Query(ctx, query("SelectOutstanding"))
	} else {
		in := make([]int16, len(slots))
		for i, slot := range slots {
			in[i] = int16(slot)
		}
		rows, err = s.pool.Query(ctx, query("SelectOutstandingIn"), in)
	}
	if err != nil {
		return fmt.Errorf("read what is outstanding: %w", err)
	}
	var id, body []byte
	var seq int
	_, err = pgx.ForEachRow(rows, []any{&id, &seq, &body}, func() error {
		work, own, err := outstanding(seq, body)
		if err != nil {
			return fmt.Errorf("outstanding of %s: %w", id, err)
		}
		return f(string(id), work, own)
	})
	if err != nil {
		return fmt.Errorf("read what is outstanding: %w", err)
	}
	return nil
}

// outstanding decodes a row of work.
func outstanding(seq int, body []byte) (*store.Work, *decide.Outstanding, error) {
	if seq == 0 {
		own := &decide.Outstanding{}
		return nil, own, json.Unmarshal(body, own)
	}
	work := &store.Work{}
	return work, nil, json.Unmarshal(body, work)
}

// AddLogs implements store.Store.
func (s *Store) AddLogs(ctx context.Context, taskID string, logs []workflow.TaskLog) error {
	times := make([]int64, len(logs))
	lines := make([][]byte, len(logs))
	for i, l := range logs {
		line, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("encode log: %w", err)
		}
		times[i], lines[i] = l.CreatedTime, line
	}
	// Not tried again: lines that have been written would be there twice.
	if _, err := s.pool.Exec(ctx, query("InsertLogs"), []byte(taskID), times, lines); err != nil {
		return fmt.Errorf("add logs of %s: %w", taskID, err)
	}
	return nil
}

// Logs implements store.Store.
func (s *Store) Logs(ctx context.Context, taskID string) ([]workflow.TaskLog, error) {
	lines, err := list(ctx, s, decoded[workflow.TaskLog], query("SelectLogs"), []byte(taskID))
	if err != nil {
		return nil, fmt.Errorf("read logs of %s: %w", taskID, err)
	}
	return lines, nil
}

// decoded reads a row of one JSON value.
func decoded[T any](row pgx.CollectableRow) (v T, err error) {
	var b []byte
	if err = row.Scan(&b); err == nil {
		err = json.Unmarshal(b, &v)
	}
	return v, err
}
