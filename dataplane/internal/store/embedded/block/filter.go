package block

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/podium-cloud/podium/dataplane/internal/search"
)

// Filter is a query made ready for blocks.
type Filter struct{ whole filter }

// NewFilter makes a query ready.
func NewFilter(q *search.Query) *Filter {
	var parts []filter
	if where, ok := search.Fold(q, folder{}); ok {
		parts = append(parts, where)
	}
	for _, w := range q.Words() {
		parts = append(parts, having(runs(w)))
	}
	return &Filter{folder{}.All(parts)}
}

// Keep leaves in a set the rows of a block that may be matches; exact says that they are.
func (f *Filter) Keep(b *Block, in Bits) (exact bool, err error) { return f.whole.keep(b, in) }

// filter is one condition, or several that are joined.
type filter struct {
	cost int // what is cheap comes first
	keep func(b *Block, in Bits) (exact bool, err error)
}

const (
	byHead = iota
	byPostings
	byNumber
	byText
	byRows
)

// folder makes filters of conditions. It implements search.Folder.
type folder struct{}

// All implements search.Folder.
func (folder) All(parts []filter) filter {
	slices.SortStableFunc(parts, func(a, b filter) int { return a.cost - b.cost })
	cost := byHead
	for _, p := range parts {
		cost = max(cost, p.cost)
	}
	return filter{cost, func(b *Block, in Bits) (bool, error) {
		all := true
		for _, p := range parts {
			if in.empty() {
				return true, nil
			}
			exact, err := p.keep(b, in)
			if err != nil {
				return false, err
			}
			all = all && exact
		}
		return all || in.empty(), nil
	}}
}

// Either implements search.Folder.
func (folder) Either(parts []filter) filter {
	cost := byHead
	for _, p := range parts {
		cost = max(cost, p.cost)
	}
	return filter{cost, func(b *Block, in Bits) (bool, error) {
		union := make(Bits, len(in))
		all := true
		for _, p := range parts {
			one := slices.Clone(in)
			exact, err := p.keep(b, one)
			if err != nil {
				return false, err
			}
			all = all && exact
			union.or(one)
		}
		copy(in, union)
		return all, nil
	}}
}

// Condition implements search.Folder.
func (folder) Condition(c search.Condition) filter {
	if i, ok := numberOf(c.Field); ok {
		return numeric(c, i)
	}
	if f, ok := textOf(c.Field); ok {
		column := textual(c, f)
		if values := plain(c); f.many && values != nil {
			return folder{}.All([]filter{anyOf(f.part, values), column})
		}
		return column
	}
	return within(c)
}

// plain are the values of a condition that asks for whole texts, nil if it does not.
func plain(c search.Condition) (values []string) {
	if c.Op != "=" && c.Op != "IN" {
		return nil
	}
	for _, v := range c.Values {
		if v.Wild() || v.Parts[0] == "" {
			return nil
		}
		values = append(values, v.Parts[0])
	}
	return values
}

// numeric looks into a column of numbers, if the block's bounds do not say it all.
func numeric(c search.Condition, field int) filter {
	least, most, bounded := c.Bounds()
	return filter{byNumber, func(b *Block, in Bits) (bool, error) {
		if bounded && (b.Most[field] < least || b.Least[field] > most) {
			clear(in)
			return true, nil
		}
		if bounded && b.Least[field] >= least && b.Most[field] <= most {
			return true, nil
		}
		column, err := b.number(numberFields[field].part)
		if err != nil {
			return false, err
		}
		for i := in.After(-1); i >= 0; i = in.After(i) {
			n := column.at(i)
			if bounded && (n < least || n > most) || !bounded && !c.Holds(n) {
				in.Remove(i)
			}
		}
		return true, nil
	}}
}

// textual looks into a column of texts; the condition is tried once on each different text.
func textual(c search.Condition, f textField) filter {
	values := plain(c)
	if f.list != nil {
		values = nil
	}
	return filter{byText, func(b *Block, in Bits) (bool, error) {
		column, err := b.text(f)
		if err != nil {
			return false, err
		}
		fulfilled := make([]bool, len(column.values))
		for _, v := range values {
			if code := column.find(v); code >= 0 {
				fulfilled[code] = true
			}
		}
		if values == nil {
			for code, text := range column.values {
				fulfilled[code] = c.Holds(f.value(text))
			}
		}
		for i := in.After(-1); i >= 0; i = in.After(i) {
			if !fulfilled[column.code(i)] {
				in.Remove(i)
			}
		}
		return true, nil
	}}
}

// within finds candidates for a condition on a text that has no column and is part of the searched text.
func within(c search.Condition) filter {
	known := (c.Op == "=" || c.Op == "IN" || c.Op == "STARTS_WITH") && (c.Field == "input" || c.Field == "output")
	var either []filter
	for _, v := range c.Values {
		var buckets []uint16
		for _, part := range v.Parts {
			known = known && utf8.ValidString(part)
			buckets = append(buckets, runs(strings.ToLower(part))...)
		}
		either = append(either, having(buckets))
	}
	if !known {
		return filter{byRows, func(*Block, Bits) (bool, error) { return false, nil }}
	}
	return folder{}.Either(either)
}

// having keeps the rows that are in all of the buckets. It learns from block to block which of them tell rows apart: these come
// first, and those that hardly any row lacks are left out. So are the rest where few rows are left: it takes as long to look
// at the rows themselves.
func having(buckets []uint16) filter {
	const (
		few     = 2
		learned = 1 << 14 // rows
	)
	type bucket struct {
		number   uint16
		in, kept int // rows so far
	}
	all := make([]bucket, len(buckets))
	for i, b := range buckets {
		all[i].number = b
	}
	return filter{byPostings, func(b *Block, in Bits) (bool, error) {
		slices.SortStableFunc(all, func(a, b bucket) int { return cmp.Compare(a.kept*max(b.in, 1), b.kept*max(a.in, 1)) })
		n := in.Count()
		for i := range all {
			one := &all[i]
			if n <= few && i > 0 || one.in > learned && one.kept > one.in-one.in/16 {
				break
			}
			if err := b.posting(one.number, in); err != nil {
				return false, err
			}
			one.in += n
			n = in.Count()
			one.kept += n
		}
		return n == 0, nil
	}}
}

// anyOf keeps the rows that may have one of some values.
func anyOf(part byte, values []string) filter {
	var either []filter
	for _, v := range values {
		either = append(either, having([]uint16{term(part, v)}))
	}
	f := folder{}.Either(either)
	return filter{byPostings, func(b *Block, in Bits) (bool, error) {
		_, err := f.keep(b, in)
		return true, err // the column says the rest
	}}
}

// posting leaves in a set the rows that a bucket has.
func (b *Block) posting(bucket uint16, in Bits) error {
	value, err := b.get(numbered(postingKey, int(bucket)/perPart))
	if err != nil {
		return err
	}
	return posting(value, bucket, in, b.Rows)
}
