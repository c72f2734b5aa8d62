package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Resolve replaces the ${} expressions in v, going into maps and lists; keys are not resolved. A string that is one
// expression becomes the value, with its type; expressions inside a longer string are written into it as [Text] does.
// What leads nowhere is null. $${x} stands for the literal ${x}, and ${workflow.secrets.X} stays as it is.
//
// v is not changed. The result shares with v the parts that hold no expression, and with doc the values that expressions
// gave, so it must be treated as read-only below its top level.
func Resolve(v any, doc Document) any {
	v, _ = resolve(v, doc)
	return v
}

// ResolveMap is [Resolve] for the inputs of a task. The map that it returns is the caller's own and never nil.
func ResolveMap(m map[string]any, doc Document) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = Resolve(v, doc)
	}
	return out
}

// resolve copies a map or a list only when something inside it has changed.
func resolve(v any, doc Document) (out any, changed bool) {
	switch v := v.(type) {
	case string:
		if !strings.Contains(v, "${") {
			return v, false
		}
		return parseTemplate(v).value(doc), true
	case map[string]any:
		var out map[string]any
		for k, e := range v {
			if r, changed := resolve(e, doc); changed {
				if out == nil {
					out = maps.Clone(v)
				}
				out[k] = r
			}
		}
		if out != nil {
			return out, true
		}
	case []any:
		var out []any
		for i, e := range v {
			if r, changed := resolve(e, doc); changed {
				if out == nil {
					out = slices.Clone(v)
				}
				out[i] = r
			}
		}
		if out != nil {
			return out, true
		}
	}
	return v, false
}

// HasExpression reports whether [Resolve] could change v.
func HasExpression(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "${")
	case map[string]any:
		for _, e := range v {
			if HasExpression(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, HasExpression)
	}
	return false
}

// value evaluates a template: the value itself if it is one expression, a string otherwise.
func (t template) value(doc Document) any {
	if len(t) == 1 && t[0].expr != nil {
		return t[0].expr.value(doc)
	}
	return t.text(doc)
}

func (t template) text(doc Document) string {
	var b strings.Builder
	for _, p := range t {
		if p.expr == nil {
			b.WriteString(p.literal)
		} else {
			b.WriteString(Text(p.expr.value(doc)))
		}
	}
	return b.String()
}

func (e *expression) value(doc Document) any {
	if e.inner != nil {
		e = composed(e.inner.text(doc))
	}
	switch {
	case strings.TrimSpace(e.text) == "":
		return ""
	case e.secret:
		return "${" + e.text + "}"
	case e.path == nil:
		return nil
	}
	v, _ := e.path.Get(roots{doc})
	return v
}

// Text is how a value reads inside a longer string: a string as it is, null as null, a number with the digits that it
// came with, a map or a list as JSON.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case int64:
		return strconv.FormatInt(v, 10)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v) // an infinite number, which no JSON holds
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Truthy reads the result of a loop condition: a bool as it is, a number if it is above 0, and nothing else.
func Truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case int64:
		return v > 0
	case int:
		return v > 0
	case float64:
		return v > 0
	case json.Number:
		f, err := v.Float64()
		return err == nil && f > 0
	}
	return false
}
