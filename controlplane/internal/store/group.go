package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

var (
	noGroup        = problem.Missing("group")
	groupNameTaken = problem.Taken("name", "is the name of another group of the organization")
)

func scanGroup(r scanner) (rights.Group, error) {
	g := rights.Group{Members: []rights.GroupMember{}, ServiceAccounts: []rights.GroupAccount{}}
	var created int64
	var providerGroups string
	if err := r.Scan(&g.OrganizationID, &g.ID, &g.Name, &providerGroups, &created); err != nil {
		return g, err
	}
	g.CreatedAt = timeOf(created)
	return g, json.Unmarshal([]byte(providerGroups), &g.ProviderGroups)
}

// memberOf is a row of a group's members.
type memberOf struct {
	group string
	rights.GroupMember
}

// accountOf is a row of a group's service accounts.
type accountOf struct {
	group string
	rights.GroupAccount
}

func groups(ctx context.Context, q querier, organization, id string) ([]rights.Group, error) {
	list, err := all(ctx, q, scanGroup, "SelectGroups", organization, id)
	if err != nil {
		return nil, err
	}
	members, err := all(ctx, q, func(r scanner) (m memberOf, err error) {
		return m, r.Scan(&m.group, &m.AccountID, &m.Email, &m.Name, &m.Provider)
	}, "SelectGroupMembers", organization, id)
	for _, m := range members {
		i := slices.IndexFunc(list, func(g rights.Group) bool { return g.ID == m.group })
		if i >= 0 {
			list[i].Members = append(list[i].Members, m.GroupMember)
		}
	}
	if err != nil {
		return nil, err
	}
	accounts, err := all(ctx, q, func(r scanner) (m accountOf, err error) {
		return m, r.Scan(&m.group, &m.ID, &m.Name)
	}, "SelectGroupServiceAccounts", organization, id)
	for _, m := range accounts {
		i := slices.IndexFunc(list, func(g rights.Group) bool { return g.ID == m.group })
		if i >= 0 {
			list[i].ServiceAccounts = append(list[i].ServiceAccounts, m.GroupAccount)
		}
	}
	return list, err
}

// Groups lists the groups of an organization.
func (s *Store) Groups(ctx context.Context, organization string) ([]rights.Group, error) {
	return groups(ctx, s.read, organization, "")
}

// Group returns a group by id.
func (s *Store) Group(ctx context.Context, organization, id string) (rights.Group, error) {
	if id == "" {
		return rights.Group{}, noGroup
	}
	list, err := groups(ctx, s.read, organization, id)
	if err != nil {
		return rights.Group{}, err
	}
	if len(list) == 0 {
		return rights.Group{}, noGroup
	}
	return list[0], nil
}

// GroupNames lists the names of the groups that an account is in.
func (s *Store) GroupNames(ctx context.Context, organization, account string, federated bool) ([]string, error) {
	return all(ctx, s.read, value[string], "SelectGroupNames", organization, account, flag(federated))
}

// CreateGroup stores a group.
func (s *Store) CreateGroup(ctx context.Context, g rights.Group, e audit.Entry) error {
	names, err := encode(g.ProviderGroups)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertGroup", g.OrganizationID, g.ID, g.Name, names, micros(g.CreatedAt))
		if err == nil && n == 0 {
			return groupNameTaken
		}
		return err
	})
}

// UpdateGroup changes name and provider groups.
func (s *Store) UpdateGroup(ctx context.Context, g rights.Group, may tenant.May, e audit.Entry) error {
	names, err := encode(g.ProviderGroups)
	if err != nil {
		return err
	}
	return s.changeGroup(ctx, g.OrganizationID, g.ID, may, func(tx *sql.Tx, before rights.Group) error {
		if err := free(ctx, tx, "CountGroupsNamed", g.OrganizationID, g.Name, g.ID, groupNameTaken); err != nil {
			return err
		}
		if !slices.Equal(before.ProviderGroups, g.ProviderGroups) {
			// Which of the groups had put whom in is not kept; the next log-in of each says it again.
			if _, err := exec(ctx, tx, "DeleteMappedGroupMembers", g.OrganizationID, g.ID); err != nil {
				return err
			}
			if err := endPasses(ctx, tx, g.OrganizationID, "", e.At); err != nil {
				return err
			}
		}
		if _, err := exec(ctx, tx, "UpdateGroup", g.OrganizationID, g.ID, g.Name, names); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// changeGroup runs a change of a group whose grants may be changed.
func (s *Store) changeGroup(ctx context.Context, organization, id string, may tenant.May, do func(tx *sql.Tx, before rights.Group) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		before, err := one(ctx, tx, scanGroup, noGroup, "SelectGroups", organization, id)
		if err != nil {
			return err
		}
		held, err := grantsOf(ctx, tx, organization, authz.Principal{Kind: authz.Group, ID: id}, true)
		if err != nil {
			return err
		}
		if err := may(held); err != nil {
			return err
		}
		return do(tx, before)
	})
}

// DeleteGroup deletes a group with its grants.
func (s *Store) DeleteGroup(ctx context.Context, organization, id string, may tenant.May, e audit.Entry) error {
	err := s.changeGroup(ctx, organization, id, may, func(tx *sql.Tx, _ rights.Group) error {
		if _, err := exec(ctx, tx, "DeleteGrantsOf", organization, authz.Group, id); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DeleteGroup", organization, id); err != nil {
			return err
		}
		if err := endPasses(ctx, tx, organization, "", e.At); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
	if problem.KindOf(err) == problem.NotFound {
		return nil
	}
	return err
}

// AddToGroup puts a member or a service account into a group.
func (s *Store) AddToGroup(ctx context.Context, organization, group, account string, may tenant.May, e audit.Entry) error {
	return s.changeGroup(ctx, organization, group, may, func(tx *sql.Tx, _ rights.Group) error {
		_, err := serviceAccount(ctx, tx, organization, account, problem.Missing("member"))
		statement := "InsertGroupServiceAccount"
		if problem.KindOf(err) == problem.NotFound {
			_, err = one(ctx, tx, scanMember, problem.Missing("member"), "SelectMember", organization, account)
			statement = "InsertGroupMember"
		}
		if err != nil {
			return err
		}
		n, err := exec(ctx, tx, statement, organization, group, account, micros(e.At))
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}

// RemoveFromGroup takes a member or a service account out of a group.
func (s *Store) RemoveFromGroup(ctx context.Context, organization, group, account string, may tenant.May, e audit.Entry) error {
	return s.changeGroup(ctx, organization, group, may, func(tx *sql.Tx, _ rights.Group) error {
		members, err := exec(ctx, tx, "DeleteGroupMember", organization, group, account)
		if err != nil {
			return err
		}
		accounts, err := exec(ctx, tx, "DeleteGroupServiceAccount", organization, group, account)
		if err != nil || members+accounts == 0 {
			return err
		}
		if err := endPasses(ctx, tx, organization, account, e.At); err != nil {
			return err
		}
		return record(ctx, tx, e)
	})
}

// mapGroups puts somebody who enters into the groups that the provider says, and takes them out of the others that it had put
// them in.
func mapGroups(ctx context.Context, tx *sql.Tx, in sso.Entrance, account string) error {
	organization, provider := in.Provider.OrganizationID, in.Provider.ID
	list, err := all(ctx, tx, scanGroup, "SelectGroups", organization, "")
	if err != nil {
		return err
	}
	before, err := all(ctx, tx, value[string], "SelectMappedGroups", organization, account, provider)
	if err != nil {
		return err
	}
	for _, g := range list {
		says := slices.ContainsFunc(g.ProviderGroups, func(name string) bool { return slices.Contains(in.Groups, name) })
		was := slices.Contains(before, g.ID)
		if says == was {
			continue
		}
		action := "group.map"
		if says {
			_, err = exec(ctx, tx, "InsertMappedGroupMember", organization, g.ID, account, provider, micros(in.At))
		} else {
			action = "group.unmap"
			_, err = exec(ctx, tx, "DeleteMappedGroupMember", organization, g.ID, account, provider)
			if err == nil {
				err = endPasses(ctx, tx, organization, account, in.At)
			}
		}
		if err != nil {
			return err
		}
		if err := record(ctx, tx, entranceEntry(in, action, nil, map[string]string{"group": g.Name})); err != nil {
			return err
		}
	}
	return nil
}
