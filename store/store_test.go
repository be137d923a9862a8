package store_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

func TestWindowEdges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		window  lasso.Window
		age     time.Duration
		counted bool
	}{
		{lasso.Minute, 0, true},
		{lasso.Minute, 59 * time.Second, true},
		{lasso.Minute, 60 * time.Second, true},
		{lasso.Minute, 65*time.Second + 1, false},
		{lasso.Minute, 66 * time.Second, false},
		{lasso.FiveMinutes, 5 * time.Minute, true},
		{lasso.FiveMinutes, 5*time.Minute + 15*time.Second + 1, false},
		{lasso.FifteenMinutes, 15 * time.Minute, true},
		{lasso.FifteenMinutes, 16*time.Minute + 1, false},
		{lasso.Hour, time.Hour, true},
		{lasso.Hour, 65*time.Minute + 1, false},
		{lasso.Day, 24 * time.Hour, true},
		{lasso.Day, 25*time.Hour + 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.window.String()+" "+tt.age.String(), func(t *testing.T) {
			t.Parallel()
			for _, offset := range []time.Duration{0, time.Second, 4999 * time.Millisecond, 37 * time.Minute, 59 * time.Minute} {
				c := newClock()
				s := fresh(c)
				at := c.Advance(offset)
				s.Call(call(at, "eth_call", time.Millisecond))
				s.Attempt(attempt(at, "alchemy", "eth_call", time.Millisecond))
				c.Advance(tt.age)
				want := uint64(0)
				if tt.counted {
					want = 1
				}
				if got := s.Totals("public", 1, tt.window).Data.Calls; got != want {
					t.Errorf("offset %s: totals: got %d calls, want %d", offset, got, want)
				}
				if got := len(s.Leaderboard("public", 1, tt.window).Data); got != int(want) {
					t.Errorf("offset %s: leaderboard: got %d rows, want %d", offset, got, want)
				}
				if got := len(s.Methods("public", 1, "", tt.window).Data); got != int(want) {
					t.Errorf("offset %s: methods: got %d rows, want %d", offset, got, want)
				}
			}
		})
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	for range 5 {
		s.Call(call(c.Now(), "eth_call", time.Millisecond))
	}
	if got := s.Totals("public", 1, lasso.Minute).Data.PerSecond; got != 5 {
		t.Errorf("at once: got %v calls/s, want 5", got)
	}
	c.Advance(10 * time.Second)
	if got := s.Totals("public", 1, lasso.Hour).Data.PerSecond; got != 0.5 {
		t.Errorf("after 10 s: got %v calls/s, want 0.5", got)
	}
	// A steady load reads the same wherever the edge of the window lies.
	for range 300 {
		for range 10 {
			s.Call(call(c.Now(), "eth_call", time.Millisecond))
		}
		c.Advance(time.Second)
		if got := s.Totals("public", 1, lasso.Minute).Data.PerSecond; c.Now().Sub(epoch) > 80*time.Second && math.Abs(got-10) > 1e-9 {
			t.Fatalf("at %s: got %v calls/s, want 10", c.Now().Sub(epoch), got)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	c.Advance(30 * time.Second)
	for i, category := range []lasso.Category{
		lasso.OK, lasso.OK, lasso.ExecutionRevert, lasso.Timeout, lasso.Canceled, lasso.NoProvider,
	} {
		v := call(c.Now(), "eth_call", time.Duration(i+1)*time.Millisecond)
		v.Category, v.Failovers, v.Local = category, i%2, i == 0
		s.Call(v)

		a := attempt(c.Now(), "alchemy", "eth_call", time.Duration(i+1)*time.Millisecond)
		a.Category, a.Ordinal = category, i%2
		s.Attempt(a)
	}
	for range 2 {
		s.Attempt(attempt(c.Now(), "drpc", "eth_call", time.Millisecond))
	}
	probe := attempt(c.Now(), "drpc", "eth_blockNumber", time.Second)
	probe.Origin = lasso.System
	s.Attempt(probe)

	total := s.Totals("public", 1, lasso.Minute)
	want := lasso.CallFigures{
		Calls: 6, Failed: 3, Local: 1, Failovers: 3, BytesIn: 600, BytesOut: 6000, PerSecond: 0.2, SuccessRate: 0.6,
	}
	got := total.Data
	if got.Calls != want.Calls || got.Failed != want.Failed || got.Local != want.Local || got.Failovers != want.Failovers ||
		got.BytesIn != want.BytesIn || got.BytesOut != want.BytesOut || got.PerSecond != want.PerSecond || got.SuccessRate != want.SuccessRate {
		t.Errorf("totals: got %+v, want %+v", got, want)
	}
	if e := got.Errors; len(e) != 4 || e["execution_revert"] != 1 || e["timeout"] != 1 || e["canceled"] != 1 || e["no_provider"] != 1 {
		t.Errorf("errors: got %v", e)
	}
	if got.Latency.Avg != 2 || got.Latency.Max != 3 {
		t.Errorf("latency: got %+v, want avg 2, max 3", got.Latency)
	}
	if cov := total.Coverage; cov.Responding != 1 || cov.Total != 1 || cov.Missing == nil || len(cov.Missing) != 0 {
		t.Errorf("coverage: got %+v", cov)
	}

	rows := s.Leaderboard("public", 1, lasso.Minute).Data
	if len(rows) != 2 || rows[0].Provider != "alchemy" || rows[1].Provider != "drpc" {
		t.Fatalf("leaderboard: got %+v", rows)
	}
	a, d := rows[0], rows[1]
	if a.Calls != 6 || a.Errors != 2 || a.SuccessRate != 0.6 || a.TrafficShare != 0.75 || a.Failovers != 3 || !a.Cold || a.Probes != 0 {
		t.Errorf("alchemy: got %+v", a)
	}
	if d.Calls != 2 || d.Errors != 0 || d.SuccessRate != 1 || d.Probes != 1 || d.ProbesPerMin != 2 || d.Max != 1 ||
		math.Abs(d.ProbeShare-1.0/3) > 1e-12 {
		t.Errorf("drpc: got %+v", d)
	}

	methods := s.Methods("public", 1, "", lasso.Minute).Data
	if len(methods) != 1 || methods[0].Calls != 8 || methods[0].Errors != 2 || methods[0].Provider != "" || !methods[0].LastAt.Equal(c.Now()) {
		t.Errorf("methods: got %+v", methods)
	}
	both := s.MethodsByProvider("public", 1, lasso.Minute).Data
	if len(both) != 2 || both[0].Provider != "alchemy" || both[0].Calls != 6 || both[1].Provider != "drpc" || both[1].Calls != 2 {
		t.Errorf("methods by provider: got %+v", both)
	}
}

func TestAllChains(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	for chain := lasso.ChainID(1); chain <= 3; chain++ {
		for _, profile := range []lasso.ProfileID{"public", "private"} {
			v := call(c.Now(), "eth_call", time.Millisecond)
			v.Chain, v.Profile = chain, profile
			s.Call(v)
			a := attempt(c.Now(), "alchemy", "eth_call", time.Millisecond)
			a.Route.Chain, a.Route.Profile = chain, profile
			s.Attempt(a)
		}
	}
	if got := s.Totals("public", 0, lasso.Minute).Data.Calls; got != 3 {
		t.Errorf("all chains: got %d, want 3", got)
	}
	if got := s.Totals("", 0, lasso.Minute).Data.Calls; got != 6 {
		t.Errorf("all profiles: got %d, want 6", got)
	}
	if rows := s.Leaderboard("public", 0, lasso.Minute).Data; len(rows) != 1 || rows[0].Calls != 3 {
		t.Errorf("leaderboard: got %+v, want one row of 3", rows)
	}
	if rows := s.Methods("private", 2, "alchemy", lasso.Minute).Data; len(rows) != 1 || rows[0].Calls != 1 {
		t.Errorf("methods: got %+v, want one row of 1", rows)
	}
	if got := s.Totals("nobody", 7, lasso.Day).Data; got.Calls != 0 || got.Errors == nil || got.PerSecond != 0 {
		t.Errorf("unknown: got %+v", got)
	}
}

func TestQuantileAccuracy(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	draws := map[string]func() float64{ // milliseconds
		"uniform":     func() float64 { return 1 + rnd.Float64()*500 },
		"exponential": func() float64 { return rnd.ExpFloat64() * 30 },
		"bimodal": func() float64 {
			if rnd.IntN(10) == 0 {
				return 900 + rnd.NormFloat64()*50
			}
			return 25 + rnd.Float64()
		},
		"fast": func() float64 { return 0.002 + rnd.Float64()*0.05 },
	}
	for name, draw := range draws {
		c := newClock()
		s := fresh(c)
		exact := make([]float64, 20001)
		for i := range exact {
			d := time.Duration(max(draw(), 0.001) * float64(time.Millisecond))
			exact[i] = float64(d) / float64(time.Millisecond)
			s.Attempt(attempt(c.Now(), "alchemy", "eth_call", d))
		}
		slices.Sort(exact)
		got := s.Leaderboard("public", 1, lasso.Minute).Data[0].Quantiles
		for q, v := range map[float64]float64{.50: got.P50, .90: got.P90, .95: got.P95, .99: got.P99, 1: got.Max} {
			want := exact[int(q*float64(len(exact)-1))]
			if math.Abs(v-want) > 0.0101*want {
				t.Errorf("%s: p%v: got %v, want %v", name, q*100, v, want)
			}
		}
	}
}

func TestSeriesOfPoints(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	c.Advance(10 * time.Second)
	for i := range 3 {
		v := call(c.Now(), "eth_call", 40*time.Millisecond)
		v.Failovers = i
		s.Call(v)
		s.Attempt(attempt(c.Now(), "alchemy", "eth_call", 20*time.Millisecond))
	}
	v := call(c.Now(), "eth_call", time.Millisecond)
	v.Category = lasso.NoProvider
	s.Call(v)
	c.Advance(500 * time.Millisecond)

	for _, w := range lasso.Windows() {
		points := s.Series("public", 1, "", w).Data
		want := 60
		if w == lasso.Day {
			want = 96
		}
		if len(points) != want {
			t.Fatalf("%s: got %d points, want %d", w, len(points), want)
		}
		last := points[len(points)-1]
		if last.Calls != 4 || last.Failed != 1 || last.Failovers != 3 || last.Gap || math.Abs(last.P50-40) > 0.4 || math.Abs(last.P95-40) > 0.4 {
			t.Errorf("%s: last point: got %+v", w, last)
		}
		if first := points[0]; !first.Gap || first.Calls != 0 {
			t.Errorf("%s: first point: got %+v, want a gap", w, first)
		}
		if step := points[1].At.Sub(points[0].At); step != time.Duration(w)/time.Duration(want) {
			t.Errorf("%s: step: got %s", w, step)
		}
	}
	points := s.Series("public", 1, "alchemy", lasso.Minute).Data
	if last := points[59]; last.Calls != 3 || math.Abs(last.P50-20) > 0.2 {
		t.Errorf("provider: got %+v", last)
	}
	if gap, running := points[48], points[49]; !gap.Gap || running.Gap {
		t.Errorf("the gap ends at %+v, %+v; want it at the start of the process", gap, running)
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	for _, d := range []time.Duration{10 * time.Microsecond, time.Millisecond, 50 * time.Millisecond, 3999 * time.Millisecond, time.Minute} {
		s.Attempt(attempt(c.Now(), "alchemy", "eth_call", d))
		s.Call(call(c.Now(), "eth_call", d))
	}
	for _, provider := range []lasso.ProviderID{"alchemy", ""} {
		bins := s.Histogram("public", 1, provider, lasso.Minute)
		if len(bins) != 22 || bins[21].UpTo != 4000 {
			t.Fatalf("got %d bins up to %v", len(bins), bins[len(bins)-1].UpTo)
		}
		var sum uint64
		for i, b := range bins {
			sum += b.Count
			if i > 0 && bins[i-1].UpTo < 50 && b.UpTo >= 50 && b.Count != 1 {
				t.Errorf("bin up to %v: got %d, want 1", b.UpTo, b.Count)
			}
		}
		if sum != 5 || bins[0].Count != 2 || bins[21].Count != 2 {
			t.Errorf("got %v", bins)
		}
	}
	if bins := s.Histogram("public", 1, "nobody", lasso.Minute); len(bins) != 22 || bins[0].Count != 0 {
		t.Errorf("no data: got %v", bins)
	}
}

func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	c.Advance(2 * time.Hour)
	at := c.Now()
	record := func(at time.Time) {
		s.Call(call(at, "eth_call", time.Millisecond))
		s.Attempt(attempt(at, "alchemy", "eth_call", time.Millisecond))
	}
	record(at)
	record(at.Add(1000 * time.Hour))     // the future counts as now
	record(at.Add(-10 * time.Second))    // late
	record(time.Time{})                  // no time counts as now
	record(at.Add(-1000000 * time.Hour)) // before everything
	if got := s.Totals("public", 1, lasso.Minute).Data.Calls; got != 4 {
		t.Errorf("got %d calls in a minute, want 4", got)
	}
	c.Advance(-time.Hour)
	record(c.Now()) // an hour old, for the store
	if got := s.Totals("public", 1, lasso.Hour).Data; got.Calls != 5 || got.PerSecond < 0 {
		t.Errorf("after a step back: got %+v, want 5 calls", got)
	}
	for _, p := range s.Series("public", 1, "", lasso.Hour).Data {
		if p.Calls > 10 {
			t.Errorf("got %+v", p)
		}
	}
	c.Advance(time.Hour + 30*time.Second)
	if got := s.Leaderboard("public", 1, lasso.Minute).Data; len(got) != 1 || got[0].Calls != 4 {
		t.Errorf("after the clock is right again: got %+v, want 4 attempts", got)
	}
}

func TestCacheIsYoung(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newNode(store.Config{Now: c.Now})
	s.Call(call(c.Now(), "eth_call", time.Millisecond))
	s.Totals("public", 1, lasso.Minute)
	s.Call(call(c.Now(), "eth_call", time.Millisecond))
	c.Advance(900 * time.Millisecond)
	if got := s.Totals("public", 1, lasso.Minute); got.Data.Calls != 1 || got.Age != 900*time.Millisecond {
		t.Errorf("got %d calls, age %s; want 1 and 900ms", got.Data.Calls, got.Age)
	}
	c.Advance(100 * time.Millisecond)
	if got := s.Totals("public", 1, lasso.Minute); got.Data.Calls != 2 || got.Age != 0 {
		t.Errorf("got %d calls, age %s; want 2 and 0", got.Data.Calls, got.Age)
	}
	s.Attempt(attempt(c.Now(), "alchemy", "eth_call", time.Millisecond))
	rows := s.Leaderboard("public", 1, lasso.Minute).Data
	rows[0].Name = "Alchemy"
	if again := s.Leaderboard("public", 1, lasso.Minute).Data; again[0].Name != "" {
		t.Error("a caller's change shows in the cache")
	}
}

// TestConcurrentRecordingIsExact records from 32 goroutines while others read.
func TestConcurrentRecordingIsExact(t *testing.T) {
	t.Parallel()
	const writers, each = 32, 500
	s := newNode(store.Config{CacheFor: -1})
	stop := make(chan struct{})
	var readers, recorders sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s.Totals("public", 0, lasso.Minute)
				s.Leaderboard("public", 1, lasso.Day)
				s.MethodsByProvider("public", 1, lasso.Hour)
				s.Series("public", 1, "provider-1", lasso.FiveMinutes)
				s.Errors("public", 1, "", lasso.Hour)
				s.History("public", 1, "provider-1")
				s.Feed(lasso.FeedQuery{Limit: 20})
			}
		})
	}
	for w := range writers {
		recorders.Go(func() {
			for i := range each {
				provider := "provider-" + strconv.Itoa(i%4)
				a := attempt(time.Now(), provider, "method-"+strconv.Itoa(w%5), spread(uint64(i)))
				if i%10 == 0 {
					a.Category, a.Message = lasso.ServerError, "HTTP 502"
				}
				s.Attempt(a)
				s.Call(call(time.Now(), "method-"+strconv.Itoa(w%5), spread(uint64(i))))
				s.Observe(time.Now(), []lasso.ProviderState{{
					Profile: "public", Chain: 1, Provider: lasso.ProviderID(provider), Condition: lasso.Condition{Status: lasso.Healthy},
				}})
			}
		})
	}
	recorders.Wait()
	close(stop)
	readers.Wait()

	if got := s.Totals("public", 1, lasso.FiveMinutes).Data.Calls; got != writers*each {
		t.Errorf("got %d calls, want %d", got, writers*each)
	}
	var attempts, failed, methods uint64
	for _, r := range s.Leaderboard("public", 1, lasso.FiveMinutes).Data {
		attempts, failed = attempts+r.Calls, failed+r.Errors
	}
	for _, r := range s.MethodsByProvider("public", 1, lasso.FiveMinutes).Data {
		methods += r.Calls
	}
	if attempts != writers*each || failed != writers*each/10 || methods != writers*each {
		t.Errorf("got %d attempts, %d failed, %d by method; want %d, %d", attempts, failed, methods, writers*each, writers*each/10)
	}
	if e := s.Errors("public", 1, "", lasso.FiveMinutes); len(e) != 1 || e[0].Count != writers*each/10 {
		t.Errorf("got errors %+v", e)
	}
}

func TestRunDropsWhatIsUnused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newNode(store.Config{CacheFor: -1})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()

		s.Attempt(attempt(time.Now(), "alchemy", "eth_call", time.Millisecond))
		s.Attempt(attempt(time.Now(), "alchemy", "eth_getLogs", time.Millisecond))
		s.Attempt(attempt(time.Now(), "drpc", "eth_call", time.Millisecond))
		s.Call(call(time.Now(), "eth_call", time.Millisecond))
		for range 26 {
			<-time.After(time.Hour)
			s.Attempt(attempt(time.Now(), "alchemy", "eth_call", time.Millisecond))
		}
		synctest.Wait()
		metrics := gather(t, s)
		if got := metrics["lasso_store_series"]; got != 1 {
			t.Errorf("got %v series, want 1", got)
		}
		if got := metrics[`lasso_attempts_total{category="ok",chain="1",origin="client",profile="public",provider="alchemy",transport="http"}`]; got != 28 {
			t.Errorf("got %v attempts, want 28: a route that is used keeps its count", got)
		}
		for name := range metrics {
			if name == `lasso_calls_total{chain="1",method="eth_call",outcome="ok",profile="public"}` {
				t.Errorf("%s is still there", name)
			}
		}
		if got := s.Leaderboard("public", 1, lasso.Day).Data; len(got) != 1 || got[0].Provider != "alchemy" || got[0].Calls < 24 {
			t.Errorf("got %+v", got)
		}
		s.Attempt(attempt(time.Now(), "drpc", "eth_call", time.Millisecond))
		if got := s.Leaderboard("public", 1, lasso.Minute).Data; len(got) != 2 {
			t.Errorf("a provider that comes back: got %+v", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}
