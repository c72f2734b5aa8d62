package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/fleet"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
)

// keysPause is how soon a change of the keys file is in force.
const keysPause = time.Second

// authorize lets in whoever may call: by the control plane's configuration or by the keys file. Both are kept up to
// date in the background until ctx ends.
func (s *server) authorize(ctx context.Context, running *sync.WaitGroup, addr net.Addr) error {
	switch {
	case s.config.Link != nil:
		link, err := s.link(ctx, addr)
		if err != nil {
			return err
		}
		running.Go(func() { link.Run(ctx) })
	case s.config.KeysFile != "":
		keys, err := access.ReadKeys(s.config.KeysFile)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("keys file %s holds no keys: make one with \"edge key create\"", s.config.KeysFile)
		}
		if err := s.gate.Set(keys, fleetapi.Issuer{}); err != nil {
			return fmt.Errorf("keys file %s: %w", s.config.KeysFile, err)
		}
		s.directory.SetCloud(keys)
		running.Go(func() { s.watchKeys(ctx) })
	}
	return nil
}

func (s *server) link(ctx context.Context, addr net.Addr) (*fleet.Link, error) {
	l := s.config.Link
	endpoint := l.Advertise
	if endpoint == "" {
		endpoint = "http://" + addr.String() + "/api"
	}
	roots, err := rootsOf(l.CAFile)
	if err != nil {
		return nil, err
	}
	var console http.Handler
	if l.Console {
		console = s.handler
	}
	memory, err := s.memory()
	if err != nil {
		return nil, err
	}
	return fleet.Open(ctx, fleet.Config{
		Roots: roots, Console: console, Commands: s.commands(),
		Address: l.ControlPlane, ClusterID: s.config.ClusterID, Memory: memory, NodeName: l.NodeName,
		JoinToken: func() (string, error) {
			if l.JoinToken != "" {
				return l.JoinToken, nil
			}
			b, err := os.ReadFile(l.JoinTokenFile)
			return strings.TrimSpace(string(b)), err
		},
		Endpoint: endpoint, Version: Version(), Apply: s.apply, Health: s.health, Used: s.gate.Used, Usage: s.usage, Logger: s.log,
		Program: s.config.Program(), UpdatesFrom: s.updatesFrom, Called: func() { s.updates.called.Store(true) },
	})
}

// memory is where this node remembers its control plane: in a file, or in what nodes share where it has a name there and a key to
// seal with; else nowhere, nil.
func (s *server) memory() (fleet.Memory, error) {
	l := s.config.Link
	switch {
	case l.File != "":
		return fleet.File(l.File), nil
	case s.remember == nil || l.NodeName == "" || s.config.SecretKeyFile == "":
		return nil, nil //nolint:nilnil // it asks anew each time
	}
	b, err := s.secretKey()
	if err != nil {
		return nil, err
	}
	key, err := seal.New(b)
	if err != nil {
		return nil, fmt.Errorf("--secret-key-file: %w", err)
	}
	return fleet.Sealed(s.remember(l.NodeName), key, l.NodeName), nil
}

// rootsOf reads the certificates of a file, nil without one.
func rootsOf(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // the system's
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--control-plane-ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("--control-plane-ca: %s holds no certificates in PEM", file)
	}
	return roots, nil
}

// health is what this node tells the control plane about itself.
func (s *server) health(ctx context.Context) fleetapi.Health {
	h := fleetapi.Health{
		Fence: fenceReport(s.engine.Fence()), Ready: true, Drained: s.drain.drained(), UptimeSeconds: int64(time.Since(s.started).Seconds()), MemoryBytes: memory(), CPU: s.load.since(time.Now(), processorTime()),
	}
	counts, err := s.engine.Counts(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "count executions", "error", err)
		h.Ready = false
	}
	h.Executions = make(map[string]int64, len(counts))
	for status, n := range counts {
		h.Executions[string(status)] = n
	}
	return h
}

// load tells how many processors a process has kept busy between two looks.
type load struct {
	at   time.Time
	used time.Duration
}

// since returns it for the time since the last look, and makes this the last one; 0 at the first.
func (l *load) since(now time.Time, used time.Duration) float64 {
	before := *l
	l.at, l.used = now, used
	if before.at.IsZero() || !now.After(before.at) {
		return 0
	}
	return float64(used-before.used) / float64(now.Sub(before.at))
}

// memory is what the Go runtime holds of the machine's memory, in bytes.
func memory() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// watchKeys takes changes of the keys file over. What cannot be read changes nothing, and is told once.
func (s *server) watchKeys(ctx context.Context) {
	last := stamp(s.config.KeysFile)
	tick := time.NewTicker(keysPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := stamp(s.config.KeysFile)
		if now == last {
			continue
		}
		last = now
		keys, err := access.ReadKeys(s.config.KeysFile)
		if err == nil {
			err = s.gate.Set(keys, fleetapi.Issuer{})
			s.directory.SetCloud(keys)
		}
		if err != nil {
			s.log.ErrorContext(ctx, "keys file has changed and makes no sense", "file", s.config.KeysFile, "error", err)
			continue
		}
		s.log.InfoContext(ctx, "keys file is in force", "file", s.config.KeysFile, "access_keys", len(keys))
	}
}

// stamp changes when a file does.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}
