package provisioner_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

func peering(cluster, id string) provisioner.Peering {
	return provisioner.Peering{
		ID: id, Cluster: spec(cluster),
		Peer: provisioner.Peer{
			Account: "111122223333", Network: "vpc-1", Region: "here", Ranges: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")},
		},
	}
}

func about(k provisioner.Kind, q provisioner.Peering) provisioner.Request {
	return provisioner.Request{Kind: k, Cluster: q.Cluster, Peering: &q}
}

func (h *harness) peer(t tb, operation string, q provisioner.Peering) {
	t.Helper()
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
		return p.Start(ctx, operation, about(provisioner.CreatePeering, q))
	})
	if err != nil {
		t.Fatalf("create the peering: %v", err)
	}
}

func (h *harness) unpeer(t tb, operation string, q provisioner.Peering) {
	t.Helper()
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
		return p.Start(ctx, operation, about(provisioner.DeletePeering, q))
	})
	if err != nil {
		t.Fatalf("delete the peering: %v", err)
	}
}

// waiting waits until a task of the operation sleeps for the customer, and returns what it says.
func (h *harness) waiting(t *testing.T, operation string) provisioner.Instruction {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		e, err := h.engine.Execution(t.Context(), operation, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range e.Tasks {
			var out struct {
				Customer *provisioner.Instruction `json:"waitingOnCustomer"`
			}
			if err := task.OutputData.Decode(&out); err != nil {
				t.Fatal(err)
			}
			if !task.Status.Terminal() && out.Customer != nil {
				return *out.Customer
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the operation waits for nobody; log:\n%s", h.log)
		}
	}
}

func TestPeering_WaitsForTheCustomerAndIsRemoved(t *testing.T) {
	h := newHarness(t, "")
	var accepted, routed atomic.Bool
	h.peers.Customer = func() provisioner.PeeringState {
		if accepted.Load() {
			return provisioner.PeeringActive
		}
		return provisioner.PeeringPending
	}
	h.peers.Problem = func() string {
		if routed.Load() {
			return ""
		}
		return "no answer"
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.control.Add("c1")
	q := peering("c1", "p1")
	h.peer(t, "op-1", q)
	if what := h.waiting(t, "op-1"); what.Title != "Accept pcx-p1" || len(what.Ways) != 1 || what.Ways[0].Code != "accept pcx-p1" {
		t.Errorf("the customer is told %+v", what)
	}
	if report := h.control.Of("c1").Peerings["p1"]; report.Phase != provisioner.PeeringRequested || report.Connection != "pcx-p1" {
		t.Errorf("the control plane was told %+v", report)
	}
	accepted.Store(true)
	what := h.waiting(t, "op-1")
	for what.Title == "Accept pcx-p1" { // until the task is looked at again
		what = h.waiting(t, "op-1")
	}
	if !strings.Contains(what.Text, "in zone here-a (10.64.0.10:80): no answer") {
		t.Errorf("the customer is told %+v", what)
	}
	routed.Store(true)
	if e := h.settle(t, "op-1"); e.Status != workflow.Completed {
		t.Fatalf("ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
	if report := h.control.Of("c1").Peerings["p1"]; report.Phase != provisioner.PeeringConnected || len(report.Probes) != 1 {
		t.Errorf("the control plane was told %+v", report)
	}
	if made := len(h.peers.Left()); made != 4 {
		t.Errorf("made: %v", h.peers.Left())
	}
	h.unpeer(t, "op-2", q)
	e := h.settle(t, "op-2")
	if report := h.control.Of("c1").Peerings["p1"]; e.Status != workflow.Completed || report.Phase != provisioner.PeeringRemoved || len(h.peers.Left()) > 0 {
		t.Errorf("ended %s, %+v; left: %v", e.Status, report, h.peers.Left())
	}
}

// What the customer answers instead of accepting ends the creation, with words that say what to do.
func TestPeering_RefusalsSayWhatToDo(t *testing.T) {
	for state, says := range map[provisioner.PeeringState]string{
		provisioner.PeeringRejected: "rejected", provisioner.PeeringExpired: "in time", provisioner.PeeringFailed: "share addresses",
		provisioner.PeeringDeleted: "deleted",
	} {
		t.Run(string(state), func(t *testing.T) {
			h := newHarness(t, "")
			h.peers.Customer = func() provisioner.PeeringState { return state }
			h.run(t)
			t.Cleanup(func() { h.close(t) })
			h.control.Add("c1")
			h.peer(t, "op-1", peering("c1", "p1"))
			e := h.settle(t, "op-1")
			report := h.control.Of("c1").Peerings["p1"]
			if e.Status != workflow.Failed || report.Phase != provisioner.PeeringNotMade || !strings.Contains(report.Reason, says) || len(h.peers.Left()) > 0 {
				t.Errorf("ended %s, %+v; left: %v", e.Status, report, h.peers.Left())
			}
		})
	}
}

func TestPeering_NothingIsMadeWhenTheCheckFindsAProblem(t *testing.T) {
	h := newHarness(t, "")
	h.peers.Finding = &provisioner.Finding{Check: "ranges", Level: provisioner.LevelProblem, Text: "They overlap.", Fix: "Choose another."}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.control.Add("c1")
	h.peer(t, "op-1", peering("c1", "p1"))
	e := h.settle(t, "op-1")
	if e.Status != workflow.Failed || !strings.Contains(h.control.Of("c1").Peerings["p1"].Reason, "They overlap. Choose another.") {
		t.Errorf("ended %s: %+v", e.Status, h.control.Of("c1"))
	}
	if slices.Contains(h.made(), "EnsurePeering") {
		t.Errorf("calls: %v", h.made())
	}
}

func TestPeering_ARemovalOrADeletionEndsTheWait(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *harness, provisioner.Peering){
		"removal":                 func(t *testing.T, h *harness, q provisioner.Peering) { h.unpeer(t, "op-2", q) },
		"deletion of the cluster": func(t *testing.T, h *harness, q provisioner.Peering) { h.delete(t, "op-2", q.Cluster.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, "")
			h.peers.Customer = func() provisioner.PeeringState { return provisioner.PeeringPending }
			h.run(t)
			t.Cleanup(func() { h.close(t) })
			h.control.Add("c1")
			q, other := peering("c1", "p1"), peering("c2", "p2")
			h.control.Add("c2")
			h.peer(t, "op-1", q)
			h.peer(t, "op-other", other)
			h.waiting(t, "op-1")
			h.waiting(t, "op-other")
			end(t, h, q)
			for _, op := range []string{"op-1", "op-2"} {
				ended(t, h, op)
			}
			if e, err := h.engine.Execution(t.Context(), "op-other", false); err != nil || e.Status.Terminal() {
				t.Errorf("the peering of another cluster is %v, %v", e.Status, err)
			}
		})
	}
}

func ended(t *testing.T, h *harness, operation string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		e, err := h.engine.Execution(t.Context(), operation, false)
		if err != nil {
			t.Fatal(err)
		}
		if e.Status.Terminal() {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s does not end; log:\n%s", operation, h.log)
		}
	}
}

// A method that never works makes the creation fail, and nothing is left.
func TestPeering_ForGoodIsRolledBack(t *testing.T) {
	for _, broken := range []string{"EnsurePeering", "EnsurePeeringRoutes", "EnsurePeeringRules", "EnsurePeeringNames", "ProbePeering"} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, "")
			h.plan = func(_ int, name string) cloudtest.Fault {
				if name == broken {
					return cloudtest.LoseAnswer
				}
				return cloudtest.None
			}
			h.run(t)
			t.Cleanup(func() { h.close(t) })
			h.control.Add("c1")
			h.peer(t, "op-1", peering("c1", "p1"))
			e := h.settle(t, "op-1")
			if report := h.control.Of("c1").Peerings["p1"]; e.Status != workflow.Failed || report.Phase != provisioner.PeeringNotMade || len(h.peers.Left()) > 0 {
				t.Errorf("ended %s, %+v; left: %v", e.Status, report, h.peers.Left())
			}
		})
	}
}

func TestPeering_WrongFieldsAreNamed(t *testing.T) {
	h := opened(t, "")
	for field, spoil := range map[string]func(*provisioner.Peering){
		"account": func(q *provisioner.Peering) { q.Peer.Account = "" },
		"network": func(q *provisioner.Peering) { q.Peer.Network = "vpc-1; reboot" },
		"region":  func(q *provisioner.Peering) { q.Peer.Region = "../x" },
		"ranges":  func(q *provisioner.Peering) { q.Peer.Ranges = nil },
		"zones":   func(q *provisioner.Peering) { q.Peer.Zones = []string{"a b"} },
		"id":      func(q *provisioner.Peering) { q.ID = "P1" },
		"cluster": func(q *provisioner.Peering) { q.Cluster.Cloud = "elsewhere" },
	} {
		q := peering("c1", "p1")
		spoil(&q)
		err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
			return p.Start(ctx, "op-1", about(provisioner.CreatePeering, q))
		})
		if e, ok := errors.AsType[*workflow.Error](err); !ok || workflow.KindOf(err) != workflow.Invalid || len(e.Violations) != 1 || e.Violations[0].Path != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if page, err := h.engine.Search(t.Context(), engine.Search{Size: 1}); err != nil || page.Total > 0 {
		t.Errorf("%d executions were started, %v", page.Total, err)
	}
}

// Whatever a creation of a peering makes is undone by its rollback and by its removal, the latest first.
func TestDefinitions_WhatAPeeringMakesIsUndone(t *testing.T) {
	defs, undo := definitions(t), provisioner.Undo()
	var made []string
	defs["peering_create"].Walk(func(task *workflow.DefTask) {
		if u := undo[task.Name]; u != "" && u != "mark_peering_failed" {
			made = append(made, u)
		}
	})
	slices.Reverse(made)
	for _, name := range []string{"peering_create_rollback", "peering_delete"} {
		var undone []string
		defs[name].Walk(func(task *workflow.DefTask) {
			if slices.Contains(made, task.Name) {
				undone = append(undone, task.Name)
			}
		})
		if len(made) != 4 || !slices.Equal(undone, made) {
			t.Errorf("%s undoes %v, want %v", name, undone, made)
		}
	}
}
