package store

import (
	"math"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"

	"github.com/lasso-rpc/lasso"
)

// Series returns the steps of a window, the oldest first: 60 steps of 1 s, 5 s,
// 15 s or a minute, and 96 of 15 minutes for a day. The last step is the
// current one and still filling. With an empty provider the steps count client
// calls, else the client attempts on that provider; chain 0 means all chains.
// A call whose caller left is not counted in Failed of a provider.
func (s *Store) Series(
	p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, w lasso.Window,
) lasso.Answer[[]lasso.Point] {
	points, age := read(s, readKey("series", p, c, provider, w), func() []lasso.Point {
		return s.points(p, c, provider, w)
	})
	return answer(slices.Clone(points), age)
}

func (s *Store) points(p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, w lasso.Window) []lasso.Point {
	now, v := s.now(), steps(w)
	width := int64(v.width)
	first := now/width - int64(v.slots) + 1
	groups := s.groups(p, c, provider, provider == "")
	points := make([]lasso.Point, v.slots)
	a := s.accumulator()
	defer s.scratch.Put(a)
	for i := range points {
		n := first + int64(i)
		points[i].At = s.wall(n * width)
		if (n+1)*width <= s.lead {
			points[i].Gap = true
			continue
		}
		a.reset()
		for _, g := range groups {
			g.mu.Lock()
			g.ring.advance(now)
			g.ring.step(v.width, n, a)
			g.mu.Unlock()
		}
		t := a.sums(s.scale)
		points[i].Calls, points[i].Failovers = t.calls, t.failovers
		points[i].Failed = t.failed()
		if provider == "" {
			points[i].Failed = t.calls - t.answered
		}
		points[i].P50, points[i].P95 = t.quantile(0.50), t.quantile(0.95)
	}
	return points
}

// Histogram returns the latencies of a window in 22 bars of equal width on a
// logarithmic axis from 1 ms to 4 s; what is slower is in the last, what is
// faster in the first. They are client calls with an empty provider, else the
// client attempts on it; chain 0 means all chains.
func (s *Store) Histogram(
	p lasso.ProfileID, c lasso.ChainID, provider lasso.ProviderID, w lasso.Window,
) []lasso.Bin {
	bins, _ := read(s, readKey("histogram", p, c, provider, w), func() []lasso.Bin {
		groups := s.groups(p, c, provider, provider == "")
		snap := s.gatherGroups(groups, w)
		return histogram(snap.rows[row{provider: provider}])
	})
	return slices.Clone(bins)
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
