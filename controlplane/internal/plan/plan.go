// Package plan knows how much of what an organization may have: plans with limits, from a file of the installation's
// operator. It is pure but for [Load].
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// Resource is what a plan limits.
type Resource string

// The resources. Those of the last group are metered; what data planes report counts.
const (
	Clusters   Resource = "clusters"
	Nodes      Resource = "nodes" // of all clusters together
	Members    Resource = "members"
	Projects   Resource = "projects"
	AccessKeys Resource = "accessKeys" // of all clusters together

	ServiceAccounts Resource = "serviceAccounts"
	APIKeys         Resource = "apiKeys" // of people and of service accounts

	Executions Resource = "executions" // by calendar month
	Tasks      Resource = "tasks"      // by calendar month
	Storage    Resource = "storage"    // bytes
)

// Resources returns all resources, in the order in which people are shown them.
func Resources() []Resource {
	return []Resource{Clusters, Nodes, Members, Projects, AccessKeys, ServiceAccounts, APIKeys, Executions, Tasks, Storage}
}

// Metered reports whether the resource is counted by data planes rather than by rows.
func (r Resource) Metered() bool { return slices.Contains([]Resource{Executions, Tasks, Storage}, r) }

// noun is what n of the resource are called.
func (r Resource) noun(n int64) string {
	one, many := "node", "nodes"
	switch r {
	case Clusters:
		one, many = "cluster", "clusters"
	case Members:
		one, many = "member", "members"
	case Projects:
		one, many = "project", "projects"
	case AccessKeys:
		one, many = "access key", "access keys"
	case ServiceAccounts:
		one, many = "service account", "service accounts"
	case APIKeys:
		one, many = "API key", "API keys"
	case Executions:
		one, many = "execution a month", "executions a month"
	case Tasks:
		one, many = "task a month", "tasks a month"
	case Storage:
		one, many = "byte", "bytes"
	case Nodes:
	}
	if n == 1 {
		return strconv.FormatInt(n, 10) + " " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// Plan is a set of limits.
type Plan struct {
	Name   string             `json:"name"`   // as the operator says it
	Title  string             `json:"title"`  // as people see it
	Limits map[Resource]int64 `json:"limits"` // what is absent is not limited
}

// Limit returns how much of a resource there may be, and whether it is limited at all.
func (p Plan) Limit(r Resource) (int64, bool) {
	n, limited := p.Limits[r]
	return n, limited
}

// Check refuses n more of a resource of which some are used when that is more than the plan allows. The error is a problem of
// kind Full.
func (p Plan) Check(r Resource, used, n int64) error {
	limit, limited := p.Limit(r)
	if !limited || used+n <= limit {
		return nil
	}
	return &problem.Error{
		Kind: problem.Full,
		Detail: fmt.Sprintf("The plan %s allows %s, and %d are used. Give one back, or ask whoever runs this installation for another plan.",
			cmp.Or(p.Title, p.Name), r.noun(limit), used),
		Quota: &problem.Quota{Resource: string(r), Limit: limit, Used: used, Plan: p.Name},
	}
}

// Use is how much of a resource an organization has.
type Use struct {
	Resource Resource
	Used     int64
	Limit    *int64 // nil: not limited
}

// Uses puts what is used beside the limits of the plan.
func (p Plan) Uses(used map[Resource]int64) []Use {
	list := make([]Use, 0, len(Resources()))
	for _, r := range Resources() {
		u := Use{Resource: r, Used: used[r]}
		if limit, limited := p.Limit(r); limited {
			u.Limit = &limit
		}
		list = append(list, u)
	}
	return list
}
