// Package wire encodes the rows of stores: a struct's fields with their numbers, zero values left out, in the wire format of
// Protocol Buffers. It is smaller than JSON and several times faster, as it uses no reflection. A field that a reader does
// not know is passed over, and one that is missing is zero, so rows outlive versions; a number is never used for another
// field. One method of a struct describes both directions.
package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fielder is a struct that can be encoded.
type Fielder interface {
	// Fields names the fields to the codec, in ascending order of their numbers.
	Fields(c *Codec)
}

// ErrDamaged says that a row is not what was written.
var ErrDamaged = errors.New("row is damaged")

// Append appends the encoded fields of v to b.
func Append(b []byte, v Fielder) ([]byte, error) {
	c := Codec{b: b}
	v.Fields(&c)
	return c.b, c.err
}

// Decode sets the fields of v, which must be zero before, from what Append wrote. It keeps no reference to b.
func Decode(b []byte, v Fielder) error {
	c := Codec{b: b, reads: true}
	c.next()
	v.Fields(&c)
	for c.err == nil && c.number != end {
		c.skip()
	}
	return c.err
}

// Codec encodes or decodes one struct.
type Codec struct {
	b     []byte
	err   error
	reads bool

	number protowire.Number // of the field that is next to be read
	kind   protowire.Type
}

// end stands for the number of the field after the last one.
const end = protowire.MaxValidNumber + 1

func (c *Codec) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.b, c.number = nil, end
}

func (c *Codec) next() {
	if len(c.b) == 0 {
		c.number = end
		return
	}
	number, kind, n := protowire.ConsumeTag(c.b)
	if n < 0 {
		c.fail(ErrDamaged)
		return
	}
	c.number, c.kind, c.b = number, kind, c.b[n:]
}

func (c *Codec) skip() {
	n := protowire.ConsumeFieldValue(c.number, c.kind, c.b)
	if n < 0 {
		c.fail(ErrDamaged)
		return
	}
	c.b = c.b[n:]
	c.next()
}

// at passes over fields that nobody asks for and reports whether the next one has this number.
func (c *Codec) at(number protowire.Number, kind protowire.Type) bool {
	for c.number < number {
		c.skip()
	}
	if c.number != number {
		return false
	}
	if c.kind != kind {
		c.fail(ErrDamaged)
		return false
	}
	return true
}

func (c *Codec) bytes() []byte {
	v, n := protowire.ConsumeBytes(c.b)
	if n < 0 {
		c.fail(ErrDamaged)
		return nil
	}
	c.b = c.b[n:]
	return v
}

// Int is a field that holds a whole number.
func Int[I ~int | ~int64 | ~uint8](c *Codec, number protowire.Number, p *I) {
	if !c.reads {
		if *p != 0 {
			c.b = protowire.AppendVarint(protowire.AppendTag(c.b, number, protowire.VarintType), uint64(*p))
		}
		return
	}
	if c.at(number, protowire.VarintType) {
		v, n := protowire.ConsumeVarint(c.b)
		if n < 0 {
			c.fail(ErrDamaged)
			return
		}
		*p, c.b = I(v), c.b[n:]
		c.next()
	}
}

// Bool is a field that holds true or false.
func Bool(c *Codec, number protowire.Number, p *bool) {
	var v uint8
	if *p {
		v = 1
	}
	Int(c, number, &v)
	if c.reads {
		*p = v != 0
	}
}

// Text is a field that holds a string.
func Text[S ~string](c *Codec, number protowire.Number, p *S) {
	if !c.reads {
		if *p != "" {
			c.b = protowire.AppendString(protowire.AppendTag(c.b, number, protowire.BytesType), string(*p))
		}
		return
	}
	if c.at(number, protowire.BytesType) {
		*p = S(c.bytes())
		c.next()
	}
}

// Texts is a field that holds a list of strings.
func Texts(c *Codec, number protowire.Number, p *[]string) {
	if !c.reads {
		for _, s := range *p {
			c.b = protowire.AppendString(protowire.AppendTag(c.b, number, protowire.BytesType), s)
		}
		return
	}
	for c.at(number, protowire.BytesType) {
		*p = append(*p, string(c.bytes()))
		c.next()
	}
}

// Map is a field that holds strings by string.
func Map(c *Codec, number protowire.Number, p *map[string]string) {
	var pairs []string
	if !c.reads && len(*p) > 0 {
		for _, k := range slices.Sorted(maps.Keys(*p)) {
			pairs = append(pairs, k, (*p)[k])
		}
	}
	Texts(c, number, &pairs)
	if !c.reads || len(pairs) == 0 {
		return
	}
	if len(pairs)%2 != 0 {
		c.fail(ErrDamaged)
		return
	}
	*p = make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		(*p)[pairs[i]] = pairs[i+1]
	}
}

// JSON is a field that points to what is better left to its own JSON; nil is left out.
func JSON[T any](c *Codec, number protowire.Number, p **T) {
	if !c.reads {
		if *p == nil {
			return
		}
		b, err := json.Marshal(*p)
		if err != nil {
			c.fail(err)
			return
		}
		c.b = protowire.AppendBytes(protowire.AppendTag(c.b, number, protowire.BytesType), b)
		return
	}
	if c.at(number, protowire.BytesType) {
		*p = new(T)
		if err := json.Unmarshal(c.bytes(), *p); err != nil {
			c.fail(fmt.Errorf("%w: %w", ErrDamaged, err))
			return
		}
		c.next()
	}
}

// Struct is a field that points to a struct; nil is left out.
func Struct[T any, P interface {
	*T
	Fielder
}](c *Codec, number protowire.Number, p **T) {
	if !c.reads {
		if *p == nil {
			return
		}
		b, err := Append(nil, P(*p))
		if err != nil {
			c.fail(err)
			return
		}
		c.b = protowire.AppendBytes(protowire.AppendTag(c.b, number, protowire.BytesType), b)
		return
	}
	if c.at(number, protowire.BytesType) {
		*p = new(T)
		if err := Decode(c.bytes(), P(*p)); err != nil {
			c.fail(err)
			return
		}
		c.next()
	}
}
