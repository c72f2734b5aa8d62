package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner"
)

// ListClusters implements the operation listClusters.
func (s *server) ListClusters(ctx context.Context, _ api.ListClustersRequestObject) (api.ListClustersResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.clusters(ctx, who.organization, who.rights)
	return api.ListClusters200JSONResponse(list), err
}

// clusters returns the clusters that one may see who has the rights.
func (s *server) clusters(ctx context.Context, o tenant.Organization, held authz.Rights) ([]api.Cluster, error) {
	list, err := s.Clusters.List(ctx, o)
	if err != nil {
		return nil, err
	}
	out := []api.Cluster{}
	for _, c := range list {
		if !held.Allow("cluster.read", placeOf(c)) {
			continue
		}
		encoded, err := s.withOperation(ctx, c, held)
		if err != nil {
			return nil, err
		}
		out = append(out, encoded)
	}
	return out, nil
}

// withOperation encodes a cluster with the operation that changed it last.
func (s *server) withOperation(ctx context.Context, c cluster.Cluster, held authz.Rights) (api.Cluster, error) {
	o, err := s.Operations.Get(ctx, c.OperationID)
	out := clusterJSON(c, o)
	out.Permissions = permissionNames(held, placeOf(c))
	return out, err
}

// CreateCluster implements the operation createCluster.
func (s *server) CreateCluster(ctx context.Context, r api.CreateClusterRequestObject) (api.CreateClusterResponseObject, error) {
	who := callerOf(ctx)
	in := createInput(r.Body)
	var err error
	if in.ProjectID, err = s.projectFor(ctx, who, r.Body.Project); err != nil {
		return nil, err
	}
	if err := s.mayBeginWith(ctx, who, in.Source, in.Backup, "that source names"); err != nil {
		return nil, err
	}
	if r.Params.IdempotencyKey != nil {
		in.IdempotencyKey = *r.Params.IdempotencyKey
	}
	c, err := s.Clusters.Create(ctx, who.actor, who.organization, in)
	if err != nil {
		return nil, err
	}
	out, err := s.withOperation(ctx, c, who.rights)
	return api.CreateCluster202JSONResponse(out), err
}

// projectFor returns the id of the project for a new cluster, where the caller may create one.
func (s *server) projectFor(ctx context.Context, who caller, name *string) (string, error) {
	id, err := s.projectNamed(ctx, who.organization.ID, name)
	if err != nil {
		return "", err
	}
	if id == "" {
		list, err := s.Rights.Projects(ctx, who.organization.ID)
		if err != nil {
			return "", err
		}
		id = list[0].ID // the default one is the first
	}
	return id, who.may("cluster.create", authz.Scope{Organization: who.organization.ID, Project: id})
}

// GetCluster implements the operation getCluster.
func (s *server) GetCluster(ctx context.Context, r api.GetClusterRequestObject) (api.GetClusterResponseObject, error) {
	who := callerOf(ctx)
	c, err := s.Clusters.Get(ctx, who.organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out, err := s.withOperation(ctx, c, who.rights)
	return api.GetCluster200JSONResponse(out), err
}

// DeleteCluster implements the operation deleteCluster.
func (s *server) DeleteCluster(ctx context.Context, r api.DeleteClusterRequestObject) (api.DeleteClusterResponseObject, error) {
	who := callerOf(ctx)
	in := cluster.Change{Kind: provisioner.DeleteCluster, GraceSeconds: value(r.Params.GraceSeconds)}
	if value(r.Params.Force) {
		in.Kind = provisioner.ForceDelete
	}
	deletion, err := s.Clusters.Delete(ctx, who.actor, who.organization, r.Cluster, in)
	if err != nil {
		return nil, err
	}
	o, err := s.Operations.Get(ctx, deletion.ID)
	return api.DeleteCluster202JSONResponse(operationJSON(o)), err
}

// CreateConsoleSession implements the operation createConsoleSession.
func (s *server) CreateConsoleSession(ctx context.Context, r api.CreateConsoleSessionRequestObject) (api.CreateConsoleSessionResponseObject, error) {
	who := callerOf(ctx)
	groups, err := s.Rights.GroupNames(ctx, who.organization.ID, who.account.ID, who.viewer().OrganizationID == who.organization.ID)
	if err != nil {
		return nil, err
	}
	pass := identity.Pass{Account: who.account, Role: who.rights.ClusterRole(who.place), Groups: groups}
	if pass.Role != "" && who.organization.Open() != nil {
		pass.Role = fleetapi.ClusterViewer
	}
	session, err := s.Clusters.OpenConsole(ctx, who.actor, pass, who.organization, r.Cluster)
	return api.CreateConsoleSession201JSONResponse{Url: session.URL, ExpiresAt: session.ExpiresAt}, err
}

// ListAccessKeys implements the operation listAccessKeys.
func (s *server) ListAccessKeys(ctx context.Context, r api.ListAccessKeysRequestObject) (api.ListAccessKeysResponseObject, error) {
	list, err := s.Clusters.Keys(ctx, callerOf(ctx).organization, r.Cluster)
	return api.ListAccessKeys200JSONResponse(each(list, keyJSON)), err
}

// roleIn is what the caller may do in the cluster that the path names.
func (c caller) roleIn() fleetapi.ClusterRole {
	return c.rights.ClusterRole(c.place)
}

func keyWithSecret(k cluster.AccessKey, secret string) api.AccessKeyWithSecret {
	out := keyJSON(k)
	return api.AccessKeyWithSecret{
		Id: out.Id, Name: out.Name, CreatedAt: out.CreatedAt, CreatedBy: out.CreatedBy, ExpiresAt: out.ExpiresAt, Role: out.Role,
		Paused: out.Paused, LastUsedAt: out.LastUsedAt, FormerUntil: out.FormerUntil, Secret: secret,
	}
}

// CreateAccessKey implements the operation createAccessKey.
func (s *server) CreateAccessKey(ctx context.Context, r api.CreateAccessKeyRequestObject) (api.CreateAccessKeyResponseObject, error) {
	who := callerOf(ctx)
	in := cluster.KeyInput{Name: r.Body.Name, ExpiresInDays: r.Body.ExpiresInDays, Most: who.roleIn()}
	if r.Body.Role != nil {
		in.Role = fleetapi.ClusterRole(*r.Body.Role)
	}
	k, secret, err := s.Clusters.CreateKey(ctx, who.actor, who.organization, r.Cluster, in)
	return api.CreateAccessKey201JSONResponse(keyWithSecret(k, secret)), err
}

// UpdateAccessKey implements the operation updateAccessKey.
func (s *server) UpdateAccessKey(ctx context.Context, r api.UpdateAccessKeyRequestObject) (api.UpdateAccessKeyResponseObject, error) {
	who := callerOf(ctx)
	k, err := s.Clusters.PauseKey(ctx, who.actor, who.organization, r.Cluster, r.Key, r.Body.Paused)
	return api.UpdateAccessKey200JSONResponse(keyJSON(k)), err
}

// RotateAccessKey implements the operation rotateAccessKey.
func (s *server) RotateAccessKey(ctx context.Context, r api.RotateAccessKeyRequestObject) (api.RotateAccessKeyResponseObject, error) {
	who := callerOf(ctx)
	k, secret, err := s.Clusters.RotateKey(ctx, who.actor, who.organization, r.Cluster, r.Key, cluster.RotateInput{
		GraceHours: r.Body.GraceHours, ExpiresInDays: r.Body.ExpiresInDays, Most: who.roleIn(),
	})
	return api.RotateAccessKey200JSONResponse(keyWithSecret(k, secret)), err
}

// DeleteAccessKey implements the operation deleteAccessKey.
func (s *server) DeleteAccessKey(ctx context.Context, r api.DeleteAccessKeyRequestObject) (api.DeleteAccessKeyResponseObject, error) {
	who := callerOf(ctx)
	return api.DeleteAccessKey204Response{}, s.Clusters.DeleteKey(ctx, who.actor, who.organization, r.Cluster, r.Key)
}
