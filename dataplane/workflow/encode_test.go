package workflow_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestTaskAppendJSONWritesWhatMarshalWrites(t *testing.T) {
	def := &workflow.DefTask{}
	if err := json.Unmarshal([]byte(`{"name":"a","taskReferenceName":"a","inputParameters":{"x":"${workflow.input.x}"}}`), def); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(def)
	if err != nil {
		t.Fatal(err)
	}
	for name, task := range map[string]*workflow.Task{
		"empty":             {},
		"with payloads":     {TaskID: "1", InputData: workflow.Payload(`{"a":[1,2]}`), OutputData: workflow.Payload(`{"b":"\u00e9\""}`)},
		"with a definition": {TaskID: "2", WorkflowTask: def},
		"encoded before":    {TaskID: "3", WorkflowTask: def, WorkflowTaskJSON: raw},
	} {
		fast, err := task.AppendJSON([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		slow, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := json.Unmarshal(fast[1:], &a); err != nil {
			t.Fatalf("%s: %v: %s", name, err, fast)
		}
		if err := json.Unmarshal(slow, &b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: got %s, want %s", name, fast, slow)
		}
	}
}
