package store

import (
	"context"
	"database/sql"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
)

var (
	noProject        = problem.Missing("project")
	projectNameTaken = problem.Taken("name", "is the name of another project of the organization")
)

func scanProject(r scanner) (rights.Project, error) {
	var p rights.Project
	var isDefault, created int64
	err := r.Scan(&p.OrganizationID, &p.ID, &p.Name, &isDefault, &created, &p.Clusters)
	p.Default, p.CreatedAt = isDefault != 0, timeOf(created)
	return p, err
}

// Projects lists the projects of an organization.
func (s *Store) Projects(ctx context.Context, organization string) ([]rights.Project, error) {
	return all(ctx, s.read, scanProject, "SelectProjects", organization, "", "")
}

// Project returns a project by name.
func (s *Store) Project(ctx context.Context, organization, name string) (rights.Project, error) {
	if name == "" {
		return rights.Project{}, noProject
	}
	return one(ctx, s.read, scanProject, noProject, "SelectProjects", organization, name, "")
}

// CreateProject stores a project.
func (s *Store) CreateProject(ctx context.Context, p rights.Project, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if err := s.room(ctx, tx, p.OrganizationID, plan.Projects, 1); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "InsertProject", p.OrganizationID, p.ID, p.Name, flag(p.Default), micros(p.CreatedAt))
		if err == nil && n == 0 {
			return projectNameTaken
		}
		return err
	})
}

// RenameProject changes the name of a project.
func (s *Store) RenameProject(ctx context.Context, organization, id, name string, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if err := free(ctx, tx, "CountProjectsNamed", organization, name, id, projectNameTaken); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "UpdateProjectName", organization, id, name)
		if err == nil && n == 0 {
			return noProject
		}
		return err
	})
}

// free locks the organization and returns taken when another one than id has the name.
func free(ctx context.Context, tx *sql.Tx, count, organization, name, id string, taken error) error {
	if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
		return err
	}
	others, err := one(ctx, tx, value[int64], nil, count, organization, name, id)
	if err == nil && others > 0 {
		return taken
	}
	return err
}

// DeleteProject deletes an empty project.
func (s *Store) DeleteProject(ctx context.Context, organization, id string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		p, err := one(ctx, tx, scanProject, nil, "SelectProjects", organization, "", id)
		switch {
		case err != nil || p.ID == "":
			return err
		case p.Default:
			return problem.New(problem.Conflict, "The default project stays; clusters go there when nothing else is said.")
		case p.Clusters > 0:
			return problem.New(problem.Conflict, "The project holds clusters. Delete them, or move them to another project.")
		}
		if _, err := exec(ctx, tx, "DeleteProjectGrants", organization, id); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteProject", organization, id); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// MoveCluster puts a cluster into a project.
func (s *Store) MoveCluster(ctx context.Context, organization, cluster, project string, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		if _, err := one(ctx, tx, scanProject, noProject, "SelectProjects", organization, "", project); err != nil {
			return err
		}
		n, err := exec(ctx, tx, "UpdateClusterProject", organization, cluster, project)
		if err == nil && n == 0 {
			return problem.Missing("cluster")
		}
		if err != nil {
			return err
		}
		return endPasses(ctx, tx, organization, "", e.At) // rights in one project are not those in another
	})
}
