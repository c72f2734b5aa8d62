package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/internal/rest"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// server is the API over a real engine in memory, with what the tests need of it.
type server struct {
	*httptest.Server
	t       *testing.T
	engine  *engine.Engine
	handler *rest.Handler
	log     *bytes.Buffer
	token   string // sent with every call
}

// options change what newServer makes.
type options struct {
	engine  rest.Engine // nil: the real one
	gate    *access.Gate
	console fs.FS
	beat    time.Duration
	local   bool

	payloads bool // payloads over 1000 bytes lie in files
}

func newServer(t *testing.T, o options) *server {
	t.Helper()
	var c engine.Config
	var files rest.Files
	if o.payloads {
		f, err := file.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c.Payloads, files = engine.Payloads{Store: f, Threshold: 1000}, f
	}
	e, err := engine.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if o.engine == nil {
		o.engine = e
	}
	if o.gate == nil {
		if o.gate, err = access.New(access.Config{Mode: access.None}); err != nil {
			t.Fatal(err)
		}
	}
	if o.console == nil {
		o.console = fstest.MapFS{}
	}
	s := &server{t: t, engine: e, log: &bytes.Buffer{}}
	s.handler, err = rest.New(rest.Config{
		Engine: o.engine, Gate: o.gate, Access: directory.Open(directory.Config{Records: e, Gate: o.gate}), Console: o.console, Version: "1.2.3", Heartbeat: o.beat, Local: o.local,
		Files:  files,
		Info:   func() rest.Info { return rest.Info{ClusterID: "clu_a", ClusterName: "one", Organization: "acme"} },
		Logger: slog.New(slog.NewTextHandler(s.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s.handler)
	t.Cleanup(func() {
		s.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// send makes a request whose body may be anything that fmt prints, and adds headers given as "Name: value".
func (s *server) send(method, path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		req.Header.Set("X-Authorization", s.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	return s.do(req)
}

func (s *server) do(req *http.Request) answer {
	s.t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

func (s *server) get(path string) answer        { s.t.Helper(); return s.send("GET", path, "") }
func (s *server) post(path, body string) answer { s.t.Helper(); return s.send("POST", path, body) }
func (s *server) put(path, body string) answer  { s.t.Helper(); return s.send("PUT", path, body) }
func (s *server) delete(path string) answer     { s.t.Helper(); return s.send("DELETE", path, "") }
func (s *server) ok(a answer) answer            { s.t.Helper(); return s.want(a, 200) }
func (s *server) json(a answer) map[string]any {
	s.t.Helper()
	return decode[map[string]any](s.t, s.ok(a))
}

func (s *server) execution(id string) workflow.Execution {
	s.t.Helper()
	return decode[workflow.Execution](s.t, s.ok(s.get("/api/workflow/"+id)))
}

func (s *server) want(a answer, status int) answer {
	s.t.Helper()
	if a.status != status {
		s.t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	return a
}

// void wants an empty 200 without a content type.
func (s *server) void(a answer) {
	s.t.Helper()
	s.want(a, 200)
	if a.body != "" || a.header["Content-Type"] != nil {
		s.t.Errorf("got body %q of type %q, want neither", a.body, a.header["Content-Type"])
	}
}

// nothing wants a 204 without a content type.
func (s *server) nothing(a answer) {
	s.t.Helper()
	s.want(a, 204)
	if a.body != "" || a.header["Content-Type"] != nil {
		s.t.Errorf("got body %q of type %q, want neither", a.body, a.header["Content-Type"])
	}
}

// id wants a bare string.
func (s *server) id(a answer) string {
	s.t.Helper()
	s.ok(a)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") || strings.ContainsAny(a.body, "\"\n ") {
		s.t.Fatalf("got %q of type %q, want a bare id", a.body, a.header.Get("Content-Type"))
	}
	return a.body
}

// failure wants Conductor's error JSON.
func (s *server) failure(a answer, status int, about ...string) map[string]any {
	s.t.Helper()
	s.want(a, status)
	body := decode[map[string]any](s.t, a)
	if body["status"] != float64(status) || body["message"] == "" || body["instance"] == nil || body["retryable"] == nil {
		s.t.Errorf("error body %s", a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		s.t.Errorf("error of type %q", got)
	}
	for _, want := range about {
		if !strings.Contains(a.body, want) {
			s.t.Errorf("error %s does not say %q", a.body, want)
		}
	}
	return body
}

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

// register registers a definition whose tasks are given as JSON.
func (s *server) register(name, tasks string) {
	s.t.Helper()
	s.void(s.post("/api/metadata/workflow?overwrite=true", fmt.Sprintf(`{"name":%q,"version":1,"ownerEmail":"a@example.test","tasks":%s}`, name, tasks)))
}

// Tasks for definitions.
const (
	simple  = `{"name":"work","taskReferenceName":"work","type":"SIMPLE","inputParameters":{"n":"${workflow.input.n}"}}`
	second  = `{"name":"more","taskReferenceName":"more","type":"SIMPLE"}`
	waiting = `{"name":"hold","taskReferenceName":"hold","type":"WAIT"}`
	inline  = `{"name":"calc","taskReferenceName":"calc","type":"INLINE","inputParameters":{"evaluatorType":"javascript","expression":"1+1"}}`
)

func (s *server) start(name, input string) string {
	s.t.Helper()
	return s.id(s.post("/api/workflow/"+name, input))
}

// poll waits for one task of a type.
func (s *server) poll(taskType string) workflow.Task {
	s.t.Helper()
	found := decode[[]workflow.Task](s.t, s.ok(s.get("/api/tasks/poll/batch/"+taskType+"?workerid=w1&count=1&timeout=5000")))
	if len(found) != 1 {
		s.t.Fatalf("got %d tasks of type %s, want 1", len(found), taskType)
	}
	return found[0]
}

func result(t workflow.Task, status, output string) string {
	return fmt.Sprintf(`{"workflowInstanceId":%q,"taskId":%q,"workerId":"w1","status":%q,"outputData":%s}`, t.WorkflowInstanceID, t.TaskID, status, output)
}

// finish completes a task.
func (s *server) finish(t workflow.Task) {
	s.t.Helper()
	if id := s.id(s.post("/api/tasks", result(t, "COMPLETED", `{"done":true}`))); id != t.TaskID {
		s.t.Errorf("update answers %q, want the task's id", id)
	}
}

// until waits for an execution to reach a status.
func (s *server) until(id string, want workflow.Status) workflow.Execution {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	changes := s.engine.Watch(ctx, id)
	for {
		if x := s.execution(id); x.Status == want {
			return x
		}
		if _, ok := <-changes; !ok {
			s.t.Fatalf("execution is %s, want %s", s.execution(id).Status, want)
		}
	}
}
