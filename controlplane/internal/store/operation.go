package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

func scanOperation(r scanner) (operation.Record, error) {
	var o operation.Record
	var created int64
	var ended sql.NullInt64
	err := r.Scan(&o.ID, &o.OrganizationID, &o.Organization, &o.Kind, &o.State, &o.ClusterID, &o.Cluster, &o.Cloud, &o.Reason,
		&o.CreatedBy, &created, &ended)
	o.CreatedAt, o.EndedAt = timeOf(created), timeOrZero(ended)
	return o, err
}

func insertOperation(ctx context.Context, tx *sql.Tx, r operation.Record) error {
	_, err := exec(ctx, tx, "InsertOperation", r.OrganizationID, r.ID, r.Kind, r.State, r.ClusterID, r.Cluster, r.Cloud,
		r.CreatedBy, micros(r.CreatedAt))
	return err
}

// Operation returns an operation of whatever organization.
func (s *Store) Operation(ctx context.Context, id string) (operation.Record, error) {
	return operationByID(ctx, s.read, id)
}

func operationByID(ctx context.Context, q querier, id string) (operation.Record, error) {
	return one(ctx, q, scanOperation, problem.Missing("operation"), "SelectOperation", id)
}

// Operations lists the operations of an organization, newest first.
func (s *Store) Operations(ctx context.Context, organization string, limit int) ([]operation.Record, error) {
	return all(ctx, s.read, scanOperation, "SelectOperations", organization, limit)
}

// RunningOperations lists what has not ended, oldest first.
func (s *Store) RunningOperations(ctx context.Context) ([]operation.Record, error) {
	return all(ctx, s.read, scanOperation, "SelectRunningOperations")
}

// EndOperation records the end of an operation and what it means for its cluster.
func (s *Store) EndOperation(ctx context.Context, r operation.Record, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "EndOperation", r.ID, r.State, r.Reason, micros(r.EndedAt))
		if err != nil || n == 0 {
			return err
		}
		if err := record(ctx, tx, e); err != nil || r.State != operation.Failed {
			return err
		}
		switch r.Kind {
		case operation.CreateCluster:
			_, err = fail(ctx, tx, r.ClusterID, r.Reason)
		case operation.DeleteCluster:
			_, err = exec(ctx, tx, "UpdateClusterReason", r.ClusterID, r.Reason)
		}
		return err
	})
}
