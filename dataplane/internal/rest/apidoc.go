package rest

import (
	_ "embed"
	"fmt"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/internal/openapi"
)

// apiPageAt is where the page that shows the document is; SDK users know it from Conductor.
const apiPageAt = "/swagger-ui"

// describe returns what makes the API's OpenAPI document, once: it is asked for rarely.
func describe(version string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		d := openapi.New("Conductor API", version, "Conductor's HTTP API, as this data plane serves it. Where access keys are "+
			"configured, calls carry a token from POST /api/token.", errorBody{})
		for _, o := range apiOperations() {
			d.Add(o)
		}
		b, err := d.JSON()
		if err != nil {
			return nil, fmt.Errorf("describe the API: %w", err)
		}
		return b, nil
	})
}

// The page that shows the document, by itself: it loads nothing from elsewhere.
var (
	//go:embed apidoc/index.html
	apiPage []byte
	//go:embed apidoc/page.css
	apiStyle []byte
	//go:embed apidoc/page.js
	apiScript []byte
)

func (h *Handler) apiRoutes() {
	h.get("/api-docs", func(c echo.Context) error {
		b, err := h.document()
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/json", b)
	})
	at := apiPageAt
	h.get(at, func(c echo.Context) error { return c.Redirect(http.StatusFound, at+"/index.html") })
	h.get(at+"/index.html", static("text/html; charset=utf-8", apiPage))
	h.get(at+"/page.css", static("text/css; charset=utf-8", apiStyle))
	h.get(at+"/page.js", static("text/javascript; charset=utf-8", apiScript))
}

// static serves a file of the page.
func static(contentType string, content []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		protect(h)
		h.Set("Cache-Control", "no-cache")
		return c.Blob(http.StatusOK, contentType, content)
	}
}
