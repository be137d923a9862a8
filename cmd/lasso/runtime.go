package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// cpuSpan is the least time over which the use of processors is measured.
const cpuSpan = time.Second

// cpuMeter tells how much of the processors the process uses. Safe for
// concurrent use.
type cpuMeter struct {
	mu      sync.Mutex
	at      time.Time
	used    time.Duration
	percent float64
	span    time.Duration
}

// read is the use since the reading before it that is at least a second old,
// in per cent of one processor, and the time between the two.
func (m *cpuMeter) read(now time.Time, used time.Duration) (percent float64, span time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if past := now.Sub(m.at); past >= cpuSpan {
		m.percent, m.span = math.Round(1000*float64(max(used-m.used, 0))/float64(past))/10, past
		m.at, m.used = now, used
	}
	return m.percent, m.span
}

// The figures of the Go runtime. Reading them stops nothing.
const (
	metricGoroutines = "/sched/goroutines:goroutines"
	metricObjects    = "/memory/classes/heap/objects:bytes"
	metricUnused     = "/memory/classes/heap/unused:bytes"
	metricGoal       = "/gc/heap/goal:bytes"
	metricCycles     = "/gc/cycles/total:gc-cycles"
	metricPauses     = "/sched/pauses/total/gc:seconds"
	metricGCCPU      = "/cpu/classes/gc/total:cpu-seconds"
	metricIdleCPU    = "/cpu/classes/idle:cpu-seconds"
	metricAllCPU     = "/cpu/classes/total:cpu-seconds"
)

// runtime is how the process stands now. It is called when somebody looks.
func (n *node) runtime() lasso.Runtime {
	now := time.Now()
	r := lasso.Runtime{
		At: now, Started: n.started, Version: version(), Revision: revision(), GoVersion: runtime.Version(),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Procs: runtime.GOMAXPROCS(0),
	}
	used, rss, files, limit := processUse()
	r.CPUPercent, r.CPUSpan = n.cpu.read(now, used)
	r.RSS, r.Files, r.FileLimit = rss, files, limit
	readGo(&r)
	r.Upstreams = count(n.proxy.Connections())
	if n.server != nil {
		l := n.server.Load()
		r.Clients, r.Calls, r.BodyBytes, r.BodyLimit = count(l.Connections), count(l.Calls), count(l.Bytes), count(l.Limit)
	}
	r.Buffers = append(r.Buffers, n.store.Buffers()...)
	r.Buffers = append(r.Buffers, n.figures.Buffers()...)
	r.Buffers = append(r.Buffers, n.tail.Buffers()...)
	return r
}

func readGo(r *lasso.Runtime) {
	samples := []metrics.Sample{
		{Name: metricGoroutines},
		{Name: metricObjects},
		{Name: metricUnused},
		{Name: metricGoal},
		{Name: metricCycles},
		{Name: metricPauses},
		{Name: metricGCCPU},
		{Name: metricIdleCPU},
		{Name: metricAllCPU},
	}
	metrics.Read(samples)
	whole, fractions := map[string]uint64{}, map[string]float64{}
	for _, s := range samples {
		switch s.Value.Kind() {
		case metrics.KindUint64:
			whole[s.Name] = s.Value.Uint64()
		case metrics.KindFloat64:
			fractions[s.Name] = s.Value.Float64()
		case metrics.KindFloat64Histogram:
			r.PauseP99 = quantile(s.Value.Float64Histogram(), 0.99)
		case metrics.KindBad: // not known to this version of Go
		}
	}
	r.Goroutines, r.GCs = whole[metricGoroutines], whole[metricCycles]
	r.HeapInUse, r.HeapGoal = whole[metricObjects]+whole[metricUnused], whole[metricGoal]
	if busy := fractions[metricAllCPU] - fractions[metricIdleCPU]; busy > 0 {
		r.GCCPU = min(fractions[metricGCCPU]/busy, 1)
	}
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	r.LastGC = gc.LastGC
	if len(gc.Pause) > 0 {
		r.LastPause = gc.Pause[0]
	}
}

// quantile is the upper bound of the bucket that q falls into.
func quantile(h *metrics.Float64Histogram, q float64) time.Duration {
	total := uint64(0)
	for _, n := range h.Counts {
		total += n
	}
	rank := uint64(math.Ceil(q * float64(total)))
	seen := uint64(0)
	for i, n := range h.Counts {
		if seen += n; seen < rank || n == 0 {
			continue
		}
		bound := h.Buckets[i+1]
		if math.IsInf(bound, 1) {
			bound = h.Buckets[i]
		}
		return time.Duration(bound * float64(time.Second))
	}
	return 0
}

func count[T int | int64](n T) uint64 { return uint64(max(n, 0)) }
