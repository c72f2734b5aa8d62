package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Bounds of the removal of finished executions.
const (
	sweepPause = 10 * time.Second // between two looks
	sweepPage  = 1000             // executions that are read at a time
	sweepMax   = 50_000           // executions that are removed in one look
	sweepWidth = 16               // executions that are removed beside each other
)

var finished = []workflow.Status{workflow.Completed, workflow.Failed, workflow.TimedOut, workflow.Terminated}

// retention reads how long finished executions are kept; 0 is for ever.
func retention(text string) time.Duration {
	d, err := expr.ParseDuration(text)
	if err != nil {
		return 0 // "forever", or what was registered before such texts were checked
	}
	return d
}

// sweepFinished removes finished executions when their time is over, until ctx ends.
func (e *Engine) sweepFinished(ctx context.Context) {
	e.expireUploads(ctx)
	expired := e.clock.Now()
	for {
		wait, stop := e.clock.Until(e.clock.Now().Add(sweepPause))
		select {
		case <-wait:
			stop()
		case <-ctx.Done():
			stop()
			return
		}
		if e.clock.Now().Sub(expired) >= time.Hour {
			e.expireUploads(ctx)
			expired = e.clock.Now()
		}
		if n, err := e.sweep(ctx); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "finished executions could not be removed; it is tried again", "removed", n, "error", err)
		}
	}
}

// sweep removes what is over its time now. Each definition that says so itself is looked at by name, the others together.
func (e *Engine) sweep(ctx context.Context) (removed int, err error) {
	own := e.defs.retentions()
	names := make([]string, 0, len(own))
	for name, keep := range own {
		names = append(names, search.Quote(name))
		if keep > 0 {
			n, failed := e.sweepWhere(ctx, "workflowType = "+search.Quote(name), keep, sweepMax-removed)
			err = errors.Join(err, failed)
			if removed += n; removed >= sweepMax {
				return removed, err
			}
		}
	}
	if e.retention == 0 {
		return removed, err
	}
	var others []string
	slices.Sort(names)
	for _, name := range names {
		others = append(others, "workflowType != "+name)
	}
	n, failed := e.sweepWhere(ctx, strings.Join(others, " AND "), e.retention, sweepMax-removed)
	return removed + n, errors.Join(err, failed)
}

// sweepWhere removes at most so many executions that match a query and ended longer ago than they are kept.
func (e *Engine) sweepWhere(ctx context.Context, where string, keep time.Duration, most int) (removed int, err error) {
	before := e.clock.Now().Add(-keep).UnixMilli()
	if where != "" {
		where += " AND "
	}
	for _, status := range finished {
		q, err := search.Parse(fmt.Sprintf("%sstatus = %s AND startTime <= %d AND endTime <= %d", where, status, before, before), "", "", search.WorkflowFields)
		if err != nil {
			return removed, err
		}
		for skip := 0; removed < most; { // what stays for now must not be read for ever
			rows, _, err := e.store.Search(ctx, q, skip, min(sweepPage, most-removed))
			if err != nil || len(rows) == 0 {
				if err != nil {
					return removed, fmt.Errorf("search: %w", err)
				}
				break
			}
			gone, err := e.retire(ctx, rows, before)
			removed += gone
			skip += len(rows) - gone
			if err != nil {
				return removed, err
			}
		}
	}
	return removed, nil
}

// retire removes those of a page that have ended before a time (epoch milliseconds) and live here, several beside each other:
// each waits for its archive and for its commit.
func (e *Engine) retire(ctx context.Context, rows []*workflow.Summary, before int64) (gone int, err error) {
	var count atomic.Int64
	var group errgroup.Group
	group.SetLimit(sweepWidth)
	for _, row := range rows {
		if !e.Mine(row.WorkflowID) { // its home looks after it
			continue
		}
		group.Go(func() error {
			ok, err := e.runner.Retire(ctx, row.WorkflowID, before, e.archiveFirst(ctx, row.WorkflowType))
			if ok {
				count.Add(1)
			}
			return err
		})
	}
	err = group.Wait()
	return int(count.Load()), err
}

// retentions returns what the latest versions of definitions say of their retention; 0 is for ever.
func (r *registry) retentions() map[string]time.Duration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := map[string]time.Duration{}
	for name := range r.defs {
		if def := r.def(name, 0); def != nil {
			if text, own := def.Retention(); own {
				out[name] = retention(text)
			}
		}
	}
	return out
}
