package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

func scanPeering(r scanner) (peering.Peering, error) { return scanPeeringAnd(r) }

// scanPeeringAnd reads a peering and the columns that follow it.
func scanPeeringAnd(r scanner, more ...any) (peering.Peering, error) {
	var p peering.Peering
	var ranges, zones, probes, trouble string
	var created, degraded int64
	var connected sql.NullInt64
	err := r.Scan(append([]any{
		&p.ID, &p.ClusterID, &p.Account, &p.Network, &p.Region, &ranges, &zones, &p.State, &p.Reason, &p.Connection,
		&probes, &p.OperationID, &p.CreatedBy, &created, &connected, &trouble, &degraded,
	}, more...)...)
	if err != nil {
		return p, err
	}
	p.CreatedAt, p.ConnectedAt = timeOf(created), timeOrZero(connected)
	if trouble != "" {
		p.State, p.Reason, p.DegradedAt = peering.Degraded, trouble, timeOf(degraded)
	}
	err = errors.Join(json.Unmarshal([]byte(ranges), &p.Ranges), json.Unmarshal([]byte(zones), &p.Zones))
	if probes != "" {
		err = errors.Join(err, json.Unmarshal([]byte(probes), &p.Probes))
	}
	return p, err
}

// CreatePeering stores a peering and the operation that makes it.
func (s *Store) CreatePeering(ctx context.Context, p peering.Peering, r operation.Record, e audit.Entry) error {
	ranges, err := json.Marshal(p.Ranges)
	if err != nil {
		return fmt.Errorf("encode ranges: %w", err)
	}
	zones, err := json.Marshal(p.Zones)
	if err != nil {
		return fmt.Errorf("encode zones: %w", err)
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertPeering", r.OrganizationID, p.ClusterID, p.ID, p.Account, p.Network, p.Region, string(ranges),
			string(zones), p.OperationID, p.CreatedBy, micros(p.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "The network %s is connected already, or is being connected.", p.Network)
		}
		return insertOperation(ctx, tx, r)
	})
}

// Peerings lists the peerings of a cluster, oldest first.
func (s *Store) Peerings(ctx context.Context, organization, cluster string) ([]peering.Peering, error) {
	return all(ctx, s.read, scanPeering, "SelectPeerings", organization, cluster, "")
}

// Peering returns one by id.
func (s *Store) Peering(ctx context.Context, organization, cluster, id string) (peering.Peering, error) {
	return peeringByID(ctx, s.read, organization, cluster, id)
}

func peeringByID(ctx context.Context, q querier, organization, cluster, id string) (peering.Peering, error) {
	return one(ctx, q, scanPeering, problem.Missing("peering"), "SelectPeerings", organization, cluster, id)
}

// DeletePeering stores the operation that removes a peering and returns it with true; or, while an earlier one still runs, that
// one and false.
func (s *Store) DeletePeering(ctx context.Context, p peering.Peering, r operation.Record, e audit.Entry) (operation.Record, bool, error) {
	begun := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		now, err := peeringByID(ctx, tx, r.OrganizationID, p.ClusterID, p.ID)
		if err != nil {
			return err
		}
		if now.State == peering.Removing {
			current, err := operationByID(ctx, tx, now.OperationID)
			if err != nil {
				return err
			}
			if current.State == operation.Running {
				r = current
				return nil
			}
		}
		begun = true
		if _, err := exec(ctx, tx, "UpdatePeeringRemoving", r.OrganizationID, p.ClusterID, p.ID, r.ID); err != nil {
			return err
		}
		if err := insertOperation(ctx, tx, r); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
	return r, err == nil && begun, err
}

// ReportPeering stores what the provisioner reports of a peering, when that is something new.
func (s *Store) ReportPeering(ctx context.Context, cluster, id string, r provisioner.PeeringReport, e audit.Entry) (string, error) {
	probes, err := json.Marshal(r.Probes)
	if err != nil {
		return "", fmt.Errorf("encode probes: %w", err)
	}
	organization, err := s.mark(ctx, cluster, e, func(tx *sql.Tx) (int64, error) {
		switch r.Phase {
		case provisioner.PeeringRequested:
			return exec(ctx, tx, "UpdatePeeringRequested", cluster, id, r.Connection)
		case provisioner.PeeringConnected:
			return exec(ctx, tx, "UpdatePeeringConnected", cluster, id, string(probes), micros(e.At))
		case provisioner.PeeringNotMade:
			return exec(ctx, tx, "UpdatePeeringFailed", cluster, id, r.Reason)
		case provisioner.PeeringRemoved:
			return exec(ctx, tx, "DeletePeering", cluster, id)
		}
		return 0, fmt.Errorf("peering %s: phase %q is unknown", id, r.Phase)
	})
	if problem.KindOf(err) == problem.NotFound {
		return "", nil // the cluster went, and its peerings with it
	}
	return organization, err
}

// PeeringsToWatch lists, of all organizations, the peerings whose networks should reach each other.
func (s *Store) PeeringsToWatch(ctx context.Context) ([]peering.Watched, error) {
	return all(ctx, s.read, func(r scanner) (w peering.Watched, err error) {
		w.Peering, err = scanPeeringAnd(r, &w.OrganizationID, &w.Cluster)
		return w, err
	}, "SelectPeeringsToWatch")
}

// MarkPeering stores what a look at a peering has found, "" for no trouble, and tells of it when that has changed. It reports
// whether it has.
func (s *Store) MarkPeering(ctx context.Context, p peering.Peering, trouble string, probes []provisioner.Probe, now time.Time) (bool, error) {
	if len(probes) == 0 {
		probes = p.Probes
	}
	text, err := json.Marshal(probes)
	if err != nil {
		return false, fmt.Errorf("encode probes: %w", err)
	}
	changed := false
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var n int64
		e := cluster.Event{ClusterID: p.ClusterID, At: now, Kind: cluster.PeeringRecovered, Detail: p.Network}
		if trouble == "" {
			n, err = exec(ctx, tx, "UpdatePeeringRecovered", p.ClusterID, p.ID, string(text))
		} else {
			e.Kind, e.Detail = cluster.PeeringDegraded, p.Network+": "+trouble
			n, err = exec(ctx, tx, "UpdatePeeringDegraded", p.ClusterID, p.ID, trouble, micros(now))
		}
		if changed = n > 0; err != nil {
			return err
		}
		if changed {
			e.ID = "peering/" + p.ID + "/" + string(e.Kind) + "/" + strconv.FormatInt(micros(now), 10)
			return tell(ctx, tx, e)
		}
		if trouble != "" {
			_, err = exec(ctx, tx, "UpdatePeeringTrouble", p.ClusterID, p.ID, trouble)
		}
		return err
	})
	return changed, err
}
