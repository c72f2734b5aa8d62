package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// outside is an engine on a folder that keeps payloads over 1000 bytes in another one.
func outside(t *testing.T, dir string) (*harness, *file.Store) {
	t.Helper()
	files, err := file.Open(filepath.Join(dir, "payloads"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{Dir: filepath.Join(dir, "store"), Payloads: engine.Payloads{Store: files, Threshold: 1000, Largest: 30 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	return &harness{e, t}, files
}

// text is a payload of so many bytes with a field n.
func text(n string, size int) string {
	return `{"n":` + n + `,"text":"` + strings.Repeat("x", size) + `"}`
}

func TestPayload_OutsideOfTheRows(t *testing.T) {
	dir := t.TempDir()
	h, files := outside(t, dir)
	h.register("wf", `[{"name":"work","taskReferenceName":"work","inputParameters":{"all":"${workflow.input}"}},
		{"name":"next","taskReferenceName":"next","inputParameters":{"n":"${work.output.n}"}}]`, `,"outputParameters":{"all":"${work.output}","in":"${workflow.input.n}"}`)
	id := h.start("wf", text("1", 2000))

	read := func(path string) string {
		t.Helper()
		b, err := files.Get(t.Context(), path, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	x := h.get(id)
	if len(x.Input) != 0 || read(x.ExternalInputPayloadStoragePath) != text("1", 2000) {
		t.Errorf("input %.50s lies at %q", x.Input, x.ExternalInputPayloadStoragePath)
	}
	one := h.poll("work")
	if len(one.InputData) != 0 || read(one.ExternalInputPayloadStoragePath) != `{"all":`+text("1", 2000)+`}` {
		t.Errorf("the worker got %.50s at %q", one.InputData, one.ExternalInputPayloadStoragePath)
	}
	h.finish(one, workflow.TaskCompleted, text("2", 3000))

	if err := h.Close(); err != nil { // what follows is read from where it lies
		t.Fatal(err)
	}
	h, files = outside(t, dir)
	next := h.poll("next")
	if next.InputData.String() != `{"n":2}` {
		t.Errorf("the next task got %s", next.InputData)
	}
	h.finish(next, workflow.TaskCompleted, `{}`)
	x = h.until(id, workflow.Completed)
	if len(x.Output) != 0 || read(x.ExternalOutputPayloadStoragePath) != `{"all":`+text("2", 3000)+`,"in":1}` {
		t.Errorf("output %.50s lies at %q", x.Output, x.ExternalOutputPayloadStoragePath)
	}
	if b, err := h.Execution(t.Context(), id, false); err != nil || b.ExternalOutputPayloadStoragePath != x.ExternalOutputPayloadStoragePath {
		t.Errorf("without tasks: %+v, %v", b, err)
	}
	found, err := h.SearchTasks(t.Context(), engine.Search{Query: "workflowId = " + id})
	if err != nil || len(found.Results) != 2 || len(found.Results[0].OutputData)+len(found.Results[1].OutputData) > 100 {
		t.Errorf("search: %v", err)
	}

	if err := h.Restart(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if x = h.get(id); x.ExternalOutputPayloadStoragePath != "" || x.ExternalInputPayloadStoragePath == "" {
		t.Errorf("after a restart the paths are %q, %q", x.ExternalInputPayloadStoragePath, x.ExternalOutputPayloadStoragePath)
	}
	h.finish(h.poll("work"), workflow.TaskCompleted, `{"n":3}`)
	h.finish(h.poll("next"), workflow.TaskCompleted, `{}`)
	h.wantOutput(h.until(id, workflow.Completed), `{"all":{"n":3},"in":1}`)

	if err := h.Remove(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "payloads", payload.Folder(id))); !os.IsNotExist(err) {
		t.Errorf("payloads are left: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPayload_OfAClient(t *testing.T) {
	h, files := outside(t, t.TempDir())
	defer func() { _ = h.Close() }()
	h.register("wf", oneSimple, "")
	upload := func(text string) string {
		t.Helper()
		where, err := h.PayloadLocation(t.Context(), "", true)
		if err != nil {
			t.Fatal(err)
		}
		if err := files.Put(t.Context(), where.Path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		return where.Path
	}
	const large = 20 << 20
	id, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", ExternalInputPayloadStoragePath: upload(`{"id":"a","text":"` + strings.Repeat("x", large) + `"}`)})
	if err != nil {
		t.Fatal(err)
	}
	one := h.poll("work")
	if one.InputData.String() != `{"id":"a"}` {
		t.Errorf("the worker got %.100s", one.InputData)
	}
	if _, err := h.Update(t.Context(), &workflow.TaskResult{
		TaskID: one.TaskID, WorkflowInstanceID: id, Status: workflow.TaskCompleted, ExternalOutputPayloadStoragePath: upload(`{"sum":7}`),
	}); err != nil {
		t.Fatal(err)
	}
	h.wantOutput(h.until(id, workflow.Completed), `{"sum":7}`)

	for _, path := range []string{"x", payload.NewUpload(), upload(`[1]`), upload(`{"a":`)} {
		_, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", ExternalInputPayloadStoragePath: path})
		if v := violationsOf(err); len(v) != 1 || v[0].Path != "externalInputPayloadStoragePath" {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := h.Start(t.Context(), &workflow.StartRequest{Name: "wf", Input: workflow.Payload(text("1", 31<<20))}); workflow.KindOf(err) != workflow.TooLarge {
		t.Errorf("over the largest: got %v", err)
	}
}
