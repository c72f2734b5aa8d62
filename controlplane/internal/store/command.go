package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// CreateCommand stores a command and returns it, or the earlier one of that request.
func (s *Store) CreateCommand(ctx context.Context, organization string, c fleet.Command, request string, e audit.Entry) (fleet.Command, error) {
	var stored fleet.Command
	wanted := ""
	if c.Release != nil {
		b, err := json.Marshal(c.Release)
		if err != nil {
			return stored, fmt.Errorf("encode release: %w", err)
		}
		wanted = string(b)
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertCommand", organization, c.ClusterID, c.NodeID, c.ID, string(c.Kind), request, c.AskedBy,
			micros(c.AskedAt), micros(c.ExpiresAt), wanted)
		if err != nil {
			return err
		}
		if stored, err = one(ctx, tx, scanCommand, problem.Missing("command"), "SelectCommandByRequest", c.ClusterID, c.NodeID, request); err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
	return stored, err
}

func scanCommand(r scanner) (fleet.Command, error) {
	var c fleet.Command
	var asked, expires, taken, ended int64
	var facts, wanted string
	err := r.Scan(&c.ClusterID, &c.NodeID, &c.ID, &c.Kind, &c.AskedBy, &asked, &expires, &c.State, &taken, &ended, &c.Reason, &facts, &wanted)
	if err != nil {
		return c, err
	}
	c.AskedAt, c.ExpiresAt = timeOf(asked), timeOf(expires)
	if taken != 0 {
		c.TakenAt = timeOf(taken)
	}
	if ended != 0 {
		c.EndedAt = timeOf(ended)
	}
	if wanted != "" {
		if err := json.Unmarshal([]byte(wanted), &c.Release); err != nil {
			return c, fmt.Errorf("release of a command: %w", err)
		}
	}
	return c, json.Unmarshal([]byte(facts), &c.Facts)
}

// Commands lists the commands of a cluster, the latest 100 first.
func (s *Store) Commands(ctx context.Context, organization, cluster string) ([]fleet.Command, error) {
	return all(ctx, s.read, scanCommand, "SelectCommands", organization, cluster)
}

// QueuedCommands lists the commands that a node does not have and that have not expired, the oldest first.
func (s *Store) QueuedCommands(ctx context.Context, cluster, node string, now time.Time) ([]fleet.Command, error) {
	return all(ctx, s.read, scanCommand, "SelectQueuedCommands", cluster, node, micros(now))
}

// TakenCommands lists the commands that a node has and whose end is not known, the oldest first.
func (s *Store) TakenCommands(ctx context.Context, cluster, node string) ([]fleet.Command, error) {
	return all(ctx, s.read, scanCommand, "SelectTakenCommands", cluster, node)
}

// BeginUpdate remembers when the present update of a cluster's nodes began.
func (s *Store) BeginUpdate(ctx context.Context, cluster string, at time.Time) error {
	_, err := exec(ctx, s.write, "UpdateBegan", cluster, micros(at))
	return err
}

// UpdateBegan returns when that was, and the organization and the name of the cluster.
func (s *Store) UpdateBegan(ctx context.Context, cluster string) (fleet.Place, time.Time, error) {
	var began int64
	p, err := one(ctx, s.read, func(r scanner) (fleet.Place, error) {
		p := fleet.Place{Cluster: cluster}
		return p, r.Scan(&p.Organization, &p.Name, &began)
	}, problem.Missing("cluster"), "SelectUpdateBegan", cluster)
	return p, timeOf(began), err
}

// TakeCommands marks commands that a node says to have.
func (s *Store) TakeCommands(ctx context.Context, cluster, node string, ids []string, at time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := exec(ctx, tx, "TakeCommand", cluster, node, id, micros(at)); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndCommand stores how a command has ended; the first end counts, and it alone is recorded.
func (s *Store) EndCommand(ctx context.Context, cluster, node string, r fleetapi.CommandResult, e audit.Entry) error {
	if r.Facts == nil {
		r.Facts = []fleetapi.Fact{}
	}
	facts, err := json.Marshal(r.Facts)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "EndCommand", cluster, node, r.ID, r.State, micros(e.At), r.Reason, string(facts))
		if err != nil || n == 0 {
			return err
		}
		e.Organization, err = one(ctx, tx, value[string], problem.Missing("cluster"), "SelectClusterOrganization", cluster)
		if err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}
