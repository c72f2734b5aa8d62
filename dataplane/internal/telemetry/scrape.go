package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// State is what metrics read of the engine when they are asked for.
type State interface {
	Queues() []engine.QueueInfo
	Load() engine.Load
	Counts(ctx context.Context) (map[workflow.Status]int64, error)
}

// scrape reads the engine's state for each scrape, so that between scrapes it costs nothing.
type scrape struct {
	state State
	log   *slog.Logger
}

// countLimit bounds how long a scrape waits for the store.
const countLimit = 2 * time.Second

var (
	queueDepth   = describe("task_queue_depth", "Tasks that are ready to be polled.", "taskType", "domain", "ownerApp")
	inProgress   = describe("task_in_progress", "Tasks that workers have.", "taskType", "domain", "ownerApp")
	parked       = describe("podium_queue_pollers", "Polls that wait for a task right now.", "taskType", "domain")
	running      = describe("workflow_running", "Executions that are RUNNING or PAUSED.")
	byStatus     = describe("podium_executions", "Executions in the store.", "status")
	inMemory     = describe("podium_open_executions", "Executions in the engine's cache.")
	stepsWaiting = describe("podium_steps_waiting", "Steps that wait to be written.")
	effects      = describe("podium_effects", "Effects and system tasks that run or wait to.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Watch adds the state of an engine to the metrics.
func (m *Metrics) Watch(s State, log *slog.Logger) { m.registry.MustRegister(&scrape{s, log}) }

// Describe implements prometheus.Collector.
func (s *scrape) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDepth, inProgress, parked, running, byStatus, inMemory, stepsWaiting, effects} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (s *scrape) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	for i, q := range s.state.Queues() {
		if i == maxSeries {
			break
		}
		domain := q.Domain
		if domain == "" {
			domain = noDomain
		}
		gauge(queueDepth, q.Depth, q.TaskType, domain, unknownOwner)
		gauge(inProgress, q.InFlight, q.TaskType, domain, unknownOwner)
		gauge(parked, q.Pollers, q.TaskType, domain)
	}
	load := s.state.Load()
	gauge(inMemory, load.Open)
	gauge(stepsWaiting, load.Waiting)
	gauge(effects, load.Effects)

	ctx, cancel := context.WithTimeout(context.Background(), countLimit)
	defer cancel()
	counts, err := s.state.Counts(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "executions could not be counted for the metrics", "error", err)
		return
	}
	for _, status := range []workflow.Status{workflow.Running, workflow.Paused, workflow.Completed, workflow.Failed, workflow.TimedOut, workflow.Terminated} {
		gauge(byStatus, int(counts[status]), string(status))
	}
	gauge(running, int(counts[workflow.Running]+counts[workflow.Paused]))
}
