package through_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/podium-cloud/podium/controlplane/internal/through"
)

// stranger is a data plane that answers whatever it likes, and keeps what it was asked.
type stranger struct {
	asked  *http.Request
	answer func(w http.ResponseWriter)
}

func (s *stranger) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = r
	if s.answer == nil {
		return nil, errors.New("it is gone")
	}
	w := httptest.NewRecorder()
	s.answer(w)
	return w.Result(), nil
}

func handler(s *stranger) *through.Handler {
	return &through.Handler{
		Tunnel: func(_ context.Context, cluster string) (http.RoundTripper, bool) { return s, cluster != "clu_away" },
		Verify: func(token, cluster string) error {
			if token != "for "+cluster {
				return errors.New("no")
			}
			return nil
		},
		Files: fstest.MapFS{
			"index.html":    {Data: []byte(`<link href="/mark.svg"><script src="/assets/a-1.js"></script>`)},
			"assets/a-1.js": {Data: []byte("run()")},
			"mark.svg":      {Data: []byte("<svg/>")},
		},
		Logger: slog.New(slog.DiscardHandler),
	}
}

func ask(h http.Handler, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("X-Authorization", token)
	r.Header.Set("Cookie", "podium_session=secret")
	r.Header.Set("Authorization", "Bearer of the control plane")
	w := httptest.NewRecorder()
	w.Header().Set("Content-Security-Policy", "of the pages")
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	h := handler(&stranger{})
	for path, want := range map[string]string{
		"/through/clu_a/":                        `src="/through/clu_a/assets/a-1.js"`,
		"/through/clu_a/executions/x":            `href="/through/clu_a/mark.svg"`,
		"/through/clu_a/assets/a-1.js":           "run()",
		"/through/clu_a/mark.svg":                "<svg/>",
		"/through/clu_a/assets/gone-2.js":        "404",
		"/through/clu_a/../../etc/passwd":        `src="/through/clu_a/`,
		"/through/":                              "404",
		"/through/clu_a/executions?q=podium/api": `src="/through/clu_a/`,
	} {
		if w := ask(h, "GET", path, ""); !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s: %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
	if w := ask(h, "GET", "/through/clu_a", ""); w.Code != http.StatusFound || w.Header().Get("Location") != "/through/clu_a/" {
		t.Errorf("without a slash: %d %v", w.Code, w.Header())
	}
	if w := ask(h, "POST", "/through/clu_a/executions", ""); w.Code != http.StatusNotFound {
		t.Errorf("a page that is posted to: %d", w.Code)
	}
}

func TestCallsNeedATokenOfTheCluster(t *testing.T) {
	s := &stranger{answer: func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) }}
	h := handler(s)
	for _, path := range []string{"/through/clu_a/api/workflow/x", "/through/clu_a/podium/v1/info"} {
		for _, token := range []string{"", "for clu_b", "for clu_away"} {
			if w := ask(h, "GET", path, token); w.Code != http.StatusUnauthorized || s.asked != nil {
				t.Errorf("GET %s with the token %q: %d, handed on: %v", path, token, w.Code, s.asked)
			}
		}
	}
	if w := ask(h, "GET", "/through/clu_away/api/x", "for clu_away"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "not connected") {
		t.Errorf("no tunnel: %d %s", w.Code, w.Body)
	}
	if w := ask(handler(&stranger{}), "GET", "/through/clu_a/api/x", "for clu_a"); w.Code != http.StatusBadGateway {
		t.Errorf("a broken tunnel: %d %s", w.Code, w.Body)
	}
}

func TestCallsAreHandedOnWithoutSecretsOfTheControlPlane(t *testing.T) {
	s := &stranger{answer: func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":1}`)
	}}
	w := ask(handler(s), "GET", "/through/clu_a/api/workflow/a%2Fb?x=1", "for clu_a")
	if w.Code != http.StatusOK || w.Body.String() != `{"a":1}` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := s.asked.URL.RequestURI(); got != "/api/workflow/a%2Fb?x=1" {
		t.Errorf("asked for %s", got)
	}
	for _, name := range []string{"Cookie", "Authorization"} {
		if v := s.asked.Header.Get(name); v != "" {
			t.Errorf("%s went along: %s", name, v)
		}
	}
	if s.asked.Header.Get("X-Authorization") != "for clu_a" {
		t.Error("the session token did not go along")
	}
}

// What a stranger answers must not run on this origin, nor leave anything with the browser.
func TestAnswersAreTamed(t *testing.T) {
	s := &stranger{answer: func(w http.ResponseWriter) {
		for name, value := range map[string]string{
			"Content-Type": "text/html", "Set-Cookie": "podium_session=mine", "Access-Control-Allow-Origin": "*", "Location": "https://evil.test",
			"Service-Worker-Allowed": "/", "Clear-Site-Data": `"*"`, "Content-Security-Policy": "script-src *", "Link": "</x>; rel=preload",
		} {
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, "<script>steal()</script>")
	}}
	h := ask(handler(s), "GET", "/through/clu_a/api/x", "for clu_a").Header()
	want := map[string]string{
		"Content-Type": "application/octet-stream", "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
		"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment", "Cache-Control": "no-store",
	}
	for name := range h {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s came through", name, h[name])
		}
	}
	for name, value := range want {
		if got := h.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}
