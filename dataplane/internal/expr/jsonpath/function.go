package jsonpath

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
)

// call is a function at the end of a path, with its arguments.
type call struct {
	name string
	args []operand
}

func (c call) apply(e *evaluation, v any) (any, bool) {
	args := make([]any, 0, len(c.args))
	for _, a := range c.args {
		if arg, ok := a.value(e, v); ok {
			args = append(args, arg)
		}
	}
	return functions[c.name](v, args)
}

// functions by name. Each gets what the path before it gave and the arguments that led somewhere.
var functions = map[string]func(v any, args []any) (any, bool){
	"length": size,
	"size":   size,
	"keys": func(v any, _ []any) (any, bool) {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		names := make([]any, 0, len(m))
		for _, name := range slices.Sorted(maps.Keys(m)) {
			names = append(names, name)
		}
		return names, true
	},
	"concat": func(v any, args []any) (any, bool) {
		var b strings.Builder
		for _, part := range append(slices.Clone(elements(v)), flat(args)...) {
			switch part := part.(type) {
			case string:
				b.WriteString(part)
			case json.Number:
				b.WriteString(part.String())
			}
		}
		return b.String(), true
	},
	"append": func(v any, args []any) (any, bool) {
		list, ok := v.([]any)
		return append(slices.Clone(list), args...), ok
	},
	"first": func(v any, _ []any) (any, bool) { return index(0).one(v) },
	"last":  func(v any, _ []any) (any, bool) { return index(-1).one(v) },
	"index": func(v any, args []any) (any, bool) {
		if len(args) != 1 {
			return nil, false
		}
		n, ok := integer(args[0])
		if !ok {
			return nil, false
		}
		return index(n).one(v)
	},
	"min": number(slices.Min[[]float64]),
	"max": number(slices.Max[[]float64]),
	"sum": number(sum),
	"avg": number(func(ns []float64) float64 { return sum(ns) / float64(len(ns)) }),
	"stddev": number(func(ns []float64) float64 {
		mean, squares := sum(ns)/float64(len(ns)), 0.0
		for _, n := range ns {
			squares += (n - mean) * (n - mean)
		}
		return math.Sqrt(squares / float64(len(ns)))
	}),
}

func size(v any, args []any) (any, bool) {
	if len(args) > 0 {
		v = args[0]
	}
	if _, isText := v.(string); isText {
		return nil, false
	}
	n, ok := length(v)
	return int64(n), ok
}

func sum(ns []float64) float64 {
	total := 0.0
	for _, n := range ns {
		total += n
	}
	return total
}

// number makes a function of the numbers in a list and in the arguments; without any there is no result.
func number(f func([]float64) float64) func(v any, args []any) (any, bool) {
	return func(v any, args []any) (any, bool) {
		var ns []float64
		for _, part := range append(slices.Clone(elements(v)), flat(args)...) {
			if n, ok := float(part); ok {
				f, _ := n.Float64()
				ns = append(ns, f)
			}
		}
		if len(ns) == 0 {
			return nil, false
		}
		out := f(ns)
		return out, !math.IsInf(out, 0) && !math.IsNaN(out)
	}
}

// flat gives the arguments with lists replaced by their elements.
func flat(args []any) []any {
	var out []any
	for _, a := range args {
		if list, ok := a.([]any); ok {
			out = append(out, list...)
		} else {
			out = append(out, a)
		}
	}
	return out
}
