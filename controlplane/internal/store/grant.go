package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var (
	noRole        = problem.Missing("role")
	roleNameTaken = problem.Taken("name", "is the name of another role of the organization")
)

// permissionsOf reads a column of permissions, null for built-in roles.
func permissionsOf(column sql.NullString) (list []authz.Permission, err error) {
	if !column.Valid {
		return nil, nil
	}
	return list, json.Unmarshal([]byte(column.String), &list)
}

// Grants lists what a principal holds in an organization.
func (s *Store) Grants(ctx context.Context, organization string, p authz.Principal, federated bool) ([]authz.Grant, error) {
	return grantsOf(ctx, s.read, organization, p, federated)
}

func grantsOf(ctx context.Context, q querier, organization string, p authz.Principal, federated bool) ([]authz.Grant, error) {
	return all(ctx, q, func(r scanner) (g authz.Grant, err error) {
		g.Scope.Organization = organization
		var permissions sql.NullString
		if err := r.Scan(&g.Role, &g.Scope.Project, &g.Scope.Cluster, &permissions); err != nil {
			return g, err
		}
		g.Permissions, err = permissionsOf(permissions)
		return g, err
	}, "SelectGrantsOf", organization, p.Kind, p.ID, flag(federated))
}

// mayChange asks whether what an account holds may be changed.
func mayChange(ctx context.Context, tx *sql.Tx, organization, account string, may tenant.May) error {
	held, err := grantsOf(ctx, tx, organization, authz.Principal{Kind: authz.User, ID: account}, true)
	if err != nil {
		return err
	}
	return may(held)
}

func scanCustomRole(r scanner) (rights.CustomRole, error) {
	var c rights.CustomRole
	var created int64
	var permissions string
	if err := r.Scan(&c.OrganizationID, &c.ID, &c.Name, &c.Description, &permissions, &created); err != nil {
		return c, err
	}
	c.CreatedAt = timeOf(created)
	return c, json.Unmarshal([]byte(permissions), &c.Permissions)
}

// CustomRoles lists the roles that an organization has made.
func (s *Store) CustomRoles(ctx context.Context, organization string) ([]rights.CustomRole, error) {
	return all(ctx, s.read, scanCustomRole, "SelectCustomRoles", organization, "")
}

// CustomRole returns a role by id.
func (s *Store) CustomRole(ctx context.Context, organization, id string) (rights.CustomRole, error) {
	return customRole(ctx, s.read, organization, id)
}

func customRole(ctx context.Context, q querier, organization, id string) (rights.CustomRole, error) {
	if id == "" {
		return rights.CustomRole{}, noRole
	}
	return one(ctx, q, scanCustomRole, noRole, "SelectCustomRoles", organization, id)
}

// RolePermissions returns the permissions of a role that an organization has made.
func (s *Store) RolePermissions(ctx context.Context, organization string, r authz.Role) ([]authz.Permission, error) {
	c, err := s.CustomRole(ctx, organization, string(r))
	return c.Permissions, err
}

// CreateCustomRole stores a role.
func (s *Store) CreateCustomRole(ctx context.Context, c rights.CustomRole, e audit.Entry) error {
	permissions, err := encode(c.Permissions)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertCustomRole", c.OrganizationID, c.ID, c.Name, c.Description, permissions, micros(c.CreatedAt))
		if err == nil && n == 0 {
			return roleNameTaken
		}
		return err
	})
}

// UpdateCustomRole changes a role.
func (s *Store) UpdateCustomRole(ctx context.Context, c rights.CustomRole, may tenant.May, e audit.Entry) error {
	permissions, err := encode(c.Permissions)
	if err != nil {
		return err
	}
	return s.changeRole(ctx, c.OrganizationID, c.ID, may, func(tx *sql.Tx) error {
		if err := free(ctx, tx, "CountCustomRolesNamed", c.OrganizationID, c.Name, c.ID, roleNameTaken); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "UpdateCustomRole", c.OrganizationID, c.ID, c.Name, c.Description, permissions); err != nil {
			return err
		}
		if err := endPasses(ctx, tx, c.OrganizationID, "", e.At); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// changeRole runs a change of a role whose permissions may be changed.
func (s *Store) changeRole(ctx context.Context, organization, id string, may tenant.May, do func(tx *sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		before, err := customRole(ctx, tx, organization, id)
		if err != nil {
			return err
		}
		gives := authz.Grant{Role: authz.Role(id), Permissions: before.Permissions, Scope: authz.Scope{Organization: organization}}
		if err := may([]authz.Grant{gives}); err != nil {
			return err
		}
		return do(tx)
	})
}

// DeleteCustomRole deletes a role that nobody has.
func (s *Store) DeleteCustomRole(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error {
	err := s.changeRole(ctx, organization, id, may, func(tx *sql.Tx) error {
		uses, err := one(ctx, tx, value[int64], nil, "CountRoleUses", organization, id)
		if err != nil {
			return err
		}
		if uses > 0 {
			return problem.New(problem.Conflict, "Somebody has this role, or is invited to it. Give them another one first.")
		}
		if _, err := exec(ctx, tx, "DeleteCustomRole", organization, id); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	return err
}

func scanGrant(r scanner) (rights.Grant, error) {
	var g rights.Grant
	var created int64
	var permissions sql.NullString
	err := r.Scan(&g.OrganizationID, &g.ID, &g.Principal.Kind, &g.Principal.ID, &g.PrincipalName, &g.Role, &g.RoleName, &permissions,
		&g.Place.ProjectID, &g.Place.Project, &g.Place.ClusterID, &g.Place.Cluster, &g.CreatedBy, &created)
	if err != nil {
		return g, err
	}
	g.CreatedAt = timeOf(created)
	g.Permissions, err = permissionsOf(permissions)
	return g, err
}

// RoleGrants lists the grants of an organization.
func (s *Store) RoleGrants(ctx context.Context, organization string) ([]rights.Grant, error) {
	return all(ctx, s.read, scanGrant, "SelectGrants", organization, "")
}

// CreateGrant stores a grant.
func (s *Store) CreateGrant(ctx context.Context, g rights.Grant, e audit.Entry) (rights.Grant, error) {
	var stored rights.Grant
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", g.OrganizationID); err != nil {
			return err
		}
		if err := grantable(ctx, tx, g); err != nil {
			return err
		}
		same := []any{g.Principal.Kind, g.Principal.ID, g.Role, g.Place.ProjectID, g.Place.ClusterID}
		n, err := exec(ctx, tx, "InsertGrant", append(append([]any{g.OrganizationID, g.ID}, same...), g.CreatedBy, micros(g.CreatedAt))...)
		if err != nil {
			return err
		}
		if n == 0 {
			if g.ID, err = one(ctx, tx, value[string], nil, "SelectSameGrant", append([]any{g.OrganizationID}, same...)...); err != nil {
				return err
			}
		} else if err := record(ctx, tx, e); err != nil {
			return err
		}
		stored, err = one(ctx, tx, scanGrant, problem.Missing("grant"), "SelectGrants", g.OrganizationID, g.ID)
		return err
	})
	return stored, err
}

// grantable makes sure that all that a grant names is the organization's.
func grantable(ctx context.Context, tx *sql.Tx, g rights.Grant) error {
	if err := principalOf(ctx, tx, g.OrganizationID, g.Principal); err != nil {
		return err
	}
	return placeOf(ctx, tx, g.OrganizationID, g.Role, g.Place.ProjectID, g.Place.ClusterID)
}

// principalOf makes sure that a principal is the organization's.
func principalOf(ctx context.Context, tx *sql.Tx, organization string, p authz.Principal) error {
	var err error
	switch p.Kind {
	case authz.User:
		_, err = one(ctx, tx, scanMember, problem.Wrong("principal", "is no member of the organization"), "SelectMember", organization, p.ID)
	case authz.Group:
		_, err = one(ctx, tx, scanGroup, problem.Wrong("principal", "is no group of the organization"), "SelectGroups", organization, p.ID)
	case authz.ServiceAccount:
		_, err = serviceAccount(ctx, tx, organization, p.ID, problem.Wrong("principal", "is no service account of the organization"))
	default:
		err = problem.Wrong("principal", "is not known")
	}
	return err
}

// placeOf makes sure that a role, a project and a cluster, those that are given, are the organization's.
func placeOf(ctx context.Context, tx *sql.Tx, organization string, role authz.Role, project, cluster string) error {
	var err error
	if role.Custom() {
		_, err = one(ctx, tx, scanCustomRole, problem.Wrong("role", "is no role of the organization"), "SelectCustomRoles", organization, role)
	}
	if err == nil && project != "" {
		_, err = one(ctx, tx, scanProject, problem.Wrong("project", "is no project of the organization"), "SelectProjects", organization, "", project)
	}
	if err == nil && cluster != "" {
		_, err = one(ctx, tx, scanCluster, problem.Wrong("cluster", "is no cluster of the organization"), "SelectClusters", organization, "", cluster)
	}
	return err
}

// DeleteGrant ends a grant.
func (s *Store) DeleteGrant(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		g, err := one(ctx, tx, scanGrant, nil, "SelectGrants", organization, id)
		if err != nil || g.ID == "" {
			return err
		}
		if err := may([]authz.Grant{g.Gives()}); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteGrant", organization, id); err != nil {
			return err
		}
		account := "" // of everybody, who may be in the group
		if g.Principal.Kind != authz.Group {
			account = g.Principal.ID
		}
		if err := endPasses(ctx, tx, organization, account, e.At); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}
