package provisioner_test

import (
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

var allFaults = []cloudtest.Fault{cloudtest.Refuse, cloudtest.LoseAnswer, cloudtest.CrashBefore, cloudtest.CrashAfter}

// A method that never works makes the creation fail, and nothing is left.
func TestFault_ForGoodIsRolledBack(t *testing.T) {
	for _, broken := range []string{"Ensure network", "Ensure storage", "Ensure endpoint", "Reserve", "JoinToken", "StartNode", "Ready"} {
		for _, fault := range []cloudtest.Fault{cloudtest.Refuse, cloudtest.LoseAnswer} {
			t.Run(broken+" "+fault.String(), func(t *testing.T) {
				t.Parallel()
				failedCreation(t, broken, fault, "Failed", cloudtest.None)
			})
		}
	}
}

// The rollback overcomes what goes wrong on the way back.
func TestFault_InTheRollbackIsOvercome(t *testing.T) {
	for _, at := range []string{"StopNode", "Remove endpoint", "Remove network", "Failed"} {
		for _, fault := range allFaults {
			t.Run(at+" "+fault.String(), func(t *testing.T) {
				t.Parallel()
				failedCreation(t, "Ready", cloudtest.LoseAnswer, at, fault)
			})
		}
	}
}

// failedCreation checks a creation in which one method never works, and another goes wrong the first time.
func failedCreation(t *testing.T, broken string, forGood cloudtest.Fault, at string, once cloudtest.Fault) {
	t.Helper()
	h := newHarness(t, "")
	var met atomic.Bool
	h.plan = func(_ int, name string) cloudtest.Fault {
		switch {
		case name == broken:
			return forGood
		case name == at && met.CompareAndSwap(false, true):
			return once
		}
		return cloudtest.None
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	e := h.settle(t, "op-1")
	now := h.control.Of("c1")
	if e.Status != workflow.Failed || now.State != "FAILED" || now.Reason == "" || len(h.cloud.Left()) > 0 {
		t.Fatalf("ended %s; the control plane knows %+v; left: %v", e.Status, now, h.cloud.Left())
	}
	if !met.Load() {
		t.Fatalf("the rollback never called %s", at)
	}
}

// Whatever goes wrong and however often the process dies, in the end the cluster is ready, or failed or deleted with nothing
// left; and a deletion that was asked for wins.
func TestFaults_AnyMixture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faults := rapid.SliceOfN(rapid.SampledFrom(append(allFaults, cloudtest.None, cloudtest.None)), 0, 60).Draw(t, "faults")
		deleteAt := rapid.IntRange(-1, 25).Draw(t, "delete at call")
		h := newHarness(t, "")
		h.plan = func(call int, _ string) cloudtest.Fault {
			if call < len(faults) {
				return faults[call]
			}
			return cloudtest.None
		}
		deleting := make(chan struct{}, 1)
		h.hook = func(call int) {
			if call == deleteAt {
				deleting <- struct{}{}
			}
		}
		h.run(t)
		defer h.close(t)
		h.create(t, "op-1", "c1")
		if deleteAt >= 0 {
			h.settleOr(t, "op-1", deleting)
			h.delete(t, "op-2", "c1")
			h.settle(t, "op-2")
		}
		e := h.settle(t, "op-1")
		now, left := h.control.Of("c1"), h.cloud.Left()
		switch {
		case deleteAt >= 0 && (now.State != "DELETED" || len(left) > 0):
			t.Fatalf("deleted, but the control plane knows %+v and there is %v", now, left)
		case deleteAt >= 0:
		case now.State == "READY" && (e.Status != workflow.Completed || len(left) != len(provisioner.Parts())+2):
			t.Fatalf("ready, but the execution is %s and there is %v", e.Status, left)
		case now.State == "FAILED" && len(left) > 0:
			t.Fatalf("failed, but there is %v", left)
		case now.State != "READY" && now.State != "FAILED":
			t.Fatalf("the control plane knows %+v", now)
		}
	})
}
