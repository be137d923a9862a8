package cluster

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

// TestExternal runs nodes on a NATS that is none of theirs.
func TestExternal(t *testing.T) {
	t.Parallel()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	var nodes []*node
	for _, id := range []string{"a", "b", "c"} {
		cfg := testConfig(id)
		cfg.NATSURL = srv.ClientURL()
		nodes = append(nodes, start(t, cfg, func(c *Cluster) {
			c.Handle("id", func(context.Context, []byte) ([]byte, error) { return []byte(id), nil })
		}))
	}
	a, b, c := nodes[0], nodes[1], nodes[2]
	t.Logf("all respond %v after the last start", within(t, 10*time.Second, "all respond", full(3, nodes...)))
	if s := a.State(); s.Discovery != "nats" || s.Security != "none" {
		t.Errorf("state %+v", s)
	}
	if got := bodies(a.Ask(t.Context(), "id", nil)); got != "b c" {
		t.Errorf("replies %q", got)
	}
	b.kill()
	within(t, 3*time.Second, "the silent one is missed", a.stateOf("b", lasso.NodeDisconnected))
	if r := a.sees("b").Reason; r != "no sign of life for 325 ms" {
		t.Errorf("reason %q", r)
	}
	_ = c.stop()
	within(t, time.Second, "a goodbye", a.stateOf("c", lasso.NodeDisconnected))
	if r := a.sees("c").Reason; !strings.Contains(r, "goodbye") {
		t.Errorf("reason %q", r)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	a, b, c := trio(t, func(cfg *Config) { cfg.Expected = 3 })
	a.Ask(t.Context(), "x", nil)
	c.kill()
	within(t, 3*time.Second, "c is gone", a.stateOf("c", lasso.NodeDisconnected))
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(a)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := []string{strings.TrimPrefix(f.GetName(), "lasso_cluster_")}
			for _, l := range m.GetLabel() {
				name = append(name, l.GetValue())
			}
			got[strings.Join(name, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"nodes responding": 2, "nodes disconnected": 1, "nodes unresponsive": 0,
		"coverage_responding": 2, "coverage_total": 3, "expected_nodes": 3, "secured none": 0, "duplicate_nodes": 0,
		"asks_total some": 1, "asks_total all": 0, "lookup_failures_total": 0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v, want %v", name, v, want)
		}
	}
	if rtt := got["node_rtt_seconds b"]; rtt <= 0 || rtt > 1 {
		t.Errorf("round trip %v", rtt)
	}
	if _, ok := got["node_rtt_seconds c"]; ok {
		t.Error("a node that left has a round trip")
	}
	if s := b.sees("a"); s.Skew > 100*time.Millisecond || s.Skew < -100*time.Millisecond || s.RTT <= 0 || s.Next.IsZero() || s.Version != "v1" || len(s.Addresses) != 1 {
		t.Errorf("b knows a as %+v", s)
	}
}
