package embedded

import (
	"math/bits"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// A signature is a Bloom filter of the runs of three bytes in the text of a search row. It lies in the index of all
// executions, so that a search for words reads the rows of those only that may have them.

// Bits of a signature: about three for each run, so that a quarter of them or less are set.
const (
	leastBits = 1 << 8
	mostBits  = 1 << 13
)

// signature makes the one of a search row in a buffer, which it returns.
func signature(buf []byte, sum *workflow.Summary) []byte {
	text := strings.ToLower(search.Execution{Summary: sum}.Text())
	size := min(max(leastBits, 1<<bits.Len(uint(3*len(text)))), mostBits)
	buf = append(buf[:0], make([]byte, size/8)...)
	for i := range len(text) - 2 {
		bit := gram(text[i:]) & uint32(size-1)
		buf[bit/8] |= 1 << (bit % 8)
	}
	return buf
}

// gram is a number for the first three bytes of a text; all its bits depend on all of them.
func gram(text string) uint32 {
	n := uint32(text[0])<<16 | uint32(text[1])<<8 | uint32(text[2])
	n *= 0x9e3779b1
	return n ^ n>>15
}

// wanted is what words look for in signatures.
type wanted []uint32

func gramsOf(words []string) (w wanted) {
	for _, word := range words {
		for i := range len(word) - 2 {
			w = append(w, gram(word[i:]))
		}
	}
	return w
}

// in reports whether the text of a signature may have the words.
func (w wanted) in(signature []byte) bool {
	mask := uint32(len(signature)*8 - 1)
	for _, g := range w {
		if bit := g & mask; len(signature) > 0 && signature[bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
	}
	return true
}

// signed walks the executions whose text may have some words.
type signed struct {
	leaf

	words wanted
}

func (s *signed) next() (place, error) { return s.skip(s.leaf.next()) }

func (s *signed) seek(p place) (place, error) { return s.skip(s.leaf.seek(p)) }

func (s *signed) skip(p place, err error) (place, error) {
	for err == nil && p != nil && !s.words.in(s.it.Value()) {
		p, err = s.leaf.next()
	}
	return p, err
}
