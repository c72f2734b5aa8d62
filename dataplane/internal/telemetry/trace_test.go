package telemetry

import (
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

func TestTracer_KeepsWhatTheCallerDecided(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	tracer := newTracer(sdktrace.WithSyncer(seen))
	o := NewObserver(NewMetrics(), tracer)
	step := ended()
	step.Started = true
	for flags, want := range map[string]int{"01": 3, "00": 0} { // sampled, and not
		seen.Reset()
		step.Header.Trace = o.Trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"+flags, "x")
		o.Stepped(step)
		if got := len(seen.GetSpans()); got != want {
			t.Errorf("flags %s: %d spans, want %d", flags, got, want)
		}
		if got := o.TaskTrace(step.Header.Trace, "t"); !workflow.ValidTraceparent(got) || !strings.HasSuffix(got, "-"+flags) {
			t.Errorf("the worker gets %s", got)
		}
	}
}

func TestTracer_SpansTakeAsLongAsWhatTheyStandFor(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	tracer := newTracer(sdktrace.WithSyncer(seen))
	step := ended()
	step.Header.Trace = tracer.begin("", "x")
	tracer.stepped(step)
	spans := seen.GetSpans()
	if len(spans) != 2 {
		t.Fatalf("%d spans", len(spans))
	}
	task, whole := spans[0], spans[1]
	if task.StartTime.UnixMilli() != 2000 || task.EndTime.UnixMilli() != 3000 || whole.StartTime.UnixMilli() != 1000 || whole.EndTime.UnixMilli() != 3000 {
		t.Errorf("task %v to %v, workflow %v to %v", task.StartTime, task.EndTime, whole.StartTime, whole.EndTime)
	}
	if task.Parent.SpanID() != whole.SpanContext.SpanID() || whole.Parent.IsValid() {
		t.Errorf("task below %s, workflow %s below %s", task.Parent.SpanID(), whole.SpanContext.SpanID(), whole.Parent.SpanID())
	}
}

func TestOpenTracer_FollowsTheStandardVariables(t *testing.T) {
	for _, tc := range []struct {
		env map[string]string
		on  bool
		err string
	}{
		{nil, false, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, true, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, false, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "jaeger"}, false, "jaeger"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, false, "http/json"},
	} {
		exporter, err := openExporter(t.Context(), func(n string) string { return tc.env[n] })
		if (exporter != nil) != tc.on || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%v: got %v, %v", tc.env, exporter, err)
		}
	}
}
