package cluster

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// scheduledPrefix begins the names of copies that the schedule makes.
const scheduledPrefix = "scheduled-"

func scheduled(backup string) bool { return strings.HasPrefix(backup, scheduledPrefix) }

// beforeUpgrade names the copy that an upgrade begins with; "" where the cloud makes none.
func (s *Service) beforeUpgrade(c provisioner.ClusterSpec) string {
	if _, err := s.Planner.Backups(c); err != nil {
		return ""
	}
	return "before-upgrade-" + s.Now().Format("20060102-150405")
}

// Backups lists the copies of the clusters of an organization, newest first; those of clusters that are gone too. With a name
// those of clusters of that name.
func (s *Service) Backups(ctx context.Context, o tenant.Organization, name string) ([]Backup, error) {
	return s.Store.Backups(ctx, o.ID, name)
}

// Backup returns the newest copy of that name of the clusters of a name.
func (s *Service) Backup(ctx context.Context, o tenant.Organization, name, backup string) (Backup, error) {
	return s.Store.Backup(ctx, o.ID, name, backup)
}

// OpenBackup reads a copy. The caller closes it.
func (s *Service) OpenBackup(ctx context.Context, by audit.Actor, o tenant.Organization, name, backup string) (io.ReadCloser, Backup, error) {
	b, err := s.Store.Backup(ctx, o.ID, name, backup)
	if err != nil {
		return nil, b, err
	}
	return s.openBackup(ctx, by, o.ID, b)
}

func (s *Service) openBackup(ctx context.Context, by audit.Actor, organization string, b Backup) (io.ReadCloser, Backup, error) {
	cloud, err := s.Planner.Backups(b.Spec)
	if err != nil {
		return nil, b, problem.New(problem.Conflict, "The cloud of this backup is not there any more.")
	}
	// A copy holds everything of the cluster, so reading it is worth an entry.
	err = s.Store.Audit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Organization: organization, Action: "backup.download", Target: "cluster/" + b.Cluster + "/backup/" + b.Name,
	})
	if err != nil {
		return nil, b, err
	}
	file, err := cloud.OpenBackup(ctx, b.Spec, b.Name)
	return file, b, err
}

// ScheduleStore knows what the schedule of copies has to do.
type ScheduleStore interface {
	DueBackups(ctx context.Context, now time.Time) ([]Due, error)
	SetBackupDue(ctx context.Context, cluster string, due time.Time) error
	SurplusBackups(ctx context.Context, now time.Time) ([]Due, error)
}

// scheduleEvery is the pause between two looks at the schedule.
const scheduleEvery = time.Minute

// RunSchedule makes scheduled copies and removes those that are too many or too old, until ctx ends.
func (s *Service) RunSchedule(ctx context.Context, store ScheduleStore, log *slog.Logger) error {
	tick := time.NewTicker(scheduleEvery)
	defer tick.Stop()
	for {
		if err := s.schedule(ctx, store, log); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "scheduled backups", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// schedule begins what is due. A cluster on which something else is under way has its turn with the next look.
func (s *Service) schedule(ctx context.Context, store ScheduleStore, log *slog.Logger) error {
	now := s.Now()
	due, err := store.DueBackups(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range due {
		in := Change{Kind: provisioner.BackupCluster, Backup: scheduledPrefix + now.Format("20060102-150405")}
		r, err := s.Begin(ctx, audit.Actor{}, tenant.Organization{ID: d.OrganizationID, Name: d.Organization}, d.Cluster, in)
		if err != nil {
			log.WarnContext(ctx, "a scheduled backup has to wait", "cluster", d.Cluster, "organization", d.Organization, "error", err)
			continue
		}
		if err := store.SetBackupDue(ctx, r.ClusterID, now.Add(time.Duration(d.Hours)*time.Hour)); err != nil {
			return err
		}
	}
	surplus, err := store.SurplusBackups(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range surplus {
		in := Change{Kind: provisioner.RemoveBackup, Backup: d.Backup}
		_, err := s.Begin(ctx, audit.Actor{}, tenant.Organization{ID: d.OrganizationID, Name: d.Organization}, d.Cluster, in)
		if err != nil && problem.KindOf(err) != problem.Conflict { // one after another
			return err
		}
	}
	return nil
}
