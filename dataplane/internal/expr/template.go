package expr

import (
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/podium-cloud/podium/dataplane/internal/expr/jsonpath"
)

// template is a text with ${} expressions: its parts, one after the other.
type template []part

// part is a literal text, or an expression.
type part struct {
	literal string
	expr    *expression
}

// expression is what stands between ${ and }.
type expression struct {
	path   *jsonpath.Path // nil if the text is empty, is no path, or has expressions in it
	text   string         // the text, if it has no expressions in it
	inner  template       // the text, if it has
	secret bool           // ${workflow.secrets…}, which stays as it is
}

const (
	// maxTemplateNesting bounds ${} inside ${}; what is deeper is literal text.
	maxTemplateNesting = 16
	// Templates longer than maxCachedText are parsed each time, so that the cache stays small.
	maxCachedText   = 4 << 10
	cachedTemplates = 4096
)

var (
	templates = newCache[template](cachedTemplates)
	paths     = newCache[*expression](cachedTemplates)
)

// newCache makes a bounded cache that is keyed by source text.
func newCache[V any](size int) *lru.Cache[string, V] {
	c, err := lru.New[string, V](size)
	if err != nil {
		panic(err) // the size is not positive
	}
	return c
}

// parseTemplate finds the expressions in s. There are no errors: what is no expression is text.
func parseTemplate(s string) template {
	if len(s) > maxCachedText {
		return buildTemplate(s, 0, len(s), closings(s), 0)
	}
	if t, ok := templates.Get(s); ok {
		return t
	}
	s = strings.Clone(s) // s may be a small piece of a large payload
	t := buildTemplate(s, 0, len(s), closings(s), 0)
	templates.Add(s, t)
	return t
}

// frame is an open ${ or { while closings looks for its end.
type frame struct {
	start    int  // of ${; -1 for a bare { inside an expression
	brackets int  // open [ and (
	quote    byte // the open quote, 0 for none; quotes count within brackets only
}

// closings maps the start of every expression in s to the position of its closing brace.
func closings(s string) map[int]int {
	var (
		ends  = map[int]int{}
		stack []frame
	)
	for i := 0; i < len(s); i++ {
		if s[i] == '$' && strings.HasPrefix(s[i:], "$${") && len(stack) == 0 {
			i += 2
			continue
		}
		if strings.HasPrefix(s[i:], "${") {
			stack = append(stack, frame{start: i})
			i++
			continue
		}
		if len(stack) == 0 {
			continue
		}
		top := &stack[len(stack)-1]
		switch c := s[i]; {
		case c == '\\' && top.brackets > 0:
			i++
		case top.quote != 0:
			if c == top.quote {
				top.quote = 0
			}
		case c == '[' || c == '(':
			top.brackets++
		case c == ']' || c == ')':
			top.brackets = max(0, top.brackets-1)
		case (c == '\'' || c == '"') && top.brackets > 0:
			top.quote = c
		case c == '{':
			stack = append(stack, frame{start: -1, brackets: top.brackets})
		case c == '}':
			if top.start >= 0 {
				ends[top.start] = i
			}
			stack = stack[:len(stack)-1]
		}
	}
	return ends
}

// buildTemplate makes the template of s[from:to].
func buildTemplate(s string, from, to int, ends map[int]int, depth int) template {
	var (
		t    template
		text strings.Builder
	)
	flush := func() {
		if text.Len() > 0 {
			t = append(t, part{literal: text.String()})
			text.Reset()
		}
	}
	for i := from; i < to; i++ {
		switch {
		case depth == 0 && strings.HasPrefix(s[i:to], "$${"):
			text.WriteString("${")
			i += 2
		case strings.HasPrefix(s[i:to], "${"):
			end, ok := ends[i]
			if !ok || depth == maxTemplateNesting {
				text.WriteByte(s[i])
				continue
			}
			flush()
			t = append(t, part{expr: buildExpression(s, i+2, end, ends, depth+1)})
			i = end
		default:
			text.WriteByte(s[i])
		}
	}
	flush()
	return t
}

func buildExpression(s string, from, to int, ends map[int]int, depth int) *expression {
	inner := buildTemplate(s, from, to, ends, depth)
	for _, p := range inner {
		if p.expr != nil {
			return &expression{inner: inner}
		}
	}
	return newExpression(s[from:to])
}

// newExpression makes the expression of a text without expressions in it.
func newExpression(text string) *expression {
	e := &expression{text: text}
	path, err := jsonpath.Parse(text)
	if err != nil {
		return e
	}
	e.path = path
	names := path.Fields()
	e.secret = len(names) > 1 && names[0] == "workflow" && names[1] == "secrets"
	return e
}

// composed makes the expression of a text that came out of inner expressions.
func composed(text string) *expression {
	if len(text) > maxCachedText {
		return newExpression(text)
	}
	if e, ok := paths.Get(text); ok {
		return e
	}
	e := newExpression(strings.Clone(text))
	paths.Add(e.text, e)
	return e
}
