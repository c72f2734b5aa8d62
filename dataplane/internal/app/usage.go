package app

import (
	"context"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// measurePause is the least time between two measurements of storage.
const measurePause = 5 * time.Minute

// usage is what this node tells the control plane of what it has counted. From time to time it measures how much is stored.
func (s *server) usage(ctx context.Context) ([]fleetapi.Usage, error) {
	if now := time.Now(); now.Sub(s.measured) >= measurePause {
		s.measured = now
		beside, err := s.payloadBytes()
		if err == nil {
			err = s.engine.MeasureStorage(ctx, beside)
		}
		if err != nil {
			s.log.WarnContext(ctx, "measure storage", "error", err)
		}
	}
	rows, err := s.engine.Usage(ctx)
	if err != nil {
		return nil, err
	}
	days := make([]fleetapi.Usage, len(rows))
	for i, u := range rows {
		days[i] = fleetapi.Usage{
			Epoch: u.Epoch, Day: u.Day.Format(time.DateOnly), Executions: u.Executions, Tasks: u.Tasks, StorageBytes: u.StorageBytes,
		}
	}
	return days, nil
}

// payloadBytes is what large payloads take up outside of the store.
func (s *server) payloadBytes() (int64, error) {
	if s.payloads == nil {
		return 0, nil
	}
	var sum int64
	err := filepath.WalkDir(s.config.PayloadDir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // removed while it was looked at
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}

// limit puts a quota into force, and keeps everything new out while the organization is closed for a reason.
func (s *server) limit(q *fleetapi.Quota, closed string) {
	if closed != "" {
		s.log.Warn("new executions are refused", "message", closed)
		s.engine.RefuseStarts(closed, time.Now().AddDate(100, 0, 0))
		return
	}
	if q == nil || q.State != fleetapi.QuotaRefuse {
		s.engine.RefuseStarts("", time.Time{})
		if q != nil {
			s.log.Warn("quota", "state", q.State, "message", q.Message)
		}
		return
	}
	s.log.Warn("new executions are refused", "message", q.Message, "until", q.Until)
	s.engine.RefuseStarts(q.Message, q.Until)
}
