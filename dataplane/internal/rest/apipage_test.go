package rest_test

import (
	"strings"
	"testing"
)

func TestAPIPage_StandsByItself(t *testing.T) {
	s := newServer(t, options{})
	if a := s.ok(s.get("/api-docs")); !strings.HasPrefix(a.body, "{") || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %.100s", a.header.Get("Content-Type"), a.body)
	}
	if a := s.get("/swagger-ui"); a.status != 302 || a.header.Get("Location") != "/swagger-ui/index.html" {
		t.Errorf("got %d %s", a.status, a.header.Get("Location"))
	}
	for file, want := range map[string]string{"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"} {
		a := s.ok(s.get("/swagger-ui/" + file))
		if !strings.HasPrefix(a.header.Get("Content-Type"), want) || a.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: headers %v", file, a.header)
		}
		if strings.Contains(a.body, "://") {
			t.Errorf("%s loads from elsewhere", file)
		}
	}
}
