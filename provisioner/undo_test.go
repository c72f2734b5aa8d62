package provisioner_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// undone is what must be true when an operation of the kind has been undone.
var undone = map[provisioner.Kind]func(*harness, *testing.T){
	provisioner.CreateCluster: func(h *harness, t *testing.T) {
		left, err := h.cloud.Leftovers(t.Context(), spec("c2"))
		if told := h.control.Of("c2"); told.State != "FAILED" || told.Reason == "" || len(left) > 0 || err != nil {
			t.Errorf("the control plane knows %+v; left: %v, %v", told, left, err)
		}
	},
	provisioner.ResizeCluster:  asBefore,
	provisioner.ScaleCluster:   asBefore,
	provisioner.UpgradeCluster: asBefore,
	provisioner.PauseCluster:   asBefore,
	provisioner.DeleteCluster:  asBefore,
	provisioner.ResumeCluster: func(h *harness, t *testing.T) {
		if told := h.control.Of("c1"); !told.Paused || len(h.cloud.Running("c1")) > 0 {
			t.Errorf("the control plane knows %+v; running: %v", told, h.cloud.Running("c1"))
		}
	},
	provisioner.BackupCluster: func(h *harness, t *testing.T) {
		if _, err := h.cloud.OpenBackup(t.Context(), spec("c1"), "b1"); err == nil || len(h.control.Of("c1").Backups) > 0 {
			t.Errorf("the control plane knows the backups %v; the copy: %v", h.control.Of("c1").Backups, err)
		}
	},
	provisioner.CreatePeering: func(h *harness, t *testing.T) {
		if told := h.control.Of("c1").Peerings["p1"]; told.Phase != provisioner.PeeringNotMade || len(h.peers.Left()) > 0 {
			t.Errorf("the control plane knows %+v; left: %v", told, h.peers.Left())
		}
	},
}

func asBefore(h *harness, t *testing.T) {
	t.Helper()
	running(h, t, spec("c1"))
	if data := h.cloud.Kept("c1"); data != "precious" {
		t.Errorf("it keeps %q", data)
	}
}

// An operation that fails at its last call, or is cancelled, is undone whatever the undoing is at when the control plane is
// killed. Every step of every workflow that undoes something is met.
func TestUndo_SurvivesAnyOneFault(t *testing.T) {
	met := newCoverage(t)
	tried := map[string]bool{} // workflows: one operation of each is killed at every step
	for _, c := range changes {
		undo := provisioner.Flows()[c.request().Kind][1]
		if undo == "" || c.name == "delete" { // which is over before it could be called off
			continue
		}
		again := tried[undo]
		tried[undo] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var last string // of the calls that it makes when nothing fails
			var calls []string
			t.Run("none", func(t *testing.T) { // ends here, and what it has opened is closed
				h, first := prepared(t, c, nil)
				if c.request().Kind != provisioner.DeleteCluster {
					do(h, t, "op-2", c.request())
					forward := slices.DeleteFunc(h.made()[first:], reports)
					last = forward[len(forward)-1]
				}
				calls = turnedBack(t, c, last, -1, cloudtest.None)
			})
			met.add(undo, calls)
			if again {
				return
			}
			for n, name := range calls {
				t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
					t.Parallel()
					turnedBack(t, c, last, n, cloudtest.CrashAfter)
				})
			}
		})
	}
	for _, flow := range provisioner.Flows() {
		if flow[1] != "" {
			met.want(flow[1])
		}
	}
}

// turnedBack has an operation fail at a call, or cancels it when there is none to fail at, and returns the calls that undo it,
// the one at the given place with a fault.
func turnedBack(t *testing.T, c change, failing string, at int, fault cloudtest.Fault) []string {
	t.Helper()
	var h *harness
	var undoing atomic.Int64 // number of the first call that undoes, plus one; 0: it goes forward
	h, first := prepared(t, c, func(call int, name string) cloudtest.Fault {
		if begun := undoing.Load(); begun > 0 {
			if call == int(begun)-1+at {
				return fault
			}
			return cloudtest.None
		}
		e, err := h.engine.Execution(context.Background(), "op-2", false)
		switch {
		case err == nil && e.Status.Terminal():
			undoing.CompareAndSwap(0, int64(call)+1)
			if at == 0 {
				return fault
			}
		case name == failing:
			return cloudtest.Refuse
		}
		return cloudtest.None
	})
	r := c.request()
	if r.Kind == provisioner.DeleteCluster {
		cancelled(h, t, r)
	} else {
		h.start(t, "op-2", r)
		if e := h.settle(t, "op-2"); e.Status != workflow.Failed {
			t.Fatalf("ended %s", e.Status)
		}
	}
	undone[r.Kind](h, t)
	if undoing.Load() == 0 {
		t.Fatal("nothing was undone")
	}
	calls := h.made()[first+int(undoing.Load())-1:]
	if at >= len(calls) {
		t.Fatal("the fault was not met")
	}
	h.delete(t, "op-3", "c1")
	h.settle(t, "op-3")
	gone(h, t)
	return calls
}

// cancelled begins a deletion with a grace and calls it off in that.
func cancelled(h *harness, t *testing.T, r provisioner.Request) {
	t.Helper()
	r.GraceSeconds = 3600
	h.start(t, "op-2", r)
	eventually(t, func() bool { return slices.Contains(h.made(), report+"stop_nodes") })
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
		_, err := p.Cancel(ctx, "op-2", r, "cancelled")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := h.settle(t, provisioner.UndoID("op-2")); e.Status != workflow.Completed {
		t.Fatalf("the undoing ended %s: %s", e.Status, e.ReasonForIncompletion)
	}
}
