package master

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what a master shows on /metrics.
type Metrics struct {
	master  *Master
	commits prometheus.Counter
	rows    prometheus.Counter
	refused prometheus.Counter
	took    prometheus.Histogram
	perTx   prometheus.Histogram
	runs    *prometheus.Desc
	shards  *prometheus.Desc
	waiting *prometheus.Desc
	workers *prometheus.Desc
}

func newMetrics(m *Master) *Metrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("porpoise_master_"+name, help, nil, nil)
	}
	return &Metrics{
		master:  m,
		commits: prometheus.NewCounter(prometheus.CounterOpts{Name: "porpoise_master_commits_total", Help: "Fenced transactions."}),
		rows:    prometheus.NewCounter(prometheus.CounterOpts{Name: "porpoise_master_rows_total", Help: "Rows written by fenced transactions."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "porpoise_master_refused_changes_total", Help: "Changes the database refused because their shard has another owner."}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "porpoise_master_commit_seconds", Help: "Duration of fenced transactions.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
		perTx: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "porpoise_master_commit_changes", Help: "Changes that shared a transaction.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		runs:    desc("runs", "Unfinished instances in memory."),
		shards:  desc("shards", "Shards owned."),
		waiting: desc("waiting_attempts", "Attempts that wait for a worker."),
		workers: desc("workers", "Connected workers."),
	}
}

// Committed counts a transaction.
func (s *Metrics) Committed(changes, rows int, took time.Duration) {
	s.commits.Inc()
	s.rows.Add(float64(rows))
	s.took.Observe(took.Seconds())
	s.perTx.Observe(float64(changes))
}

// Refused counts changes that came too late.
func (s *Metrics) Refused(changes int) { s.refused.Add(float64(changes)) }

// Metrics gives the collector to register.
func (m *Master) Metrics() prometheus.Collector { return m.stats }

// Describe implements prometheus.Collector.
func (s *Metrics) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector.
func (s *Metrics) Collect(ch chan<- prometheus.Metric) {
	s.commits.Collect(ch)
	s.rows.Collect(ch)
	s.refused.Collect(ch)
	s.took.Collect(ch)
	s.perTx.Collect(ch)
	if s.master.alerts != nil {
		s.master.alerts.Metrics().Collect(ch)
	}
	workers, waiting := s.master.hub.Workers()
	gauge := func(d *prometheus.Desc, v int) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	gauge(s.runs, s.master.claims.Runs())
	gauge(s.shards, len(s.master.claims.Owned()))
	gauge(s.waiting, waiting)
	gauge(s.workers, len(workers))
}
