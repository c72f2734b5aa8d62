package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func scanRules(r scanner) (tenant.Rules, error) {
	var rules tenant.Rules
	var factor int64
	err := r.Scan(&factor, &rules.MaxKeyDays)
	rules.SecondFactorRequired = factor != 0
	return rules, err
}

// Rules returns what an organization demands of its members.
func (s *Store) Rules(ctx context.Context, organization string) (tenant.Rules, error) {
	return one(ctx, s.read, scanRules, problem.Missing("organization"), "SelectRules", organization)
}

// SetRules changes what an organization demands of its members.
func (s *Store) SetRules(ctx context.Context, organization string, r tenant.Rules, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		before, err := one(ctx, tx, scanRules, problem.Missing("organization"), "SelectRules", organization)
		if err != nil || before == r {
			return err
		}
		if _, err := exec(ctx, tx, "UpdateRules", organization, flag(r.SecondFactorRequired), r.MaxKeyDays); err != nil {
			return err
		}
		if r.SecondFactorRequired && !before.SecondFactorRequired {
			if err := endPasses(ctx, tx, organization, "", e.At); err != nil {
				return err
			}
		}
		if r.MaxKeyDays != before.MaxKeyDays {
			if _, err := exec(ctx, tx, "BumpRevisionsOf", organization); err != nil {
				return err
			}
		}
		e.Before, e.After = before, r
		return record(ctx, tx, e)
	})
}
