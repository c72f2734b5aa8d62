package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// BookUsage keeps the larger of what is booked and what is reported.
func (s *Store) BookUsage(ctx context.Context, cluster string, rows []fleetapi.Usage) (organization string, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var name string
		if organization, name, err = namesOf(ctx, tx, cluster); err != nil {
			return err
		}
		for _, u := range rows {
			_, err := exec(ctx, tx, "BookUsage", organization, cluster, u.Epoch, u.Day, name, u.Executions, u.Tasks, u.StorageBytes)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return organization, err
}

// Usage lists what was used, by day and cluster.
func (s *Store) Usage(ctx context.Context, organization, cluster, from, to string) ([]metering.Day, error) {
	return all(ctx, s.read, func(r scanner) (d metering.Day, err error) {
		return d, r.Scan(&d.ClusterID, &d.Cluster, &d.Day, &d.Executions, &d.Tasks, &d.StorageBytes)
	}, "SelectUsage", organization, cluster, from, to)
}

// Quotas lists the quotas of an organization.
func (s *Store) Quotas(ctx context.Context, organization string) ([]metering.Quota, error) {
	return all(ctx, s.read, func(r scanner) (q metering.Quota, err error) {
		return q, r.Scan(&q.Cluster, &q.Metric, &q.Soft, &q.Hard)
	}, "SelectQuotas", organization)
}

// SetQuotas replaces the quotas of an organization.
func (s *Store) SetQuotas(ctx context.Context, organization string, quotas []metering.Quota, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "DeleteQuotas", organization); err != nil {
			return err
		}
		for i, q := range quotas {
			if q.Cluster != "" {
				whose, _, err := namesOf(ctx, tx, q.Cluster)
				if problem.KindOf(err) == problem.NotFound || err == nil && whose != organization {
					return problem.Wrong(fmt.Sprintf("quotas[%d].cluster", i), "is not a cluster of the organization")
				}
				if err != nil {
					return err
				}
			}
			if _, err := exec(ctx, tx, "InsertQuota", organization, q.Cluster, q.Metric, q.Soft, q.Hard); err != nil {
				return err
			}
		}
		return nil
	})
}

// Verdicts returns what the data planes of an organization are told of their quotas.
func (s *Store) Verdicts(ctx context.Context, organization string) (map[string]*fleetapi.Quota, error) {
	verdicts := map[string]*fleetapi.Quota{}
	_, err := all(ctx, s.read, func(r scanner) (struct{}, error) {
		var cluster, text string
		if err := r.Scan(&cluster, &text); err != nil {
			return struct{}{}, err
		}
		verdict, err := quotaOf(text)
		verdicts[cluster] = verdict
		return struct{}{}, err
	}, "SelectVerdicts", organization)
	return verdicts, err
}

// SetVerdict changes what a cluster's data plane is told, by a new revision of its configuration.
func (s *Store) SetVerdict(ctx context.Context, cluster string, q *fleetapi.Quota) error {
	text := ""
	if q != nil {
		b, err := json.Marshal(q)
		if err != nil {
			return fmt.Errorf("encode quota: %w", err)
		}
		text = string(b)
	}
	_, err := exec(ctx, s.write, "UpdateVerdict", cluster, text)
	return err
}

func quotaOf(text string) (*fleetapi.Quota, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // nothing is said of the quota
	}
	q := &fleetapi.Quota{}
	return q, json.Unmarshal([]byte(text), q)
}
