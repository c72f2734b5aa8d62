package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
)

// maxNesting bounds how deep conditions and the paths inside them may nest.
const maxNesting = 32

// Parse reads a path. The leading $ may be left out. The error says what is wrong and at which byte.
func Parse(text string) (*Path, error) {
	p := &parser{text: strings.TrimSpace(text)}
	if !strings.HasPrefix(p.text, "$") {
		p.text = "$." + p.text
	}
	p.pos = 1
	path, err := p.path()
	if err == nil && p.pos < len(p.text) {
		err = p.errorf("unexpected %q", p.text[p.pos])
	}
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", text, err)
	}
	return path, nil
}

type parser struct {
	text  string
	pos   int
	depth int // of conditions; above 0 a name ends where an operator may begin
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", p.pos, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// skip passes over s if it comes next.
func (p *parser) skip(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) expect(s string) error {
	p.space()
	if !p.skip(s) {
		return p.errorf("%q is missing", s)
	}
	return nil
}

// path reads what follows $ or @.
func (p *parser) path() (*Path, error) {
	path := &Path{definite: true}
	for {
		deep := p.skip("..")
		switch {
		case p.skip("["):
			s, err := p.bracket()
			if err != nil {
				return nil, err
			}
			path.add(s, deep)
			continue
		case deep:
		case p.skip("."):
			if p.skip("[") { // .[0] is read as [0]
				p.pos--
				continue
			}
		default:
			path.finish()
			return path, nil
		}
		if p.skip("*") {
			path.add(wildcard{}, deep)
			continue
		}
		name := p.name()
		if name == "" {
			return nil, p.errorf("a name is missing")
		}
		if !p.skip("(") {
			path.add(key(name), deep)
			continue
		}
		p.pos--
		if err := p.callsFrom(path, name); err != nil {
			return nil, err
		}
		path.finish()
		return path, nil
	}
}

// callsFrom reads the chain of functions at the end of a path, the first of which is called name.
func (p *parser) callsFrom(path *Path, name string) error {
	for {
		if err := p.expect("("); err != nil {
			return err
		}
		if functions[name] == nil {
			return p.errorf("unknown function %q", name)
		}
		args, err := p.operands(")")
		if err != nil {
			return err
		}
		path.calls = append(path.calls, call{name, args})
		if !p.skip(".") {
			return nil
		}
		name = p.name()
	}
}

// add appends a selector.
func (path *Path) add(s selector, deep bool) {
	if deep {
		s = descent{s}
	}
	if _, ok := s.(single); !ok {
		path.definite = false
	}
	path.selectors = append(path.selectors, s)
}

// finish gives ['a','b'] at the end of a path its other meaning there: one object with these fields.
func (path *Path) finish() {
	if len(path.selectors) == 0 || len(path.calls) > 0 {
		return
	}
	last := &path.selectors[len(path.selectors)-1]
	u, ok := (*last).(union)
	if !ok {
		return
	}
	var names subset
	for _, s := range u {
		k, ok := s.(key)
		if !ok {
			return
		}
		names = append(names, string(k))
	}
	*last = names
	path.definite = true
	for _, s := range path.selectors {
		if _, ok := s.(single); !ok {
			path.definite = false
		}
	}
}

// name reads a dotted name.
func (p *parser) name() string {
	stop := ".[("
	if p.depth > 0 {
		stop = ".[( \t\r\n=<>!~&|),]}"
	}
	n := strings.IndexAny(p.text[p.pos:], stop)
	if n < 0 {
		n = len(p.text) - p.pos
	}
	name := p.text[p.pos : p.pos+n]
	p.pos += n
	return name
}

// bracket reads what follows [ up to and with ].
func (p *parser) bracket() (selector, error) {
	p.space()
	var (
		s   selector
		err error
	)
	switch {
	case p.pos == len(p.text):
		return nil, p.errorf("%q is missing", "]")
	case p.skip("*"):
		s = wildcard{}
	case p.skip("?"):
		s, err = p.filter()
	case p.text[p.pos] == '\'' || p.text[p.pos] == '"':
		s, err = p.names()
	default:
		s, err = p.indexes()
	}
	if err != nil {
		return nil, err
	}
	return s, p.expect("]")
}

// names reads 'a' or 'a','b'.
func (p *parser) names() (selector, error) {
	var u union
	for {
		p.space()
		name, err := p.quoted()
		if err != nil {
			return nil, err
		}
		u = append(u, key(name))
		p.space()
		if !p.skip(",") {
			break
		}
	}
	if len(u) == 1 {
		return u[0], nil
	}
	return u, nil
}

// indexes reads 1 or 1,2 or 1:2.
func (p *parser) indexes() (selector, error) {
	var u union
	for {
		n, err := p.integer()
		if err != nil {
			return nil, err
		}
		p.space()
		if len(u) == 0 && p.skip(":") {
			to, err := p.integer()
			return slice{n, to}, err
		}
		if n == nil {
			return nil, p.errorf("an index is missing")
		}
		u = append(u, index(*n))
		if !p.skip(",") {
			break
		}
	}
	if len(u) == 1 {
		return u[0], nil
	}
	return u, nil
}

// integer reads a number; nil when none comes next.
func (p *parser) integer() (*int, error) {
	p.space()
	from := p.pos
	p.skip("-")
	for p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '9' {
		p.pos++
	}
	if p.pos == from {
		return nil, nil
	}
	n, err := strconv.Atoi(p.text[from:p.pos])
	if err != nil {
		return nil, p.errorf("%q is not an index", p.text[from:p.pos])
	}
	return &n, nil
}

// quoted reads a text in single or double quotes; a backslash keeps the character after it, with \n, \t, \r and \uXXXX.
func (p *parser) quoted() (string, error) {
	if p.pos == len(p.text) || (p.text[p.pos] != '\'' && p.text[p.pos] != '"') {
		return "", p.errorf("a quoted text is missing")
	}
	quote := p.text[p.pos]
	p.pos++
	var b strings.Builder
	for ; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		switch {
		case c == quote:
			p.pos++
			return b.String(), nil
		case c != '\\' || p.pos+1 == len(p.text):
			b.WriteByte(c)
			continue
		}
		p.pos++
		switch c = p.text[p.pos]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'u':
			if p.pos+5 > len(p.text) {
				return "", p.errorf("a short \\u escape")
			}
			r, err := strconv.ParseUint(p.text[p.pos+1:p.pos+5], 16, 32)
			if err != nil {
				return "", p.errorf("a bad \\u escape")
			}
			b.WriteRune(rune(r))
			p.pos += 4
		default:
			b.WriteByte(c)
		}
	}
	return "", p.errorf("a quote is not closed")
}
