package jsonpath

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func decoded(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return v
}

const shop = `{
	"books": [
		{"title": "A", "price": 8.95, "tags": ["x", "y"], "isbn": "1"},
		{"title": "B", "price": 12, "tags": [], "note": null},
		{"title": "C", "price": 30000000000000000001, "tags": ["x"], "author": {"name": "ann", "price": 1}}
	],
	"bike": {"color": "red", "price": 19.95}, "limit": 10, "two": "2",
	"it's": 1, "a.b": {"c d": 2}, "ü": 3, "n": [1, 2, 3, "4", 5.5], "words": ["a", "b"], "deep": [[1, [2]], [3]]
}`

func TestGet(t *testing.T) {
	root := decoded(t, shop)
	for path, want := range map[string]string{
		// Paths to one value.
		"$.bike.color": `"red"`, "bike.color": `"red"`, "$['bike']['color']": `"red"`, `$["bike"].color`: `"red"`,
		"$.books[0].title": `"A"`, "$.books[-1].title": `"C"`, "$.books[ 1 ].title": `"B"`, "$.books.[1].title": `"B"`,
		`$['it\'s']`: `1`, `$["it's"]`: `1`, "$.it's": `1`, "$['a.b']['c d']": `2`, "$.ü": `3`, `$['\u00fc']`: `3`,
		"$.books[1].note": `null`, "$.deep[0][1][0]": `2`,
		// Nowhere.
		"$.x": `-`, "$.bike.color.x": `-`, "$.books[3]": `-`, "$.books[-4]": `-`, "$.books.title": `-`, "$.bike[0]": `-`,
		// Several values.
		"$.books[*].title": `["A","B","C"]`, "$.bike.*": `["red",19.95]`, "$.n[1:3]": `[2,3]`, "$.n[:2]": `[1,2]`,
		"$.n[-2:]": `["4",5.5]`, "$.n[:-3]": `[1,2]`, "$.n[9:]": `[]`, "$.n[0,2]": `[1,3]`, "$.n[3:1]": `[]`,
		"$.x[*]": `[]`, "$.books[*].isbn": `["1"]`, "$.limit[*]": `[]`,
		"$.bike['color','price','x']": `{"color":"red","price":19.95}`, "$.books[0,1]['title','isbn']": `[{"isbn":"1","title":"A"},{"title":"B"}]`,
		"$['bike','limit']['color']": `["red"]`,
		// Deep scans, parents first.
		"$..price": `[19.95,8.95,12,30000000000000000001,1]`, "$.books..name": `["ann"]`, "$..books[0].title": `["A"]`,
		"$.deep..*": `[[1,[2]],[3],1,[2],2,3]`, "$.deep..[0]": `[[1,[2]],1,2,3]`, "$..[?(@.isbn)].title": `["A"]`,
		"$..['title','isbn']": `["A","1","B","C"]`,
		// Filters.
		"$.books[?(@.price > 10)].title":                                `["B","C"]`,
		"$.books[?(@.price<$.limit)].title":                             `["A"]`,
		"$.books[?(@.price >= 30000000000000000001)].title":             `["C"]`,
		"$.books[?(@.price > 30000000000000000000)].title":              `["C"]`,
		"$.books[?(@.price == 12.0)].title":                             `["B"]`,
		"$.books[?(@.price == '12')].title":                             `["B"]`,
		"$.books[?(@.isbn == 1)].title":                                 `["A"]`,
		"$.books[?(@.title=='A'||@.title=='B')].title":                  `["A","B"]`,
		"$.books[?(@.title!='A' && @.price<100)].title":                 `["B"]`,
		"$.books[?(!(@.title == 'A'))].title":                           `["B","C"]`,
		"$.books[?(@.isbn)].title":                                      `["A"]`,
		"$.books[?(!@.isbn)].title":                                     `["B","C"]`,
		"$.books[?(@.note)].title":                                      `["B"]`,
		"$.books[?(@.note == null)].title":                              `["B"]`,
		"$.books[?(@.isbn != '1')].title":                               `["B","C"]`,
		"$.books[?(@['title'] == \"A\")].title":                         `["A"]`,
		"$.books[?@.title == 'A'].price":                                `[8.95]`,
		"$.books[?(@.title =~ /[ab]/i)].title":                          `["A","B"]`,
		"$.books[?(@.title =~ /a/)].title":                              `[]`,
		`$.books[?(@.title =~ /A\/?/)].title`:                           `["A"]`,
		"$.books[?(@.title in ['A', 'C'])].title":                       `["A","C"]`,
		"$.books[?(@.title IN ['A'])].title":                            `["A"]`,
		"$.books[?('x' in @.tags)].title":                               `["A","C"]`,
		"$.books[?(@.title nin ['A'])].title":                           `["B","C"]`,
		"$.books[?(@.tags contains 'y')].title":                         `["A"]`,
		"$.books[?(@.title contains 'B')].title":                        `["B"]`,
		"$.books[?(@.tags size 2)].title":                               `["A"]`,
		"$.books[?(@.tags empty true)].title":                           `["B"]`,
		"$.books[?(@.tags empty false)].title":                          `["A","C"]`,
		"$.books[?(@.tags subsetof ['x'])].title":                       `["B","C"]`,
		"$.books[?(@.tags anyof ['y','z'])].title":                      `["A"]`,
		"$.books[?(@.tags noneof ['y'])].title":                         `["B","C"]`,
		"$.books[?(@.tags all ['x','y'])].title":                        `["A"]`,
		"$.books[?(@.tags == ['x'])].title":                             `["C"]`,
		"$.books[?(@.tags.length() > 1)].title":                         `["A"]`,
		"$.books[?(@.author.name)].title":                               `["C"]`,
		"$.books[?(@..price > 0)].title":                                `[]`,
		"$.books[?(@.author[?(@.name == 'ann')])].title":                `["C"]`,
		"$.books[?(true)].title":                                        `["A","B","C"]`,
		"$.books[?(@.price > 10)][?(@.isbn == null || @.author)].title": `["C"]`,
		"$.bike[?(@.color == 'red')].price":                             `[19.95]`,
		"$.n[?(@ > 2)]":                                                 `[3,5.5]`,
		"$.n[?(@ == 4)]":                                                `["4"]`,
		"$.words[?(@ >= 'b')]":                                          `["b"]`,
		"$.books[?(@.price > 'a')].title":                               `[]`,
		// Functions.
		"$.books.length()": `3`, "$.bike.size()": `2`, "$.limit.length()": `-`, "$.two.length()": `-`, "$.x.length()": `-`,
		"$.n.sum()": `11.5`, "$.n.min()": `1`, "$.n.max()": `5.5`, "$.n.avg()": `2.875`, "$.words.sum()": `-`,
		"$.books[*].price.max()": `30000000000000000000`, "$..name.length()": `1`, "$.bike.keys()": `["color","price"]`,
		"$.n.first()": `1`, "$.n.last()": `5.5`, "$.n.index(1)": `2`, "$.words.append('c')": `["a","b","c"]`,
		"$.words.concat('-', $.bike.color)": `"ab-red"`, "$.concat($.bike.color, 'x', \"y\")": `"redxy"`, "concat('a')": `"a"`,
		"$.sum($.n)": `11.5`, "$.length($.n)": `5`, "$.bike.keys().length()": `2`, "$.n[?(@ == $.n.max())]": `[5.5]`,
		"$.deep.stddev()": `-`, "$.n[0:2].stddev()": `0.5`, "$.words.index('x')": `-`, "$.words.keys()": `-`,
	} {
		p, err := Parse(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		got := "-"
		if v, ok := p.Get(root); ok {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got = string(b)
		}
		if got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for path, want := range map[string]string{
		"": "a name is missing", "$.": "a name is missing", "$.a.": "a name is missing", "$..": "a name is missing",
		"$a": `unexpected 'a'`, "$.a[": `"]" is missing`, "$.a[0": `"]" is missing`, "$.a[]": "an index is missing",
		"$.a[x]": "an index is missing", "$.a['b": "quote is not closed", "$.a['b',]": "quoted text is missing",
		"$.a[99999999999999999999]": "is not an index", "$.a[-]": "is not an index", `$['\u00']`: `\u escape`,
		"$.a.nosuch()": "unknown function", "$.a.length(": "value is missing", "$.a.length().b": `"(" is missing`,
		"$.a.length()[0]": "unexpected", "$.a[?(@.b == )]": "is no value", "$.a[?(@.b == x)]": "is no value",
		"$.a[?(@.b =~ 'x')]": `"/" is missing`, "$.a[?(@.b =~ /x)]": `"/" is missing`, "$.a[?(@.b =~ /(/)]": "error parsing regexp",
		"$.a[?(@.b in [$.c])]": "literals only", "$.a[?(@.b]": `")" is missing`, "$.a[?]": "is no value",
		"$.a[?(@.b &&)]": "is no value", "$.a[(@.length-1)]": "an index is missing",
		"$[?(" + strings.Repeat("(", 100) + "@":        "nest deeper",
		"$" + strings.Repeat("[?(@", 100):              "nest deeper",
		"$.concat(" + strings.Repeat("$.concat(", 100): "nest deeper",
	} {
		if _, err := Parse(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want an error with %q", path, err, want)
		}
	}
}

func TestFields(t *testing.T) {
	for path, want := range map[string][]string{
		"a.b.c": {"a", "b", "c"}, "a['b'][0].c": {"a", "b"}, "a..b": {"a"}, "$[*]": nil, "a.b.length()": {"a", "b"},
	} {
		p, err := Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Fields(); !slices.Equal(got, want) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// object counts the fields that are asked for.
type object struct {
	fields map[string]any
	asked  []string
}

func (o *object) Get(name string) (any, bool) {
	o.asked = append(o.asked, name)
	v, ok := o.fields[name]
	return v, ok
}

func (o *object) Plain() any { return o.fields }

func TestObjectsAreAskedForOneField(t *testing.T) {
	inner := &object{fields: map[string]any{"x": json.Number("1"), "y": json.Number("2")}}
	root := &object{fields: map[string]any{"a": inner, "b": "text"}}
	for path, want := range map[string]string{
		"a.x": `1`, "a": `{"x":1,"y":2}`, "a.*": `[1,2]`, "a['x','y']": `{"x":1,"y":2}`, "$.a[?(@.x == 1)].y": `[2]`,
	} {
		p, err := Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := p.Get(root)
		if b, err := json.Marshal(v); err != nil || !ok || string(b) != want {
			t.Errorf("%s = %s, %v, %v", path, b, ok, err)
		}
	}
	if slices.Contains(root.asked, "b") {
		t.Error("b was asked for")
	}
}

func TestWorkIsBounded(t *testing.T) {
	v := any([]any{})
	for range 4000 {
		v = []any{v}
	}
	p, err := Parse("$..*..*")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := p.Get(v); ok {
		t.Errorf("got %d values of millions", len(got.([]any)))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"$.a.b[0]", "a[?(@.b > 1 && !@.c)].d", "$..x['a','b']", "a.concat($.b, 'c')", "a[1:2]", "[?(@ =~ /a/i)]", "a[?(@.b in [1,'x'])]"} {
		f.Add(s)
	}
	root := decoded(f, shop)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		v, ok := p.Get(root)
		if !ok {
			return
		}
		if _, err := json.Marshal(v); err != nil {
			t.Errorf("%s gave what is not JSON: %v", s, err)
		}
	})
}
