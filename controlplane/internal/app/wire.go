package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/console"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/outbound"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/controlplane/internal/pricing"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit/redis"
	"github.com/podium-cloud/podium/controlplane/internal/releases"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/controlplane/internal/through"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/remote"
)

// localCloud is the name of the cloud of this machine.
const localCloud = "local"

// now is the clock, with the precision that the store keeps, so that a thing looks the same when made and when read.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// resolver asks the name server at an address, or the system's when it is empty.
func resolver(server string) *net.Resolver {
	if server == "" {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server)
	}}
}

// wire makes the services, from those that need nothing to those that need all others.
func (a *App) wire(ctx context.Context, keyFile, kekFile, shares string) error {
	hub := &notify.Hub{}
	sealer, err := identity.OpenSealer(keyFile)
	if err != nil {
		return err
	}
	wrapper, err := openWrapper(ctx, a.config.KMSKey, kekFile)
	if err != nil {
		return err
	}
	shared, err := envelope.OpenShares(shares, wrapper)
	if err != nil {
		return err
	}
	a.keys = envelope.New(a.store, shared, now)
	signer, err := identity.OpenSigner(ctx, a.store, sealer, a.urls.public, now)
	if err != nil {
		return err
	}
	a.signer, a.hub = signer, hub
	if _, err := a.announce(ctx); err != nil {
		return err
	}
	books := metering.New(metering.Deps{Store: a.store, Hub: hub, Now: now, Logger: a.log.With("part", "metering")})
	authority, err := fleet.OpenAuthority(ctx, a.store, sealer, now)
	if err != nil {
		return err
	}
	shelf := &releases.Shelf{Dir: a.config.Versions, Keys: a.config.ReleaseKeys, Logger: a.log.With("part", "releases")}
	a.authority = authority
	link := fleet.New(fleet.Deps{
		Releases: shelf,
		Store:    a.store, Books: books, Authority: authority, Keys: signer, Hub: hub, ConsoleOrigin: a.urls.public, Now: now, Logger: a.log.With("part", "fleet"),
	})
	clouds := map[string]provisioner.Cloud{
		localCloud:     a.cloud.Provider(),
		cluster.Remote: remote.New(remote.Config{Home: link, PublicURL: a.urls.public, Version: Version()}),
	}
	accounts, err := a.openAWS(ctx, clouds)
	if err != nil {
		return err
	}
	a.provisioner, err = provisioner.New(provisioner.Deps{
		Engine: a.engine, Clouds: clouds,
		Control: cluster.NewControl(cluster.ControlDeps{Store: a.store, Link: link, Sealer: a.keys, Hub: hub, Now: now}), ControlPlaneURL: a.urls.dial,
		Logger: a.log.With("part", "provisioner"),
	})
	if err != nil {
		return err
	}
	prices, err := a.prices(ctx)
	if err != nil {
		return err
	}
	a.carrier = operation.NewCarrier(operation.CarrierDeps{
		Journal: a.store, Engine: a.engine, Provisioner: a.provisioner, Hub: hub, Now: now, Logger: a.log.With("part", "operations"),
	})
	calls, err := a.callCounts(ctx)
	if err != nil {
		return err
	}
	a.identity = identity.New(identity.Deps{Store: a.store, Sealer: sealer, Attempts: calls, Now: now, Logger: a.log.With("part", "identity")})
	a.tenants = tenant.New(a.store, now)
	a.audit = audit.New(a.store, signer, now)
	names := resolver(a.config.DNSServer)
	a.sso = sso.New(sso.Config{
		Store: a.store, Sealer: a.keys, Resolver: names,
		Client:    outbound.Client(outbound.Config{Allow: a.config.SSOAllow, Resolver: names}),
		AllowHTTP: len(a.config.SSOAllow) > 0, PublicURL: a.urls.public, Now: now, Logger: a.log.With("part", "sso"),
	})
	a.clusters = cluster.New(cluster.Deps{
		Store: a.store, Fleet: link, Carrier: a.carrier, Planner: a.provisioner, Signer: signer, Sealer: a.keys, Hub: hub,
		Clouds: slices.Sorted(maps.Keys(clouds)), Prices: prices, Now: now,
		Logger: a.log.With("part", "clusters"),
	})
	a.erasure = erasure.New(erasure.Deps{
		Store: a.store, Clusters: a.clusters, Clouds: a.provisioner, Keys: a.keys, Carrier: a.carrier, Hub: hub,
		Grace: a.config.DeletionGrace, Now: now, Logger: a.log.With("part", "erasure"),
	})
	a.provisioner.ServeOrganizations(a.erasure)
	a.peerings = peering.New(peering.Deps{Store: a.store, Clouds: a.provisioner, Carrier: a.carrier, Hub: hub, Now: now})
	handler, err := httpapi.New(httpapi.Deps{
		Identity:   a.identity,
		Tenants:    a.tenants,
		SSO:        a.sso,
		Rights:     rights.New(a.store, now),
		APIKeys:    apikey.New(a.store, now),
		Erasure:    a.erasure,
		Clusters:   a.clusters,
		Peerings:   a.peerings,
		Accounts:   cloudaccount.New(accounts),
		Operations: operation.NewViewer(a.store, a.engine),
		Audit:      a.audit,
		Keys:       a.keys,
		Mail:       a.post(sealer),
		Fleet:      link,
		Through: &through.Handler{
			Tunnel: link.Through, Verify: signer.VerifyConsole, Files: console.OfClusters(), Logger: a.log.With("part", "through"),
		},
		JoinURL: a.urls.public,
		JoinFiles: remote.NewFiles(remote.FilesConfig{
			ControlPlane: a.urls.public, Program: a.config.EdgeBinary, Keys: a.config.ReleaseKeys.String(), Release: edgeReleases(shelf, a.urls.public),
		}),
		Releases:  shelf,
		Metering:  books,
		Hub:       hub,
		Console:   console.Handler(),
		Health:    a.store.Ping,
		Proxies:   a.config.Proxies,
		Addresses: ratelimit.New(ratelimit.Config{PerMinute: a.config.AddressCalls, Now: now, Name: "address", Shared: calls}),
		Callers:   ratelimit.New(ratelimit.Config{PerMinute: a.config.CallerCalls, Now: now, Name: "caller", Shared: calls}),
		Secure:    strings.HasPrefix(a.urls.public, "https://"),
		Closing:   a.closing,
		Logger:    a.log.With("part", "http"),
	})
	if err != nil {
		return err
	}
	tlsConfig, err := a.tls()
	if err != nil {
		return err
	}
	a.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		TLSConfig:         tlsConfig,
		ErrorLog:          slog.NewLogLogger(a.log.With("part", "http").Handler(), slog.LevelWarn),
	}
	a.server.RegisterOnShutdown(func() { close(a.closing) })
	return nil
}

// tls returns how the control plane serves TLS, nil when it does not. Data planes have certificates of ours, from authorities that
// change while it runs; browsers have none, and are not asked to choose one, as they know no other.
func (a *App) tls() (*tls.Config, error) {
	if a.config.TLSCert == "" {
		return nil, nil //nolint:nilnil // plain HTTP
	}
	own, err := tls.LoadX509KeyPair(a.config.TLSCert, a.config.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	c := &tls.Config{
		Certificates: []tls.Certificate{own}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.VerifyClientCertIfGiven,
	}
	serving := c.Clone()
	serving.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		trusting := c.Clone()
		trusting.ClientCAs = a.authority.Pool()
		return trusting, nil
	}
	return serving, nil
}

// callCounts returns where the processes of this control plane count calls together: in Redis, or else in PostgreSQL. nil: on
// SQLite there is one process.
func (a *App) callCounts(ctx context.Context) (*ratelimit.Shared, error) {
	var counter ratelimit.Counter = a.store
	switch {
	case a.config.Redis != "":
		instance, err := a.store.InstanceID(ctx, "") // it has one by now
		if err != nil {
			return nil, err
		}
		c, err := redis.New(a.config.Redis, "podium:calls:"+instance+":")
		if err != nil {
			return nil, err
		}
		a.hold(c.Close)
		counter = c
	case a.config.Postgres == "":
		return nil, nil
	}
	return ratelimit.Share(counter, now, a.log.With("part", "limits")), nil
}

// prices reads what clusters cost. A list that names what this control plane does not offer is refused.
func (a *App) prices(ctx context.Context) (*pricing.List, error) {
	list, err := pricing.Load(a.config.Prices)
	if err != nil {
		return nil, fmt.Errorf("--prices: %w", err)
	}
	catalogs, err := a.provisioner.Catalogs(ctx)
	if err != nil {
		return nil, err
	}
	if err := list.Check(catalogs); err != nil {
		return nil, fmt.Errorf("--prices: %w", err)
	}
	return list, nil
}
