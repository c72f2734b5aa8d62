package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// endPasses has the data planes of an organization refuse the session tokens that an account, or with "" anybody, was given
// until now. It belongs to each change that takes rights away, in its transaction.
func endPasses(ctx context.Context, tx *sql.Tx, organization, account string, now time.Time) error {
	if _, err := exec(ctx, tx, "DeleteOldEndedPasses", organization, micros(now.Add(-identity.PassLife))); err != nil {
		return err
	}
	if _, err := exec(ctx, tx, "UpsertEndedPasses", organization, account, micros(now)); err != nil {
		return err
	}
	_, err := exec(ctx, tx, "BumpRevisionsOf", organization)
	return err
}

// endedPasses returns what the data plane of a cluster must refuse.
func (s *Store) endedPasses(ctx context.Context, cluster string) ([]fleetapi.Ended, error) {
	return all(ctx, s.read, func(r scanner) (fleetapi.Ended, error) {
		var e fleetapi.Ended
		var at int64
		err := r.Scan(&e.Subject, &at)
		e.Until = timeOf(at)
		return e, err
	}, "SelectEndedPasses", cluster)
}
