package cluster

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

var _ prometheus.Collector = (*Cluster)(nil)

// maxNodeSeries bounds the nodes with series of their own.
const maxNodeSeries = 128

// counts are what happened since the start.
type counts struct {
	lookupFailures, lostEvents, slow, refused, published atomic.Uint64
	asksFull, asksPartial, askNanos                      atomic.Uint64
}

func (c *counts) asked(took time.Duration, full bool) {
	if full {
		c.asksFull.Add(1)
	} else {
		c.asksPartial.Add(1)
	}
	c.askNanos.Add(uint64(max(took, 0)))
}

type descriptions struct {
	nodes, responding, total, expected, secured, duplicates, peers *prometheus.Desc
	rtt, skew                                                      *prometheus.Desc
	asks, askSeconds, published, lost, slow, refused, lookups      *prometheus.Desc
}

func newDescriptions() descriptions {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("lasso_cluster_"+name, help, labels, nil)
	}
	return descriptions{
		nodes:      desc("nodes", "Known nodes by state, this one included.", "state"),
		responding: desc("coverage_responding", "Nodes that respond, this one included."),
		total:      desc("coverage_total", "Nodes that are known, this one included."),
		expected:   desc("expected_nodes", "Nodes there should be; 0: not configured."),
		secured:    desc("secured", "1 where the mesh is secured, by how.", "by"),
		duplicates: desc("duplicate_nodes", "Nodes that share their id with another process."),
		peers:      desc("problem_peers", "Peers that were met and are not in the cluster."),
		rtt:        desc("node_rtt_seconds", "Round trip to a node at its last answer.", "node"),
		skew:       desc("node_clock_skew_seconds", "Clock of a node minus ours, at half the round trip.", "node"),
		asks:       desc("asks_total", "Questions put to all nodes, by whether all known nodes answered.", "answered"),
		askSeconds: desc("ask_seconds_total", "Time that questions to all nodes took."),
		published:  desc("published_total", "Messages published to other nodes."),
		lost:       desc("events_lost_total", "Topology events that a subscriber was too slow for."),
		slow:       desc("slow_consumer_total", "Times that messages were dropped because a handler was too slow."),
		refused:    desc("refused_total", "Messages of peers that were not valid, not expected or not from a known node."),
		lookups:    desc("lookup_failures_total", "Look-ups of discovery that failed."),
	}
}

func (d *descriptions) all() []*prometheus.Desc {
	return []*prometheus.Desc{
		d.nodes, d.responding, d.total, d.expected, d.secured, d.duplicates, d.peers, d.rtt, d.skew,
		d.asks, d.askSeconds, d.published, d.lost, d.slow, d.refused, d.lookups,
	}
}

// Describe implements prometheus.Collector.
func (c *Cluster) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs.all() {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Cluster) Collect(ch chan<- prometheus.Metric) {
	d := &c.descs
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	counter := func(desc *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(v), labels...)
	}
	s := c.State()
	states := map[lasso.NodeState]int{}
	duplicates := 0
	seen := map[lasso.NodeID]bool{}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		states[n.State]++
		if n.Duplicate {
			duplicates++
		}
		if n.Self || n.RTT == 0 || n.State == lasso.NodeDisconnected || seen[n.ID] || len(seen) >= maxNodeSeries {
			continue
		}
		seen[n.ID] = true
		gauge(d.rtt, n.RTT.Seconds(), string(n.ID))
		gauge(d.skew, n.Skew.Seconds(), string(n.ID))
	}
	for _, st := range lasso.NodeStates() {
		gauge(d.nodes, float64(states[st]), st.String())
	}
	gauge(d.responding, float64(s.Coverage.Responding))
	gauge(d.total, float64(s.Coverage.Total))
	gauge(d.expected, float64(s.Expected))
	gauge(d.duplicates, float64(duplicates))
	gauge(d.peers, float64(len(s.Problems)))
	secured := 0.0
	if s.Security != secureNone {
		secured = 1
	}
	gauge(d.secured, secured, s.Security)
	counter(d.asks, c.counts.asksFull.Load(), "all")
	counter(d.asks, c.counts.asksPartial.Load(), "some")
	ch <- prometheus.MustNewConstMetric(d.askSeconds, prometheus.CounterValue, time.Duration(c.counts.askNanos.Load()).Seconds()) //nolint:gosec // 292 years
	counter(d.published, c.counts.published.Load())
	counter(d.lost, c.counts.lostEvents.Load())
	counter(d.slow, c.counts.slow.Load())
	counter(d.refused, c.counts.refused.Load())
	counter(d.lookups, c.counts.lookupFailures.Load())
}
