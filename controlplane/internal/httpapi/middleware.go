package httpapi

import (
	"crypto/rand"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/through"
)

// maxBody is the largest request that is read.
const maxBody = 1 << 20

// identify gives each request an id, which the answer and the log carry.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text())
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// recover turns a panic into an internal error.
func (s *server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler { //nolint:errorlint // the sentinel is panicked with as it is
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// Styles are allowed inline, as the parts of the console that lock scrolling insert them; scripts are not.
const contentPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'"

func (s *server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(c.Request().URL.Path, "/api/") || strings.HasPrefix(c.Request().URL.Path, "/fleet/") {
			h.Set("Cache-Control", "no-store")
		}
		return next(c)
	}
}

// backchannelPath is the only operation that takes a form, as its standard says.
const backchannelPath = BasePath + "/sso/backchannel-logout/:provider"

func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !strings.HasPrefix(c.Path(), through.BasePath) { // that has a limit of its own
			c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxBody)
		}
		return next(c)
	}
}

// guardOrigin keeps other sites from making a browser change things with its cookie: the browser says where the call comes
// from, and a form of another site cannot send JSON.
func guardOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	origins := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		r := c.Request()
		_, key := authorization(r) // a call without a cookie: whoever knows the key is no other site
		if err := origins.Check(r); err != nil && !key {
			return problem.New(problem.Denied, "The call comes from another site.")
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return next(c)
		}
		kind := r.Header.Get(echo.HeaderContentType)
		if kind == "" && r.ContentLength == 0 {
			return next(c)
		}
		media, _, err := mime.ParseMediaType(kind)
		if err == nil && media == echo.MIMEApplicationForm && c.Path() == backchannelPath {
			return next(c) // its caller is no browser and proves itself by a signature
		}
		if err != nil || media != echo.MIMEApplicationJSON {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType, "The Content-Type must be application/json.")
		}
		return next(c)
	}
}
