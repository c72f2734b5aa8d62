package storetest

import (
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// nodeCommands asks a node for something.
func nodeCommands(t *testing.T, f fixture) {
	_, o := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	ctx := t.Context()
	c := f.cluster(t, o, "first")
	f.register(t, c.ID, "n1")
	n, err := f.store.NodeByLink(ctx, "link_n1")
	must(t, err)
	n.Commands = []fleetapi.CommandKind{fleetapi.BackUp, fleetapi.CollectDiagnostics}
	_, err = f.store.ReportNode(ctx, n)
	must(t, err)
	n, err = f.store.NodeByLink(ctx, "link_n1")
	must(t, err)
	equal(t, "kinds", len(n.Commands), 2)

	asked := fleet.Command{ClusterID: c.ID, NodeID: "n1", ID: "cmd_1", Kind: fleetapi.BackUp, AskedBy: "ada", AskedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
	e := audit.Entry{At: epoch, Organization: o.ID, Action: "command.create"}
	entries := f.auditCount(t, o.ID)
	for range 2 {
		stored, err := f.store.CreateCommand(ctx, o.ID, asked, "once", e)
		must(t, err)
		if stored.ID != "cmd_1" || stored.State != fleet.CommandQueued || !stored.ExpiresAt.Equal(asked.ExpiresAt) || len(stored.Facts) != 0 {
			t.Errorf("stored is %+v", stored)
		}
		asked.ID = "cmd_2"
	}
	equal(t, "entries", f.auditCount(t, o.ID)-entries, 1)
	for at, want := range map[time.Time]int{epoch: 1, epoch.Add(time.Hour): 0} {
		list, err := f.store.QueuedCommands(ctx, c.ID, "n1", at)
		must(t, err)
		equal(t, "queued commands", len(list), want)
	}
	must(t, f.store.TakeCommands(ctx, c.ID, "n1", []string{"cmd_1", "none"}, epoch.Add(time.Minute)))
	list, err := f.store.QueuedCommands(ctx, c.ID, "n1", epoch)
	must(t, err)
	equal(t, "queued commands", len(list), 0)
	result := fleetapi.CommandResult{ID: "cmd_1", State: fleetapi.CommandDone, Facts: []fleetapi.Fact{{Name: "File", Value: "x"}}}
	must(t, f.store.EndCommand(ctx, c.ID, "n2", result, audit.Entry{At: epoch, Action: "command.end"}))
	for range 2 {
		must(t, f.store.EndCommand(ctx, c.ID, "n1", result, audit.Entry{At: epoch.Add(time.Hour), Action: "command.end"}))
		result.State = fleetapi.CommandFailed
	}
	equal(t, "entries", f.auditCount(t, o.ID)-entries, 2)
	list, err = f.store.Commands(ctx, o.ID, c.ID)
	must(t, err)
	if len(list) != 1 || list[0].State != fleetapi.CommandDone || len(list[0].Facts) != 1 || !list[0].TakenAt.Equal(epoch.Add(time.Minute)) ||
		!list[0].EndedAt.Equal(epoch.Add(time.Hour)) {
		t.Errorf("commands are %+v", list)
	}
	list, err = f.store.Commands(ctx, eve.ID, c.ID)
	must(t, err)
	equal(t, "commands that a stranger sees", len(list), 0)
}
