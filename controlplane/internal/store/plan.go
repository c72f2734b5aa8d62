package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// counts are the statements that count resources.
var counts = map[plan.Resource]string{
	plan.Clusters: "CountClusters", plan.Members: "CountMembers", plan.Projects: "CountProjects", plan.AccessKeys: "CountAccessKeys",
	plan.ServiceAccounts: "CountServiceAccounts", plan.APIKeys: "CountAPIKeys",
}

// room refuses n more of a resource than the organization's plan allows. Until the transaction ends, no other one of the
// organization gets past it, so that two cannot both take the last place.
func (s *Store) room(ctx context.Context, tx *sql.Tx, organization string, r plan.Resource, n int64) error {
	p, limited, err := s.limits(ctx, tx, organization, r)
	if err != nil || !limited {
		return err
	}
	used, err := used(ctx, tx, organization, r)
	if err != nil {
		return err
	}
	return p.Check(r, used, n)
}

// limits returns the plan of an organization, whose row is locked when the plan limits the resource.
func (s *Store) limits(ctx context.Context, tx *sql.Tx, organization string, r plan.Resource) (plan.Plan, bool, error) {
	p, err := s.planOf(ctx, tx, organization)
	if err != nil {
		return p, false, err
	}
	if _, limited := p.Limit(r); !limited {
		return p, false, nil
	}
	_, err = exec(ctx, tx, "LockOrganization", organization)
	return p, true, err
}

func (s *Store) planOf(ctx context.Context, q querier, organization string) (plan.Plan, error) {
	name, err := one(ctx, q, value[string], problem.Missing("organization"), "SelectPlan", organization)
	return s.plans.Of(name), err
}

func used(ctx context.Context, q querier, organization string, r plan.Resource) (int64, error) {
	if r == plan.Nodes {
		nodes, err := nodesOf(ctx, q, organization)
		var sum int64
		for _, n := range nodes {
			sum += n
		}
		return sum, err
	}
	return one(ctx, q, value[int64], nil, counts[r], organization)
}

// nodesOf returns how many nodes each cluster has, or is being given by an operation.
func nodesOf(ctx context.Context, q querier, organization string) (map[string]int64, error) {
	nodes := map[string]int64{}
	_, err := all(ctx, q, func(r scanner) (struct{}, error) {
		var id, text string
		var n int64
		if err := r.Scan(&id, &n, &text); err != nil {
			return struct{}{}, err
		}
		var asked provisioner.Request
		if text != "" {
			if err := json.Unmarshal([]byte(text), &asked); err != nil {
				return struct{}{}, fmt.Errorf("decode request: %w", err)
			}
		}
		nodes[id] = max(nodes[id], n, int64(asked.Cluster.Nodes))
		return struct{}{}, nil
	}, "SelectNodesAsked", organization)
	return nodes, err
}

func (s *Store) roomForCluster(ctx context.Context, tx *sql.Tx, c cluster.Cluster) error {
	if err := s.room(ctx, tx, c.OrganizationID, plan.Clusters, 1); err != nil {
		return err
	}
	return s.room(ctx, tx, c.OrganizationID, plan.Nodes, int64(c.Nodes))
}

// roomForNodes looks at what an operation makes of its cluster.
func (s *Store) roomForNodes(ctx context.Context, tx *sql.Tx, r operation.Record) error {
	if r.Kind != provisioner.ScaleCluster && r.Kind != provisioner.CreateCluster {
		return nil
	}
	p, limited, err := s.limits(ctx, tx, r.OrganizationID, plan.Nodes)
	if err != nil || !limited {
		return err
	}
	nodes, err := nodesOf(ctx, tx, r.OrganizationID)
	if err != nil {
		return err
	}
	more := int64(r.Request.Cluster.Nodes) - nodes[r.ClusterID]
	if more <= 0 {
		return nil
	}
	var sum int64
	for _, n := range nodes {
		sum += n
	}
	return p.Check(plan.Nodes, sum, more)
}

// roomForMember refuses an account that would be one member too many; who is one already stays.
func (s *Store) roomForMember(ctx context.Context, tx *sql.Tx, organization, account string) error {
	is, err := one(ctx, tx, value[int64], nil, "CountMember", organization, account)
	if err != nil || is > 0 {
		return err
	}
	return s.room(ctx, tx, organization, plan.Members, 1)
}

// roomForInvitation counts those who are invited as if they were members, but for the one who is invited anew.
func (s *Store) roomForInvitation(ctx context.Context, tx *sql.Tx, i tenant.Invitation) error {
	p, limited, err := s.limits(ctx, tx, i.OrganizationID, plan.Members)
	if err != nil || !limited {
		return err
	}
	members, err := used(ctx, tx, i.OrganizationID, plan.Members)
	if err != nil {
		return err
	}
	invited, err := one(ctx, tx, value[int64], nil, "CountInvitations", i.OrganizationID, i.Email, micros(i.CreatedAt))
	if err != nil {
		return err
	}
	return p.Check(plan.Members, members+invited, 1)
}

// Plan returns the plan of an organization.
func (s *Store) Plan(ctx context.Context, organization string) (plan.Plan, error) {
	return s.planOf(ctx, s.read, organization)
}

// Used counts what an organization has of the resources that are not metered.
func (s *Store) Used(ctx context.Context, organization string) (map[plan.Resource]int64, error) {
	counted := map[plan.Resource]int64{}
	for _, r := range plan.Resources() {
		if r.Metered() {
			continue
		}
		n, err := used(ctx, s.read, organization, r)
		if err != nil {
			return nil, err
		}
		counted[r] = n
	}
	return counted, nil
}

// SetPlan gives an organization, by name, another plan.
func (s *Store) SetPlan(ctx context.Context, organization, name string, e audit.Entry) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var before string
		id, err := one(ctx, tx, func(r scanner) (id string, err error) { return id, r.Scan(&id, &before) },
			problem.Missing("organization"), "SelectPlanByName", organization)
		if err != nil || before == name {
			return err
		}
		if _, err := exec(ctx, tx, "UpdatePlan", id, name); err != nil {
			return err
		}
		e.Organization, e.Before, e.After = id, map[string]string{"plan": before}, map[string]string{"plan": name}
		return record(ctx, tx, e)
	})
}

// PlansInUse lists the names of plans that organizations have been given.
func (s *Store) PlansInUse(ctx context.Context) ([]string, error) {
	return all(ctx, s.read, value[string], "SelectPlansInUse")
}
