package alerting

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Outcomes of an attempt.
const (
	sent   = "sent"
	retry  = "retry"  // it will be tried again
	failed = "failed" // given up
)

// Metrics count what a sender did.
type Metrics struct {
	planned    prometheus.Counter
	deliveries *prometheus.CounterVec
	repeats    *prometheus.CounterVec
}

func newMetrics() *Metrics {
	return &Metrics{
		planned: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "porpoise_alerts_planned_total", Help: "Alerts for which deliveries were planned.",
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "porpoise_alert_deliveries_total", Help: "Attempts to deliver alerts by kind of channel and outcome: sent, retry or failed.",
		}, []string{"kind", "outcome"}),
		repeats: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "porpoise_alert_repeats_total", Help: "Attempts that began after one of unknown outcome, counted when the delivery ends.",
		}, []string{"kind"}),
	}
}

// Metrics gives the collector to register.
func (s *Sender) Metrics() prometheus.Collector { return s.metrics }

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.planned.Describe(ch)
	m.deliveries.Describe(ch)
	m.repeats.Describe(ch)
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.planned.Collect(ch)
	m.deliveries.Collect(ch)
	m.repeats.Collect(ch)
}

func (m *Metrics) ended(kind workflow.ChannelKind, outcome string) {
	m.deliveries.WithLabelValues(string(kind), outcome).Inc()
}

// count takes note of a stored outcome.
func (s *Sender) count(d workflow.Delivery) {
	kind := string(d.Kind)
	switch d.State {
	case workflow.DeliverySent:
		s.metrics.ended(d.Kind, sent)
	case workflow.DeliveryFailed:
		s.metrics.ended(d.Kind, failed)
	default:
		s.metrics.ended(d.Kind, retry)
		return
	}
	s.metrics.repeats.WithLabelValues(kind).Add(float64(d.Repeated))
}
