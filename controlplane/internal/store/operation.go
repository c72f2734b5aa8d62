package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

func scanOperation(r scanner) (operation.Record, error) {
	var o operation.Record
	var created int64
	var ended sql.NullInt64
	var request string
	err := r.Scan(&o.ID, &o.OrganizationID, &o.Organization, &o.Kind, &o.State, &o.ClusterID, &o.Cluster, &o.Cloud, &request,
		&o.CancelledBy, &o.Left, &o.Reason, &o.CreatedBy, &created, &ended)
	if err != nil {
		return o, err
	}
	o.CreatedAt, o.EndedAt = timeOf(created), timeOrZero(ended)
	if request == "" { // from before operations said it
		o.Request = provisioner.Request{Kind: o.Kind, Cluster: provisioner.ClusterSpec{
			ID: o.ClusterID, Name: o.Cluster, Organization: o.Organization, Cloud: o.Cloud,
		}}
		return o, nil
	}
	return o, json.Unmarshal([]byte(request), &o.Request)
}

func insertOperation(ctx context.Context, tx *sql.Tx, r operation.Record) error {
	request, err := json.Marshal(r.Request)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	n, err := exec(ctx, tx, "InsertOperation", r.OrganizationID, r.ID, r.Kind, r.State, r.ClusterID, r.Cluster, r.Cloud,
		string(request), r.CreatedBy, micros(r.CreatedAt))
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "Another operation is under way on the cluster; wait for its end, or cancel it.")
	}
	if err != nil {
		return err
	}
	return tellOperation(ctx, tx, r, cluster.OperationBegun, r.CreatedAt, r.CreatedBy, r.Target())
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
		n, err := exec(ctx, tx, "EndOperation", r.ID, r.State, r.Reason, micros(r.EndedAt), r.Left)
		if err != nil || n == 0 {
			return err
		}
		if err := tellEnd(ctx, tx, r); err != nil {
			return err
		}
		if err := record(ctx, tx, e); err != nil || r.State == operation.Succeeded {
			return err
		}
		switch {
		case r.Kind == provisioner.CreatePeering, r.Kind == provisioner.DeletePeering:
			_, err = exec(ctx, tx, "UpdatePeeringEnded", r.ID, cmp.Or(r.Reason, "It was cancelled."))
		case r.Kind == provisioner.CreateCluster:
			_, err = fail(ctx, tx, r.ClusterID, cmp.Or(r.Reason, "It was cancelled."))
		case r.Kind == provisioner.DeleteCluster && r.State == operation.Cancelled:
			_, err = exec(ctx, tx, "UpdateClusterKept", r.ClusterID)
		case r.Kind == provisioner.DeleteCluster, r.Kind == provisioner.ForceDelete:
			_, err = exec(ctx, tx, "UpdateClusterReason", r.ClusterID, r.Reason)
		}
		return err
	})
}

// ClusterOperations lists the operations of a cluster, newest first, also of one that is gone.
func (s *Store) ClusterOperations(ctx context.Context, organization, cluster string, limit int) ([]operation.Record, error) {
	return all(ctx, s.read, scanOperation, "SelectClusterOperations", organization, cluster, limit)
}

// CancelOperation remembers who wants an operation to end. One that has ended is a problem of kind Conflict; one that is
// being cancelled already stays as it is.
func (s *Store) CancelOperation(ctx context.Context, id, by string, e audit.Entry) (operation.Record, error) {
	var r operation.Record
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		n, err := exec(ctx, tx, "CancelOperation", id, by)
		if err != nil {
			return err
		}
		if r, err = operationByID(ctx, tx, id); err != nil || n == 1 {
			if err != nil {
				return err
			}
			if err := tellOperation(ctx, tx, r, cluster.OperationCancelled, e.At, by, ""); err != nil {
				return err
			}
			return record(ctx, tx, e)
		}
		if r.State != operation.Running {
			return problem.New(problem.Conflict, "The operation has ended.")
		}
		return nil
	})
	return r, err
}

// BeginOperation stores an operation on a cluster that exists, or finds the one that the same call made before.
func (s *Store) BeginOperation(ctx context.Context, r operation.Record, i cluster.Idempotency, e audit.Entry) (operation.Record, bool, error) {
	begun := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if i.Key != "" {
			earlier, err := remember(ctx, tx, "operation", r.OrganizationID, r.ID, i, micros(r.CreatedAt))
			if err != nil {
				return err
			}
			if earlier != "" {
				r, err = operationByID(ctx, tx, earlier)
				return err
			}
		}
		if err := s.roomForNodes(ctx, tx, r); err != nil {
			return err
		}
		if err := insertOperation(ctx, tx, r); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "UpdateClusterOperation", r.OrganizationID, r.ClusterID, r.ID, r.Kind == provisioner.CreateCluster)
		if err != nil {
			return err
		}
		if n == 0 && r.Kind != provisioner.RemoveBackup { // a copy outlives its cluster
			return problem.New(problem.Conflict, "The cluster has just changed; try again.")
		}
		begun = true
		return record(ctx, tx, e)
	})
	return r, err == nil && begun, err
}
