package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var built = fstest.MapFS{
	"index.html":         {Data: []byte("<title>console</title>")},
	"assets/app-1a2b.js": {Data: []byte("run()")},
	"mark.svg":           {Data: []byte("<svg/>")},
	".gitkeep":           {},
}

func TestHandler(t *testing.T) {
	for _, test := range []struct {
		path, body, kind, cache string
		status                  int
	}{
		{"/", "console", "text/html", "no-cache", 200},
		{"/index.html", "console", "text/html", "no-cache", 200},
		{"/acme/clusters/first", "console", "text/html", "no-cache", 200},
		{"/.gitkeep", "console", "text/html", "no-cache", 200},
		{"/assets", "console", "text/html", "no-cache", 200},
		{"/assets/app-1a2b.js", "run()", "text/javascript", "immutable", 200},
		{"/mark.svg", "<svg/>", "image/svg+xml", "", 200},
		{"/assets/gone-3c4d.js", "not found", "text/plain", "", 404},
		{"/../secret", "console", "text/html", "no-cache", 200},
	} {
		w := httptest.NewRecorder()
		handler(built).ServeHTTP(w, httptest.NewRequest(http.MethodGet, test.path, nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), test.kind) ||
			!strings.Contains(w.Header().Get("Cache-Control"), test.cache) {
			t.Errorf("GET %s: %d, %v, %q", test.path, w.Code, w.Header(), w.Body)
		}
	}
}

func TestHandler_SaysThatTheConsoleIsNotBuilt(t *testing.T) {
	w := httptest.NewRecorder()
	handler(fstest.MapFS{".gitkeep": {}}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("GET /: %d, %q", w.Code, w.Body)
	}
}
