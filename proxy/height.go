package proxy

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// head is what all instances of one chain, of all profiles, agree on.
type head struct {
	now atomic.Pointer[heightMark]

	mu       sync.Mutex
	interval float64 // smoothed block time, milliseconds
	samples  int
	baseline heightMark // the last advance measured from
}

const (
	heightFresh     = 30 * time.Second // older heights do not vote
	lagCreditMax    = 30 * time.Second
	blockTimeWeight = 0.15
	blockTimeNeeded = 5 // samples before the measured block time is used
	blockTimeMin    = 50.0
	blockTimeMax    = 60_000.0
	blockTimeGuess  = 12 * time.Second
	aheadFree       = 64 // blocks that a height may always differ from an earlier one
	aheadPerSecond  = 20 // and be ahead of it for each second since: no chain is faster
)

// consensusOf is the height that a quarter of the upstreams have reached or
// passed: the highest of up to three, the second highest of up to seven, and
// so on. One upstream running ahead can not make the others look late.
func consensusOf(heights []uint64) uint64 {
	if len(heights) == 0 {
		return 0
	}
	slices.Sort(heights)
	slices.Reverse(heights)
	return heights[len(heights)/4]
}

// reach is how far a chain can have come since m.
func (m *heightMark) reach(now time.Time) uint64 {
	return m.number + aheadFree + uint64(max(now.Sub(m.at).Seconds(), 0)*aheadPerSecond)
}

// plausible leaves out the heights that the chain can not have reached since
// the last consensus, as those of an upstream that serves another chain, unless
// that would leave nobody who has kept up with it. It may change heights.
func plausible(heights []uint64, old *heightMark, now time.Time) []uint64 {
	if old == nil {
		return heights
	}
	slices.Sort(heights)
	n, _ := slices.BinarySearch(heights, old.reach(now)+1)
	if n == 0 || heights[n-1] < old.number {
		return heights
	}
	return heights[:n]
}

// update recomputes the consensus from the instances' heights.
func (h *head) update(instances []*instance, now time.Time, fresh time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	heights := make([]uint64, 0, len(instances))
	for _, in := range instances {
		if m := in.height.Load(); m != nil && now.Sub(m.at) <= fresh && in.wrong.Load() == nil {
			heights = append(heights, m.number)
		}
	}
	old := h.now.Load()
	number := consensusOf(plausible(heights, old, now))
	if number == 0 {
		return // nobody fresh: the last consensus stays, with its age
	}
	if old != nil && old.number == number {
		return
	}
	h.measure(number, now)
	h.now.Store(&heightMark{number: number, at: now})
}

// measure learns the block time from an advance of the consensus.
func (h *head) measure(number uint64, now time.Time) {
	b := h.baseline
	if b.number != 0 && number > b.number {
		ms := float64(now.Sub(b.at)) / float64(time.Millisecond) / float64(number-b.number)
		if ms >= blockTimeMin && ms <= blockTimeMax {
			if h.samples == 0 {
				h.interval = ms
			} else {
				h.interval += blockTimeWeight * (ms - h.interval)
			}
			h.samples++
		}
	}
	h.baseline = heightMark{number: number, at: now}
}

// blockTime returns the measured block time, else the configured one, else
// 12 s.
func (h *head) blockTime(configured time.Duration) (d time.Duration, measured bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.samples >= blockTimeNeeded {
		return time.Duration(h.interval * float64(time.Millisecond)), true
	}
	if configured > 0 {
		return configured, false
	}
	return blockTimeGuess, false
}

// number returns the consensus height, 0 when unknown.
func (h *head) number() uint64 {
	if m := h.now.Load(); m != nil {
		return m.number
	}
	return 0
}

// lag is how far an upstream is behind the consensus.
type lag struct {
	known      bool
	behind     int64 // consensus minus height, not below zero
	optimistic int64 // the same after credit for blocks that likely arrived since
}

// lagOf compares an upstream's height with the consensus. The credit is one
// block per block time since the height was seen, for 30 s at most, so that
// polling alone does not make an upstream look late.
func lagOf(m *heightMark, consensus uint64, now time.Time, blockTime time.Duration) lag {
	if m == nil || consensus == 0 {
		return lag{}
	}
	if m.number >= consensus {
		return lag{known: true}
	}
	behind := int64(consensus - m.number) //nolint:gosec // block numbers fit
	since := min(max(now.Sub(m.at), 0), lagCreditMax)
	credit := int64(since / max(blockTime, time.Millisecond))
	return lag{known: true, behind: behind, optimistic: max(behind-credit, 0)}
}
