package rest

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/access/accesstest"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/internal/telemetry"
)

var update = flag.Bool("update", false, "rewrite testdata/rights.txt")

// guardedHandler is the whole API behind a gate.
func guardedHandler(t *testing.T, gate *access.Gate) *Handler {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h, err := New(Config{
		Engine: e, Gate: gate, Access: directory.Open(directory.Config{Records: e, Gate: gate}), Console: fstest.MapFS{}, Info: func() Info { return Info{} }, Metrics: telemetry.NewMetrics(),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Drain() // calls that would wait are answered at once
	return h
}

// TestRights calls every operation as everybody and compares the answers with testdata/rights.txt (S-50).
func TestRights(t *testing.T) {
	gate, callers := accesstest.Everybody(t)
	h := guardedHandler(t, gate)
	operations := slices.DeleteFunc(apiOperations(), func(o openapi.Operation) bool {
		return strings.HasPrefix(o.Path, "/api/payload/") // not served without files; their URLs are signed
	})
	slices.SortFunc(operations, func(a, b openapi.Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	var got bytes.Buffer
	fmt.Fprintf(&got, "%-72s %-17s", "operation", "permission")
	for _, c := range callers {
		fmt.Fprintf(&got, " %9s", c.Name)
	}
	got.WriteByte('\n')
	for _, o := range operations {
		fmt.Fprintf(&got, "%-72s %-17s", o.Method+" "+o.Path, o.Permission)
		for _, c := range callers {
			fmt.Fprintf(&got, " %9s", outcome(h, o, c.Token))
		}
		got.WriteByte('\n')
	}
	const file = "testdata/rights.txt"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("who may do what has changed; if that is meant, run this test with -update and review the difference:\n%s", got.String())
	}
}

// outcome is "in", or the status of a refusal. What the operation says to a caller that it lets in is other tests' affair.
func outcome(h http.Handler, o openapi.Operation, token string) string {
	path := strings.NewReplacer(":version", "1", ":status", "COMPLETED", ":", "").Replace(o.Path)
	req := httptest.NewRequest(o.Method, path, strings.NewReader(`{}`))
	req.Header.Set("X-Authorization", token)
	req.RemoteAddr = fmt.Sprintf("[2001:db8:%x::1]:1", len(path)+len(token)) // the limit by address is no refusal
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	switch body := res.Body.String(); {
	case res.Code == http.StatusUnauthorized && strings.Contains(body, "needed"):
		return "401"
	case res.Code == http.StatusUnauthorized && strings.Contains(body, "not valid for this cluster"):
		return "401"
	case res.Code == http.StatusForbidden && strings.Contains(body, "permission"):
		return "403"
	default:
		return "in"
	}
}

func TestNew_RefusesRoutesThatNameNoPermission(t *testing.T) {
	gate, _ := accesstest.Everybody(t)
	h := guardedHandler(t, gate)
	h.get("/api/forgotten", func(echo.Context) error { return nil })
	if len(h.unnamed) != 1 || !strings.Contains(h.unnamed[0].Error(), "GET /api/forgotten") {
		t.Errorf("got %v", h.unnamed)
	}
}
