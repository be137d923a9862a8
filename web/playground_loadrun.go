package web

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Limits of a load run. One runs at a time.
const (
	loadMostRate  = 200 // calls per second
	loadMostTime  = 30  // seconds
	loadMostCalls = 3000
	loadSenders   = 32
	loadGrace     = 500 * time.Millisecond // after which calls that are late are given up

	loadFirstRate = 10
	loadFirstTime = 10
)

// The histogram of a load run: bins of equal width on a logarithmic scale.
const (
	loadBins    = 22
	loadBinLow  = 1.0 // milliseconds
	loadBinHigh = 4000.0
)

var (
	errLoadRunning = errors.New("a load run is in flight on this node: stop it first, or wait")
	errLoadClosed  = errors.New("this node is stopping")
)

// loadPlan is what a load run is to do.
type loadPlan struct {
	profile  lasso.ProfileID
	chain    lasso.ChainID
	method   string
	also     []string // methods that are sent in turn with it
	strategy lasso.Strategy
	rate     int // calls per second
	seconds  int
}

// calls is how many are sent at most.
func (p loadPlan) calls() int { return min(p.rate*p.seconds, loadMostCalls) }

// lasts is how long sending them takes.
func (p loadPlan) lasts() time.Duration {
	return time.Duration(p.calls()) * time.Second / time.Duration(p.rate)
}

// sender sends one call and says how it ended.
type sender func(ctx context.Context) lasso.Category

// loadRunner runs one load run at a time and remembers the last. It is safe
// for concurrent use; the zero value is ready.
type loadRunner struct {
	mu     sync.Mutex
	run    *loadRun
	closed bool
}

// loadRun is a load run and what came of it so far.
type loadRun struct {
	loadPlan
	started time.Time
	cancel  context.CancelFunc
	ended   chan struct{} // closed when nothing is in flight any more

	mu       sync.Mutex
	endedAt  time.Time // zero: it runs
	stopped  bool
	flying   int
	done     int
	skipped  int
	outcomes map[lasso.Category]int
	took     []time.Duration // of answered calls
}

// start begins a run, which ends by itself, by stop, and with ctx. The error
// is errLoadRunning or errLoadClosed.
func (l *loadRunner) start(ctx context.Context, plan loadPlan, send sender, now func() time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return errLoadClosed
	case l.run != nil && l.run.running():
		return errLoadRunning
	}
	ctx, cancel := context.WithTimeout(ctx, plan.lasts()+loadGrace)
	r := &loadRun{loadPlan: plan, started: now(), cancel: cancel, ended: make(chan struct{}), outcomes: map[lasso.Category]int{}}
	l.run = r
	go r.work(ctx, send, now)
	return nil
}

// stop ends the run that is in flight, if there is one.
func (l *loadRunner) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run != nil {
		l.run.stop()
	}
}

// close stops the run and lets no other begin.
func (l *loadRunner) close() {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.run != nil {
		l.run.stop()
	}
}

// wait returns when no run is in flight, or with ctx.
func (l *loadRunner) wait(ctx context.Context) {
	l.mu.Lock()
	r := l.run
	l.mu.Unlock()
	if r == nil {
		return
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
	}
}

// last is the run that is in flight or the one before; nil: there was none.
func (l *loadRunner) last() *loadRun {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run
}

func (r *loadRun) running() bool {
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

func (r *loadRun) stop() {
	r.mu.Lock()
	if r.endedAt.IsZero() {
		r.stopped = true
	}
	r.mu.Unlock()
	r.cancel()
}

// work paces the calls. One that finds no free sender is not sent: it would
// only wait here, and its latency would be ours.
func (r *loadRun) work(ctx context.Context, send sender, now func() time.Time) {
	defer r.cancel()
	defer close(r.ended)
	jobs := make(chan struct{})
	var senders sync.WaitGroup
	for range min(loadSenders, r.calls()) {
		senders.Go(func() {
			for range jobs {
				r.one(ctx, send, now)
			}
		})
	}
	tick := time.NewTicker(time.Second / time.Duration(r.rate))
	defer tick.Stop()
	sent := 0
	for range r.calls() {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if ctx.Err() != nil {
			break
		}
		sent++
		select {
		case jobs <- struct{}{}:
		default:
			r.skip(1)
		}
	}
	close(jobs)
	senders.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endedAt = now()
	if !r.stopped {
		r.skipped += r.calls() - sent
	}
}

func (r *loadRun) skip(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped += n
}

func (r *loadRun) one(ctx context.Context, send sender, now func() time.Time) {
	r.mu.Lock()
	r.flying++
	r.mu.Unlock()
	category, begin := lasso.UnknownError, now()
	defer func() {
		took := now().Sub(begin)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.flying--
		r.done++
		r.outcomes[category]++
		if category.Answered() {
			r.took = append(r.took, took)
		}
	}()
	category = send(ctx)
}

// view is the run as it is drawn.
func (r *loadRun) view(now time.Time) dashboard.PlaygroundLoad {
	r.mu.Lock()
	out := dashboard.PlaygroundLoad{
		Known: true, Running: r.endedAt.IsZero(), Stopped: r.stopped, For: r.lasts(), Target: r.rate,
		Profile: string(r.profile), Chain: dashboard.ChainRef{ID: uint64(r.chain)}, Method: r.method, Also: r.also, Strategy: r.strategy.String(),
		Planned: r.calls(), Done: r.done, Flying: r.flying, Skipped: r.skipped, Answered: len(r.took),
	}
	end := r.endedAt
	took := slices.Clone(r.took)
	for c, n := range r.outcomes {
		out.Outcomes = append(out.Outcomes, dashboard.PlaygroundOutcome{Category: c.String(), Count: n, Answered: c.Answered()})
	}
	r.mu.Unlock()
	if end.IsZero() {
		end = now
	}
	out.Elapsed = max(end.Sub(r.started), 0)
	if s := out.Elapsed.Seconds(); s > 0 {
		out.Achieved = float64(out.Done) / s
	}
	slices.SortFunc(out.Outcomes, func(a, b dashboard.PlaygroundOutcome) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Category, b.Category))
	})
	slices.Sort(took)
	out.P50, out.P95, out.P99 = quantileOf(took, 0.50), quantileOf(took, 0.95), quantileOf(took, 0.99)
	out.Bins = histogramOf(took)
	return out
}

// quantileOf is the value at a rank, in milliseconds; 0 without any. The values
// are in order.
func quantileOf(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return milliseconds(sorted[max(at, 0)])
}

// histogramOf counts values into bins; what is outside counts in the nearest.
func histogramOf(values []time.Duration) []dashboard.Bin {
	width := math.Log(loadBinHigh/loadBinLow) / loadBins
	bins := make([]dashboard.Bin, loadBins)
	for i := range bins {
		bins[i].UpTo = loadBinLow * math.Exp(width*float64(i+1))
	}
	for _, d := range values {
		i := 0
		if ms := milliseconds(d); ms > loadBinLow {
			i = min(int(math.Log(ms/loadBinLow)/width), loadBins-1)
		}
		bins[i].Count++
	}
	return bins
}
