package block

import "math/bits"

// Bits is a set of a block's rows, by their places in it.
type Bits []uint64

// NewBits returns a set with room for so many rows: none of them, or all.
func NewBits(rows int, all bool) Bits {
	b := make(Bits, (rows+63)/64)
	if all {
		for i := range b {
			b[i] = ^uint64(0)
		}
		if rest := rows % 64; rest > 0 {
			b[len(b)-1] = 1<<rest - 1
		}
	}
	return b
}

// Has reports whether row i is in the set.
func (b Bits) Has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// Add puts row i into the set.
func (b Bits) Add(i int) { b[i/64] |= 1 << (i % 64) }

// Remove takes row i out of the set.
func (b Bits) Remove(i int) { b[i/64] &^= 1 << (i % 64) }

// Count is the number of rows in the set.
func (b Bits) Count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// After returns the first row of the set behind i, -1 if there is none.
func (b Bits) After(i int) int {
	i++
	if i>>6 >= len(b) {
		return -1
	}
	word := b[i>>6] >> (i & 63) << (i & 63)
	for at := i >> 6; ; {
		if word != 0 {
			return at<<6 + bits.TrailingZeros64(word)
		}
		if at++; at == len(b) {
			return -1
		}
		word = b[at]
	}
}

// Before returns the last row of the set ahead of i, -1 if there is none.
func (b Bits) Before(i int) int {
	for at := (i - 1) >> 6; i > 0 && at >= 0; at-- {
		word := b[at]
		if rest := i - at<<6; rest < 64 {
			word &= 1<<rest - 1
		}
		if word != 0 {
			return at<<6 + 63 - bits.LeadingZeros64(word)
		}
	}
	return -1
}

func (b Bits) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

func (b Bits) and(o Bits) {
	for i := range b {
		b[i] &= o[i]
	}
}

func (b Bits) or(o Bits) {
	for i := range b {
		b[i] |= o[i]
	}
}
