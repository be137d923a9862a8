package store

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

var _ prometheus.Collector = (*Store)(nil)

// metrics are the descriptions of what Collect sends, and the histograms,
// which client_golang keeps.
type metrics struct {
	calls, attempts, failovers  *prometheus.Desc
	requestBytes, responseBytes *prometheus.Desc
	series, folded, dropped     *prometheus.Desc
	feedEvents                  *prometheus.Desc
	callSeconds, attemptSeconds *prometheus.HistogramVec
}

func newMetrics() *metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help,
			Buckets:                        []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor:    1.1,
			NativeHistogramMaxBucketNumber: 160, // above it, resolution is halved; nothing is reset
		}, labels)
	}
	return &metrics{
		calls: desc("lasso_calls_total", "Client calls, by what they came to.",
			"profile", "chain", "method", "outcome"),
		attempts: desc("lasso_attempts_total", "Attempts on providers, by who caused them and by category.",
			"profile", "chain", "provider", "transport", "origin", "category"),
		failovers: desc("lasso_failovers_total", "Attempts after the first one of a client call.",
			"profile", "chain"),
		requestBytes: desc("lasso_request_bytes_total", "Bytes of client calls received.",
			"profile", "chain"),
		responseBytes: desc("lasso_response_bytes_total", "Bytes of answers sent to clients.",
			"profile", "chain"),
		series: desc("lasso_store_series", "Series of attempts that are kept."),
		folded: desc("lasso_store_series_folded_total",
			"Records counted under method \"other\" because there were too many series."),
		dropped: desc("lasso_store_dropped_total",
			"Records left out of the windows because they were too old when they came."),
		feedEvents: desc("lasso_feed_events_total", "Items put into the activity feed.",
			"kind"),
		callSeconds: histogram("lasso_call_duration_seconds",
			"Time from arrival to answer of answered client calls.", "profile", "chain"),
		attemptSeconds: histogram("lasso_attempt_duration_seconds",
			"Time from dispatch to the last byte of answered client attempts.",
			"profile", "chain", "provider", "transport"),
	}
}

// forget removes the histograms of a group that expired.
func (m *metrics) forget(k groupKey) {
	labels := prometheus.Labels{"profile": string(k.profile), "chain": k.chain.String()}
	if k.provider == "" {
		m.callSeconds.DeletePartialMatch(labels)
		return
	}
	labels["provider"] = string(k.provider)
	m.attemptSeconds.DeletePartialMatch(labels)
}

// Describe implements prometheus.Collector.
func (s *Store) Describe(ch chan<- *prometheus.Desc) {
	m := s.metrics
	for _, d := range []*prometheus.Desc{
		m.calls, m.attempts, m.failovers, m.requestBytes, m.responseBytes, m.series, m.folded, m.dropped, m.feedEvents,
	} {
		ch <- d
	}
	m.callSeconds.Describe(ch)
	m.attemptSeconds.Describe(ch)
}

// Collect implements prometheus.Collector. The counters are exact and count
// since the process started, or since the labels were first used again after a
// day without use. The chain label is the decimal chain id.
func (s *Store) Collect(ch chan<- prometheus.Metric) {
	idx := s.index.Load()
	for _, g := range idx.groups {
		if g.key.provider == "" {
			s.collectCalls(ch, g)
		} else {
			s.collectAttempts(ch, g)
		}
	}
	m := s.metrics
	ch <- prometheus.MustNewConstMetric(m.series, prometheus.GaugeValue, float64(len(idx.series)))
	ch <- counter(m.folded, s.folded.Load())
	ch <- counter(m.dropped, s.dropped.Load())
	s.feed.collect(ch, m.feedEvents)
	m.callSeconds.Collect(ch)
	m.attemptSeconds.Collect(ch)
}

func (s *Store) collectCalls(ch chan<- prometheus.Metric, g *group) {
	type line struct {
		method   string
		outcomes [outcomeCount]uint64
	}
	g.mu.Lock()
	lifetime := g.lifetime
	lines := make([]line, len(g.methods))
	for i, c := range g.methods {
		lines[i] = line{c.key.method, c.outcomes}
	}
	g.mu.Unlock()

	m, profile, chain := s.metrics, string(g.key.profile), g.key.chain.String()
	for _, l := range lines {
		for o, n := range l.outcomes {
			if n > 0 {
				ch <- counter(m.calls, n, profile, chain, l.method, outcome(o).String())
			}
		}
	}
	ch <- counter(m.failovers, lifetime.failovers, profile, chain)
	ch <- counter(m.requestBytes, lifetime.in, profile, chain)
	ch <- counter(m.responseBytes, lifetime.out, profile, chain)
}

func (s *Store) collectAttempts(ch chan<- prometheus.Metric, g *group) {
	var counts [len(g.routes)][2][maxCategories]uint64
	g.mu.Lock()
	for i, r := range g.routes {
		if r != nil {
			counts[i] = r.attempts
		}
	}
	g.mu.Unlock()

	profile, chain, provider := string(g.key.profile), g.key.chain.String(), string(g.key.provider)
	for transport, byOrigin := range counts {
		for origin, byCategory := range byOrigin {
			for category, n := range byCategory {
				if n == 0 {
					continue
				}
				ch <- counter(s.metrics.attempts, n, profile, chain, provider,
					lasso.Transport(transport).String(), lasso.Origin(origin).String(), lasso.Category(category).String())
			}
		}
	}
}

func (f *feed) collect(ch chan<- prometheus.Metric, d *prometheus.Desc) {
	f.mu.Lock()
	total, counts := f.total, maps.Clone(f.counts)
	f.mu.Unlock()
	ch <- counter(d, total, "call")
	for kind, n := range counts {
		ch <- counter(d, n, string(kind))
	}
}

func counter(d *prometheus.Desc, n uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}
