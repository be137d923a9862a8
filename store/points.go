package store

import (
	"math"
	"slices"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"

	"github.com/lasso-rpc/lasso"
)

// steps gathers a window step by step: client calls with an empty provider,
// else the client attempts on it.
func (s *Store) steps(p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, w lasso.Window) *snapshot {
	now, v, epoch := s.now(), steps(w), s.epoch()
	width := int64(v.width)
	snap := &snapshot{covered: s.covered(now, v), since: epoch.Add(time.Duration(s.lead)), rows: map[row]*sums{}}
	groups := s.groups(p, c, provider, provider == "")
	a := s.accumulator()
	defer s.scratch.Put(a)
	last := now / width
	for n := last - int64(v.slots) + 1; n <= last; n++ {
		if (n+1)*width <= s.lead {
			continue
		}
		a.reset()
		for _, g := range groups {
			g.mu.Lock()
			g.ring.advance(now)
			g.ring.step(v.width, n, a)
			g.mu.Unlock()
		}
		at := epoch.Add(time.Duration(n * width)).UnixNano()
		s.keep(snap, row{step: at - at%width}, a, time.Time{}) // on the steps of all nodes, and never after now
	}
	return snap
}

// points reads a snapshot of steps as a series that ends now. A step that ended
// before anything was recorded is a gap.
func (s *snapshot) points(now time.Time, v level, attempts bool) []lasso.Point {
	width := int64(v.width)
	first := now.UnixNano()/width - int64(v.slots) + 1
	points := make([]lasso.Point, v.slots)
	for i := range points {
		points[i].At = time.Unix(0, (first+int64(i))*width)
		points[i].Gap = !s.since.IsZero() && !s.since.Before(points[i].At.Add(v.width))
	}
	for k, t := range s.rows {
		i := (k.step+width/2)/width - first // clocks of nodes differ, steps do not
		if i < 0 || i >= int64(len(points)) {
			continue
		}
		p := &points[i]
		p.Gap = false
		p.Calls, p.Failovers = t.calls, t.failovers
		p.Failed = t.failed()
		if !attempts {
			p.Failed = t.calls - t.answered
		}
		p.P50, p.P95 = t.quantile(0.50), t.quantile(0.95)
	}
	return points
}

// The axis of Histogram, in milliseconds.
const (
	histogramBins = 22
	histogramFrom = 1.0
	histogramTo   = 4000.0
)

func histogram(t *sums) []lasso.Bin {
	bins := make([]lasso.Bin, histogramBins)
	for i := range bins {
		bins[i].UpTo = histogramFrom * math.Pow(histogramTo/histogramFrom, float64(i+1)/histogramBins)
	}
	bins[histogramBins-1].UpTo = histogramTo
	if t == nil || t.latency == nil {
		return bins
	}
	each(t.latency, func(ms float64, count uint64) {
		i, _ := slices.BinarySearchFunc(bins, ms, func(b lasso.Bin, ms float64) int {
			if b.UpTo < ms {
				return -1
			}
			return 1
		})
		bins[min(i, histogramBins-1)].Count += count
	})
	return bins
}

// each calls f for every occupied bin of a sketch.
func each(d *ddsketch.DDSketch, f func(ms float64, count uint64)) {
	d.ForEach(func(value, count float64) bool {
		f(value, uint64(count))
		return false
	})
}
