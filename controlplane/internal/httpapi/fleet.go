package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

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
