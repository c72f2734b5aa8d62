package fleet_test

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// TestRevoke_RefusesTheNodeOnEveryControlPlane covers S-44: what waits here ends, and another control plane over the same store
// refuses the next call of every kind.
func TestRevoke_RefusesTheNodeOnEveryControlPlane(t *testing.T) {
	b := setup(t)
	joined, err := b.JoinToken(t.Context(), "a")
	must(t, err)
	registered, err := b.Register(t.Context(), joined, registration("a", "n1"))
	must(t, err)
	link, other := registered.LinkToken, b.join(t, "b", "n1")
	elsewhere := fleet.New(fleet.Deps{
		Releases: published,
		Store:    b.store, Books: b.Books, Keys: keys{}, Hub: &notify.Hub{}, Now: b.Now, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, elsewhere.Tunnel(t.Context(), link, "a", "n1"))

	reported := b.hub.Watch(t.Context(), notify.Applied("a"))
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if _, err := b.Sync(t.Context(), link, report("a", "n1", 1)); problem.KindOf(err) != problem.Unauthenticated {
			t.Errorf("the call that waited ended with %v", err)
		}
	})
	<-reported
	in := fleet.Place{Organization: "org_1", Cluster: "a", Name: "a"}
	must(t, b.Revoke(t.Context(), audit.Actor{Email: "ada@example.com"}, in, "n1"))
	waiting.Wait()

	for name, service := range map[string]*fleet.Service{"here": b.Service, "elsewhere": elsewhere} {
		_, sync := service.Sync(t.Context(), link, report("a", "n1", 0))
		_, usage := service.Usage(t.Context(), link, fleetapi.UsageReport{ClusterID: "a", NodeID: "n1"})
		_, renew := service.Renew(t.Context(), link, fleetapi.RenewRequest{ClusterID: "a", NodeID: "n1"})
		_, register := service.Register(t.Context(), joined, registration("a", "n1"))
		for call, err := range map[string]error{
			"sync": sync, "usage": usage, "renew": renew, "register": register, "tunnel": service.Tunnel(t.Context(), link, "a", "n1"),
		} {
			if problem.KindOf(err) != problem.Unauthenticated {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
	if _, calls, err := b.Called(t.Context(), "a"); err != nil || calls {
		t.Errorf("it still calls: %v, %v", calls, err)
	}
	if err := b.Tunnel(t.Context(), other, "b", "n1"); err != nil {
		t.Errorf("the node of that name in another cluster: %v", err)
	}
	log, err := b.store.AuditLog(t.Context(), "org_1", audit.Filter{Action: "node.revoke"}, 10)
	must(t, err)
	if len(log) != 1 || log[0].Target != "cluster/a/node/n1" || log[0].Actor.Email != "ada@example.com" {
		t.Errorf("the audit log tells %+v", log)
	}
	if again := b.join(t, "a", "n1"); b.Tunnel(t.Context(), again, "a", "n1") != nil {
		t.Error("another join token does not let it in again")
	}
}
