package web

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
)

// slow answers after a while, counts, and watches how many are in flight.
type slow struct {
	takes               time.Duration
	calls, flying, most atomic.Int64
}

func (s *slow) send(context.Context) lasso.Category {
	s.calls.Add(1)
	if n := s.flying.Add(1); n > s.most.Load() {
		s.most.Store(n)
	}
	defer s.flying.Add(-1)
	wait := time.NewTimer(s.takes)
	<-wait.C
	if s.calls.Load()%10 == 0 {
		return lasso.Timeout
	}
	return lasso.OK
}

func TestLoadPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l loadRunner
		s := &slow{takes: 20 * time.Millisecond}
		if err := l.start(t.Context(), loadPlan{rate: 100, seconds: 5}, s.send, time.Now); err != nil {
			t.Fatal(err)
		}
		if err := l.start(t.Context(), loadPlan{rate: 1, seconds: 1}, s.send, time.Now); !errors.Is(err, errLoadRunning) {
			t.Errorf("a second run: %v", err)
		}
		begin := time.Now()
		l.wait(t.Context())
		v := l.last().view(time.Now())
		if s.calls.Load() != 500 || v.Done != 500 || v.Skipped != 0 || v.Running || v.Stopped {
			t.Errorf("%d calls, %+v", s.calls.Load(), v)
		}
		if took := time.Since(begin); took < 5*time.Second || took > 5100*time.Millisecond {
			t.Errorf("took %v, want 5 s", took)
		}
		if v.Achieved < 99 || v.Achieved > 100 || v.P50 != 20 || v.P99 != 20 {
			t.Errorf("achieved %v, p50 %v, p99 %v", v.Achieved, v.P50, v.P99)
		}
		if n := v.Outcomes[0].Count + v.Outcomes[1].Count; n != 500 || v.Outcomes[0].Category != "ok" || !v.Outcomes[0].Answered || v.Outcomes[1].Answered {
			t.Errorf("outcomes %v", v.Outcomes)
		}
		if err := l.start(t.Context(), loadPlan{rate: 1, seconds: 1}, s.send, time.Now); err != nil {
			t.Errorf("the next run: %v", err)
		}
		l.wait(t.Context())
	})
}

// TestLoadBounds: whatever is asked for, no more than the limits are sent.
func TestLoadBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l loadRunner
		s := &slow{takes: 10 * time.Second}
		if err := l.start(t.Context(), loadPlan{rate: loadMostRate, seconds: loadMostTime}, s.send, time.Now); err != nil {
			t.Fatal(err)
		}
		l.wait(t.Context())
		v := l.last().view(time.Now())
		if s.most.Load() > loadSenders {
			t.Errorf("%d in flight, limit %d", s.most.Load(), loadSenders)
		}
		if v.Planned != loadMostCalls || v.Done+v.Skipped != loadMostCalls || v.Skipped == 0 || int64(v.Done) != s.calls.Load() {
			t.Errorf("planned %d, done %d, not sent %d", v.Planned, v.Done, v.Skipped)
		}
	})
}

func TestLoadStops(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*loadRunner, context.CancelFunc){
		"by hand":         func(l *loadRunner, _ context.CancelFunc) { l.stop() },
		"with the server": func(l *loadRunner, _ context.CancelFunc) { l.close() },
		"with its base":   func(_ *loadRunner, cancel context.CancelFunc) { cancel() },
	} {
		synctest.Test(t, func(t *testing.T) {
			var l loadRunner
			s := &slow{takes: 50 * time.Millisecond}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if err := l.start(ctx, loadPlan{rate: 10, seconds: 30}, s.send, time.Now); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			time.AfterFunc(2*time.Second, func() { end(&l, cancel) })
			l.wait(t.Context())
			if took := time.Since(begin); took > 2100*time.Millisecond || s.calls.Load() > 20 || s.flying.Load() != 0 {
				t.Errorf("%s: %d calls, %v, %d in flight", name, s.calls.Load(), took, s.flying.Load())
			}
			if v := l.last().view(time.Now()); name == "by hand" && !v.Stopped {
				t.Errorf("%s: %+v", name, v)
			}
			if err := l.start(t.Context(), loadPlan{rate: 1, seconds: 1}, s.send, time.Now); name == "with the server" && !errors.Is(err, errLoadClosed) {
				t.Errorf("a run after the end: %v", err)
			}
			l.close()
			l.wait(t.Context())
		})
	}
}

func TestLoadWaitGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l loadRunner
		s := &slow{takes: time.Minute}
		if err := l.start(t.Context(), loadPlan{rate: 10, seconds: 1}, s.send, time.Now); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		l.close()
		l.wait(ctx)
		if took := time.Since(begin); took != 3*time.Second && took != 0 {
			t.Errorf("waited %v", took)
		}
		l.wait(t.Context())
	})
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var values []time.Duration
	if got := quantileOf(values, 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	for i := range 100 {
		values = append(values, time.Duration(i+1)*time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 50, 0.95: 95, 0.99: 99, 1: 100} {
		if got := quantileOf(values, q); got != want {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	var n uint64
	bins := histogramOf([]time.Duration{0, time.Microsecond, time.Millisecond, 5 * time.Millisecond, 4 * time.Second, time.Hour})
	for _, b := range bins {
		n += b.Count
	}
	if n != 6 || bins[0].Count != 3 || bins[loadBins-1].Count != 2 {
		t.Errorf("bins %v", bins)
	}
}
