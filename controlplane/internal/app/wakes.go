package app

import (
	"context"

	"github.com/podium-cloud/podium/controlplane/internal/notify/relay"
)

// relayWakes has control planes on the same database wake each other, until ctx ends.
func (a *App) relayWakes(ctx context.Context) error {
	if a.config.Postgres == "" { // SQLite has one process
		<-ctx.Done()
		return nil
	}
	return relay.Run(ctx, relay.Config{Hub: a.hub, Postgres: a.config.Postgres, Logger: a.log.With("part", "wake-ups")})
}
