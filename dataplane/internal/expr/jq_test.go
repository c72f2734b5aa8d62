package expr

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestJQ(t *testing.T) {
	input := decoded(t, `{"users": [{"n": "ann", "age": 30}, {"n": "bob", "age": 20}], "big": 12345678901234567890, "f": 1.5, "i": 7}`)
	for query, want := range map[string]string{
		".users[0].n":                          `["ann"]`,
		".users[].age":                         `[30,20]`,
		"[.users[] | select(.age > 25) | .n]":  `[["ann"]]`,
		".users | map(.age) | add":             `[50]`,
		"{total: (.users | length), x: .none}": `[{"total":2,"x":null}]`,
		".big":                                 `[12345678901234567890]`,
		".f + .i":                              `[8.5]`,
		".i / 7":                               `[1]`,
		"empty":                                `[]`,
		".i as $i | [range(3)] | map(. + $i)":  `[[7,8,9]]`,
		"env":                                  `[{}]`,
		"$ENV | length":                        `[0]`,
		"1, halt, 2":                           `[1]`,
		"[nan, infinite, -infinite]":           `[[null,null,null]]`,
		".users |= length":                     `[{"big":12345678901234567890,"f":1.5,"i":7,"users":2}]`,
	} {
		got, err := JQ(t.Context(), query, input)
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if text := encoded(t, got); text != want {
			t.Errorf("%s = %s, want %s", query, text, want)
		}
	}
	if got, err := JQ(t.Context(), ".a + 1", map[string]any{"a": int64(1)}); err != nil || got[0] != int64(2) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestJQDoesNotChangeItsInput(t *testing.T) {
	input := decoded(t, `{"a": {"b": [1, 2]}}`)
	if _, err := JQ(t.Context(), ".a.b[0] = 5 | del(.a.b[1])", input); err != nil {
		t.Fatal(err)
	}
	if got := encoded(t, input); got != `{"a":{"b":[1,2]}}` {
		t.Errorf("the input became %s", got)
	}
}

func TestJQErrors(t *testing.T) {
	for query, want := range map[string]string{
		".a |":                        "unexpected",
		"nosuch":                      "function not defined: nosuch/0",
		".a.b":                        "expected an object but got: number",
		`error("mine")`:               "mine",
		"input":                       "input",
		`include "x"; .`:              "module",
		"range(1000000)":              "more than 10 MiB or 100000 results",
		`[range(11) | "x" * 1000000]`: "more than 10 MiB",
		`"x" * 12000000`:              "more than 10 MiB",
		strings.Repeat(" ", 70000):    "65536 are allowed",
	} {
		got, err := JQ(t.Context(), query, map[string]any{"a": 1})
		if _, ok := errors.AsType[*ScriptError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %.60v, %v", query, got, err)
		}
	}
	if _, err := JQ(t.Context(), `error("mine")`, nil); err == nil || err.Error() != "mine" {
		t.Errorf("what a query raises is told as %v", err)
	}
	if err := CheckJQ(".a |"); err == nil {
		t.Error("no error")
	}
	if err := CheckJQ(".a | keys"); err != nil {
		t.Error(err)
	}
}

func TestJQEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, ErrTimeLimit)
	defer cancel()
	if _, err := JQ(ctx, "[repeat(1)] | length", nil); !errors.Is(err, ErrTimeLimit) {
		t.Errorf("got %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := JQ(ctx, "def f: f; f", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkJQ(b *testing.B) {
	input := decoded(b, `{"users": [{"n": "ann", "age": 30}, {"n": "bob", "age": 20}]}`)
	for b.Loop() {
		if _, err := JQ(b.Context(), "[.users[] | select(.age > 25) | .n]", input); err != nil {
			b.Fatal(err)
		}
	}
}
