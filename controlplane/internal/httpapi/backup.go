package httpapi

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/provisioner"
)

// Copies outlive their clusters, and a name is free again when its cluster has gone. Whoever has rights on one cluster, or on one
// project, has none on the copies of an earlier cluster of that name: those are for who may have everything of the organization.

// ListBackups implements the operation listBackups.
func (s *server) ListBackups(ctx context.Context, r api.ListBackupsRequestObject) (api.ListBackupsResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Clusters.Backups(ctx, who.organization, r.Cluster)
	if err == nil && !who.rights.Allow("backup.read", whole(who.organization)) {
		var c cluster.Cluster
		c, err = s.Clusters.Get(ctx, who.organization, r.Cluster)
		list = slices.DeleteFunc(list, func(b cluster.Backup) bool { return b.ClusterID != c.ID })
	}
	return api.ListBackups200JSONResponse(each(list, backupJSON)), err
}

// ListAllBackups implements the operation listAllBackups.
func (s *server) ListAllBackups(ctx context.Context, _ api.ListAllBackupsRequestObject) (api.ListAllBackupsResponseObject, error) {
	list, err := s.Clusters.Backups(ctx, callerOf(ctx).organization, "")
	return api.ListAllBackups200JSONResponse(each(list, backupJSON)), err
}

// DownloadBackup implements the operation downloadBackup.
func (s *server) DownloadBackup(ctx context.Context, r api.DownloadBackupRequestObject) (api.DownloadBackupResponseObject, error) {
	who := callerOf(ctx)
	if err := s.notFormer(ctx, who, r.Cluster, r.Backup); err != nil {
		return nil, err
	}
	file, b, err := s.Clusters.OpenBackup(ctx, who.actor, who.organization, r.Cluster, r.Backup)
	if err != nil {
		return nil, err
	}
	return download{file, b}, nil
}

// LinkBackup implements the operation linkBackup.
func (s *server) LinkBackup(ctx context.Context, r api.LinkBackupRequestObject) (api.LinkBackupResponseObject, error) {
	who := callerOf(ctx)
	if err := s.notFormer(ctx, who, r.Cluster, r.Backup); err != nil {
		return nil, err
	}
	link, err := s.Clusters.LinkBackup(ctx, who.actor, who.organization, r.Cluster, r.Backup, value(r.Body.Minutes))
	return api.LinkBackup201JSONResponse{
		Url: s.SSO.PublicURL + BasePath + "/backup-links/" + link.Token, ExpiresAt: link.ExpiresAt,
	}, err
}

// DownloadLinkedBackup implements the operation downloadLinkedBackup.
func (s *server) DownloadLinkedBackup(ctx context.Context, r api.DownloadLinkedBackupRequestObject) (api.DownloadLinkedBackupResponseObject, error) {
	file, b, err := s.Clusters.OpenLinkedBackup(ctx, callerOf(ctx).actor, r.Token)
	if err != nil {
		return nil, err
	}
	return download{file, b}, nil
}

// GetBackupKey implements the operation getBackupKey.
func (s *server) GetBackupKey(ctx context.Context, r api.GetBackupKeyRequestObject) (api.GetBackupKeyResponseObject, error) {
	who := callerOf(ctx)
	if err := s.notFormer(ctx, who, r.Cluster, r.Backup); err != nil {
		return nil, err
	}
	key, err := s.Clusters.OpenBackupKey(ctx, who.actor, who.organization, r.Cluster, r.Backup)
	return api.GetBackupKey200JSONResponse{Key: key}, err
}

// notFormer hides a backup of an earlier cluster that had the name from whoever may not have it, as if there were none.
func (s *server) notFormer(ctx context.Context, who caller, name, backup string) error {
	if who.rights.Allow("backup.download", whole(who.organization)) {
		return nil
	}
	b, err := s.Clusters.Backup(ctx, who.organization, name, backup)
	if err != nil {
		return err
	}
	c, err := s.Clusters.Get(ctx, who.organization, name)
	if problem.KindOf(err) == problem.NotFound || err == nil && b.ClusterID != c.ID {
		return problem.Missing("backup")
	}
	return err
}

// mayBeginWith refuses the backups of a cluster to whoever may not have all that it keeps, as if there were none: the cluster that
// begins with one, or is restored from it, shows all of it. called is what the answer calls the cluster.
func (s *server) mayBeginWith(ctx context.Context, who caller, source, backup, called string) error {
	if source == "" {
		return nil
	}
	none := problem.Wrong("backup", "is not a backup of the cluster "+called)
	at := whole(who.organization)
	c, err := s.Clusters.Get(ctx, who.organization, source)
	switch {
	case err == nil:
		at = placeOf(c)
	case problem.KindOf(err) != problem.NotFound:
		return err
	}
	if who.may("backup.download", at) != nil {
		return none
	}
	err = s.notFormer(ctx, who, source, backup)
	if problem.KindOf(err) == problem.NotFound {
		return none
	}
	return err
}

// mayChangeWith is mayBeginWith for an operation on a cluster. Restored from a backup of its own it shows nothing new to whoever
// has it.
func (s *server) mayChangeWith(ctx context.Context, who caller, name, kind, source, backup string) error {
	if source != "" || kind != string(provisioner.RestoreCluster) {
		return s.mayBeginWith(ctx, who, source, backup, source)
	}
	err := s.notFormer(ctx, who, name, backup)
	if problem.KindOf(err) == problem.NotFound {
		return problem.Wrong("backup", "is not a backup of the cluster "+name)
	}
	return err
}
