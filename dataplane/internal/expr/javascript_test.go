package expr

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const inputs = `{
	"a": {"b": 1, "size": null}, "list": [3, 1, 2], "s": "text", "n": 2.50, "i": 7, "big": 9007199254740993,
	"yes": true, "none": null, "empty": {}, "people": [{"name": "ann", "age": 30}, {"name": "bob", "age": 20}],
	"__proto__": {"x": 1}
}`

func TestJavaScript(t *testing.T) {
	input := decoded(t, inputs).(map[string]any)
	for script, want := range map[string]string{
		"1 + 1":                              `2`,
		"$.a.b":                              `1`,
		"$.missing":                          `null`,
		"$.none === null":                    `true`,
		"$.n * 2":                            `5`,
		"$.n":                                `2.5`,
		"$.i / 2":                            `3.5`,
		"typeof $.i + Number.isInteger($.i)": `"numbertrue"`,
		"$['s'].length":                      `4`,
		"`${$.s}!`":                          `"text!"`,
		"$.list":                             `[3,1,2]`,
		"$.list.map(x => x * 2)":             `[6,2,4]`,
		"$.list.sort()":                      `[1,2,3]`,
		"Array.isArray($.list)":              `true`,
		"$.list instanceof Array":            `true`,
		"$.people.filter(p => p.age > 25).map(p => p.name)":   `["ann"]`,
		"({a: 1, u: undefined, f: () => 1, n: null, d: 1.5})": `{"a":1,"d":1.5,"f":null,"n":null,"u":null}`,
		"[1, , 3]":                            `[1,null,3]`,
		"undefined":                           `null`,
		"null":                                `null`,
		"(function () { return {x: $.i} })()": `{"x":7}`,
		"function e() { if ($.i > 5) { return 'big' } return 'small' } e();": `"big"`,
		"(() => { const {a, ...rest} = {a: 1, b: 2}; return rest })()":       `{"b":2}`,
		"if ( $.a['b'] < $.i ) { true; } else { false; }":                    `true`,
		"var x = 5; x > 3":                `true`,
		"new Date(0)":                     `"1970-01-01T00:00:00.000Z"`,
		"({d: new Date(1500)})":           `{"d":"1970-01-01T00:00:01.500Z"}`,
		"new Date(NaN)":                   `null`,
		"0 / 0":                           `null`,
		"-1 / 0":                          `null`,
		"2 ** 53":                         `9007199254740992`,
		"123456789012345678901234567890n": `123456789012345678901234567890`,
		"12n":                             `12`,
		"new String('s')":                 `"s"`,
		"[new Number(3), new Boolean(true), new Number(1.5)]": `[3,true,1.5]`,
		"Symbol('x')":                   `null`,
		"/a/":                           `{}`,
		"() => 1":                       `null`,
		"Promise.resolve(4)":            `4`,
		"(async () => $.i)()":           `7`,
		"JSON.stringify($.a)":           `"{\"b\":1,\"size\":null}"`,
		"JSON.parse('{\"x\":[1,2.5]}')": `{"x":[1,2.5]}`,
		"JSON.parse('[1]', (k, v) => Array.isArray(v) ? v : v + 1)": `[2]`,
		"console.log('x'); console.error(1, 2); 3":                  `3`,
		"Object.keys($.people[0])":                                  `["age","name"]`,
		"$.__proto__.x":                                             `1`,
		"Object.keys($).includes('__proto__')":                      `true`,
		// As if lists and maps were Java's.
		"$.list.size()":        `3`,
		"$.list.get(1)":        `1`,
		"$.list.contains(2)":   `true`,
		"$.list.contains(9)":   `false`,
		"$.list.isEmpty()":     `false`,
		"$.empty.isEmpty()":    `true`,
		"$.empty.size()":       `0`,
		"$.get('i')":           `7`,
		"$.get('missing')":     `null`,
		"$.a.containsKey('b')": `true`,
		"$.a.containsKey('c')": `false`,
		"$.a.size":             `null`,
		"(() => { let n = []; for (const k in $.a) n.push(k); for (const k in $.list) n.push(k); return n.concat(Object.keys($.a)) /* size get */ })()": `["b","size","0","1","2","b","size"]`,
		"JSON.stringify([$.list, $.empty]) // size": `"[[3,1,2],{}]"`,
	} {
		got, err := JavaScript(t.Context(), script, input, 0)
		if err != nil {
			t.Errorf("%s: %v", script, err)
		} else if text := encoded(t, got); text != want {
			t.Errorf("%s = %s, want %s", script, text, want)
		}
	}
}

func TestJavaScriptGetsACopy(t *testing.T) {
	input := decoded(t, inputs).(map[string]any)
	before := encoded(t, input)
	for range 2 {
		got, err := JavaScript(t.Context(), "$.list.push(4); $.a.b = 'changed'; $.x = 1; globalThis.seen = (globalThis.seen || 0) + 1; seen", input, 0)
		if err != nil || got != int64(1) {
			t.Errorf("got %v, %v; a run saw the globals of another", got, err)
		}
	}
	if after := encoded(t, input); after != before {
		t.Errorf("the input changed to %s", after)
	}
	if got, err := JavaScript(t.Context(), "Object.keys($).length", nil, 0); err != nil || got != int64(0) {
		t.Errorf("without input: %v, %v", got, err)
	}
}

func TestJavaScriptErrors(t *testing.T) {
	for script, want := range map[string]ScriptError{
		"":                                     {"the script is empty", 0},
		" \n ":                                 {"the script is empty", 0},
		"1 +":                                  {"SyntaxError: Unexpected end of input", 1},
		"var a = 1;\n\na ]":                    {"SyntaxError: Unexpected token ]", 3},
		"return 1":                             {"SyntaxError: Illegal return statement", 1},
		"let a; let a":                         {"SyntaxError: Identifier 'a' has already been declared", 1},
		"\n$.missing.x":                        {"TypeError: Cannot read property 'x' of undefined", 2},
		"missing":                              {"ReferenceError: missing is not defined", 1},
		"throw 'plain'":                        {"plain", 1},
		"throw new Error('mine')":              {"Error: mine", 1},
		"throw {code: 1}":                      {"[object Object]", 1},
		"throw null":                           {"null", 1},
		"throw {toString() { throw 'inner' }}": {"inner", 1},
		"(function f() { return f() })()":      {"RangeError: Maximum call stack size exceeded", 0},
		"({get x() { throw new Error('in a getter') }})":                     {"Error: in a getter", 1},
		"Promise.reject(new Error('async'))":                                 {"Error: async", 0},
		"var a = []; a.push(a); a":                                           {"the result contains itself, so it cannot be written as JSON", 0},
		"var a = {}; a.b = {a: a}; a":                                        {"the result contains itself, so it cannot be written as JSON", 0},
		"var a = []; for (var i = 0; i < 1000; i++) a = [a]; a":              {"the result nests deeper than 500 levels", 0},
		"'x'.repeat(11 * 1024 * 1024)":                                       {"the result is larger than 10 MiB", 0},
		"var a = []; a[4000000000] = 1; a":                                   {"the result is larger than 10 MiB", 0},
		"var a = ['0123456789']; for (var i = 0; i < 40; i++) a = [a, a]; a": {"the result is larger than 10 MiB", 0},
		"JSON.parse('['.repeat(1e6))":                                        {"TypeError: JSON nests too deep", 1},
		"JSON.parse('{')":                                                    {"SyntaxError: Unexpected end of JSON input (EOF)", 1},
		"$.get.missing.x":                                                    {"TypeError: Cannot read property 'x' of undefined", 1},
		strings.Repeat("a", 300<<10):                                         {"the script has 307200 bytes; 131072 are allowed", 0},
	} {
		// The longest limit, as some of these take seconds under the race detector on a busy machine.
		got, err := JavaScript(t.Context(), script, map[string]any{}, MaxLimit)
		e, ok := errors.AsType[*ScriptError](err)
		if !ok {
			t.Errorf("%.60s: got %v, %v", script, got, err)
		} else if e.Message != want.Message || e.Line != want.Line {
			t.Errorf("%.60s: got %q in line %d, want %q in line %d", script, e.Message, e.Line, want.Message, want.Line)
		}
	}
}

func TestJavaScriptSeesNothingOutside(t *testing.T) {
	for _, name := range []string{"require", "process", "fetch", "setTimeout", "load", "print", "Java", "module"} {
		if got, err := JavaScript(t.Context(), "typeof "+name, nil, 0); err != nil || got != "undefined" {
			t.Errorf("typeof %s: %v, %v", name, got, err)
		}
	}
	if _, err := JavaScript(t.Context(), "1\n//# sourceMappingURL=/dev/zero", nil, 0); err != nil {
		t.Error(err)
	}
}

func TestJavaScriptTimeLimit(t *testing.T) {
	for name, script := range map[string]string{
		"loop":             "while (true) {}",
		"caught":           "while (true) { try { while (true) {} } catch (e) {} finally { } }",
		"result's getter":  "({get x() { while (true) {} }})",
		"thrown's text":    "throw {toString() { while (true) {} }}",
		"promise":          "(async () => { while (true) { await null } })()",
		"inside a builtin": "[1, 2].map(function () { while (true) {} })",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := JavaScript(t.Context(), script, nil, 20*time.Millisecond)
			if !errors.Is(err, ErrTimeLimit) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestJavaScriptAnswersWhileABuiltinGoesOn(t *testing.T) {
	start := time.Now()
	_, err := JavaScript(t.Context(), `/(a+)+b\1/.test('a'.repeat(40)); 'no match'`, nil, 20*time.Millisecond)
	if took := time.Since(start); !errors.Is(err, ErrTimeLimit) || took > time.Minute {
		t.Errorf("got %v after %s", err, took)
	}
}

func TestJavaScriptCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := JavaScript(ctx, "while (true) {}", nil, MaxLimit); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := JavaScript(ctx, "1", nil, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLambda(t *testing.T) {
	input := map[string]any{"x": json.Number("4")}
	for body, want := range map[string]string{
		"if ($.x > 3) { return {big: true} } return {}": `{"big":true}`,
		"return $.x // comment":                         `4`,
		"$.x":                                           `null`,
	} {
		got, err := Lambda(t.Context(), body, input, 0)
		if err != nil || encoded(t, got) != want {
			t.Errorf("%s = %v, %v", body, got, err)
		}
	}
	if _, err := Lambda(t.Context(), "\nreturn $.y.z", input, 0); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}

func TestCheckJavaScript(t *testing.T) {
	if err := CheckJavaScript("$.a == 'b' ? 1 : 2"); err != nil {
		t.Error(err)
	}
	if err := CheckJavaScript("if ("); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v", err)
	}
}

// Scripts that nest as deep as their length allows must not run the parser out of stack.
func TestDeepSourceIsSurvived(t *testing.T) {
	for _, unit := range []string{"(", "[", "!", "a.", "if(1)", "`${", "new "} {
		_ = CheckJavaScript(strings.Repeat(unit, (maxScript-1)/len(unit)))
	}
}

func BenchmarkJavaScript(b *testing.B) {
	input := decoded(b, inputs).(map[string]any)
	for b.Loop() {
		if _, err := JavaScript(b.Context(), "$.list.length > 2 && $.a.b == 1", input, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJavaScriptHelpers(b *testing.B) {
	input := decoded(b, inputs).(map[string]any)
	for b.Loop() {
		if _, err := JavaScript(b.Context(), "$.list.size() > 2", input, 0); err != nil {
			b.Fatal(err)
		}
	}
}
