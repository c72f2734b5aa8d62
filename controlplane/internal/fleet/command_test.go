package fleet_test

import (
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

var inA = fleet.Place{Organization: "org_1", Cluster: "a", Name: "a"}

// offer joins a node that carries out a kind of commands.
func (b *bench) offer(t *testing.T, node string, kind fleetapi.CommandKind) (link string) {
	t.Helper()
	link = b.join(t, "a", node)
	r := report("a", node, 0)
	r.Commands = []fleetapi.CommandKind{kind}
	_, err := b.Sync(t.Context(), link, r)
	must(t, err)
	return link
}

func (b *bench) state(t *testing.T, id string) fleet.Command {
	t.Helper()
	list, err := b.Asked(t.Context(), inA)
	must(t, err)
	for _, c := range list {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("command %s is not among %+v", id, list)
	return fleet.Command{}
}

// TestCommands_FromTheAnswerToTheEnd covers S-87: a node that waits is told at once, and what is repeated changes nothing.
func TestCommands_FromTheAnswerToTheEnd(t *testing.T) {
	b := setup(t)
	link := b.offer(t, "n1", fleetapi.CollectDiagnostics)
	by := audit.Actor{AccountID: "acc_1", Email: "ada@example.com"}
	wish := fleet.Wish{Kind: fleetapi.CollectDiagnostics, IdempotencyKey: "k"}
	r := report("a", "n1", 1)
	r.Commands = []fleetapi.CommandKind{fleetapi.CollectDiagnostics}

	reported := b.hub.Watch(t.Context(), notify.Applied("a"))
	var got fleetapi.SyncResponse
	var waiting sync.WaitGroup
	waiting.Go(func() {
		var err error
		if got, err = b.Sync(t.Context(), link, r); err != nil {
			t.Error(err)
		}
	})
	<-reported
	c, err := b.Ask(t.Context(), by, inA, "n1", wish)
	must(t, err)
	waiting.Wait()
	if len(got.Commands) != 1 || got.Commands[0].ID != c.ID || got.Commands[0].Kind != wish.Kind || got.Commands[0].AskedBy != by.Email ||
		!got.Commands[0].ExpiresAt.Equal(epoch.Add(time.Hour)) {
		t.Fatalf("the node that waits is told %+v", got)
	}
	again, err := b.Ask(t.Context(), by, inA, "n1", wish)
	must(t, err)
	if again.ID != c.ID {
		t.Errorf("asked again, it is another command: %+v", again)
	}

	r.AppliedRevision, r.Taken = 0, []string{c.ID} // what is newer is answered at once
	got, err = b.Sync(t.Context(), link, r)
	must(t, err)
	if len(got.Commands) != 0 || b.state(t, c.ID).State != fleet.CommandTaken {
		t.Errorf("who has it is told %+v, and it is %+v", got.Commands, b.state(t, c.ID))
	}

	end := fleetapi.CommandReport{ClusterID: "a", NodeID: "n1", Results: []fleetapi.CommandResult{
		{ID: c.ID, State: fleetapi.CommandDone, Facts: []fleetapi.Fact{{Name: "Version", Value: "1"}}},
	}}
	b.clock = epoch.Add(3 * 24 * time.Hour) // the link was cut for days
	for range 2 {
		_, err = b.Ended(t.Context(), link, end)
		must(t, err)
		end.Results[0].State = fleetapi.CommandFailed // the first end counts
	}
	if done := b.state(t, c.ID); done.State != fleetapi.CommandDone || len(done.Facts) != 1 || !done.EndedAt.Equal(b.clock) {
		t.Errorf("it ended as %+v", done)
	}
	for action, want := range map[string]int{"command.create": 1, "command.end": 1} {
		log, err := b.store.AuditLog(t.Context(), "org_1", audit.Filter{Action: action}, 10)
		must(t, err)
		if len(log) != want {
			t.Errorf("%s is recorded as %+v", action, log)
		}
	}
}

func TestCommands_ExpireUntaken(t *testing.T) {
	b := setup(t)
	link := b.offer(t, "n1", fleetapi.BackUp)
	minutes := 1
	c, err := b.Ask(t.Context(), audit.Actor{}, inA, "n1", fleet.Wish{Kind: fleetapi.BackUp, Minutes: &minutes})
	must(t, err)
	b.clock = epoch.Add(time.Minute)
	got, err := b.Sync(t.Context(), link, report("a", "n1", 0))
	must(t, err)
	if len(got.Commands) != 0 || b.state(t, c.ID).State != fleet.CommandExpired {
		t.Errorf("a node that was away is told %+v; the command is %+v", got.Commands, b.state(t, c.ID))
	}
}

func TestCommands_AreRefused(t *testing.T) {
	b := setup(t)
	b.offer(t, "n1", fleetapi.BackUp)
	n2 := b.offer(t, "n2", fleetapi.BackUp)
	c, err := b.Ask(t.Context(), audit.Actor{}, inA, "n1", fleet.Wish{Kind: fleetapi.BackUp})
	must(t, err)
	must(t, b.Revoke(t.Context(), audit.Actor{}, inA, "n2"))
	long, none := 10081, 0
	for name, test := range map[string]struct {
		node string
		wish fleet.Wish
		want problem.Kind
	}{
		"not in the list":     {"n1", fleet.Wish{Kind: "run-shell"}, problem.Invalid},
		"switched off there":  {"n1", fleet.Wish{Kind: fleetapi.CollectDiagnostics}, problem.Conflict},
		"of a revoked node":   {"n2", fleet.Wish{Kind: fleetapi.BackUp}, problem.Conflict},
		"of a node of nobody": {"n3", fleet.Wish{Kind: fleetapi.BackUp}, problem.NotFound},
		"for too long":        {"n1", fleet.Wish{Kind: fleetapi.BackUp, Minutes: &long}, problem.Invalid},
		"for no time":         {"n1", fleet.Wish{Kind: fleetapi.BackUp, Minutes: &none}, problem.Invalid},
	} {
		if _, err := b.Ask(t.Context(), audit.Actor{}, inA, test.node, test.wish); problem.KindOf(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := b.join(t, "b", "n1")
	for name, test := range map[string]struct{ link, cluster, node string }{
		"revoked": {n2, "a", "n2"}, "another cluster": {other, "a", "n1"},
	} {
		_, err := b.Ended(t.Context(), test.link, fleetapi.CommandReport{
			ClusterID: test.cluster, NodeID: test.node, Results: []fleetapi.CommandResult{{ID: c.ID, State: fleetapi.CommandDone}},
		})
		if err == nil || b.state(t, c.ID).State != fleet.CommandQueued {
			t.Errorf("%s ends it: %v", name, err)
		}
	}
	_, err = b.Ended(t.Context(), other, fleetapi.CommandReport{
		ClusterID: "b", NodeID: "n1", Results: []fleetapi.CommandResult{{ID: c.ID, State: fleetapi.CommandDone}, {ID: "none", State: fleetapi.CommandDone}},
	})
	must(t, err)
	if got := b.state(t, c.ID); got.State != fleet.CommandQueued {
		t.Errorf("a node of the same name in another cluster ended it: %+v", got)
	}
}
