package proxy

import (
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// Evidence rules. Latencies are smoothed with weight 1/8, as is a success
// score; both are attempt-local.
const (
	evidenceWeight    = 1.0 / 8
	evidenceFresh     = 5 * time.Minute
	evidenceSuccesses = 3
	evidenceMaxFaults = 3
	evidenceMinScore  = 0.75
)

// evidence is what is known of the speed and reliability of one route, or of
// one method on it.
type evidence struct {
	mu        sync.Mutex
	latency   float64 // milliseconds, smoothed
	score     float64 // 0 to 1, smoothed
	successes int
	samples   int
	faults    int // in a row
	last      time.Time
}

// reading is a copy of an evidence with its judgement.
type reading struct {
	latency   float64
	samples   int
	qualified bool
	measured  bool
}

func (e *evidence) record(now time.Time, ok bool, latency time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.samples++
	e.last = now
	hit := 0.0
	if ok {
		hit = 1
		e.faults = 0
		ms := float64(latency) / float64(time.Millisecond)
		if e.successes == 0 {
			e.latency = ms
		} else {
			e.latency += evidenceWeight * (ms - e.latency)
		}
		e.successes++
	} else {
		e.faults++
	}
	if e.samples == 1 {
		e.score = hit
	} else {
		e.score += evidenceWeight * (hit - e.score)
	}
}

func (e *evidence) read(now time.Time) reading {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := reading{latency: e.latency, samples: e.samples, measured: e.successes > 0}
	r.qualified = now.Sub(e.last) < evidenceFresh && e.successes >= evidenceSuccesses &&
		e.faults < evidenceMaxFaults && e.score >= evidenceMinScore
	return r
}

// routeEvidence is the evidence of one route: as a whole, and per method.
type routeEvidence struct {
	whole   evidence
	methods sync.Map // *methods.Method → *evidence; bounded by the registry
}

func (r *routeEvidence) record(now time.Time, m *methods.Method, ok bool, latency time.Duration) {
	r.whole.record(now, ok, latency)
	v, found := r.methods.Load(m)
	if !found {
		v, _ = r.methods.LoadOrStore(m, new(evidence))
	}
	v.(*evidence).record(now, ok, latency) //nolint:forcetypeassert // only evidence is stored
}

// evidence sources, in the order they are believed.
const (
	fromMethod = "method"
	fromRoute  = "route"
	fromProbe  = "probe"
	fromNone   = "none"
)

// expect returns what is known about m on this route: the method's own
// evidence if it qualifies, else the route's, else that of the probes on the
// instance. src says which.
func (r *routeEvidence) expect(now time.Time, m *methods.Method, probes *evidence) (got reading, src string) {
	var own reading
	if v, ok := r.methods.Load(m); ok {
		own = v.(*evidence).read(now) //nolint:forcetypeassert // only evidence is stored
		if own.qualified {
			return own, fromMethod
		}
	}
	whole := r.whole.read(now)
	switch {
	case whole.qualified:
		return whole, fromRoute
	case own.measured:
		return own, fromMethod
	case whole.measured:
		return whole, fromRoute
	}
	if p := probes.read(now); p.measured {
		p.qualified = false
		return p, fromProbe
	}
	return reading{}, fromNone
}

// counts reports whether an outcome says something about speed or
// reliability, and what.
func counts(c lasso.Category) (known, ok bool) {
	switch {
	case c == lasso.OK:
		return true, true
	case c == lasso.RateLimit, c.Fault():
		return true, false
	}
	return false, false
}
