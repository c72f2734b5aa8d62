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
	l.Run("gone", "a")
	l.Line(limit.Wait{Key: "gone", ID: "b", Limit: 1, Since: 1})
	l.Run("kept", "c")
	l.Forget(func(key string) bool { return key == "gone" })
	if l.Take("kept", "d", 1) || !l.Take("gone", "e", 1) {
		t.Error("the wrong key was forgotten")
	}
	if got := l.Leave("b"); got != nil {
		t.Errorf("one that was forgotten gave %v a place", got)
	}
}

func TestLimiter_Line_OfOneThatHasNotHeard(t *testing.T) {
	l := limit.New()
	l.Run("k", "a")
	if got := l.Line(limit.Wait{Key: "k", ID: "a", Limit: 1, Since: 1}); !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %v, want a", got)
	}
}

func TestLimiter_Adopt(t *testing.T) {
	l := limit.New()
	l.Run("k", "dead")
	l.Run("k", "stays")
	l.Run("other", "asks")
	l.Line(limit.Wait{Key: "k", ID: "late", Limit: 2, Since: 30})
	l.Begin()
	l.Leave("ended")   // what others knew before that is old
	l.Run("k", "born") // and of this one they know nothing yet
	got := l.Adopt([]limit.Wait{
		{Key: "k", ID: "late", Limit: 2, Since: 30},
		{Key: "k", ID: "early", Limit: 2, Since: 10},
		{Key: "k", ID: "ended", Limit: 2},
		{Key: "k", ID: "stays", Limit: 2},
		{Key: "other", ID: "asks", Limit: 1, Since: limit.Asks},
		{Key: "other", ID: "asks in vain", Limit: 1, Since: limit.Asks},
	})
	if l.Take("other", "x", 1) || l.Take("other", "asks in vain", 1) || !l.Take("other", "asks", 1) {
		t.Error("one that was given a place while others were asked has lost it, or another one has it")
	}
	if got != nil {
		t.Errorf("%v got a place, though two run", got)
	}
	if got := l.Leave("stays"); !slices.Equal(got, []string{"early"}) {
		t.Errorf("got %v, want early", got)
	}
	if got := l.Leave("born"); !slices.Equal(got, []string{"late"}) {
		t.Errorf("got %v, want late", got)
	}
	l.Begin()
	if got := l.Adopt(nil); got != nil {
		t.Errorf("nobody is left, and %v got a place", got)
	}
	if !l.Take("k", "x", 1) {
		t.Error("those whom nobody knows keep their places")
	}
}
