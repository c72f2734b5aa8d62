package block

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Postings tell which rows may have a term: a run of one, two or three bytes of the lower case of their text, or a value of
// a field that has many. Terms share buckets by a hash, so rows that are found are looked at.

const (
	buckets   = 1 << 16
	perPart   = 1 << 8 // buckets that lie together in one part
	longest   = 3      // bytes of a run
	termBytes = 2      // in memory, while a block is built
)

// run is the bucket of a run of bytes.
func run(text string) uint16 {
	n := uint32(len(text))
	for i := range len(text) {
		n = n<<8 | uint32(text[i])
	}
	n *= 0x9e3779b1
	return uint16(n >> 16)
}

// term is the bucket of a value of a field.
func term(field byte, value string) uint16 {
	n := (uint32(2166136261) ^ uint32(field)) * 16777619
	for i := range len(value) {
		n = (n ^ uint32(value[i])) * 16777619
	}
	return uint16(n>>16 ^ n)
}

// runs are the buckets that a text is in if it has a word.
func runs(word string) (all []uint16) {
	n := min(len(word), longest)
	for i := range len(word) - n + 1 {
		if n > 0 {
			all = append(all, run(word[i:i+n]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// postings collects the buckets of rows.
type postings struct {
	rows  int
	flat  []uint16        // the buckets of all rows, row by row
	ends  []int           // where each row's end in flat
	seen  [buckets]uint32 // the last row that had a bucket, plus one
	count [buckets]uint32
}

func (p *postings) add(s *workflow.Summary) {
	p.rows++
	text := strings.ToLower(search.Execution{Summary: s}.Text())
	for i := range len(text) {
		n := uint32(0)
		for size := 1; size <= longest && i+size <= len(text); size++ {
			n = n<<8 | uint32(text[i+size-1])
			p.put(uint16((uint32(size)<<(8*size) | n) * 0x9e3779b1 >> 16))
		}
	}
	for _, f := range textFields {
		if value := f.text(s); f.many && value != "" {
			p.put(term(f.part, value))
		}
	}
	p.ends = append(p.ends, len(p.flat))
}

func (p *postings) put(bucket uint16) {
	if p.seen[bucket] != uint32(p.rows) {
		p.seen[bucket] = uint32(p.rows)
		p.count[bucket]++
		p.flat = append(p.flat, bucket)
	}
}

// parts calls f with the encoded buckets, perPart together.
func (p *postings) parts(f func(part int, value []byte)) {
	starts := make([]uint32, buckets+1)
	for i, n := range p.count {
		starts[i+1] = starts[i] + n
	}
	rows := make([]uint16, len(p.flat))
	next := slices.Clone(starts[:buckets])
	at := 0
	for row, end := range p.ends {
		for ; at < end; at++ {
			b := p.flat[at]
			rows[next[b]] = uint16(row)
			next[b]++
		}
	}
	var value, one []byte
	for b := range buckets {
		one = encodePosting(one[:0], rows[starts[b]:starts[b+1]], p.rows)
		value = append(binary.AppendUvarint(value, uint64(len(one))), one...)
		if (b+1)%perPart == 0 {
			f(b/perPart, value)
			value = value[:0]
		}
	}
}

// How a posting is written.
const (
	these  = iota // the rows, as distances
	others        // the rows that are not in it, as distances
	bitmap
)

func encodePosting(buf []byte, rows []uint16, n int) []byte {
	switch {
	case len(rows) == 0:
		return buf
	case len(rows) <= n/8:
		return distances(append(buf, these), rows)
	}
	set := NewBits(n, false)
	for _, r := range rows {
		set.Add(int(r))
	}
	if n-len(rows) <= n/8 {
		var rest []uint16
		for r := range n {
			if !set.Has(r) {
				rest = append(rest, uint16(r))
			}
		}
		return distances(append(buf, others), rest)
	}
	buf = append(buf, bitmap)
	for _, w := range set {
		buf = binary.LittleEndian.AppendUint64(buf, w)
	}
	return buf
}

func distances(buf []byte, rows []uint16) []byte {
	last := -1
	for _, r := range rows {
		buf = binary.AppendUvarint(buf, uint64(int(r)-last-1))
		last = int(r)
	}
	return buf
}

// posting finds a bucket in its part and leaves in a set the rows that it has.
func posting(part []byte, bucket uint16, in Bits, rows int) error {
	for range bucket % perPart {
		n, k := binary.Uvarint(part)
		if k <= 0 || uint64(len(part)-k) < n {
			return errDamaged
		}
		part = part[k+int(n):]
	}
	n, k := binary.Uvarint(part)
	if k <= 0 || uint64(len(part)-k) < n {
		return errDamaged
	}
	part = part[k : k+int(n)]
	if len(part) == 0 {
		clear(in)
		return nil
	}
	kind, part := part[0], part[1:]
	if kind == bitmap {
		if len(part) != 8*len(in) {
			return errDamaged
		}
		for i := range in {
			in[i] &= binary.LittleEndian.Uint64(part[8*i:])
		}
		return nil
	}
	set := NewBits(rows, false)
	for row := -1; len(part) > 0; {
		d, k := binary.Uvarint(part)
		if k <= 0 || d >= uint64(rows-row-1) {
			return errDamaged
		}
		row += int(d) + 1
		part = part[k:]
		if kind == these {
			set.Add(row)
		} else {
			in.Remove(row)
		}
	}
	if kind == these {
		in.and(set)
	}
	return nil
}
