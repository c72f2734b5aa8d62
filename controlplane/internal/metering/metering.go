// Package metering keeps the books of what clusters use: executions, tasks and storage by cluster and UTC day, and the quotas
// that act on it.
//
// Data planes report totals that only grow (fleetapi.Usage); the books keep the largest of each, so a report that comes twice
// books nothing twice, and one that is lost is made up for by the next. Rows outlive their cluster: they are history. When a
// quota of the month is used up, the cluster's data plane is told by its configuration, and acts on it.
package metering

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Day is what a cluster used on one UTC day.
type Day struct {
	ClusterID    string
	Cluster      string // its name when it reported last
	Day          string // 2006-01-02
	Executions   int64
	Tasks        int64
	StorageBytes int64 // the most
}

// Store keeps the books.
type Store interface {
	// BookUsage keeps the larger of what is booked and what is reported, row by row, and returns the cluster's organization.
	BookUsage(ctx context.Context, cluster string, rows []fleetapi.Usage) (organization string, err error)
	// Usage lists what was used from day to day, both included, by day and cluster name; of one cluster by its name, or of all
	// with "".
	Usage(ctx context.Context, organization, cluster, from, to string) ([]Day, error)
	// Quotas lists the quotas of an organization.
	Quotas(ctx context.Context, organization string) ([]Quota, error)
	// SetQuotas replaces the quotas of an organization.
	SetQuotas(ctx context.Context, organization string, quotas []Quota, e audit.Entry) error
	// Verdicts returns what the quotas say of each cluster at present; nil: nothing.
	Verdicts(ctx context.Context, organization string) (map[string]*fleetapi.Quota, error)
	// Plan returns the plan of an organization.
	Plan(ctx context.Context, organization string) (plan.Plan, error)
	// Used counts what an organization has of the resources that are not metered.
	Used(ctx context.Context, organization string) (map[plan.Resource]int64, error)
	// SetVerdict changes what a cluster's data plane is told of its quota.
	SetVerdict(ctx context.Context, cluster string, q *fleetapi.Quota) error
}

// Deps is what a Service works with. All fields are required.
type Deps struct {
	Store  Store
	Hub    *notify.Hub
	Now    func() time.Time
	Logger *slog.Logger
}

// Service keeps the books. Make it with New.
type Service struct{ Deps }

// New returns the service.
func New(d Deps) *Service { return &Service{d} }

// Book takes a data plane's report and judges the quotas anew. It is repeatable. Days that have not come are not booked, but
// returned: a clock that was ahead, even by years, must not keep the rest out of the books. By a day it may be.
func (s *Service) Book(ctx context.Context, cluster string, rows []fleetapi.Usage) (early []fleetapi.Usage, err error) {
	if err := s.check(rows); err != nil {
		return nil, err
	}
	latest := s.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	var due []fleetapi.Usage
	for _, u := range rows {
		if u.Day > latest {
			early = append(early, u)
		} else {
			due = append(due, u)
		}
	}
	organization, err := s.Store.BookUsage(ctx, cluster, due)
	if err != nil {
		return nil, err
	}
	return early, s.judge(ctx, organization)
}

// check refuses what no data plane counts.
func (s *Service) check(rows []fleetapi.Usage) error {
	var check problem.Check
	if len(rows) > fleetapi.MaxUsageDays {
		check.Field("days", fmt.Sprintf("must be at most %d", fleetapi.MaxUsageDays))
	}
	for i, u := range rows {
		name := func(field string) string { return fmt.Sprintf("days[%d].%s", i, field) }
		if u.Epoch == "" || len(u.Epoch) > 200 {
			check.Field(name("epoch"), "must have 1 to 200 characters")
		}
		if _, err := time.Parse(time.DateOnly, u.Day); err != nil {
			check.Field(name("day"), "must be a day such as 2026-01-31")
		}
		if u.Executions < 0 || u.Tasks < 0 || u.StorageBytes < 0 {
			check.Field(name("executions"), "no count is negative")
		}
	}
	return check.Err()
}

// maxRange is how many days are shown at a time.
const maxRange = 400

// Range is the days that a question is about, both included. Empty ones mean the last 30 days.
type Range struct{ From, To string }

// Usage lists what an organization used, or one of its clusters (by name).
func (s *Service) Usage(ctx context.Context, organization, cluster string, r Range) (Range, []Day, error) {
	today := s.Now().UTC()
	if r.To == "" {
		r.To = today.Format(time.DateOnly)
	}
	var check problem.Check
	to, err := time.Parse(time.DateOnly, r.To)
	if err != nil {
		check.Field("to", "must be a day such as 2026-01-31")
		return r, nil, check.Err()
	}
	if r.From == "" {
		r.From = to.AddDate(0, 0, -29).Format(time.DateOnly)
	}
	from, err := time.Parse(time.DateOnly, r.From)
	switch {
	case err != nil:
		check.Field("from", "must be a day such as 2026-01-31")
	case from.After(to):
		check.Field("from", "must not be after to")
	case to.Sub(from) > maxRange*24*time.Hour:
		check.Field("from", fmt.Sprintf("must be at most %d days before to", maxRange))
	}
	if err := check.Err(); err != nil {
		return r, nil, err
	}
	days, err := s.Store.Usage(ctx, organization, cluster, r.From, r.To)
	return r, days, err
}

// Standing is a quota with what of it is used.
type Standing struct {
	Quota
	Used int64
}

// Standing lists the quotas of an organization.
func (s *Service) Standing(ctx context.Context, organization string) ([]Standing, error) {
	quotas, err := s.Store.Quotas(ctx, organization)
	if err != nil {
		return nil, err
	}
	days, err := s.month(ctx, organization)
	if err != nil {
		return nil, err
	}
	list := make([]Standing, len(quotas))
	for i, q := range quotas {
		list[i] = Standing{q, Used(q.Metric, days, q.Cluster, s.Now())}
	}
	return list, nil
}

// Plan returns the plan of an organization and how much of what it has.
func (s *Service) Plan(ctx context.Context, organization string) (plan.Plan, []plan.Use, error) {
	p, err := s.Store.Plan(ctx, organization)
	if err != nil {
		return p, nil, err
	}
	used, err := s.Store.Used(ctx, organization)
	if err != nil {
		return p, nil, err
	}
	days, err := s.month(ctx, organization)
	if err != nil {
		return p, nil, err
	}
	for metric, r := range metered {
		used[r] = Used(metric, days, "", s.Now())
	}
	return p, p.Uses(used), nil
}

// month is the usage that counts towards quotas.
func (s *Service) month(ctx context.Context, organization string) ([]Day, error) {
	now := s.Now().UTC()
	return s.Store.Usage(ctx, organization, "", now.Format("2006-01")+"-01", now.Format(time.DateOnly))
}

// SetQuotas replaces the quotas of an organization and judges them. It is repeatable.
func (s *Service) SetQuotas(ctx context.Context, by audit.Actor, organization string, quotas []Quota) error {
	if err := checkQuotas(quotas); err != nil {
		return err
	}
	before, err := s.Store.Quotas(ctx, organization)
	if err != nil {
		return err
	}
	slices.SortFunc(quotas, compareQuotas)
	err = s.Store.SetQuotas(ctx, organization, quotas, audit.Entry{
		At: s.Now(), Actor: by, Organization: organization, Action: "quota.update", Target: "organization/quotas", Before: before, After: quotas,
	})
	if err != nil {
		return err
	}
	return s.judge(ctx, organization)
}

// judge tells data planes for which the verdict has changed.
func (s *Service) judge(ctx context.Context, organization string) error {
	quotas, err := s.Store.Quotas(ctx, organization)
	if err != nil {
		return err
	}
	p, err := s.Store.Plan(ctx, organization)
	if err != nil {
		return err
	}
	quotas = append(OfPlan(p), quotas...)
	verdicts, err := s.Store.Verdicts(ctx, organization)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	var days []Day
	if len(quotas) > 0 {
		if days, err = s.month(ctx, organization); err != nil {
			return err
		}
	}
	for cluster, old := range verdicts {
		verdict := Judge(quotas, days, cluster, now)
		if same(old, verdict) {
			continue
		}
		if err := s.Store.SetVerdict(ctx, cluster, verdict); err != nil {
			return err
		}
		s.Logger.InfoContext(ctx, "quota", "cluster", cluster, "verdict", verdict)
		s.Hub.Wake(notify.Config(cluster), notify.Organization(organization))
	}
	return nil
}

// same leaves the message aside: it names figures that grow all the time.
func same(a, b *fleetapi.Quota) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.State == b.State && a.Until.Equal(b.Until)
}
