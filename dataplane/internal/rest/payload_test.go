package rest_test

import (
	"slices"
	"strings"
	"testing"
)

func TestPayloads_OfClients(t *testing.T) {
	s := newServer(t, options{payloads: true})
	s.register("w", "["+simple+"]")
	locate := func(query string) (uri, path string) {
		t.Helper()
		where := s.json(s.get("/api/workflow/externalstoragelocation?" + query))
		uri, path = where["uri"].(string), where["path"].(string)
		if !strings.HasPrefix(uri, s.URL+"/api/payload/") {
			t.Fatalf("URI %s", uri)
		}
		return strings.TrimPrefix(uri, s.URL), path
	}
	write, path := locate("path=&operation=WRITE&payloadType=WORKFLOW_INPUT")
	s.failure(s.get(write), 403)
	s.void(s.put(write, `{"id":7,"text":"`+strings.Repeat("x", 2000)+`"}`))
	s.failure(s.put(strings.Replace(write, "signature=", "signature=x", 1), `{}`), 403)

	id := s.ok(s.post("/api/workflow", `{"name":"w","externalInputPayloadStoragePath":"`+path+`"}`)).body
	x := s.json(s.get("/api/workflow/" + id))
	stored, _ := x["externalInputPayloadStoragePath"].(string)
	if len(x["input"].(map[string]any)) != 0 || stored == "" {
		t.Fatalf("input %v at %q", x["input"], stored)
	}
	read, _ := locate("path=" + stored + "&operation=READ&payloadType=WORKFLOW_INPUT")
	if got := s.json(s.get(read)); got["id"] != 7.0 {
		t.Errorf("read %v", got)
	}
	s.failure(s.put(read, `{}`), 403)
	s.void(s.delete("/api/workflow/" + id + "/remove?archiveWorkflow=false"))

	at := "/api/tasks/externalstoragelocation?path=" + path
	s.failure(s.get(at+"&operation=LOOK&payloadType=TASK_INPUT"), 400, "operation")
	s.failure(s.get(at+"&operation=READ&payloadType=TASK"), 400, "payloadType")
	s.failure(s.get("/api/tasks/external-storage-location?path=../../x&operation=READ&payloadType=TASK_INPUT"), 404)
	s.failure(s.post("/api/workflow", `{"name":"w","externalInputPayloadStoragePath":"nowhere"}`), 400, "externalInputPayloadStoragePath")
}

// Several large ones at a time, more than are read at once, each through a task of its own.
func TestPayloads_OfManyMiBInACall(t *testing.T) {
	s := newServer(t, options{payloads: true})
	s.register("w", `[{"name":"work","taskReferenceName":"work","type":"SIMPLE","inputParameters":{"text":"${workflow.input.text}"}}]`)
	ids := make(chan string)
	sizes := append(slices.Repeat([]int{2}, 9), 20)
	for _, size := range sizes {
		go func() {
			ids <- s.post("/api/workflow", `{"name":"w","input":{"text":"`+strings.Repeat("x", size<<20)+`"}}`).body
		}()
	}
	for range sizes {
		id := <-ids
		x := s.json(s.get("/api/workflow/" + id))
		task, _ := x["tasks"].([]any)[0].(map[string]any)
		for what, at := range map[string]any{"the execution's input": x["externalInputPayloadStoragePath"], "the task's": task["externalInputPayloadStoragePath"]} {
			if at == nil || at == "" {
				t.Errorf("%s lies nowhere", what)
			}
		}
		s.void(s.delete("/api/workflow/" + id + "/remove?archiveWorkflow=false"))
	}
}
