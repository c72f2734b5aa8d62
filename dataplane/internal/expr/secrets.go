package expr

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// AnySecret among the names of [NamedSecrets] stands for all secrets: an expression composes its name at run time.
const AnySecret = "*"

// named finds the names that follow workflow.secrets in the JSON of a definition, in dotted or bracketed form.
var named = regexp.MustCompile(`workflow\.secrets([^A-Za-z0-9_-]{1,4})([A-Za-z0-9_-]*)(\$\{)?`)

// NamedSecrets returns the secrets that the expressions in a JSON text name, in order, each once.
func NamedSecrets(json []byte) []string {
	if !bytes.Contains(json, []byte("workflow.secrets")) {
		return nil
	}
	var names []string
	for _, m := range named.FindAllSubmatch(json, -1) {
		if len(m[3]) > 0 || bytes.Contains(m[1], []byte("${")) {
			names = append(names, AnySecret)
		} else if len(m[2]) > 0 {
			names = append(names, string(m[2]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// MentionsSecrets reports quickly whether [FillSecrets] could find something in a JSON text.
func MentionsSecrets(json []byte) bool {
	return bytes.Contains(json, []byte("secrets")) && bytes.Contains(json, []byte("${"))
}

// Filled are the secrets that were put in the place of references: reference by value.
type Filled map[string]string

// FillSecrets puts secrets in the place of the references to them that [Resolve] left. allowed are the names that may be
// used; others are data that looks like a reference, and stay. A text that is one reference becomes the value, null
// when there is no such secret; inside a longer text a missing one is empty. v is not changed.
func FillSecrets(v any, secrets Env, allowed []string) (any, Filled) {
	f := filler{secrets: secrets, allowed: allowed, filled: Filled{}}
	return f.fill(v), f.filled
}

type filler struct {
	secrets Env
	allowed []string
	filled  Filled
}

func (f *filler) fill(v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "${") && strings.Contains(v, "secrets") {
			return f.text(v)
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = f.fill(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = f.fill(e)
		}
		return out
	}
	return v
}

func (f *filler) text(s string) any {
	ends := closings(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		end, ok := ends[i]
		if !ok {
			b.WriteByte(s[i])
			continue
		}
		ref := s[i : end+1]
		value, found := f.value(s[i+2:end], ref)
		switch {
		case !found:
			b.WriteString(ref)
		case len(ref) == len(s):
			return value
		case value != nil:
			b.WriteString(Text(value))
		}
		i = end
	}
	return b.String()
}

// value returns the secret that an expression refers to; found is false when the text is no reference that may be used.
func (f *filler) value(expression, ref string) (value any, found bool) {
	e := newExpression(expression)
	if !e.secret {
		return nil, false
	}
	names := e.path.Fields()
	if len(names) < 3 || !slices.Contains(f.allowed, AnySecret) && !slices.Contains(f.allowed, names[2]) {
		return nil, false
	}
	value, ok := e.path.Get(roots{secretsOnly{f.secrets}})
	if !ok || value == nil {
		return nil, true
	}
	if text := Text(value); len(text) >= minMasked {
		f.filled[text] = ref
	}
	return value, true
}

// minMasked is the length of the shortest value that is masked: shorter ones occur in ordinary text.
const minMasked = 4

// Mask puts references back in the place of secrets in texts that came from elsewhere, such as the answer of a server. v
// is not changed.
func (m Filled) Mask(v any) any {
	if len(m) == 0 {
		return v
	}
	switch v := v.(type) {
	case string:
		return m.Text(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[m.Text(k)] = m.Mask(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = m.Mask(e)
		}
		return out
	}
	return v
}

// Text is [Filled.Mask] for one text.
func (m Filled) Text(s string) string {
	for value, ref := range m {
		s = strings.ReplaceAll(s, value, ref)
	}
	return s
}

// Escaped adds the forms that an encoding, such as that of URLs, gives to the values.
func (m Filled) Escaped(encodings ...func(string) string) Filled {
	out := maps.Clone(m)
	for value, ref := range m {
		for _, encode := range encodings {
			out[encode(value)] = ref
		}
	}
	return out
}

// secretsOnly is a Document that holds nothing but workflow.secrets.
type secretsOnly struct{ secrets Env }

func (d secretsOnly) Field(root, name string) (any, bool) {
	return d.secrets, root == "workflow" && name == "secrets"
}

func (secretsOnly) Root(string) (map[string]any, bool) { return nil, false }
