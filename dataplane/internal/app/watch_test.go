package app_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

const failing = `{"name":"bad","ownerEmail":"a@example.test","tasks":[{"name":"work","taskReferenceName":"work","type":"SIMPLE"}]}`

// work completes one workflow and terminates another.
func work(p *process) {
	p.t.Helper()
	p.want(200, "POST", "/api/metadata/workflow", definition)
	p.want(200, "POST", "/api/metadata/workflow", failing)
	p.want(200, "POST", "/api/workflow/w", `{}`)
	finish(p)
	id := p.want(200, "POST", "/api/workflow/bad", `{}`)
	p.want(200, "DELETE", "/api/workflow/"+id, "")
}

// finish polls for one task and completes it.
func finish(p *process) map[string]any {
	p.t.Helper()
	var task map[string]any
	if err := json.Unmarshal([]byte(p.want(200, "GET", "/api/tasks/poll/work?workerid=me", "")), &task); err != nil {
		p.t.Fatal(err)
	}
	result, _ := json.Marshal(map[string]any{"taskId": task["taskId"], "workflowInstanceId": task["workflowInstanceId"], "status": "COMPLETED"})
	p.want(200, "POST", "/api/tasks", string(result), "Content-Type: application/json")
	return task
}

// names are the series in a scrape.
func names(scrape string) map[string]bool {
	out := map[string]bool{}
	for lines := bufio.NewScanner(strings.NewReader(scrape)); lines.Scan(); {
		if name, _, ok := strings.Cut(lines.Text(), " "); ok && name != "#" {
			name, _, _ = strings.Cut(name, "{")
			out[name] = true
		}
	}
	return out
}

func TestDashboard_ShowsOnlyWhatIsExported(t *testing.T) {
	p := start(t, "--data", t.TempDir())
	work(p)
	exported := names(p.want(200, "GET", "/metrics", ""))
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "grafana-dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &dashboard); err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`([a-zA-Z_:]+)\{`)
	shown := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			found := metric.FindAllStringSubmatch(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("panel %q names no metric: %s", panel.Title, target.Expr)
			}
			for _, m := range found {
				shown++
				if !exported[m[1]] {
					t.Errorf("panel %q shows %s, which is not exported", panel.Title, m[1])
				}
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %q is empty", panel.Title)
		}
	}
	if shown < 20 {
		t.Errorf("only %d metrics are shown", shown)
	}
}

func TestMetrics_CountWhatHappened(t *testing.T) {
	p := start(t, "--data", t.TempDir())
	work(p)
	scrape := p.want(200, "GET", "/actuator/prometheus", "")
	for _, want := range []string{
		`workflow_start_success_total{ownerApp="unknown",version="1",workflowName="w"} 1`,
		`workflow_start_success_total{ownerApp="unknown",version="1",workflowName="bad"} 1`,
		`workflow_execution_seconds_count{ownerApp="unknown",workflowName="w"} 1`,
		`workflow_failure_total{ownerApp="unknown",status="TERMINATED",workflowName="bad"} 1`,
		`tasks_in_workflow_sum{version="1",workflowName="w"} 1`,
		`task_execution_seconds_count{includeRetries="false",status="COMPLETED",taskType="work"} 1`,
		`task_execution_seconds_count{includeRetries="false",status="CANCELED",taskType="work"} 1`,
		`task_queue_wait_seconds_count{taskType="work"} 1`,
		`task_poll_total{taskType="work"} 1`,
		`task_poll_count_total{domain="NO_DOMAIN",taskType="work"} 1`,
		`task_queue_depth{domain="NO_DOMAIN",ownerApp="unknown",taskType="work"} 0`,
		`podium_executions{status="COMPLETED"} 1`,
		"workflow_running 0",
		"podium_steps_total 4",
		"podium_commit_group_size_sum 4",
		`http_server_requests_seconds_count{method="POST",outcome="SUCCESS",status="200",uri="/api/workflow/{name}"} 2`,
	} {
		if !strings.Contains(scrape, want+"\n") {
			t.Errorf("not exported: %s", want)
		}
	}
	if t.Failed() {
		t.Log(scrape)
	}
}

func TestMetrics_NeedATokenWhereCallsDo(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := run(t, nil, "key", "create", "--data", dir, "--name", "a"); code != 0 {
		t.Fatal(stderr)
	}
	p := start(t, "--data", dir, "--debug-listen", "0")
	for _, path := range []string{"/metrics", "/actuator/prometheus"} {
		p.want(401, "GET", path, "")
	}
	p.want(200, "GET", "/actuator/health", "")
	p.want(200, "GET", "/readyz", "")
	if got := p.want(200, "GET", "/debug/pprof/heap", ""); !strings.HasPrefix(got, "<!doctype html>") { // a page of the console
		t.Error("profiles are served to everyone")
	}

	private := &process{t: t, url: p.stderr.await(t, `debug_url=(http://127\.0\.0\.1:\S+)`)}
	if !names(private.want(200, "GET", "/metrics", ""))["podium_steps_total"] {
		t.Error("the private server shows no metrics")
	}
	private.want(200, "GET", "/debug/pprof/heap", "")
}

func TestLog_IsJSONWhenAskedTo(t *testing.T) {
	code, _, stderr := run(t, nil, "--data", t.TempDir(), "--log-format", "xml")
	if code != 1 || !strings.Contains(stderr, "--log-format") {
		t.Errorf("got %d %s", code, stderr)
	}
	out := newOutput()
	p := launch(t, out, "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--log-format", "json")
	p.url = out.await(t, `"msg":"serving","url":"(http://[^"]+)"`)
	p.want(200, "GET", "/healthz", "")
	p.end()
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

// collector takes spans as an OpenTelemetry collector does.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans map[string]span
}

type span struct{ trace, id, parent string }

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{spans: map[string]span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var req tracepb.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(b, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range req.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, s := range scope.Spans {
					c.spans[s.Name] = span{hex.EncodeToString(s.TraceId), hex.EncodeToString(s.SpanId), hex.EncodeToString(s.ParentSpanId)}
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func TestTraces_FollowAWorkflowThroughItsTasks(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL) // read by the exporter itself
	var headers sync.Map                           // of the HTTP task
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		headers.Store("traceparent", r.Header.Get("Traceparent"))
	}))
	defer target.Close()

	out := newOutput()
	p := launchIn(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}, out, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	p.url = out.await(t, `msg=serving url=(http://\S+)`)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	p.want(200, "POST", "/api/metadata/workflow", `{"name":"outer","tasks":[
		{"name":"call","taskReferenceName":"call","type":"HTTP","inputParameters":{"uri":"`+target.URL+`","method":"GET"}},
		{"name":"sub","taskReferenceName":"sub","type":"SUB_WORKFLOW","subWorkflowParam":{"name":"w"}}]}`)
	const trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	id := p.want(200, "POST", "/api/workflow/outer", `{}`, "traceparent: 00-"+trace+"-"+caller+"-01")
	var task map[string]any
	for task == nil {
		if status, body := p.call("GET", "/api/tasks/poll/work", ""); status == 200 {
			if err := json.Unmarshal([]byte(body), &task); err != nil {
				t.Fatal(err)
			}
		}
	}
	result, _ := json.Marshal(map[string]any{"taskId": task["taskId"], "workflowInstanceId": task["workflowInstanceId"], "status": "COMPLETED"})
	p.want(200, "POST", "/api/tasks", string(result))
	for !strings.Contains(p.want(200, "GET", "/api/workflow/"+id+"?includeTasks=false", ""), `"COMPLETED"`) {
	}
	p.end() // exports what is left

	want := func(name, parent string) string {
		t.Helper()
		s, ok := c.spans[name]
		if !ok || s.trace != trace || s.parent != parent {
			t.Errorf("span %q is %+v, want one of trace %s below %q", name, s, trace, parent)
		}
		return s.id
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	outer := want("workflow outer", caller)
	want("start outer", outer)
	call := want("task call", outer)
	inner := want("workflow w", want("task sub", outer))
	worked := want("task work", inner)
	if got, _ := headers.Load("traceparent"); got != "00-"+trace+"-"+call+"-01" {
		t.Errorf("the HTTP task sent traceparent %v", got)
	}
	metadata, _ := task["executionMetadata"].(map[string]any)
	more, _ := metadata["additionalContext"].(map[string]any)
	if more["traceparent"] != "00-"+trace+"-"+worked+"-01" {
		t.Errorf("the worker got %v", metadata)
	}
	if len(c.spans) != 7 {
		t.Errorf("spans: %v", c.spans)
	}
}

func TestTraces_AWorkflowWithoutACallerIsARoot(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	out := newOutput()
	p := launchIn(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}, out, "--listen", "127.0.0.1:0", "--data", t.TempDir())
	p.url = out.await(t, `msg=serving url=(http://\S+)`)
	work(p)
	p.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	root, task := c.spans["workflow w"], c.spans["task work"]
	if root.id == "" || root.parent != "" || task.trace == "" {
		t.Errorf("spans: %v", c.spans)
	}
}

func TestTraces_WithoutAnExporterTheCallersContextIsHandedOn(t *testing.T) {
	p := start(t, "--data", t.TempDir())
	p.want(200, "POST", "/api/metadata/workflow", definition)
	const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	p.want(200, "POST", "/api/workflow/w", `{}`, "traceparent: "+given)
	if b, _ := json.Marshal(finish(p)); !strings.Contains(string(b), given) {
		t.Errorf("the worker got %s", b)
	}
	p.want(200, "POST", "/api/workflow/w", `{}`, "traceparent: 00-zz-1-01")
	if b, _ := json.Marshal(finish(p)); strings.Contains(string(b), "executionMetadata") {
		t.Errorf("a malformed context was handed on: %s", b)
	}
	if code, _, stderr := run(t, map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, "--listen", "127.0.0.1:0", "--data", t.TempDir()); code != 1 || !strings.Contains(stderr, "OTEL_TRACES_EXPORTER") {
		t.Errorf("got %d %s", code, stderr)
	}
}
