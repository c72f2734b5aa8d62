// Package payloadtest is the suite that every implementation of payload.Store passes.
package payloadtest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/payload"
)

// Run runs the suite on an empty store.
func Run(t *testing.T, s payload.Store) {
	t.Helper()
	ctx := t.Context()
	put := func(path, text string) string {
		t.Helper()
		if err := s.Put(ctx, path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := func(path, text string) {
		t.Helper()
		if got, err := s.Get(ctx, path, 1<<20); err != nil || string(got) != text {
			t.Errorf("%s: got %q, %v; want %q", path, got, err, text)
		}
	}
	gone := func(path string) {
		t.Helper()
		if _, err := s.Get(ctx, path, 1<<20); !errors.Is(err, payload.ErrNotFound) {
			t.Errorf("%s: got %v, want that it is not there", path, err)
		}
	}
	// Ids of executions are anything; one may begin as another does.
	a, b, c := put(payload.New("run"), `{"a":1}`), put(payload.New("run/../2"), `{"b":1}`), put(payload.New("run"), `{"c":1}`)
	up := put(payload.NewUpload(), `{"u":1}`)
	want(a, `{"a":1}`)
	put(a, `{"a":2}`)
	want(a, `{"a":2}`)
	if _, err := s.Get(ctx, c, 3); err == nil {
		t.Error("more was read than asked for")
	}
	gone(payload.NewUpload())
	for _, wrong := range []string{"", "x", "../x.json", "upload/../url.key", "upload/x.json", "run/zz/" + a[len(a)-41:], "archive/00/../x.json.gz", "archive/00/.json.gz", "archive/zz/x.json.gz"} {
		if err := s.Put(ctx, wrong, nil); err == nil {
			t.Errorf("%q was written", wrong)
		}
		gone(wrong)
		if _, err := s.Locate(ctx, wrong, false, time.Now().Add(time.Minute)); err == nil {
			t.Errorf("%q has a URL", wrong)
		}
	}
	long := strings.Repeat("é", 64)
	for _, id := range []string{"run", "../up", "a/b", long, "019ab7e2-1111-7abc-8def-0123456789ab"} {
		archive := put(payload.Archive(id), "gz of "+id)
		want(archive, "gz of "+id)
		if _, err := s.Locate(ctx, archive, false, time.Now().Add(time.Minute)); err == nil {
			t.Errorf("the archive of %s has a URL", id)
		}
	}
	for range 2 {
		if err := s.Remove(ctx, "run"); err != nil {
			t.Fatal(err)
		}
	}
	gone(a)
	gone(c)
	gone(payload.Archive("run"))
	want(payload.Archive("a/b"), "gz of a/b")
	listed(t, s, b, payload.Archive("../up"), payload.Archive("a/b"), payload.Archive(long), payload.Archive("019ab7e2-1111-7abc-8def-0123456789ab"))
	if err := payload.Clear(ctx, s); err != nil {
		t.Fatal(err)
	}
	gone(b)
	gone(payload.Archive("a/b"))
	listed(t, s)
	put(b, `{"b":1}`)
	want(b, `{"b":1}`)
	if err := s.Expire(ctx, time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	want(up, `{"u":1}`)
	if err := s.Expire(ctx, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	gone(up)
	want(b, `{"b":1}`)
	large := bytes.Repeat([]byte("x"), 1<<20)
	if err := s.Put(ctx, up, large); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, up, len(large)); err != nil || !bytes.Equal(got, large) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// listed compares what the store lists.
func listed(t *testing.T, s payload.Store, all ...string) {
	t.Helper()
	var got []string
	if err := s.Each(t.Context(), func(path string) error { got = append(got, path); return nil }); err != nil {
		t.Fatal(err)
	}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(all))) {
		t.Errorf("listed %v, want %v", got, all)
	}
}
