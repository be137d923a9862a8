package store

import (
	"time"

	"github.com/lasso-rpc/lasso"
)

// level is one resolution of a ring: so many buckets of one width.
type level struct {
	width time.Duration
	slots int
}

// The levels of a ring. Each width divides the next one, so that a bucket that
// closes can be folded whole into the next level. The widths that windows are
// read from (see span) are the same in both tables: figures of a chain, of a
// provider and of its methods then speak for the same calls.
var (
	seriesLevels = []level{ //nolint:gochecknoglobals // a table, never written
		{5 * time.Second, 13},
		{15 * time.Second, 21},
		{time.Minute, 16},
		{5 * time.Minute, 13},
		{time.Hour, 25},
	}
	groupLevels = []level{ //nolint:gochecknoglobals // a table, never written
		{time.Second, 61},
		{5 * time.Second, 61},
		{15 * time.Second, 61},
		{time.Minute, 61},
		{5 * time.Minute, 13},
		{15 * time.Minute, 97},
		{time.Hour, 25},
	}
)

// retention is how far back anything is kept: the oldest edge of the longest
// window.
const retention = 25 * time.Hour

// span says how a window is read: from so many buckets of one width, the open
// one included.
func span(w lasso.Window) level {
	switch {
	case w <= lasso.Minute:
		return level{5 * time.Second, 13}
	case w <= lasso.FiveMinutes:
		return level{15 * time.Second, 21}
	case w <= lasso.FifteenMinutes:
		return level{time.Minute, 16}
	case w <= lasso.Hour:
		return level{5 * time.Minute, 13}
	}
	return level{time.Hour, 25}
}

// steps says how the points of a window are read: so many steps of one width,
// the open one included.
func steps(w lasso.Window) level {
	switch {
	case w <= lasso.Minute:
		return level{time.Second, 60}
	case w <= lasso.FiveMinutes:
		return level{5 * time.Second, 60}
	case w <= lasso.FifteenMinutes:
		return level{15 * time.Second, 60}
	case w <= lasso.Hour:
		return level{time.Minute, 60}
	}
	return level{15 * time.Minute, 96}
}

// ring keeps samples in time buckets of several widths. A sample is written
// once, into the open bucket of the finest level; a bucket that closes is
// folded into the open bucket of the next level. Buckets are made when first
// needed. Time is nanoseconds since the store's base and never goes back: a
// ring that was advanced stays there. It is not safe for concurrent use.
type ring struct {
	levels      []ringLevel
	from, until int64   // of the open bucket of the finest level
	open        *bucket // that bucket; nil until something is recorded in it
}

type ringLevel struct {
	width int64
	open  int64 // number of the open bucket: time / width
	slots []*bucket
}

func newRing(levels []level, now int64) ring {
	r := ring{levels: make([]ringLevel, len(levels))}
	for i, l := range levels {
		w := int64(l.width)
		r.levels[i] = ringLevel{width: w, open: now / w, slots: make([]*bucket, l.slots)}
	}
	r.opened()
	return r
}

// opened notes which bucket of the finest level is open now.
func (r *ring) opened() {
	l := &r.levels[0]
	r.open = nil
	r.from = l.open * l.width
	r.until = r.from + l.width
}

// advance closes what ends at or before t.
func (r *ring) advance(t int64) {
	if t < r.until {
		return
	}
	for i := range r.levels {
		l := &r.levels[i]
		n := t / l.width
		if n == l.open {
			break
		}
		if b := l.find(l.open); b != nil && i+1 < len(r.levels) {
			up := &r.levels[i+1]
			up.bucket(up.open).fold(b)
		}
		l.open = n
	}
	r.opened()
}

// add records one sample and reports false when it is older than everything
// the ring keeps. A sample of a bucket that is closed already goes into it and
// into those it was folded into, as far as they are still kept.
func (r *ring) add(t int64, s *sample) bool {
	r.advance(t)
	if t < r.from {
		return r.addLate(t, s)
	}
	if r.open == nil {
		r.open = r.levels[0].bucket(r.levels[0].open)
	}
	r.open.add(s)
	return true
}

func (r *ring) addLate(t int64, s *sample) bool {
	kept := false
	for i := range r.levels {
		l := &r.levels[i]
		n := t / l.width
		if n > l.open-int64(len(l.slots)) {
			l.bucket(n).add(s)
			kept = true
		}
		if n == l.open {
			break
		}
	}
	return kept
}

// bucket returns the bucket with number n, made or emptied when needed. The
// caller makes sure that n is not older than the level keeps.
func (l *ringLevel) bucket(n int64) *bucket {
	k := n % int64(len(l.slots))
	b := l.slots[k]
	switch {
	case b == nil:
		b = &bucket{number: n}
		l.slots[k] = b
	case b.number != n:
		b.reset(n)
	}
	return b
}

// find returns the bucket with number n, or nil when nothing was recorded in
// it.
func (l *ringLevel) find(n int64) *bucket {
	if n < 0 {
		return nil
	}
	if b := l.slots[n%int64(len(l.slots))]; b != nil && b.number == n {
		return b
	}
	return nil
}

// window adds the last buckets of the level with the given width to a, and the
// open ones of finer levels.
func (r *ring) window(v level, a *accumulator) {
	for i := range r.levels {
		l := &r.levels[i]
		if l.width != int64(v.width) {
			a.bucket(l.find(l.open))
			continue
		}
		oldest := l.open - int64(v.slots)
		for _, b := range l.slots {
			if b != nil && b.number > oldest {
				a.bucket(b)
			}
		}
		return
	}
}

// step adds bucket number n of the level with the given width to a; for the
// open bucket what finer levels have not folded yet is included.
func (r *ring) step(width time.Duration, n int64, a *accumulator) {
	for i := range r.levels {
		l := &r.levels[i]
		if l.width != int64(width) {
			continue
		}
		a.bucket(l.find(n))
		if n == l.open {
			for _, f := range r.levels[:i] {
				a.bucket(f.find(f.open))
			}
		}
		return
	}
}

// trim lets go of the buckets that no window reaches any more.
func (r *ring) trim() {
	for i := range r.levels {
		l := &r.levels[i]
		for k, b := range l.slots {
			if b != nil && b.number <= l.open-int64(len(l.slots)) {
				l.slots[k] = nil
			}
		}
	}
}
