package proxy

import (
	"math"

	"github.com/lasso-rpc/lasso"
)

// firsts returns for each candidate of a selection the chance that it is tried
// first, 0 to 1, together 1. It follows order and what order calls, with the
// random draws replaced by their probabilities.
func (p *Proxy) firsts(out *selection, s *subject) []float64 {
	shares := make([]float64, len(out.list))
	n := peers(out.list, s)
	if n == 0 {
		return shares
	}
	equals, first := out.list[:n], shares[:n]
	switch s.strategy {
	case lasso.LoadBalanced, lasso.RoundRobin:
		for i := range first {
			first[i] = 1 / float64(n)
		}
	case lasso.Priority:
		first[0] = 1 // equal priorities stay in configured order
	case lasso.Fastest:
		drawn(first, equals, explorePrior)
	case lasso.LatencyWeighted:
		raced(first, equals)
	}
	follows := s.strategy == lasso.Fastest || s.strategy == lasso.LatencyWeighted
	if e := p.cfg.Exploration; follows && e > 0 && n > 1 {
		for i, share := range first {
			first[i] = (1-e)*share + e*(1-share)/float64(n-1)
		}
	}
	return shares
}

// raced is the outcome of race: among exponential draws the chance to be the
// least is the part of all weights. Routes without good evidence come after
// all others.
func raced(first []float64, list []candidate) {
	best, sum := math.Inf(1), 0.0
	for i := range list {
		if list[i].known.qualified {
			best = min(best, latencyFloor(list[i].known.latency))
		}
	}
	if math.IsInf(best, 1) {
		drawn(first, list, 1)
		return
	}
	for i := range list {
		if list[i].known.qualified {
			first[i] = weight(best, list[i].known.latency)
			sum += first[i]
		}
	}
	for i := range first {
		first[i] /= sum
	}
}

// drawSteps is how finely drawn integrates.
const drawSteps = 256

// drawn is the chance of each to have the least key, where a key is what the
// evidence says and a uniform draw of the width.
func drawn(first []float64, list []candidate, width float64) {
	keys, least := make([]float64, len(list)), math.Inf(1)
	for i := range list {
		keys[i] = base(list[i].known) + list[i].known.latency
		least = min(least, keys[i])
	}
	sum := 0.0
	for i := range keys {
		if keys[i] >= least+width {
			continue
		}
		for step := range drawSteps {
			at := keys[i] + width*(float64(step)+0.5)/drawSteps
			chance := 1.0 / drawSteps
			for j, other := range keys {
				if j != i {
					chance *= 1 - min(max((at-other)/width, 0), 1)
				}
			}
			first[i] += chance
		}
		sum += first[i]
	}
	for i := range first {
		first[i] /= sum
	}
}
