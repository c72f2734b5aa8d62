package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/guard"
	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/web/embed/cluster"
)

const (
	headerTimeout = 10 * time.Second // for a client to send its headers
	idleTimeout   = 2 * time.Minute
	maxHeaders    = 64 << 10
	stopTimeout   = 5 * time.Second        // for running calls to end; calls that wait are answered at once
	lateRequest   = 200 * time.Millisecond // for a request that was on its way when the stop came
)

// server is a data plane that runs.
type server struct {
	config  config.Config
	log     *slog.Logger
	folder  *folder
	engine  *engine.Engine
	gate    *access.Gate
	handler *rest.Handler
	info    atomic.Pointer[rest.Info]
	started time.Time
}

// Serve runs a data plane until ctx ends, then stops it in order: no new calls, running ones to their end, the store
// last.
func Serve(ctx context.Context, c config.Config, stderr io.Writer) (err error) {
	s := &server{
		config: c, started: time.Now(),
		log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.LogLevel})),
	}
	// The address is taken first: calls that come while the store opens wait for their answer and are not refused.
	listener, err := listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // again, after the HTTP server has closed it
	if s.folder, err = openFolder(c.Data); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.folder.close()) }()
	key, err := s.secretKey()
	if err != nil {
		return err
	}
	if s.engine, err = engine.Open(ctx, engine.Config{
		Dir: s.folder.file("store"), Logger: s.log, HTTP: guard.Client(guard.Config{Allow: c.HTTPAllow}), SecretKey: key,
	}); err != nil {
		return fmt.Errorf("open store in %s: %w", s.folder.path, err)
	}
	defer func() { err = errors.Join(err, s.engine.Close()) }()
	if err := s.wire(listener.Addr()); err != nil {
		return err
	}

	background, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	if err := s.authorize(background, &running, listener.Addr()); err != nil {
		return err
	}
	return s.serve(ctx, listener)
}

// secretKey reads the key that seals secrets; the one in the data folder is made when it is missing.
func (s *server) secretKey() ([]byte, error) {
	if s.config.SecretKeyFile != "" {
		return seal.File(s.config.SecretKeyFile, false)
	}
	return seal.File(s.folder.file("secret.key"), true)
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("address %s is in use by another program; name another one with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// wire makes the gate and the handler.
func (s *server) wire(addr net.Addr) error {
	id := s.config.ClusterID
	if id == "" {
		var err error
		if id, err = s.folder.clusterID(); err != nil {
			return err
		}
	}
	c := access.Config{Mode: s.config.Auth, ClusterID: id}
	if c.Mode == access.Keys {
		var err error
		if c.SignKey, err = access.SigningKey(s.folder.file("signing.pem")); err != nil {
			return err
		}
	}
	gate, err := access.New(c)
	if err != nil {
		return err
	}
	s.gate = gate
	s.info.Store(&rest.Info{ClusterID: id, ClusterName: "edge"})
	s.handler, err = rest.New(rest.Config{
		Engine: s.engine, Gate: gate, Console: cluster.FS(), Version: Version(), Logger: s.log, Local: isLoopback(addr),
		ReadSecrets: s.config.ReadSecrets,
		Info:        func() rest.Info { return *s.info.Load() },
	})
	return err
}

// apply puts a configuration of the control plane into force.
func (s *server) apply(c fleetapi.Config) error {
	var err error
	if s.gate.Required() {
		err = s.gate.Set(c.AccessKeys, c.Issuer)
	}
	s.handler.AllowOrigins(c.ConsoleOrigin)
	s.info.Store(&rest.Info{
		ClusterID: s.config.ClusterID, ClusterName: c.ClusterName, Organization: c.Organization, ConsoleOrigin: c.ConsoleOrigin,
	})
	return err
}

func (s *server) serve(ctx context.Context, l net.Listener) error {
	ahead := &unused{conns: map[net.Conn]struct{}{}}
	srv := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaders,
		ConnState: ahead.track,
		ErrorLog:  slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	s.log.InfoContext(ctx, "serving", "url", "http://"+l.Addr().String(), "auth", s.gate.Mode(), "data", s.folder.path,
		"version", Version(), "after", time.Since(s.started).Round(time.Millisecond))
	if s.gate.Mode() == access.None && !isLoopback(l.Addr()) {
		s.log.WarnContext(ctx, "everyone who can reach this address may do everything")
	}

	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.log.InfoContext(ctx, "stopping")
	s.handler.Drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	late := time.AfterFunc(lateRequest, ahead.close)
	defer late.Stop()
	if err := srv.Shutdown(grace); err != nil {
		s.log.WarnContext(ctx, "calls were cut off", "error", err)
		return errors.Join(srv.Close())
	}
	return nil
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
