package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/wire"
	"github.com/podium-cloud/podium/dataplane/internal/wire/wiretest"
)

type inner struct{ X int }

func (i *inner) Fields(c *wire.Codec) { wire.Int(c, 1, &i.X) }

type kind uint8

type all struct {
	N     int64
	K     kind
	B     bool
	S     string
	L     []string
	M     map[string]string
	In    *inner
	Other *struct{ A []int }
	Last  string
}

func (a *all) Fields(c *wire.Codec) {
	wire.Int(c, 1, &a.N)
	wire.Int(c, 2, &a.K)
	wire.Bool(c, 3, &a.B)
	wire.Text(c, 4, &a.S)
	wire.Texts(c, 6, &a.L)
	wire.Map(c, 7, &a.M)
	wire.Struct(c, 8, &a.In)
	wire.JSON(c, 9, &a.Other)
	wire.Text(c, 200, &a.Last)
}

// old is all as it was before it got most of its fields, and with one that has gone since.
type old struct {
	S    string
	Gone int
	Last string
}

func (o *old) Fields(c *wire.Codec) {
	wire.Text(c, 4, &o.S)
	wire.Int(c, 5, &o.Gone)
	wire.Text(c, 200, &o.Last)
}

func TestRoundTrip(t *testing.T) {
	wiretest.Covers(t, func(a *all) { a.Other = &struct{ A []int }{[]int{1, 2}} })
	negative := &all{N: -5}
	b, _ := wire.Append(nil, negative)
	var got all
	if err := wire.Decode(b, &got); err != nil || got.N != -5 {
		t.Errorf("a negative number came back as %d, %v", got.N, err)
	}
}

func TestRowsOutliveVersions(t *testing.T) {
	full := &all{N: 1, B: true, S: "s", L: []string{"a"}, In: &inner{3}, Last: "l"}
	b, err := wire.Append(nil, full)
	if err != nil {
		t.Fatal(err)
	}
	var before old
	if err := wire.Decode(b, &before); err != nil || before != (old{S: "s", Last: "l"}) {
		t.Errorf("a new row, read by the old version: %+v, %v", before, err)
	}
	b, err = wire.Append(nil, &old{S: "s", Gone: 7, Last: "l"})
	if err != nil {
		t.Fatal(err)
	}
	var after all
	if err := wire.Decode(b, &after); err != nil || !reflect.DeepEqual(after, all{S: "s", Last: "l"}) {
		t.Errorf("an old row, read by the new version: %+v, %v", after, err)
	}
}

func TestDamagedRows(t *testing.T) {
	full := &all{N: 1 << 40, S: "some text", L: []string{"a"}, M: map[string]string{"k": "v"}, In: &inner{300}, Other: &struct{ A []int }{[]int{1}}, Last: "l"}
	b, err := wire.Append(nil, full)
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for n := range b { // cut off in the middle of a field it must not pass for a shorter row
		switch err := wire.Decode(b[:n], new(all)); {
		case err == nil:
			whole++
		case !errors.Is(err, wire.ErrDamaged):
			t.Errorf("cut off after %d bytes: %v", n, err)
		}
	}
	if fields := 8; whole >= fields+1 { // between two fields there is nothing to see
		t.Errorf("%d of %d pieces pass for a row", whole, len(b))
	}
	if err := wire.Decode([]byte(`{"id":"x"}`), new(all)); !errors.Is(err, wire.ErrDamaged) {
		t.Errorf("JSON: %v", err)
	}
	wrong, err := wire.Append(nil, &inner{5}) // 1 is a number here and a text there
	if err != nil {
		t.Fatal(err)
	}
	wrong[0] = 4<<3 | wrong[0]&7
	if err := wire.Decode(wrong, new(all)); !errors.Is(err, wire.ErrDamaged) {
		t.Errorf("a number where a text belongs: %v", err)
	}
}
