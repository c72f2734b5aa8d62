package aws

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws/internal/edge"
	"github.com/podium-cloud/podium/provisioner/aws/internal/plan"
)

var _ provisioner.Roomed = (*Cloud)(nil)

// fresh is how long a count of what an account has is good enough: it is asked for as often as somebody looks at a price.
const fresh = 30 * time.Second

// room is what a region has of what AWS limits, as of a moment.
type room struct {
	mu     sync.Mutex
	at     time.Time
	quotas []quota
}

type quota struct {
	edge.Quota
	used, most int
	known      bool // most is what AWS says, otherwise what new accounts have
}

// look counts, at most once in a while.
func (r *room) look(ctx context.Context, d *edge.Driver) ([]quota, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < fresh {
		return r.quotas, nil
	}
	used, err := d.Used(ctx)
	if err != nil {
		return nil, err
	}
	var all []quota
	for _, q := range edge.Quotas() {
		most, known, err := d.Limit(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, quota{q, used[q.ID], most, known})
	}
	r.at, r.quotas = time.Now(), all
	return all, nil
}

// CheckRoom compares what the cluster needs beyond what it has with what is left of the account's quotas in the region.
func (c *Cloud) CheckRoom(ctx context.Context, s provisioner.ClusterSpec) ([]provisioner.Finding, error) {
	ctx, at, err := c.enter(ctx, s, plan.Look)
	if err != nil {
		return nil, err
	}
	needs, err := c.needs(ctx, at, s)
	if err != nil {
		return nil, err
	}
	quotas, err := at.room.look(ctx, at.driver)
	if err != nil {
		return nil, at.Explain("look at the quotas of the AWS account", err)
	}
	region := at.driver.AWS.Region
	var findings []provisioner.Finding
	for _, q := range quotas {
		if need := needs[q.ID]; need > 0 {
			findings = append(findings, q.finding(need, region))
		}
	}
	return findings, nil
}

func (q quota) finding(need int, region string) provisioner.Finding {
	f := provisioner.Finding{Check: "quotas", Level: provisioner.LevelOK, Text: fmt.Sprintf(
		"Of %s, the AWS account has %d of %d in %s; the cluster needs %d.", q.Name, q.used, q.most, region, need,
	)}
	if q.used+need <= q.most {
		return f
	}
	f.Fix = fmt.Sprintf("Ask AWS for more in the console, Service Quotas, code %s of %s, region %s, or remove what is not needed there, and try again.",
		q.Code, q.Service, region)
	if f.Level = provisioner.LevelProblem; !q.known { // the account may have more
		f.Level = provisioner.LevelWarning
		f.Text += " AWS does not tell this account's quota; this is that of a new one."
	}
	return f
}

// needs counts what the cluster is to have and has not, by the ids of [edge.Quotas]. It remembers nothing.
func (c *Cloud) needs(ctx context.Context, at *site, s provisioner.ClusterSpec) (map[string]int, error) {
	known, err := c.Ledger.Recall(ctx, s.ID)
	if err != nil {
		return nil, fmt.Errorf("recall what was made: %w", err)
	}
	cluster, err := c.planned(at, s, known)
	if err != nil {
		return nil, err
	}
	needs, shares := map[string]int{}, 0
	all := parts(cluster)
	for i := range s.Nodes {
		all = append(all, cluster.Node(i, plan.TaskSettings{})...)
	}
	for _, r := range all {
		if known[r.Role].ID != "" {
			continue
		}
		switch r.Kind {
		case plan.VPC:
			needs["vpc"]++
		case plan.Gateway:
			needs["gateway"]++
		case plan.Address:
			needs["address"]++
		case plan.Balancer:
			needs["balancer"]++
		case plan.DBInstance:
			needs["database"]++
		case plan.Cache:
			needs["cache"] += cluster.Size.CacheNum
		case plan.Service:
			shares += cluster.Size.CPU
		}
	}
	needs["vcpu"] = (shares + 1023) / 1024
	return needs, nil
}
