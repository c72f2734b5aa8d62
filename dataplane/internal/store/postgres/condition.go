package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// kind is how a field is compared.
type kind int

const (
	text kind = iota
	number
	texts
)

// column is where a field of a query is found.
type column struct {
	name  string
	kind  kind
	index bool // an index holds its beginning: beginning bytes, unless it is empty
}

// beginning is how much of a text an index holds, in bytes; see migrations/dataplane.
const beginning = 64

var fields = map[string]column{
	"workflowId":               {"execution_id", text, false},
	"workflowType":             {"workflow_type", text, true},
	"version":                  {"version", number, false},
	"status":                   {"status", text, false},
	"correlationId":            {"correlation_id", text, true},
	"startTime":                {"start_time", number, false},
	"updateTime":               {"update_time", number, false},
	"endTime":                  {"end_time", number, false},
	"executionTime":            {"(case end_time when 0 then 0 else end_time - start_time end)", number, false},
	"input":                    {"input", text, false},
	"output":                   {"output", text, false},
	"reasonForIncompletion":    {"reason", text, false},
	"failedReferenceTaskNames": {"failed_references", texts, false},
	"failedTaskNames":          {"failed_tasks", texts, false},
	"priority":                 {"priority", number, false},
	"createdBy":                {"created_by", text, false},
	"parentWorkflowId":         {"parent_execution_id", text, true},
	"classifier":               {"(case classifier when '' then '" + workflow.PlainClassifier + "'::bytea else classifier end)", text, false},
	"event":                    {"event", text, false},
}

// indexed are the fields that indexes hold whole.
var indexed = []string{"workflowId", "status", "startTime", "updateTime", "endTime", "executionTime"}

// clause is a condition in SQL. When it looks at nothing but the status, and allows some values of it, these are they.
type clause struct {
	sql      string
	statuses []string
}

// translator builds clauses and collects their parameters. It implements search.Folder.
type translator struct {
	args   []any
	shares map[int32]float32 // see Store.shares
	read   bool              // whether rows have to be read to know whether they match, as no index tells
}

func (t *translator) arg(v any) string {
	if s, ok := v.(string); ok {
		v = []byte(s)
	}
	t.args = append(t.args, v)
	return fmt.Sprintf("$%d", len(t.args))
}

// All implements search.Folder.
func (t *translator) All(parts []clause) clause { return join(parts, " and ") }

// Either implements search.Folder.
func (t *translator) Either(parts []clause) clause { return join(parts, " or ") }

func join(parts []clause, by string) clause {
	all := make([]string, len(parts))
	for i, p := range parts {
		all[i] = p.sql
	}
	return clause{sql: "(" + strings.Join(all, by) + ")"}
}

// Condition implements search.Folder.
func (t *translator) Condition(c search.Condition) clause {
	f := fields[c.Field]
	t.read = t.read || !f.index && !slices.Contains(indexed, c.Field) || c.Op == "!="
	switch c.Op {
	case "IS NULL":
		return clause{sql: null(c.Field, f)}
	case "IS NOT NULL":
		return clause{sql: "not " + null(c.Field, f)}
	case "!=":
		c.Op = "="
		return clause{sql: "not " + t.holds(c, f)}
	}
	out := clause{sql: t.holds(c, f)}
	if c.Field == "status" && (c.Op == "=" || c.Op == "IN") && !slices.ContainsFunc(c.Values, search.Value.Wild) {
		for _, v := range c.Values {
			out.statuses = append(out.statuses, v.Parts[0])
		}
	}
	return out
}

// null says when a field has no value.
func null(field string, f column) string {
	switch {
	case f.kind == texts:
		return "(cardinality(" + f.name + ") = 0)"
	case f.kind == text:
		return "(" + f.name + " = '')"
	case strings.HasSuffix(field, "Time"):
		return "(" + f.name + " = 0)"
	}
	return "false"
}

func (t *translator) holds(c search.Condition, f column) string {
	switch f.kind {
	case number:
		return t.number(c, f.name)
	case texts:
		return "(exists (select from unnest(" + f.name + ") as one where " + t.text(c, "one", false) + "))"
	}
	return t.text(c, f.name, f.index)
}

// text compares bytes, as Go compares strings.
func (t *translator) text(c search.Condition, name string, index bool) string {
	switch c.Op {
	case "=", "IN":
		return t.either(c.Values, func(v search.Value) string { return t.fits(name, index, v.Parts) }, func(plain []search.Value) string {
			values := make([]string, len(plain))
			for i, v := range plain {
				values[i] = v.Parts[0]
			}
			return t.oneOf(name, index, values)
		})
	case "STARTS_WITH":
		return t.fits(name, index, []string{c.Values[0].Parts[0], ""})
	case "BETWEEN":
		return "(" + name + " between " + t.arg(c.Values[0].Parts[0]) + " and " + t.arg(c.Values[1].Parts[0]) + ")"
	}
	return "(" + name + " " + c.Op + " " + t.arg(c.Values[0].Parts[0]) + ")"
}

// either joins the clause of all values without stars with those of the others.
func (t *translator) either(values []search.Value, wild func(search.Value) string, plain func([]search.Value) string) string {
	var clauses []string
	var without []search.Value
	for _, v := range values {
		if v.Wild() {
			clauses = append(clauses, wild(v))
		} else {
			without = append(without, v)
		}
	}
	if without != nil {
		clauses = append(clauses, plain(without))
	}
	return "(" + strings.Join(clauses, " or ") + ")"
}

// oneOf tests for whole texts; where an index holds their beginning, it is named as the index names it.
func (t *translator) oneOf(name string, index bool, values []string) string {
	same := func(name string, values []string) string {
		if len(values) == 1 {
			return name + " = " + t.arg(values[0])
		}
		all := make([][]byte, len(values))
		for i, v := range values {
			all[i] = []byte(v)
		}
		return name + " = any (" + t.arg(all) + ")"
	}
	if !index || slices.Contains(values, "") {
		return "(" + same(name, values) + ")"
	}
	starts := make([]string, len(values))
	whole := true // a beginning that is not full is the whole text
	for i, v := range values {
		starts[i] = v[:min(len(v), beginning)]
		whole = whole && len(v) < beginning
	}
	clause := same(start(name), starts) + " and " + start(name) + " <> ''"
	if !whole {
		clause += " and " + same(name, values)
	}
	return "(" + clause + ")"
}

// start is the column with the beginning of a text.
func start(name string) string { return name + "_start" }

// fits tests for texts with anything between the parts.
func (t *translator) fits(name string, index bool, parts []string) string {
	pattern := make([]string, len(parts))
	for i, p := range parts {
		pattern[i] = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(p)
	}
	var clauses []string
	first := parts[0]
	beginsOnly := index && first != "" && len(first) < beginning && len(parts) == 2 && parts[1] == ""
	if !beginsOnly {
		clauses = append(clauses, name+" like "+t.arg(strings.Join(pattern, "%")))
	}
	if index && first != "" {
		first = first[:min(len(first), beginning)]
		clauses = append(clauses, start(name)+" <> ''", start(name)+" >= "+t.arg(first))
		if end := after(first); end != "" {
			clauses = append(clauses, start(name)+" < "+t.arg(end))
		}
	}
	return "(" + strings.Join(clauses, " and ") + ")"
}

// after returns the least text that comes after all that begin with prefix, "" if there is none.
func after(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return ""
	}
	b[len(b)-1]++
	return string(b)
}

func (t *translator) number(c search.Condition, name string) string {
	digits := "convert_to(" + name + "::text, 'UTF8')"
	switch c.Op {
	case "=", "IN":
		return t.either(c.Values, func(v search.Value) string { return t.fits(digits, false, v.Parts) }, func(plain []search.Value) string {
			if len(plain) == 1 {
				return "(" + name + " = " + t.arg(plain[0].Number) + ")"
			}
			numbers := make([]int64, len(plain))
			for i, v := range plain {
				numbers[i] = v.Number
			}
			return "(" + name + " = any (" + t.arg(numbers) + "))"
		})
	case "STARTS_WITH":
		return t.fits(digits, false, []string{c.Values[0].Parts[0], ""})
	case "BETWEEN":
		return "(" + name + " between " + t.arg(c.Values[0].Number) + " and " + t.arg(c.Values[1].Number) + ")"
	}
	return "(" + name + " " + c.Op + " " + t.arg(c.Values[0].Number) + ")"
}

// word tests for free text. The index finds candidates by their runs of three bytes, and does not know executions that are
// open. It is asked for the rarest runs of a word alone: runs that many executions have cost more than they tell, and have the
// planner believe that there are fewer matches than there are.
func (t *translator) word(w string) string {
	const most = 4
	t.read = true
	within := "position(" + t.arg(w) + " in words) > 0"
	grams := slices.DeleteFunc(gramsOf(w), func(g int32) bool { return t.shares[g] > 0.1 })
	slices.SortStableFunc(grams, func(a, b int32) int { return cmp.Compare(t.shares[a], t.shares[b]) })
	if around := t.around(w); around != nil { // looked for alone: what it is joined with may have no index at all
		return "(execution_id = any (array(select execution_id from summaries where (grams is null or grams is not null and grams && (select " +
			t.arg(around) + "::integer[])) and " + within + ")))"
	}
	if len(grams) == 0 {
		return "(" + within + ")"
	}
	return "((grams is null or grams is not null and grams @> " + t.arg(grams[:min(most, len(grams))]) + ") and " + within + ")"
}

// around returns all runs of three bytes that a text with a word of two bytes can have where the word is; nil for other words,
// and for those that so many executions have that a page is full sooner without an index. The planner cannot guess how few
// executions have any of so many runs, which is why they are hidden from it. A single byte would be in too many.
func (t *translator) around(w string) []int32 {
	const frequent = 0.03 // of a million executions, as many are read either way
	if len(w) != 2 {
		return nil
	}
	var share float32
	runs := make([]int32, 0, 2<<8)
	for other := range int32(1 << 8) {
		two := int32(w[0])<<8 | int32(w[1])
		before, behind := other<<16|two, two<<8|other
		runs = append(runs, before, behind)
		if share += t.shares[before] + t.shares[behind]; share > frequent {
			return nil
		}
	}
	return runs
}

// order writes the order of a query; what it does not tell apart comes with the newest start first.
func order(q *search.Query) string {
	var keys []string
	for _, k := range q.Order() {
		names := []string{fields[k.Field].name}
		if k.Field == "workflowType" { // an index knows the beginnings; only what begins alike is left to be sorted
			names = []string{"workflow_type_start", "workflow_type"}
		}
		for _, name := range names {
			if k.Descending {
				name += " desc"
			}
			keys = append(keys, name)
		}
	}
	if !q.NewestFirst() {
		keys = append(keys, "start_time desc")
	}
	return strings.Join(append(keys, "execution_id"), ", ")
}
