package httpapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/provisioner"
)

const peeringBody = `{"account":"111122223333","network":"vpc-1","region":"eu-central-1","ranges":["10.20.0.0/16"],"zones":["euc1-az1"]}`

// TestPeering_FromTheRequestToTheEnd plays the provisioner; its own part is tested with it.
func TestPeering_FromTheRequestToTheEnd(t *testing.T) {
	s := newSite(t, false)
	ada, eve := s.owner(t, "acme"), s.owner(t, "eve")
	r := s.ready(t, "acme", "first")
	const root = "/api/v1/organizations/acme/clusters/first"
	list := func() []api.Peering {
		t.Helper()
		var all []api.Peering
		must(t, json.Unmarshal([]byte(ada.call(t, "GET", root+"/peerings", "").body), &all))
		return all
	}
	var network api.Network
	must(t, json.Unmarshal([]byte(ada.call(t, "GET", root+"/network", "").body), &network))
	if !network.Available || network.Range == nil || *network.Range != "10.64.0.0/20" {
		t.Errorf("network %+v", network)
	}
	var findings []api.Finding
	must(t, json.Unmarshal([]byte(ada.call(t, "POST", root+"/peerings/check", peeringBody).body), &findings))
	if len(findings) != 1 || findings[0].Level != "ok" {
		t.Errorf("findings %+v", findings)
	}
	ada.call(t, "POST", root+"/peerings", `{"account":"1","network":"vpc-1","region":"x","ranges":["10.20.1.0/16"]}`).wantField(t, 422, "ranges[0]")
	ada.call(t, "POST", root+"/peerings", `{"account":"1; x","network":"vpc-1","region":"x","ranges":["10.20.0.0/16"]}`).wantField(t, 422, "account")
	ada.call(t, "POST", root+"/peerings", `{"account":"1","network":"vpc-1","region":"x","ranges":[]}`).wantField(t, 422, "ranges")

	ada.call(t, "POST", root+"/peerings", peeringBody).want(t, 202)
	ada.call(t, "POST", root+"/peerings", peeringBody).want(t, 409)
	eve.call(t, "POST", root+"/peerings", peeringBody).want(t, 404)
	eve.call(t, "GET", root+"/peerings", "").want(t, 404)
	made := list()
	if len(made) != 1 || made[0].State != "CONNECTING" || made[0].Operation.Kind != "create-peering" || made[0].Zones[0] != "euc1-az1" {
		t.Fatalf("peerings %+v", made)
	}
	id := made[0].Id
	eve.call(t, "GET", root+"/peerings/"+id, "").want(t, 404)

	must(t, s.control.ReportPeering(t.Context(), r.ClusterID, id, provisioner.PeeringReport{Phase: provisioner.PeeringRequested, Connection: "pcx-1"}))
	must(t, s.control.ReportPeering(t.Context(), r.ClusterID, id, provisioner.PeeringReport{
		Phase: provisioner.PeeringConnected, Probes: []provisioner.Probe{{From: provisioner.CustomerSide, Zone: "a", To: "10.64.0.10:80", Took: time.Millisecond}},
	}))
	now := list()[0]
	if now.State != "CONNECTED" || now.Connection == nil || *now.Connection != "pcx-1" || now.Probes == nil || (*now.Probes)[0].Milliseconds != 1 {
		t.Errorf("after the reports: %+v", now)
	}

	var removal, again api.Operation
	must(t, json.Unmarshal([]byte(ada.call(t, "DELETE", root+"/peerings/"+id, "").body), &removal))
	must(t, json.Unmarshal([]byte(ada.call(t, "DELETE", root+"/peerings/"+id, "").body), &again))
	if removal.Id == "" || again.Id != removal.Id || list()[0].State != "REMOVING" {
		t.Errorf("removals %s and %s, %+v", removal.Id, again.Id, list())
	}
	must(t, s.control.ReportPeering(t.Context(), r.ClusterID, id, provisioner.PeeringReport{Phase: provisioner.PeeringRemoved}))
	must(t, s.control.ReportPeering(t.Context(), r.ClusterID, id, provisioner.PeeringReport{Phase: provisioner.PeeringRemoved}))
	if left := list(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

// TestPeering_WhatFailsMayBeAskedForAgain ends the operation, as the carrier does.
func TestPeering_WhatFailsMayBeAskedForAgain(t *testing.T) {
	s := newSite(t, false)
	ada := s.owner(t, "acme")
	s.ready(t, "acme", "first")
	const root = "/api/v1/organizations/acme/clusters/first/peerings"
	var first, second api.Peering
	must(t, json.Unmarshal([]byte(ada.call(t, "POST", root, peeringBody).body), &first))
	o, err := s.store.Operation(t.Context(), first.Operation.Id)
	must(t, err)
	o.State, o.Reason, o.EndedAt = operation.Failed, "rejected", time.Now()
	must(t, s.store.EndOperation(t.Context(), o, audit.Entry{At: o.EndedAt, Organization: "org_acme", Action: "operation.end"}))
	must(t, json.Unmarshal([]byte(ada.call(t, "GET", root+"/"+first.Id, "").body), &first))
	if first.State != "FAILED" || first.Reason == nil || *first.Reason != "rejected" {
		t.Errorf("after the failure: %+v", first)
	}
	must(t, json.Unmarshal([]byte(ada.call(t, "POST", root, peeringBody).body), &second))
	if second.Id == "" || second.Id == first.Id {
		t.Errorf("asked for again: %+v", second)
	}
}
