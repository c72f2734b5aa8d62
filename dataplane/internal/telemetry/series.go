package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// maxSeries bounds the series of one metric: names come from callers. What is over the bound is counted together.
const maxSeries = 2000

// other is the label value of what is over the bound.
const other = "other"

// series are the metrics of one vector by a comparable key, so that a hit costs a lookup and makes nothing.
type series[K comparable, M any] struct {
	mu     sync.RWMutex
	known  map[K]M
	labels func(K) []string // label values of a key
	make   func(labels ...string) M
}

func newSeries[K comparable, M any](labels func(K) []string, with func(...string) M) *series[K, M] {
	return &series[K, M]{known: map[K]M{}, labels: labels, make: with}
}

// of returns the metric of a key.
func (s *series[K, M]) of(k K) M {
	s.mu.RLock()
	m, ok := s.known[k]
	s.mu.RUnlock()
	if ok {
		return m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.known[k]; ok {
		return m
	}
	labels := s.labels(k)
	if len(s.known) >= maxSeries {
		for i := range labels {
			labels[i] = other
		}
		return s.make(labels...)
	}
	m = s.make(labels...)
	s.known[k] = m
	return m
}

// factory makes registered vectors.
type factory struct{ registry *prometheus.Registry }

func (f factory) counters(name, help string, labels ...string) func(...string) prometheus.Counter {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v.WithLabelValues
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) func(...string) prometheus.Observer {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(v)
	return v.WithLabelValues
}
