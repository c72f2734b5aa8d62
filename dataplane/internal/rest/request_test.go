package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestMalformedBodies_AreRefusedSayingWhereAndWhat(t *testing.T) {
	s := newServer(t, options{})
	for _, tc := range []struct {
		name, method, path, body string
		about                    []string
	}{
		{"broken", "POST", "/api/workflow", "{\n  \"name\": \"x\",\n  \"input\": {]\n}", []string{"line 3, column 13", "']'"}},
		{"cut off", "POST", "/api/tasks", `{"taskId":"a"`, []string{"line 1, column 13", "unexpected end"}},
		{"after the end", "POST", "/api/tasks", `{} {}`, []string{"after top-level value"}},
		{"missing", "POST", "/api/workflow", "  ", []string{"missing"}},
		{"another type", "POST", "/api/workflow", `{"name":"x","version":"one"}`, []string{"version", "whole number"}},
		{"a list for an object", "POST", "/api/workflow", `[1]`, []string{"an object"}},
		{"an object for a list", "PUT", "/api/workflow/bulk/pause", `{}`, []string{"a list"}},
		{"input that is no object", "POST", "/api/workflow", `{"name":"x","input":[1]}`, []string{"input", "JSON object"}},
		{"output that is no object", "POST", "/api/tasks", `{"taskId":"x","outputData":"done"}`, []string{"outputData", "JSON object"}},
		{"input in the body", "POST", "/api/workflow/x", `[1]`, []string{"JSON object"}},
		{"nested", "POST", "/api/metadata/workflow", `{"name":"x","tasks":[{"name":[]}]}`, []string{`"tasks.name: must be a string`}},
		{"embedded", "POST", "/api/metadata/taskdefs", `[{"name":"a","createTime":"now"}]`, []string{`"createTime: must be a whole number`}},
		{"no UTF-8", "POST", "/api/workflow", "{\"name\":\"\xff\"}", []string{"UTF-8"}},
		{"not gzip", "POST", "/api/workflow", `{}`, []string{"gzip"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.t = t
			var headers []string
			if tc.name == "not gzip" {
				headers = append(headers, "Content-Encoding: gzip")
			}
			s.failure(s.send(tc.method, tc.path, tc.body, headers...), 400, tc.about...)
		})
	}
}

func TestParameters_AreRefusedByName(t *testing.T) {
	s := newServer(t, options{})
	for path, param := range map[string]string{
		"GET /api/tasks/poll/batch/a?count=x":                 "count",
		"GET /api/tasks/poll/batch/a?count=-1":                "count",
		"GET /api/tasks/poll/batch/a?timeout=5001":            "timeout",
		"GET /api/workflow/search?size=5001":                  "size",
		"GET /api/workflow/search?start=-1":                   "start",
		"GET /api/workflow/x?includeTasks=maybe":              "includeTasks",
		"POST /api/workflow/x?priority=100":                   "priority",
		"POST /api/workflow/x?version=one":                    "version",
		"POST /api/workflow/start/x/one":                      "version",
		"POST /api/workflow/execute/x/1?returnStrategy=ALL":   "returnStrategy",
		"POST /api/workflow/execute/x/1?waitForSeconds=99999": "waitForSeconds",
		"POST /api/tasks/w/r/DONE":                            "status",
		"POST /api/tasks/w/SKIPPED/signal":                    "status",
		"DELETE /api/metadata/workflow/x/one":                 "version",
		"GET /api/tasks/queue/polldata":                       "taskType",
	} {
		method, path, _ := strings.Cut(path, " ")
		body := s.failure(s.send(method, path, "{}"), 400, param)
		if v, _ := body["validationErrors"].([]any); len(v) != 1 {
			t.Errorf("%s %s: validationErrors %v", method, path, body["validationErrors"])
		}
	}
}

// TestPaths_AreUTF8: names that are none reach neither a store nor a label of a metric.
func TestPaths_AreUTF8(t *testing.T) {
	s := newServer(t, options{})
	for _, path := range []string{
		"/api/tasks/poll/batch/%ff?timeout=1", "/api/tasks/poll/%ff", "/api/tasks/poll/a%2525+%25ff", "/api/metadata/workflow/a%25ff",
		"/api/tasks/poll/a?workerid=%ff", "/api/workflow/search?query=%ff",
	} {
		s.failure(s.get(path), 400, "must be UTF-8")
	}
	s.want(s.get("/api/metadata/workflow/100%25"), 404)
	s.want(s.get("/api/metadata/workflow/gr%C3%BC%C3%9Fe"), 404)
}

func TestPaths_AsClientsWriteThem(t *testing.T) {
	s := newServer(t, options{})
	s.register("two words", "["+simple+"]")
	s.register("with/slash", "["+simple+"]")
	for _, path := range []string{
		"/api/metadata/workflow/two%20words", "/api/metadata/workflow/two+words", "//api//metadata/workflow/two+words/",
		"/api/metadata/workflow/two%20words?version=1", "/api/metadata/workflow/two+words?version=",
	} {
		if got := s.json(s.get(path))["name"]; got != "two words" {
			t.Errorf("%s: got %v", path, got)
		}
	}
	if got := s.json(s.get("/api//metadata/workflow/with%2Fslash/"))["name"]; got != "with/slash" {
		t.Errorf("got %v", got)
	}
	s.want(s.get("/api/metadata/workflow/two%2Bwords"), 404)
	for _, path := range []string{"/api/tasks/queue/all/", "/api/metadata/taskdefs/", "/api/health/", "//api/version"} {
		s.ok(s.get(path))
	}
	// A correlation id keeps its plus sign: it may be a time.
	id := s.id(s.post("/api/workflow", `{"name":"two words","correlationId":"2026-01-01T00:00:00+01:00"}`))
	found := decode[[]workflow.Execution](t, s.ok(s.get("/api/workflow/two+words/correlated/2026-01-01T00:00:00+01:00")))
	if len(found) != 1 || found[0].WorkflowID != id {
		t.Errorf("got %+v", found)
	}
}

func TestUnknownCalls_AreCleanErrors(t *testing.T) {
	s := newServer(t, options{})
	for _, path := range []string{"/api", "/api/nothing", "/api/workflow/a/b/c/d/e", "/api/webhooks", "/podium/v1/nothing", "/api/prompts"} {
		s.failure(s.get(path), 404, path)
	}
	for call, allow := range map[string]string{
		"PATCH /api/workflow": "POST", "DELETE /api/tasks": "POST", "POST /api/health": "GET", "GET /api/token": "POST", "POST /api/workflow/x/pause": "PUT",
	} {
		method, path, _ := strings.Cut(call, " ")
		a := s.send(method, path, "")
		s.failure(a, 405, method)
		if !strings.Contains(a.header.Get("Allow"), allow) {
			t.Errorf("%s: Allow is %q", call, a.header.Get("Allow"))
		}
	}
	// What an SDK sees whose address lacks /api.
	for _, a := range []answer{s.post("/workflow", "{}"), s.send("GET", "/workflow/x", "", "Accept: */*", "Accept: application/json"), s.post("/token", "{}")} {
		if a.header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, "/api") || a.status != 404 {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
}

func TestBodies_InEveryPacking(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	body := []byte(`{"name":"w","input":{"n":1}}`)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body)
	_ = z.Close()
	for name, make := range map[string]func(*http.Request){
		"gzip": func(r *http.Request) {
			r.Body = io.NopCloser(&packed)
			r.ContentLength = int64(packed.Len())
			r.Header.Set("Content-Encoding", "gzip")
		},
		"chunked":                 func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader(body)); r.ContentLength = -1 },
		"two types":               func(r *http.Request) { r.Header["Content-Type"] = []string{"text/plain", "application/json"} },
		"no type":                 func(r *http.Request) { r.Header.Del("Content-Type") },
		"a newline after the end": func(r *http.Request) { r.Body = io.NopCloser(bytes.NewReader(append(body, '\n'))); r.ContentLength++ },
	} {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/api/workflow", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		make(req)
		id := s.id(s.do(req))
		if x := s.execution(id); x.Input.String() != `{"n":1}` {
			t.Errorf("%s: input %s", name, x.Input)
		}
	}
}

func TestBodies_OverTheLimitAreRefused(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	giant := `{"name":"w","input":{"a":"` + strings.Repeat("x", 32<<20) + `"}}`
	s.failure(s.post("/api/workflow", giant), 413, "32 MiB")

	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write([]byte(giant))
	_ = z.Close()
	s.failure(s.send("POST", "/api/workflow", bomb.String(), "Content-Encoding: gzip"), 413, "32 MiB")

	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/api/workflow", io.MultiReader(strings.NewReader(giant)))
	s.failure(s.do(req), 413, "32 MiB")
	if n := len(decode[map[string]any](t, s.ok(s.get("/api/workflow/search")))["results"].([]any)); n != 0 {
		t.Errorf("%d executions were started", n)
	}
}

func TestCallsWithoutBody_TolerateAnEmptyObject(t *testing.T) {
	s := newServer(t, options{})
	s.register("w", "["+simple+"]")
	id := s.start("w", "")
	s.void(s.send("PUT", "/api/workflow/"+id+"/pause", "{}", "Content-Type: application/json"))
	s.void(s.send("PUT", "/api/workflow/"+id+"/resume", "{}", "Content-Type: application/json"))
	s.void(s.send("DELETE", "/api/workflow/"+id+"?reason=enough", "{}", "Content-Type: application/json"))
	s.nothing(s.send("POST", "/api/workflow/"+id+"/retry", "{}", "Content-Type: application/json"))
}

// broken is an engine whose calls fail as each test wants. It stands in for the real one, which has no fault to order.
type broken struct {
	rest.Engine
	err error
}

func (b broken) Start(context.Context, *workflow.StartRequest) (string, error) {
	if b.err == nil {
		panic("out of order")
	}
	return "", b.err
}

func (b broken) Pause(context.Context, string) error { return b.err }

func TestErrors_AreMappedByKindAndTellNoInternals(t *testing.T) {
	for name, tc := range map[string]struct {
		err       error
		status    int
		retryable bool
	}{
		"not found": {workflow.Errorf(workflow.NotFound, "gone"), 404, false},
		"conflict":  {workflow.Errorf(workflow.Conflict, "there"), 409, false},
		"invalid":   {workflow.Errorf(workflow.Invalid, "wrong"), 400, false},
		"too large": {workflow.Errorf(workflow.TooLarge, "big"), 413, false},
		"busy":      {workflow.Errorf(workflow.Busy, "later"), 429, true},
		"internal":  {errors.New("disk sector 7 is bad"), 500, false},
		"panic":     {nil, 500, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, options{engine: broken{err: tc.err}})
			body := s.failure(s.post("/api/workflow", `{"name":"x"}`), tc.status)
			if body["retryable"] != tc.retryable {
				t.Errorf("retryable is %v", body["retryable"])
			}
			if tc.status != 500 {
				return
			}
			secret := "disk sector 7"
			if tc.err == nil {
				secret = "out of order"
			}
			if strings.Contains(body["message"].(string), secret) {
				t.Errorf("the answer tells %q", body["message"])
			}
			if !strings.Contains(s.log.String(), secret) {
				t.Errorf("the log does not tell the cause: %s", s.log)
			}
		})
	}
}

func TestBulk_AnInternalErrorOfOneIsNotShown(t *testing.T) {
	s := newServer(t, options{engine: broken{err: errors.New("disk sector 7 is bad")}})
	a := s.put("/api/workflow/bulk/pause", `["a"]`)
	s.ok(a)
	if strings.Contains(a.body, "sector") || !strings.Contains(s.log.String(), "sector") {
		t.Errorf("answer %s, log %s", a.body, s.log)
	}
}

// slow is a connection whose read deadline the test looks at; it takes the place of one that would have to be waited for.
type slow struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (s *slow) SetReadDeadline(t time.Time) error {
	s.deadlines = append(s.deadlines, t)
	return nil
}

func TestBodies_MustArriveInTime(t *testing.T) {
	s := newServer(t, options{})
	w := &slow{ResponseRecorder: httptest.NewRecorder()}
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/api/workflow", strings.NewReader(`{"name":"w"}`)))
	if len(w.deadlines) != 2 || time.Until(w.deadlines[0]) > 2*time.Minute || !w.deadlines[1].IsZero() {
		t.Errorf("deadlines %v: want one, and none again after the body", w.deadlines)
	}
	w.deadlines = nil
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/health", nil))
	if len(w.deadlines) != 0 {
		t.Errorf("a call without a body got a deadline: %v", w.deadlines)
	}
}
