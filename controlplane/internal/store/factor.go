package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// Factor returns the second factor of an account.
func (s *Store) Factor(ctx context.Context, account string) (identity.Factor, error) {
	return one(ctx, s.read, func(r scanner) (identity.Factor, error) {
		var f identity.Factor
		var confirmed sql.NullInt64
		err := r.Scan(&f.SealedSecret, &confirmed, &f.LastStep, &f.RecoveryCodesLeft)
		f.ConfirmedAt = timeOrZero(confirmed)
		return f, err
	}, nil, "SelectFactor", account)
}

// BeginFactor stores the secret of a second factor that is not confirmed.
func (s *Store) BeginFactor(ctx context.Context, account, sealedSecret string, at time.Time) error {
	n, err := exec(ctx, s.write, "UpsertFactor", account, sealedSecret, micros(at))
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "A second factor is on already; switch it off to set up another one.")
	}
	return err
}

// ConfirmFactor switches a second factor on.
func (s *Store) ConfirmFactor(ctx context.Context, account, sealedSecret string, step int64, codeHashes []string, kept string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UpdateFactorConfirmed", account, sealedSecret, micros(e.At), step)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "The second factor has just changed; look again.")
		}
		if err := insertRecoveryCodes(ctx, tx, account, codeHashes); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeletePasswordSessions", account, kept); err != nil {
			return err
		}
		return recordOf(ctx, tx, account, e)
	})
}

// ReplaceRecoveryCodes stores other recovery codes of a second factor.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, account string, codeHashes []string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "LockFactor", account)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "There is no second factor that recovery codes could be for.")
		}
		if err := insertRecoveryCodes(ctx, tx, account, codeHashes); err != nil {
			return err
		}
		return recordOf(ctx, tx, account, e)
	})
}

// insertRecoveryCodes stores codes in place of others.
func insertRecoveryCodes(ctx context.Context, tx *sql.Tx, account string, hashes []string) error {
	if _, err := exec(ctx, tx, "DeleteRecoveryCodes", account); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := exec(ctx, tx, "InsertRecoveryCode", account, hash); err != nil {
			return err
		}
	}
	return nil
}

// UseStep notes that the code of a time step was taken.
func (s *Store) UseStep(ctx context.Context, account string, step int64) (bool, error) {
	n, err := exec(ctx, s.write, "UpdateFactorStep", account, step)
	return n > 0, err
}

// UseRecoveryCode uses a recovery code up.
func (s *Store) UseRecoveryCode(ctx context.Context, account, codeHash string) (bool, error) {
	n, err := exec(ctx, s.write, "DeleteRecoveryCode", account, codeHash)
	return n > 0, err
}

// DeleteFactor switches the second factor of an account off.
func (s *Store) DeleteFactor(ctx context.Context, account string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DeleteFactor", account)
		if err != nil || n == 0 {
			return err
		}
		return recordOf(ctx, tx, account, e)
	})
}
