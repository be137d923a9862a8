package main

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

func TestCPUMeter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	m := &cpuMeter{at: at}
	for i, tt := range []struct {
		after, used time.Duration
		want        float64
		span        time.Duration
	}{
		{10 * time.Second, 5 * time.Second, 50, 10 * time.Second},
		{10*time.Second + 900*time.Millisecond, 9 * time.Second, 50, 10 * time.Second}, // too soon to tell
		{12 * time.Second, 9 * time.Second, 200, 2 * time.Second},
		{14 * time.Second, 9 * time.Second, 0, 2 * time.Second},
	} {
		if got, span := m.read(at.Add(tt.after), tt.used); got != tt.want || span != tt.span {
			t.Errorf("reading %d: got %v %% over %v, want %v over %v", i, got, span, tt.want, tt.span)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	buckets := []float64{0, 0.001, 0.002, 0.004, math.Inf(1)}
	for name, tt := range map[string]struct {
		counts []uint64
		want   time.Duration
	}{
		"none":         {[]uint64{0, 0, 0, 0}, 0},
		"one":          {[]uint64{0, 1, 0, 0}, 2 * time.Millisecond},
		"a tail":       {[]uint64{98, 0, 2, 0}, 4 * time.Millisecond},
		"a small tail": {[]uint64{99, 0, 1, 0}, time.Millisecond},
		"beyond":       {[]uint64{0, 0, 0, 5}, 4 * time.Millisecond},
	} {
		if got := quantile(&metrics.Float64Histogram{Counts: tt.counts, Buckets: buckets}, 0.99); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

// TestReadGo: everything that is asked of the Go runtime is known to it.
func TestReadGo(t *testing.T) {
	t.Parallel()
	runtime.GC()
	var r lasso.Runtime
	readGo(&r)
	if r.Goroutines == 0 || r.HeapInUse == 0 || r.HeapGoal == 0 || r.GCs == 0 || r.PauseP99 == 0 || r.LastPause == 0 || r.LastGC.IsZero() || r.GCCPU <= 0 || r.GCCPU > 1 {
		t.Errorf("got %+v: something is not told", r)
	}
	cpu, rss, files, limit := processUse()
	if runtime.GOOS == "linux" && (cpu == 0 || rss == 0 || files == 0 || limit < files) {
		t.Errorf("process: %v, %d bytes, %d of %d files", cpu, rss, files, limit)
	}
}
