package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// pageSize is how many executions Each reads at a time.
const pageSize = 200

// whole is all that there is of an execution.
type whole struct {
	change *store.Change
	logs   map[string][]workflow.TaskLog
}

// Each implements store.View.
func (v view) Each(ctx context.Context, f func(*store.Change, map[string][]workflow.TaskLog) error) error {
	last := []byte{}
	for {
		page, err := executionsAfter(ctx, v.tx, last)
		if err != nil {
			return fmt.Errorf("read all executions: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, w := range page {
			if err := f(w.change, w.logs); err != nil {
				return err
			}
		}
		last = []byte(page[len(page)-1].change.ID)
	}
}

// executionsAfter reads a page of executions, in the order of their ids.
func executionsAfter(ctx context.Context, tx pgx.Tx, last []byte) ([]*whole, error) {
	var page []*whole
	var ids [][]byte
	byID := map[string]*whole{}
	rows, err := tx.Query(ctx, query("SelectExecutionsAfter"), last, pageSize)
	if err != nil {
		return nil, err
	}
	var id, header, plan, input, variables, output []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &header, &plan, &input, &variables, &output}, func() error {
		w := &whole{&store.Change{
			ID: string(id), Plan: plan, Input: new(workflow.Payload(input)), Variables: new(workflow.Payload(variables)), Output: new(workflow.Payload(output)),
		}, map[string][]workflow.TaskLog{}}
		page, ids = append(page, w), append(ids, []byte(w.change.ID))
		byID[w.change.ID] = w
		return json.Unmarshal(header, &w.change.Header)
	})
	if err != nil || page == nil {
		return nil, err
	}
	var b pgx.Batch
	each := func(name string, read func(pgx.CollectableRow) error, more ...any) {
		b.Queue(query(name), append([]any{ids}, more...)...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := read(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
	each("SelectTasksOf", func(row pgx.CollectableRow) error {
		var id, task []byte
		var t store.Row
		err := row.Scan(&id, &t.Seq, &task, &t.Task, (*[]byte)(&t.Input), (*[]byte)(&t.Output))
		t.ID = string(task)
		c := byID[string(id)].change
		c.Tasks = append(c.Tasks, t)
		return err
	})
	each("SelectWorkOf", func(row pgx.CollectableRow) error {
		var id, body []byte
		var seq int
		if err := row.Scan(&id, &seq, &body); err != nil {
			return err
		}
		work, own, err := outstanding(seq, body)
		c := byID[string(id)].change
		if own != nil {
			c.Own = own
		} else if work != nil {
			c.Work = append(c.Work, *work)
		}
		return err
	}, slotsOf(ids))
	each("SelectSummariesOf", func(row pgx.CollectableRow) error {
		sum, err := summary(row)
		if err == nil {
			byID[sum.WorkflowID].change.Summary = sum
		}
		return err
	})
	each("SelectLogsOf", func(row pgx.CollectableRow) error {
		var id, task, line []byte
		var l workflow.TaskLog
		err := row.Scan(&id, &task, &line)
		if err == nil {
			err = json.Unmarshal(line, &l)
		}
		logs := byID[string(id)].logs
		logs[string(task)] = append(logs[string(task)], l)
		return err
	})
	return page, tx.SendBatch(ctx, &b).Close()
}

// slotsOf are the slots of executions.
func slotsOf(ids [][]byte) []int16 {
	slots := make([]int16, len(ids))
	for i, id := range ids {
		slots[i] = int16(home.Slot(string(id)))
	}
	return slots
}
