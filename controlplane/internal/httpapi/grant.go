package httpapi

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
)

func grantJSON(g rights.Grant) api.Grant {
	return api.Grant{
		Id: g.ID, PrincipalKind: api.PrincipalKind(g.Principal.Kind), Principal: g.Principal.ID, PrincipalName: g.PrincipalName,
		Role: string(g.Role), RoleName: maybe(g.RoleName), Project: maybe(g.Place.Project), Cluster: maybe(g.Place.Cluster),
		CreatedBy: g.CreatedBy, CreatedAt: g.CreatedAt,
	}
}

// placeOf is a cluster as a place.
func placeOf(c cluster.Cluster) authz.Scope {
	return authz.Scope{Organization: c.OrganizationID, Project: c.ProjectID, Cluster: c.ID}
}

// places returns where the clusters of the caller's organization are, by their ids.
func (s *server) places(ctx context.Context) (map[string]authz.Scope, error) {
	list, err := s.Clusters.List(ctx, callerOf(ctx).organization)
	places := map[string]authz.Scope{}
	for _, c := range list {
		places[c.ID] = placeOf(c)
	}
	return places, err
}

// within returns where a grant holds; one in a cluster is also in the cluster's project.
func within(g rights.Grant, places map[string]authz.Scope) authz.Scope {
	if in, found := places[g.Place.ClusterID]; found {
		return in
	}
	return g.Gives().Scope
}

// ListGrants implements the operation listGrants.
func (s *server) ListGrants(ctx context.Context, r api.ListGrantsRequestObject) (api.ListGrantsResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Rights.RoleGrants(ctx, who.organization.ID)
	if err != nil {
		return nil, err
	}
	places, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	if r.Params.Cluster != nil {
		in, err := s.Clusters.Place(ctx, who.organization, *r.Params.Cluster, "")
		if err != nil {
			return nil, err
		}
		if err := who.may("grant.read", in); err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(g rights.Grant) bool { return !g.Gives().Scope.Covers(in) })
		return api.ListGrants200JSONResponse(each(list, grantJSON)), nil
	}
	list = slices.DeleteFunc(list, func(g rights.Grant) bool { return !who.rights.Allow("grant.read", within(g, places)) })
	return api.ListGrants200JSONResponse(each(list, grantJSON)), nil
}

// CreateGrant implements the operation createGrant.
func (s *server) CreateGrant(ctx context.Context, r api.CreateGrantRequestObject) (api.CreateGrantResponseObject, error) {
	who := callerOf(ctx)
	in := rights.GrantInput{
		Principal: authz.Principal{Kind: authz.Kind(r.Body.PrincipalKind), ID: r.Body.Principal}, Role: authz.Role(r.Body.Role),
	}
	at := whole(who.organization)
	switch {
	case r.Body.Cluster != nil && r.Body.Project != nil:
		return nil, problem.Wrong("project", "must be absent when a cluster is named")
	case r.Body.Cluster != nil:
		found, err := s.Clusters.Place(ctx, who.organization, *r.Body.Cluster, "")
		if problem.KindOf(err) == problem.NotFound {
			return nil, problem.Wrong("cluster", "is no cluster of the organization")
		}
		if err != nil {
			return nil, err
		}
		at = found
		in.Place = rights.Place{ClusterID: found.Cluster, Cluster: *r.Body.Cluster}
	case r.Body.Project != nil:
		id, err := s.projectNamed(ctx, who.organization.ID, r.Body.Project)
		if err != nil {
			return nil, err
		}
		if id != "" {
			at.Project = id
			in.Place = rights.Place{ProjectID: id, Project: *r.Body.Project}
		}
	}
	if err := who.may("grant.create", at); err != nil {
		return nil, err
	}
	g, err := s.Rights.Give(ctx, who.asks(), in, at)
	return api.CreateGrant200JSONResponse(grantJSON(g)), err
}

// DeleteGrant implements the operation deleteGrant.
func (s *server) DeleteGrant(ctx context.Context, r api.DeleteGrantRequestObject) (api.DeleteGrantResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Rights.RoleGrants(ctx, who.organization.ID)
	if err != nil {
		return nil, err
	}
	places, err := s.places(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(g rights.Grant) bool { return g.ID == r.Grant })
	if i < 0 || !who.rights.Allow("grant.read", within(list[i], places)) {
		return api.DeleteGrant204Response{}, nil // there is none, as far as the caller sees
	}
	if err := who.may("grant.create", within(list[i], places)); err != nil {
		return nil, err
	}
	return api.DeleteGrant204Response{}, s.Rights.Revoke(ctx, who.asks(), list[i], within(list[i], places))
}
