package block_test

import (
	"fmt"
	"slices"
	"testing"

	grammar "github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded/block"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

type query struct{ query, text, sort string }

var cases = []query{
	{},
	{query: "status = FAILED"},
	{query: "status IN (FAILED,RUNNING) AND workflowType = order"},
	{query: "status != COMPLETED OR priority > 3"},
	{query: "workflowType = 'or*'"},
	{query: "workflowType STARTS_WITH zür", sort: "workflowType:ASC"},
	{query: "correlationId = a", sort: "correlationId:DESC|priority:ASC"},
	{query: "correlationId IN (c1,c2,c3,nobody)"},
	{query: "correlationId IS NULL", sort: "version:ASC"},
	{query: "correlationId IS NOT NULL AND createdBy = me", sort: "correlationId:ASC"},
	{query: "parentWorkflowId = '' AND event = 'conductor:x'"},
	{query: "startTime > 1700000050000 AND startTime < 1700000100000", sort: "startTime:ASC"},
	{query: "startTime BETWEEN 1700000000000 AND 1700000010000"},
	{query: "startTime > 1900000000000"},
	{query: "executionTime > 1000000 AND endTime > 0", sort: "executionTime:DESC"},
	{query: "version = 17 OR version = 18", sort: "endTime:ASC"},
	{query: "workflowId != nobody", sort: "workflowId:DESC"},
	{query: "failedReferenceTaskNames = ship", sort: "failedReferenceTaskNames:ASC"},
	{query: "failedTaskNames IN (mail)", sort: "failedTaskNames:DESC"},
	{query: "reasonForIncompletion = 'Timeout*'", sort: "reasonForIncompletion:ASC"},
	{query: `input = '*"Joe"*'`, sort: "input:ASC"},
	{query: `output STARTS_WITH '{"n":1'`, sort: "output:DESC"},
	{query: "classifier = workflow", sort: "classifier:ASC|status:DESC"},
	{query: "classifier = agent", sort: "classifier:DESC"},
	{query: "classifier IN (agent,workflow) AND classifier != 'a*'"},
	{text: "joe"},
	{text: "JOE pay"},
	{text: "жан"},
	{text: "o'n"},
	{text: "zz"},
	{text: "e"},
	{query: "status = FAILED AND priority < 2", text: "timeout", sort: "updateTime:DESC"},
	{query: "(status = FAILED OR status = RUNNING) AND (priority = 1 OR version > 200)", text: "order"},
}

// search returns the places of the rows of a block that a query finds, in its order.
func search(b *block.Block, c query) ([]string, error) {
	q, err := grammar.Parse(c.query, c.text, c.sort, grammar.WorkflowFields)
	if err != nil {
		return nil, err
	}
	in := block.NewBits(b.Rows, true)
	exact, err := block.NewFilter(q).Keep(b, in)
	if err != nil {
		return nil, err
	}
	top := block.NewSorter(q).Top(b.Rows)
	if err := top.AddBlock(b, in, keep(b, q, exact)); err != nil {
		return nil, err
	}
	return ids(top)
}

// keep looks at the rows themselves where the filter is not exact.
func keep(b *block.Block, q *grammar.Query, exact bool) func(i int) (bool, error) {
	if exact {
		return nil
	}
	return func(i int) (bool, error) {
		r, err := b.Row(i)
		return err == nil && q.Match(grammar.Execution{Summary: r}), err
	}
}

func ids(top *block.Top) (found []string, err error) {
	hits, err := top.Sorted()
	for _, h := range hits {
		r, readErr := h.Row()
		if readErr != nil {
			return nil, readErr
		}
		found = append(found, r.WorkflowID)
	}
	return found, err
}

// want finds the same by looking at every row.
func want(t *testing.T, rows []*workflow.Summary, c query) []string {
	t.Helper()
	q, err := grammar.Parse(c.query, c.text, c.sort, grammar.WorkflowFields)
	if err != nil {
		t.Fatalf("%+v: %v", c, err)
	}
	var found []*workflow.Summary
	for _, r := range rows {
		if q.Match(grammar.Execution{Summary: r}) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *workflow.Summary) int {
		if o := q.Compare(grammar.Execution{Summary: a}, grammar.Execution{Summary: b}); o != 0 {
			return o
		}
		return block.Order(a, b)
	})
	var out []string
	for _, r := range found {
		out = append(out, r.WorkflowID)
	}
	return out
}

func TestASearchFindsWhatMatches(t *testing.T) {
	for _, n := range []int{1, 60, 900} {
		rows := summaries(uint64(n), n)
		head, parts := build(t, rows)
		for _, c := range cases {
			b := block.Read(head, parts.get)
			got, err := search(b, c)
			if err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			if want := want(t, rows, c); !slices.Equal(got, want) {
				t.Errorf("%d rows, %+v: found %d, want %d", n, c, len(got), len(want))
			}
			b.Forget()
			if again, err := search(b, c); err != nil || !slices.Equal(again, got) {
				t.Errorf("%d rows, %+v: found %d the second time, %v", n, c, len(again), err)
			}
		}
	}
}

// The filter may keep rows that do not match, unless it says that it is exact, and never loses one that does; it takes back
// no row that was not in the set.
func TestAFilterLosesNothing(t *testing.T) {
	rows := summaries(11, 500)
	head, parts := build(t, rows)
	for _, c := range cases {
		q, err := grammar.Parse(c.query, c.text, c.sort, grammar.WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		b, in := block.Read(head, parts.get), block.NewBits(len(rows), false)
		for i := 0; i < len(rows); i += 2 {
			in.Add(i)
		}
		exact, err := block.NewFilter(q).Keep(b, in)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			matches := i%2 == 0 && q.Match(grammar.Execution{Summary: r})
			if matches && !in.Has(i) || !matches && in.Has(i) && (exact || i%2 == 1) {
				t.Errorf("%+v: row %d matches %v and is kept %v; exact %v", c, i, matches, in.Has(i), exact)
				break
			}
		}
	}
}

// The first rows over several blocks, and of some that are in none, are those of all rows together.
func TestTheFirstRowsOfSeveralBlocks(t *testing.T) {
	var all []*workflow.Summary
	var blocks []*block.Block
	for seed := range uint64(3) {
		rows := summaries(100+seed, 150)
		head, parts := build(t, rows)
		all, blocks = append(all, rows...), append(blocks, block.Read(head, parts.get))
	}
	loose := summaries(200, 40)
	all = append(all, loose...)
	for _, c := range cases {
		expected := want(t, all, c)
		for _, most := range []int{0, 1, 10, 1000} {
			q, err := grammar.Parse(c.query, c.text, c.sort, grammar.WorkflowFields)
			if err != nil {
				t.Fatal(err)
			}
			filter, top := block.NewFilter(q), block.NewSorter(q).Top(most)
			for _, r := range loose {
				if q.Match(grammar.Execution{Summary: r}) {
					top.AddRow(r)
				}
			}
			for _, b := range blocks {
				in := block.NewBits(b.Rows, true)
				exact, err := filter.Keep(b, in)
				if err == nil {
					err = top.AddBlock(b, in, keep(b, q, exact))
				}
				if err != nil {
					t.Fatalf("%+v: %v", c, err)
				}
			}
			got, err := ids(top)
			if err != nil || !slices.Equal(got, expected[:min(most, len(expected))]) {
				t.Errorf("%+v, the first %d: %d, %v; want the first of %d", c, most, len(got), err, len(expected))
			}
		}
	}
}

func TestBoundsOfAnOrder(t *testing.T) {
	rows := summaries(9, 80)
	head, _ := build(t, rows)
	for sort, known := range map[string]bool{"": true, "startTime:ASC": true, "endTime:DESC": true, "priority:ASC": true, "status:ASC": false, "input:DESC": false} {
		q, err := grammar.Parse("", "", sort, grammar.WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		s := block.NewSorter(q)
		first, last, ok := s.Bounds(head)
		if ok != known {
			t.Errorf("%q: bounds are known: %v", sort, ok)
		}
		if oneFirst, oneLast := s.BoundsOf(rows); ok && fmt.Sprint(first, last) != fmt.Sprint(oneFirst, oneLast) {
			t.Errorf("%q: from %d to %d, of the rows %d to %d", sort, first, last, oneFirst, oneLast)
		}
	}
}
