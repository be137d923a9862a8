package proxy_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// TestDegraded: faults that never come in a row open no circuit, but they show.
func TestDegraded(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()}, every(time.Hour))
	r.run()
	eventually(t, "seen healthy", func() bool { // by the watch too: then the time is kept
		c, again := r.state("a").Condition, r.state("a").Condition
		return c.Status == lasso.Healthy && c.Since.Equal(again.Since)
	})
	n.Script(func(request uint64, _ string, _ json.RawMessage) *simnode.Answer {
		if request%4 == 0 {
			return &simnode.Answer{Status: 500}
		}
		return nil
	})
	for range 40 {
		r.call("eth_blockNumber", "[]")
	}
	s := r.state("a")
	want(t, "status", s.Condition.Status, lasso.Degraded)
	want(t, "reason", s.Condition.Reason, "Success 75.00 % over 60 s, limit 97 %")
	want(t, "circuit", s.Routes[0].Breaker.State, lasso.Closed)
	eventually(t, "an event tells of it", func() bool { return slices.Contains(r.rec.Titles(), "a: Degraded") })
	since := r.state("a").Condition.Since
	r.call("eth_blockNumber", "[]")
	want(t, "since", r.state("a").Condition.Since, since)
	r.clock.Advance(2 * time.Minute)
	eventually(t, "an event tells that it is over", func() bool { return slices.Contains(r.rec.Titles(), "a: Healthy") })
	want(t, "status after two quiet minutes", r.state("a").Condition.Status, lasso.Healthy)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
	for range 6 {
		r.call("eth_blockNumber", "[]")
	}
	r.post(`{"id":1,"method":"eth_call"}`, pin("a"))
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(r.Proxy)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			got[f.GetName()+" "+strings.Join(labels, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	for name, value := range map[string]float64{
		"lasso_breaker_state 1 public a http":          2,
		"lasso_breaker_state 1 public b http":          0,
		"lasso_provider_height_blocks 1 public b http": 1000,
		"lasso_chain_usable_providers 1 public":        1,
		"lasso_chain_head_blocks 1 public":             1000,
		"lasso_selection_excluded_total circuit":       2,
		"lasso_calls_without_provider_total ":          1,
	} {
		if v, ok := got[name]; !ok || v != value {
			t.Errorf("%s = %v (%v), want %v", name, v, ok, value)
		}
	}
}

// broken is a recorder with a defect.
type broken struct{ recorder }

func (*broken) Attempt(lasso.Attempt) { panic("defect") }

// TestPanicIsContained: a defect ends the call it concerns, and no other.
func TestPanicIsContained(t *testing.T) {
	t.Parallel()
	n := startNode(t, "a")
	r := newRig(t, []*lasso.Provider{n.provider()})
	p := proxy.New(proxy.Config{}, &broken{}, slog.New(slog.DiscardHandler))
	if err := p.Load(r.Catalog()); err != nil {
		t.Fatal(err)
	}
	req := &lasso.Request{Profile: r.profile, Chain: r.chain, At: time.Now(), Body: []byte(`[{"id":1,"method":"eth_call"},{"id":2,"method":"eth_chainId"}]`)}
	want(t, "batch", string(p.Serve(t.Context(), req).Body),
		`[{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}},{"jsonrpc":"2.0","id":2,"result":"0x1"}]`)
	req.Body = []byte(`{"id":3,"method":"eth_call"}`)
	want(t, "single", string(p.Serve(t.Context(), req).Body), `{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"Internal error"}}`)
}
