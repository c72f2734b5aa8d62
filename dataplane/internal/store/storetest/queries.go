package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// queries asks random questions and compares the answers with those of a look at every row.
func queries(t *testing.T, s store.Store) {
	const rows = 400
	r := rand.New(rand.NewPCG(5, 8)) //nolint:gosec // content that can be repeated
	var all []*workflow.Summary
	var changes []*store.Change
	for i := range rows {
		row := Finished(i, rows, r)
		row.CorrelationID = fmt.Sprintf("c-%d", i/20)
		all = append(all, row)
		c := full(row.WorkflowID)
		c.Summary = row
		changes = append(changes, c)
	}
	commit(t, s, changes...)
	slices.Reverse(all) // what an order does not tell apart comes with the newest start first
	some := func() *workflow.Summary { return all[r.IntN(rows)] }
	var condition func(depth int) string
	condition = func(depth int) string {
		row := some()
		if depth > 0 && r.IntN(2) == 0 {
			return fmt.Sprintf("(%s %s %s)", condition(depth-1), []string{"AND", "OR"}[r.IntN(2)], condition(depth-1))
		}
		return []string{
			fmt.Sprintf("status = %s", row.Status),
			fmt.Sprintf("status != %s", row.Status),
			fmt.Sprintf("status IN (%s, %s)", row.Status, some().Status),
			fmt.Sprintf("workflowType = %s", row.WorkflowType),
			fmt.Sprintf("workflowType IN (%s, %s, none)", row.WorkflowType, some().WorkflowType),
			fmt.Sprintf("workflowType = '%s*'", row.WorkflowType[:len(row.WorkflowType)-1]),
			fmt.Sprintf("correlationId = %s", row.CorrelationID),
			fmt.Sprintf("parentWorkflowId = '%s'", row.ParentWorkflowID),
			fmt.Sprintf("startTime > %d", row.StartTime),
			fmt.Sprintf("startTime <= %d", row.StartTime),
			fmt.Sprintf("startTime BETWEEN %d AND %d", row.StartTime, some().StartTime),
			fmt.Sprintf("endTime >= %d", row.EndTime),
			fmt.Sprintf("priority = %d", row.Priority),
			fmt.Sprintf("input = '*%s*'", piece(r, row.Input)),
			fmt.Sprintf("input = '*%s*%s*'", piece(r, row.Input), piece(r, row.Input)),
			fmt.Sprintf("output STARTS_WITH '%s'", row.Output[:r.IntN(len(row.Output))]),
			fmt.Sprintf("output != '*%s*'", piece(r, row.Output)),
			fmt.Sprintf("workflowId > %s", row.WorkflowID),
			fmt.Sprintf("executionTime BETWEEN %d AND %d", row.EndTime-row.StartTime-9000, row.EndTime-row.StartTime),
			"reasonForIncompletion = '*answered 50*'",
			"failedReferenceTaskNames = encode_ref",
			"failedReferenceTaskNames IS NULL",
			"parentWorkflowId IS NOT NULL",
		}[r.IntN(23)]
	}
	for range 400 {
		where := condition(3)
		sort := []string{"startTime:DESC", "startTime:ASC", "endTime:DESC", "updateTime", "executionTime:DESC", "status|endTime:DESC", "workflowType:DESC|version", "correlationId", "workflowId:DESC", "failedReferenceTaskNames:DESC", "output"}[r.IntN(11)]
		text := []string{"", "", "503", strings.ToUpper(piece(r, some().Input)), piece(r, search.Execution{Summary: some()}.Text()) + " " + piece(r, search.Execution{Summary: some()}.Text())}[r.IntN(5)]
		q, err := search.Parse(where, text, sort, search.WorkflowFields)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		var want []string
		matches := slices.DeleteFunc(slices.Clone(all), func(row *workflow.Summary) bool { return !q.Match(search.Execution{Summary: row}) })
		slices.SortStableFunc(matches, func(a, b *workflow.Summary) int {
			return q.Compare(search.Execution{Summary: a}, search.Execution{Summary: b})
		})
		start, size := r.IntN(30), 1+r.IntN(30)
		for _, row := range matches[min(start, len(matches)):min(start+size, len(matches))] {
			want = append(want, row.WorkflowID)
		}
		found, total, err := s.Search(t.Context(), q, start, size)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		var got []string
		for _, row := range found {
			got = append(got, row.WorkflowID)
		}
		if !slices.Equal(got, want) || total != int64(len(matches)) {
			t.Errorf("%s, text %q, %s, from %d: found %d of %d\n%s\nwant %d\n%s", where, text, sort, start, len(got), total, strings.Join(got, " "), len(matches), strings.Join(want, " "))
		}
	}
}

// piece cuts a short run of bytes without blanks out of a text.
func piece(r *rand.Rand, text string) string {
	at := r.IntN(len(text) - 10)
	return strings.ReplaceAll(text[at:at+1+r.IntN(9)], " ", "")
}

// alike looks for a word in many texts that have all of its parts, but not always the word.
func alike(t *testing.T, s store.Store) {
	const many = 4000
	var group []*store.Change
	for i := range many {
		input := "bcabca"
		if i%10 == 0 {
			input += " abcab"
		}
		id := fmt.Sprintf("id%04d", i)
		group = append(group, &store.Change{ID: id, Header: header(id), Plan: []byte("{}"), Summary: &workflow.Summary{
			WorkflowID: id, WorkflowType: "wf", Status: workflow.Completed, StartTime: int64(1 + i), EndTime: int64(2 + i%7), Input: input,
		}})
	}
	commit(t, s, group...)
	for _, c := range []struct {
		words, sort string
		start       int
		want        string
	}{
		{"abcab", "", 0, "400: 3990 3980"},
		{"abcab", "startTime:ASC", 100, "400: 1000 1010"},
		{"abcab", "endTime", 0, "400: 3990 3920"},
		{"abcab", "workflowId", 398, "400: 3980 3990"},
		{"abcab", "", 400, "400: "},
	} {
		if got := find(t, s, "", c.words, c.sort, c.start, 2); got != c.want {
			t.Errorf("%s, %s, from %d: found %s, want %s", c.words, c.sort, c.start, got, c.want)
		}
	}
	for _, start := range []int{0, 700, 2990} {
		q, err := search.Parse("", "bca wf", "", search.WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		found, total, err := s.Search(t.Context(), q, start, 2)
		if err != nil || len(found) != 2 || found[0].StartTime != int64(many-start) {
			t.Fatalf("from %d: %v, %v", start, found, err)
		}
		if total > many || total < int64(min(many, start+2+1000)) {
			t.Errorf("from %d: counted %d", start, total)
		}
	}
}
