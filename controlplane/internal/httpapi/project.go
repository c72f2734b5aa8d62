package httpapi

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
)

func projectJSON(p rights.Project, held authz.Rights) api.Project {
	return api.Project{
		Id: p.ID, Name: p.Name, Default: p.Default, Clusters: p.Clusters, CreatedAt: p.CreatedAt,
		Permissions: permissionNames(held, authz.Scope{Organization: p.OrganizationID, Project: p.ID}),
	}
}

// ListProjects implements the operation listProjects. Who may see a cluster may see the project that it is in.
func (s *server) ListProjects(ctx context.Context, _ api.ListProjectsRequestObject) (api.ListProjectsResponseObject, error) {
	who := callerOf(ctx)
	list, err := s.Rights.Projects(ctx, who.organization.ID)
	if err != nil {
		return nil, err
	}
	if !who.rights.Allow("project.read", whole(who.organization)) {
		clusters, err := s.Clusters.List(ctx, who.organization)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, c := range clusters {
			seen[c.ProjectID] = seen[c.ProjectID] || who.rights.Allow("project.read", placeOf(c))
		}
		list = slices.DeleteFunc(list, func(p rights.Project) bool {
			return !seen[p.ID] && !who.rights.Allow("project.read", authz.Scope{Organization: p.OrganizationID, Project: p.ID})
		})
	}
	return api.ListProjects200JSONResponse(each(list, func(p rights.Project) api.Project { return projectJSON(p, who.rights) })), nil
}

// CreateProject implements the operation createProject.
func (s *server) CreateProject(ctx context.Context, r api.CreateProjectRequestObject) (api.CreateProjectResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.Rights.NewProject(ctx, who.asks(), r.Body.Name)
	return api.CreateProject201JSONResponse(projectJSON(p, who.rights)), err
}

// UpdateProject implements the operation updateProject.
func (s *server) UpdateProject(ctx context.Context, r api.UpdateProjectRequestObject) (api.UpdateProjectResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.Rights.Rename(ctx, who.asks(), r.Project, r.Body.Name)
	return api.UpdateProject200JSONResponse(projectJSON(p, who.rights)), err
}

// DeleteProject implements the operation deleteProject.
func (s *server) DeleteProject(ctx context.Context, r api.DeleteProjectRequestObject) (api.DeleteProjectResponseObject, error) {
	return api.DeleteProject204Response{}, s.Rights.RemoveProject(ctx, callerOf(ctx).asks(), r.Project)
}

// MoveCluster implements the operation moveCluster.
func (s *server) MoveCluster(ctx context.Context, r api.MoveClusterRequestObject) (api.MoveClusterResponseObject, error) {
	who := callerOf(ctx)
	if err := s.Rights.Move(ctx, who.asks(), who.place, r.Cluster, r.Body.Project); err != nil {
		return nil, err
	}
	c, err := s.Clusters.Get(ctx, who.organization, r.Cluster)
	if err != nil {
		return nil, err
	}
	out, err := s.withOperation(ctx, c, who.rights)
	return api.MoveCluster200JSONResponse(out), err
}

// projectNamed returns the id of a project that a request names, "" when it names none.
func (s *server) projectNamed(ctx context.Context, organization string, name *string) (string, error) {
	if name == nil || *name == "" {
		return "", nil
	}
	p, err := s.Rights.Project(ctx, organization, *name)
	if problem.KindOf(err) == problem.NotFound {
		return "", problem.Wrong("project", "is no project of the organization")
	}
	return p.ID, err
}
