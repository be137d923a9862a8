package proxy

import (
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Limits of the judgement "degraded": it begins with enough evidence and ends
// when the attempts have been fine for a while, so that it does not follow each
// call where the share is near the limit.
const (
	degradedBelow   = lasso.SuccessLimit
	degradedSamples = 20 // fewer attempts say nothing
	degradedFaults  = 3  // fewer may be chance
	degradedHold    = 10 * time.Second
)

// rolling counts answered and faulty attempts over the last minute, in twelve
// slots of five seconds. It feeds the "degraded" judgement.
type rolling struct {
	mu    sync.Mutex
	low   time.Time // when the share was last seen below the limit
	slots [12]struct {
		slot    int64
		ok, bad uint32
	}
}

const rollingSlot = 5 * time.Second

func (r *rolling) add(now time.Time, ok bool) {
	slot := now.UnixNano() / int64(rollingSlot)
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.slots[slot%int64(len(r.slots))]
	if s.slot != slot {
		s.slot, s.ok, s.bad = slot, 0, 0
	}
	if ok {
		s.ok++
	} else {
		s.bad++
	}
}

// judge tells whether too many attempts of the last minute were faulty, or were
// less than degradedHold before now: held is then for how long they no longer
// are, else 0. Share is the part without a fault.
func (r *rolling) judge(now time.Time) (share float64, degraded bool, held time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ok, bad := r.sums(now)
	if ok+bad > 0 {
		share = float64(ok) / float64(ok+bad)
	}
	if ok+bad >= degradedSamples && bad >= degradedFaults && share < degradedBelow {
		r.low = now
		return share, true, 0
	}
	held = now.Sub(r.low)
	return share, held < degradedHold, held
}

// sums returns the counts of the last minute. r.mu is held.
func (r *rolling) sums(now time.Time) (ok, bad uint32) {
	slot := now.UnixNano() / int64(rollingSlot)
	for _, s := range r.slots {
		if slot-s.slot < int64(len(r.slots)) && s.slot <= slot {
			ok += s.ok
			bad += s.bad
		}
	}
	return ok, bad
}
