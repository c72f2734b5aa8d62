package metering

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Metric is what a quota counts.
type Metric string

// The metrics. Executions and tasks are counted over a calendar month (UTC); storage is what is stored today.
const (
	Executions Metric = "executions"
	Tasks      Metric = "tasks"
	Storage    Metric = "storage" // bytes
)

// Quota is a bound for the whole organization, or for one cluster. Past the soft one people are warned; past the hard one the
// data planes refuse new executions. 0: there is none of the kind.
type Quota struct {
	Cluster string `json:"cluster,omitempty"` // id; "": all clusters together
	Metric  Metric `json:"metric"`
	Soft    int64  `json:"soft,omitempty"`
	Hard    int64  `json:"hard,omitempty"`

	plan string // title of the plan that it is of; empty: the organization's own
}

// metered are the resources of plans that are metrics.
var metered = map[Metric]plan.Resource{Executions: plan.Executions, Tasks: plan.Tasks, Storage: plan.Storage}

// OfPlan returns the limits of a plan as quotas: they act as those that an organization sets for itself. People are warned when
// a tenth is left.
func OfPlan(p plan.Plan) []Quota {
	var quotas []Quota
	for _, m := range []Metric{Executions, Tasks, Storage} {
		if n, limited := p.Limit(metered[m]); limited {
			quotas = append(quotas, Quota{Metric: m, Soft: n - n/10, Hard: n, plan: p.Title})
		}
	}
	return quotas
}

func compareQuotas(a, b Quota) int {
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Metric, b.Metric))
}

func checkQuotas(quotas []Quota) error {
	var check problem.Check
	seen := map[[2]string]bool{}
	for i, q := range quotas {
		name := func(field string) string { return fmt.Sprintf("quotas[%d].%s", i, field) }
		if !slices.Contains([]Metric{Executions, Tasks, Storage}, q.Metric) {
			check.Field(name("metric"), "must be executions, tasks or storage")
		}
		if key := [2]string{q.Cluster, string(q.Metric)}; seen[key] {
			check.Field(name("metric"), "is limited twice")
		} else {
			seen[key] = true
		}
		switch {
		case q.Soft < 0:
			check.Field(name("soft"), "must not be negative")
		case q.Hard < 0:
			check.Field(name("hard"), "must not be negative")
		case q.Soft == 0 && q.Hard == 0:
			check.Field(name("hard"), "give a soft or a hard quota")
		case q.Hard > 0 && q.Soft > q.Hard:
			check.Field(name("soft"), "must not be larger than the hard quota")
		}
	}
	return check.Err()
}

// Used is what counts towards a quota: of the days of one month, those of the cluster, or of all with "".
func Used(metric Metric, days []Day, cluster string, now time.Time) int64 {
	today := now.UTC().Format(time.DateOnly)
	latest := map[string]Day{} // by cluster: the day that says how much is stored
	var sum int64
	for _, d := range days {
		if cluster != "" && d.ClusterID != cluster {
			continue
		}
		switch metric {
		case Executions:
			sum += d.Executions
		case Tasks:
			sum += d.Tasks
		case Storage:
			if d.Day <= today && d.Day >= latest[d.ClusterID].Day {
				latest[d.ClusterID] = d
			}
		}
	}
	for _, d := range latest {
		if d.Day >= yesterday(now) { // a cluster that is silent, or deleted, stores nothing that we know of
			sum += d.StorageBytes
		}
	}
	return sum
}

func yesterday(now time.Time) string { return now.UTC().AddDate(0, 0, -1).Format(time.DateOnly) }

// Judge says what the data plane of a cluster is told, given the usage of the month so far; nil: enough is left. It is pure.
func Judge(quotas []Quota, days []Day, cluster string, now time.Time) *fleetapi.Quota {
	var verdict *fleetapi.Quota
	year, month, _ := now.UTC().Date()
	until := time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
	for _, q := range quotas {
		if q.Cluster != "" && q.Cluster != cluster {
			continue
		}
		whose, way := "organization's quota", "Raise the quota in the console"
		switch {
		case q.Cluster != "":
			whose = "cluster's quota"
		case q.plan != "":
			whose, way = "plan "+q.plan+"'s limit", "Ask for another plan"
		}
		used := Used(q.Metric, days, q.Cluster, now)
		switch {
		case q.Hard > 0 && used >= q.Hard:
			return &fleetapi.Quota{State: fleetapi.QuotaRefuse, Until: until, Message: fmt.Sprintf(
				"The %s of %s is used up, so no new executions are started; what runs goes on. "+
					"%s, or wait until it begins anew on %s (UTC).",
				whose, amount(q.Metric, q.Hard), way, until.Format("2 January"))}
		case q.Soft > 0 && used >= q.Soft && verdict == nil:
			verdict = &fleetapi.Quota{State: fleetapi.QuotaWarn, Until: until, Message: fmt.Sprintf(
				"Of the %s, %s are used, from which on people are warned.", whose, amount(q.Metric, q.Soft))}
		}
	}
	return verdict
}

func amount(m Metric, n int64) string {
	switch m {
	case Storage:
		return bytes(n) + " of storage"
	case Tasks:
		return strconv.FormatInt(n, 10) + " tasks a month"
	case Executions:
	}
	return strconv.FormatInt(n, 10) + " executions a month"
}

func bytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + " " + units[i]
}
