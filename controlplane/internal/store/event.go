package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
)

// tell stores an event in the transaction of what it tells. One that is told already, or of a cluster that is gone, is passed over.
func tell(ctx context.Context, tx *sql.Tx, e cluster.Event) error {
	_, err := exec(ctx, tx, "InsertClusterEvent", e.ClusterID, e.ID, micros(e.At), e.Kind, e.OperationID, e.OperationKind, e.Node,
		e.Actor, e.Detail)
	return err
}

// tellOperation tells how far an operation is.
func tellOperation(ctx context.Context, tx *sql.Tx, r operation.Record, kind cluster.EventKind, at time.Time, actor, detail string) error {
	return tell(ctx, tx, cluster.Event{
		ID: r.ID + "/" + string(kind), ClusterID: r.ClusterID, At: at, Kind: kind, OperationID: r.ID, OperationKind: r.Kind,
		Actor: actor, Detail: detail,
	})
}

// tellEnd tells what came of an operation.
func tellEnd(ctx context.Context, tx *sql.Tx, r operation.Record) error {
	kind, detail := cluster.OperationSucceeded, r.Target()
	switch r.State {
	case operation.Failed:
		kind, detail = cluster.OperationFailed, r.Reason
	case operation.Cancelled:
		kind = cluster.OperationUndone
	}
	return tellOperation(ctx, tx, r, kind, r.EndedAt, r.CreatedBy, detail)
}

// tellJoin tells that a node has come with a join token.
func tellJoin(ctx context.Context, tx *sql.Tx, joinHash string, n fleet.Node) error {
	before, err := all(ctx, tx, value[string], "SelectNamesakes", n.ClusterID, n.Name, n.ID)
	if err != nil {
		return err
	}
	kind := cluster.NodeJoined
	if len(before) > 0 {
		kind = cluster.NodeReplaced
	}
	if _, err := exec(ctx, tx, "UpdateNodeBack", n.ClusterID, n.ID); err != nil {
		return err
	}
	return tell(ctx, tx, cluster.Event{
		ID: "node/" + n.ID + "/" + joinHash[:min(len(joinHash), 12)], ClusterID: n.ClusterID, At: n.RegisteredAt, Kind: kind,
		Node: cmp.Or(n.Name, n.ID), Detail: n.Version,
	})
}

// tellBack tells that a node calls again that was silent.
func tellBack(ctx context.Context, tx *sql.Tx, n fleet.Node) error {
	back, err := exec(ctx, tx, "UpdateNodeBack", n.ClusterID, n.ID)
	if err != nil || back == 0 {
		return err
	}
	return tell(ctx, tx, cluster.Event{
		ID: nodeEvent(n.ID, "back", n.SeenAt), ClusterID: n.ClusterID, At: n.SeenAt, Kind: cluster.NodeBack, Node: cmp.Or(n.Name, n.ID),
	})
}

// tellRevoked tells that a node may not call any more.
func tellRevoked(ctx context.Context, tx *sql.Tx, id, node string, e audit.Entry) error {
	return tell(ctx, tx, cluster.Event{
		ID: nodeEvent(node, "revoked", e.At), ClusterID: id, At: e.At, Kind: cluster.NodeRevoked, Node: node, Actor: e.Actor.Email,
	})
}

func nodeEvent(node, what string, at time.Time) string {
	return "node/" + node + "/" + what + "/" + strconv.FormatInt(micros(at), 10)
}

// tellFence tells that a fence is up, or that there is none any more.
func tellFence(ctx context.Context, tx *sql.Tx, n fleet.Node) error {
	e := cluster.Event{
		ID: "fence/lifted/" + strconv.FormatInt(micros(n.SeenAt), 10), ClusterID: n.ClusterID, At: n.SeenAt, Kind: cluster.FenceLifted,
	}
	if n.Fence != nil {
		e.ID, e.Kind = "fence/"+n.Fence.ID, cluster.Fenced
	}
	return tell(ctx, tx, e)
}

// ClusterEvents lists the events of a cluster before a place, newest first.
func (s *Store) ClusterEvents(ctx context.Context, organization, id string, before cluster.Place, limit int) ([]cluster.Event, error) {
	at := int64(math.MaxInt64)
	if !before.At.IsZero() {
		at = micros(before.At)
	}
	return all(ctx, s.read, func(r scanner) (e cluster.Event, err error) {
		var at int64
		err = r.Scan(&e.ID, &e.ClusterID, &at, &e.Kind, &e.OperationID, &e.OperationKind, &e.Node, &e.Actor, &e.Detail)
		e.At = timeOf(at)
		return e, err
	}, "SelectClusterEvents", organization, id, at, before.ID, limit)
}

// MarkSilent tells of the nodes that should call and have not since a time.
func (s *Store) MarkSilent(ctx context.Context, since, now time.Time) ([]string, error) {
	var organizations []string
	err := s.tx(ctx, func(tx *sql.Tx) error {
		organizations = nil
		silent, err := all(ctx, tx, func(r scanner) (n fleet.Node, err error) {
			var seen int64
			err = r.Scan(&n.ClusterID, &n.ID, &n.Name, &seen)
			n.SeenAt = timeOf(seen)
			return n, err
		}, "SelectSilentNodes", micros(since))
		if err != nil {
			return err
		}
		for _, n := range silent {
			marked, err := exec(ctx, tx, "UpdateNodeLost", n.ClusterID, n.ID, micros(now), micros(n.SeenAt))
			if err != nil {
				return err
			}
			if marked == 0 { // it has called meanwhile
				continue
			}
			organization, _, err := namesOf(ctx, tx, n.ClusterID)
			if err != nil {
				return err
			}
			organizations = append(organizations, organization)
			err = tell(ctx, tx, cluster.Event{
				ID: nodeEvent(n.ID, "lost", n.SeenAt), ClusterID: n.ClusterID, At: now, Kind: cluster.NodeLost, Node: cmp.Or(n.Name, n.ID),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return organizations, err
}

// PurgeClusterEvents deletes the events before a time.
func (s *Store) PurgeClusterEvents(ctx context.Context, before time.Time) error {
	_, err := exec(ctx, s.write, "DeleteOldClusterEvents", micros(before))
	return err
}
