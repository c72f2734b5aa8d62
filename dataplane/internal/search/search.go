// Package search turns the search parameters of the API, a query, free text and a sort, into a predicate and an order
// over rows, and tells a store what it needs to plan the search. It is pure.
//
// A query is made of conditions with AND, OR and parentheses:
//
//	workflowType = 'encode*' AND (status IN (FAILED, TIMED_OUT) OR startTime BETWEEN 1700000000000 AND 1700003600000)
//
// The operators are =, !=, <, <=, >, >=, IN (…), BETWEEN … AND …, IS NULL, IS NOT NULL and STARTS_WITH; keywords in any
// case. A value is a word, or a text in single or double quotes where a backslash stands before a quote, a backslash or a
// star that is meant as such. A * in a value of =, != or IN stands for any text. Times are epoch milliseconds.
package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Row is what a query looks at.
type Row interface {
	// Field returns one of the fields that the query was parsed with: string, int64, []string, or nil if there is none.
	Field(name string) any
	// Text is what free text is searched in.
	Text() string
}

// WorkflowFields and TaskFields are the fields of executions and of tasks that a query may name.
var (
	WorkflowFields = []string{
		"workflowId", "workflowType", "version", "status", "correlationId", "startTime", "updateTime", "endTime",
		"executionTime", "input", "output", "reasonForIncompletion", "failedReferenceTaskNames", "failedTaskNames",
		"priority", "createdBy", "parentWorkflowId", "classifier", "event",
	}
	TaskFields = []string{
		"taskId", "taskType", "taskDefName", "referenceTaskName", "status", "workflowId", "workflowType", "correlationId",
		"scheduledTime", "startTime", "updateTime", "endTime", "executionTime", "queueWaitTime", "domain", "workerId",
	}
)

// numeric reports whether a field holds whole numbers.
func numeric(field string) bool {
	return field == "version" || field == "priority" || strings.HasSuffix(field, "Time")
}

// Query is a parsed search. The zero value matches every row and has no order.
type Query struct {
	where node // nil: everything
	words []string
	order []key
}

// Restrict makes a query match only rows whose field, a text, has one of some values. What the query itself says
// cannot undo it.
func (q *Query) Restrict(field string, to []string) {
	c := condition{field: field, op: "IN"}
	for _, v := range to {
		c.values = append(c.values, value{parts: []string{v}})
	}
	if q.where == nil {
		q.where = c
		return
	}
	q.where = all{c, q.where}
}

// key is one field of the order.
type key struct {
	field      string
	descending bool
}

// Parse reads the search parameters; fields are those that the query and the sort may name. Free text is a list of words
// that must all occur in a row, in any case; "" and * match everything. The sort is field:ASC or field:DESC, several of
// them joined by |; without it the newest start comes first. Errors are *workflow.Error of kind Invalid.
func Parse(query, freeText, sort string, fields []string) (*Query, error) {
	q := &Query{}
	if strings.TrimSpace(query) != "" && strings.TrimSpace(query) != "*" {
		p := parser{lexer: lexer{text: query}, fields: fields}
		where, err := p.parse()
		if err != nil {
			return nil, err
		}
		q.where = where
	}
	for w := range strings.FieldsSeq(strings.ToLower(freeText)) {
		if w = strings.Trim(w, "*"); w != "" {
			q.words = append(q.words, w)
		}
	}
	var err error
	q.order, err = parseSort(sort, fields)
	return q, err
}

func parseSort(sort string, fields []string) ([]key, error) {
	var order []key
	for part := range strings.FieldsFuncSeq(sort, func(r rune) bool { return r == '|' || r == ',' }) {
		field, direction, _ := strings.Cut(strings.TrimSpace(part), ":")
		if field = strings.TrimSpace(field); field == "" && direction == "" {
			continue
		}
		if err := known("sort", field, fields); err != nil {
			return nil, err
		}
		k := key{field: field}
		switch strings.ToUpper(strings.TrimSpace(direction)) {
		case "", "ASC":
		case "DESC":
			k.descending = true
		default:
			return nil, invalid("sort", direction, "%q is no direction; it is ASC or DESC", direction)
		}
		order = append(order, k)
	}
	if len(order) == 0 {
		order = []key{{"startTime", true}}
	}
	return order, nil
}

// Quote writes s as a value of a query that stands for s alone.
func Quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, `*`, `\*`).Replace(s) + "'"
}

// Match reports whether a row is a result.
func (q *Query) Match(row Row) bool {
	if q.where != nil && !q.where.match(row) {
		return false
	}
	if len(q.words) == 0 {
		return true
	}
	text := strings.ToLower(row.Text())
	for _, w := range q.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Compare orders two results: negative if a comes first, 0 if the sort does not tell them apart.
func (q *Query) Compare(a, b Row) int {
	for _, k := range q.order {
		o := compare(a.Field(k.field), b.Field(k.field))
		if k.descending {
			o = -o
		}
		if o != 0 {
			return o
		}
	}
	return 0
}

func compare(a, b any) int {
	switch a := a.(type) {
	case int64:
		b, _ := b.(int64)
		return cmp.Compare(a, b)
	case string:
		b, _ := b.(string)
		return strings.Compare(a, b)
	case []string:
		b, _ := b.([]string)
		return slices.Compare(a, b)
	}
	return 0
}

// NewestFirst reports whether the order is by startTime, latest first, and by nothing else.
func (q *Query) NewestFirst() bool {
	return len(q.order) == 1 && q.order[0] == key{"startTime", true}
}

// OldestFirst reports whether the order is by startTime, earliest first, and by nothing else.
func (q *Query) OldestFirst() bool {
	return len(q.order) == 1 && q.order[0] == key{"startTime", false}
}

// Equals returns the values that a field of every match is one of; ok is false when the query does not say.
func (q *Query) Equals(field string) (values []string, ok bool) {
	if q.where == nil {
		return nil, false
	}
	return q.where.equals(field)
}

// Range returns the bounds, both included, that a number field of every match is within; ok is false when the query does
// not say.
func (q *Query) Range(field string) (least, most int64, ok bool) {
	if q.where == nil {
		return 0, 0, false
	}
	return q.where.within(field)
}

func known(parameter, field string, fields []string) error {
	if slices.Contains(fields, field) {
		return nil
	}
	return invalid(parameter, field, "unknown field %q; known are %s", field, strings.Join(fields, ", "))
}

func invalid(parameter, value, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &workflow.Error{
		Kind: workflow.Invalid, Message: "Invalid " + parameter + ": " + message,
		Violations: []workflow.Violation{{Path: parameter, Message: message, InvalidValue: value}},
	}
}
