package proxy

import (
	"sync/atomic"
	"time"
)

// limitState says until when an upstream asked not to be called. It demotes,
// it never excludes: a limited provider is still better than none.
type limitState struct {
	now atomic.Pointer[limitMark]
}

type limitMark struct {
	since  time.Time
	until  time.Time
	reason string
}

const (
	limitDefault = 30 * time.Second // when the upstream named no time
	limitProbe   = 60 * time.Second // the same, seen by a probe
	limitMax     = time.Hour
)

// set marks the upstream limited until now+wait; an earlier end never shortens
// a later one. It reports whether this began a new limit.
func (l *limitState) set(now time.Time, wait time.Duration, reason string) bool {
	m := &limitMark{since: now, until: now.Add(min(wait, limitMax)), reason: reason}
	for {
		old := l.now.Load()
		began := old == nil || !now.Before(old.until)
		if !began {
			if !m.until.After(old.until) {
				return false
			}
			m.since = old.since
		}
		if l.now.CompareAndSwap(old, m) {
			return began
		}
	}
}

// get returns the limit in force, or nil.
func (l *limitState) get(now time.Time) *limitMark {
	m := l.now.Load()
	if m == nil || !now.Before(m.until) {
		return nil
	}
	return m
}
