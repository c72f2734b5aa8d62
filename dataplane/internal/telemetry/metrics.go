package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc/codes"

	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Metrics are all metrics of a data plane.
type Metrics struct {
	registry *prometheus.Registry

	steps, lazy, stale, failed prometheus.Counter
	removed                    prometheus.Counter
	groupSize, groupTime       prometheus.Observer

	queueWait  *series[string, prometheus.Observer] // by task type
	polls      *series[string, prometheus.Counter]  // by task type
	pollCounts *series[taskQueue, prometheus.Counter]
	taskTime   *series[taskEnd, prometheus.Observer]
	timeouts   *series[string, prometheus.Counter] // by task type

	starts      *series[version, prometheus.Counter]
	failures    *series[ending, prometheus.Counter]
	archived    *series[ending, prometheus.Counter]
	executions  *series[string, prometheus.Observer] // by workflow
	sizes       *series[version, prometheus.Observer]
	requestTime *series[request, prometheus.Observer]
	calls       *series[call, prometheus.Observer]  // over gRPC
	errors      *series[string, prometheus.Counter] // by route
}

// Keys of series.
type (
	taskQueue struct{ taskType, domain string }
	taskEnd   struct {
		taskType string
		status   workflow.TaskStatus
	}
	version struct {
		workflow string
		number   int
	}
	ending struct {
		workflow string
		status   workflow.Status
	}
	call struct {
		method string
		code   codes.Code
	}
	request struct {
		method, route string
		status        int
	}
)

// Buckets, in seconds unless the name says otherwise: calls and commits take from tens of microseconds, tasks and workflows
// up to days.
var (
	fast      = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	slow      = []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400}
	sizesUpTo = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
	tasksUpTo = []float64{1, 2, 5, 10, 20, 50, 100, 1000, 10000, 100000}
)

// unknownOwner is what the reference server says of a definition without an owner; definitions here have none.
const unknownOwner = "unknown"

// noDomain is what it says of the default domain.
const noDomain = "NO_DOMAIN"

// NewMetrics makes the metrics of a process, those of Go's runtime included.
func NewMetrics() *Metrics {
	f := factory{prometheus.NewRegistry()}
	// The package that they have moved to links database/sql, which the edge does without.
	f.registry.MustRegister(prometheus.NewGoCollector(), prometheus.NewProcessCollector(prometheus.ProcessCollectorOpts{})) //nolint:staticcheck // see above
	one := func(s string) []string { return []string{s} }
	m := &Metrics{
		registry:  f.registry,
		steps:     f.counters("podium_steps_total", "Durable steps of executions.")(),
		lazy:      f.counters("podium_lazy_changes_total", "Changes that rode with a commit group, such as tasks being picked up.")(),
		stale:     f.counters("podium_steps_stale_total", "Steps that another node was faster with; they are decided again.")(),
		failed:    f.counters("podium_steps_failed_total", "Steps that the store did not take.")(),
		removed:   f.counters("podium_executions_removed_total", "Executions that were deleted, by callers or by retention.")(),
		groupSize: f.histograms("podium_commit_group_size", "Steps in a commit group.", sizesUpTo)(),
		groupTime: f.histograms("podium_commit_seconds", "Time from writing a commit group to its durability.", fast)(),

		queueWait: newSeries(one, f.histograms("task_queue_wait_seconds", "Time that tasks were ready before a worker took them.", slow, "taskType")),
		polls:     newSeries(one, f.counters("task_poll_total", "Polls.", "taskType")),
		pollCounts: newSeries(func(q taskQueue) []string {
			if q.domain == "" {
				q.domain = noDomain
			}
			return []string{q.taskType, q.domain}
		}, f.counters("task_poll_count_total", "Tasks handed out to polls.", "taskType", "domain")),
		taskTime: newSeries(func(e taskEnd) []string { return []string{e.taskType, "false", string(e.status)} },
			f.histograms("task_execution_seconds", "Time from the start of an attempt of a task to its end.", slow, "taskType", "includeRetries", "status")),
		timeouts: newSeries(one, f.counters("task_timeout_total", "Attempts of tasks that timed out.", "taskType")),

		starts: newSeries(func(v version) []string { return []string{v.workflow, strconv.Itoa(v.number), unknownOwner} },
			f.counters("workflow_start_success_total", "Executions that began.", "workflowName", "version", "ownerApp")),
		failures: newSeries(func(e ending) []string { return []string{e.workflow, string(e.status), unknownOwner} },
			f.counters("workflow_failure_total", "Executions that ended otherwise than COMPLETED.", "workflowName", "status", "ownerApp")),
		archived: newSeries(func(e ending) []string { return []string{e.workflow, string(e.status)} },
			f.counters("workflow_archived_total", "Executions that were archived before they were deleted.", "workflowName", "workflowStatus")),
		executions: newSeries(func(name string) []string { return []string{name, unknownOwner} },
			f.histograms("workflow_execution_seconds", "Time from start to end of executions that were COMPLETED.", slow, "workflowName", "ownerApp")),
		sizes: newSeries(func(v version) []string { return []string{v.workflow, strconv.Itoa(v.number)} },
			f.histograms("tasks_in_workflow", "Task records of executions that have ended.", tasksUpTo, "workflowName", "version")),
		requestTime: newSeries(func(r request) []string {
			return []string{r.method, r.route, strconv.Itoa(r.status), outcome(r.status)}
		},
			f.histograms("http_server_requests_seconds", "HTTP requests; polls wait as long as they were asked to.", fast, "method", "uri", "status", "outcome")),
		calls: newSeries(func(c call) []string { return []string{c.method, c.code.String()} },
			f.histograms("podium_grpc_calls_seconds", "Calls over gRPC.", fast, "method", "code")),
		errors: newSeries(one, f.counters("workflow_server_error_total", "Requests that failed for reasons of the server's own.", "methodName")),
	}
	return m
}

// Handler serves the metrics in Prometheus' text format, or OpenMetrics where that is asked for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

func (m *Metrics) stepped(s runner.Step) {
	m.steps.Inc()
	h := s.Header
	if s.Started {
		m.starts.of(version{h.Name, h.Version}).Inc()
	}
	for i := range s.Ends {
		t := &s.Ends[i]
		m.taskTime.of(taskEnd{t.Type, t.Status}).Observe(seconds(t.Start, t.End))
		if t.Status == workflow.TaskTimedOut {
			m.timeouts.of(t.Type).Inc()
		}
	}
	if !s.Ended {
		return
	}
	m.sizes.of(version{h.Name, h.Version}).Observe(float64(s.Tasks))
	if h.Status == workflow.Completed {
		m.executions.of(h.Name).Observe(seconds(h.CreateTime, h.EndTime))
	} else {
		m.failures.of(ending{h.Name, h.Status}).Inc()
	}
}

// seconds is the time between two moments in milliseconds.
func seconds(from, to int64) float64 { return float64(max(0, to-from)) / 1000 }

func (m *Metrics) committed(g runner.Group) {
	m.stale.Add(float64(g.Stale))
	m.failed.Add(float64(g.Failed))
	m.lazy.Add(float64(g.Lazy))
	if g.Failed == 0 {
		m.groupSize.Observe(float64(g.Steps))
		m.groupTime.Observe(g.Took.Seconds())
	}
}

func (m *Metrics) polled(taskType, domain string, tasks int) {
	m.polls.of(taskType).Inc()
	if tasks > 0 {
		m.pollCounts.of(taskQueue{taskType, domain}).Add(float64(tasks))
	}
}

// Requests counts the requests of one route, whose parameters are written /:name or /*.
func (m *Metrics) Requests(method, path string) func(status int, took time.Duration) {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	route := strings.Join(parts, "/")
	return func(status int, took time.Duration) {
		m.requestTime.of(request{method, route, status}).Observe(took.Seconds())
		if status == http.StatusInternalServerError {
			m.errors.of(method + " " + route).Inc()
		}
	}
}

// Call counts a call over gRPC; the method is /service/method.
func (m *Metrics) Call(method string, code codes.Code, took time.Duration) {
	m.calls.of(call{method, code}).Observe(took.Seconds())
	if code == codes.Internal {
		m.errors.of(method).Inc()
	}
}

func outcome(status int) string {
	switch status / 100 {
	case 1:
		return "INFORMATIONAL"
	case 2:
		return "SUCCESS"
	case 3:
		return "REDIRECTION"
	case 4:
		return "CLIENT_ERROR"
	default:
		return "SERVER_ERROR"
	}
}
