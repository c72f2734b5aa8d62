package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

var _ cloudaccount.Store = (*Store)(nil)

var noCloudAccount = problem.Missing("cloud account")

func scanCloudAccount(r scanner) (cloudaccount.Account, error) {
	var a cloudaccount.Account
	var findings string
	var checked, proven sql.NullInt64
	var created int64
	err := r.Scan(&a.OrganizationID, &a.ID, &a.Name, &a.Number, &a.Region, &a.Role, &a.ExternalID, &a.State, &findings, &checked, &proven,
		&a.CreatedBy, &created)
	if err != nil {
		return a, err
	}
	a.CheckedAt, a.ProvenAt, a.CreatedAt = timeOrZero(checked), timeOrZero(proven), timeOf(created)
	return a, json.Unmarshal([]byte(findings), &a.Findings)
}

// CreateCloudAccount stores an account of a customer.
func (s *Store) CreateCloudAccount(ctx context.Context, a cloudaccount.Account, e audit.Entry) error {
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "InsertCloudAccount", a.OrganizationID, a.ID, a.Name, a.Number, a.Region, a.Role, a.ExternalID, a.State,
			a.CreatedBy, micros(a.CreatedAt))
		if err != nil || n == 1 {
			return err
		}
		named, err := one(ctx, tx, value[int64], nil, "CountCloudAccountsNamed", a.OrganizationID, a.Name)
		if err != nil {
			return err
		}
		if named > 0 {
			return problem.Taken("name", "is the name of another cloud account of the organization")
		}
		return problem.Taken("role", "is registered already")
	})
}

// CloudAccounts lists the accounts of an organization, by name.
func (s *Store) CloudAccounts(ctx context.Context, organization string) ([]cloudaccount.Account, error) {
	list, err := all(ctx, s.read, scanCloudAccount, "SelectCloudAccounts", organization, "", "")
	if err != nil || len(list) == 0 {
		return list, err
	}
	clusters, err := all(ctx, s.read, func(r scanner) (c [2]string, err error) { return c, r.Scan(&c[0], &c[1]) },
		"SelectCloudAccountClusters", organization)
	for i := range list {
		for _, c := range clusters {
			if c[0] == list[i].ID {
				list[i].Clusters = append(list[i].Clusters, c[1])
			}
		}
	}
	return list, err
}

// CloudAccount returns an account of an organization.
func (s *Store) CloudAccount(ctx context.Context, organization, id string) (cloudaccount.Account, error) {
	list, err := s.CloudAccounts(ctx, organization)
	if err != nil {
		return cloudaccount.Account{}, err
	}
	for _, a := range list {
		if a.ID == id {
			return a, nil
		}
	}
	return cloudaccount.Account{}, noCloudAccount
}

// CloudAccountOf returns an account by the name of its organization, without its clusters.
func (s *Store) CloudAccountOf(ctx context.Context, organizationName, id string) (cloudaccount.Account, error) {
	if organizationName == "" || id == "" {
		return cloudaccount.Account{}, noCloudAccount
	}
	return one(ctx, s.read, scanCloudAccount, noCloudAccount, "SelectCloudAccounts", "", organizationName, id)
}

// CheckCloudAccount stores the outcome of a check.
func (s *Store) CheckCloudAccount(ctx context.Context, a cloudaccount.Account, e audit.Entry) error {
	findings, err := encode(a.Findings)
	if err != nil {
		return err
	}
	return s.change(ctx, e, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UpdateCloudAccountChecked", a.OrganizationID, a.ID, a.State, findings, nullableTime(a.CheckedAt), nullableTime(a.ProvenAt))
		if err == nil && n == 0 {
			return noCloudAccount
		}
		return err
	})
}

// DeleteCloudAccount deletes an account in which nothing is.
func (s *Store) DeleteCloudAccount(ctx context.Context, organization, id string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
			return err
		}
		clusters, err := all(ctx, tx, func(r scanner) (c [2]string, err error) { return c, r.Scan(&c[0], &c[1]) },
			"SelectCloudAccountClusters", organization)
		if err != nil {
			return err
		}
		var in []string
		for _, c := range clusters {
			if c[0] == id {
				in = append(in, c[1])
			}
		}
		if len(in) > 0 {
			return problem.New(problem.Conflict, "Clusters are in this account: %s. Delete them first.", strings.Join(in, ", "))
		}
		copies, err := one(ctx, tx, value[int64], nil, "CountCloudAccountBackups", organization, id)
		if err != nil {
			return err
		}
		if copies > 0 {
			return problem.New(problem.Conflict, "Backups lie in this account: %d. Remove them first, or nobody could read them any more.", copies)
		}
		n, err := exec(ctx, tx, "DeleteCloudAccount", organization, id)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, e)
	})
}

// inCloudAccount makes sure that a new cluster's account can be used, and is not deleted before the transaction has ended.
func inCloudAccount(ctx context.Context, tx *sql.Tx, organization, id string) error {
	if id == "" {
		return nil
	}
	if _, err := exec(ctx, tx, "LockOrganization", organization); err != nil {
		return err
	}
	a, err := one(ctx, tx, scanCloudAccount, problem.Wrong("account", "is no cloud account of the organization"),
		"SelectCloudAccounts", organization, "", id)
	if err == nil && a.State != cloudaccount.Active {
		err = problem.Wrong("account", "is not active: check it on the page Cloud accounts first")
	}
	return err
}
