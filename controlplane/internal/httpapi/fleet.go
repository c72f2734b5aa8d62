package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Fields that this release does not know are let pass: a data plane may be newer.

// registerNode is fleetapi.RegisterPath.
func (s *server) registerNode(c echo.Context) error {
	var r fleetapi.RegisterRequest
	if err := decode(c, &r); err != nil {
		return err
	}
	answer, err := s.Fleet.Register(c.Request().Context(), bearer(c), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// syncNode is fleetapi.SyncPath.
func (s *server) syncNode(c echo.Context) error {
	var r fleetapi.SyncRequest
	if err := decode(c, &r); err != nil {
		return err
	}
	closing := problem.New(problem.Unavailable, "The control plane is closing.")
	select {
	case <-s.Closing:
		return closing
	default:
	}
	ctx, stop := s.lasting(c.Request().Context())
	defer stop()
	answer, err := s.Fleet.Sync(ctx, bearer(c), r)
	if err != nil && ctx.Err() != nil {
		return closing
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// renewNode is fleetapi.RenewPath.
func (s *server) renewNode(c echo.Context) error {
	var r fleetapi.RenewRequest
	if err := decode(c, &r); err != nil {
		return err
	}
	answer, err := s.Fleet.Renew(c.Request().Context(), bearer(c), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// endCommands is fleetapi.CommandsPath.
func (s *server) endCommands(c echo.Context) error {
	var r fleetapi.CommandReport
	if err := decode(c, &r); err != nil {
		return err
	}
	answer, err := s.Fleet.Ended(c.Request().Context(), bearer(c), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// tunnel is fleetapi.TunnelPath.
func (s *server) tunnel(c echo.Context) error {
	r := c.Request()
	if r.Header.Get("Upgrade") != fleetapi.TunnelProtocol {
		return problem.New(problem.Malformed, "A tunnel is an upgrade to %s.", fleetapi.TunnelProtocol)
	}
	cluster := r.Header.Get(fleetapi.ClusterHeader)
	if err := s.Fleet.Tunnel(r.Context(), bearer(c), cluster, r.Header.Get(fleetapi.NodeHeader)); err != nil {
		return err
	}
	conn, buffered, err := http.NewResponseController(c.Response()).Hijack()
	if err != nil {
		return problem.New(problem.Malformed, "A tunnel needs HTTP/1.1.")
	}
	// The call has ended for the server: neither its context nor its deadlines are of use any more.
	ctx, stop := s.lasting(context.WithoutCancel(r.Context()))
	defer stop()
	err = conn.SetDeadline(time.Time{})
	if err == nil && buffered.Reader.Buffered() > 0 {
		err = errors.New("the data plane spoke before it was asked")
	}
	if err == nil {
		_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+fleetapi.TunnelProtocol+"\r\n\r\n")
	}
	if err == nil {
		err = s.Fleet.ServeTunnel(ctx, bearer(c), cluster, conn)
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "a tunnel broke", "cluster", cluster, "error", errors.Join(err, conn.Close()))
	}
	return nil
}

// known hands on what the connection says of the node that calls.
func known(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		caller := fleet.Caller{TLS: r.TLS != nil}
		if caller.TLS && len(r.TLS.VerifiedChains) > 0 {
			caller.Certificate = r.TLS.VerifiedChains[0][0]
		}
		c.SetRequest(r.WithContext(fleet.WithCaller(r.Context(), caller)))
		return next(c)
	}
}

// bookUsage is fleetapi.UsagePath.
func (s *server) bookUsage(c echo.Context) error {
	var r fleetapi.UsageReport
	if err := decode(c, &r); err != nil {
		return err
	}
	answer, err := s.Fleet.Usage(c.Request().Context(), bearer(c), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

func bearer(c echo.Context) string {
	token, found := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	if !found {
		return ""
	}
	return token
}
