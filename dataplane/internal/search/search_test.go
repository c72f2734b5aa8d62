package search

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// row is a Row of a map.
type row map[string]any

func (r row) Field(name string) any { return r[name] }
func (r row) Text() string {
	return fmt.Sprint(r["workflowType"], " ", r["status"], " ", r["correlationId"])
}

var rows = []row{
	{"workflowId": "w1", "workflowType": "encode_image", "status": "COMPLETED", "version": int64(1), "startTime": int64(1000), "endTime": int64(2000), "correlationId": "show/1", "classifier": "workflow", "failedReferenceTaskNames": []string(nil)},
	{"workflowId": "w2", "workflowType": "encode_video", "status": "FAILED", "version": int64(2), "startTime": int64(2000), "endTime": int64(2500), "correlationId": "it's", "classifier": "workflow", "failedReferenceTaskNames": []string{"deploy", "notify"}},
	{"workflowId": "w3", "workflowType": "notify", "status": "RUNNING", "version": int64(12), "startTime": int64(3000), "endTime": int64(0), "correlationId": "", "classifier": "workflow", "failedReferenceTaskNames": []string{"deploy_2"}},
	{"workflowId": "w4", "workflowType": "a*b", "status": "TIMED_OUT", "version": int64(1), "startTime": int64(3000), "endTime": int64(9000), "correlationId": `c:\x`, "classifier": "agent"},
}

func search(t *testing.T, query, freeText string) string {
	t.Helper()
	q, err := Parse(query, freeText, "", WorkflowFields)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return ""
	}
	var found []string
	for _, r := range rows {
		if q.Match(r) {
			found = append(found, r["workflowId"].(string))
		}
	}
	return strings.Join(found, " ")
}

func TestMatch(t *testing.T) {
	for query, want := range map[string]string{
		"": "w1 w2 w3 w4", " * ": "w1 w2 w3 w4",
		"status=FAILED": "w2", "status = 'FAILED'": "w2", `status = "FAILED"`: "w2", "status = failed": "",
		"status != FAILED": "w1 w3 w4", "status!=FAILED": "w1 w3 w4", "status <> 'FAILED'": "w1 w3 w4",
		"status IN (FAILED,TIMED_OUT)": "w2 w4", "status in ('FAILED' , \"RUNNING\")": "w2 w3", "status IN (FAILED)": "w2",
		"version = 1": "w1 w4", "version = '1'": "w1 w4", "version = 01": "w1 w4", "version != 1": "w2 w3", "version IN (2, 12)": "w2 w3",
		"version = 1*": "w1 w3 w4", "version STARTS_WITH 1": "w1 w3 w4",
		"startTime > 1000": "w2 w3 w4", "startTime>=2000 AND startTime<3000": "w2", "startTime <= 1000": "w1", "startTime<1001": "w1", "startTime > -1": "w1 w2 w3 w4",
		"startTime BETWEEN 1000 AND 2000": "w1 w2", "startTime between 1500 and 2500 and status=FAILED": "w2",
		"endTime IS NULL": "w3", "endTime is not null": "w1 w2 w4", "correlationId IS NULL": "w3", "correlationId = ''": "w3",
		"failedReferenceTaskNames IS NULL": "w1 w4", "failedReferenceTaskNames = deploy": "w2", "failedReferenceTaskNames = 'deploy*'": "w2 w3",
		"failedReferenceTaskNames != deploy": "w1 w3 w4", "failedReferenceTaskNames IN (notify, deploy_2)": "w2 w3",
		"workflowType = encode*": "w1 w2", "workflowType = '*_video'": "w2", "workflowType = 'e*o*_*o'": "w2", "workflowType = '*'": "w1 w2 w3 w4",
		"workflowType != encode*": "w3 w4", "workflowType IN (notify, 'encode_i*')": "w1 w3", "workflowType = 'e*e'": "w1", "workflowType = 'notify*notify'": "",
		`workflowType = 'a\*b'`: "w4", `workflowType = 'a\*c'`: "", "workflowType STARTS_WITH 'encode_'": "w1 w2", "workflowType starts_with n": "w3",
		"workflowType > 'encode_image'": "w2 w3", "workflowType BETWEEN a AND encode_j": "w1 w4",
		`correlationId = 'it\'s'`: "w2", `correlationId = "it's"`: "w2", `correlationId = 'c:\x'`: "w4", `correlationId = 'c:\\x'`: "w4", "correlationId = show/1": "w1",
		"classifier = workflow": "w1 w2 w3", "classifier = agent": "w4",
		"status = FAILED OR status = RUNNING": "w2 w3", "version = 1 AND status = COMPLETED OR version = 2": "w1 w2",
		"version = 1 AND (status = COMPLETED OR status = TIMED_OUT)": "w1 w4", "((status=FAILED))": "w2", "(status=FAILED)OR(status=RUNNING)": "w2 w3",
		"status=FAILED\nAND\tversion=2": "w2", "workflowType = 'AND'": "", "workflowType = AND": "",
	} {
		if got := search(t, query, ""); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestFreeText(t *testing.T) {
	for text, want := range map[string]string{
		"": "w1 w2 w3 w4", "*": "w1 w2 w3 w4", "ENCODE": "w1 w2", "encode failed": "w2", "  failed\tencode ": "w2", "nothing": "", "encode*": "w1 w2", "it's": "w2",
	} {
		if got := search(t, "", text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := search(t, "version = 1", "encode"); got != "w1" {
		t.Errorf("both: got %q", got)
	}
}

func TestParseErrors(t *testing.T) {
	for query, want := range map[string]string{
		"nosuch = 1":                     `unknown field "nosuch"; known are workflowId, workflowType`,
		"'status' x":                     "status needs an operator",
		"status":                         "status needs an operator",
		"status FAILED":                  "status needs an operator",
		"status =":                       "a value is missing for status",
		"status = )":                     "a value is missing for status",
		"status IN FAILED":               "( is missing after IN",
		"status IN ()":                   "a value is missing for status",
		"status IN (a b)":                ") is missing after the values",
		"status IN (a,":                  "a value is missing for status",
		"status IS FAILED":               "NULL is missing after IS",
		"startTime BETWEEN 1":            "AND is missing between",
		"startTime > yesterday":          "startTime is compared with whole numbers",
		"version = 1.5":                  "version is compared with whole numbers",
		"version = 99999999999999999999": "version is compared with whole numbers",
		"startTime > 1*":                 "a * goes with",
		"workflowType STARTS_WITH a*":    "a * goes with",
		"status = 'FAILED":               "the quote at character 10 is not closed",
		"status = FAILED version = 1":    `"version" is unexpected`,
		"status = FAILED AND":            "a field is missing",
		"AND status = FAILED":            `unknown field "AND"`,
		"(status = FAILED":               ") is missing",
		"status = FAILED)":               `")" is unexpected`,
		"= 1":                            "a field is missing",
		strings.Repeat("(", 101):         "parentheses nest deeper",
		strings.Repeat("(", 1_000_000):   "parentheses nest deeper",
	} {
		_, err := Parse(query, "", "", WorkflowFields)
		e, ok := errors.AsType[*workflow.Error](err)
		if !ok || e.Kind != workflow.Invalid || !strings.HasPrefix(e.Message, "Invalid query: ") || !strings.Contains(e.Message, want) || e.Violations[0].Path != "query" {
			t.Errorf("%.40s: got %v, want %q", query, err, want)
		}
	}
	if _, err := Parse("referenceTaskName = a", "", "", WorkflowFields); err == nil {
		t.Error("a field of tasks is known for workflows")
	}
	if _, err := Parse("referenceTaskName = a", "", "", TaskFields); err != nil {
		t.Error(err)
	}
}

func TestSort(t *testing.T) {
	for sort, want := range map[string]string{
		"": "w3 w4 w2 w1", "startTime:DESC": "w3 w4 w2 w1", "startTime:ASC": "w1 w2 w3 w4", "startTime": "w1 w2 w3 w4", "startTime:desc": "w3 w4 w2 w1",
		"workflowType:ASC": "w4 w1 w2 w3", "version:DESC|startTime:ASC": "w3 w2 w1 w4", "version:ASC|startTime:DESC": "w4 w1 w2 w3",
		" version:ASC , startTime:DESC ": "w4 w1 w2 w3", "failedReferenceTaskNames:DESC": "w3 w2 w1 w4", "classifier": "w4 w1 w2 w3", "|": "w3 w4 w2 w1",
	} {
		q, err := Parse("", "", sort, WorkflowFields)
		if err != nil {
			t.Errorf("%s: %v", sort, err)
			continue
		}
		sorted := slices.SortedStableFunc(slices.Values(rows), func(a, b row) int { return q.Compare(a, b) })
		var got []string
		for _, r := range sorted {
			got = append(got, r["workflowId"].(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", sort, got, want)
		}
		if newest := sort == "" || sort == "|" || strings.EqualFold(sort, "startTime:DESC"); q.NewestFirst() != newest {
			t.Errorf("%s: newest first is %v", sort, q.NewestFirst())
		}
	}
	for sort, want := range map[string]string{
		"nosuch:ASC": `unknown field "nosuch"`, "startTime:UP": `"UP" is no direction`, ":ASC": `unknown field ""`, "startTime DESC": `unknown field "startTime DESC"`,
	} {
		_, err := Parse("", "", sort, WorkflowFields)
		e, ok := errors.AsType[*workflow.Error](err)
		if !ok || !strings.HasPrefix(e.Message, "Invalid sort: ") || !strings.Contains(e.Message, want) || e.Violations[0].Path != "sort" {
			t.Errorf("%s: got %v", sort, err)
		}
	}
}

func TestEquals(t *testing.T) {
	for query, want := range map[string]string{
		"": "-", "status = A": "A", "status = 'A*'": "-", `status = 'A\*'`: "A*", "status != A": "-", "status > A": "-",
		"status IN (A,B,A)": "A B", "status IN (A,B*)": "-", "version = 1": "-", "status = A AND version = 1": "A",
		"status IN (A,B) AND status IN (B,C)": "B", "status = A AND status = B": "", "status = A OR status = B": "A B",
		"status = A OR version = 1": "-", "(status = A OR status = B) AND version = 1": "A B", "status = ''": "''",
	} {
		q, err := Parse(query, "", "", WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		if values, ok := q.Equals("status"); ok {
			got = strings.Join(values, " ")
			if len(values) == 1 && values[0] == "" {
				got = "''"
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	q, err := Parse("version IN (007, 7)", "", "", WorkflowFields)
	if err != nil {
		t.Fatal(err)
	}
	if values, ok := q.Equals("version"); !ok || !slices.Equal(values, []string{"7"}) {
		t.Errorf("got %q, %v", values, ok)
	}
}

func TestRange(t *testing.T) {
	const least, most = math.MinInt64, math.MaxInt64
	for query, want := range map[string][2]int64{
		"startTime > 5":                                      {6, most},
		"startTime >= 5 AND startTime < 9":                   {5, 8},
		"startTime <= 9":                                     {least, 9},
		"startTime = 7":                                      {7, 7},
		"startTime IN (7, 3)":                                {3, 7},
		"startTime BETWEEN 3 AND 4":                          {3, 4},
		"startTime > 1 AND status = A":                       {2, most},
		"startTime BETWEEN 3 AND 4 OR startTime = 9":         {3, 9},
		"(startTime > 3 OR startTime > 5) AND startTime < 8": {4, 7},
		"startTime > 9 AND startTime < 3":                    {10, 2},
	} {
		q, err := Parse(query, "", "", WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		if l, m, ok := q.Range("startTime"); !ok || [2]int64{l, m} != want {
			t.Errorf("%s: got %d, %d, %v", query, l, m, ok)
		}
	}
	for _, query := range []string{"", "status = A", "startTime > 1 OR status = A", "startTime != 3", "startTime = 1*", "startTime IS NULL", "endTime > 1"} {
		q, err := Parse(query, "", "", WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		if l, m, ok := q.Range("startTime"); ok {
			t.Errorf("%q: got %d, %d", query, l, m)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"status IN (FAILED,'TIMED_OUT') AND (startTime > 5 OR version=1*)", "workflowType STARTS_WITH 'a' AND endTime IS NOT NULL",
		"startTime BETWEEN 1 AND 2", `correlationId = "a\"b*"`, "((status!=A))", "status<>'",
	} {
		f.Add(s, "word *", "startTime:DESC|version")
	}
	f.Fuzz(func(t *testing.T, query, freeText, sort string) {
		q, err := Parse(query, freeText, sort, WorkflowFields)
		if err != nil {
			if workflow.KindOf(err) != workflow.Invalid {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		statuses, byStatus := q.Equals("status")
		least, most, byTime := q.Range("startTime")
		for _, r := range rows {
			if q.Compare(r, r) != 0 {
				t.Errorf("%q: a row differs from itself", sort)
			}
			if !q.Match(r) {
				continue
			}
			if byStatus && !slices.Contains(statuses, r["status"].(string)) {
				t.Errorf("%q: %v matches, but the status is one of %q", query, r, statuses)
			}
			if at := r["startTime"].(int64); byTime && (at < least || at > most) {
				t.Errorf("%q: %v matches, but the start is from %d to %d", query, r, least, most)
			}
		}
	})
}

func FuzzQuote(f *testing.F) {
	f.Add(`it's`)
	f.Add(`a\*b\`)
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Parse("correlationId = "+Quote(s), "", "", WorkflowFields)
		if err != nil {
			t.Fatal(err)
		}
		if values, ok := q.Equals("correlationId"); !ok || !slices.Equal(values, []string{s}) {
			t.Errorf("%q was read as %q", s, values)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	q, err := Parse("workflowType = encode* AND status IN (FAILED,TIMED_OUT) AND startTime > 1500", "", "", WorkflowFields)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		q.Match(rows[1])
	}
}
