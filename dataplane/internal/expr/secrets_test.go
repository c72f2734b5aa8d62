package expr_test

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/expr"
)

func TestNamedSecrets(t *testing.T) {
	for _, c := range []struct {
		json string
		want []string
	}{
		{`{"a":"${workflow.input.x}"}`, nil},
		{`{"a":"Bearer ${workflow.secrets.b-2}","b":"${ workflow.secrets.A_1.user }","c":"${workflow.secrets.A_1}"}`, []string{"A_1", "b-2"}},
		{`{"a":"${workflow.secrets['q']}","b":"${workflow.secrets[\"r\"].x}"}`, []string{"q", "r"}},
		{`{"a":"${workflow.secrets.${workflow.input.env}_TOKEN}"}`, []string{expr.AnySecret}},
		{`{"a":"${workflow.secrets.T_${workflow.input.env}}"}`, []string{expr.AnySecret}},
	} {
		if got := expr.NamedSecrets([]byte(c.json)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.json, got, c.want)
		}
	}
}

func TestFillSecrets(t *testing.T) {
	secrets := expr.Env(func(name string) (string, bool) {
		v, ok := map[string]string{"A": "alpha", "b-2": "beta", "J": `{"user":"joe","n":7}`, "X": "forbidden"}[name]
		return v, ok
	})
	for _, c := range []struct{ in, want any }{
		{"${workflow.secrets.A}", "alpha"},
		{"${ workflow.secrets['A'] }", "alpha"},
		{"Bearer ${workflow.secrets.A}/${workflow.secrets.b-2}!", "Bearer alpha/beta!"},
		{"${workflow.secrets.J.user}", "joe"},
		{"n=${workflow.secrets.J.n}", "n=7"},
		{"${workflow.secrets.gone}", nil},
		{"a${workflow.secrets.gone}b", "ab"},
		{"${workflow.secrets.X}", "${workflow.secrets.X}"},                   // named by data, not by the definition
		{"${workflow.input.a} ${unclosed", "${workflow.input.a} ${unclosed"}, // data that only looks like an expression
		{map[string]any{"l": []any{"${workflow.secrets.A}", 1}, "k": true}, map[string]any{"l": []any{"alpha", 1}, "k": true}},
	} {
		if got, _ := expr.FillSecrets(c.in, secrets, []string{"A", "b-2", "J", "gone"}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.in, got, c.want)
		}
	}
	if got, _ := expr.FillSecrets("${workflow.secrets.X}", secrets, []string{expr.AnySecret}); got != "forbidden" {
		t.Errorf("with any secret allowed: %v", got)
	}
}

func TestMaskPutsReferencesBack(t *testing.T) {
	secrets := expr.Env(func(string) (string, bool) { return "p&ss word", true })
	_, filled := expr.FillSecrets("x ${workflow.secrets.A}", secrets, []string{"A"})
	filled = filled.Escaped(url.QueryEscape, url.PathEscape)
	got := filled.Mask(map[string]any{"a": []any{"it is p&ss word.", "?q=p%26ss+word"}, "n": 1})
	want := map[string]any{"a": []any{"it is ${workflow.secrets.A}.", "?q=${workflow.secrets.A}"}, "n": 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if s := filled.Text(`Get "http://h/p&ss%20word": no such host`); strings.Contains(s, "word") {
		t.Errorf("a reason shows the secret: %s", s)
	}
}
