package rights

import (
	"context"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// RoleInput is what people say of a role.
type RoleInput struct {
	Name        string
	Description string
	Permissions []authz.Permission
}

func (in RoleInput) check() error {
	var check problem.Check
	check.Field("name", checkText(in.Name, maxName))
	if in.Description != "" {
		check.Field("description", checkText(in.Description, 200))
	}
	if slices.Contains(slices.Concat(authz.OrganizationRoles(), authz.PartRoles()), authz.Role(in.Name)) {
		check.Field("name", "is the name of a built-in role")
	}
	for _, p := range in.Permissions {
		if !authz.Scoped(p) || !authz.Known(p) {
			check.Field("permissions", "must be permissions that roles give; "+string(p)+" is not")
			break
		}
	}
	return check.Err()
}

// permissions returns the permissions in the order of the table, each once. Whoever has any role sees the organization.
func (in RoleInput) permissions() []authz.Permission {
	list := []authz.Permission{}
	for _, d := range authz.Definitions() {
		if d.Name == "organization.read" || slices.Contains(in.Permissions, d.Name) {
			list = append(list, d.Name)
		}
	}
	return list
}

func roleState(r CustomRole) map[string]any {
	return map[string]any{"id": r.ID, "name": r.Name, "description": r.Description, "permissions": r.Permissions}
}

// NewRole makes a role with at most what the caller has in the whole organization. It is not repeatable: the second call finds
// the name taken.
func (s *Service) NewRole(ctx context.Context, by Caller, in RoleInput) (CustomRole, error) {
	if err := in.check(); err != nil {
		return CustomRole{}, err
	}
	r := CustomRole{
		ID: id.New("rol"), OrganizationID: by.Organization.ID, Name: in.Name, Description: in.Description, Permissions: in.permissions(),
		CreatedAt: s.now(),
	}
	if err := by.give(everywhere(r)); err != nil {
		return CustomRole{}, err
	}
	return r, s.CreateCustomRole(ctx, r, s.entry(by, "role.create", "role/"+r.Name, nil, roleState(r)))
}

// everywhere is what a role gives in the whole organization.
func everywhere(r CustomRole) authz.Grant {
	return authz.Grant{Role: authz.Role(r.ID), Permissions: r.Permissions, Scope: authz.Scope{Organization: r.OrganizationID}}
}

// ChangeRole changes a role for all who have it. Neither what it gave nor what it gives may be more than the caller has.
func (s *Service) ChangeRole(ctx context.Context, by Caller, id string, in RoleInput) (CustomRole, error) {
	if err := in.check(); err != nil {
		return CustomRole{}, err
	}
	before, err := s.CustomRole(ctx, by.Organization.ID, id)
	if err != nil {
		return CustomRole{}, err
	}
	after := before
	after.Name, after.Description, after.Permissions = in.Name, in.Description, in.permissions()
	if before.Name == after.Name && before.Description == after.Description && slices.Equal(before.Permissions, after.Permissions) {
		return before, nil
	}
	if err := by.give(everywhere(after)); err != nil {
		return CustomRole{}, err
	}
	return after, s.UpdateCustomRole(ctx, after, by.may(), s.entry(by, "role.update", "role/"+before.Name, roleState(before), roleState(after)))
}

// RemoveRole deletes a role that nobody has; one that is absent is no error.
func (s *Service) RemoveRole(ctx context.Context, by Caller, id string) error {
	r, err := s.CustomRole(ctx, by.Organization.ID, id)
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.DeleteCustomRole(ctx, r.OrganizationID, id, by.may(), s.entry(by, "role.delete", "role/"+r.Name, roleState(r), nil))
}
