package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestTags(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	s.void(s.post("/api/metadata/taskdefs", `[{"name":"work"}]`))
	want := func(path, text string) {
		t.Helper()
		var got []string
		for _, tag := range decode[[]workflow.Tag](t, s.ok(s.get(path))) {
			got = append(got, tag.Key+"="+tag.Value)
		}
		if strings.Join(got, " ") != text {
			t.Errorf("%s: got %v, want %s", path, got, text)
		}
	}
	for _, at := range []string{"/api/metadata/workflow/w/tags", "/api/metadata/task/work/tags"} {
		want(at, "")
		s.void(s.post(at, `{"key":"team","value":"a"}`))
		s.void(s.post(at, `{"key":"team","value":"a"}`))
		s.void(s.post(at, `[{"key":"team","value":"b"}]`))
		want(at, "team=a team=b")
		s.void(s.put(at, `[{"key":"cost","value":"1","type":"METADATA"},{"key":"x","value":"y"}]`))
		s.void(s.send("DELETE", at, `{"key":"x","value":"y"}`))
		s.void(s.send("DELETE", at, `{"key":"x","value":"y"}`))
		want(at, "cost=1")
		s.failure(s.post(at, `{"value":"a"}`), 400, "[0].key")
	}
	want("/api/metadata/tags", "cost=1")
	s.failure(s.get("/api/metadata/workflow/nobody/tags"), 404, "nobody")
	s.failure(s.put("/api/metadata/task/nobody/tags", `[]`), 404, "nobody")
	s.void(s.delete("/api/metadata/workflow/w/1"))
	s.register("w", "["+simple+"]")
	want("/api/metadata/workflow/w/tags", "")
}

func TestMoves(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+`,{"name":"last","taskReferenceName":"last"}]`)
	id := s.start("w", "")
	s.void(s.post("/api/workflow/"+id+"/jump/{taskReferenceName}?taskReferenceName=last", `{"a":1}`)) // as the Go SDK does
	tasks := s.json(s.get("/api/workflow/" + id))["tasks"].([]any)
	if last := tasks[len(tasks)-1].(map[string]any); last["referenceTaskName"] != "last" || fmt.Sprint(last["inputData"]) != "map[a:1]" {
		t.Errorf("got %v", last)
	}
	s.failure(s.post("/api/workflow/"+id+"/jump/nobody", `{}`), 404, "nobody")
	s.void(s.post("/api/metadata/workflow", `{"name":"w","version":2,"tasks":[{"name":"last","taskReferenceName":"last"}]}`))
	s.void(s.post("/api/workflow/"+id+"/upgrade", `{"name":"w","version":2}`))
	if got := s.json(s.get("/api/workflow/" + id))["workflowVersion"]; got != 2.0 {
		t.Errorf("version %v", got)
	}
	s.failure(s.post("/api/workflow/"+id+"/upgrade", `{"name":"w","version":7}`), 404)

	s.void(s.put("/podium/v1/routes/w", `{"shares":[{"version":1,"percent":100}]}`))
	if got := s.json(s.get("/api/workflow/" + s.start("w", "")))["workflowVersion"]; got != 1.0 {
		t.Errorf("version %v", got)
	}
	s.failure(s.put("/podium/v1/routes/w", `{"shares":[{"version":1,"percent":1}]}`), 400, "shares")
	s.void(s.delete("/podium/v1/routes/w"))
	s.failure(s.get("/podium/v1/routes/w"), 404, "w")
}
