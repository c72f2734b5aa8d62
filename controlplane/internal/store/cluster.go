package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

func scanCluster(r scanner) (cluster.Cluster, error) {
	var c cluster.Cluster
	var created int64
	var ready, seen sql.NullInt64
	var version, executions sql.NullString
	var fence string
	err := r.Scan(&c.ID, &c.OrganizationID, &c.Organization, &c.Name, &c.Cloud, &c.Status, &c.Reason, &c.Endpoint, &c.Console,
		&c.OperationID, &c.Revision, &c.Version, &created, &ready, &version, &executions, &seen,
		&c.Region, &c.Size, &c.Nodes, &c.Model, &c.Software, &c.CIDR, &c.Paused, &c.Protected, &c.BackupHours, &c.BackupKeep, &c.BackupDays,
		&fence, &c.AccountID, &c.ProjectID, &c.Project)
	if err != nil {
		return c, err
	}
	c.CreatedAt, c.ReadyAt = timeOf(created), timeOrZero(ready)
	c.Node = cluster.Node{Version: version.String, SeenAt: timeOrZero(seen)}
	if c.Fence, err = fenceOf(fence); err != nil {
		return c, err
	}
	if executions.Valid {
		err = json.Unmarshal([]byte(executions.String), &c.Node.Executions)
	}
	return c, err
}

// Clusters lists the clusters of an organization.
func (s *Store) Clusters(ctx context.Context, organization string) ([]cluster.Cluster, error) {
	return all(ctx, s.read, scanCluster, "SelectClusters", organization, "", "")
}

// Cluster returns a cluster by name.
func (s *Store) Cluster(ctx context.Context, organization, name string) (cluster.Cluster, error) {
	if name == "" {
		return cluster.Cluster{}, problem.Missing("cluster")
	}
	return clusterByName(ctx, s.read, organization, name)
}

// ClusterPlace returns the id of a cluster and that of its project, found by name or, without one, by id.
func (s *Store) ClusterPlace(ctx context.Context, organization, name, id string) (authz.Scope, error) {
	if name == "" && id == "" {
		return authz.Scope{}, problem.Missing("cluster")
	}
	return one(ctx, s.read, func(r scanner) (authz.Scope, error) {
		in := authz.Scope{Organization: organization}
		return in, r.Scan(&in.Cluster, &in.Project)
	}, problem.Missing("cluster"), "SelectClusterPlace", organization, name, id)
}

func clusterByName(ctx context.Context, q querier, organization, name string) (cluster.Cluster, error) {
	return one(ctx, q, scanCluster, problem.Missing("cluster"), "SelectClusters", organization, name, "")
}

// CreateCluster stores a cluster and its first operation, or finds the one that the same call made before.
func (s *Store) CreateCluster(ctx context.Context, c cluster.Cluster, r operation.Record, i cluster.Idempotency, e audit.Entry) (cluster.Cluster, bool, error) {
	created := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if i.Key != "" {
			earlier, err := remember(ctx, tx, "cluster.create", c.OrganizationID, c.ID, i, micros(c.CreatedAt))
			if err != nil || earlier != "" {
				c.ID = earlier
				return err
			}
		}
		if err := s.roomForCluster(ctx, tx, c); err != nil {
			return err
		}
		if err := inCloudAccount(ctx, tx, c.OrganizationID, c.AccountID); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "InsertCluster", c.OrganizationID, c.ID, c.Name, c.Cloud, c.Status, c.OperationID, c.Revision,
			c.Version, micros(c.CreatedAt), c.Region, c.Size, c.Nodes, c.Model, c.Software, c.CIDR, c.AccountID)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Taken("name", "is the name of another cluster of the organization")
		}
		if n, err = exec(ctx, tx, "UpdateNewClusterProject", c.OrganizationID, c.ID, c.ProjectID); err != nil {
			return err
		}
		if n == 0 {
			return problem.Wrong("project", "is no project of the organization")
		}
		if err := insertOperation(ctx, tx, r); err != nil {
			return err
		}
		created = true
		return record(ctx, tx, e)
	})
	if err != nil {
		return cluster.Cluster{}, false, err
	}
	gone := problem.New(problem.Conflict, "The cluster that was created with this Idempotency-Key has been deleted.")
	stored, err := one(ctx, s.write, scanCluster, gone, "SelectClusters", c.OrganizationID, "", c.ID)
	return stored, created, err
}

// remember stores the key of a call, or returns the id of what the first call with the key made.
func remember(ctx context.Context, tx *sql.Tx, action, organization, made string, i cluster.Idempotency, now int64) (earlier string, err error) {
	n, err := exec(ctx, tx, "InsertIdempotencyKey", organization, i.AccountID, i.Key, i.RequestHash, made, now, action)
	if err != nil || n == 1 {
		return "", err
	}
	var hash string
	earlier, err = one(ctx, tx, func(r scanner) (id string, err error) { return id, r.Scan(&hash, &id) }, problem.Missing("call"),
		"SelectIdempotencyKey", organization, i.AccountID, i.Key, action)
	if err == nil && hash != i.RequestHash {
		return "", problem.Wrong("Idempotency-Key", "was used for another request")
	}
	return earlier, err
}

// DeleteCluster stores the operation that deletes a cluster, or finds the one that does already.
func (s *Store) DeleteCluster(ctx context.Context, organization, name string, r operation.Record, e audit.Entry) (operation.Record, bool, error) {
	running := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		c, err := clusterByName(ctx, tx, organization, name)
		if err != nil {
			return err
		}
		if c.Protected {
			return problem.New(problem.Conflict, "The cluster is protected from deletion; lift the protection first.")
		}
		if c.Status == cluster.Deleting && r.Kind == provisioner.DeleteCluster {
			current, err := operationByID(ctx, tx, c.OperationID)
			if err != nil {
				return err
			}
			if current.State == operation.Running {
				running, r = true, current
				return nil
			}
		}
		r.ClusterID, r.Cloud = c.ID, c.Cloud // the name may have gone to another cluster since the caller looked
		n, err := exec(ctx, tx, "UpdateClusterDeleting", organization, c.ID, r.ID, c.Version)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "The cluster has just changed; try again.")
		}
		if err := insertOperation(ctx, tx, r); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
	return r, err == nil && !running, err
}

// ClusterSpecs lists what the provisioner must know of every cluster there is.
func (s *Store) ClusterSpecs(ctx context.Context) ([]provisioner.ClusterSpec, error) {
	return all(ctx, s.read, func(r scanner) (c provisioner.ClusterSpec, err error) {
		return c, r.Scan(&c.ID, &c.Name, &c.Organization, &c.Cloud, &c.Region, &c.Size, &c.Nodes, &c.Model, &c.Version, &c.CIDR, &c.Account)
	}, "SelectClusterSpecs")
}

// ReserveEndpoint remembers where a cluster is reached.
func (s *Store) ReserveEndpoint(ctx context.Context, id string, n provisioner.NodeInfo) (string, error) {
	var organization string
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		if organization, _, err = namesOf(ctx, tx, id); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "UpdateClusterEndpoint", id, n.Endpoint, n.Console)
		return err
	})
	return organization, err
}

// MarkReady makes a cluster that is being created READY.
func (s *Store) MarkReady(ctx context.Context, id string, e audit.Entry) (string, error) {
	return s.mark(ctx, id, e, func(tx *sql.Tx) (int64, error) {
		return exec(ctx, tx, "UpdateClusterReady", id, micros(e.At))
	})
}

// MarkFailed makes a cluster that is being created FAILED.
func (s *Store) MarkFailed(ctx context.Context, id, reason string, e audit.Entry) (string, error) {
	return s.mark(ctx, id, e, func(tx *sql.Tx) (int64, error) { return fail(ctx, tx, id, reason) })
}

// mark records e, about the cluster, only when do changed a row.
func (s *Store) mark(ctx context.Context, id string, e audit.Entry, do func(tx *sql.Tx) (int64, error)) (string, error) {
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		var name string
		if e.Organization, name, err = namesOf(ctx, tx, id); err != nil {
			return err
		}
		e.Target = "cluster/" + name
		n, err := do(tx)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
	return e.Organization, err
}

// fail also takes away what the data plane could call with.
func fail(ctx context.Context, tx *sql.Tx, id, reason string) (int64, error) {
	n, err := exec(ctx, tx, "UpdateClusterFailed", id, reason)
	if err != nil || n == 0 {
		return n, err
	}
	for _, statement := range []string{"DeleteNodes", "DeleteJoinTokens", "DeleteAccessKeys"} {
		if _, err := exec(ctx, tx, statement, id); err != nil {
			return n, err
		}
	}
	return n, nil
}

// RemoveCluster deletes a cluster with its keys, tokens and nodes.
func (s *Store) RemoveCluster(ctx context.Context, id string, e audit.Entry) (string, error) {
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		var name string
		e.Organization, name, err = namesOf(ctx, tx, id)
		if problem.KindOf(err) == problem.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteCluster", id); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteClusterGrants", e.Organization, id); err != nil {
			return err
		}
		e.Target = "cluster/" + name
		return record(ctx, tx, e)
	})
	return e.Organization, err
}

// namesOf returns whose a cluster is, by id, and its own name.
func namesOf(ctx context.Context, q querier, cluster string) (organization, name string, err error) {
	organization, err = one(ctx, q, func(r scanner) (id string, err error) { return id, r.Scan(&id, &name) },
		problem.Missing("cluster"), "SelectClusterNames", cluster)
	return organization, name, err
}
