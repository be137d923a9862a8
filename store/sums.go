package store

import (
	"fmt"
	"math"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	sketchstore "github.com/DataDog/sketches-go/ddsketch/store"

	"github.com/lasso-rpc/lasso"
)

// scale maps latencies to the bins of a DDSketch. All nodes use the same one:
// that is what makes their sketches mergeable.
type scale struct {
	mapping mapping.IndexMapping
	first   int // index of minLatency: bin 0
}

func newScale() scale {
	m, err := mapping.NewCubicallyInterpolatedMapping(accuracy)
	if err != nil {
		panic(fmt.Sprintf("store: accuracy %v: %v", accuracy, err)) // a constant: it can not happen
	}
	return scale{mapping: m, first: m.Index(milliseconds(int64(minLatency)))}
}

// bin returns the bin of a latency in nanoseconds.
func (c scale) bin(ns int64) uint16 {
	ns = min(max(ns, int64(minLatency)), int64(maxLatency))
	i := min(max(c.mapping.Index(milliseconds(ns))-c.first, 0), maxBins-1)
	return uint16(i)
}

// sums is what one row of figures is made of, over one window, of one node or
// of several. merge is commutative and associative: counters are integers, and
// so are the bins of the sketch.
type sums struct {
	counters
	categories [maxCategories]uint64
	lastAt     time.Time
	latency    *ddsketch.DDSketch // of answered calls, in milliseconds; nil with no samples
}

// merge adds what o holds; o stays as it is. It fails when the sketches were
// not made on the same scale, and then adds nothing.
func (s *sums) merge(o *sums) error {
	if o.latency != nil {
		if s.latency == nil {
			s.latency = o.latency.Copy()
		} else if err := s.latency.MergeWith(o.latency); err != nil {
			return fmt.Errorf("merge latencies: %w", err)
		}
	}
	s.counters.merge(&o.counters)
	for i, n := range o.categories {
		s.categories[i] += n
	}
	if o.lastAt.After(s.lastAt) {
		s.lastAt = o.lastAt
	}
	return nil
}

// sums takes over what was accumulated.
func (a *accumulator) sums(c scale) *sums {
	s := &sums{counters: a.counters, categories: a.categories}
	if a.lo >= a.hi {
		return s
	}
	positive := sketchstore.NewDenseStore()
	for i := a.hi - 1; i >= a.lo; i-- { // from the top: the library grows best downwards
		if n := a.bins[i]; n > 0 {
			positive.AddWithCount(c.first+i, float64(n))
		}
	}
	s.latency = ddsketch.NewDDSketch(c.mapping, positive, sketchstore.NewDenseStore())
	return s
}

// quantiles reads the sketch. A quantile is never above the exact maximum.
func (s *sums) quantiles() lasso.Quantiles {
	if s.answered == 0 || s.latency == nil {
		return lasso.Quantiles{}
	}
	q := lasso.Quantiles{
		Avg: milliseconds(s.latencySum) / float64(s.answered),
		Max: milliseconds(s.latencyMax),
	}
	q.P50, q.P90 = s.quantile(0.50), s.quantile(0.90)
	q.P95, q.P99 = s.quantile(0.95), s.quantile(0.99)
	return q
}

func (s *sums) quantile(q float64) float64 {
	if s.latency == nil {
		return 0
	}
	v, err := s.latency.GetValueAtQuantile(q)
	if err != nil || math.IsNaN(v) {
		return 0
	}
	return min(v, milliseconds(s.latencyMax))
}

// success is the share of answered calls among those whose caller stayed.
func (c *counters) success() float64 { return ratio(c.answered, c.calls-c.canceled) }

// failed counts the calls that were not answered, those whose caller left
// not included.
func (c *counters) failed() uint64 { return c.calls - c.answered - c.canceled }

func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (s *sums) byCategory() map[string]uint64 {
	m := map[string]uint64{}
	for i, n := range s.categories {
		if n > 0 {
			m[lasso.Category(i).String()] += n
		}
	}
	return m
}

// row names one line of a snapshot. All are empty for totals.
type row struct {
	provider lasso.ProviderID
	method   string
	step     int64 // start of a step of a series: Unix time in nanoseconds
}

// snapshot is the answer of one node, or of several, to "give me window W".
type snapshot struct {
	covered time.Duration // the time the sums speak for: the longest of the nodes
	since   time.Time     // before it nothing was recorded: the earliest of the nodes; zero: not known
	rows    map[row]*sums
}

// merge adds what o holds; o stays as it is. It is commutative and
// associative.
func (s *snapshot) merge(o *snapshot) error {
	s.covered = max(s.covered, o.covered)
	if s.since.IsZero() || !o.since.IsZero() && o.since.Before(s.since) {
		s.since = o.since
	}
	for k, v := range o.rows {
		if err := s.add(k, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *snapshot) add(k row, v *sums) error {
	have, ok := s.rows[k]
	if !ok {
		have = &sums{}
		if s.rows == nil {
			s.rows = map[row]*sums{}
		}
		s.rows[k] = have
	}
	return have.merge(v)
}
