package file_test

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/internal/payload/payloadtest"
)

func open(t *testing.T, dir string) *file.Store {
	t.Helper()
	s, err := file.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) { payloadtest.Run(t, open(t, t.TempDir())) }

func TestURLs(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	path, now := payload.NewUpload(), time.Unix(1000, 0)
	text, err := s.Locate(t.Context(), path, true, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil || u.Path != file.Prefix+path {
		t.Fatalf("URL %s, %v", text, err)
	}
	check := func(what string, s *file.Store, path string, write bool, q url.Values, at time.Time, want bool) {
		t.Helper()
		if got := s.Check(path, write, q, at); got != want {
			t.Errorf("%s: got %t", what, got)
		}
	}
	later := url.Values{"until": {"99999"}, "signature": u.Query()["signature"]}
	check("in time", s, path, true, u.Query(), now, true)
	check("after a restart", open(t, dir), path, true, u.Query(), now, true)
	check("too late", s, path, true, u.Query(), now.Add(time.Minute), false)
	check("to read", s, path, false, u.Query(), now, false)
	check("another path", s, payload.NewUpload(), true, u.Query(), now, false)
	check("a longer time", s, path, true, later, now, false)
	check("no signature", s, path, true, url.Values{}, now, false)
	check("another server", open(t, t.TempDir()), path, true, u.Query(), now, false)
}

func TestWrite_IsWholeOrNotAtAll(t *testing.T) {
	s := open(t, t.TempDir())
	path := payload.NewUpload()
	if err := s.Write(path, io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(errors.New("cut off")))); err == nil {
		t.Error("a part was taken")
	}
	if _, err := s.Get(t.Context(), path, 100); !errors.Is(err, payload.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.Write(path, strings.NewReader(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), path, 100); err != nil || string(got) != `{"a":1}` {
		t.Errorf("got %s, %v", got, err)
	}
}
