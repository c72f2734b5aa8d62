package limit_test

import (
	"slices"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/limit"
)

func TestLimiter_FirstComeFirst(t *testing.T) {
	l := limit.New()
	if !l.Take("k", "a", 2) || !l.Take("k", "b", 2) || !l.Take("k", "a", 2) {
		t.Fatal("two places were not given")
	}
	if l.Take("k", "c", 2) {
		t.Fatal("a third place was given")
	}
	if !l.Take("other", "d", 1) {
		t.Fatal("another key has places of its own")
	}
	l.Line(limit.Wait{Key: "k", ID: "e", Limit: 2, Since: 20})
	l.Line(limit.Wait{Key: "k", ID: "c", Limit: 2, Since: 10})
	l.Line(limit.Wait{Key: "k", ID: "f", Limit: 2, Since: 30})
	if got := l.Leave("e"); got != nil {
		t.Errorf("one that left the line gave %v a place", got)
	}
	if got := l.Leave("a"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("got %v, want c", got)
	}
	if got := l.Leave("a"); got != nil {
		t.Errorf("a second end gave %v a place", got)
	}
	if l.Take("k", "new", 2) {
		t.Error("one that came later went first")
	}
	if got := l.Leave("b"); !slices.Equal(got, []string{"f"}) {
		t.Errorf("got %v, want f", got)
	}
}

func TestLimiter_APlaceThatWasFreedBetweenTakeAndLine(t *testing.T) {
	l := limit.New()
	l.Take("k", "a", 1)
	if l.Take("k", "b", 1) {
		t.Fatal("no place was free")
	}
	l.Leave("a")
	if got := l.Line(limit.Wait{Key: "k", ID: "b", Limit: 1}); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %v, want b", got)
	}
}

func TestLimiter_OverTheLimit(t *testing.T) {
	l := limit.New()
	for _, id := range []string{"a", "b", "c"} { // they run again after they had ended
		l.Run("k", id)
	}
	l.Line(limit.Wait{Key: "k", ID: "d", Limit: 2})
	if got := l.Leave("a"); got != nil {
		t.Errorf("got %v, though two run", got)
	}
	if got := l.Leave("b"); !slices.Equal(got, []string{"d"}) {
		t.Errorf("got %v, want d", got)
	}
}

func TestLimiter_Forget(t *testing.T) {
	l := limit.New()
	l.Run("k", "a")
	l.Run("k", "b")
	for i, id := range []string{"c", "d", "e"} {
		l.Line(limit.Wait{Key: "k", ID: id, Limit: 2, Since: int64(i)})
	}
	if got := l.Forget(func(id string) bool { return id == "a" || id == "c" }); !slices.Equal(got, []string{"d"}) {
		t.Errorf("got %v, want d", got)
	}
	if got := l.Leave("b"); !slices.Equal(got, []string{"e"}) {
		t.Errorf("got %v, want e", got)
	}
}
