package httpapi

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

func apiKeyJSON(k apikey.Key) api.ApiKey {
	out := api.ApiKey{
		Id: k.ID, Name: k.Name, OwnerKind: api.PrincipalKind(k.Owner.Kind), Owner: k.Owner.ID, OwnerName: k.OwnerName,
		Organization: k.Organization, Role: maybe(string(k.Limit.Role)), RoleName: maybe(k.Limit.RoleName), Dangerous: k.Dangerous,
		Paused: k.Paused, CreatedAt: k.CreatedAt, CreatedBy: k.CreatedBy, ExpiresAt: k.ExpiresAt, FormerUntil: maybeTime(k.FormerUntil),
		LastUsedAt: maybeTime(k.UsedAt), LastUsedFrom: maybe(k.UsedFrom),
	}
	if k.Limit.ProjectID != "" {
		out.Project = &k.Limit.Project
	}
	if k.Limit.ClusterID != "" {
		out.Cluster = &k.Limit.Cluster
	}
	return out
}

func apiKeyWithSecret(k apikey.Key, secret string) api.ApiKeyWithSecret {
	out := apiKeyJSON(k)
	return api.ApiKeyWithSecret{
		Id: out.Id, Name: out.Name, OwnerKind: out.OwnerKind, Owner: out.Owner, OwnerName: out.OwnerName, Organization: out.Organization,
		Role: out.Role, RoleName: out.RoleName, Project: out.Project, Cluster: out.Cluster, Dangerous: out.Dangerous, Paused: out.Paused,
		CreatedAt: out.CreatedAt, CreatedBy: out.CreatedBy, ExpiresAt: out.ExpiresAt, FormerUntil: out.FormerUntil,
		LastUsedAt: out.LastUsedAt, LastUsedFrom: out.LastUsedFrom, Secret: secret,
	}
}

// own lets people change what is their own.
func own([]authz.Grant) error { return nil }

// limitOf finds the role and the place that a key is asked for.
func (s *server) limitOf(ctx context.Context, o tenant.Organization, in *api.CreateApiKeyRequest) (apikey.Limit, error) {
	limit := apikey.Limit{Role: authz.Role(value(in.Role))}
	switch {
	case in.Cluster != nil && in.Project != nil:
		return limit, problem.Wrong("project", "must be absent when a cluster is named")
	case in.Cluster != nil:
		at, err := s.Clusters.Place(ctx, o, *in.Cluster, "")
		if problem.KindOf(err) == problem.NotFound {
			return limit, problem.Wrong("cluster", "is no cluster of the organization")
		}
		limit.ClusterID, limit.Cluster = at.Cluster, *in.Cluster
		return limit, err
	}
	id, err := s.projectNamed(ctx, o.ID, in.Project)
	limit.ProjectID, limit.Project = id, value(in.Project)
	return limit, err
}

// newKey makes a key of somebody.
func (s *server) newKey(ctx context.Context, who caller, may tenant.May, o tenant.Organization, owner authz.Principal, in *api.CreateApiKeyRequest) (apikey.Key, string, error) {
	limit, err := s.limitOf(ctx, o, in)
	if err != nil {
		return apikey.Key{}, "", err
	}
	return s.APIKeys.NewKey(ctx, who.actor, may, o, apikey.Input{
		Owner: owner, Federated: owner.Kind == authz.User && who.session.Through.OrganizationID != "", Name: in.Name,
		ExpiresInDays: in.ExpiresInDays, Limit: limit, Dangerous: value(in.Dangerous),
	})
}

// ownKeys lists the caller's own keys, as far as the session reaches.
func (s *server) ownKeys(ctx context.Context, who caller) ([]apikey.Key, error) {
	return s.APIKeys.APIKeys(ctx, who.session.Through.OrganizationID, who.account.ID)
}

// ownKey finds one of them, and the context in which it is changed.
func (s *server) ownKey(ctx context.Context, who caller, id string) (context.Context, apikey.Key, error) {
	list, err := s.ownKeys(ctx, who)
	if err != nil {
		return ctx, apikey.Key{}, err
	}
	i := slices.IndexFunc(list, func(k apikey.Key) bool { return k.ID == id })
	if i < 0 {
		return ctx, apikey.Key{}, problem.Missing("API key")
	}
	return tenancy.Within(ctx, list[i].OrganizationID), list[i], nil
}

// ListMyApiKeys implements the operation listMyApiKeys.
func (s *server) ListMyApiKeys(ctx context.Context, _ api.ListMyApiKeysRequestObject) (api.ListMyApiKeysResponseObject, error) {
	list, err := s.ownKeys(ctx, callerOf(ctx))
	return api.ListMyApiKeys200JSONResponse(each(list, apiKeyJSON)), err
}

// CreateMyApiKey implements the operation createMyApiKey.
func (s *server) CreateMyApiKey(ctx context.Context, r api.CreateMyApiKeyRequestObject) (api.CreateMyApiKeyResponseObject, error) {
	who := callerOf(ctx)
	o, err := s.Tenants.Named(ctx, who.viewer(), r.Body.Organization)
	if problem.KindOf(err) == problem.NotFound {
		err = problem.Wrong("organization", "is none that you are a member of")
	}
	if err == nil {
		err = who.mayEnter(o)
	}
	if err != nil {
		return nil, err
	}
	in := &api.CreateApiKeyRequest{
		Name: r.Body.Name, ExpiresInDays: r.Body.ExpiresInDays, Role: r.Body.Role, Project: r.Body.Project, Cluster: r.Body.Cluster, Dangerous: r.Body.Dangerous,
	}
	k, secret, err := s.newKey(tenancy.Within(ctx, o.ID), who, own, o, authz.Principal{Kind: authz.User, ID: who.account.ID}, in)
	return api.CreateMyApiKey201JSONResponse(apiKeyWithSecret(k, secret)), err
}

// UpdateMyApiKey implements the operation updateMyApiKey.
func (s *server) UpdateMyApiKey(ctx context.Context, r api.UpdateMyApiKeyRequestObject) (api.UpdateMyApiKeyResponseObject, error) {
	who := callerOf(ctx)
	ctx, k, err := s.ownKey(ctx, who, r.Key)
	if err != nil {
		return nil, err
	}
	k, err = s.APIKeys.Pause(ctx, who.actor, own, k, r.Body.Paused)
	return api.UpdateMyApiKey200JSONResponse(apiKeyJSON(k)), err
}

// RotateMyApiKey implements the operation rotateMyApiKey.
func (s *server) RotateMyApiKey(ctx context.Context, r api.RotateMyApiKeyRequestObject) (api.RotateMyApiKeyResponseObject, error) {
	who := callerOf(ctx)
	ctx, k, err := s.ownKey(ctx, who, r.Key)
	if err != nil {
		return nil, err
	}
	k, secret, err := s.APIKeys.Rotate(ctx, who.actor, own, k, r.Body.GraceHours, r.Body.ExpiresInDays)
	return api.RotateMyApiKey200JSONResponse(apiKeyWithSecret(k, secret)), err
}

// DeleteMyApiKey implements the operation deleteMyApiKey.
func (s *server) DeleteMyApiKey(ctx context.Context, r api.DeleteMyApiKeyRequestObject) (api.DeleteMyApiKeyResponseObject, error) {
	who := callerOf(ctx)
	ctx, k, err := s.ownKey(ctx, who, r.Key)
	if problem.KindOf(err) == problem.NotFound {
		return api.DeleteMyApiKey204Response{}, nil
	}
	if err != nil {
		return nil, err
	}
	return api.DeleteMyApiKey204Response{}, s.APIKeys.Remove(ctx, who.actor, own, k)
}

// ListApiKeys implements the operation listApiKeys.
func (s *server) ListApiKeys(ctx context.Context, _ api.ListApiKeysRequestObject) (api.ListApiKeysResponseObject, error) {
	list, err := s.APIKeys.APIKeys(ctx, callerOf(ctx).organization.ID, "")
	return api.ListApiKeys200JSONResponse(each(list, apiKeyJSON)), err
}

// keyOf finds a key that is good in the caller's organization.
func (s *server) keyOf(ctx context.Context, who caller, id string) (apikey.Key, error) {
	k, err := s.APIKeys.APIKey(ctx, id)
	if err == nil && k.OrganizationID != who.organization.ID {
		err = problem.Missing("API key")
	}
	return k, err
}

// UpdateApiKey implements the operation updateApiKey.
func (s *server) UpdateApiKey(ctx context.Context, r api.UpdateApiKeyRequestObject) (api.UpdateApiKeyResponseObject, error) {
	who := callerOf(ctx)
	k, err := s.keyOf(ctx, who, r.Key)
	if err != nil {
		return nil, err
	}
	k, err = s.APIKeys.Pause(ctx, who.actor, tenant.Covered(who.rights), k, r.Body.Paused)
	return api.UpdateApiKey200JSONResponse(apiKeyJSON(k)), err
}

// RotateApiKey implements the operation rotateApiKey.
func (s *server) RotateApiKey(ctx context.Context, r api.RotateApiKeyRequestObject) (api.RotateApiKeyResponseObject, error) {
	who := callerOf(ctx)
	k, err := s.keyOf(ctx, who, r.Key)
	if err != nil {
		return nil, err
	}
	if k.Owner.Kind != authz.ServiceAccount {
		return nil, problem.New(problem.Denied, "It is the key of a person, who alone may renew it.")
	}
	k, secret, err := s.APIKeys.Rotate(ctx, who.actor, tenant.Covered(who.rights), k, r.Body.GraceHours, r.Body.ExpiresInDays)
	return api.RotateApiKey200JSONResponse(apiKeyWithSecret(k, secret)), err
}

// DeleteApiKey implements the operation deleteApiKey.
func (s *server) DeleteApiKey(ctx context.Context, r api.DeleteApiKeyRequestObject) (api.DeleteApiKeyResponseObject, error) {
	who := callerOf(ctx)
	k, err := s.keyOf(ctx, who, r.Key)
	if problem.KindOf(err) == problem.NotFound {
		return api.DeleteApiKey204Response{}, nil
	}
	if err != nil {
		return nil, err
	}
	return api.DeleteApiKey204Response{}, s.APIKeys.Remove(ctx, who.actor, tenant.Covered(who.rights), k)
}
