package httpapi

import (
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
)

func TestPermissions_AreNamedByEveryOperation(t *testing.T) {
	all, err := permissions()
	if err != nil || len(all) < 20 {
		t.Fatalf("%d operations, %v", len(all), err)
	}
	if p := all[route{"DELETE", BasePath + "/organizations/:org/clusters/:cluster"}]; p != (need{permission: "cluster.delete", fresh: true, changes: true}) {
		t.Errorf("deleting a cluster needs %+v", p)
	}
	if p := all[route{"POST", BasePath + "/me/api-keys"}]; p != (need{permission: authz.AccountUpdate, fresh: true, sessions: true, changes: true}) {
		t.Errorf("making an API key needs %+v", p)
	}
}

func TestCheckRoutes_RefusesARouteWithoutPermission(t *testing.T) {
	known := map[route]need{{"GET", BasePath + "/me"}: {permission: authz.AccountRead}}
	routes := []*echo.Route{{Method: "GET", Path: BasePath + "/me"}, {Method: "GET", Path: "/healthz"}}
	if err := checkRoutes(routes, known); err != nil {
		t.Errorf("good routes are refused: %v", err)
	}
	err := checkRoutes(append(routes, &echo.Route{Method: "POST", Path: BasePath + "/me"}), known)
	if err == nil || !strings.Contains(err.Error(), "POST /api/v1/me") {
		t.Errorf("a route without permission: %v", err)
	}
}
