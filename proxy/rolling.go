package proxy

import (
	"sync"
	"time"
)

// rolling counts answered and faulty attempts over the last minute, in twelve
// slots of five seconds. It feeds the "degraded" judgement.
type rolling struct {
	mu    sync.Mutex
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

// sums returns the counts of the last minute.
func (r *rolling) sums(now time.Time) (ok, bad uint32) {
	slot := now.UnixNano() / int64(rollingSlot)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.slots {
		if slot-s.slot < int64(len(r.slots)) && s.slot <= slot {
			ok += s.ok
			bad += s.bad
		}
	}
	return ok, bad
}
