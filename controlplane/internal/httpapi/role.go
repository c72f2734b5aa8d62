package httpapi

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
)

// ListPermissions implements the operation listPermissions.
func (s *server) ListPermissions(context.Context, api.ListPermissionsRequestObject) (api.ListPermissionsResponseObject, error) {
	return api.ListPermissions200JSONResponse(each(authz.Definitions(), func(d authz.Definition) api.Permission {
		return api.Permission{Name: string(d.Name), Area: d.Area, Title: d.Title, InParts: d.InParts()}
	})), nil
}

// ListRoles implements the operation listRoles.
func (s *server) ListRoles(ctx context.Context, _ api.ListRolesRequestObject) (api.ListRolesResponseObject, error) {
	custom, err := s.Rights.CustomRoles(ctx, callerOf(ctx).organization.ID)
	if err != nil {
		return nil, err
	}
	list := append(each(authz.OrganizationRoles(), builtInJSON(api.RoleDefinitionKindOrganization)),
		each(authz.PartRoles(), builtInJSON(api.RoleDefinitionKindPart))...)
	return api.ListRoles200JSONResponse(append(list, each(custom, customRoleJSON)...)), nil
}

func builtInJSON(kind api.RoleDefinitionKind) func(authz.Role) api.RoleDefinition {
	return func(r authz.Role) api.RoleDefinition {
		out := api.RoleDefinition{Id: string(r), Name: string(r), Kind: kind, Permissions: []string{}}
		for _, d := range authz.Definitions() {
			if r.Has(d.Name) {
				out.Permissions = append(out.Permissions, string(d.Name))
			}
		}
		return out
	}
}

func customRoleJSON(r rights.CustomRole) api.RoleDefinition {
	return api.RoleDefinition{
		Id: r.ID, Name: r.Name, Description: maybe(r.Description), Kind: api.RoleDefinitionKindCustom,
		Permissions: each(r.Permissions, func(p authz.Permission) string { return string(p) }),
	}
}

func roleInput(in *api.RoleInput) rights.RoleInput {
	out := rights.RoleInput{Name: in.Name, Permissions: each(in.Permissions, func(name string) authz.Permission { return authz.Permission(name) })}
	if in.Description != nil {
		out.Description = *in.Description
	}
	return out
}

// CreateRole implements the operation createRole.
func (s *server) CreateRole(ctx context.Context, r api.CreateRoleRequestObject) (api.CreateRoleResponseObject, error) {
	role, err := s.Rights.NewRole(ctx, callerOf(ctx).asks(), roleInput(r.Body))
	return api.CreateRole201JSONResponse(customRoleJSON(role)), err
}

// UpdateRole implements the operation updateRole.
func (s *server) UpdateRole(ctx context.Context, r api.UpdateRoleRequestObject) (api.UpdateRoleResponseObject, error) {
	role, err := s.Rights.ChangeRole(ctx, callerOf(ctx).asks(), r.Role, roleInput(r.Body))
	return api.UpdateRole200JSONResponse(customRoleJSON(role)), err
}

// DeleteRole implements the operation deleteRole.
func (s *server) DeleteRole(ctx context.Context, r api.DeleteRoleRequestObject) (api.DeleteRoleResponseObject, error) {
	return api.DeleteRole204Response{}, s.Rights.RemoveRole(ctx, callerOf(ctx).asks(), r.Role)
}
