package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/fleet"
	"github.com/podium-cloud/podium/dataplane/internal/grpcapi"
	"github.com/podium-cloud/podium/dataplane/internal/guard"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/internal/permit"
	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/telemetry"
	"github.com/podium-cloud/podium/dataplane/workflow"
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
	config    config.Config
	log       *slog.Logger
	folder    *folder // nil with a shared store
	id        string  // of the cluster
	engine    *engine.Engine
	beside    payload.Store // nil: large payloads have no place
	payloads  *file.Store   // those that clients reach through this server; nil: large payloads have no place
	gate      *access.Gate
	api       api // the engine, behind the rights of callers where there are any
	handler   *rest.Handler
	metrics   *telemetry.Metrics
	directory *directory.Directory
	info      atomic.Pointer[rest.Info]
	started   time.Time
	tracer    *telemetry.Tracer // nil: no traces
	measured  time.Time         // when storage was measured last
	load      load              // of processors, at the last report
	knows     atomic.Bool       // a configuration of the control plane is in force
	remember  Remember          // nil: nodes share nothing
	updates   updates
	drain     drain
}

// api is what calls of both kinds are served from.
type api interface {
	rest.Engine
	grpcapi.Engine
}

// OpenShared opens what a node shares with others, and joins them.
type OpenShared func(ctx context.Context, c config.Nodes, log *slog.Logger) (*Shared, error)

// OpenBucket opens the bucket for large payloads that a URL names.
type OpenBucket func(ctx context.Context, url string) (payload.Store, error)

// Remember is where the node of that name keeps what it must remember of its control plane.
type Remember func(node string) fleet.Memory

// Shared is what a node shares with others.
type Shared struct {
	Engine    engine.Shared
	ClusterID string // of all nodes, unless the configuration names one
	Remember  Remember
	Close     func() error
}

// serve runs a data plane until ctx ends, then stops it in order: no new calls, running ones to their end, the store
// last.
func (p Process) serve(ctx context.Context, c config.Config) (err error) {
	s := &server{
		config: c, started: time.Now(), id: c.ClusterID, log: newLogger(p.Stderr, c), metrics: telemetry.NewMetrics(),
	}
	if ctx, err = s.attach(ctx, p); err != nil {
		return err
	}
	// The address is taken first: calls that come while the store opens wait for their answer and are not refused.
	listener, err := listen(ctx, c.Listen, "--listen")
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // again, after the HTTP server has closed it
	release, err := s.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	defer s.closeTracer(ctx)
	defer func() { err = errors.Join(err, s.engine.Close()) }()
	s.metrics.Watch(s.engine, s.log)
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
	running.Go(func() { s.directory.Run(background) })
	if err := s.serveGRPC(background, &running); err != nil {
		return err
	}
	if err := s.servePrivate(background, &running); err != nil {
		return err
	}
	if err := s.serveDebug(background, &running); err != nil {
		return err
	}
	s.tellReady(background, &running)
	return s.serve(ctx, listener)
}

func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("address %s is in use by another program; name another one with %s", address, flag)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// open opens the engine, in the data folder or on what is shared; release gives back what lies below it.
func (s *server) open(ctx context.Context, p Process) (release func() error, err error) {
	c := engine.Config{Logger: s.log, HTTP: guard.Client(guard.Config{Allow: s.config.HTTPAllow}), Retention: s.config.Retention, Archive: s.config.Archive, Clock: p.Clock}
	if dir := s.config.PayloadDir; dir != "" {
		if s.payloads, err = file.Open(dir); err != nil {
			return nil, err
		}
		s.beside = s.payloads
		c.Payloads = engine.Payloads{Store: s.payloads, Threshold: s.config.PayloadThreshold}
	}
	if bucket := s.config.PayloadStore; bucket != "" {
		store, err := p.Bucket(ctx, bucket)
		if err != nil {
			return nil, fmt.Errorf("--payload-store: %w", err)
		}
		s.beside = store
		c.Payloads = engine.Payloads{Store: store, Threshold: s.config.PayloadThreshold}
	}
	if s.config.Nodes != nil {
		shared, err := p.Share(ctx, *s.config.Nodes, s.log)
		if err != nil {
			return nil, err
		}
		s.id, s.remember = cmp.Or(s.id, shared.ClusterID), shared.Remember
		if c.SecretKey, err = s.secretKey(); err != nil {
			return nil, errors.Join(err, shared.Close())
		}
		if c.Observer, err = s.observer(ctx, p.Env); err != nil {
			return nil, errors.Join(err, shared.Close())
		}
		if s.engine, err = engine.OpenShared(ctx, c, shared.Engine); err != nil {
			return nil, errors.Join(err, shared.Close())
		}
		return shared.Close, nil
	}
	if s.folder, err = openFolder(s.config.Data); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.folder.close())
		}
	}()
	if s.id == "" {
		if s.id, err = s.folder.clusterID(); err != nil {
			return nil, err
		}
	}
	if c.SecretKey, err = s.secretKey(); err != nil {
		return nil, err
	}
	if c.Observer, err = s.observer(ctx, p.Env); err != nil {
		return nil, err
	}
	c.Dir = storeIn(s.folder.path)
	if s.engine, err = engine.Open(ctx, c); err != nil {
		return nil, fmt.Errorf("open store in %s: %w", s.folder.path, err)
	}
	return s.folder.close, nil
}

// secretKey reads the key that seals secrets, nil when there is none.
func (s *server) secretKey() ([]byte, error) {
	if s.config.SecretKeyFile == "" {
		return nil, nil
	}
	return seal.File(s.config.SecretKeyFile)
}

// wire makes the gate and the handler.
func (s *server) wire(addr net.Addr) error {
	managed := s.config.Link != nil
	c := access.Config{Mode: s.config.Auth, ClusterID: s.id, CallsPerSecond: s.config.KeyCalls}
	if managed {
		c.Met = func(who *access.Caller) { s.directory.Met(who) }
	}
	if c.Mode == access.Keys {
		var err error
		if c.SignKey, err = access.SigningKey(s.config.SigningKeyFile); err != nil {
			return err
		}
	}
	gate, err := access.New(c)
	if err != nil {
		return err
	}
	s.gate = gate
	s.directory = directory.Open(directory.Config{Records: s.engine, Gate: gate, Managed: managed, Logger: s.log})
	s.api = s.engine
	if gate.Required() {
		s.api = permit.New(s.engine, s.directory.Created)
	}
	s.api = drainable{s.api, &s.drain}
	s.info.Store(&rest.Info{ClusterID: s.id, ClusterName: "edge"})
	var files rest.Files
	if s.payloads != nil {
		files = s.payloads
	}
	var configured func() bool
	if managed {
		configured = s.knows.Load
	}
	s.handler, err = rest.New(rest.Config{
		Engine: s.api, Gate: gate, Access: s.directory, Console: cluster.FS(), Version: Version(), Logger: s.log, Local: isLoopback(addr),
		Files: files, Metrics: s.metrics, ReadSecrets: s.config.ReadSecrets, Configured: configured, Drained: s.drain.drained,
		Info: func() rest.Info {
			info := *s.info.Load()
			info.Fence = s.engine.Fence()
			return info
		},
	})
	return err
}

// apply puts a configuration of the control plane into force.
func (s *server) apply(c fleetapi.Config) error {
	var err error
	if s.gate.Required() {
		s.gate.Close(c.Closed)
		err = s.gate.Set(c.AccessKeys, c.Issuer)
	}
	s.directory.SetCloud(c.AccessKeys)
	s.directory.SetKeyLife(c.MaxKeyDays)
	s.limit(c.Quota, c.Closed)
	if f := s.engine.Fence(); f != nil && f.ID == c.LiftFence {
		if e := s.engine.LiftFence(context.Background()); e != nil { // a node that starts applies this before it has a context
			err = errors.Join(err, fmt.Errorf("lift the fence: %w", e))
		}
	}
	s.handler.AllowOrigins(c.ConsoleOrigin)
	s.info.Store(&rest.Info{
		ClusterID: s.id, ClusterName: c.ClusterName, Organization: c.Organization, ConsoleOrigin: c.ConsoleOrigin,
		MaxKeyDays: c.MaxKeyDays,
	})
	s.knows.Store(true)
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
	s.log.InfoContext(ctx, "serving", "url", "http://"+l.Addr().String(), "auth", s.gate.Mode(), "data", s.place(),
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

// place says where everything is kept.
func (s *server) place() string {
	if s.folder == nil {
		return "PostgreSQL and Redis"
	}
	return s.folder.path
}

// fenceReport is the fence in the words of the link.
func fenceReport(f *workflow.Fence) *fleetapi.Fence {
	if f == nil {
		return nil
	}
	return &fleetapi.Fence{ID: f.ID, ClusterID: f.ClusterID, TakenAt: time.UnixMilli(f.TakenAt).UTC(), Since: time.UnixMilli(f.Since).UTC()}
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
