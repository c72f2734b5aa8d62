// Package block holds search rows in blocks of some thousands: each block once in whole rows, which are shown, and beside that
// what searches look at, apart: a column for every field that is short, and for words the rows that have each run of up to
// three bytes (see [postings]). So a search reads little of each block, and a million rows are some hundred blocks. A
// block is never changed; which of its rows are no longer true is known outside. The package is pure: a block is a number
// of parts, each with a key and a value, and whoever keeps them reads them for it.
package block

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// MaxRows is how many rows a block may have.
const MaxRows = 1 << 13

// rowsPerPart is how many whole rows lie together.
const rowsPerPart = 8

// First bytes of the keys of parts. A byte and then the field's follow for columns, the number of the part for others.
const (
	numberKey  = 'n'
	textKey    = 't'
	rowsKey    = 'r'
	postingKey = 'w'
)

// Head is what is kept in memory of a block.
type Head struct {
	Rows  int
	Bytes int     // of the rows as they are stored
	Least []int64 // of each column of numbers
	Most  []int64
	Rare  string // parts of the columns that most blocks lack, see textField
}

// Span returns the bounds of the start times.
func (h *Head) Span() (least, most int64) { return h.Least[0], h.Most[0] }

// Fields implements wire.Fielder.
func (h *Head) Fields(c *wire.Codec) {
	wire.Int(c, 1, &h.Rows)
	wire.Int(c, 2, &h.Bytes)
	for i, p := range [...]*[]int64{&h.Least, &h.Most} {
		text := packed(*p)
		wire.Text(c, protowire.Number(3+i), &text)
		*p = unpacked(text)
	}
	wire.Text(c, 5, &h.Rare)
}

func packed(numbers []int64) string {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return string(b)
}

func unpacked(text string) (numbers []int64) {
	for ; len(text) >= 8; text = text[8:] {
		numbers = append(numbers, int64(binary.BigEndian.Uint64([]byte(text[:8]))))
	}
	return numbers
}

// Build makes the parts of a block of rows, which must be sorted by [Order], and calls f with each. What f is given is valid
// until it returns.
func Build(rows []*workflow.Summary, f func(key string, value []byte) error) (*Head, error) {
	if len(rows) == 0 || len(rows) > MaxRows {
		return nil, fmt.Errorf("a block of %d rows", len(rows))
	}
	h := &Head{Rows: len(rows)}
	var errs error
	put := func(key string, value []byte) {
		if errs == nil {
			errs = f(key, value)
		}
	}
	column := make([]int64, len(rows))
	for _, field := range numberFields {
		least, most := int64(math.MaxInt64), int64(math.MinInt64)
		for i, r := range rows {
			column[i] = field.get(r)
			least, most = min(least, column[i]), max(most, column[i])
		}
		h.Least, h.Most = append(h.Least, least), append(h.Most, most)
		put(string([]byte{numberKey, field.part}), encodeNumbers(column))
	}
	texts := make([]string, len(rows))
	for _, field := range textFields {
		for i, r := range rows {
			texts[i] = field.text(r)
		}
		if field.rest != "" {
			if !slices.ContainsFunc(texts, func(text string) bool { return text != field.rest }) {
				continue
			}
			h.Rare += string(field.part)
		}
		put(string([]byte{textKey, field.part}), encodeWords(texts))
	}
	var value, one []byte
	p := &postings{}
	for i, r := range rows {
		var err error
		if one, err = wire.Append(one[:0], (*Row)(r)); err != nil {
			return nil, err
		}
		h.Bytes += len(one)
		value = append(binary.AppendUvarint(value, uint64(len(one))), one...)
		if (i+1)%rowsPerPart == 0 || i+1 == len(rows) {
			put(numbered(rowsKey, i/rowsPerPart), value)
			value = value[:0]
		}
		p.add(r)
	}
	p.parts(func(part int, value []byte) { put(numbered(postingKey, part), value) })
	return h, errs
}

func numbered(kind byte, n int) string {
	return string(binary.BigEndian.AppendUint16([]byte{kind}, uint16(n)))
}

// Get reads a part of a block.
type Get func(key string) ([]byte, error)

// Block reads a block, for one search.
type Block struct {
	*Head

	get     Get
	numbers map[byte]numbers
	words   map[byte]words
	part    int // which rows are decoded
	rows    [rowsPerPart]*workflow.Summary
	raw     [][]byte
}

// Read returns a block that is read by get.
func Read(h *Head, get Get) *Block {
	return &Block{Head: h, get: get, numbers: map[byte]numbers{}, words: map[byte]words{}, part: -1}
}

// Forget lets go of the columns that were read.
func (b *Block) Forget() {
	clear(b.numbers)
	clear(b.words)
}

func (b *Block) number(part byte) (numbers, error) {
	if c, ok := b.numbers[part]; ok {
		return c, nil
	}
	value, err := b.get(string([]byte{numberKey, part}))
	if err != nil {
		return numbers{}, err
	}
	c, err := decodeNumbers(value, b.Rows)
	b.numbers[part] = c
	return c, err
}

func (b *Block) text(f textField) (words, error) {
	if c, ok := b.words[f.part]; ok {
		return c, nil
	}
	if f.rest != "" && !strings.Contains(b.Rare, string(f.part)) {
		return words{values: []string{f.rest}}, nil
	}
	value, err := b.get(string([]byte{textKey, f.part}))
	if err != nil {
		return words{}, err
	}
	c, err := decodeWords(value, b.Rows)
	b.words[f.part] = c
	return c, err
}

// Row returns row i.
func (b *Block) Row(i int) (*workflow.Summary, error) {
	if part := i / rowsPerPart; part != b.part {
		value, err := b.get(numbered(rowsKey, part))
		if err != nil {
			return nil, err
		}
		b.part, b.rows, b.raw = part, [rowsPerPart]*workflow.Summary{}, b.raw[:0]
		for len(value) > 0 {
			n, k := binary.Uvarint(value)
			if k <= 0 || uint64(len(value)-k) < n || len(b.raw) == rowsPerPart {
				return nil, errDamaged
			}
			b.raw = append(b.raw, value[k:k+int(n)])
			value = value[k+int(n):]
		}
	}
	i %= rowsPerPart
	if i >= len(b.raw) {
		return nil, errDamaged
	}
	if b.rows[i] == nil {
		var r Row
		if err := wire.Decode(b.raw[i], &r); err != nil {
			return nil, errors.Join(errDamaged, err)
		}
		b.rows[i] = (*workflow.Summary)(&r)
	}
	return b.rows[i], nil
}

// Find returns where the row of an execution lies, -1 if it is not here.
func (b *Block) Find(start int64, id string) (int, error) {
	if least, most := b.Span(); start < least || start > most {
		return -1, nil
	}
	starts, err := b.number(startPart)
	if err != nil {
		return -1, err
	}
	hashes, err := b.number(hashPart)
	if err != nil {
		return -1, err
	}
	low, high := 0, b.Rows
	for low < high {
		if mid := (low + high) / 2; starts.at(mid) > start {
			low = mid + 1
		} else {
			high = mid
		}
	}
	h := hash(id)
	for ; low < b.Rows && starts.at(low) == start; low++ {
		if hashes.at(low) == h {
			return low, nil
		}
	}
	return -1, nil
}

// Count adds the number of rows by status.
func (b *Block) Count(in Bits, to map[workflow.Status]int64) error {
	c, err := b.text(statusField)
	if err != nil {
		return err
	}
	counts := make([]int64, len(c.values))
	for i := in.After(-1); i >= 0; i = in.After(i) {
		counts[c.code(i)]++
	}
	for code, n := range counts {
		if n > 0 {
			to[workflow.Status(c.values[code])] += n
		}
	}
	return nil
}

func order(aStart int64, aID string, bStart int64, bID string) int {
	return cmp.Or(cmp.Compare(bStart, aStart), strings.Compare(aID, bID))
}
