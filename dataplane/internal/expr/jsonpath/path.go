// Package jsonpath reads values out of decoded JSON by path, in the dialect that Conductor definitions are written in:
// dotted and bracketed names, indexes, slices, wildcards, deep scans, filters, and functions at the end of a path.
//
// Numbers stay as they came ([encoding/json.Number] keeps its digits), fields of a map are visited in the order of
// their names, and the work of one evaluation is bounded. A [Path] is immutable and safe for concurrent use.
package jsonpath

// Object is a JSON object whose fields are fetched only when a path asks for them.
type Object interface {
	// Get returns one field.
	Get(name string) (value any, ok bool)
	// Plain returns the whole value as ordinary decoded JSON, for paths that end here or look at every field.
	Plain() any
}

// Path is a parsed path.
type Path struct {
	selectors []selector
	calls     []call
	definite  bool // selects at most one value, so the result is that value and not a list
}

// maxVisits bounds how many values one evaluation looks at, so that nested deep scans end.
const maxVisits = 1_000_000

// Get evaluates the path on root, which is decoded JSON or an [Object]. A path that can select several values (one
// with a wildcard, a slice, a filter or a deep scan) gives a list, which is empty when nothing matches. ok is false when
// a path to a single value leads nowhere, a function does not apply, or the evaluation passes its bound. The result may
// share structure with root.
func (p *Path) Get(root any) (value any, ok bool) {
	e := &evaluation{root: root, left: maxVisits}
	value, ok = e.get(p, root)
	if !ok || e.left < 0 {
		return nil, false
	}
	return value, true
}

// Fields returns the field names that the path begins with: a for $.a[0].b, a and b for $.a.b[*].
func (p *Path) Fields() []string {
	var names []string
	for _, s := range p.selectors {
		k, ok := s.(key)
		if !ok {
			break
		}
		names = append(names, string(k))
	}
	return names
}

// evaluation is one run of a path: what $ means inside filters, and the work left.
type evaluation struct {
	root any
	left int
}

// visit counts one value and reports whether there is work left.
func (e *evaluation) visit() bool {
	e.left--
	return e.left >= 0
}

func (e *evaluation) get(p *Path, from any) (any, bool) {
	value := from
	if p.definite {
		for _, s := range p.selectors {
			var ok bool
			if value, ok = s.(single).one(value); !ok {
				return nil, false
			}
		}
		value = plain(value)
	} else {
		found := []any{}
		e.collect(p.selectors, from, &found)
		value = found
	}
	for _, c := range p.calls {
		var ok bool
		if value, ok = c.apply(e, value); !ok {
			return nil, false
		}
	}
	return value, true
}

func (e *evaluation) collect(selectors []selector, v any, found *[]any) {
	if !e.visit() {
		return
	}
	if len(selectors) == 0 {
		*found = append(*found, plain(v))
		return
	}
	selectors[0].pick(e, v, func(child any) { e.collect(selectors[1:], child, found) })
}

func plain(v any) any {
	if o, ok := v.(Object); ok {
		return o.Plain()
	}
	return v
}
