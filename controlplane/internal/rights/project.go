package rights

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// NewProject makes a project. It is not repeatable: the second call finds the name taken.
func (s *Service) NewProject(ctx context.Context, by Caller, name string) (Project, error) {
	var check problem.Check
	check.Field("name", naming.Check(name))
	if err := check.Err(); err != nil {
		return Project{}, err
	}
	p := Project{ID: id.New("prj"), OrganizationID: by.Organization.ID, Name: name, CreatedAt: s.now()}
	return p, s.CreateProject(ctx, p, s.entry(by, "project.create", "project/"+name, nil, map[string]string{"id": p.ID, "name": name}))
}

// Rename gives a project another name; repeating it changes nothing.
func (s *Service) Rename(ctx context.Context, by Caller, name, to string) (Project, error) {
	var check problem.Check
	check.Field("name", naming.Check(to))
	if err := check.Err(); err != nil {
		return Project{}, err
	}
	p, err := s.Project(ctx, by.Organization.ID, name)
	if err != nil || p.Name == to {
		return p, err
	}
	err = s.RenameProject(ctx, p.OrganizationID, p.ID, to,
		s.entry(by, "project.update", "project/"+name, map[string]string{"name": name}, map[string]string{"name": to}))
	p.Name = to
	return p, err
}

// RemoveProject deletes an empty project.
func (s *Service) RemoveProject(ctx context.Context, by Caller, name string) error {
	p, err := s.Project(ctx, by.Organization.ID, name)
	if err != nil {
		return err
	}
	return s.DeleteProject(ctx, p.OrganizationID, p.ID, s.entry(by, "project.delete", "project/"+name, map[string]string{"id": p.ID, "name": name}, nil))
}

// Move puts a cluster, named by id and name, into another project, which needs the right to change both projects: whoever has
// rights in the new one has them in the cluster from then on. Repeating it changes nothing.
func (s *Service) Move(ctx context.Context, by Caller, cluster authz.Scope, name, to string) error {
	p, err := s.Project(ctx, by.Organization.ID, to)
	if problem.KindOf(err) == problem.NotFound {
		return problem.Wrong("project", "is no project of the organization")
	}
	if err != nil || p.ID == cluster.Project {
		return err
	}
	if !by.Rights.Allow("project.update", authz.Scope{Organization: p.OrganizationID, Project: p.ID}) {
		return problem.New(problem.Denied, "You may not put clusters into the project %s.", to)
	}
	return s.MoveCluster(ctx, p.OrganizationID, cluster.Cluster, p.ID, s.entry(by, "cluster.move", "cluster/"+name,
		map[string]string{"project": cluster.Project}, map[string]string{"project": p.ID}))
}
