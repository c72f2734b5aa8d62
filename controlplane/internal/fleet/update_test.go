package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/release"
	"github.com/podium-cloud/podium/provisioner"
)

// shelf has releases of the edge for one platform.
type shelf []string

var published = shelf{"1.5.0", "1.4.0"}

func (s shelf) Versions() []string { return s }

func (s shelf) Find(version, program, platform string) (release.Release, bool) {
	for _, v := range s {
		if v == version && program == "edge" && platform == "linux/amd64" {
			return release.Release{Version: v, SHA256: strings.Repeat("a", 64)}, true
		}
	}
	return release.Release{}, false
}

// running is what a node reports that can be updated.
func running(node, version string) fleetapi.SyncRequest {
	r := report("a", node, 0)
	r.SoftwareVersion, r.Commands, r.Program, r.Platform = version, []fleetapi.CommandKind{fleetapi.Update}, "edge", "linux/amd64"
	return r
}

// waits checks that an update waits, for something.
func (b *bench) waits(t *testing.T, version, want string) *provisioner.Pending {
	t.Helper()
	p := provisioner.AsPending(b.Update(t.Context(), "a", version))
	if p == nil || !strings.Contains(p.Reason, want) {
		t.Fatalf("it waits for %+v, want %q", p, want)
	}
	return p
}

// TestUpdate_BringsAReleaseToOneNodeAfterAnother covers S-86.
func TestUpdate_BringsAReleaseToOneNodeAfterAnother(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	links := map[string]string{}
	sync := func(r fleetapi.SyncRequest) fleetapi.SyncResponse {
		t.Helper()
		res, err := b.Sync(ctx, links[r.NodeID], r)
		must(t, err)
		return res
	}
	for _, node := range []string{"n1", "n2"} {
		links[node] = b.join(t, "a", node)
		sync(running(node, "1.4.0"))
	}
	must(t, b.Update(ctx, "a", "dev")) // it is no release
	b.clock = b.clock.Add(time.Second)
	must(t, b.BeginUpdate(ctx, "a"))
	b.clock = b.clock.Add(time.Second)

	closed := running("n1", "1.4.0")
	closed.UpdatesFrom = b.clock.Add(30 * time.Second)
	sync(closed)
	if p := b.waits(t, "1.5.0", "its owner lets it be updated from"); p.After != 30*time.Second {
		t.Errorf("it looks again after %s", p.After)
	}
	sync(running("n1", "1.4.0"))
	b.waits(t, "1.5.0", "with its next call")
	b.waits(t, "1.5.0", "with its next call") // and is not asked twice
	if got := sync(running("n2", "1.4.0")).Commands; len(got) != 0 {
		t.Errorf("the second node is asked at the same time: %+v", got)
	}
	got := sync(running("n1", "1.4.0")).Commands
	if len(got) != 1 || got[0].Release == nil || got[0].Release.Version != "1.5.0" || got[0].Release.Force {
		t.Fatalf("the first node is asked for %+v", got)
	}
	has := running("n1", "1.4.0")
	has.Taken = []string{got[0].ID}
	has.First = true
	sync(has)
	b.waits(t, "1.5.0", "verifies")
	b.clock = b.clock.Add(5 * time.Minute)
	sync(running("n2", "1.4.0"))
	b.waits(t, "1.5.0", "fallen silent")
	_, err := b.Ended(ctx, links["n1"], fleetapi.CommandReport{ClusterID: "a", NodeID: "n1", Results: []fleetapi.CommandResult{{ID: got[0].ID, State: fleetapi.CommandDone}}})
	must(t, err)
	sync(running("n1", "1.5.0"))

	b.waits(t, "1.5.0", "with its next call")
	second := sync(running("n2", "1.4.0")).Commands
	if len(second) != 1 {
		t.Fatalf("the second node is asked for %+v", second)
	}
	_, err = b.Ended(ctx, links["n2"], fleetapi.CommandReport{ClusterID: "a", NodeID: "n2", Results: []fleetapi.CommandResult{{ID: second[0].ID, State: fleetapi.CommandFailed, Reason: "Not healthy."}}})
	must(t, err)
	if err := b.Update(ctx, "a", "1.5.0"); !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), "Node n2 was not updated. Not healthy.") {
		t.Fatalf("it goes on with %v", err)
	}

	// Everything goes back: the first node to what it had.
	b.clock = b.clock.Add(time.Second)
	must(t, b.BeginUpdate(ctx, "a"))
	b.clock = b.clock.Add(time.Second)
	b.waits(t, "1.4.0", "with its next call")
	back := sync(running("n1", "1.5.0")).Commands
	if len(back) != 1 || !back[0].Release.Force {
		t.Errorf("the first node is asked for %+v", back)
	}
	_, err = b.Ended(ctx, links["n1"], fleetapi.CommandReport{ClusterID: "a", NodeID: "n1", Results: []fleetapi.CommandResult{{ID: back[0].ID, State: fleetapi.CommandDone}}})
	must(t, err)
	sync(running("n1", "1.4.0"))
	must(t, b.Update(ctx, "a", "1.4.0"))
	b.clock = b.clock.Add(time.Second)
	must(t, b.BeginUpdate(ctx, "a"))

	// Nodes whose owner does not let us update them are his.
	off := running("n1", "1.4.0")
	off.Commands = nil
	sync(off)
	if p := b.waits(t, "1.5.0", "not updated from here"); p.Customer == nil || !strings.Contains(p.Customer.Ways[2].Code, "version=1.5.0") {
		t.Errorf("the customer is told %+v", p.Customer)
	}
	foreign := running("n1", "1.4.0")
	foreign.Platform = "linux/riscv64"
	sync(foreign)
	if err := b.Update(ctx, "a", "1.5.0"); !provisioner.IsPermanent(err) {
		t.Errorf("for another platform: %v", err)
	}
}

// TestCommands_ThatANodeForgetsHaveAnEnd: a node that keeps nothing takes a command, and dies.
func TestCommands_ThatANodeForgetsHaveAnEnd(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	link := b.offer(t, "n1", fleetapi.CollectDiagnostics)
	c, err := b.Ask(ctx, audit.Actor{AccountID: "acc_1"}, inA, "n1", fleet.Wish{Kind: fleetapi.CollectDiagnostics})
	must(t, err)
	r := report("a", "n1", 0)
	r.Commands, r.Taken, r.First = []fleetapi.CommandKind{fleetapi.CollectDiagnostics}, []string{c.ID}, true
	_, err = b.Sync(ctx, link, r)
	must(t, err)
	if got := b.state(t, c.ID); got.State != fleet.CommandTaken {
		t.Fatalf("the command is %+v", got)
	}
	b.clock = b.clock.Add(5 * time.Minute)
	if got := b.state(t, c.ID); got.State != fleet.CommandLost {
		t.Errorf("while the node is silent the command is %+v", got)
	}
	r.Taken = nil
	_, err = b.Sync(ctx, link, r)
	must(t, err)
	if got := b.state(t, c.ID); got.State != fleetapi.CommandFailed || !strings.Contains(got.Reason, "does not remember") {
		t.Errorf("when it calls again the command is %+v", got)
	}
}

func TestAsk_RefusesUpdatesThatNameNoRelease(t *testing.T) {
	b := setup(t)
	link := b.join(t, "a", "n1")
	_, err := b.Sync(t.Context(), link, running("n1", "1.4.0"))
	must(t, err)
	for want, wish := range map[problem.Kind]fleet.Wish{
		problem.Invalid:  {Kind: fleetapi.Update},
		problem.Conflict: {Kind: fleetapi.Update, Version: "9.9.9"},
	} {
		_, err := b.Ask(t.Context(), audit.Actor{}, inA, "n1", wish)
		wantKind(t, err, want)
	}
	_, err = b.Ask(t.Context(), audit.Actor{}, inA, "n1", fleet.Wish{Kind: fleetapi.CollectDiagnostics, Version: "1.4.0"})
	wantKind(t, err, problem.Invalid)
}
