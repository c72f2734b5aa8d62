package cluster

import (
	"context"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/provisioner"
)

// ControlStore keeps what the provisioner reports. Clusters are found by id, whatever their organization: the caller is
// Podium itself. The store completes the audit entries with the cluster's organization and name. A cluster that is gone is a
// problem of kind NotFound.
type ControlStore interface {
	// ReserveEndpoint remembers where a cluster is reached.
	ReserveEndpoint(ctx context.Context, cluster string, n provisioner.NodeInfo) (organization string, err error)
	// MarkReady makes a cluster READY that is CREATING; another one is left as it is.
	MarkReady(ctx context.Context, cluster string, e audit.Entry) (organization string, err error)
	// MarkFailed makes a cluster FAILED that is CREATING; another one is left as it is. Its endpoint is cleared and its data
	// plane may not call any more.
	MarkFailed(ctx context.Context, cluster, reason string, e audit.Entry) (organization string, err error)
	// ChangeSpec makes a cluster be what spec says.
	ChangeSpec(ctx context.Context, spec provisioner.ClusterSpec, paused bool, e audit.Entry) (organization string, err error)
	// RevokeNodes deletes what the nodes of a cluster call with.
	RevokeNodes(ctx context.Context, cluster string, e audit.Entry) (organization string, err error)
	// AddBackup stores that a copy exists; DropBackup that it is gone.
	AddBackup(ctx context.Context, cluster string, b provisioner.Backup, scheduled bool, e audit.Entry) (organization string, err error)
	DropBackup(ctx context.Context, cluster, backup string) error
	BackupKeyStore
	// ReportPeering stores what has become of a peering. One that is gone is no error, and then the organization is empty.
	ReportPeering(ctx context.Context, cluster, peering string, r provisioner.PeeringReport, e audit.Entry) (organization string, err error)
	// RemoveCluster deletes the row, the keys and the tokens of a cluster. One that is gone is no error, and then the
	// organization is empty.
	RemoveCluster(ctx context.Context, cluster string, e audit.Entry) (organization string, err error)
}

// Link is what the provisioner needs of the link to the data planes.
type Link interface {
	JoinToken(ctx context.Context, cluster string) (string, error)
	Registered(ctx context.Context, cluster string, node int, since time.Time) (bool, error)
}

// Control is the provisioner's view of the control plane. All methods may be repeated.
type Control struct {
	Link
	store  ControlStore
	sealer Sealer
	hub    *notify.Hub
	now    func() time.Time
}

// ControlDeps is what a Control works with. All fields are required.
type ControlDeps struct {
	Store  ControlStore
	Link   Link
	Sealer Sealer
	Hub    *notify.Hub
	Now    func() time.Time
}

var _ provisioner.Control = (*Control)(nil)

// NewControl returns what reports to the store and tells the watchers of the hub.
func NewControl(d ControlDeps) *Control {
	return &Control{Link: d.Link, store: d.Store, sealer: d.Sealer, hub: d.Hub, now: d.Now}
}

// Reserve remembers where the cluster will be reached.
func (c *Control) Reserve(ctx context.Context, cluster string, n provisioner.NodeInfo) error {
	organization, err := c.store.ReserveEndpoint(ctx, cluster, n)
	return c.changed(organization, err)
}

// Ready says that the cluster serves. It changes nothing when a deletion has begun meanwhile.
func (c *Control) Ready(ctx context.Context, cluster string) error {
	organization, err := c.store.MarkReady(ctx, cluster, c.entry("cluster.ready"))
	return c.changed(organization, err)
}

// Failed says that the cluster was not created and that nothing is left of it.
func (c *Control) Failed(ctx context.Context, cluster, reason string) error {
	organization, err := c.store.MarkFailed(ctx, cluster, reason, c.entry("cluster.failed"))
	return c.changed(organization, err)
}

// Changed says how the cluster is now.
func (c *Control) Changed(ctx context.Context, s provisioner.ClusterSpec, paused bool) error {
	e := c.entry("cluster.changed")
	e.After = map[string]any{"size": s.Size, "nodes": s.Nodes, "version": s.Version, "paused": paused}
	organization, err := c.store.ChangeSpec(ctx, s, paused, e)
	return c.changed(organization, err)
}

// Revoke ends what the nodes of the cluster call with.
func (c *Control) Revoke(ctx context.Context, cluster string) error {
	organization, err := c.store.RevokeNodes(ctx, cluster, c.entry("cluster.credentials-revoked"))
	return c.changed(organization, err)
}

// BackedUp says that a copy exists.
func (c *Control) BackedUp(ctx context.Context, cluster string, b provisioner.Backup) error {
	e := c.entry("backup.made")
	e.After = map[string]any{"name": b.Name, "bytes": b.Bytes}
	organization, err := c.store.AddBackup(ctx, cluster, b, scheduled(b.Name), e)
	return c.changed(organization, err)
}

// BackupRemoved says that a copy is gone.
func (c *Control) BackupRemoved(ctx context.Context, cluster, backup string) error {
	return c.store.DropBackup(ctx, cluster, backup)
}

// ReportPeering tells what has become of a peering of the cluster.
func (c *Control) ReportPeering(ctx context.Context, cluster, peering string, r provisioner.PeeringReport) error {
	e := c.entry("peering." + strings.ToLower(string(r.Phase)))
	e.After = map[string]any{"id": peering, "connection": r.Connection, "reason": r.Reason}
	organization, err := c.store.ReportPeering(ctx, cluster, peering, r, e)
	return c.changed(organization, err)
}

// Deleted says that nothing is left of the cluster.
func (c *Control) Deleted(ctx context.Context, cluster string) error {
	organization, err := c.store.RemoveCluster(ctx, cluster, c.entry("cluster.deleted"))
	if err == nil {
		c.hub.Wake(notify.Config(cluster)) // ends a call of its data plane that is waiting
	}
	return c.changed(organization, err)
}

func (c *Control) entry(action string) audit.Entry { return audit.Entry{At: c.now(), Action: action} }

func (c *Control) changed(organization string, err error) error {
	if err == nil && organization != "" {
		c.hub.Wake(notify.Organization(organization))
	}
	return err
}
