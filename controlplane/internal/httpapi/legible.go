package httpapi

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// legible refuses calls whose path, query or idempotency key is no text that a database keeps.
func legible(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		path, err := url.PathUnescape(r.URL.Path) // once more, as parameters of paths are
		if !isText(r.URL.Path) || err == nil && !isText(path) {
			return problem.New(problem.Malformed, "The path must be UTF-8 without NUL.")
		}
		for name, values := range r.URL.Query() {
			if !isText(name) || !isText(strings.Join(values, "")) {
				return field(strings.ToValidUTF8(name, "?"), "must be UTF-8 without NUL")
			}
		}
		if !isText(r.Header.Get("Idempotency-Key")) {
			return field("Idempotency-Key", "must be UTF-8")
		}
		return next(c)
	}
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// holdsNUL reports whether a JSON text spells the character NUL. Others that are no text are read as U+FFFD.
func holdsNUL(json []byte) bool {
	for i := 0; i+5 < len(json); i++ {
		if json[i] != '\\' {
			continue
		}
		if string(json[i+1:i+6]) == "u0000" {
			return true
		}
		i++ // what is escaped, maybe a backslash
	}
	return false
}
