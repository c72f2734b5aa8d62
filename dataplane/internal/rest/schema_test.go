package rest_test

import "testing"

func TestDefinitions_OfSchemas(t *testing.T) {
	s := newServer(t, options{})
	one := `{"name":"order","version":1,"type":"JSON","data":{"type":"object"}}`
	s.void(s.post("/api/schema", `[`+one+`]`))
	s.void(s.post("/api/schema", one)) // one, not in a list; the same again changes nothing that a reader sees
	s.void(s.post("/api/schema?newVersion=true", `[`+one+`]`))
	if got := s.json(s.get("/api/schema/order"))["version"]; got != 2.0 {
		t.Errorf("latest version is %v, want 2", got)
	}
	if got := s.json(s.get("/api/schema/order/1"))["data"]; got == nil {
		t.Error("the schema lost its data")
	}
	s.failure(s.post("/api/schema", `[{"name":"","type":"XML"}]`), 400, "[0].name", "[0].type")
	s.failure(s.get("/api/schema/order/x"), 400, "version")
	s.failure(s.get("/api/schema/order/7"), 404, "order")
	s.void(s.delete("/api/schema/order/1"))
	s.failure(s.get("/api/schema/order/1"), 404)
	s.void(s.delete("/api/schema/order"))
	s.failure(s.delete("/api/schema/order"), 404)
}

func TestStart_WithAnInputThatBreaksItsSchema(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.post("/api/schema", `[{"name":"order","version":1,"type":"JSON","data":{"type":"object","required":["id"]}}]`))
	s.void(s.post("/api/metadata/workflow", `{"name":"w","tasks":[`+simple+`],"inputSchema":{"name":"order","version":1,"type":"JSON"}}`))
	s.failure(s.post("/api/workflow/w", `{}`), 400, "input.id")
	s.failure(s.post("/api/workflow", `{"name":"w","input":{}}`), 400, "input.id")
	s.ok(s.post("/api/workflow/w", `{"id":1}`))
}
