package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/provisioner"
)

// A connected network that is not reached twice in a row is degraded, says why, and is connected again when it is; each change is
// told once, also when two control planes look.
func TestPeering_IsWatched(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *site{
		"SQLite":     func(t *testing.T) *site { t.Helper(); return newSite(t, false) },
		"PostgreSQL": newConfinedSite,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); watched(t, open(t)) })
	}
}

func watched(t *testing.T, s *site) {
	t.Helper()
	ada := s.owner(t, "acme")
	r := s.ready(t, "acme", "first")
	r.State, r.EndedAt = operation.Succeeded, s.now()
	must(t, s.store.EndOperation(t.Context(), r, audit.Entry{At: r.EndedAt, Organization: "org_acme", Action: "operation.end"}))
	made := ada.call(t, http.MethodPost, "/api/v1/organizations/acme/clusters/first/peerings", peeringBody)
	if made.status != http.StatusAccepted {
		t.Fatalf("%d %s", made.status, made.body)
	}
	var p api.Peering
	must(t, json.Unmarshal([]byte(made.body), &p))
	_, err := s.peers.EnsurePeering(t.Context(), provisioner.Peering{ID: p.Id})
	must(t, err)
	report := provisioner.PeeringReport{Phase: provisioner.PeeringConnected, Probes: []provisioner.Probe{{From: provisioner.CustomerSide, To: "10.64.0.10:80"}}}
	must(t, s.control.ReportPeering(t.Context(), r.ClusterID, p.Id, report))

	service := peering.New(peering.Deps{Store: s.store, Clouds: s.planner, Carrier: idle{}, Hub: s.hub, Now: s.now})
	one, other := service.NewWatch(s.store, slog.New(slog.DiscardHandler)), service.NewWatch(s.store, slog.New(slog.DiscardHandler))
	look := func(state, reason string) {
		t.Helper()
		for _, w := range []*peering.Watch{one, other} {
			must(t, w.Look(t.Context()))
		}
		a := ada.call(t, http.MethodGet, "/api/v1/organizations/acme/clusters/first/peerings/"+p.Id, "")
		var now api.Peering
		must(t, json.Unmarshal([]byte(a.body), &now))
		if string(now.State) != state || !strings.Contains(a.body, reason) || (now.DegradedAt != nil) != (state == "DEGRADED") {
			t.Fatalf("it is %s, want %s with %q", a.body, state, reason)
		}
	}
	look("CONNECTED", "")
	trouble := "no answer"
	s.peers.Problem = func() string { return trouble }
	look("CONNECTED", "") // a node may just be started again
	look("DEGRADED", "no answer")
	trouble = "refused"
	look("DEGRADED", "refused")
	s.peers.Problem = nil
	look("CONNECTED", "")
	must(t, s.peers.RemovePeering(t.Context(), provisioner.Peering{ID: p.Id}))
	look("CONNECTED", "")
	look("DEGRADED", "not active any more")

	a := ada.call(t, http.MethodGet, "/api/v1/organizations/acme/clusters/first/events", "")
	if strings.Count(a.body, `"kind":"PEERING_DEGRADED"`) != 2 || strings.Count(a.body, `"kind":"PEERING_RECOVERED"`) != 1 || !strings.Contains(a.body, "vpc-1: ") {
		t.Errorf("the events are %s", a.body)
	}
}
