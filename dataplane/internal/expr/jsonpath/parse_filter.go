package jsonpath

import (
	"encoding/json"
	"regexp"
	"strings"
)

// filter reads what follows [? up to the closing bracket.
func (p *parser) filter() (selector, error) {
	p.depth++
	defer func() { p.depth-- }()
	cond, err := p.either()
	return filter{cond}, err
}

func (p *parser) either() (condition, error) {
	if p.depth > maxNesting {
		return nil, p.errorf("conditions nest deeper than %d", maxNesting)
	}
	var parts either
	for {
		c, err := p.all()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		p.space()
		if !p.skip("||") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) all() (condition, error) {
	var parts all
	for {
		c, err := p.term()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		p.space()
		if !p.skip("&&") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (p *parser) term() (condition, error) {
	p.space()
	negate := false
	for p.skip("!") {
		negate = !negate
		p.space()
	}
	c, err := p.primary()
	if err != nil {
		return nil, err
	}
	if negate {
		c = not{c}
	}
	return c, nil
}

func (p *parser) primary() (condition, error) {
	if p.skip("(") {
		p.depth++
		c, err := p.either()
		p.depth--
		if err != nil {
			return nil, err
		}
		return c, p.expect(")")
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op := p.operator()
	switch op {
	case "":
		return exists{left}, nil
	case "=~":
		re, err := p.regexp()
		return matches{left, re}, err
	}
	right, err := p.operand()
	return comparison{left, right, op}, err
}

var (
	symbols = []string{"===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">"}
	words   = []string{"in", "nin", "contains", "all", "subsetof", "anyof", "noneof", "size", "empty"}
)

// operator reads an operator, "" when none comes next.
func (p *parser) operator() string {
	p.space()
	for _, s := range symbols {
		if p.skip(s) {
			return s
		}
	}
	for _, w := range words {
		rest := p.text[p.pos:]
		if len(rest) > len(w) && strings.EqualFold(rest[:len(w)], w) && strings.IndexByte(" \t\r\n[('\"@$", rest[len(w)]) >= 0 {
			p.pos += len(w)
			return w
		}
	}
	return ""
}

// operands reads a list up to the closing mark.
func (p *parser) operands(end string) ([]operand, error) {
	p.depth++
	defer func() { p.depth-- }()
	var list []operand
	for {
		p.space()
		if len(list) == 0 && p.skip(end) {
			return nil, nil
		}
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
		p.space()
		if !p.skip(",") {
			return list, p.expect(end)
		}
	}
}

func (p *parser) operand() (operand, error) {
	if p.depth > maxNesting {
		return operand{}, p.errorf("conditions nest deeper than %d", maxNesting)
	}
	p.space()
	if p.pos == len(p.text) {
		return operand{}, p.errorf("a value is missing")
	}
	switch c := p.text[p.pos]; c {
	case '@', '$':
		p.pos++
		path, err := p.path()
		return operand{path: path, fromRoot: c == '$'}, err
	case '\'', '"':
		s, err := p.quoted()
		return operand{literal: s}, err
	case '[':
		return p.list()
	}
	n := strings.IndexAny(p.text[p.pos:], " \t\r\n=<>!~&|),]")
	if n < 0 {
		n = len(p.text) - p.pos
	}
	word := p.text[p.pos : p.pos+n]
	var v any
	d := json.NewDecoder(strings.NewReader(word))
	d.UseNumber()
	if err := d.Decode(&v); err != nil || d.More() {
		return operand{}, p.errorf("%q is no value", word)
	}
	p.pos += n
	return operand{literal: v}, nil
}

// list reads a list of literals.
func (p *parser) list() (operand, error) {
	p.pos++
	os, err := p.operands("]")
	list := make([]any, 0, len(os))
	for _, o := range os {
		if o.path != nil {
			return operand{}, p.errorf("a list may hold literals only")
		}
		list = append(list, o.literal)
	}
	return operand{literal: list}, err
}

// regexp reads /pattern/flags. The pattern has to match the whole text.
func (p *parser) regexp() (*regexp.Regexp, error) {
	if err := p.expect("/"); err != nil {
		return nil, err
	}
	var b strings.Builder
	for ; ; p.pos++ {
		if p.pos == len(p.text) {
			return nil, p.errorf("%q is missing", "/")
		}
		c := p.text[p.pos]
		if c == '/' {
			break
		}
		if c == '\\' && p.pos+1 < len(p.text) {
			p.pos++
			if p.text[p.pos] != '/' {
				b.WriteByte(c)
			}
			c = p.text[p.pos]
		}
		b.WriteByte(c)
	}
	p.pos++
	rest := p.text[p.pos:]
	flags := rest[:len(rest)-len(strings.TrimLeft(rest, "ims"))]
	p.pos += len(flags)
	pattern := `\A(?:` + b.String() + `)\z`
	if flags != "" {
		pattern = "(?" + flags + ")" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, p.errorf("%v", err)
	}
	return re, nil
}
