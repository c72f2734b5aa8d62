package decide

import (
	"encoding/json"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/wire/wiretest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestEncodingCoversEveryField(t *testing.T) {
	wiretest.Covers(t, func(h *Header) { h.Events = []Event{{ID: "e", Type: "t", Payload: workflow.Payload(`{"a":1}`)}} })
	wiretest.Covers(t, func(task *Task) {
		task.Def = &DynamicDef{}
		if err := json.Unmarshal([]byte(`{"name":"n","taskReferenceName":"r","inputParameters":{"x":"y"}}`), task.Def); err != nil {
			t.Fatal(err)
		}
	}, "Input", "Output")
	wiretest.Covers[Work](t, nil)
	wiretest.Covers[Outstanding](t, nil)
}
