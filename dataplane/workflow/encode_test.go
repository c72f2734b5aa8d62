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
	full := &workflow.Task{WorkflowTask: def, ExecutionMetadata: &workflow.ExecutionMetadata{AdditionalContext: map[string]string{"a": "b"}}}
	for i, v := range reflect.ValueOf(full).Elem().Fields() {
		switch v.Kind() {
		case reflect.String:
			v.SetString(i.Name + " <\"é\\\n>")
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(1000 + i.Index[0]))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Slice:
			if i.Tag.Get("json") != "-" {
				v.Set(reflect.ValueOf(workflow.Payload(`{"field":"` + i.Name + `"}`)))
			}
		}
		if v.IsZero() && i.Tag.Get("json") != "-" {
			t.Errorf("%s is not tested: fill it", i.Name)
		}
	}
	for name, task := range map[string]*workflow.Task{
		"full":              full,
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
