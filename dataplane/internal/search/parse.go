package search

import (
	"slices"
	"strconv"
	"strings"
)

// maxNesting bounds the depth of parentheses.
const maxNesting = 100

// token is a piece of a query: a word, a quoted text, or a mark such as ( or >=.
type token struct {
	text   string
	parts  []string // of a word or a quoted text: what stands between its stars
	quoted bool
	mark   bool
}

// is reports whether the token is a keyword.
func (t token) is(keyword string) bool {
	return !t.mark && !t.quoted && strings.EqualFold(t.text, keyword)
}

func (t token) end() bool { return t.text == "" && !t.quoted }

type lexer struct {
	text string
	pos  int
}

var marks = []string{"!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","}

// next reads a token; at the end it is empty.
func (l *lexer) next() (token, error) {
	l.pos += len(l.text[l.pos:]) - len(strings.TrimLeft(l.text[l.pos:], " \t\r\n"))
	rest := l.text[l.pos:]
	if rest == "" {
		return token{}, nil
	}
	for _, m := range marks {
		if strings.HasPrefix(rest, m) {
			l.pos += len(m)
			return token{text: m, mark: true}, nil
		}
	}
	if rest[0] == '\'' || rest[0] == '"' {
		return l.quoted(rest[0])
	}
	n := strings.IndexAny(rest, " \t\r\n=<>(),'\"")
	if n < 0 {
		n = len(rest)
	}
	if n > 1 && n < len(rest) && rest[n] == '=' && rest[n-1] == '!' {
		n-- // a!=b
	}
	l.pos += n
	return token{text: rest[:n], parts: strings.Split(rest[:n], "*")}, nil
}

func (l *lexer) quoted(quote byte) (token, error) {
	start := l.pos
	var (
		parts []string
		part  strings.Builder
	)
	for l.pos++; l.pos < len(l.text); l.pos++ {
		switch c := l.text[l.pos]; {
		case c == quote:
			l.pos++
			parts = append(parts, part.String())
			return token{text: l.text[start+1 : l.pos-1], parts: parts, quoted: true}, nil
		case c == '*':
			parts = append(parts, part.String())
			part.Reset()
		case c == '\\' && l.pos+1 < len(l.text) && strings.IndexByte(`\'"*`, l.text[l.pos+1]) >= 0:
			l.pos++
			part.WriteByte(l.text[l.pos])
		default:
			part.WriteByte(c)
		}
	}
	return token{}, invalid("query", l.text[start:], "the quote at character %d is not closed", start+1)
}

type parser struct {
	lexer
	fields []string
	token  token // the next one
	depth  int
}

func (p *parser) advance() (err error) {
	p.token, err = p.next()
	return err
}

// skip passes over a keyword or a mark if it comes next.
func (p *parser) skip(s string) (bool, error) {
	if !p.token.is(s) && (!p.token.mark || p.token.text != s) {
		return false, nil
	}
	return true, p.advance()
}

func (p *parser) expect(s, where string) error {
	ok, err := p.skip(s)
	if err == nil && !ok {
		err = invalid("query", p.token.text, "%s is missing %s", s, where)
	}
	return err
}

func (p *parser) parse() (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.either()
	if err == nil && !p.token.end() {
		err = invalid("query", p.token.text, "%q is unexpected; AND or OR is due", p.token.text)
	}
	return n, err
}

func (p *parser) either() (node, error) {
	parts, err := p.joined("OR", p.all)
	if len(parts) == 1 {
		return parts[0], err
	}
	return either(parts), err
}

func (p *parser) all() (node, error) {
	parts, err := p.joined("AND", p.condition)
	if len(parts) == 1 {
		return parts[0], err
	}
	return all(parts), err
}

func (p *parser) joined(keyword string, part func() (node, error)) ([]node, error) {
	var parts []node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
		if more, err := p.skip(keyword); err != nil || !more {
			return parts, err
		}
	}
}

func (p *parser) condition() (node, error) {
	open, err := p.skip("(")
	if err != nil {
		return nil, err
	}
	if open {
		if p.depth++; p.depth > maxNesting {
			return nil, invalid("query", "", "parentheses nest deeper than %d", maxNesting)
		}
		n, err := p.either()
		if err != nil {
			return nil, err
		}
		p.depth--
		return n, p.expect(")", "after a condition in parentheses")
	}
	if p.token.end() || p.token.mark {
		return nil, invalid("query", p.token.text, "a field is missing before %q", p.token.text)
	}
	c := condition{field: p.token.text}
	if err := known("query", c.field, p.fields); err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.test(c)
}

// test reads what follows a field.
func (p *parser) test(c condition) (node, error) {
	op := strings.ToUpper(p.token.text)
	if op == "<>" {
		op = "!="
	}
	if p.token.quoted || !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">=", "IN", "BETWEEN", "IS", "STARTS_WITH"}, op) {
		return nil, invalid("query", p.token.text, "%s needs an operator: =, !=, <, <=, >, >=, IN, BETWEEN, IS NULL, IS NOT NULL or STARTS_WITH", c.field)
	}
	c.op = op
	if err := p.advance(); err != nil {
		return nil, err
	}
	var err error
	switch op {
	case "IS":
		return p.null(c)
	case "IN":
		err = p.list(&c)
	case "BETWEEN":
		if err = p.value(&c); err == nil {
			if err = p.expect("AND", "between the bounds of BETWEEN"); err == nil {
				err = p.value(&c)
			}
		}
	default:
		err = p.value(&c)
	}
	return c, err
}

func (p *parser) null(c condition) (node, error) {
	not, err := p.skip("NOT")
	if err != nil {
		return nil, err
	}
	c.op = "IS NULL"
	if not {
		c.op = "IS NOT NULL"
	}
	return c, p.expect("NULL", "after IS")
}

func (p *parser) list(c *condition) error {
	if err := p.expect("(", "after IN"); err != nil {
		return err
	}
	for {
		if err := p.value(c); err != nil {
			return err
		}
		more, err := p.skip(",")
		if err != nil {
			return err
		}
		if !more {
			return p.expect(")", "after the values of IN")
		}
	}
}

// value reads a value and appends it to the condition's.
func (p *parser) value(c *condition) error {
	t := p.token
	if t.end() || t.mark {
		return invalid("query", t.text, "a value is missing for %s", c.field)
	}
	v := value{parts: t.parts}
	switch {
	case v.wild():
		if c.op != "=" && c.op != "!=" && c.op != "IN" {
			return invalid("query", t.text, "a * goes with =, != and IN only; write \\* in quotes for the character")
		}
	case numeric(c.field) && c.op != "STARTS_WITH":
		n, err := strconv.ParseInt(v.text(), 10, 64)
		if err != nil {
			return invalid("query", t.text, "%s is compared with whole numbers, and %q is none", c.field, t.text)
		}
		v.number = n
		v.parts = []string{strconv.FormatInt(n, 10)}
	}
	c.values = append(c.values, v)
	return p.advance()
}
