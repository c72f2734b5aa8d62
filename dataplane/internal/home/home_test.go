package home_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/podium-cloud/podium/dataplane/internal/home"
)

func TestSlot_ReadsTheEndOfAnID(t *testing.T) {
	for id, want := range map[string]int{
		"0194a2f0-0000-7000-8000-000000000000": 0,
		"0194a2f0-0000-7000-8000-00000000012f": 0x12f,
		"0194a2f0-0000-7000-8000-000000000fff": 0xfff,
	} {
		if got := home.Slot(id); got != want {
			t.Errorf("Slot(%s) = %d, want %d", id, got, want)
		}
	}
	for _, id := range []string{"", "x", "FFF", "order-17/ZZ9", "ü"} {
		if got := home.Slot(id); got < 0 || got >= home.Slots || got != home.Slot(id) {
			t.Errorf("Slot(%q) = %d", id, got)
		}
	}
}

func TestWith_MovesAnID(t *testing.T) {
	for _, other := range []string{uuid.NewString(), "customer/7"} {
		id := uuid.NewString()
		moved := home.With(other, id)
		if home.Slot(moved) != home.Slot(other) {
			t.Errorf("With(%s, %s) = %s, which is in another slot", other, id, moved)
		}
		if _, err := uuid.Parse(moved); err != nil || moved[:33] != id[:33] {
			t.Errorf("With(%s, %s) = %s", other, id, moved)
		}
	}
}

func TestOf_SpreadsAndMovesOnlyWhatItMust(t *testing.T) {
	nodes := []string{"a", "b", "c", "d"}
	before := make([]string, home.Slots)
	share := map[string]int{}
	for slot := range home.Slots {
		before[slot] = home.Of(slot, nodes)
		share[before[slot]]++
		if other := home.Of(slot, []string{"d", "b", "a", "c"}); other != before[slot] {
			t.Fatalf("slot %d: %s and, in another order, %s", slot, before[slot], other)
		}
	}
	for _, n := range nodes {
		if share[n] < home.Slots/5 || share[n] > home.Slots*3/10 {
			t.Errorf("node %s has %d of %d slots", n, share[n], home.Slots)
		}
	}
	for slot, was := range before {
		if now := home.Of(slot, nodes[:3]); was != "d" && now != was {
			t.Fatalf("slot %d moved from %s to %s as d left", slot, was, now)
		}
	}
	if home.Of(1, nil) != "" {
		t.Error("a home without nodes")
	}
}

func BenchmarkOf(b *testing.B) {
	var nodes []string
	for i := range 8 {
		nodes = append(nodes, fmt.Sprint("node-", i))
	}
	for i := 0; b.Loop(); i++ {
		home.Of(i%home.Slots, nodes)
	}
}
