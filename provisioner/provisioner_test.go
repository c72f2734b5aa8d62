package provisioner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

func TestCreate_ClusterBecomesReady(t *testing.T) {
	h := opened(t, "")
	h.create(t, "op-1", "c1")
	e := h.settle(t, "op-1")
	if e.Status != workflow.Completed {
		t.Fatalf("ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
	now := h.control.Of("c1")
	if now.State != "READY" || now.At.Endpoint == "" {
		t.Fatalf("the control plane knows %+v", now)
	}
	var out provisioner.NodeInfo
	if err := e.Output.Decode(&out); err != nil || out != now.At {
		t.Fatalf("output %s, want %+v", e.Output, now.At)
	}
}

func TestCreate_IsIdempotent(t *testing.T) {
	h := opened(t, "")
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	calls := len(h.made())
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	if now := h.made(); len(now) != calls {
		t.Fatalf("called %v again", now[calls:])
	}
}

func TestCreate_NamesWhatIsWrong(t *testing.T) {
	h := opened(t, "")
	for field, s := range map[string]provisioner.ClusterSpec{
		"id":           {ID: "../c1", Name: "n", Organization: "o", Cloud: "local"},
		"name":         {ID: "c1", Organization: "o", Cloud: "local"},
		"organization": {ID: "c1", Name: "n", Cloud: "local"},
		"cloud":        {ID: "c1", Name: "n", Organization: "o", Cloud: "moon"},
	} {
		err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error { return p.Start(ctx, "op", request(s)) })
		e, ok := errors.AsType[*workflow.Error](err)
		if !ok || e.Kind != workflow.Invalid || len(e.Violations) != 1 || e.Violations[0].Path != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// What takes long is a task that sleeps: no worker is held, and no attempt is lost.
func TestCreate_WaitsForWhatTakesLong(t *testing.T) {
	h := newHarness(t, "")
	h.cloud.Slow = 2
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	eventually(t, func() bool {
		e, err := h.engine.Execution(t.Context(), "op-1", true)
		if err != nil {
			t.Fatal(err)
		}
		last := e.Tasks[len(e.Tasks)-1]
		var out struct {
			Waiting string `json:"waiting"`
		}
		return last.OutputData.Decode(&out) == nil && out.Waiting == "the network is being made"
	})
	e := h.settle(t, "op-1")
	if e.Status != workflow.Completed {
		t.Fatalf("ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
	for _, task := range e.Tasks {
		if task.RetryCount > 0 {
			t.Errorf("%s was tried again: %s", task.ReferenceTaskName, task.ReasonForIncompletion)
		}
	}
}

func TestDelete_LeavesNothing(t *testing.T) {
	h := opened(t, "")
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	h.delete(t, "op-2", "c1")
	if e := h.settle(t, "op-2"); e.Status != workflow.Completed {
		t.Fatalf("ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
	if now := h.control.Of("c1"); now.State != "DELETED" || len(h.cloud.Left()) > 0 {
		t.Fatalf("the control plane knows %+v; left: %v", now, h.cloud.Left())
	}
}

func TestDelete_ListsWhatItCouldNotDelete(t *testing.T) {
	h := newHarness(t, "")
	var refuse atomic.Bool
	refuse.Store(true)
	h.plan = func(_ int, name string) cloudtest.Fault {
		if refuse.Load() && name == "Remove storage" {
			return cloudtest.Refuse
		}
		return cloudtest.None
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	h.delete(t, "op-2", "c1")
	e := h.settle(t, "op-2")
	var out struct {
		Remaining []string `json:"remaining"`
	}
	if err := e.Output.Decode(&out); err != nil || !slices.Equal(out.Remaining, []string{"storage", "network"}) {
		t.Fatalf("output %s, %v", e.Output, err)
	}
	if e.Status != workflow.Failed || !strings.Contains(e.ReasonForIncompletion, "storage") {
		t.Fatalf("ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
	if now := h.control.Of("c1"); now.State == "DELETED" {
		t.Fatal("the control plane was told that nothing is left")
	}
	refuse.Store(false)
	h.delete(t, "op-3", "c1")
	if e := h.settle(t, "op-3"); e.Status != workflow.Completed || len(h.cloud.Left()) > 0 {
		t.Fatalf("ended %s, left: %v", e.Status, h.cloud.Left())
	}
}

func TestCreate_AWarningOfQuotasHoldsNobodyUp(t *testing.T) {
	h := newHarness(t, "")
	h.cloud.Room = []provisioner.Finding{
		{Check: "quotas", Level: provisioner.LevelOK, Text: "Enough addresses."},
		{Check: "quotas", Level: provisioner.LevelWarning, Text: "Perhaps too few processors.", Fix: "Look."},
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.control.Add("c1")
	s := spec("c1")
	s.Cloud = "elsewhere"
	h.start(t, "op-1", provisioner.Request{Kind: provisioner.CreateCluster, Cluster: s})
	if e := h.settle(t, "op-1"); e.Status != workflow.Completed {
		t.Errorf("a warning ended it %s: %s", e.Status, e.ReasonForIncompletion)
	}
}

func TestCreate_SaysWhatIsFull(t *testing.T) {
	h := newHarness(t, "")
	h.cloud.Room = []provisioner.Finding{{Check: "quotas", Level: provisioner.LevelProblem, Text: "All 5 VPCs are used.", Fix: "Ask for more."}}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.control.Add("c1")
	s := spec("c1")
	s.Cloud = "elsewhere"
	h.start(t, "op-1", provisioner.Request{Kind: provisioner.CreateCluster, Cluster: s})
	e := h.settle(t, "op-1")
	if now := h.control.Of("c1"); e.Status != workflow.Failed || !strings.Contains(now.Reason, "All 5 VPCs are used. Ask for more.") {
		t.Errorf("ended %s, the control plane knows %+v", e.Status, now)
	}
	if slices.Contains(h.made(), "Reserve") {
		t.Errorf("calls: %v", h.made())
	}
}

// The reason is in words of the step that failed, and what could not be removed is listed.
func TestRollback_SaysWhyAndWhatIsLeft(t *testing.T) {
	h := newHarness(t, "")
	h.plan = func(_ int, name string) cloudtest.Fault {
		if name == "StartNode" || name == "Remove endpoint" {
			return cloudtest.Refuse
		}
		return cloudtest.None
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	e := h.settle(t, "op-1")
	const reason = "Start a node: injected fault; could not remove the endpoint, the network"
	if now := h.control.Of("c1"); e.Status != workflow.Failed || now.State != "FAILED" || now.Reason != reason {
		t.Fatalf("ended %s, the control plane knows %+v", e.Status, now)
	}
	undo, err := h.engine.Execution(t.Context(), h.failureWorkflow(t, "op-1"), false)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Remaining []string `json:"remaining"`
	}
	if err := undo.Output.Decode(&out); err != nil || !slices.Equal(out.Remaining, []string{"endpoint", "network"}) {
		t.Fatalf("output %s, %v", undo.Output, err)
	}
}

func TestCreate_NodeThatNeverCallsHome(t *testing.T) {
	h := newHarness(t, "")
	h.cloud.Started = nil
	h.policy = func(d *workflow.TaskDef) {
		if d.Name == "await_link" {
			d.ResponseTimeoutSeconds = 1
		}
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	now := h.control.Of("c1")
	if now.State != "FAILED" || !strings.Contains(now.Reason, "has not called the control plane") || len(h.cloud.Left()) > 0 {
		t.Fatalf("the control plane knows %+v; left: %v", now, h.cloud.Left())
	}
	if h.control.Issued() < 2 {
		t.Fatalf("%d join tokens: no attempt had a fresh one", h.control.Issued())
	}
}

func TestDelete_EndsACreationUnderWay(t *testing.T) {
	h := newHarness(t, "")
	h.cloud.Started = nil // the creation waits for a call that never comes
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	eventually(t, func() bool { return slices.Contains(h.made(), "Registered") })
	began := time.Now()
	h.delete(t, "op-2", "c1")
	e := h.settle(t, "op-2")
	if e.Status != workflow.Completed || h.control.Of("c1").State != "DELETED" || len(h.cloud.Left()) > 0 {
		t.Fatalf("ended %s: %s; left: %v", e.Status, e.ReasonForIncompletion, h.cloud.Left())
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Fatalf("the running activity was waited for, %v", took)
	}
	first, err := h.engine.Execution(t.Context(), "op-1", false)
	if err != nil || first.Status != workflow.Terminated {
		t.Fatalf("the creation ended %s, %v", first.Status, err)
	}
}

// A creation whose start was delayed, by a crash, until after its cluster was deleted must make nothing.
func TestCreate_YieldsToADeletionThatCameFirst(t *testing.T) {
	h := opened(t, "")
	h.control.Add("c1")
	h.delete(t, "op-2", "c1")
	h.settle(t, "op-2")
	h.start(t, "op-1", request(spec("c1")))
	if e := h.settle(t, "op-1"); e.Status != workflow.Terminated || len(h.cloud.Left()) > 0 {
		t.Fatalf("ended %s; left: %v", e.Status, h.cloud.Left())
	}
	if now := h.control.Of("c1"); now.State != "DELETED" {
		t.Fatalf("the control plane knows %+v", now)
	}
}

func TestNew_NamesWhatIsMissing(t *testing.T) {
	_, err := provisioner.New(provisioner.Deps{})
	for _, field := range []string{"Engine", "Clouds", "Control", "ControlPlaneURL", "Logger"} {
		if err == nil || !strings.Contains(err.Error(), field+" is missing") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func request(s provisioner.ClusterSpec) provisioner.Request {
	return provisioner.Request{Kind: provisioner.CreateCluster, Cluster: s}
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not in time")
		}
	}
}
