// Package app puts the control plane together from its configuration, runs it and takes it apart.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/backing"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/controlplane/internal/plan"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local"
	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

const (
	// drainLimit is how long calls may take to end when the control plane stops.
	drainLimit = 10 * time.Second
	// stopLimit is how long data planes may take to stop with it.
	stopLimit = 30 * time.Second
	// purgeEvery is how often what has expired is deleted.
	purgeEvery = time.Hour
	// idempotencyLife is how long a caller may repeat a call with the same key.
	idempotencyLife = 24 * time.Hour
)

// App is a control plane that holds its folder, its address and its stores. Make it with Open.
type App struct {
	config   config.Config
	log      *slog.Logger
	listener net.Listener
	urls     urls

	store       *store.Store
	engine      *engine.Engine
	cloud       *local.Cloud
	identity    *identity.Service
	tenants     *tenant.Service
	audit       *audit.Service
	keys        *envelope.Keys
	sso         *sso.Service
	provisioner *provisioner.Provisioner
	carrier     *operation.Carrier
	clusters    *cluster.Service
	peerings    *peering.Service
	signer      *identity.Signer
	authority   *fleet.Authority
	hub         *notify.Hub
	erasure     *erasure.Service
	sender      *mail.Sender // nil: there is no mail server
	server      *http.Server
	closing     chan struct{} // closed when the server begins to close

	held []func() error // what Close gives back, in reverse order
}

// urls is how the control plane is reached, without a slash at the end.
type urls struct {
	public string // by browsers
	dial   string // by data planes of this machine
}

// Open takes hold of all that c names; nothing is served and no data plane is touched before Run. Close gives it back.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (*App, error) {
	a := &App{config: c, log: log, closing: make(chan struct{})}
	if err := a.open(tenancy.Everywhere(ctx)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	home, err := openFolder(ctx, filepath.Join(a.config.Data, "controlplane"))
	if err != nil {
		return err
	}
	a.hold(home.Close)
	if a.listener, err = net.Listen("tcp", a.config.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	a.hold(func() error { return ignoreClosed(a.listener.Close()) })
	a.urls = urlsOf(a.config, a.listener.Addr())

	plans, err := plan.Load(a.config.Plans)
	if err != nil {
		return fmt.Errorf("--plans: %w", err)
	}
	if a.store, err = store.Open(ctx, store.Config{Path: home.path("podium.db"), Postgres: a.config.Postgres, Plans: plans, Letters: a.config.SMTP.Host != ""}); err != nil {
		return err
	}
	a.hold(a.store.Close)
	if err := checkPlans(ctx, a.store, plans); err != nil {
		return err
	}
	if err := home.belongsTo(ctx, a.store); err != nil {
		return err
	}
	if a.engine, err = engine.Open(ctx, engine.Config{Dir: home.path("engine"), Logger: a.log.With("part", "engine")}); err != nil {
		return fmt.Errorf("open internal engine: %w", err)
	}
	a.hold(a.engine.Close)
	networks, err := a.localNetworks()
	if err != nil {
		return err
	}
	lender, err := a.lender(ctx, home)
	if err != nil {
		return err
	}
	clusters := filepath.Join(a.config.Data, "clusters")
	groups, err := local.NewGroups(ctx, clusters)
	if err != nil {
		a.log.InfoContext(ctx, "nodes of this machine keep to their sizes by themselves; the system does not hold them to it", "reason", err)
	}
	a.cloud, err = local.New(local.Config{
		Networks: networks, Groups: groups, Backing: lender, Balancer: a.config.Balancer, SharedBinary: a.config.DataplaneBinary,
		VersionsDir: a.config.Versions,
		Dir:         clusters, EdgeBinary: a.config.EdgeBinary, ControlPlaneURL: a.urls.dial,
		Logger: a.log.With("part", "local"),
	})
	if err != nil {
		return err
	}
	return a.wire(ctx, home.path("key"), home.path("kek"), home.path(sharesFolder))
}

// checkPlans refuses a catalog that lacks a plan which an organization has.
func checkPlans(ctx context.Context, s *store.Store, plans *plan.Catalog) error {
	names, err := s.PlansInUse(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, found := plans.Named(name); !found {
			return fmt.Errorf("--plans: organizations have the plan %q, which is not there (any more); "+
				"put it back, or give them another one with: controlplane organizations plan", name)
		}
	}
	return nil
}

// lender returns what lends clusters of this machine parts of the control plane's servers, nil when it has none to lend of.
func (a *App) lender(ctx context.Context, home *folder) (local.Backing, error) {
	if a.config.Redis == "" {
		return nil, nil
	}
	owner, err := a.store.InstanceID(ctx, "") // it has one by now
	if err != nil {
		return nil, fmt.Errorf("name of the database: %w", err)
	}
	sealer, err := identity.OpenSealer(home.path("key"))
	if err != nil {
		return nil, err
	}
	l, err := backing.New(backing.Config{
		Postgres: a.config.Postgres, Redis: a.config.Redis, Dir: home.path("backing"), Owner: owner, Sealer: sealer,
	})
	if err != nil {
		return nil, err
	}
	a.hold(l.Close)
	return l, checkServers(a.config.LocalNetworks, l.Remote())
}

// checkServers refuses servers that nodes in networks of their own do not reach.
func checkServers(networks netip.Prefix, remote []string) error {
	if !networks.IsValid() || len(remote) == 0 {
		return nil
	}
	return fmt.Errorf("--local-networks: clusters in networks of their own reach PostgreSQL and Redis by sockets or on loopback only, "+
		"and %s is elsewhere; leave --redis out, and each cluster keeps its data in a folder", strings.Join(remote, " and "))
}

// localNetworks returns what gives clusters of this machine networks of their own, nil when they are to have none.
func (a *App) localNetworks() (*vpc.Peers, error) {
	if !a.config.LocalNetworks.IsValid() {
		return nil, nil
	}
	n, err := local.NewNetworks(filepath.Join(a.config.Data, "networks"), a.config.LocalNetworks, a.log.With("part", "networks"))
	if err != nil {
		return nil, fmt.Errorf("--local-networks: %w", err)
	}
	return n, nil
}

func (a *App) hold(release func() error) { a.held = append(a.held, release) }

// URL returns where browsers go.
func (a *App) URL() string { return a.urls.public }

// Close gives back what Open took. It is for an App that does not run (any more).
func (a *App) Close() error {
	var errs []error
	for len(a.held) > 0 {
		last := len(a.held) - 1
		errs = append(errs, a.held[last]())
		a.held = a.held[:last]
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends or a part fails; then it stops everything that it started, data planes included, and closes.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(tenancy.Everywhere(ctx)) // but for calls of people, which the API confines
	defer stop(nil)
	err := a.adopt(ctx)
	if err == nil {
		var running sync.WaitGroup
		for name, run := range map[string]func(context.Context) error{
			"http": a.serve, "provisioner": a.provisioner.Run, "operations": a.carrier.Run, "purge": a.purge, "erasure": a.erasure.Run,
			"keys": a.watchKeys, "mail": a.sendMail, "wake-ups": a.relayWakes,
			"backups": func(ctx context.Context) error {
				return a.clusters.RunSchedule(ctx, a.store, a.log.With("part", "backups"))
			},
			"networks": a.peerings.NewWatch(a.store, a.log.With("part", "networks")).Run,
			"watch": func(ctx context.Context) error {
				return a.clusters.RunWatch(ctx, a.store, a.log.With("part", "clusters"))
			},
		} {
			running.Go(func() {
				if err := run(ctx); err != nil {
					stop(fmt.Errorf("%s: %w", name, err))
				}
			})
		}
		<-ctx.Done()
		running.Wait()
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			err = cause
		}
	}
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer done()
	return errors.Join(err, a.cloud.Close(stopping), a.Close())
}

// adopt takes up the data planes of this machine. One that makes trouble does not keep the control plane from serving.
func (a *App) adopt(ctx context.Context) error {
	specs, err := a.store.ClusterSpecs(ctx)
	if err != nil {
		return fmt.Errorf("adopt data planes: %w", err)
	}
	if err := a.cloud.Adopt(ctx, specs); err != nil {
		a.log.ErrorContext(ctx, "adopt data planes", "error", err)
	}
	return nil
}

func (a *App) serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() {
		if a.config.TLSCert != "" {
			failed <- a.server.ServeTLS(a.listener, "", "")
		} else {
			failed <- a.server.Serve(a.listener)
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	draining, done := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer done()
	if err := a.server.Shutdown(draining); err != nil {
		a.log.WarnContext(ctx, "calls cut off", "error", err)
		return ignoreClosed(a.server.Close())
	}
	return nil
}

// purge deletes what has expired and signs the audit log, now and every hour.
func (a *App) purge(ctx context.Context) error {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		_, keysErr := a.store.PurgeIdempotencyKeys(ctx, now().Add(-idempotencyLife))
		_, tokensErr := a.store.PurgeJoinTokens(ctx, now())
		_, countsErr := a.store.PurgeCounts(ctx, now())
		_, authoritiesErr := a.store.PurgeAuthorities(ctx, now())
		err := errors.Join(countsErr, authoritiesErr, a.identity.Purge(ctx), a.tenants.Purge(ctx), a.sso.Purge(ctx), keysErr, tokensErr, a.audit.Checkpoint(ctx), a.keys.Purge(ctx))
		if err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "purge", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// urlsOf returns how the control plane is reached at the address that it got.
func urlsOf(c config.Config, got net.Addr) urls {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host, _, _ := net.SplitHostPort(c.Listen)     // checked by config
	_, port, _ := net.SplitHostPort(got.String()) // differs from the one asked for when that was 0
	own := scheme + "://" + net.JoinHostPort(host, port)
	u := urls{public: c.PublicURL, dial: own}
	if u.public == "" {
		u.public = own
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case c.TLSCert != "":
		u.dial = u.public // the name in the certificate
	case host == "", err == nil && ip.IsUnspecified():
		u.dial = "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return u
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
