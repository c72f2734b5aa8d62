package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/fleet"
	"github.com/podium-cloud/podium/dataplane/internal/upgrade"
)

const (
	fetchLimit = 30 * time.Minute // for a release to come
	readyPause = time.Second      // between two looks whether this data plane is healthy
)

// exitCode is how a data plane ended that was supervised, which has said why.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// supervise runs this program, or a release in its place, as a child.
func (p Process) supervise(ctx context.Context, args []string) error {
	c, err := p.program().ParseSupervise(args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("path of the program: %w", err)
	}
	code, err := upgrade.Supervise(ctx, upgrade.Config{
		Dir: c.Programs, Installed: self, Keys: c.Keys, Args: c.Args, Within: c.Within, Settle: c.Settle,
		Env:    append(os.Environ(), p.program().EnvPrefix()+"RELEASE_KEYS="+c.Keys.String()),
		Stdout: p.Stdout, Stderr: p.Stderr, Logger: newLogger(p.Stderr, config.Config{}).With("part", "supervisor"),
	})
	if err == nil && code != 0 {
		return exitCode(code)
	}
	return err
}

// updates is how this data plane is replaced by releases.
type updates struct {
	child  *upgrade.Child // nil: it has no supervisor
	called atomic.Bool    // the control plane has answered
}

// attach finds this data plane's supervisor and ends with it.
func (s *server) attach(ctx context.Context, p Process) (context.Context, error) {
	child, err := upgrade.Attach(p.Env)
	if err != nil || child == nil {
		return ctx, err
	}
	s.updates.child = child
	ctx, stop := context.WithCancel(ctx)
	go func() {
		defer stop()
		select {
		case <-ctx.Done():
		case <-child.Gone():
		}
	}()
	return ctx, nil
}

// tellReady tells the supervisor once this data plane is healthy: it serves, its store takes writes, and, when it belongs to a
// control plane, that has answered it: it could not be updated any more otherwise.
func (s *server) tellReady(ctx context.Context, running *sync.WaitGroup) {
	if s.updates.child == nil {
		return
	}
	running.Go(func() {
		tick := time.NewTicker(readyPause)
		defer tick.Stop()
		for s.handler.Ready(ctx) != nil || s.config.Link != nil && !s.updates.called.Load() {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		s.updates.child.Ready()
	})
}

// updateCommands adds what there is of updates to the commands.
func (s *server) updateCommands(c *fleet.Commands) {
	child := s.updates.child
	if child == nil {
		return
	}
	if len(s.config.Link.Updates.Keys) > 0 {
		c.Actions[fleetapi.Update] = s.update
	}
	last, underWay := child.Last()
	if last.Command == "" {
		return
	}
	c.Begun = &fleet.Begun{
		Command: fleetapi.Command{ID: last.Command, Kind: fleetapi.Update},
		Finish: func(ctx context.Context, _ fleetapi.Command) ([]fleetapi.Fact, error) {
			switch {
			case last.Failed != "":
				return nil, errors.New("The new version did not become healthy, and the former one runs again. " + last.Failed)
			case underWay:
				select {
				case <-child.Kept():
				case <-ctx.Done():
					return nil, fleet.ErrGoesOn
				}
			}
			return []fleetapi.Fact{{Name: "Version", Value: Version()}, {Name: "SHA-256", Value: last.To}}, nil
		},
	}
}

// update fetches a release, verifies it, and has the supervisor replace this process by it.
func (s *server) update(ctx context.Context, c fleetapi.Command) ([]fleetapi.Fact, error) {
	policy, child := s.config.Link.Updates, s.updates.child
	if from := s.updatesFrom(); !from.IsZero() {
		return nil, fmt.Errorf("the owner of this data plane lets it be updated from %s on", from.Format(time.RFC3339))
	}
	switch {
	case c.Release == nil:
		return nil, errors.New("the command names no release")
	case child.Trying():
		return nil, errors.New("this version is on trial itself")
	}
	client, err := s.releaseClient()
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	base := policy.Mirror
	if base == "" {
		base = strings.TrimRight(s.config.Link.ControlPlane, "/") + strings.TrimRight(fleetapi.ReleasesPath, "/")
	}
	fetching, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	err = child.Fetch(fetching, upgrade.Source{Base: base, HTTP: client, Keys: policy.Keys, Program: s.config.Program(), Running: Version()},
		upgrade.Wanted{Version: c.Release.Version, SHA256: c.Release.SHA256, Force: c.Release.Force && !policy.Up})
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "a release was fetched and verified, and takes over", "version", c.Release.Version, "sha256", c.Release.SHA256)
	if err := child.Replace(ctx.Done(), c.Release.SHA256, c.ID); err != nil {
		return nil, err
	}
	return nil, fleet.ErrGoesOn
}

// updatesFrom returns when the owner lets this data plane be updated next, zero: now.
func (s *server) updatesFrom() time.Time {
	now := time.Now()
	if next := s.config.Link.Updates.Window.Next(now); next.After(now) {
		return next
	}
	return time.Time{}
}

// releaseClient trusts whom the link trusts.
func (s *server) releaseClient() (*http.Client, error) {
	roots, err := rootsOf(s.config.Link.CAFile)
	if err != nil {
		return nil, err
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the transport of HTTP is not the standard one")
	}
	transport = transport.Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}
