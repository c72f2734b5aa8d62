package store

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner/aws/ledger"
)

var _ ledger.Ledger = (*Store)(nil)

// resource is a row of cloud_resources.
type resource struct {
	role  string
	entry ledger.Entry
}

// Recall returns what is remembered of a cluster's resources in its cloud, by role.
func (s *Store) Recall(ctx context.Context, clusterID string) (map[string]ledger.Entry, error) {
	rows, err := all(ctx, s.write, func(r scanner) (resource, error) {
		var v resource
		var asked int64
		err := r.Scan(&v.role, &v.entry.Kind, &v.entry.ID, &v.entry.Token, &asked, &v.entry.Settled)
		if asked != 0 {
			v.entry.At = timeOf(asked)
		}
		return v, err
	}, "SelectCloudResources", clusterID)
	if err != nil {
		return nil, err
	}
	entries := make(map[string]ledger.Entry, len(rows))
	for _, r := range rows {
		entries[r.role] = r.entry
	}
	return entries, nil
}

// Remember keeps what is known of a resource. The cluster must exist.
func (s *Store) Remember(ctx context.Context, clusterID, role string, e ledger.Entry) error {
	n, err := exec(ctx, s.write, "UpsertCloudResource", clusterID, role, e.Kind, e.ID, e.Token, microsOrZero(e.At), e.Settled)
	if err == nil && n == 0 {
		return problem.Missing("cluster")
	}
	return err
}

// Forget drops what is known of a resource.
func (s *Store) Forget(ctx context.Context, clusterID, role string) error {
	_, err := exec(ctx, s.write, "DeleteCloudResource", clusterID, role)
	return err
}
