package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/decide"
	"github.com/podium-cloud/podium/dataplane/internal/search"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// odd are texts that callers may send and that databases stumble over.
var odd = []string{
	"nul \x00 within", "\x00", "no UTF-8 \xff\xfe\x80", "ÄÖß İı Σς", "a surrogate \xed\xa0\x80", "🎉", `100% of a_b \ 'quoted' "twice"`,
	"{}", `{"a","b"}`, "\\x6162", "null", strings.Repeat("long ", 3000), "tab\tline\nend", "\u2028",
}

// anyBytes keeps odd texts wherever callers can put them, and finds them again.
func anyBytes(t *testing.T, s store.Store) {
	for i, text := range odd {
		id := fmt.Sprintf("odd%02d", i)
		c := full(id)
		c.Input = new(workflow.Payload(`{"a":"` + text + `"}`))
		c.Header.CorrelationID = strings.ToValidUTF8(text, "") // in JSON, which holds nothing else
		c.Tasks[0].Input = workflow.Payload(text)
		c.Summary = &workflow.Summary{
			WorkflowID: id, WorkflowType: text, Version: 1, Status: workflow.Failed, StartTime: int64(i), EndTime: 7, CorrelationID: text,
			Input: text, Output: text, ReasonForIncompletion: text, Event: text, FailedReferenceTaskNames: []string{"other", text},
			FailedTaskNames: []string{text}, ParentWorkflowID: text, CreatedBy: text, IdempotencyKey: text, Classifier: text,
		}
		commit(t, s, c)
		same(t, "record", load(t, s, id), recordOf(c))
		q, err := search.Parse("workflowId = "+id, "", "", search.WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		found, _, err := s.Search(t.Context(), q, 0, 1)
		if err != nil || len(found) != 1 {
			t.Fatalf("%q: %v, %v", text, found, err)
		}
		if utf8 := strings.ToValidUTF8(text, "\ufffd"); utf8 == text { // a store may keep search rows as JSON
			same(t, "search row", *found[0], *c.Summary)
			for _, field := range []string{"correlationId", "workflowType", "parentWorkflowId", "reasonForIncompletion", "failedTaskNames", "input", "classifier"} {
				want := fmt.Sprintf("1: odd%02d", i)
				if got := find(t, s, field+" = "+search.Quote(text), "", "", 0, 10); got != want {
					t.Errorf("%s = %.20q: found %s, want %s", field, text, got, want)
				}
			}
		}
		if err := s.AddLogs(t.Context(), id, []workflow.TaskLog{{Log: text}}); err != nil {
			t.Error(err)
		}
		if err := s.PutDocs(t.Context(), store.Doc{Kind: "odd", Key: fmt.Sprint(i), Value: []byte(text)}); err != nil {
			t.Error(err)
		}
	}
	docs, err := s.Docs(t.Context(), "odd")
	if err != nil || len(docs) != len(odd) {
		t.Errorf("%d documents, %v", len(docs), err)
	}
}

// searchText looks for free text: anywhere, in any case, all of the words, of executions that run or have ended.
func searchText(t *testing.T, s store.Store) {
	put := func(id string, status workflow.Status, start int64, input, output string) {
		t.Helper()
		c := full(id)
		c.Summary = &workflow.Summary{WorkflowID: id, WorkflowType: "Encode", Status: status, StartTime: start, Input: input, Output: output}
		commit(t, s, c)
	}
	put("id1", workflow.Running, 1, `{"order":"AB-4711","city":"Zürich"}`, "{}")
	put("id2", workflow.Completed, 2, `{"order":"ab-4711","note":"100% done_now"}`, `{"x":"ÖL"}`)
	put("id3", workflow.Failed, 3, `{"order":"AB-4712"}`, `{"path":"c:\\temp"}`)
	for words, want := range map[string]string{
		"4711": "2: 2 1", "ab-471": "3: 3 2 1", "AB-4712": "1: 3", "zürich": "1: 1", "ZÜRICH": "1: 1", "öl": "1: 2", "4711 done": "1: 2", "done_now": "1: 2",
		"doneXnow": "0: ", "100%": "1: 2", "%": "1: 2", "b": "3: 3 2 1", "47 11": "2: 2 1", "4": "3: 3 2 1", "encode": "3: 3 2 1", "encode failed": "1: 3",
		`c:\\temp`: "1: 3", "absent": "0: ", "id3": "1: 3", "*4711*": "2: 2 1", "'": "0: ",
		"ab": "3: 3 2 1", "11": "2: 2 1", "d2": "1: 2", "ü": "1: 1", "xq": "0: ", "cp": "0: ", "ab zü": "1: 1", "öl 47": "1: 2", "12 11": "0: ",
	} {
		if got := find(t, s, "", words, "", 0, 10); got != want {
			t.Errorf("%q: found %s, want %s", words, got, want)
		}
	}
	if got := find(t, s, "status = COMPLETED", "4711", "", 0, 10); got != "1: 2" {
		t.Errorf("with a condition: found %s", got)
	}
	// The end of an execution, and its restart, change what is found.
	before := &workflow.Summary{WorkflowID: "id1", WorkflowType: "Encode", Status: workflow.Running, StartTime: 1, Input: `{"order":"AB-4711","city":"Zürich"}`}
	after := *before
	after.Status, after.Output, after.EndTime, after.ReasonForIncompletion = workflow.Completed, `{"result":"finished"}`, 9, "as of now ~^"
	commit(t, s, &store.Change{ID: "id1", Summary: &after, Before: before})
	if got := find(t, s, "", "finished 4711", "", 0, 10); got != "1: 1" {
		t.Errorf("after the end: found %s", got)
	}
	if got := find(t, s, "", "~^", "", 0, 10) + find(t, s, "status = COMPLETED", "^", "", 0, 10) + find(t, s, "status = FAILED", "~^", "", 0, 10); got != "1: 11: 10: " {
		t.Errorf("by the last letters of the text: found %s", got)
	}
	again := after
	again.Status, again.Output, again.EndTime, again.ReasonForIncompletion = workflow.Running, "{}", 0, ""
	commit(t, s, &store.Change{ID: "id1", Summary: &again, Before: &after})
	if got := find(t, s, "", "finished", "", 0, 10) + find(t, s, "", "zürich", "", 0, 10); got != "0: 1: 1" {
		t.Errorf("after the restart: found %s", got)
	}
}

// searchEveryField compares what a store finds with what the query matches in memory, for every field and operator.
func searchEveryField(t *testing.T, s store.Store) {
	long := strings.Repeat("a", 64) // as much as an index may hold of a text
	texts := []string{"", "a", "ab", "b*c", "b", "B", "ä", "a_c", "abc", "a%", long[1:], long, long + "b", long + "c", "b\xff"}
	statuses := []workflow.Status{workflow.Running, workflow.Completed, workflow.Failed, workflow.Paused}
	var rows []*workflow.Summary
	for i := range 60 {
		text := func(n int) string { return texts[(i*n+i/7)%len(texts)] }
		var failed []string
		for n := range i % 3 {
			failed = append(failed, text(n+3))
		}
		sum := &workflow.Summary{
			WorkflowID: fmt.Sprintf("id%02d", i), WorkflowType: text(1), Version: i % 13, Status: statuses[i%4], CorrelationID: text(2), StartTime: int64(100 + i*7%20),
			UpdateTime: int64(i % 5), EndTime: int64(i % 3 * 200), Input: text(3), Output: text(4), ReasonForIncompletion: text(5), Event: text(6),
			FailedReferenceTaskNames: failed, FailedTaskNames: failed, Priority: i % 4, ParentWorkflowID: text(7), CreatedBy: text(8),
			Classifier: text(9),
		}
		c := full(sum.WorkflowID)
		c.Summary = sum
		rows = append(rows, sum)
		commit(t, s, c)
	}
	compare := func(query, sort string) {
		t.Helper()
		q, err := search.Parse(query, "", sort, search.WorkflowFields)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		want := 0
		matches := map[string]bool{}
		for _, r := range rows {
			if q.Match(search.Execution{Summary: r}) {
				want++
				matches[r.WorkflowID] = true
			}
		}
		found, total, err := s.Search(t.Context(), q, 0, 100)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if int(total) != want || len(found) != want {
			t.Errorf("%s: found %d of %d, want %d", query, len(found), total, want)
		}
		for i, r := range found {
			if !matches[r.WorkflowID] {
				t.Errorf("%s: found %s, which does not match", query, r.WorkflowID)
			}
			if i > 0 && q.Compare(search.Execution{Summary: found[i-1]}, search.Execution{Summary: r}) > 0 {
				t.Errorf("%s, sort %s: %s comes before %s", query, sort, found[i-1].WorkflowID, r.WorkflowID)
			}
		}
	}
	for _, field := range search.WorkflowFields {
		values := []string{"''", "a", long[1:], long, long + "b", "'b\\*c'", "b", "ä", "RUNNING", "id07", "workflow", "'a_c'"}
		wild := []string{"'" + long[1:] + "*'", "'" + long + "b*'", "'a*b'", "'a*'", "'*c'", "'*'", "'*b*'", "'id*'", "'1*'"}
		if search.Numeric(field) {
			values = []string{"0", "1", "2", "107", "200", "-5"}
		}
		for i, v := range values {
			ops := []string{"=", "<", "!=", ">", "=", "<=", "!=", ">="}
			compare(field+" "+ops[i%8]+" "+v, field+":DESC")
			compare(field+" "+ops[(i+3)%8]+" "+v, "")
			compare(field+" STARTS_WITH "+v, field+":ASC")
			if i%2 == 0 {
				compare(field+" BETWEEN "+v+" AND "+values[len(values)-1-i], "")
			}
			compare(field+" IN ("+v+", "+values[(i+2)%len(values)]+", "+wild[i%len(wild)]+")", "startTime:ASC|"+field)
		}
		for _, v := range wild {
			compare(field+" = "+v, "")
		}
		compare(field+" IS NULL", "")
		compare(field+" IS NOT NULL AND (status = FAILED OR workflowType = a)", "")
	}
}

// chain commits steps of one execution in one group: the last one of each row wins.
func chain(t *testing.T, s store.Store) {
	first, second, third := full("a"), full("a"), full("a")
	second.Header.Rev, third.Header.Rev = 2, 3
	second.Header.Status = workflow.Failed
	second.Tasks, second.Deleted = []store.Row{row("a", 3, "three")}, []store.Ref{{Seq: 1, ID: "a-1"}}
	second.Work, second.Own = []store.Work{{Work: decide.Work{Seq: 2}}, {Work: decide.Work{Kind: decide.Timed, Seq: 3}}}, &decide.Outstanding{}
	second.Before, second.Summary = first.Summary, &workflow.Summary{WorkflowID: "a", WorkflowType: "wf", Version: 1, Status: workflow.Failed, StartTime: 1000}
	third.Header.Status = workflow.Completed
	third.Tasks, third.Input, third.Output, third.Work, third.Own = []store.Row{row("a", 1, "again")}, payload(`{"i":3}`), nil, nil, nil
	third.Before, third.Summary = second.Summary, &workflow.Summary{WorkflowID: "a", WorkflowType: "wf", Version: 1, Status: workflow.Completed, StartTime: 1000}
	commit(t, s, first, second, third)
	want := recordOf(first)
	want.Header, want.Input = *third.Header, *third.Input
	want.Tasks = []store.Row{row("a", 1, "again"), row("a", 2, "two"), row("a", 3, "three")}
	same(t, "record", load(t, s, "a"), withoutIDs(want))
	work, own := left(t, s)
	same(t, "work", work, map[string]decide.WorkKind{"a 3": decide.Timed})
	same(t, "own", own, map[string]int64{})
	counted, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "counts", counted, map[workflow.Status]int64{workflow.Completed: 1})
}

// pickOfWhatIsGone writes that a task was picked after it has ended.
func pickOfWhatIsGone(t *testing.T, s store.Store) {
	lazy := &store.Change{ID: "a", Work: []store.Work{{Work: decide.Work{Kind: decide.Queued, Seq: 1}, Picked: &store.Picked{WorkerID: "w"}}}}
	commit(t, s, full("a"))
	wait, err := s.Commit(t.Context(), []*store.Change{lazy}, []*store.Change{{ID: "a", Remove: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Fatal(err)
	}
	if work, own := left(t, s); len(work)+len(own) != 0 {
		t.Errorf("outstanding of an execution that has gone: %v %v", work, own)
	}
}
