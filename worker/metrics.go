package worker

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are a worker's figures; they implement agent.Metrics.
type metrics struct {
	accepted prometheus.Counter
	refused  *prometheus.CounterVec
	ended    *prometheus.CounterVec
	started  prometheus.Histogram
	used     prometheus.Gauge
	slots    prometheus.Gauge
	now      atomic.Int64 // used, to be read back
}

func newMetrics(slots int) *metrics {
	m := &metrics{
		accepted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "porpoise_worker_attempts_accepted_total", Help: "Attempts taken from masters."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "porpoise_worker_attempts_refused_total", Help: "Attempts given back, by reason."}, []string{"reason"}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "porpoise_worker_attempts_ended_total", Help: "Attempts that ended, by state."}, []string{"state"}),
		started: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "porpoise_worker_start_seconds", Help: "From a dispatch to its running process.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
		used: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "porpoise_worker_slots_used", Help: "Slots in use."}),
		slots: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "porpoise_worker_slots", Help: "Slots there are."}),
	}
	m.slots.Set(float64(slots))
	return m
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.accepted, m.refused, m.ended, m.started, m.used, m.slots}
}

func (m *metrics) Accepted()                   { m.accepted.Inc() }
func (m *metrics) Refused(reason string)       { m.refused.WithLabelValues(reason).Inc() }
func (m *metrics) Started(after time.Duration) { m.started.Observe(after.Seconds()) }
func (m *metrics) Ended(state string)          { m.ended.WithLabelValues(state).Inc() }
func (m *metrics) Used(slots int) {
	m.now.Store(int64(slots))
	m.used.Set(float64(slots))
}

func (m *metrics) running() int64 { return m.now.Load() }
