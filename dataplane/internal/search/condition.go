package search

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// node is a condition, or several that are joined.
type node interface {
	match(row Row) bool
	equals(field string) ([]string, bool)
	within(field string) (least, most int64, ok bool)
}

type (
	all    []node
	either []node
)

func (a all) match(row Row) bool {
	return !slices.ContainsFunc(a, func(n node) bool { return !n.match(row) })
}

// equals has the values that all parts allow.
func (a all) equals(field string) (values []string, ok bool) {
	for _, n := range a {
		vs, restricts := n.equals(field)
		switch {
		case !restricts:
		case !ok:
			values, ok = vs, true
		default:
			values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(vs, v) })
		}
	}
	return values, ok
}

func (a all) within(field string) (least, most int64, ok bool) {
	least, most = math.MinInt64, math.MaxInt64
	for _, n := range a {
		if l, m, restricts := n.within(field); restricts {
			least, most, ok = max(least, l), min(most, m), true
		}
	}
	return least, most, ok
}

func (e either) match(row Row) bool {
	return slices.ContainsFunc(e, func(n node) bool { return n.match(row) })
}

// equals has the values that one of the parts allows, if all of them say.
func (e either) equals(field string) (values []string, ok bool) {
	for _, n := range e {
		vs, restricts := n.equals(field)
		if !restricts {
			return nil, false
		}
		for _, v := range vs {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values, true
}

func (e either) within(field string) (least, most int64, ok bool) {
	least, most = math.MaxInt64, math.MinInt64
	for _, n := range e {
		l, m, restricts := n.within(field)
		if !restricts {
			return 0, 0, false
		}
		least, most = min(least, l), max(most, m)
	}
	return least, most, true
}

// value is a value of a condition.
type value struct {
	parts  []string // the texts between the stars; one part if there is no star
	number int64    // of a value without stars for a numeric field
}

func (v value) text() string { return v.parts[0] }

func (v value) wild() bool { return len(v.parts) > 1 }

// is reports whether s is the value or fits its stars.
func (v value) is(s string) bool {
	if !v.wild() {
		return s == v.parts[0]
	}
	first, last := v.parts[0], v.parts[len(v.parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range v.parts[1 : len(v.parts)-1] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}

// condition is one test of one field.
type condition struct {
	field  string
	op     string // =, !=, <, <=, >, >=, IN, BETWEEN, IS NULL, IS NOT NULL or STARTS_WITH
	values []value
}

func (c condition) match(row Row) bool { return c.fulfilled(row.Field(c.field)) }

// fulfilled reports whether a field with this value fulfils the condition.
func (c condition) fulfilled(v any) bool {
	switch c.op {
	case "IS NULL":
		return c.null(v)
	case "IS NOT NULL":
		return !c.null(v)
	case "!=":
		return !c.holds("=", v)
	}
	return c.holds(c.op, v)
}

// null reports whether a field has no value: none at all, an empty one, or the time 0.
func (c condition) null(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case []string:
		return len(v) == 0
	case int64:
		return v == 0 && strings.HasSuffix(c.field, "Time")
	}
	return true
}

func (c condition) holds(op string, v any) bool {
	switch v := v.(type) {
	case int64:
		return c.number(op, v)
	case string:
		return c.text(op, v)
	case []string:
		return slices.ContainsFunc(v, func(s string) bool { return c.text(op, s) })
	}
	return false
}

func (c condition) text(op, s string) bool {
	switch op {
	case "=", "IN":
		return slices.ContainsFunc(c.values, func(v value) bool { return v.is(s) })
	case "STARTS_WITH":
		return strings.HasPrefix(s, c.values[0].text())
	case "BETWEEN":
		return s >= c.values[0].text() && s <= c.values[1].text()
	}
	return ordered(op, strings.Compare(s, c.values[0].text()))
}

func (c condition) number(op string, n int64) bool {
	switch op {
	case "=", "IN":
		return slices.ContainsFunc(c.values, func(v value) bool {
			return v.wild() && v.is(strconv.FormatInt(n, 10)) || !v.wild() && v.number == n
		})
	case "STARTS_WITH":
		return strings.HasPrefix(strconv.FormatInt(n, 10), c.values[0].text())
	case "BETWEEN":
		return n >= c.values[0].number && n <= c.values[1].number
	}
	switch first := c.values[0].number; {
	case n < first:
		return ordered(op, -1)
	case n > first:
		return ordered(op, 1)
	}
	return ordered(op, 0)
}

func ordered(op string, o int) bool {
	switch op {
	case "<":
		return o < 0
	case "<=":
		return o <= 0
	case ">":
		return o > 0
	}
	return o >= 0
}

func (c condition) equals(field string) ([]string, bool) {
	if c.field != field || (c.op != "=" && c.op != "IN") || slices.ContainsFunc(c.values, value.wild) {
		return nil, false
	}
	var values []string
	for _, v := range c.values {
		if !slices.Contains(values, v.text()) {
			values = append(values, v.text())
		}
	}
	return values, true
}

func (c condition) within(field string) (least, most int64, ok bool) {
	if c.field != field || !numeric(field) || slices.ContainsFunc(c.values, value.wild) {
		return 0, 0, false
	}
	switch c.op {
	case "=", "IN":
		least, most = math.MaxInt64, math.MinInt64
		for _, v := range c.values {
			least, most = min(least, v.number), max(most, v.number)
		}
		return least, most, true
	case "BETWEEN":
		return c.values[0].number, c.values[1].number, true
	case ">":
		return c.values[0].number + 1, math.MaxInt64, c.values[0].number < math.MaxInt64
	case ">=":
		return c.values[0].number, math.MaxInt64, true
	case "<":
		return math.MinInt64, c.values[0].number - 1, c.values[0].number > math.MinInt64
	case "<=":
		return math.MinInt64, c.values[0].number, true
	}
	return 0, 0, false
}
