package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
)

// Authorities returns all, that which issues last first.
func (s *Store) Authorities(ctx context.Context) ([]fleet.StoredAuthority, error) {
	return all(ctx, s.write, func(r scanner) (a fleet.StoredAuthority, err error) {
		var issues, retires int64
		err = r.Scan(&a.ID, &a.Sealed, &issues, &retires)
		a.IssuesFrom = timeOf(issues)
		if retires > 0 {
			a.RetiresAt = timeOf(retires)
		}
		return a, err
	}, "SelectAuthorities")
}

// CreateFirstAuthority stores an authority unless there is one.
func (s *Store) CreateFirstAuthority(ctx context.Context, a fleet.StoredAuthority) ([]fleet.StoredAuthority, error) {
	if _, err := exec(ctx, s.write, "InsertFirstAuthority", a.ID, a.Sealed, micros(a.IssuesFrom)); err != nil {
		return nil, err
	}
	return s.Authorities(ctx)
}

// SetAuthority stores an authority as the last one to issue, and has all others retired.
func (s *Store) SetAuthority(ctx context.Context, a fleet.StoredAuthority, others time.Time) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "UpsertAuthority", a.ID, a.Sealed, micros(a.IssuesFrom)); err != nil {
			return err
		}
		_, err := exec(ctx, tx, "RetireOtherAuthorities", a.ID, micros(a.IssuesFrom)-1, micros(others))
		return err
	})
}

// PurgeAuthorities destroys authorities that are trusted no more, and returns how many.
func (s *Store) PurgeAuthorities(ctx context.Context, now time.Time) (int64, error) {
	return exec(ctx, s.write, "DeleteRetiredAuthorities", micros(now))
}
