package store

import (
	"time"

	"github.com/lasso-rpc/lasso"
)

// maxCategories bounds the categories; lasso.Category is a closed set.
const maxCategories = 32

// sample is one attempt or call, as the buckets see it.
type sample struct {
	latency   int64 // nanoseconds
	in, out   uint64
	failovers uint64
	bin       uint16 // of latency
	category  lasso.Category
	answered  bool
	local     bool
	probe     bool
}

// bucket sums the samples of one stretch of time.
type bucket struct {
	number int64 // start time / width
	counters
	categories *[maxCategories]uint64 // nil until something was not OK
	bins       bins                   // latencies of answered samples
}

// counters are the exact figures of a bucket. Probes are counted in probes and
// nowhere else.
type counters struct {
	calls, answered, canceled, local uint64
	failovers, probes, in, out       uint64
	latencySum, latencyMax           int64 // nanoseconds, of answered calls
}

func (c *counters) merge(o *counters) {
	c.calls += o.calls
	c.answered += o.answered
	c.canceled += o.canceled
	c.local += o.local
	c.failovers += o.failovers
	c.probes += o.probes
	c.in += o.in
	c.out += o.out
	c.latencySum += o.latencySum
	c.latencyMax = max(c.latencyMax, o.latencyMax)
}

func (b *bucket) add(s *sample) {
	if s.probe {
		b.probes++
		return
	}
	b.calls++
	b.in += s.in
	b.out += s.out
	b.failovers += s.failovers
	if s.local {
		b.local++
	}
	if s.answered {
		b.answered++
		b.latencySum += s.latency
		b.latencyMax = max(b.latencyMax, s.latency)
		b.bins.add(s.bin, 1)
	}
	if s.category == lasso.OK {
		return
	}
	if s.category == lasso.Canceled {
		b.canceled++
	}
	if b.categories == nil {
		b.categories = new([maxCategories]uint64)
	}
	b.categories[s.category]++
}

// fold adds what o holds.
func (b *bucket) fold(o *bucket) {
	b.merge(&o.counters)
	if o.categories != nil {
		if b.categories == nil {
			b.categories = new([maxCategories]uint64)
		}
		for i, n := range o.categories {
			b.categories[i] += n
		}
	}
	for i, slot := range o.bins.slot {
		b.bins.add(slot, o.bins.count[i])
	}
}

// reset empties the bucket for another stretch of time and keeps its memory.
func (b *bucket) reset(number int64) {
	b.number = number
	b.counters = counters{}
	if b.categories != nil {
		clear(b.categories[:])
	}
	b.bins.slot = b.bins.slot[:0]
	b.bins.count = b.bins.count[:0]
}

// bins are the occupied bins of a DDSketch in order: two parallel slices, six
// bytes a bin. The stores of the library take 0.5 to 10 KiB a bucket.
type bins struct {
	slot  []uint16
	count []uint32
}

func (b *bins) add(slot uint16, n uint32) {
	lo, hi := 0, len(b.slot)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if b.slot[mid] < slot {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(b.slot) && b.slot[lo] == slot {
		b.count[lo] += n
		return
	}
	b.slot = append(b.slot, 0)
	b.count = append(b.count, 0)
	copy(b.slot[lo+1:], b.slot[lo:])
	copy(b.count[lo+1:], b.count[lo:])
	b.slot[lo], b.count[lo] = slot, n
}

// accumulator sums buckets. Its bins are dense, so that a bucket is added in
// one pass.
type accumulator struct {
	counters
	categories [maxCategories]uint64
	bins       [maxBins]uint64
	lo, hi     int // occupied range of bins: lo <= slot < hi
}

func (a *accumulator) reset() {
	a.counters = counters{}
	clear(a.categories[:])
	if a.lo < a.hi {
		clear(a.bins[a.lo:a.hi])
	}
	a.lo, a.hi = maxBins, 0
}

// bucket adds b; nil adds nothing.
func (a *accumulator) bucket(b *bucket) {
	if b == nil {
		return
	}
	a.merge(&b.counters)
	if b.categories != nil {
		for i, n := range b.categories {
			a.categories[i] += n
		}
	}
	last := len(b.bins.slot) - 1
	if last < 0 {
		return
	}
	a.lo = min(a.lo, int(b.bins.slot[0]))
	a.hi = max(a.hi, int(b.bins.slot[last])+1)
	for i, slot := range b.bins.slot {
		a.bins[slot] += uint64(b.bins.count[i])
	}
}

// The latencies a sketch tells apart; others are counted as the nearest one.
// The exact sum and maximum are not limited.
const (
	accuracy   = 0.01 // relative
	minLatency = time.Microsecond
	maxLatency = 10 * time.Minute
	maxBins    = 1024 // at least ln(maxLatency/minLatency)/ln((1+accuracy)/(1-accuracy)), plus the ends
)

func milliseconds(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }
