package jsonpath

import (
	"iter"
	"maps"
	"slices"
)

// selector is one step of a path.
type selector interface {
	// pick calls emit for every value that the step selects from v.
	pick(e *evaluation, v any, emit func(any))
}

// single is a selector that selects at most one value.
type single interface {
	selector
	one(v any) (any, bool)
}

// key is .name or ['name'].
type key string

func (k key) one(v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		child, ok := v[string(k)]
		return child, ok
	case Object:
		return v.Get(string(k))
	}
	return nil, false
}

func (k key) pick(_ *evaluation, v any, emit func(any)) {
	if child, ok := k.one(v); ok {
		emit(child)
	}
}

// index is [n]; a negative one counts from the end.
type index int

func (i index) one(v any) (any, bool) {
	list, _ := plain(v).([]any)
	n := int(i)
	if n < 0 {
		n += len(list)
	}
	if n < 0 || n >= len(list) {
		return nil, false
	}
	return list[n], true
}

func (i index) pick(_ *evaluation, v any, emit func(any)) {
	if child, ok := i.one(v); ok {
		emit(child)
	}
}

// subset is ['a','b'] at the end of a path: an object with these fields only.
type subset []string

func (s subset) one(v any) (any, bool) {
	switch v.(type) {
	case map[string]any, Object:
	default:
		return nil, false
	}
	out := map[string]any{}
	for _, name := range s {
		if child, ok := key(name).one(v); ok {
			out[name] = plain(child)
		}
	}
	return out, true
}

func (s subset) pick(_ *evaluation, v any, emit func(any)) {
	if child, ok := s.one(v); ok {
		emit(child)
	}
}

// union is ['a','b'] inside a path, or [1,2]: what each of its members selects.
type union []single

func (u union) pick(e *evaluation, v any, emit func(any)) {
	for _, s := range u {
		s.pick(e, v, emit)
	}
}

// slice is [from:to]; nil ends are open, negative ones count from the end.
type slice struct{ from, to *int }

func (s slice) pick(_ *evaluation, v any, emit func(any)) {
	list, _ := plain(v).([]any)
	bound := func(p *int, open int) int {
		if p == nil {
			return open
		}
		n := *p
		if n < 0 {
			n += len(list)
		}
		return min(max(n, 0), len(list))
	}
	from, to := bound(s.from, 0), bound(s.to, len(list))
	for i := from; i < to; i++ {
		emit(list[i])
	}
}

// wildcard is * : every element or every field.
type wildcard struct{}

func (wildcard) pick(_ *evaluation, v any, emit func(any)) {
	for child := range children(v) {
		emit(child)
	}
}

// children yields the elements of a list, or the fields of an object in the order of their names.
func children(v any) iter.Seq[any] {
	return func(yield func(any) bool) {
		switch v := plain(v).(type) {
		case []any:
			for _, child := range v {
				if !yield(child) {
					return
				}
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if !yield(v[name]) {
					return
				}
			}
		}
	}
}

// filter is [?(…)]: the elements of a list for which the condition holds, or the object itself if it holds there.
type filter struct{ cond condition }

func (f filter) pick(e *evaluation, v any, emit func(any)) {
	switch v := plain(v).(type) {
	case []any:
		for _, child := range v {
			if e.visit() && f.cond.holds(e, child) {
				emit(child)
			}
		}
	case map[string]any:
		if f.cond.holds(e, v) {
			emit(v)
		}
	}
}

// descent is ..step: the step on the value and on everything below it, parents first.
type descent struct{ step selector }

func (d descent) pick(e *evaluation, v any, emit func(any)) {
	if !e.visit() {
		return
	}
	// A filter looks at every value once, as itself; applied to lists too it would give their elements twice.
	if f, ok := d.step.(filter); ok {
		if f.cond.holds(e, plain(v)) {
			emit(v)
		}
	} else {
		d.step.pick(e, v, emit)
	}
	for child := range children(v) {
		d.pick(e, child, emit)
	}
}
