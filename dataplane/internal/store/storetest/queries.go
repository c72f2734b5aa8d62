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
		}[r.IntN(13)]
	}
	for range 300 {
		where := condition(3)
		sort := []string{"startTime:DESC", "startTime:ASC", "endTime:DESC"}[r.IntN(3)]
		text := []string{"", "", "503"}[r.IntN(3)]
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
