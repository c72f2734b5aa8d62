package metering_test

import (
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

var noon = time.Date(2026, 12, 17, 12, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	days := []metering.Day{
		{ClusterID: "a", Day: "2026-12-01", Executions: 60, Tasks: 100, StorageBytes: 900},
		{ClusterID: "a", Day: "2026-12-17", Executions: 40, Tasks: 100, StorageBytes: 500},
		{ClusterID: "b", Day: "2026-12-17", Executions: 10, Tasks: 10, StorageBytes: 100},
		{ClusterID: "gone", Day: "2026-12-03", Executions: 5, Tasks: 5, StorageBytes: 1 << 40},
	}
	for name, tc := range map[string]struct {
		quotas []metering.Quota
		a, b   string
		says   string
	}{
		"none":                     {nil, "", "", ""},
		"enough is left":           {[]metering.Quota{{Metric: metering.Executions, Soft: 116, Hard: 200}}, "", "", ""},
		"the organization's, soft": {[]metering.Quota{{Metric: metering.Executions, Soft: 115}}, fleetapi.QuotaWarn, fleetapi.QuotaWarn, "115 executions"},
		"the organization's, hard": {[]metering.Quota{{Metric: metering.Tasks, Soft: 1, Hard: 215}}, fleetapi.QuotaRefuse, fleetapi.QuotaRefuse, "1 January"},
		"one cluster's":            {[]metering.Quota{{Cluster: "a", Metric: metering.Executions, Hard: 100}}, fleetapi.QuotaRefuse, "", "cluster's quota"},
		"hard wins over soft": {
			[]metering.Quota{{Metric: metering.Executions, Soft: 1}, {Cluster: "a", Metric: metering.Tasks, Hard: 200}},
			fleetapi.QuotaRefuse, fleetapi.QuotaWarn, "200 tasks",
		},
		"a plan's limit": {
			metering.OfPlan(plan.Plan{Title: "Small", Limits: map[plan.Resource]int64{plan.Executions: 115, plan.Clusters: 1}}),
			fleetapi.QuotaRefuse, fleetapi.QuotaRefuse, "plan Small's limit of 115 executions",
		},
		"nearly": {
			metering.OfPlan(plan.Plan{Title: "Small", Limits: map[plan.Resource]int64{plan.Executions: 120}}),
			fleetapi.QuotaWarn, fleetapi.QuotaWarn, "108 executions a month are used",
		},
		"storage is what is there now": {[]metering.Quota{{Metric: metering.Storage, Soft: 600, Hard: 601}}, fleetapi.QuotaWarn, fleetapi.QuotaWarn, "600 bytes"},
	} {
		for cluster, want := range map[string]string{"a": tc.a, "b": tc.b} {
			got := metering.Judge(tc.quotas, days, cluster, noon)
			switch {
			case got == nil && want == "":
			case got == nil || got.State != want:
				t.Errorf("%s: cluster %s is told %+v, want %q", name, cluster, got, want)
			case !got.Until.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)):
				t.Errorf("%s: until %v", name, got.Until)
			case cluster == "a" && !strings.Contains(got.Message, tc.says):
				t.Errorf("%s: %q does not say %q", name, got.Message, tc.says)
			}
		}
	}
}
