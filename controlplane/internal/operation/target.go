package operation

import (
	"fmt"

	"github.com/podium-cloud/podium/provisioner"
)

// Target says in a few words what the operation aims at; "" where its kind says it all.
func (r Record) Target() string {
	want := r.Request
	switch want.Kind {
	case provisioner.ResizeCluster:
		return want.Before.Size + " → " + want.Cluster.Size
	case provisioner.ScaleCluster:
		return fmt.Sprintf("%d → %d nodes", want.Before.Nodes, want.Cluster.Nodes)
	case provisioner.UpgradeCluster:
		return want.Before.Version + " → " + want.Cluster.Version
	case provisioner.BackupCluster, provisioner.RemoveBackup:
		return want.Backup
	}
	if want.From != nil {
		return want.From.Backup
	}
	return ""
}
