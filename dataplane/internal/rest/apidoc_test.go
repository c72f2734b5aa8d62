package rest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/internal/telemetry"
)

// document is the API's document, checked and read by another implementation.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	b, err := describe("1.2.3")()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocument_IsValidAndHasEveryRoute(t *testing.T) {
	described := map[string]bool{}
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+openapi.Shape(path)] = true
		}
	}
	gate, err := access.New(access.Config{Mode: access.None})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h, err := New(Config{
		Engine: e, Gate: gate, Access: directory.Open(directory.Config{Records: e, Gate: gate}), Console: fstest.MapFS{}, Info: func() Info { return Info{} }, Metrics: telemetry.NewMetrics(),
		Files: struct{ Files }{},
	})
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, r := range h.echo.Routes() {
		if !strings.HasPrefix(r.Path, apiPageAt) {
			served[r.Method+" "+openapi.Shape(r.Path)] = true
		}
	}
	for _, route := range slices.Sorted(maps.Keys(served)) {
		if !described[route] {
			t.Errorf("%s is served and not described: it belongs in apitable.go", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(described)) {
		if !served[route] {
			t.Errorf("%s is described and not served", route)
		}
	}
}

func TestDocument_OperationsAreOpenWhereTheServerIs(t *testing.T) {
	for _, o := range apiOperations() {
		if open := areaOf(o.Path) == publicArea; open != o.Open {
			t.Errorf("%s %s: described as open: %v, is: %v", o.Method, o.Path, o.Open, open)
		}
	}
}

func TestDocument_SchemasCarryConductorsNames(t *testing.T) {
	doc := document(t)
	for _, name := range []string{
		"WorkflowDef", "WorkflowTask", "TaskDef", "Workflow", "Task", "TaskResult", "StartWorkflowRequest", "TaskExecLog", "PollData",
		"WorkflowSummaryPage", "WorkflowPage", "BulkResponse", "ErrorResponse",
	} {
		if s := doc.Components.Schemas[name]; s == nil || len(s.Value.Properties) == 0 {
			t.Errorf("schema %s is missing or empty", name)
		}
	}
	if v := doc.Components.Schemas["WorkflowDef"].Value.Properties["createTime"]; v == nil {
		t.Error("embedded fields are missing")
	}
	ids := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if ids[o.OperationID] {
				t.Errorf("operation id %s is there twice", o.OperationID)
			}
			ids[o.OperationID] = true
		}
	}
}
