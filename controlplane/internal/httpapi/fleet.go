package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

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
	answer, err := s.Fleet.Sync(c.Request().Context(), bearer(c), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// decode lets fields pass that this release does not know: a data plane may be newer.
func decode(c echo.Context, v any) error {
	if err := json.NewDecoder(c.Request().Body).Decode(v); err != nil {
		return unreadable(err)
	}
	return nil
}

func bearer(c echo.Context) string {
	token, found := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	if !found {
		return ""
	}
	return token
}
