package event_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/event"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestQueue(t *testing.T) {
	for _, c := range []struct{ sink, want string }{
		{"conductor", "conductor:wf:ref"},
		{"conductor:", "conductor:wf:ref"},
		{"conductor:done", "conductor:wf:done"},
		{"conductor:a:b", "conductor:wf:a:b"},
		{"kafka:topic", ""},
		{"", ""},
		{":x", ""},
	} {
		if got, err := event.Queue(c.sink, "wf", "ref"); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.sink, got, err)
		}
	}
}

var payload = map[string]any{
	"n": json.Number("7"), "ok": true, "text": "true", "no": "x", "who": map[string]any{"name": "joe", "ids": []any{"a", "b"}},
	"inline": `{"deep":{"x":[1,2]}}`,
}

func TestApplies(t *testing.T) {
	for _, c := range []struct {
		evaluator, condition string
		want                 bool
	}{
		{"", "", true},
		{"", "$.n > 6", true},
		{"javascript", "$.n > 7", false},
		{"graaljs", "$.who.name == 'joe'", true},
		{"", "$.missing == null", true},
		{"", "'true'", false},
		{"", "0.5", true},
		{"", "-1", false},
		{"", "$.who", false},
		{"javascript", "$.inline.deep.x[1] == 2", true},
		{"", "'yes'", false},
		{"", "1", true},
		{"value-param", "ok", true},
		{"value-param", "n", true},
		{"value-param", "text", false},
		{"value-param", "gone", false},
	} {
		got, err := event.Applies(t.Context(), &workflow.EventHandler{Condition: c.condition, EvaluatorType: c.evaluator}, payload, 0)
		if got != c.want || err != nil {
			t.Errorf("%s %q: %v, %v", c.evaluator, c.condition, got, err)
		}
	}
	if _, err := event.Applies(t.Context(), &workflow.EventHandler{Condition: "$.a.b.c"}, payload, 0); err == nil {
		t.Error("a condition that throws held")
	}
}

func TestResolve(t *testing.T) {
	parse := func(text string) *workflow.EventAction {
		a := &workflow.EventAction{}
		if err := json.Unmarshal([]byte(text), a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct{ in, want string }{
		{
			`{"action":"start_workflow","start_workflow":{"name":"wf_${who.name}","version":2,"correlationId":"${n}","input":{"n":"${n}","all":"${who}","first":"${who.ids[0]}","deep":"${inline.deep}","gone":"${a.b}","same":"${$.who.name}"}}}`,
			`{"action":"start_workflow","start_workflow":{"name":"wf_joe","version":2,"correlationId":"7","input":{"all":{"ids":["a","b"],"name":"joe"},"deep":null,"first":"a","gone":null,"n":7,"same":"joe"}},"expandInlineJSON":false}`,
		},
		{
			`{"action":"complete_task","expandInlineJSON":true,"complete_task":{"workflowId":"${who.name}","taskRefName":"r","taskId":"${gone}","output":{"x":"${inline.deep.x[1]}"}}}`,
			`{"action":"complete_task","complete_task":{"workflowId":"joe","taskRefName":"r","output":{"x":2}},"expandInlineJSON":true}`,
		},
		{
			`{"action":"update_workflow_variables","update_workflow_variables":{"workflowId":"${who.ids[1]}","variables":{"l":["${n}"]},"appendArray":true}}`,
			`{"action":"update_workflow_variables","update_workflow_variables":{"workflowId":"b","variables":{"l":[7]},"appendArray":true},"expandInlineJSON":false}`,
		},
	} {
		got, err := event.Resolve(parse(c.in), payload)
		if err != nil {
			t.Error(err)
			continue
		}
		b, err := json.Marshal(got)
		if err != nil || string(b) != c.want {
			t.Errorf("got  %s (%v)\nwant %s", b, err, c.want)
		}
	}
	if got := fmt.Sprint(event.Expand(map[string]any{"a": `["{\"b\":1}"]`, "c": "{no", "d": ""})); got != "map[a:[map[b:1]] c:{no d:]" {
		t.Errorf("expanded: %s", got)
	}
}
