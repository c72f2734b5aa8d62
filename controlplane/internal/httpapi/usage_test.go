package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

func TestUsage_AsJSONAndCSVOfTheOrganizationOnly(t *testing.T) {
	s := newSite(t, false)
	ada, eve := s.owner(t, "acme"), s.owner(t, "eve")
	r := s.ready(t, "acme", "first")
	today := time.Now().UTC().Format(time.DateOnly)
	_, err := s.store.BookUsage(t.Context(), r.ClusterID, []fleetapi.Usage{
		{Epoch: "x", Day: today, Executions: 3, Tasks: 9, StorageBytes: 2048},
		{Epoch: "y", Day: today, Executions: 1, Tasks: 1},
		{Epoch: "x", Day: "2020-01-01", Executions: 1},
	})
	must(t, err)
	var got struct {
		Days []struct {
			Day, Cluster                    string
			Executions, Tasks, StorageBytes int64
		}
	}
	must(t, json.Unmarshal([]byte(ada.call(t, "GET", "/api/v1/organizations/acme/usage", "").body), &got))
	if len(got.Days) != 1 || got.Days[0].Executions != 4 || got.Days[0].Tasks != 10 || got.Days[0].StorageBytes != 2048 || got.Days[0].Day != today {
		t.Errorf("usage %+v", got)
	}
	table := ada.call(t, "GET", "/api/v1/organizations/acme/usage.csv?from="+today+"&cluster=first", "")
	want := "day,cluster,cluster_id,executions,tasks,storage_bytes\n" + today + ",first,clu_first,4,10,2048\n"
	if table.body != want || !strings.HasPrefix(table.header.Get("Content-Type"), "text/csv") ||
		!strings.HasPrefix(table.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v\n%s", table.header, table.body)
	}
	eve.call(t, "GET", "/api/v1/organizations/acme/usage", "").want(t, 404)
	ada.call(t, "GET", "/api/v1/organizations/acme/usage?from=2026-05-02&to=2026-05-01", "").wantField(t, 422, "from")
}

// A data plane whose clock was ahead keeps nothing else out of the books; what it counted then is booked when its day comes.
func TestUsage_OfADayThatHasNotComeIsBookedThen(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	r := s.ready(t, "acme", "first")
	now := time.Date(2026, 5, 16, 23, 59, 0, 0, time.UTC)
	books := metering.New(metering.Deps{
		Store: s.store, Hub: s.hub, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	rows := []fleetapi.Usage{{Epoch: "x", Day: "2026-05-16", Executions: 2}, {Epoch: "x", Day: "2027-05-16", Executions: 40}}
	total := func(to, want string) {
		t.Helper()
		if a := ada.call(t, "GET", "/api/v1/organizations/acme/usage?from=2026-05-16&cluster=first&to="+to, ""); strings.Count(a.body, want) != 1 {
			t.Errorf("%s, want %s once", a.body, want)
		}
	}
	early, err := books.Book(t.Context(), r.ClusterID, rows)
	if err != nil || len(early) != 1 || early[0] != rows[1] {
		t.Fatalf("early: %v, %v", early, err)
	}
	total("2027-05-16", `"executions":2,`)
	now = now.AddDate(1, 0, 0)
	for range 2 {
		early, err = books.Book(t.Context(), r.ClusterID, rows)
		if err != nil || len(early) != 0 {
			t.Fatalf("early: %v, %v", early, err)
		}
	}
	total("2027-05-16", `"executions":40,`)
}

func TestQuotas_AreSetAsAWholeAndTellTheDataPlane(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	r := s.ready(t, "acme", "first")
	today := time.Now().UTC().Format(time.DateOnly)
	_, err := s.store.BookUsage(t.Context(), r.ClusterID, []fleetapi.Usage{{Epoch: "x", Day: today, Executions: 5}})
	must(t, err)
	const path = "/api/v1/organizations/acme/quotas"
	ada.call(t, "PUT", path, `{"quotas":[{"metric":"executions"}]}`).wantField(t, 422, "quotas[0].hard")
	ada.call(t, "PUT", path, `{"quotas":[{"metric":"executions","soft":9,"hard":8}]}`).wantField(t, 422, "quotas[0].soft")
	ada.call(t, "PUT", path, `{"quotas":[{"metric":"tasks","hard":8,"cluster":"none"}]}`).wantField(t, 422, "quotas[0].cluster")

	state := func(want string) {
		t.Helper()
		config, err := s.store.FleetConfig(t.Context(), r.ClusterID)
		must(t, err)
		got := ""
		if config.Quota != nil {
			got = config.Quota.State
		}
		if got != want {
			t.Errorf("the data plane is told %q, want %q", got, want)
		}
	}
	state("")
	answer := ada.call(t, "PUT", path, `{"quotas":[{"metric":"executions","soft":4,"hard":6,"cluster":"first"}]}`)
	if want := `{"cluster":"first","hard":6,"metric":"executions","soft":4,"used":5}`; !strings.Contains(answer.body, want) {
		t.Errorf("answer %s, want %s", answer.body, want)
	}
	state(fleetapi.QuotaWarn)
	ada.call(t, "PUT", path, `{"quotas":[{"metric":"executions","hard":5}]}`)
	state(fleetapi.QuotaRefuse)
	ada.call(t, "PUT", path, `{"quotas":[]}`)
	state("")
}
