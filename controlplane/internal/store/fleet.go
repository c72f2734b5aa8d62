package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// CreateJoinToken stores a token and ends those of the cluster that nobody has used.
func (s *Store) CreateJoinToken(ctx context.Context, t fleet.JoinToken) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		organization, _, err := namesOf(ctx, tx, t.ClusterID)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteUnusedJoinTokens", t.ClusterID); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "InsertJoinToken", organization, t.ClusterID, t.Hash, micros(t.CreatedAt), micros(t.ExpiresAt))
		return err
	})
}

// JoinToken finds a token by its hash.
func (s *Store) JoinToken(ctx context.Context, hash string) (fleet.JoinToken, error) {
	return one(ctx, s.read, func(r scanner) (fleet.JoinToken, error) {
		var t fleet.JoinToken
		var created, expires int64
		err := r.Scan(&t.ClusterID, &t.Hash, &t.NodeID, &created, &expires)
		t.CreatedAt, t.ExpiresAt = timeOf(created), timeOf(expires)
		return t, err
	}, problem.Missing("token"), "SelectJoinToken", hash)
}

// PurgeJoinTokens deletes the tokens that have expired.
func (s *Store) PurgeJoinTokens(ctx context.Context, now time.Time) (int64, error) {
	return exec(ctx, s.write, "DeleteExpiredJoinTokens", micros(now))
}

// RegisterNode stores a node that holds a join token.
func (s *Store) RegisterNode(ctx context.Context, joinHash string, n fleet.Node) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		used, err := exec(ctx, tx, "UseJoinToken", joinHash, n.ID)
		if err != nil {
			return err
		}
		if used == 0 {
			return problem.New(problem.Unauthenticated, "The token is not valid.")
		}
		organization, _, err := namesOf(ctx, tx, n.ClusterID)
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, "UpsertNode", organization, n.ClusterID, n.ID, n.LinkHash, n.Endpoint, n.Version,
			micros(n.RegisteredAt), micros(n.SeenAt), n.PublicKey, n.Name)
		if err != nil {
			return err
		}
		if err := tellJoin(ctx, tx, joinHash, n); err != nil {
			return err
		}
		return moveRemote(ctx, tx, n)
	})
}

func scanNode(r scanner) (fleet.Node, error) {
	var n fleet.Node
	var executions, commands string
	var registered, seen, ready, millis, revoked, updates, drained int64
	err := r.Scan(&n.ClusterID, &n.ID, &n.LinkHash, &n.Endpoint, &n.Version, &n.AppliedRevision, &executions, &registered, &seen,
		&n.PublicKey, &n.FormerKey, &n.Name, &ready, &n.UptimeSeconds, &n.MemoryBytes, &millis, &revoked, &commands,
		&n.Program, &n.Platform, &updates, &drained)
	if err != nil {
		return n, err
	}
	n.RegisteredAt, n.SeenAt = timeOf(registered), timeOf(seen)
	n.Drained = drained != 0
	n.Ready, n.CPU = ready != 0, float64(millis)/1000
	for kind := range strings.SplitSeq(commands, ",") {
		if kind != "" {
			n.Commands = append(n.Commands, fleetapi.CommandKind(kind))
		}
	}
	if revoked != 0 {
		n.RevokedAt = timeOf(revoked)
	}
	if updates != 0 {
		n.UpdatesFrom = timeOf(updates)
	}
	return n, json.Unmarshal([]byte(executions), &n.Executions)
}

// NodeByLink finds a node by the hash of its link token, unless it is revoked.
func (s *Store) NodeByLink(ctx context.Context, hash string) (fleet.Node, error) {
	return one(ctx, s.read, scanNode, problem.Missing("node"), "SelectNodeByLink", hash)
}

// Nodes lists the nodes of a cluster.
func (s *Store) Nodes(ctx context.Context, id string) ([]fleet.Node, error) {
	return all(ctx, s.read, scanNode, "SelectNodes", id)
}

// ReportNode stores what a node reports.
func (s *Store) ReportNode(ctx context.Context, n fleet.Node) (string, error) {
	if n.Executions == nil {
		n.Executions = map[string]int64{}
	}
	executions, err := json.Marshal(n.Executions)
	if err != nil {
		return "", fmt.Errorf("encode executions: %w", err)
	}
	fence := ""
	if n.Fence != nil {
		b, err := json.Marshal(n.Fence)
		if err != nil {
			return "", fmt.Errorf("encode fence: %w", err)
		}
		fence = string(b)
	}
	var kinds strings.Builder
	for _, k := range n.Commands {
		kinds.WriteString(string(k) + ",")
	}
	var organization string
	err = s.tx(ctx, func(tx *sql.Tx) error {
		organization, err = one(ctx, tx, value[string], problem.Missing("node"), "UpdateNode", n.ClusterID, n.ID, n.Version,
			n.AppliedRevision, string(executions), micros(n.SeenAt), n.Endpoint, n.Name, bit(n.Ready), n.UptimeSeconds, n.MemoryBytes,
			int64(math.Round(n.CPU*1000)), kinds.String(), n.Program, n.Platform, microsOrZero(n.UpdatesFrom), bit(n.Drained))
		if err != nil {
			return err
		}
		changed, err := exec(ctx, tx, "UpdateFence", n.ClusterID, fence)
		if err == nil && changed > 0 {
			err = tellFence(ctx, tx, n)
		}
		if err == nil {
			err = tellBack(ctx, tx, n)
		}
		if err != nil {
			return err
		}
		for key, at := range n.KeysUsed {
			if _, err := exec(ctx, tx, "UpdateAccessKeyUse", n.ClusterID, key, micros(at)); err != nil {
				return err
			}
		}
		return moveRemote(ctx, tx, n)
	})
	return organization, err
}

// moveRemote keeps the address of a cluster in the customer's network as its data plane says it.
func moveRemote(ctx context.Context, tx *sql.Tx, n fleet.Node) error {
	at := n.Address()
	_, err := exec(ctx, tx, "UpdateRemoteAddress", n.ClusterID, at.Endpoint, at.Console)
	return err
}

// AuditNode records an entry in the organization of a cluster.
func (s *Store) AuditNode(ctx context.Context, cluster string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var err error
		e.Organization, err = one(ctx, tx, value[string], problem.Missing("cluster"), "SelectClusterOrganization", cluster)
		if err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// RevokeNode ends what a node calls with, and the join tokens that it has used. Only the first time is recorded.
func (s *Store) RevokeNode(ctx context.Context, organization, cluster, node string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		at, err := one(ctx, tx, value[int64], problem.Missing("node"), "RevokeNode", organization, cluster, node, micros(e.At))
		if err != nil || at != micros(e.At) {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteNodeJoinTokens", cluster, node); err != nil {
			return err
		}
		if err := tellRevoked(ctx, tx, cluster, node, e); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// SetNodeKeys changes the keys of a node.
func (s *Store) SetNodeKeys(ctx context.Context, cluster, node, public, former string) error {
	_, err := exec(ctx, s.write, "UpdateNodeKeys", cluster, node, public, former)
	return err
}

// FleetConfig returns what the data plane of a cluster is told, without issuer and console.
func (s *Store) FleetConfig(ctx context.Context, id string) (fleetapi.Config, error) {
	// The revision is read first: keys that are newer than it are told once more with the next one.
	config, err := one(ctx, s.read, func(r scanner) (c fleetapi.Config, err error) {
		c.ClusterID = id
		var quota string
		o, err := scanOrganization(after{r, []any{&c.Revision, &c.ClusterName, &quota, &c.LiftFence}})
		if err != nil {
			return c, err
		}
		c.Organization, c.Closed, c.MaxKeyDays = o.Name, o.Closed(o.Name), o.LongestKeyDays()
		c.Quota, err = quotaOf(quota)
		return c, err
	}, problem.Missing("cluster"), "SelectFleetConfig", id)
	if err != nil {
		return config, err
	}
	config.AccessKeys, err = all(ctx, s.read, func(r scanner) (fleetapi.AccessKey, error) {
		var k fleetapi.AccessKey
		var expires, former int64
		err := r.Scan(&k.ID, &k.Name, &k.SecretHash, &expires, &k.Role, &k.FormerHash, &former)
		k.ExpiresAt = new(timeOf(expires))
		if k.FormerHash != "" {
			k.FormerUntil = new(timeOf(former))
		}
		return k, err
	}, "SelectFleetKeys", id)
	if err == nil {
		config.Issuer.Ended, err = s.endedPasses(ctx, id)
	}
	return config, err
}
