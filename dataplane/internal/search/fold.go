package search

// Condition is one test of one field, for stores that translate a query. A field without a value fulfils no condition
// but != and IS NULL.
type Condition struct {
	Field  string
	Op     string // =, !=, <, <=, >, >=, IN, BETWEEN, IS NULL, IS NOT NULL or STARTS_WITH
	Values []Value

	node condition
}

// Holds reports whether a field with this value, as [Row] returns it, fulfils the condition.
func (c Condition) Holds(value any) bool { return c.node.fulfilled(value) }

// Bounds returns the numbers, both included, that a number field must be within for the condition to hold, which it then does;
// ok is false for conditions that are not of that kind.
func (c Condition) Bounds() (least, most int64, ok bool) {
	switch c.Op {
	case "=", "<", "<=", ">", ">=", "BETWEEN":
		return c.node.within(c.Field)
	}
	return 0, 0, false
}

// Value is a value of a condition.
type Value struct {
	Parts  []string // the texts between its stars; one if there is no star
	Number int64    // of a value without stars for a numeric field
}

// Wild reports whether the value has stars.
func (v Value) Wild() bool { return len(v.Parts) > 1 }

// Key is one field of the order.
type Key struct {
	Field      string
	Descending bool
}

// Numeric reports whether a field holds whole numbers.
func Numeric(field string) bool { return numeric(field) }

// Folder builds something of a query's conditions, from the inside out.
type Folder[T any] interface {
	Condition(c Condition) T
	All(parts []T) T
	Either(parts []T) T
}

// Fold returns what f builds of the conditions; ok is false when the query has none. Words and Order are the rest of it.
func Fold[T any](q *Query, f Folder[T]) (whole T, ok bool) {
	if q.where == nil {
		return whole, false
	}
	return fold(q.where, f), true
}

func fold[T any](n node, f Folder[T]) T {
	var parts []T
	switch n := n.(type) {
	case all:
		for _, part := range n {
			parts = append(parts, fold(part, f))
		}
		return f.All(parts)
	case either:
		for _, part := range n {
			parts = append(parts, fold(part, f))
		}
		return f.Either(parts)
	case condition:
		c := Condition{Field: n.field, Op: n.op, node: n}
		for _, v := range n.values {
			c.Values = append(c.Values, Value{Parts: v.parts, Number: v.number})
		}
		return f.Condition(c)
	}
	panic("search: a node of an unknown kind")
}

// Words are the texts, in lower case, that must all occur in the lower case of a match's Text.
func (q *Query) Words() []string { return q.words }

// Order returns the fields of the order, the first one first.
func (q *Query) Order() []Key {
	var order []Key
	for _, k := range q.order {
		order = append(order, Key{Field: k.field, Descending: k.descending})
	}
	return order
}
