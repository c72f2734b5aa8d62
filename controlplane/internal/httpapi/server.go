// Package httpapi serves the operations of openapi.yaml, the link of the data planes and the console.
//
// A handler decodes, calls one service and encodes. What all share happens once: [New] refuses an operation that names no
// known permission; the guard of each operation finds out who calls and whether they may before the body is read; every
// error leaves through one function as application/problem+json.
package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/controlplane/internal/through"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner/remote"
)

// BasePath is where the operations of openapi.yaml are.
const BasePath = "/api/v1"

// Deps is what the API serves. All fields but Mail, Secure and Proxies are required.
type Deps struct {
	Identity   *identity.Service
	Tenants    *tenant.Service
	SSO        *sso.Service
	Rights     *rights.Service
	Erasure    *erasure.Service
	APIKeys    *apikey.Service
	Clusters   *cluster.Service
	Peerings   *peering.Service
	Accounts   *cloudaccount.Service
	Operations *operation.Viewer
	Metering   *metering.Service
	Audit      *audit.Service
	Keys       *envelope.Keys
	Mail       *mail.Post // nil: there is no mail server
	Fleet      *fleet.Service
	JoinURL    string       // of the control plane, as data planes in customers' networks reach it
	JoinFiles  http.Handler // serves what starts them, below remote.BasePath
	Releases   http.Handler // serves what they are updated to, below fleetapi.ReleasesPath
	Through    http.Handler // serves the consoles of clusters by the tunnels of their data planes, below through.BasePath
	Hub        *notify.Hub
	Console    http.Handler                    // answers what is not the API
	Health     func(ctx context.Context) error // nil: fit to serve
	Secure     bool                            // browsers come by https
	Proxies    []netip.Prefix                  // whose word is taken for where a call comes from
	Addresses  *ratelimit.Limiter              // of calls from one address
	Callers    *ratelimit.Limiter              // of calls by one person or service account
	Closing    <-chan struct{}                 // closed when calls that last must end
	Logger     *slog.Logger
}

// server implements api.StrictServerInterface.
type server struct {
	Deps
	decider *authz.Decider
}

var _ api.StrictServerInterface = (*server)(nil)

// New returns the handler of everything that the control plane serves.
func New(d Deps) (http.Handler, error) {
	decider, err := authz.New()
	if err != nil {
		return nil, fmt.Errorf("http api: %w", err)
	}
	s := &server{d, decider}
	permissions, err := permissions()
	if err != nil {
		return nil, fmt.Errorf("http api: %w", err)
	}
	e := echo.New()
	e.Binder = binder{}
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = extractor(d.Proxies)
	e.Use(s.identify, s.recover, s.headers, s.limit, limitBody, legible, guardOrigin, s.guard(permissions))
	api.RegisterHandlersWithBaseURL(e, api.NewStrictHandler(s, nil), BasePath)
	if err := checkRoutes(e.Routes(), permissions); err != nil {
		return nil, fmt.Errorf("http api: %w", err)
	}
	e.POST(fleetapi.RegisterPath, s.registerNode, known)
	e.POST(fleetapi.SyncPath, s.syncNode, known)
	e.POST(fleetapi.UsagePath, s.bookUsage, known)
	e.POST(fleetapi.RenewPath, s.renewNode, known)
	e.POST(fleetapi.CommandsPath, s.endCommands, known)
	e.GET(fleetapi.TunnelPath, s.tunnel, known)
	e.Any(through.BasePath+"*", echo.WrapHandler(s.Through))
	e.GET(remote.BasePath+":file", echo.WrapHandler(s.JoinFiles))
	e.GET(fleetapi.ReleasesPath+":file", echo.WrapHandler(s.Releases))
	e.GET("/healthz", s.healthz)
	e.RouteNotFound("/*", s.elsewhere)
	return e, nil
}

// lasting returns the context of a call that may last: it also ends when the server closes, which waits for all other calls.
func (s *server) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.Closing:
			stop()
		case <-ctx.Done():
		}
	}()
	return ctx, stop
}

// elsewhere answers what is no route: the console has its own ones, which only the browser knows.
func (s *server) elsewhere(c echo.Context) error {
	path := c.Request().URL.Path
	page := c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead
	if !page || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/fleet/") {
		return problem.New(problem.NotFound, "There is no %s %s.", c.Request().Method, path)
	}
	s.Console.ServeHTTP(c.Response(), c.Request())
	return nil
}

func (s *server) healthz(c echo.Context) error {
	if err := s.Health(c.Request().Context()); err != nil {
		s.Logger.ErrorContext(c.Request().Context(), "not fit to serve", "error", err)
		return problem.New(problem.Unavailable, "The control plane is not fit to serve.")
	}
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}
