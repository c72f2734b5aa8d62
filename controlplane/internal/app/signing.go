package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/store"
)

const (
	// lookForKeys is how often the control plane looks for what commands have changed of its keys.
	lookForKeys = 2 * time.Second
	// defaultOverlap is how long data planes have to learn of a key before it signs.
	defaultOverlap = 10 * time.Minute
)

// announce raises the revisions of all clusters when what all of them are told has changed; whether it had.
func (a *App) announce(ctx context.Context) (bool, error) {
	told := []string{a.urls.public}
	for _, k := range a.signer.Keys() {
		told = append(told, k.ID)
	}
	return a.store.AnnounceConfig(ctx, fingerprint(told...))
}

// fingerprint tells apart what all data planes are told.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// watchKeys takes up signing keys and authorities that were added, and lets data planes forget signing keys whose time is over.
func (a *App) watchKeys(ctx context.Context) error {
	tick := time.NewTicker(lookForKeys)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := errors.Join(a.reloadSigningKeys(ctx), a.authority.Reload(ctx)); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "look for keys", "error", err)
		}
	}
}

func (a *App) reloadSigningKeys(ctx context.Context) error {
	if err := a.signer.Reload(ctx); err != nil {
		return err
	}
	changed, err := a.announce(ctx)
	if err != nil || !changed {
		return err
	}
	specs, err := a.store.ClusterSpecs(ctx)
	if err != nil {
		return err
	}
	for _, c := range specs {
		a.hub.Wake(notify.Config(c.ID))
	}
	a.log.InfoContext(ctx, "signing keys changed", "told", len(a.signer.Keys()))
	return nil
}

// rotateSigning adds a signing key, which a running control plane takes up by itself.
func rotateSigning(ctx context.Context, p Process) error {
	var overlap time.Duration
	return withStore(ctx, p, "controlplane keys rotate-signing", func(flags *flag.FlagSet) {
		flags.DurationVar(&overlap, "overlap", defaultOverlap, "how `long` data planes have to learn of the key before it signs")
	}, func(s *store.Store, folder string) error {
		if overlap < 0 {
			return errors.New("--overlap: must not be negative")
		}
		sealer, err := identity.OpenSealer(filepath.Join(folder, "key"))
		if err != nil {
			return err
		}
		signer, err := identity.OpenSigner(ctx, s, sealer, "", now)
		if err != nil {
			return err
		}
		k, err := signer.Rotate(ctx, overlap)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%s signs from %s on\n", k.ID, k.SignsFrom.Format(time.RFC3339))
		return nil
	})
}

// rotateAuthority replaces what signs certificates of data planes, or takes that back; a running control plane takes it up by
// itself.
func rotateAuthority(ctx context.Context, p Process) error {
	var c fleet.RotateConfig
	var atOnce, back bool
	return withStore(ctx, p, "controlplane keys rotate-authority", func(flags *flag.FlagSet) {
		flags.DurationVar(&c.Overlap, "overlap", defaultOverlap, "how `long` all control planes have to learn of it before it issues certificates")
		flags.BoolVar(&atOnce, "retire-at-once", false, "as it issues, trust those before no more; data planes prove themselves by their keys then")
		flags.BoolVar(&back, "back", false, "have the one before issue again, while it is trusted")
	}, func(s *store.Store, folder string) error {
		if c.Overlap < 0 {
			return errors.New("--overlap: must not be negative")
		}
		if atOnce {
			c.Retire = -1
		}
		sealer, err := identity.OpenSealer(filepath.Join(folder, "key"))
		if err != nil {
			return err
		}
		authority, err := fleet.OpenAuthority(ctx, s, sealer, now)
		if err != nil {
			return err
		}
		change := func(ctx context.Context) (fleet.StoredAuthority, time.Time, error) { return authority.Rotate(ctx, c) }
		if back {
			change = authority.Back
		}
		next, retired, err := change(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%s is trusted, and issues certificates from %s on; the others are trusted until %s\n",
			next.ID, next.IssuesFrom.Format(time.RFC3339), retired.Format(time.RFC3339))
		return nil
	})
}
