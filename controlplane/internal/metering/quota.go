package metering

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

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
		whose := "organization"
		if q.Cluster != "" {
			whose = "cluster"
		}
		used := Used(q.Metric, days, q.Cluster, now)
		switch {
		case q.Hard > 0 && used >= q.Hard:
			return &fleetapi.Quota{State: fleetapi.QuotaRefuse, Until: until, Message: fmt.Sprintf(
				"The %s's quota of %s is used up, so no new executions are started; what runs goes on. "+
					"Raise the quota in the console, or wait until it begins anew on %s (UTC).",
				whose, amount(q.Metric, q.Hard), until.Format("2 January"))}
		case q.Soft > 0 && used >= q.Soft && verdict == nil:
			verdict = &fleetapi.Quota{State: fleetapi.QuotaWarn, Until: until, Message: fmt.Sprintf(
				"The %s has used its soft quota of %s.", whose, amount(q.Metric, q.Soft))}
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
