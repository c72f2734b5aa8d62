package block_test

import (
	"math/rand/v2"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
)

func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{0, 1, 63, 64, 65, 128, 200} {
		for _, all := range []bool{false, true} {
			set, want := block.NewBits(rows, all), make([]bool, rows)
			for i := range want {
				want[i] = all
			}
			for range 3 * rows {
				i := r.IntN(rows)
				if want[i] = r.IntN(2) == 0; want[i] {
					set.Add(i)
				} else {
					set.Remove(i)
				}
			}
			same(t, set, want)
		}
	}
}

// same wants that a set says everywhere what a list of flags says.
func same(t *testing.T, set block.Bits, want []bool) {
	t.Helper()
	n, last := 0, -1
	for i, in := range want {
		if set.Has(i) != in {
			t.Fatalf("%d rows: has %d: %v", len(want), i, !in)
		}
		if got := set.Before(i); got != last {
			t.Fatalf("%d rows: before %d comes %d, want %d", len(want), i, got, last)
		}
		if in {
			n++
			if got := set.After(last); got != i {
				t.Fatalf("%d rows: after %d comes %d, want %d", len(want), last, got, i)
			}
			last = i
		}
	}
	if set.After(last) != -1 || set.Before(len(want)) != last || set.Count() != n {
		t.Errorf("%d rows: %d of them, %d behind the last, %d ahead of the end; want %d, -1, %d", len(want), set.Count(), set.After(last), set.Before(len(want)), n, last)
	}
}
