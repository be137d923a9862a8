package store_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// gather returns all counters and gauges, and the counts of histograms, by
// name and labels.
func gather(t *testing.T, s *node) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(s); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := f.GetName()
			if len(labels) > 0 {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			values[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	for _, category := range []lasso.Category{lasso.OK, lasso.OK, lasso.ExecutionRevert, lasso.Timeout} {
		v := call(c.Now(), "eth_call", time.Millisecond)
		v.Category, v.Failovers = category, 2
		s.Call(v)
		a := attempt(c.Now(), "alchemy", "eth_call", time.Millisecond)
		a.Category = category
		s.Attempt(a)
		a.Origin = lasso.System
		s.Attempt(a)
	}
	s.Event(lasso.Event{Kind: lasso.EventBreaker})
	s.Event(lasso.Event{Kind: "invented"})
	got := gather(t, s)
	route := `chain="1",%sprofile="public",provider="alchemy",transport="http"}`
	for name, want := range map[string]float64{
		`lasso_calls_total{chain="1",method="eth_call",outcome="ok",profile="public"}`:                2,
		`lasso_calls_total{chain="1",method="eth_call",outcome="application_error",profile="public"}`: 1,
		`lasso_calls_total{chain="1",method="eth_call",outcome="failed",profile="public"}`:            1,
		`lasso_call_duration_seconds{chain="1",profile="public"}`:                                     3,
		`lasso_failovers_total{chain="1",profile="public"}`:                                           8,
		`lasso_request_bytes_total{chain="1",profile="public"}`:                                       400,
		`lasso_response_bytes_total{chain="1",profile="public"}`:                                      4000,
		`lasso_attempts_total{category="ok",` + fmt.Sprintf(route, `origin="client",`):                2,
		`lasso_attempts_total{category="timeout",` + fmt.Sprintf(route, `origin="system",`):           1,
		`lasso_attempt_duration_seconds{` + fmt.Sprintf(route, ""):                                    3,
		`lasso_store_series`:                      2,
		`lasso_store_series_folded_total`:         0,
		`lasso_store_dropped_total`:               0,
		`lasso_feed_events_total{kind="call"}`:    4,
		`lasso_feed_events_total{kind="breaker"}`: 1,
		`lasso_feed_events_total{kind="other"}`:   1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s: got %v (%v), want %v", name, v, ok, want)
		}
	}
	if problems, err := testutil.CollectAndLint(s); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestFolding(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newNode(store.Config{Now: c.Now, MaxSeries: 3, CacheFor: -1})
	for i := range 10 {
		for range 2 {
			s.Attempt(attempt(c.Now(), "alchemy", fmt.Sprintf("method-%d", i), time.Millisecond))
			s.Call(call(c.Now(), fmt.Sprintf("method-%d", i), time.Millisecond))
		}
	}
	s.Attempt(attempt(c.Now(), "drpc", "method-0", time.Millisecond))
	rows := s.MethodsByProvider("public", 1, lasso.Minute).Data
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s/%s=%d", r.Provider, r.Method, r.Calls))
	}
	want := "alchemy/other=14 alchemy/method-0=2 alchemy/method-1=2 alchemy/method-2=2 drpc/other=1"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if n := s.Totals("public", 1, lasso.Minute).Data.Calls; n != 20 {
		t.Errorf("got %d calls, want 20", n)
	}
	m := gather(t, s)
	if m["lasso_store_series"] != 5 || m["lasso_store_series_folded_total"] != 14+14+1 {
		t.Errorf("got %v series, %v folded", m["lasso_store_series"], m["lasso_store_series_folded_total"])
	}
	if n := m[`lasso_calls_total{chain="1",method="other",outcome="ok",profile="public"}`]; n != 14 {
		t.Errorf("got %v calls of other, want 14", n)
	}
}

// TestMetricsTellTheSuccessRate works out the success rate of a chain from its
// counters: those who left before their answer count on neither side.
func TestMetricsTellTheSuccessRate(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	for _, category := range append(lasso.Categories(), lasso.OK, lasso.OK, lasso.Canceled) {
		v := call(c.Now(), "eth_call", time.Millisecond)
		v.Category = category
		s.Call(v)
	}
	m := gather(t, s)
	outcome := func(name string) float64 {
		return m[`lasso_calls_total{chain="1",method="eth_call",outcome="`+name+`",profile="public"}`]
	}
	answered := outcome("ok") + outcome("application_error")
	total := s.Totals("public", 1, lasso.Minute).Data
	if got := answered / (answered + outcome("failed")); math.Abs(got-total.SuccessRate) > 1e-12 {
		t.Errorf("the metrics say %v, the totals %v", got, total.SuccessRate)
	}
	if got := outcome("canceled"); got != 2 || float64(total.Calls) != answered+outcome("failed")+got {
		t.Errorf("got %v canceled, %v answered, %v failed; want 2 of %d", got, answered, outcome("failed"), total.Calls)
	}
}
