// Package telemetry lets a data plane be watched: [Metrics] for Prometheus, [Tracer] for OpenTelemetry, and the private
// server of both ([Debug]).
//
// An [Observer] joins metrics and traces to the engine. Everything that it is told lies in the hot path, so series are looked
// up by comparable keys, without making labels, and without OTEL_* variables there is no tracer at all.
//
// Names are the reference server's where it has a metric for the thing, and begin with podium_ where it has none. Its
// percentiles are histograms here: they can be added up over nodes.
package telemetry

import (
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/runner"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Observer hands what the engine tells on to metrics and traces.
type Observer struct {
	metrics *Metrics
	tracer  *Tracer // nil: no traces
}

var _ engine.Observer = (*Observer)(nil)

// NewObserver joins metrics and, unless it is nil, a tracer.
func NewObserver(m *Metrics, t *Tracer) *Observer { return &Observer{metrics: m, tracer: t} }

// Trace implements engine.Observer.
func (o *Observer) Trace(traceparent, executionID string) string {
	if o.tracer == nil {
		return traceparent
	}
	return o.tracer.begin(traceparent, executionID)
}

// TaskTrace implements engine.Observer.
func (o *Observer) TaskTrace(traceparent, taskID string) string {
	if o.tracer == nil {
		return traceparent
	}
	return o.tracer.task(traceparent, taskID)
}

// Stepped implements engine.Observer.
func (o *Observer) Stepped(s runner.Step) {
	o.metrics.stepped(s)
	if o.tracer != nil && s.Header.Trace != "" {
		o.tracer.stepped(s)
	}
}

// Committed implements engine.Observer.
func (o *Observer) Committed(g runner.Group) { o.metrics.committed(g) }

// Polled implements engine.Observer.
func (o *Observer) Polled(taskType, domain string, tasks int) {
	o.metrics.polled(taskType, domain, tasks)
}

// Removed implements engine.Observer.
func (o *Observer) Removed(name string, status workflow.Status, archived bool) {
	o.metrics.removed.Inc()
	if archived {
		o.metrics.archived.of(ending{name, status}).Inc()
	}
}

// Picked implements engine.Observer.
func (o *Observer) Picked(taskType string, waited time.Duration) {
	o.metrics.queueWait.of(taskType).Observe(waited.Seconds())
}
