package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/dataplane/internal/store"
)

// Usage implements store.Store. The epochs are the writers of all nodes.
func (s *Store) Usage(ctx context.Context) ([]store.Usage, error) {
	return list(ctx, s, func(r pgx.CollectableRow) (u store.Usage, err error) {
		var epoch []byte
		err = r.Scan(&epoch, &u.Day, &u.Executions, &u.Tasks, &u.StorageBytes)
		u.Epoch = string(epoch)
		return u, err
	}, query("SelectUsage"))
}

// Measure implements store.Store. It takes the size of the tables with all that belongs to them.
func (s *Store) Measure(ctx context.Context, beside int64) error {
	return s.exec(ctx, query("MeasureUsage"), s.writer.id, store.Day(time.Now()), beside)
}

func (s *Store) forgetUsage(ctx context.Context) error {
	return s.exec(ctx, query("ForgetOldUsage"), store.Day(time.Now())-store.UsageDays)
}
