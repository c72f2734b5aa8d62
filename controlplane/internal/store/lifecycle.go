package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

// ChangeSpec makes a cluster be what spec says.
func (s *Store) ChangeSpec(ctx context.Context, spec provisioner.ClusterSpec, paused bool, e audit.Entry) (string, error) {
	return s.mark(ctx, spec.ID, e, func(tx *sql.Tx) (int64, error) {
		if err := dropSurplus(ctx, tx, spec); err != nil {
			return 0, err
		}
		return exec(ctx, tx, "UpdateClusterSpec", spec.ID, spec.Region, spec.Size, spec.Nodes, spec.Model, spec.Version, spec.CIDR, bit(paused))
	})
}

// dropSurplus forgets the nodes that the cluster does not have any more: those whose names are numbers beyond the last one's.
func dropSurplus(ctx context.Context, tx *sql.Tx, spec provisioner.ClusterSpec) error {
	nodes, err := all(ctx, tx, scanNode, "SelectNodes", spec.ID)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if index, err := strconv.Atoi(n.Name); err != nil || index < spec.Nodes {
			continue
		}
		if _, err := exec(ctx, tx, "DeleteNode", spec.ID, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// RevokeNodes deletes what the nodes of a cluster call with.
func (s *Store) RevokeNodes(ctx context.Context, id string, e audit.Entry) (string, error) {
	return s.mark(ctx, id, e, func(tx *sql.Tx) (int64, error) {
		if _, err := exec(ctx, tx, "DeleteJoinTokens", id); err != nil {
			return 0, err
		}
		_, err := exec(ctx, tx, "DeleteNodes", id)
		return 1, err
	})
}

// ChangeSettings stores the settings of a cluster.
func (s *Store) ChangeSettings(ctx context.Context, organization, name string, set cluster.Settings, due time.Time, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		c, err := clusterByName(ctx, tx, organization, name)
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, "UpdateClusterSettings", organization, c.ID, bit(set.Protected), set.BackupHours, set.BackupKeep, nullableTime(due), set.BackupDays)
		if err != nil || set == (cluster.Settings{Protected: c.Protected, BackupHours: c.BackupHours, BackupKeep: c.BackupKeep, BackupDays: c.BackupDays}) {
			return err
		}
		return tell(ctx, tx, cluster.Event{
			ID: "settings/" + strconv.FormatInt(micros(e.At), 10), ClusterID: c.ID, At: e.At, Kind: cluster.SettingsChanged,
			Actor: e.Actor.Email, Detail: settingsInWords(set),
		})
	})
}

func settingsInWords(set cluster.Settings) string {
	words := "not protected from deletion"
	if set.Protected {
		words = "protected from deletion"
	}
	if set.BackupHours == 0 {
		return words + ", no scheduled backups"
	}
	return fmt.Sprintf("%s, a backup every %d h, %d kept", words, set.BackupHours, set.BackupKeep)
}

// DueBackups lists the clusters whose scheduled copy is due.
func (s *Store) DueBackups(ctx context.Context, now time.Time) ([]cluster.Due, error) {
	return all(ctx, s.read, func(r scanner) (d cluster.Due, err error) {
		return d, r.Scan(&d.OrganizationID, &d.Organization, &d.Cluster, &d.Hours)
	}, "SelectDueBackups", micros(now))
}

// SetBackupDue stores when the next scheduled copy of a cluster is due.
func (s *Store) SetBackupDue(ctx context.Context, id string, due time.Time) error {
	_, err := exec(ctx, s.write, "UpdateBackupDue", id, nullableTime(due))
	return err
}

// SurplusBackups lists the scheduled copies beyond those that are kept at a time, oldest first.
func (s *Store) SurplusBackups(ctx context.Context, now time.Time) ([]cluster.Due, error) {
	return all(ctx, s.read, func(r scanner) (d cluster.Due, err error) {
		return d, r.Scan(&d.OrganizationID, &d.Organization, &d.Cluster, &d.Backup)
	}, "SelectSurplusBackups", micros(now))
}

// AddBackup stores that a copy of a cluster exists.
func (s *Store) AddBackup(ctx context.Context, id string, b provisioner.Backup, scheduled bool, e audit.Entry) (string, error) {
	return s.mark(ctx, id, e, func(tx *sql.Tx) (int64, error) {
		organization, name, err := namesOf(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		c, err := clusterByName(ctx, tx, organization, name)
		if err != nil {
			return 0, err
		}
		spec, err := json.Marshal(c.Spec())
		if err != nil {
			return 0, fmt.Errorf("encode spec: %w", err)
		}
		return exec(ctx, tx, "UpsertBackup", organization, id, name, b.Name, string(spec), bit(scheduled), b.Bytes, micros(b.At))
	})
}

// DropBackup forgets a copy of a cluster, which may be gone itself.
func (s *Store) DropBackup(ctx context.Context, id, backup string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "DeleteBackup", id, backup)
		if err == nil {
			_, err = exec(ctx, tx, "DeleteBackupKey", id, backup)
		}
		return err
	})
}

func scanBackup(r scanner) (cluster.Backup, error) {
	var b cluster.Backup
	var spec string
	var made int64
	if err := r.Scan(&b.ClusterID, &b.Cluster, &b.Name, &spec, &b.Scheduled, &b.Bytes, &made); err != nil {
		return b, err
	}
	b.At = timeOf(made)
	return b, json.Unmarshal([]byte(spec), &b.Spec)
}

// Backups lists the copies of an organization, or of its clusters of a name, newest first.
func (s *Store) Backups(ctx context.Context, organization, name string) ([]cluster.Backup, error) {
	return all(ctx, s.read, scanBackup, "SelectBackups", organization, name, "")
}

// Backup returns a copy of a cluster of a name, which may be gone itself.
func (s *Store) Backup(ctx context.Context, organization, name, backup string) (cluster.Backup, error) {
	if name == "" || backup == "" {
		return cluster.Backup{}, problem.Missing("backup")
	}
	return one(ctx, s.read, scanBackup, problem.Missing("backup"), "SelectBackups", organization, name, backup)
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}
