package named_test

import (
	"testing"
	"testing/fstest"

	"github.com/podium-cloud/podium/migrations/named"
)

func files(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, text := range texts {
		out["queries/"+string(rune('a'+i))+".sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestRead(t *testing.T) {
	s := named.Read(files("-- about\n\n-- name: One\nselect 1;\n\n-- name: Two\n-- why\nselect\n  2\n", "-- name: Three\nselect 3"), "queries")
	for name, want := range map[string]string{"One": "select 1", "Two": "-- why\nselect\n  2", "Three": "select 3"} {
		if got := s.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if len(s) != 3 {
		t.Errorf("got %v", s)
	}
}

func TestWhatIsWrongPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"two of a name":   func() { named.Read(files("-- name: One\nselect 1", "-- name: One\nselect 2"), "queries") },
		"no such a query": func() { named.Read(files("-- name: One\nselect 1"), "queries").Get("Two") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
