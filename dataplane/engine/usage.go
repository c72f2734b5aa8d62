package engine

import (
	"context"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// Usage is what came to an engine on one day, as one opening of its store has counted it. Counts only grow; the sum over
// the epochs of a day is exact over crashes, and the same however often it is read. Storage is the largest of them.
type Usage struct {
	Epoch        string
	Day          time.Time // its beginning, UTC
	Executions   int64     // that began, sub-workflows among them
	Tasks        int64     // that came to be, attempts among them
	StorageBytes int64     // the most that MeasureStorage has found
}

// Usage returns what was counted in the last 400 days, by day. With several nodes it is that of all.
func (e *Engine) Usage(ctx context.Context) ([]Usage, error) {
	rows, err := e.store.Usage(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Usage, len(rows))
	for i, u := range rows {
		all[i] = Usage{
			Epoch: u.Epoch, Day: time.Unix(u.Day*store.DaySeconds, 0).UTC(), Executions: u.Executions, Tasks: u.Tasks,
			StorageBytes: u.StorageBytes,
		}
	}
	return all, nil
}

// MeasureStorage notes how many bytes the store takes up now, and beside it in the caller's care, as usage of today.
func (e *Engine) MeasureStorage(ctx context.Context, beside int64) error {
	return e.store.Measure(ctx, beside)
}

// RefuseStarts has starts refused with an error of kind [workflow.Quota] until a time, for a reason that is shown to the
// caller; "" lets them in again. What runs goes on, and so do its sub-workflows.
func (e *Engine) RefuseStarts(reason string, until time.Time) { e.runner.Refuse(reason, until) }
