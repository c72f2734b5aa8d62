package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// shelf puts twelve executions with all that a search looks at into a store.
func shelf(t *testing.T, s store.Store) {
	t.Helper()
	statuses := []workflow.Status{workflow.Running, workflow.Completed, workflow.Failed}
	var changes []*store.Change
	for i := range 12 {
		id := fmt.Sprintf("id%02d", i)
		c := full(id)
		c.Summary = &workflow.Summary{
			WorkflowID: id, WorkflowType: []string{"wf", "wf2"}[i%2], Version: 1 + i%3, Status: statuses[i%3], StartTime: int64(1000 + i*10),
			EndTime: int64(2000 + i), CorrelationID: []string{"", "c1", "c1x"}[i%3], ParentWorkflowID: []string{"", "p"}[i/6],
			Input: fmt.Sprintf(`{"order":"Number%d"}`, i), ReasonForIncompletion: []string{"", "no money"}[i/11], Priority: i,
		}
		changes = append(changes, c)
	}
	commit(t, s, changes...)
}

func find(t *testing.T, s store.Store, query, text, sort string, start, size int) string {
	t.Helper()
	q, err := search.Parse(query, text, sort, search.WorkflowFields)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	rows, total, err := s.Search(t.Context(), q, start, size)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = strings.TrimPrefix(r.WorkflowID, "id")
	}
	return fmt.Sprintf("%d: %s", total, strings.Join(ids, " "))
}

func searches(t *testing.T, s store.Store) {
	shelf(t, s)
	for _, c := range []struct{ query, text, sort, want string }{
		{"", "", "", "12: 11 10 09 08 07 06 05 04 03 02 01 00"},
		{"", "*", "startTime:ASC", "12: 00 01 02 03 04 05 06 07 08 09 10 11"},
		{"status = RUNNING", "", "", "4: 09 06 03 00"},
		{"status IN (RUNNING, FAILED)", "", "", "8: 11 09 08 06 05 03 02 00"},
		{"status IN (RUNNING, RUNNING)", "", "", "4: 09 06 03 00"},
		{"workflowType = wf", "", "", "6: 10 08 06 04 02 00"},
		{"workflowType = 'wf*'", "", "", "12: 11 10 09 08 07 06 05 04 03 02 01 00"},
		{"correlationId = c1", "", "", "4: 10 07 04 01"},
		{"parentWorkflowId = p", "", "", "6: 11 10 09 08 07 06"},
		{"workflowId = id05", "", "", "1: 05"},
		{"workflowId IN (id05, id05, id07, id99)", "", "", "2: 07 05"},
		{"startTime > 1050 AND startTime < 1080", "", "", "2: 07 06"},
		{"priority = 4", "", "", "1: 04"},
		{"", "number3", "", "1: 03"},
		{"", "money", "", "1: 11"},
		{"status = PAUSED", "", "", "0: "},
		{"", "", "priority:ASC", "12: 00 01 02 03 04 05 06 07 08 09 10 11"},
		{"", "", "workflowType:DESC|startTime:ASC", "12: 01 03 05 07 09 11 00 02 04 06 08 10"},
	} {
		if got := find(t, s, c.query, c.text, c.sort, 0, 100); got != c.want {
			t.Errorf("query %q, text %q, sort %q: found %s, want %s", c.query, c.text, c.sort, got, c.want)
		}
	}
	for _, c := range []struct {
		query, sort string
		start, size int
		want        string
	}{
		{"", "", 0, 3, "12: 11 10 09"},
		{"", "", 10, 3, "12: 01 00"},
		{"", "", 20, 3, "12: "},
		{"status IN (RUNNING, FAILED)", "", 2, 2, "8: 08 06"},
		{"status = RUNNING", "startTime:ASC", 1, 2, "4: 03 06"},
		{"workflowId IN (id01, id02, id03)", "", 1, 1, "3: 02"},
		{"", "", 0, 0, "12: "},
	} {
		if got := find(t, s, c.query, "", c.sort, c.start, c.size); got != c.want {
			t.Errorf("query %q, %d from %d: found %s, want %s", c.query, c.size, c.start, got, c.want)
		}
	}
}

func searchCombined(t *testing.T, s store.Store) {
	shelf(t, s)
	for query, want := range map[string]string{
		"workflowType = wf AND status = RUNNING":                             "2: 06 00",
		"correlationId = c1 AND workflowType = wf2 AND startTime > 1010":     "1: 07",
		"status = RUNNING OR workflowType = wf2":                             "8: 11 09 07 06 05 03 01 00",
		"parentWorkflowId = p AND (status = FAILED OR correlationId = 'c*')": "4: 11 10 08 07",
		"parentWorkflowId IS NULL AND version = 2":                           "2: 04 01",
	} {
		if got := find(t, s, query, "", "", 0, 100); got != want {
			t.Errorf("query %q: found %s, want %s", query, got, want)
		}
	}
	// A change of the search row moves it in every index.
	before := full("id00").Summary
	before.WorkflowID, before.WorkflowType, before.StartTime = "id00", "wf", 1000
	before.Status = workflow.Running
	after := *before
	after.Status, after.CorrelationID = workflow.Completed, "new"
	commit(t, s, &store.Change{ID: "id00", Summary: &after, Before: before})
	for query, want := range map[string]string{"status = RUNNING": "3: 09 06 03", "status = COMPLETED": "5: 10 07 04 01 00", "correlationId = new": "1: 00"} {
		if got := find(t, s, query, "", "", 0, 100); got != want {
			t.Errorf("query %q after the change: found %s, want %s", query, got, want)
		}
	}
	commit(t, s, &store.Change{ID: "id00", Remove: true})
	if got := find(t, s, "", "", "", 0, 100); !strings.HasPrefix(got, "11:") || strings.Contains(got, " 00") {
		t.Errorf("after the removal: %s", got)
	}
}

// searchMany looks at the counts of more matches than are counted behind a page.
func searchMany(t *testing.T, s store.Store) {
	const many = 10_200
	var group []*store.Change
	for i := range many {
		id := fmt.Sprintf("id%05d", i)
		status := workflow.Completed
		if i%100 == 0 {
			status = workflow.Failed
		}
		group = append(group, &store.Change{ID: id, Header: header(id), Plan: []byte("{}"), Summary: &workflow.Summary{
			WorkflowID: id, WorkflowType: []string{"wf", "wf2"}[i/10_150], Status: status, StartTime: int64(1 + i),
		}})
		if len(group) == 1000 || i == many-1 {
			commit(t, s, group...)
			group = nil
		}
	}
	for _, c := range []struct {
		query       string
		start, size int
		exact       bool
		want        int
		first       string
	}{
		{"", 0, 2, true, many, "10199"},
		{"status = COMPLETED", 5000, 1, true, many - 102, "05149"},
		{"status IN (COMPLETED, FAILED)", 3, 1, true, many, "10196"},
		{"status = FAILED AND startTime > 5000", 0, 1, true, 52, "10100"},
		{"workflowType = wf", 0, 1, false, 10_150, "10149"},
		{"workflowType = wf", 150, 1, true, 10_150, "09999"},
		{"workflowType = 'wf*'", 10, 1, false, many, "10189"},
		{"startTime > 100 AND startTime <= 300", 150, 1, true, 200, "00149"},
		{"startTime BETWEEN 300 AND 100", 0, 1, true, 0, ""},
	} {
		q, err := search.Parse(c.query, "", "", search.WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		found, total, err := s.Search(t.Context(), q, c.start, c.size)
		if err != nil {
			t.Fatal(err)
		}
		if c.exact && int(total) != c.want || int(total) > c.want || int(total) < min(c.want, c.start+c.size+10_000) {
			t.Errorf("%s from %d: counted %d of %d", c.query, c.start, total, c.want)
		}
		first := ""
		if len(found) > 0 {
			first = strings.TrimPrefix(found[0].WorkflowID, "id")
		}
		if first != c.first {
			t.Errorf("%s from %d: found %q, want %q", c.query, c.start, first, c.first)
		}
	}
}

func counts(t *testing.T, s store.Store) {
	want := func(when string, running, completed int64) {
		t.Helper()
		got, err := s.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got[workflow.Running] != running || got[workflow.Completed] != completed || len(got) > 2 {
			t.Errorf("%s: counts %v, want %d running and %d completed", when, got, running, completed)
		}
	}
	commit(t, s, full("a"), full("b"))
	want("at the beginning", 2, 0)
	after := *full("a").Summary
	after.Status = workflow.Completed
	commit(t, s, &store.Change{ID: "a", Summary: &after, Before: full("a").Summary}, full("c"))
	want("after an end and a start", 2, 1)
	again := after
	again.UpdateTime = 5
	commit(t, s, &store.Change{ID: "a", Summary: &again, Before: &after})
	want("after a change of another field", 2, 1)
	commit(t, s, &store.Change{ID: "a", Remove: true})
	want("after a removal", 2, 0)
}

// countsUnderLoad asks for the first time while executions come.
func countsUnderLoad(t *testing.T, s store.Store) {
	var load sync.WaitGroup
	for g := range 4 {
		load.Go(func() {
			for i := range 200 {
				wait, err := s.Commit(t.Context(), nil, []*store.Change{full(fmt.Sprintf("x%d-%d", g, i))})
				if err == nil {
					err = wait()
				}
				if err != nil {
					t.Error(err)
				}
				if i == 50 {
					if _, err := s.Counts(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	load.Wait()
	if got, err := s.Counts(t.Context()); err != nil || got[workflow.Running] != 800 {
		t.Errorf("counts: %v, %v", got, err)
	}
}

func definitions(t *testing.T, s store.Store) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.PutDefs(ctx, &workflow.Def{Name: "a", Version: 1, Description: "old"}, &workflow.Def{Name: "a", Version: 2}, &workflow.Def{Name: "ab", Version: 1}))
	must(s.PutDefs(ctx, &workflow.Def{Name: "a", Version: 1, Description: "new"}))
	must(s.DeleteDef(ctx, "a", 2))
	must(s.DeleteDef(ctx, "a", 99))
	defs, err := s.Defs(ctx)
	must(err)
	if len(defs) != 2 || defs[0].Name != "a" || defs[0].Description != "new" || defs[1].Name != "ab" {
		t.Errorf("definitions: %+v", defs)
	}
	must(s.PutTaskDefs(ctx, workflow.DefaultTaskDef("x"), workflow.DefaultTaskDef("xy")))
	must(s.DeleteTaskDef(ctx, "x"))
	tasks, err := s.TaskDefs(ctx)
	must(err)
	if len(tasks) != 1 || tasks[0].Name != "xy" || tasks[0].RetryCount != 3 {
		t.Errorf("task definitions: %+v", tasks)
	}
}

func logs(t *testing.T, s store.Store) {
	add := func(task string, lines ...string) {
		t.Helper()
		var all []workflow.TaskLog
		for _, l := range lines {
			all = append(all, workflow.TaskLog{Log: l, TaskID: task, CreatedTime: 7})
		}
		if err := s.AddLogs(t.Context(), task, all); err != nil {
			t.Fatal(err)
		}
	}
	add("t", "1", "2")
	add("t2", "other")
	add("t", "3")
	lines, err := s.Logs(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.Log)
	}
	if text.String() != "123" {
		t.Errorf("log lines in the order %q", text.String())
	}
}
