package httpapi

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/pricing"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

func createInput(b *api.CreateClusterRequest) cluster.CreateInput {
	return cluster.CreateInput{
		Name: b.Name, Cloud: value(b.Cloud), Region: value(b.Region), Size: value(b.Size), Nodes: value(b.Nodes),
		Model: provisioner.Model(value(b.Model)), Version: value(b.Version), CIDR: value(b.Cidr), AccountID: value(b.Account),
		Source: value(b.Source), Backup: value(b.Backup),
	}
}

// GetCatalog implements the operation getCatalog.
func (s *server) GetCatalog(ctx context.Context, _ api.GetCatalogRequestObject) (api.GetCatalogResponseObject, error) {
	catalogs, err := s.Clusters.Planner.Catalogs(ctx)
	out := api.GetCatalog200JSONResponse{}
	for _, name := range slices.Sorted(maps.Keys(catalogs)) {
		out = append(out, cloudJSON(name, catalogs[name], s.Clusters.Prices))
	}
	return out, err
}

// PreviewCluster implements the operation previewCluster.
func (s *server) PreviewCluster(ctx context.Context, r api.PreviewClusterRequestObject) (api.PreviewClusterResponseObject, error) {
	who, in := callerOf(ctx), createInput(r.Body)
	if _, err := s.projectFor(ctx, who, r.Body.Project); err != nil {
		return nil, err
	}
	if err := s.mayBeginWith(ctx, who, in.Source, in.Backup, "that source names"); err != nil {
		return nil, err
	}
	p, err := s.Clusters.PreviewCreate(ctx, who.organization, in)
	return api.PreviewCluster200JSONResponse(previewJSON(p)), err
}

// ChangeClusterSettings implements the operation changeClusterSettings.
func (s *server) ChangeClusterSettings(ctx context.Context, r api.ChangeClusterSettingsRequestObject) (api.ChangeClusterSettingsResponseObject, error) {
	who := callerOf(ctx)
	c, err := s.Clusters.Settings(ctx, who.actor, who.organization, r.Cluster, cluster.Settings{
		Protected: r.Body.Protected, BackupHours: r.Body.BackupEveryHours, BackupKeep: r.Body.BackupKeep, BackupDays: value(r.Body.BackupKeepDays),
	})
	if err != nil {
		return nil, err
	}
	out, err := s.withOperation(ctx, c, who.rights)
	return api.ChangeClusterSettings200JSONResponse(out), err
}

// ListNodes implements the operation listNodes.
func (s *server) ListNodes(ctx context.Context, r api.ListNodesRequestObject) (api.ListNodesResponseObject, error) {
	c, err := s.Clusters.Get(ctx, callerOf(ctx).organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	nodes, err := s.Fleet.Store.Nodes(ctx, c.ID)
	now := s.Fleet.Now()
	return api.ListNodes200JSONResponse(each(nodes, func(n fleet.Node) api.Node {
		reachable := n.RevokedAt.IsZero() && now.Sub(n.SeenAt) <= cluster.ReachableFor
		out := api.Node{
			Id: n.ID, Version: n.Version, Endpoint: maybe(n.Endpoint), RegisteredAt: n.RegisteredAt, SeenAt: n.SeenAt, Reachable: &reachable,
			Name: maybe(n.Name), Ready: &n.Ready, UptimeSeconds: &n.UptimeSeconds, MemoryBytes: &n.MemoryBytes, Cpu: &n.CPU, UpdatesFrom: maybeTime(n.UpdatesFrom), Drained: maybe(n.Drained),
		}
		commands := each(n.Commands, func(k fleetapi.CommandKind) string { return string(k) })
		out.Commands = &commands
		if !n.RevokedAt.IsZero() {
			out.RevokedAt = &n.RevokedAt
		}
		return out
	})), err
}

// ListClusterOperations implements the operation listClusterOperations.
func (s *server) ListClusterOperations(ctx context.Context, r api.ListClusterOperationsRequestObject) (api.ListClusterOperationsResponseObject, error) {
	records, err := s.Clusters.History(ctx, callerOf(ctx).organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out := api.ListClusterOperations200JSONResponse{}
	for _, record := range records {
		o, err := s.Operations.Get(ctx, record.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, operationJSON(o))
	}
	return out, nil
}

// BeginOperation implements the operation beginOperation.
func (s *server) BeginOperation(ctx context.Context, r api.BeginOperationRequestObject) (api.BeginOperationResponseObject, error) {
	who, b := callerOf(ctx), r.Body
	if err := s.mayChangeWith(ctx, who, r.Cluster, string(b.Kind), value(b.Source), value(b.Backup)); err != nil {
		return nil, err
	}
	begun, err := s.Clusters.Begin(ctx, who.actor, who.organization, r.Cluster, cluster.Change{
		Kind: operation.Kind(b.Kind), Size: value(b.Size), Nodes: value(b.Nodes), Version: value(b.Version),
		Backup: value(b.Backup), Source: value(b.Source), IdempotencyKey: value(r.Params.IdempotencyKey),
	})
	if err != nil {
		return nil, err
	}
	o, err := s.Operations.Get(ctx, begun.ID)
	return api.BeginOperation202JSONResponse(operationJSON(o)), err
}

// PreviewOperation implements the operation previewOperation.
func (s *server) PreviewOperation(ctx context.Context, r api.PreviewOperationRequestObject) (api.PreviewOperationResponseObject, error) {
	who, b := callerOf(ctx), r.Body
	if err := s.mayChangeWith(ctx, who, r.Cluster, b.Kind, value(b.Source), value(b.Backup)); err != nil {
		return nil, err
	}
	p, err := s.Clusters.Preview(ctx, who.organization, r.Cluster, cluster.Change{
		Kind: operation.Kind(b.Kind), Size: value(b.Size), Nodes: value(b.Nodes), Version: value(b.Version),
		Backup: value(b.Backup), Source: value(b.Source), GraceSeconds: value(b.GraceSeconds),
	})
	return api.PreviewOperation200JSONResponse(previewJSON(p)), err
}

// CancelOperation implements the operation cancelOperation.
func (s *server) CancelOperation(ctx context.Context, r api.CancelOperationRequestObject) (api.CancelOperationResponseObject, error) {
	o, err := s.Operations.Get(ctx, r.Operation)
	if err != nil {
		return nil, err
	}
	if _, err := s.Clusters.Cancel(ctx, callerOf(ctx).actor, o); err != nil {
		return nil, err
	}
	o, err = s.Operations.Get(ctx, r.Operation)
	return api.CancelOperation202JSONResponse(operationJSON(o)), err
}

// RetryOperation implements the operation retryOperation.
func (s *server) RetryOperation(ctx context.Context, r api.RetryOperationRequestObject) (api.RetryOperationResponseObject, error) {
	who := callerOf(ctx)
	o, err := s.Operations.Get(ctx, r.Operation)
	if err != nil {
		return nil, err
	}
	again, err := s.Clusters.Retry(ctx, who.actor, who.organization, o)
	if err != nil {
		return nil, err
	}
	o, err = s.Operations.Get(ctx, again.ID)
	return api.RetryOperation202JSONResponse(operationJSON(o)), err
}

// ResumeOperation implements the operation resumeOperation.
func (s *server) ResumeOperation(ctx context.Context, r api.ResumeOperationRequestObject) (api.ResumeOperationResponseObject, error) {
	o, err := s.Operations.Get(ctx, r.Operation)
	if err != nil {
		return nil, err
	}
	if err := s.Clusters.Resume(ctx, callerOf(ctx).actor, o); err != nil {
		return nil, err
	}
	o, err = s.Operations.Get(ctx, r.Operation)
	return api.ResumeOperation200JSONResponse(operationJSON(o)), err
}

// ListLeftovers implements the operation listLeftovers.
func (s *server) ListLeftovers(ctx context.Context, r api.ListLeftoversRequestObject) (api.ListLeftoversResponseObject, error) {
	o, err := s.Operations.Get(ctx, r.Operation)
	if err != nil {
		return nil, err
	}
	left, err := s.Clusters.Leftovers(ctx, o)
	return api.ListLeftovers200JSONResponse(each(left, func(l provisioner.Resource) api.Resource {
		return api.Resource{Kind: l.Kind, Id: l.ID, Name: maybe(l.Name)}
	})), err
}

// LiftFence implements the operation liftFence.
func (s *server) LiftFence(ctx context.Context, r api.LiftFenceRequestObject) (api.LiftFenceResponseObject, error) {
	who := callerOf(ctx)
	c, err := s.Clusters.LiftFence(ctx, who.actor, who.organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out, err := s.withOperation(ctx, c, who.rights)
	return api.LiftFence200JSONResponse(out), err
}

// download writes a backup.
type download struct {
	file   io.ReadCloser
	backup cluster.Backup
}

// VisitDownloadLinkedBackupResponse implements api.DownloadLinkedBackupResponseObject.
func (d download) VisitDownloadLinkedBackupResponse(w http.ResponseWriter) error {
	return d.VisitDownloadBackupResponse(w)
}

// VisitDownloadBackupResponse implements api.DownloadBackupResponseObject. A reader may be slow: there is no limit of time.
func (d download) VisitDownloadBackupResponse(w http.ResponseWriter) error {
	defer d.file.Close()
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(d.backup.Bytes, 10))
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", d.backup.Cluster+"-"+d.backup.Name+".podium"))
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, d.file)
	return err
}

func backupJSON(b cluster.Backup) api.Backup {
	return api.Backup{Name: b.Name, Cluster: b.Cluster, MadeAt: b.At, Bytes: b.Bytes, Scheduled: b.Scheduled}
}

func previewJSON(p cluster.Preview) api.Preview {
	return api.Preview{
		Effects: each(p.Effects, func(e string) string { return e }), PriceBefore: p.PriceBefore, PriceAfter: p.PriceAfter,
		Currency: maybe(p.Currency), Interrupts: p.Interrupts, LosesData: p.LosesData,
	}
}

func cloudJSON(name string, c provisioner.Catalog, prices *pricing.List) api.Cloud {
	return api.Cloud{
		Name: name, Title: c.Title, Versions: c.Versions, MaxNodes: c.MaxNodes, WhyNodes: maybe(c.WhyNodes), Ranges: c.Ranges, Accounts: c.Accounts,
		Currency: maybe(prices.In()),
		Models:   each(c.Models, func(m provisioner.Model) string { return string(m) }),
		Notes:    each(c.Notes, func(n string) string { return n }),
		Regions: each(c.Regions, func(r provisioner.Region) api.Region {
			return api.Region{Id: r.ID, Name: r.Name, Zones: r.Zones}
		}),
		Sizes: each(c.Sizes, func(z provisioner.Size) api.Size {
			p := prices.Of(name, z.ID)
			return api.Size{
				Id: z.ID, Name: z.Name, Cpus: z.CPUs, MemoryMb: z.MemoryMB, StorageGb: z.StorageGB, NodeCents: p.Node, BaseCents: p.Cluster,
			}
		}),
	}
}

func waitingJSON(w *operation.Waiting) *api.Waiting {
	if w == nil {
		return nil
	}
	out := &api.Waiting{Step: w.Step, Reason: w.Reason}
	if i := w.Customer; i != nil {
		out.Customer = new(instructionJSON(*i))
	}
	return out
}

func instructionJSON(i provisioner.Instruction) api.Instruction {
	ways := each(i.Ways, func(w provisioner.Way) api.Way {
		return api.Way{Name: w.Name, Code: maybe(w.Code), Url: maybe(w.URL)}
	})
	return api.Instruction{Title: i.Title, Text: maybe(i.Text), Ways: &ways}
}
