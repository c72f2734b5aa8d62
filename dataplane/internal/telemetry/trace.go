package telemetry

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Tracer exports spans of executions: one for each, and below it one for its start and one for each attempt of a task. A
// span is exported when what it stands for has ended; ids follow from those of the execution and the task, so that a worker
// hangs its spans below a task's before that is exported, whichever node does it. An execution that runs again after its end
// exports its span again, as long as it is then.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Service says what spans come from, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise.
type Service struct {
	Version   string
	ClusterID string
}

// serviceName names data planes in traces.
const serviceName = "podium-dataplane"

// OpenTracer makes the tracer that the standard OTEL_* variables describe; nil, without an error, when they name no OTLP
// endpoint and no exporter. env looks variables up; the exporter reads those of its own from the process.
func OpenTracer(ctx context.Context, env func(string) string, s Service, log *slog.Logger) (*Tracer, error) {
	exporter, err := openExporter(ctx, env)
	if err != nil || exporter == nil {
		return nil, err
	}
	res, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", serviceName), attribute.String("service.version", s.Version),
		attribute.String("podium.cluster.id", s.ClusterID),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be exported", "error", err) }))
	return newTracer(sdktrace.WithBatcher(exporter), sdktrace.WithResource(res)), nil
}

func newTracer(options ...sdktrace.TracerProviderOption) *Tracer {
	p := sdktrace.NewTracerProvider(append(options, sdktrace.WithIDGenerator(ids{}))...)
	return &Tracer{provider: p, tracer: p.Tracer("github.com/podium-cloud/podium/dataplane")}
}

// openExporter returns nil when tracing is off.
func openExporter(ctx context.Context, env func(string) string) (sdktrace.SpanExporter, error) {
	first := func(names ...string) string {
		for _, n := range names {
			if v := env(n); v != "" {
				return v
			}
		}
		return ""
	}
	endpoint := first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
	switch which := env("OTEL_TRACES_EXPORTER"); {
	case env("OTEL_SDK_DISABLED") == "true", which == "none", which == "" && endpoint == "":
		return nil, nil //nolint:nilnil // off
	case which != "" && which != "otlp":
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER must be otlp or none, not %q", which)
	}
	var client otlptrace.Client
	switch protocol := first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol {
	case "", "http/protobuf":
		client = otlptracehttp.NewClient()
	case "grpc":
		client = otlptracegrpc.NewClient()
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or grpc, not %q", protocol)
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("open the exporter of traces: %w", err)
	}
	return exporter, nil
}

// Close exports what is left, as far as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("export the last traces: %w", err)
	}
	return nil
}

// begin returns the context that an execution keeps: its caller's, or one of its own, in which it is the root.
func (t *Tracer) begin(traceparent, executionID string) string {
	if traceparent != "" {
		return traceparent
	}
	own := identity{trace: traceID(executionID), span: spanID(executionID)}
	// The span is only asked whether it is wanted; without an end it is never exported.
	_, span := t.tracer.Start(own.in(context.Background()), "workflow")
	return format(span.SpanContext())
}

// task returns the context of the span that stands for an attempt of a task.
func (t *Tracer) task(traceparent, taskID string) string {
	parent, ok := parse(traceparent)
	if !ok {
		return traceparent
	}
	return format(parent.WithSpanID(spanID(taskID)))
}

func (t *Tracer) stepped(s runner.Step) {
	h := s.Header
	caller, ok := parse(h.Trace)
	if !ok {
		return
	}
	of := []attribute.KeyValue{
		attribute.String("conductor.workflow.name", h.Name), attribute.Int("conductor.workflow.version", h.Version),
		attribute.String("conductor.workflow.id", h.ID),
	}
	if h.CorrelationID != "" {
		of = append(of, attribute.String("conductor.workflow.correlation_id", h.CorrelationID))
	}
	own := spanID(h.ID)
	whole := caller.WithSpanID(own)
	if s.Started {
		t.export(whole, spanID("start "+h.ID), "start "+h.Name, span{from: h.CreateTime, to: h.UpdateTime, attributes: of, ok: true})
	}
	for i := range s.Ends {
		e := &s.Ends[i]
		t.export(whole, spanID(e.ID), "task "+e.Ref, span{
			from: e.Start, to: e.End, ok: e.Status.Successful(), status: string(e.Status),
			attributes: append(slices.Clip(of), attribute.String("conductor.task.type", e.Type), attribute.String("conductor.task.id", e.ID),
				attribute.String("conductor.task.reference", e.Ref), attribute.String("conductor.task.status", string(e.Status)),
				attribute.Int("conductor.task.retry_count", e.Retry), attribute.Int64("conductor.task.queue_wait_ms", e.Start-e.Scheduled)),
		})
	}
	if s.Ended {
		t.export(caller, own, "workflow "+h.Name, span{
			from: h.CreateTime, to: h.EndTime, ok: h.Status == workflow.Completed, status: string(h.Status),
			attributes: append(of, attribute.String("conductor.workflow.status", string(h.Status))),
		})
	}
}

// span is what a span says. Times are epoch milliseconds.
type span struct {
	from, to   int64
	attributes []attribute.KeyValue
	ok         bool
	status     string // what it ended with, when that is no success
}

// export hands a span over that has ended, below parent; a parent that is the span itself is none.
func (t *Tracer) export(parent trace.SpanContext, id trace.SpanID, name string, s span) {
	ctx := identity{trace: parent.TraceID(), span: id}.in(context.Background())
	if parent.SpanID() != id {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(time.UnixMilli(s.from)), trace.WithAttributes(s.attributes...))
	if !s.ok {
		span.SetStatus(codes.Error, s.status) // the reason may hold data
	}
	span.End(trace.WithTimestamp(time.UnixMilli(max(s.from, s.to))))
}

// parse reads a W3C traceparent.
func parse(s string) (trace.SpanContext, bool) {
	if !workflow.ValidTraceparent(s) {
		return trace.SpanContext{}, false
	}
	c := trace.SpanContextConfig{Remote: true}
	var flags [1]byte
	var errs [3]error
	c.TraceID, errs[0] = trace.TraceIDFromHex(s[3:35])
	c.SpanID, errs[1] = trace.SpanIDFromHex(s[36:52])
	_, errs[2] = hex.Decode(flags[:], []byte(s[53:]))
	c.TraceFlags = trace.TraceFlags(flags[0]) & trace.FlagsSampled
	return trace.NewSpanContext(c), errors.Join(errs[:]...) == nil
}

func format(c trace.SpanContext) string {
	return fmt.Sprintf("00-%s-%s-%s", c.TraceID(), c.SpanID(), c.TraceFlags())
}

// identity is the ids that the next span gets.
type identity struct {
	trace trace.TraceID
	span  trace.SpanID
}

type identityKey struct{}

func (i identity) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// ids gives spans the ids that their context names.
type ids struct{}

// NewIDs implements sdktrace.IDGenerator.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	i, _ := ctx.Value(identityKey{}).(identity)
	return i.trace, i.span
}

// NewSpanID implements sdktrace.IDGenerator.
func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	i, _ := ctx.Value(identityKey{}).(identity)
	return i.span
}

func traceID(of string) trace.TraceID {
	h := fnv.New128a()
	h.Write([]byte(of))
	return trace.TraceID(h.Sum(nil))
}

func spanID(of string) trace.SpanID {
	h := fnv.New64a()
	h.Write([]byte(of))
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], max(1, h.Sum64()))
	return id
}
