package relay_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/notify/relay"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

// TestRun_WakesWhoWaitsInAnotherProcess plays two control planes on one database.
func TestRun_WakesWhoWaitsInAnotherProcess(t *testing.T) {
	url := pgtest.New(t, migrations.ControlPlane())
	hubs := [2]*notify.Hub{{}, {}}
	for _, h := range hubs {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- relay.Run(ctx, relay.Config{Hub: h, Postgres: url, Logger: slog.New(slog.DiscardHandler)})
		}()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	there := hubs[1].Watch(t.Context(), notify.Config("clu_1"))
	private := hubs[1].Watch(t.Context(), notify.Operation("op_1"))
	late := time.After(time.Minute)
	for woken := false; !woken; { // again, as both have to be connected first
		hubs[0].Wake(notify.Config("clu_1"), notify.Operation("op_1"))
		select {
		case <-there:
			woken = true
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Fatal("nobody is woken in the other process")
		}
	}
	select {
	case <-private:
		t.Error("what concerns one process alone was sent to the other")
	default:
	}
}
