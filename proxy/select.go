package proxy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// candidate is a route that may be tried for one call.
type candidate struct {
	r       *route
	circuit lasso.Circuit
	limited bool
	known   reading
	source  string
	key     float64 // ascending order of the strategy
}

// tier is the health tier, from 1: closed, half-open, closed but limited,
// half-open and limited.
func (c *candidate) tier() int {
	t := 1
	if c.circuit == lasso.HalfOpen {
		t++
	}
	if c.limited {
		t += 2
	}
	return t
}

// selection is the outcome of choosing. Its slices are reused.
type selection struct {
	list       []candidate
	excluded   []lasso.Exclusion // with subject.explain only
	failedOpen []string
	open       int       // routes left out because their circuit is open by itself
	next       time.Time // when the first of those is tested again
	explored   bool
}

func (s *selection) reset() {
	clear(s.list)
	s.list, s.excluded, s.failedOpen = s.list[:0], s.excluded[:0], s.failedOpen[:0]
	s.open, s.next, s.explored = 0, time.Time{}, false
}

// choose fills out with the routes to try for a call, best first.
func (p *Proxy) choose(out *selection, cp *chainPlan, s *subject) {
	out.reset()
routes:
	for _, r := range cp.routes {
		for f := range filterMethod {
			if s.reject(f, cp, r) {
				p.exclude(out, cp, s, f, r)
				continue routes
			}
		}
		out.list = append(out.list, candidate{r: r})
	}
	for f := filterMethod; f < filterCount; f++ {
		p.narrow(out, cp, s, f)
	}
	for i := range out.list {
		c := &out.list[i]
		c.circuit = c.r.in.breakers[slot(c.r.Transport)].circuit(s.now)
		c.limited = c.r.in.limits[slot(c.r.Transport)].get(s.now) != nil
	}
	p.order(out, cp, s)
}

// narrow applies a filter that fails open.
func (p *Proxy) narrow(out *selection, cp *chainPlan, s *subject, f filter) {
	left := 0
	for i := range out.list {
		if !s.reject(f, cp, out.list[i].r) {
			left++
		}
	}
	switch left {
	case len(out.list):
		return
	case 0:
		if len(out.list) > 0 {
			out.failedOpen = append(out.failedOpen, f.String())
		}
		if len(out.list) > 0 && !s.dry {
			p.stats.failedOpen[f].Add(1)
		}
		return
	}
	kept := out.list[:0]
	for _, c := range out.list {
		if s.reject(f, cp, c.r) {
			p.exclude(out, cp, s, f, c.r)
			continue
		}
		kept = append(kept, c)
	}
	out.list = kept
}

func (p *Proxy) exclude(out *selection, cp *chainPlan, s *subject, f filter, r *route) {
	if f != filterPin && !s.dry {
		p.stats.excluded[f].Add(1)
	}
	if f == filterCircuit {
		if b := r.in.breakers[slot(r.Transport)].read(s.now); b.Forced == nil {
			out.open++
			if out.next.IsZero() || b.Next.Before(out.next) {
				out.next = b.Next
			}
		}
	}
	if s.explain {
		out.excluded = append(out.excluded, s.exclusion(f, cp, r))
	}
}

const (
	weightPower  = 3.0   // of latency-weighted
	unqualified  = 1e9   // keys of routes without good evidence start here
	unmeasured   = 2e9   // keys of routes with none start here
	explorePrior = 0.001 // ties among equals are broken at random
)

// order sorts the candidates by strategy, prefers those that have the block
// asked for, and keeps health tiers apart.
func (p *Proxy) order(out *selection, cp *chainPlan, s *subject) {
	list := out.list
	if len(list) < 2 && !s.explain {
		return
	}
	p.rank(list, s)
	if highest, ok := s.blocks.Highest(); ok {
		slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(reaches(b.r, highest), reaches(a.r, highest)) })
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.tier(), b.tier()) })
	equals := list[:peers(list, s)]
	if s.strategy == lasso.RoundRobin {
		p.rotate(equals, cp, s)
	}
	p.explore(out, equals, s)
	if s.prefer != nil && len(list) > 1 {
		for i := range list {
			if list[i].r == s.prefer && list[i].tier() == list[0].tier() {
				front(list, i)
				break
			}
		}
	}
}

func reaches(r *route, number uint64) int {
	if m := r.in.height.Load(); m != nil && m.number >= number {
		return 1
	}
	return 0
}

// peers counts the leading candidates that differ in the strategy's order only.
func peers(list []candidate, s *subject) int {
	highest, asked := s.blocks.Highest()
	n := 0
	for n < len(list) && list[n].tier() == list[0].tier() &&
		(!asked || reaches(list[n].r, highest) == reaches(list[0].r, highest)) {
		n++
	}
	return n
}

// rotate puts the one first whose turn it is. The members of a batch share one
// turn.
func (p *Proxy) rotate(equals []candidate, cp *chainPlan, s *subject) {
	turn := cp.turn.Load()
	if !s.dry && s.prefer == nil {
		turn = cp.turn.Add(1) - 1
	}
	if n := uint64(len(equals)); n > 1 {
		k := turn % n
		slices.Reverse(equals[:k])
		slices.Reverse(equals[k:])
		slices.Reverse(equals)
	}
}

func front(list []candidate, i int) {
	c := list[i]
	copy(list[1:i+1], list[:i])
	list[0] = c
}

func (p *Proxy) rank(list []candidate, s *subject) {
	if s.strategy == lasso.Fastest || s.strategy == lasso.LatencyWeighted || s.explain {
		for i := range list {
			list[i].known, list[i].source = list[i].r.evidence.expect(s.now, s.method, &list[i].r.in.probes)
		}
	}
	switch s.strategy {
	case lasso.RoundRobin:
		return // in configuration order; order rotates the best of them
	case lasso.Priority:
		for i := range list {
			list[i].key = float64(list[i].r.provider.Priority)
		}
	case lasso.Fastest:
		for i := range list {
			k := &list[i]
			k.key = base(k.known) + k.known.latency + p.cfg.Float()*explorePrior
		}
	case lasso.LatencyWeighted:
		p.race(list)
	case lasso.LoadBalanced:
		for i := range list {
			list[i].key = p.cfg.Float()
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.key, b.key) })
}

func base(k reading) float64 {
	switch {
	case k.qualified:
		return 0
	case k.measured:
		return unqualified
	}
	return unmeasured
}

// race draws a weighted permutation: the weight of a route is (best/latency)³,
// its key −ln(U)/weight.
func (p *Proxy) race(list []candidate) {
	best := math.Inf(1)
	for i := range list {
		if list[i].known.qualified {
			best = min(best, latencyFloor(list[i].known.latency))
		}
	}
	for i := range list {
		k := &list[i]
		if !k.known.qualified {
			k.key = base(k.known) + k.known.latency + p.cfg.Float()
			continue
		}
		u := max(p.cfg.Float(), 1.0/(1<<53))
		k.key = min(-math.Log(u)/weight(best, k.known.latency), unqualified-1)
	}
}

func weight(best, latency float64) float64 {
	return math.Pow(best/latencyFloor(latency), weightPower)
}

// latencyFloor keeps a latency that can be divided by.
func latencyFloor(ms float64) float64 { return max(ms, 0.001) }

// explore now and then puts another healthy route first, so that one that was
// slow or has never been used is measured again. Only the strategies that
// follow evidence need it.
func (p *Proxy) explore(out *selection, equals []candidate, s *subject) {
	if s.strategy != lasso.Fastest && s.strategy != lasso.LatencyWeighted || s.prefer != nil || s.dry || p.cfg.Exploration < 0 {
		return
	}
	if len(equals) < 2 || p.cfg.Float() >= p.cfg.Exploration {
		return
	}
	front(equals, 1+int(p.cfg.Float()*float64(len(equals)-1)))
	out.explored = true
	p.stats.explored.Add(1)
}

// special is why a candidate stands where it does, where that is not the
// strategy's doing.
func (s *subject) special(out *selection, i int) string {
	c := &out.list[i]
	switch {
	case c.limited:
		return "rate limited, tried after all others"
	case c.circuit == lasso.HalfOpen:
		return "testing recovery, tried after the healthy ones"
	case s.pin != "":
		return "pinned by the caller"
	case s.prefer == c.r:
		return "serves the whole batch"
	case out.explored && i == 0:
		return "measured again (exploration share)"
	}
	return ""
}

// why says in words why the i-th candidate stands where it does.
func (s *subject) why(out *selection, i int) string {
	if word := s.special(out, i); word != "" {
		return word
	}
	c := &out.list[i]
	switch s.strategy {
	case lasso.RoundRobin:
		return "its turn"
	case lasso.Priority:
		return fmt.Sprintf("priority %d", c.r.provider.Priority)
	case lasso.Fastest, lasso.LatencyWeighted:
		if c.source == fromNone {
			return "not measured yet"
		}
		word := "expected"
		if s.strategy == lasso.LatencyWeighted {
			word = "drawn by weight, expected"
		}
		if !c.known.qualified {
			word = "too little recent evidence, last seen"
		}
		return fmt.Sprintf("%s %.1f ms (%s)", word, c.known.latency, c.source)
	case lasso.LoadBalanced:
	}
	return "drawn at random"
}
