package expr

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// document is a Document of decoded JSON.
type document map[string]map[string]any

func (d document) Field(root, name string) (any, bool) {
	v, ok := d[root][name]
	return v, ok
}

func (d document) Root(root string) (map[string]any, bool) {
	m, ok := d[root]
	if _, bare := m[""]; bare {
		return nil, false
	}
	return m, ok
}

// decoded reads JSON with json.Number for numbers.
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

func encoded(t testing.TB, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatalf("encode %v: %v", v, err)
	}
	return strings.TrimSpace(b.String())
}

// show is a document with an execution in the middle of its run.
func show(t testing.TB) document {
	d := document{}
	for root, v := range decoded(t, `{
		"workflow": {
			"workflowId": "w1", "version": 2, "status": "RUNNING", "correlationId": null,
			"input": {
				"title": "Dark", "key": "b", "n": 1.10, "big": 12345678901234567890, "yes": true, "none": null,
				"list": [1, 2, 3], "with-dash": "d", "a b": "spaced", "i": 1, "dotted.name": "dn",
				"formats": [
					{"name": "webp", "size": 10, "tags": ["x", "y"]},
					{"name": "avif", "size": 7.5, "tags": []},
					{"name": "jpeg", "size": 30, "draft": {"name": "deep"}}
				],
				"words": ["a", "b"], "m": {"b": {"k": "found"}, "q": "<&>"}
			},
			"variables": {"count": 3}, "output": {}
		},
		"encode": {"status": "COMPLETED", "output": {"files": ["one", "two"], "meta": {"w": 100}}, "taskId": "t1"}
	}`).(map[string]any) {
		d[root] = v.(map[string]any)
	}
	d["workflow"]["env"] = Env(func(name string) (string, bool) {
		vars := map[string]string{"REGION": "eu", "CFG": `{"db": {"port": 5432}}`}
		v, ok := vars[name]
		return v, ok
	})
	d["CPEWF_TASK_ID"] = map[string]any{"": "t2"}
	return d
}

func TestResolve(t *testing.T) {
	t.Setenv("PODIUM_TEST_LEAK", "leaked")
	doc := show(t)
	for in, want := range map[string]string{
		// A whole expression keeps the type.
		"${workflow.input.title}":   `"Dark"`,
		"${workflow.input.n}":       `1.10`,
		"${workflow.input.big}":     `12345678901234567890`,
		"${workflow.input.yes}":     `true`,
		"${workflow.input.none}":    `null`,
		"${workflow.input.list}":    `[1,2,3]`,
		"${workflow.input.m}":       `{"b":{"k":"found"},"q":"<&>"}`,
		"${workflow.version}":       `2`,
		"${encode.output.meta.w}":   `100`,
		"${encode.output.files[1]}": `"two"`,
		"${encode}":                 `{"output":{"files":["one","two"],"meta":{"w":100}},"status":"COMPLETED","taskId":"t1"}`,
		"${ encode.taskId }":        `"t1"`,
		"${$.encode.taskId}":        `"t1"`,
		// Inside a text it becomes text.
		"a ${workflow.input.title} b":                                  `"a Dark b"`,
		"${workflow.input.title}${workflow.version}":                   `"Dark2"`,
		"${workflow.input.title} ":                                     `"Dark "`,
		"n=${workflow.input.n}":                                        `"n=1.10"`,
		"big=${workflow.input.big}":                                    `"big=12345678901234567890"`,
		"x=${workflow.input.none}":                                     `"x=null"`,
		"x=${workflow.input.missing}":                                  `"x=null"`,
		"x=${workflow.input.yes}":                                      `"x=true"`,
		"x=${workflow.input.list}":                                     `"x=[1,2,3]"`,
		"x=${workflow.input.m}":                                        `"x={\"b\":{\"k\":\"found\"},\"q\":\"<&>\"}"`,
		`{"a":"${workflow.input.title}","b":{"c":"${encode.taskId}"}}`: `"{\"a\":\"Dark\",\"b\":{\"c\":\"t1\"}}"`,
		// Nested expressions, innermost first.
		"${workflow.input.m.${workflow.input.key}.k}":                                    `"found"`,
		"${workflow.input.list[${workflow.input.i}]}":                                    `2`,
		"${workflow.input.formats[?(@.name=='${workflow.input.formats[0].name}')].size}": `[10]`,
		"${encode.${workflow.input.missing}}":                                            `null`,
		// What came out of an expression is not read again.
		"${workflow.input.m.${workflow.input.none}}": `null`,
		// Escapes, empty and unfinished expressions.
		"$${workflow.input.title}": `"${workflow.input.title}"`,
		"a $${x} ${encode.taskId}": `"a ${x} t1"`,
		"$$${encode.taskId}":       `"$${encode.taskId}"`,
		"${}":                      `""`,
		"${ }":                     `""`,
		"a${}b":                    `"ab"`,
		"${workflow.input.title":   `"${workflow.input.title"`,
		"${oops ${encode.taskId}":  `"${oops t1"`,
		"$ {x} $x } {":             `"$ {x} $x } {"`,
		// What leads nowhere is null.
		"${workflow.input.missing.deeper}": `null`,
		"${workflow.input.title.deeper}":   `null`,
		"${workflow.input.list[9]}":        `null`,
		"${workflow.input.list[-1]}":       `3`,
		"${later.output.x}":                `null`,
		"${workflow.input.list.first}":     `null`,
		"${workflow.input.}":               `null`,
		"${workflow.input[}":               `null`,
		// Names that are no roots see nothing of the process.
		"${PATH}":              `null`,
		"${PODIUM_TEST_LEAK}":  `null`,
		"x${PODIUM_TEST_LEAK}": `"xnull"`,
		"${CPEWF_TASK_ID}":     `"t2"`,
		// Environment and secrets.
		"${workflow.env.REGION}":                    `"eu"`,
		"r=${workflow.env.REGION}":                  `"r=eu"`,
		"${workflow.env.CFG.db.port}":               `5432`,
		"${workflow.env.REGION.x}":                  `null`,
		"${workflow.env.HOME}":                      `null`,
		"${workflow.env}":                           `{}`,
		"${workflow.secrets.KEY}":                   `"${workflow.secrets.KEY}"`,
		"Bearer ${workflow.secrets.KEY.token}":      `"Bearer ${workflow.secrets.KEY.token}"`,
		"${workflow.secrets.${workflow.input.key}}": `"${workflow.secrets.b}"`,
		// JSONPath.
		"${workflow.input.with-dash}":                             `"d"`,
		"${workflow.input['a b']}":                                `"spaced"`,
		"${workflow['input'][\"dotted.name\"]}":                   `"dn"`,
		"${workflow.input.formats[*].name}":                       `["webp","avif","jpeg"]`,
		"${workflow.input.formats[?(@.size>8)].name}":             `["webp","jpeg"]`,
		"${workflow.input.formats[?(@.size == 7.5)].name}":        `["avif"]`,
		"${workflow.input.formats[?(@.size>800)].name}":           `[]`,
		"${workflow.input.formats[0:2].name}":                     `["webp","avif"]`,
		"${workflow.input.formats..name}":                         `["webp","avif","jpeg","deep"]`,
		"${workflow.input.formats.length()}":                      `3`,
		"${workflow.input.list.sum()}":                            `6`,
		"${workflow.input.list.max()}":                            `3`,
		"${workflow.input.list.min()}":                            `1`,
		"${workflow.input.list.avg()}":                            `2`,
		"${workflow.input.m.keys()}":                              `["b","q"]`,
		"${workflow.input.words.concat()}":                        `"ab"`,
		"${concat($.workflow.input.title, '-', $.encode.taskId)}": `"Dark-t1"`,
		"${workflow.input.formats[?(@.name=='a}b')].name}":        `[]`,
	} {
		if got := encoded(t, Resolve(in, doc)); got != want {
			t.Errorf("Resolve(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestResolveGoesIntoMapsAndLists(t *testing.T) {
	in := decoded(t, `{"${encode.taskId}": "key stays", "l": ["${encode.taskId}", 1, {"x": "${workflow.version}"}], "c": {"d": ["e"]}}`)
	before := encoded(t, in)
	got := encoded(t, Resolve(in, show(t)))
	if want := `{"${encode.taskId}":"key stays","c":{"d":["e"]},"l":["t1",1,{"x":2}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if after := encoded(t, in); after != before {
		t.Errorf("the input changed from %s to %s", before, after)
	}
	for _, v := range []any{nil, true, json.Number("1"), int64(2), 2.5} {
		if got := Resolve(v, show(t)); got != v {
			t.Errorf("Resolve(%v) = %v", v, got)
		}
	}
}

func TestResolveMapIsTheCallersOwn(t *testing.T) {
	in := map[string]any{"a": "constant"}
	out := ResolveMap(in, show(t))
	out["b"] = 1
	if len(in) != 1 || out["a"] != "constant" {
		t.Errorf("in %v, out %v", in, out)
	}
	if out := ResolveMap(nil, show(t)); out == nil {
		t.Error("no map for no input")
	}
}

func TestNilEnv(t *testing.T) {
	doc := document{"workflow": {"env": Env(nil)}}
	if got := Resolve("${workflow.env.X}", doc); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestDeepNestingOfExpressionsIsText(t *testing.T) {
	in := strings.Repeat("${", 100_000) + "encode.taskId" + strings.Repeat("}", 100_000)
	if got, ok := Resolve(in, show(t)).(string); ok && !strings.Contains(got, "${") {
		t.Errorf("got %.80q", got)
	}
}

func TestHasExpression(t *testing.T) {
	for text, want := range map[string]bool{
		`"a"`: false, `"$a {b}"`: false, `"x${a}"`: true, `{"a":[1,{"b":"${c}"}]}`: true, `{"${a}":1}`: false, `[null,[]]`: false,
	} {
		if got := HasExpression(decoded(t, text)); got != want {
			t.Errorf("HasExpression(%s) = %v", text, got)
		}
	}
}

func TestText(t *testing.T) {
	for want, v := range map[string]any{
		"null": nil, "a": "a", "true": true, "1.50": json.Number("1.50"), "7": int64(7), "8": 8, "2.5": 2.5, "3": 3.0,
		`[1,"<a>"]`: []any{1, "<a>"}, `{"a":null}`: map[string]any{"a": nil},
	} {
		if got := Text(v); got != want {
			t.Errorf("Text(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestTruthy(t *testing.T) {
	for _, v := range []any{true, int64(1), 1, 0.5, json.Number("2")} {
		if !Truthy(v) {
			t.Errorf("%v (%T) is false", v, v)
		}
	}
	for _, v := range []any{nil, false, int64(0), -1, 0.0, json.Number("-3"), "true", "1", []any{1}, map[string]any{"a": 1}} {
		if Truthy(v) {
			t.Errorf("%v (%T) is true", v, v)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"${a.b}", "$${a}", "x${a.${b.c}}y", "${a[?(@.x=='${b}')]}", "${a['}']}", "${${${", "${a..*.length()}", "${a[1:2,'x']}"} {
		f.Add(s)
	}
	doc := show(f)
	f.Fuzz(func(t *testing.T, s string) {
		first := Resolve(s, doc)
		if !strings.Contains(s, "${") && !reflect.DeepEqual(first, s) {
			t.Errorf("%q has no expression and became %v", s, first)
		}
		if second := Resolve(s, doc); !reflect.DeepEqual(first, second) {
			t.Errorf("%q gave %v, then %v", s, first, second)
		}
	})
}

func BenchmarkResolvePlain(b *testing.B) {
	doc := show(b)
	for b.Loop() {
		Resolve("${workflow.input.m.b.k}", doc)
	}
}

func BenchmarkResolveText(b *testing.B) {
	doc := show(b)
	for b.Loop() {
		Resolve("title ${workflow.input.title} in ${encode.output.files[1]}", doc)
	}
}

func BenchmarkResolveConstant(b *testing.B) {
	doc, in := show(b), decoded(b, `{"a":{"b":["c","d"]},"e":1,"f":"g"}`)
	for b.Loop() {
		Resolve(in, doc)
	}
}
