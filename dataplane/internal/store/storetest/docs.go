package storetest

import (
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/home"
	"github.com/podium-cloud/podium/dataplane/internal/store"
)

func docs(t *testing.T, s store.Store) {
	t.Helper()
	put := func(docs ...store.Doc) {
		t.Helper()
		if err := s.PutDocs(t.Context(), docs...); err != nil {
			t.Fatal(err)
		}
	}
	put(store.Doc{Kind: "b", Key: "2", Value: []byte("old")}, store.Doc{Kind: "b", Key: "1", Value: []byte("one")})
	put(store.Doc{Kind: "b", Key: "2", Value: []byte("two")}, store.Doc{Kind: "bb", Key: "3", Value: []byte{0, 1}}, store.Doc{Kind: "b", Key: "", Value: []byte{}})
	for _, want := range [][]store.Doc{
		{{Kind: "b", Key: "", Value: []byte{}}, {Kind: "b", Key: "1", Value: []byte("one")}, {Kind: "b", Key: "2", Value: []byte("two")}},
		{{Kind: "bb", Key: "3", Value: []byte{0, 1}}},
	} {
		got, err := s.Docs(t.Context(), want[0].Kind)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "documents", got, want)
	}
	for range 2 { // the second finds nothing and is no error
		if err := s.DeleteDoc(t.Context(), "b", "1"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Docs(t.Context(), "b")
	if err != nil || len(got) != 2 {
		t.Errorf("after a deletion: %v, %v", got, err)
	}
	if got, err := s.Docs(t.Context(), "a"); err != nil || len(got) != 0 {
		t.Errorf("of a kind that nothing has: %v, %v", got, err)
	}
}

func outstandingInSlots(t *testing.T, s store.Store) {
	t.Helper()
	ids := []string{"0194a2f0-0000-7000-8000-000000000001", "0194a2f0-0000-7000-8000-000000000002", "0194a2f0-0000-7000-8000-000000000003", "not a UUID"}
	for _, id := range ids {
		commit(t, s, &store.Change{
			ID: id, Header: &decide.Header{ID: id, Rev: 1}, Own: &decide.Outstanding{Due: 7},
			Work: []store.Work{{Work: decide.Work{Kind: decide.Timed, Seq: 1, Due: 5}}},
		})
	}
	for _, c := range []struct {
		slots []int
		want  []string
	}{{nil, ids}, {[]int{2}, ids[1:2]}, {[]int{3, 1}, []string{ids[0], ids[2]}}, {[]int{home.Slot(ids[3])}, ids[3:]}, {[]int{}, nil}, {[]int{9}, nil}} {
		var work, own []string
		err := s.Outstanding(t.Context(), c.slots, func(id string, w *store.Work, o *decide.Outstanding) error {
			if w != nil {
				work = append(work, id)
			}
			if o != nil {
				own = append(own, id)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(work)
		slices.Sort(own)
		if !slices.Equal(work, c.want) || !slices.Equal(own, c.want) {
			t.Errorf("slots %v: work of %v and own of %v, want %v", c.slots, work, own, c.want)
		}
	}
}
