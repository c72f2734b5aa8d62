package memo_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/memo"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func open(t *testing.T, docs memo.Documents, now int64) *memo.Memo {
	t.Helper()
	m, err := memo.Open(t.Context(), docs, now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func documents(t *testing.T) *embedded.Store {
	t.Helper()
	s, err := embedded.Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMemo_KeepsForItsTimeAndOverARestart(t *testing.T) {
	docs := documents(t)
	m := open(t, docs, 0)
	m.Put([]memo.Entry{{Task: "a", Key: "k", Until: 100, Output: workflow.Payload(`{"x":1}`)}, {Task: "a", Key: "l", Until: 50}})
	m.Save(t.Context())
	for _, m := range []*memo.Memo{m, open(t, docs, 60)} {
		if out, ok := m.Get("a", "k", 99); !ok || out.String() != `{"x":1}` {
			t.Errorf("got %s, %t", out, ok)
		}
		if _, ok := m.Get("b", "k", 99); ok {
			t.Error("another task's output")
		}
		if _, ok := m.Get("a", "l", 60); ok {
			t.Error("an expired output")
		}
	}
	if left, _ := docs.Docs(t.Context(), memo.Kind); len(left) != 1 {
		t.Errorf("%d documents are left, want 1", len(left))
	}
	if _, ok := open(t, docs, 60).Get("a", "k", 100); ok {
		t.Error("it is kept beyond its time")
	}
}

func TestMemo_IsBounded(t *testing.T) {
	docs := documents(t)
	m := open(t, docs, 0)
	large := workflow.Payload(`{"x":"` + strings.Repeat("x", 200<<10) + `"}`)
	const n = 400 // of 200 KiB each: more than fits
	for i := range n {
		m.Put([]memo.Entry{{Task: "a", Key: fmt.Sprint(i), Until: 100, Output: large}})
		m.Save(t.Context())
	}
	if _, ok := m.Get("a", "0", 1); ok {
		t.Error("the oldest is kept")
	}
	if _, ok := m.Get("a", fmt.Sprint(n-1), 1); !ok {
		t.Error("the newest has gone")
	}
	if left, _ := docs.Docs(t.Context(), memo.Kind); len(left) > 330 {
		t.Errorf("%d documents are left", len(left))
	}
	m.Put([]memo.Entry{{Task: "b", Key: "k", Until: 100, Output: workflow.Payload(strings.Repeat("x", memo.MaxOutput+1))}})
	if _, ok := m.Get("b", "k", 1); ok {
		t.Error("an output over the bound is kept")
	}
}
