package provisioner_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// change is an operation on a cluster that is ready, and what must be true afterwards.
type change struct {
	name    string
	prepare func(*harness, *testing.T) // from a cluster that is ready
	request func() provisioner.Request
	check   func(*harness, *testing.T)
}

// faults returns those that are tried at a call of the operation. To crash before one is to crash after the one before it.
func (c change) faults(at int, call string) []cloudtest.Fault {
	switch {
	case at == 0:
		return []cloudtest.Fault{cloudtest.CrashBefore, cloudtest.CrashAfter}
	case reports(call) || c.request().GraceSeconds > 0: // which takes a second each time
		return []cloudtest.Fault{cloudtest.CrashAfter}
	}
	return []cloudtest.Fault{cloudtest.CrashAfter, cloudtest.LoseAnswer}
}

func altered(kind provisioner.Kind, f func(*provisioner.ClusterSpec)) func() provisioner.Request {
	return func() provisioner.Request {
		s := spec("c1")
		f(&s)
		return provisioner.Request{Kind: kind, Cluster: s, Before: spec("c1")}
	}
}

// running checks that all nodes run as the spec says, and that the control plane knows.
func running(h *harness, t *testing.T, want provisioner.ClusterSpec) {
	t.Helper()
	nodes := h.cloud.Running("c1")
	for index, s := range nodes {
		if s.Size != want.Size || s.Version != want.Version {
			t.Errorf("node %d runs as %+v", index, s)
		}
	}
	told := h.control.Of("c1")
	if len(nodes) != want.Nodes || told.Spec != want || told.Paused {
		t.Errorf("%d nodes run; the control plane knows %+v, want %+v", len(nodes), told, want)
	}
}

func kept(kind provisioner.Kind) func() provisioner.Request {
	return altered(kind, func(*provisioner.ClusterSpec) {})
}

func do(h *harness, t *testing.T, id string, r provisioner.Request) {
	t.Helper()
	h.start(t, id, r)
	if e := h.settle(t, id); e.Status != workflow.Completed {
		t.Fatalf("%s ended %s: %s", r.Kind, e.Status, e.ReasonForIncompletion)
	}
}

var changes = []change{
	{"resize", nil, altered(provisioner.ResizeCluster, func(s *provisioner.ClusterSpec) { s.Size = "large" }), func(h *harness, t *testing.T) {
		want := spec("c1")
		want.Size = "large"
		running(h, t, want)
	}},
	{"more nodes", nil, altered(provisioner.ScaleCluster, func(s *provisioner.ClusterSpec) { s.Nodes = 3 }), func(h *harness, t *testing.T) {
		want := spec("c1")
		want.Nodes = 3
		running(h, t, want)
	}},
	{"fewer nodes", nil, altered(provisioner.ScaleCluster, func(s *provisioner.ClusterSpec) { s.Nodes = 1 }), func(h *harness, t *testing.T) {
		want := spec("c1")
		want.Nodes = 1
		running(h, t, want)
	}},
	{"upgrade", nil, upgrade, func(h *harness, t *testing.T) {
		want := spec("c1")
		want.Version = "2"
		running(h, t, want)
		backedUp(h, t)
	}},
	{"pause", nil, kept(provisioner.PauseCluster), func(h *harness, t *testing.T) {
		if told := h.control.Of("c1"); !told.Paused || len(h.cloud.Running("c1")) > 0 {
			t.Errorf("the control plane knows %+v; running: %v", told, h.cloud.Running("c1"))
		}
	}},
	{
		"resume", func(h *harness, t *testing.T) { do(h, t, "op-pause", kept(provisioner.PauseCluster)()) },
		kept(provisioner.ResumeCluster), func(h *harness, t *testing.T) { running(h, t, spec("c1")) },
	},
	{"rotate credentials", nil, kept(provisioner.RotateCredentials), func(h *harness, t *testing.T) {
		running(h, t, spec("c1"))
		if h.control.Of("c1").Revoked == 0 {
			t.Error("the former credentials still work")
		}
	}},
	{"back up", nil, named(provisioner.BackupCluster), func(h *harness, t *testing.T) {
		if b := h.control.Of("c1").Backups["b1"]; b.Bytes != int64(len("precious")) {
			t.Errorf("the control plane knows the backup %+v", b)
		}
	}},
	{
		"remove a backup", func(h *harness, t *testing.T) { do(h, t, "op-back-up", named(provisioner.BackupCluster)()) },
		named(provisioner.RemoveBackup), func(h *harness, t *testing.T) {
			if b := h.control.Of("c1").Backups; len(b) > 0 {
				t.Errorf("the control plane knows the backups %v", b)
			}
			if _, err := h.cloud.OpenBackup(t.Context(), spec("c1"), "b1"); err == nil {
				t.Error("the copy is still there")
			}
		},
	},
	{"restore", func(h *harness, t *testing.T) {
		do(h, t, "op-back-up", named(provisioner.BackupCluster)())
		h.cloud.Keep("c1", "spoilt")
	}, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.RestoreCluster, Cluster: spec("c1"), From: &provisioner.Source{Cluster: spec("c1"), Backup: "b1"}}
	}, func(h *harness, t *testing.T) {
		running(h, t, spec("c1"))
		if data := h.cloud.Kept("c1"); data != "precious" || h.cloud.Fenced("c1") {
			t.Errorf("the cluster keeps %q; fenced: %t", data, h.cloud.Fenced("c1"))
		}
	}},
	{"restore another cluster's", func(h *harness, t *testing.T) {
		h.create(t, "op-create-other", "c2")
		h.settle(t, "op-create-other")
		h.cloud.Keep("c2", "of the other")
		do(h, t, "op-back-up", provisioner.Request{Kind: provisioner.BackupCluster, Cluster: spec("c2"), Backup: "b2"})
	}, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.RestoreCluster, Cluster: spec("c1"), From: &provisioner.Source{Cluster: spec("c2"), Backup: "b2"}}
	}, func(h *harness, t *testing.T) {
		running(h, t, spec("c1"))
		if data := h.cloud.Kept("c1"); data != "of the other" || !h.cloud.Fenced("c1") {
			t.Errorf("the cluster keeps %q; fenced: %t", data, h.cloud.Fenced("c1"))
		}
		do(h, t, "op-clean", provisioner.Request{Kind: provisioner.RemoveBackup, Cluster: spec("c2"), Backup: "b2"})
		h.delete(t, "op-delete-other", "c2")
		h.settle(t, "op-delete-other")
	}},
	{"create", func(h *harness, _ *testing.T) { h.control.Add("c2") }, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.CreateCluster, Cluster: spec("c2")}
	}, func(h *harness, t *testing.T) {
		if told := h.control.Of("c2"); told.State != "READY" || len(h.cloud.Running("c2")) != spec("c2").Nodes {
			t.Errorf("the control plane knows %+v; running: %v", told, h.cloud.Running("c2"))
		}
		h.delete(t, "op-delete-other", "c2")
		h.settle(t, "op-delete-other")
	}},
	{"create from a backup", func(h *harness, t *testing.T) {
		do(h, t, "op-back-up", named(provisioner.BackupCluster)())
		h.control.Add("c2")
	}, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.CreateCluster, Cluster: spec("c2"), From: &provisioner.Source{Cluster: spec("c1"), Backup: "b1"}}
	}, func(h *harness, t *testing.T) {
		if told := h.control.Of("c2"); told.State != "READY" || h.cloud.Kept("c2") != "precious" || !h.cloud.Fenced("c2") {
			t.Errorf("the control plane knows %+v; it keeps %q; fenced: %t", told, h.cloud.Kept("c2"), h.cloud.Fenced("c2"))
		}
		h.delete(t, "op-delete-other", "c2")
		h.settle(t, "op-delete-other")
	}},
	{"connect a network", nil, func() provisioner.Request { return about(provisioner.CreatePeering, peering("c1", "p1")) }, func(h *harness, t *testing.T) {
		if told := h.control.Of("c1").Peerings["p1"]; told.Phase != provisioner.PeeringConnected || len(h.peers.Left()) != 4 {
			t.Errorf("the control plane knows %+v; made: %v", told, h.peers.Left())
		}
		do(h, t, "op-disconnect", about(provisioner.DeletePeering, peering("c1", "p1")))
	}},
	{"disconnect a network", func(h *harness, t *testing.T) {
		do(h, t, "op-connect", about(provisioner.CreatePeering, peering("c1", "p1")))
	}, func() provisioner.Request { return about(provisioner.DeletePeering, peering("c1", "p1")) }, func(h *harness, t *testing.T) {
		if told := h.control.Of("c1").Peerings["p1"]; told.Phase != provisioner.PeeringRemoved || len(h.peers.Left()) > 0 {
			t.Errorf("the control plane knows %+v; left: %v", told, h.peers.Left())
		}
	}},
	{"delete the organization", nil, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.DeleteOrganization, Organization: &provisioner.Organization{ID: "org", Name: "acme"}}
	}, func(h *harness, t *testing.T) {
		if !h.erased.Load() {
			t.Error("the organization is still there")
		}
	}},
	{"delete", nil, kept(provisioner.DeleteCluster), gone},
	{"delete after a grace", nil, func() provisioner.Request {
		return provisioner.Request{Kind: provisioner.DeleteCluster, Cluster: spec("c1"), GraceSeconds: 1}
	}, gone},
	{"delete by force", nil, kept(provisioner.ForceDelete), gone},
}

func upgrade() provisioner.Request {
	r := altered(provisioner.UpgradeCluster, func(s *provisioner.ClusterSpec) { s.Version = "2" })()
	r.Backup = "b1"
	return r
}

// backedUp checks that there is a backup of what the cluster kept, and that the control plane knows it.
func backedUp(h *harness, t *testing.T) {
	t.Helper()
	if b := h.control.Of("c1").Backups["b1"]; b.Bytes != int64(len("precious")) {
		t.Errorf("the control plane knows the backup %+v", b)
	}
	if _, err := h.cloud.OpenBackup(t.Context(), spec("c1"), "b1"); err != nil {
		t.Errorf("the backup: %v", err)
	}
}

func named(kind provisioner.Kind) func() provisioner.Request {
	return func() provisioner.Request {
		return provisioner.Request{Kind: kind, Cluster: spec("c1"), Backup: "b1"}
	}
}

func gone(h *harness, t *testing.T) {
	t.Helper()
	if told, left := h.control.Of("c1"), append(h.cloud.Left(), h.peers.Left()...); told.State != "DELETED" || len(left) > 0 {
		t.Errorf("the control plane knows %+v; left: %v", told, left)
	}
}

// prepared returns a harness with a cluster on which the change can begin. From the returned call on the plan is in force.
func prepared(t *testing.T, c change, plan func(call int, name string) cloudtest.Fault) (h *harness, first int) {
	t.Helper()
	h = newHarness(t, "")
	var from atomic.Int64
	from.Store(-1)
	h.plan = func(call int, name string) cloudtest.Fault {
		if f := from.Load(); f >= 0 && plan != nil {
			return plan(call-int(f), name)
		}
		return cloudtest.None
	}
	h.run(t)
	t.Cleanup(func() { h.close(t) })
	h.create(t, "op-1", "c1")
	h.settle(t, "op-1")
	h.cloud.Keep("c1", "precious")
	if c.prepare != nil {
		c.prepare(h, t)
	}
	first = len(h.made())
	from.Store(int64(first))
	return h, first
}

// Whatever an operation is doing when the control plane is killed, or when an answer gets lost, it comes to its end, and the
// deletion of the cluster leaves nothing. Every step of every kind of operation is met.
func TestChange_SurvivesAnyOneFault(t *testing.T) {
	met := newCoverage(t)
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var calls []string
			t.Run("none", func(t *testing.T) { // ends here, and what it has opened is closed
				h, first := prepared(t, c, nil)
				do(h, t, "op-2", c.request())
				calls = h.made()[first:]
				c.check(h, t)
			})
			met.add(provisioner.Flows()[c.request().Kind][0], calls)
			for n, name := range calls {
				for _, fault := range c.faults(n, name) {
					t.Run(fmt.Sprintf("%d %s %s", n, name, fault), func(t *testing.T) {
						t.Parallel()
						interrupted(t, c, n, fault)
					})
				}
			}
		})
	}
	for _, flow := range provisioner.Flows() {
		met.want(flow[0])
	}
}

func interrupted(t *testing.T, c change, at int, fault cloudtest.Fault) {
	t.Helper()
	var met atomic.Bool
	h, _ := prepared(t, c, func(call int, _ string) cloudtest.Fault {
		if call == at && met.CompareAndSwap(false, true) {
			return fault
		}
		return cloudtest.None
	})
	do(h, t, "op-2", c.request())
	c.check(h, t)
	if !met.Load() {
		t.Fatal("the fault was not met")
	}
	if h.control.Of("c1").State == "DELETED" {
		return
	}
	h.delete(t, "op-3", "c1")
	h.settle(t, "op-3")
	gone(h, t)
}

// A change whose nodes do not start is undone: the cluster is as it was.
func TestChange_ThatFailsIsRolledBack(t *testing.T) {
	for _, c := range changes[:4] {
		if c.name == "fewer nodes" {
			continue // starts none
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var failures atomic.Int64
			h, _ := prepared(t, c, func(_ int, name string) cloudtest.Fault {
				if name == "StartNode" && failures.Add(1) <= 5 { // all attempts of one task
					return cloudtest.Refuse
				}
				return cloudtest.None
			})
			h.start(t, "op-2", c.request())
			if e := h.settle(t, "op-2"); e.Status != workflow.Failed {
				t.Fatalf("ended %s", e.Status)
			}
			running(h, t, spec("c1"))
		})
	}
}

// An upgrade whose backup cannot be made touches no node. What there is of the backup goes; one that the cloud has and nobody
// knows of becomes known.
func TestUpgrade_WithoutBackupDoesNotBegin(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"Backup", "BackedUp"} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			var failures, started atomic.Int64
			h, _ := prepared(t, changes[3], func(_ int, name string) cloudtest.Fault {
				if name == "StartNode" {
					started.Add(1)
				}
				if name == broken && failures.Add(1) <= 4 { // all attempts of one task
					return cloudtest.Refuse
				}
				return cloudtest.None
			})
			h.start(t, "op-2", upgrade())
			if e := h.settle(t, "op-2"); e.Status != workflow.Failed {
				t.Fatalf("ended %s", e.Status)
			}
			if nodes := h.cloud.Running("c1"); started.Load() > 0 || len(nodes) != spec("c1").Nodes {
				t.Errorf("%d nodes were started; running: %v", started.Load(), nodes)
			}
			if broken == "BackedUp" {
				backedUp(h, t)
			} else if known := h.control.Of("c1").Backups; len(known) > 0 {
				t.Errorf("the control plane knows the backups %v", known)
			}
		})
	}
}

// A cancelled operation is undone, also when the control plane is killed between the two. One that is cancelled before it
// came to a node restarts none on the way back.
func TestCancel_GoesBack(t *testing.T) {
	for _, during := range []string{"Backup", "CheckNode"} {
		t.Run(during, func(t *testing.T) {
			t.Parallel()
			reached, cancelled := make(chan struct{}), make(chan struct{})
			release := sync.OnceFunc(func() { close(cancelled) })
			var calls, started atomic.Int64
			h, _ := prepared(t, changes[3], func(_ int, name string) cloudtest.Fault { // an upgrade
				if name == "StartNode" {
					started.Add(1)
				}
				if name == during && calls.Add(1) == 1 {
					close(reached) // the step is under way until it is cancelled
					<-cancelled
					return cloudtest.Refuse
				}
				return cloudtest.None
			})
			defer release()
			h.start(t, "op-2", upgrade())
			<-reached
			for range 2 { // it may be asked again after a crash
				err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) error {
					done, err := p.Cancel(ctx, "op-2", upgrade(), "cancelled by ada@example.com")
					if err == nil && !done {
						t.Error("nothing was cancelled")
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			release()
			if e := h.settle(t, provisioner.UndoID("op-2")); e.Status != workflow.Completed {
				t.Fatalf("the undoing ended %s: %s", e.Status, e.ReasonForIncompletion)
			}
			if during != "Backup" {
				running(h, t, spec("c1"))
			} else if nodes := h.cloud.Running("c1"); started.Load() > 0 || len(nodes) != spec("c1").Nodes || nodes[0].Version != spec("c1").Version {
				t.Errorf("%d nodes were started; running: %v", started.Load(), nodes)
			}
		})
	}
}

// A deletion that is cancelled during its grace has lost nothing.
func TestCancel_OfADeletionKeepsTheCluster(t *testing.T) {
	h, _ := prepared(t, change{}, nil)
	r := provisioner.Request{Kind: provisioner.DeleteCluster, Cluster: spec("c1"), GraceSeconds: 3600}
	h.start(t, "op-2", r)
	eventually(t, func() bool { return len(h.cloud.Running("c1")) == 0 })
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
	running(h, t, spec("c1"))
	if h.cloud.Kept("c1") != "precious" {
		t.Fatal("data was lost")
	}
	do(h, t, "op-3", altered(provisioner.ResizeCluster, func(s *provisioner.ClusterSpec) { s.Size = "large" })()) // nothing stands in the way
}

// What cannot be removed does not keep a forced deletion, which says what is left.
func TestForce_SaysWhatIsLeft(t *testing.T) {
	h, _ := prepared(t, change{}, func(_ int, name string) cloudtest.Fault {
		if name == "Remove storage" {
			return cloudtest.Refuse
		}
		return cloudtest.None
	})
	h.start(t, "op-2", provisioner.Request{Kind: provisioner.ForceDelete, Cluster: spec("c1")})
	e := h.settle(t, "op-2")
	var out struct {
		Remaining []string `json:"remaining"`
	}
	if err := e.Output.Decode(&out); err != nil || e.Status != workflow.Completed || fmt.Sprint(out.Remaining) != "[storage network]" {
		t.Fatalf("ended %s with %s, %v", e.Status, e.Output, err)
	}
	if told := h.control.Of("c1"); told.State != "DELETED" {
		t.Fatalf("the control plane knows %+v", told)
	}
	var left []provisioner.Resource
	err := h.ask(func(ctx context.Context, p *provisioner.Provisioner) (err error) {
		left, err = p.Leftovers(ctx, spec("c1"))
		return err
	})
	if err != nil || len(left) != 2 {
		t.Fatalf("left: %v, %v", left, err)
	}
}
