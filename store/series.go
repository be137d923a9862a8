package store

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

// groupKey names what a group stands for: a provider of a profile's chain, or,
// with an empty provider, the client calls of the chain.
type groupKey struct {
	profile  lasso.ProfileID
	chain    lasso.ChainID
	provider lasso.ProviderID
}

// group holds all that is recorded of one provider of a profile's chain, or of
// the chain's client calls. Its mutex guards its series too: an attempt takes
// one lock. group -> nothing: no other lock is taken under it.
type group struct {
	key groupKey

	mu       sync.Mutex
	dead     bool   // left the index: look it up again
	records  uint64 // counts what was recorded
	last     int64
	ring     ring
	series   []*series    // of a provider
	methods  []*callTally // of client calls
	lifetime counters     // of client calls
	routes   [3]*route    // by transport; of a provider
	errors   errorGroups
	history  history
	seconds  prometheus.Observer // of client calls
}

// seriesKey names what is recorded apart from everything else.
type seriesKey struct {
	groupKey

	method    string
	transport lasso.Transport
	origin    lasso.Origin
}

// series is the window figures of one method on one route for one origin.
type series struct {
	key   seriesKey
	group *group

	// guarded by group.mu
	dead bool
	last int64
	ring ring
	way  *route
}

// route counts the attempts of one route since the process started.
type route struct {
	attempts [2][maxCategories]uint64 // by origin and category
	seconds  prometheus.Observer
}

// callKey names a tally.
type callKey struct {
	profile lasso.ProfileID
	chain   lasso.ChainID
	method  string
}

// callTally counts the client calls of one method since the process started.
type callTally struct {
	key   callKey
	group *group

	// guarded by group.mu
	dead     bool
	last     int64
	outcomes [outcomeCount]uint64
}

// outcome is what a call came to, as a metric label.
type outcome uint8

const (
	outcomeOK outcome = iota
	outcomeApplicationError
	outcomeFailed
	outcomeCanceled // its caller left: no part of a success rate
	outcomeCount
)

func (o outcome) String() string {
	switch o {
	case outcomeOK:
		return "ok"
	case outcomeApplicationError:
		return "application_error"
	case outcomeCanceled:
		return "canceled"
	case outcomeFailed, outcomeCount:
	}
	return "failed"
}

func outcomeOf(c lasso.Category) outcome {
	switch {
	case c == lasso.OK:
		return outcomeOK
	case c.Answered():
		return outcomeApplicationError
	case c == lasso.Canceled:
		return outcomeCanceled
	}
	return outcomeFailed
}

// attempt records one attempt at time t and reports false when the series has
// left the index: the caller looks it up again.
func (r *series) attempt(s *Store, t int64, p *sample, f *failure) bool {
	g := r.group
	g.mu.Lock()
	if r.dead {
		g.mu.Unlock()
		return false
	}
	t = g.admit(s, t)
	g.records++
	r.last, g.last = max(r.last, t), max(g.last, t)
	r.way.attempts[r.key.origin&1][p.category]++
	kept := r.ring.add(t, p)
	if !g.ring.add(t, p) || !kept {
		s.dropped.Add(1)
	}
	if f.message != "" {
		g.errors.add(t, f)
	}
	seconds := r.way.seconds
	g.mu.Unlock()
	if p.answered && !p.probe {
		seconds.Observe(float64(p.latency) / 1e9)
	}
	return true
}

// call records one client call, as attempt does.
func (c *callTally) call(s *Store, t int64, p *sample) bool {
	g := c.group
	g.mu.Lock()
	if c.dead {
		g.mu.Unlock()
		return false
	}
	t = g.admit(s, t)
	g.records++
	c.last, g.last = max(c.last, t), max(g.last, t)
	c.outcomes[outcomeOf(p.category)]++
	g.lifetime.failovers += p.failovers
	g.lifetime.in += p.in
	g.lifetime.out += p.out
	if !g.ring.add(t, p) {
		s.dropped.Add(1)
	}
	seconds := g.seconds
	g.mu.Unlock()
	if p.answered {
		seconds.Observe(float64(p.latency) / 1e9)
	}
	return true
}

// admit returns t, or now when t lies in the future: one clock that is wrong
// must not empty the windows. It looks at the clock only when a bucket closes.
func (g *group) admit(s *Store, t int64) int64 {
	if t < g.ring.until {
		return t
	}
	return min(t, max(s.now(), g.ring.until-1))
}
