package jsonpath

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// condition is a filter's expression or a part of it; node is what @ means.
type condition interface {
	holds(e *evaluation, node any) bool
}

type (
	not    struct{ of condition }
	all    []condition
	either []condition
	exists struct{ of operand }
)

func (c not) holds(e *evaluation, node any) bool { return !c.of.holds(e, node) }

func (c all) holds(e *evaluation, node any) bool {
	for _, p := range c {
		if !p.holds(e, node) {
			return false
		}
	}
	return true
}

func (c either) holds(e *evaluation, node any) bool {
	for _, p := range c {
		if p.holds(e, node) {
			return true
		}
	}
	return false
}

// holds for a path that leads somewhere, were it to null or false, and for the literal true.
func (c exists) holds(e *evaluation, node any) bool {
	v, ok := c.of.value(e, node)
	if c.of.path == nil {
		return v == true
	}
	if list, isList := v.([]any); ok && isList && !c.of.path.definite {
		return len(list) > 0
	}
	return ok
}

// operand is a literal, or a path from the node (@) or from the root ($).
type operand struct {
	path     *Path
	fromRoot bool
	literal  any
}

func (o operand) value(e *evaluation, node any) (any, bool) {
	switch {
	case !e.visit():
		return nil, false
	case o.path == nil:
		return o.literal, true
	case o.fromRoot:
		return e.get(o.path, e.root)
	}
	return e.get(o.path, node)
}

// matches is left =~ /re/.
type matches struct {
	left operand
	re   *regexp.Regexp
}

func (c matches) holds(e *evaluation, node any) bool {
	v, ok := c.left.value(e, node)
	if n, isNumber := v.(json.Number); isNumber {
		v = n.String()
	}
	s, isText := v.(string)
	return ok && isText && c.re.MatchString(s)
}

// comparison is left op right.
type comparison struct {
	left, right operand
	op          string
}

func (c comparison) holds(e *evaluation, node any) bool {
	l, lok := c.left.value(e, node)
	r, rok := c.right.value(e, node)
	both := lok && rok
	switch c.op {
	case "==", "===":
		return both && equal(l, r)
	case "!=", "!==":
		return !both || !equal(l, r)
	case "in":
		return both && contains(r, l)
	case "nin":
		return !both || !contains(r, l)
	}
	return both && operators[c.op](l, r)
}

// operators are those that need both sides to be there.
var operators = map[string]func(l, r any) bool{
	"<":  func(l, r any) bool { o, ok := order(l, r); return ok && o < 0 },
	"<=": func(l, r any) bool { o, ok := order(l, r); return ok && o <= 0 },
	">":  func(l, r any) bool { o, ok := order(l, r); return ok && o > 0 },
	">=": func(l, r any) bool { o, ok := order(l, r); return ok && o >= 0 },
	"contains": func(l, r any) bool {
		if s, ok := l.(string); ok {
			part, ok := r.(string)
			return ok && strings.Contains(s, part)
		}
		return contains(l, r)
	},
	"all":      func(l, r any) bool { return count(r, l) == len(elements(r)) },
	"subsetof": func(l, r any) bool { return count(l, r) == len(elements(l)) },
	"anyof":    func(l, r any) bool { return count(l, r) > 0 },
	"noneof":   func(l, r any) bool { return count(l, r) == 0 },
	"size": func(l, r any) bool {
		n, ok := length(l)
		return ok && equal(int64(n), r)
	},
	"empty": func(l, r any) bool {
		n, ok := length(l)
		return ok && (n == 0) == (r == true)
	},
}

func elements(v any) []any {
	list, _ := v.([]any)
	return list
}

func contains(list, v any) bool {
	for _, e := range elements(list) {
		if equal(e, v) {
			return true
		}
	}
	return false
}

// count says how many elements of list are in set.
func count(list, set any) int {
	n := 0
	for _, v := range elements(list) {
		if contains(set, v) {
			n++
		}
	}
	return n
}

// length of a list, an object or a text.
func length(v any) (int, bool) {
	switch v := v.(type) {
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	case string:
		return len([]rune(v)), true
	}
	return 0, false
}

// equal compares JSON values: numbers by value, and a text with a number as numbers.
func equal(a, b any) bool {
	if o, ok := order(a, b); ok {
		return o == 0
	}
	switch a := a.(type) {
	case nil, bool:
		return a == b
	case string:
		return textIsNumber(a, b)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if w, ok := b[name]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	}
	if s, ok := b.(string); ok {
		return textIsNumber(s, a)
	}
	return false
}

func textIsNumber(s string, v any) bool {
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return false
	}
	o, ok := order(json.Number(s), v)
	return ok && o == 0
}

// order compares two numbers or two texts; ok is false for anything else.
func order(a, b any) (o int, ok bool) {
	if s, isText := a.(string); isText {
		t, isText := b.(string)
		return strings.Compare(s, t), isText
	}
	if x, y, ok := integers(a, b); ok {
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	x, xok := float(a)
	y, yok := float(b)
	if !xok || !yok {
		return 0, false
	}
	return x.Cmp(y), true
}

func integers(a, b any) (int64, int64, bool) {
	x, xok := integer(a)
	y, yok := integer(b)
	return x, y, xok && yok
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case int64:
		return v, true
	case int:
		return int64(v), true
	}
	return 0, false
}

// float reads a number with enough precision that two different ones do not become equal in practice.
func float(v any) (*big.Float, bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case int64:
		text = strconv.FormatInt(v, 10)
	case int:
		text = strconv.Itoa(v)
	default:
		return nil, false
	}
	f, _, err := big.ParseFloat(text, 10, 128, big.ToNearestEven)
	return f, err == nil
}
