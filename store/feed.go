package store

import (
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// feed keeps the last calls and the last events: as many of each, so that
// traffic does not push out the events.
type feed struct {
	mu     sync.Mutex
	seq    uint64
	calls  recent[lasso.Call]
	events recent[lasso.Event]
	counts map[lasso.EventKind]uint64
	total  uint64 // calls
}

// init sets the size and where sequence numbers start: at the start of the
// process in microseconds, so that a reader's After stays good over a restart.
func (f *feed) init(start time.Time, size int) {
	f.seq = uint64(max(start.UnixMicro(), 0))
	f.calls.size, f.events.size = size, size
	f.counts = map[lasso.EventKind]uint64{}
}

func (f *feed) call(c *lasso.Call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	f.total++
	f.calls.add(f.seq, c)
}

func (f *feed) event(e *lasso.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	f.counts[kindLabel(e.Kind)]++
	f.events.add(f.seq, e)
}

// kindLabel keeps the metric's label values a closed set.
func kindLabel(k lasso.EventKind) lasso.EventKind {
	switch k {
	case lasso.EventBreaker, lasso.EventLimit, lasso.EventProbe, lasso.EventHeight, lasso.EventConfig:
		return k
	}
	return "other"
}

// Feed returns the newest items that match, newest first. An event that names
// no profile, chain or provider concerns all of them, and matches any profile
// and chain; with Provider set, only items that name it match.
func (s *Store) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	f := &s.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	limit := f.calls.size + f.events.size
	if q.Limit > 0 {
		limit = min(limit, q.Limit)
	}
	calls, events := f.calls.newest(), f.events.newest()
	if q.Kinds == lasso.FeedEvents {
		calls.left = 0
	}
	if q.Kinds == lasso.FeedCalls {
		events.left = 0
	}
	var items []lasso.FeedItem
	for len(items) < limit {
		c, e := calls.peek(q.After), events.peek(q.After)
		switch {
		case c == nil && e == nil:
			return items
		case e == nil || c != nil && c.seq > e.seq:
			calls.next()
			if ofCall(&q, &c.value) {
				v := c.value
				items = append(items, lasso.FeedItem{Seq: c.seq, Node: s.cfg.Node, Region: s.cfg.Region, Call: &v})
			}
		default:
			events.next()
			if ofEvent(&q, &e.value) {
				v := e.value
				items = append(items, lasso.FeedItem{Seq: e.seq, Node: s.cfg.Node, Region: s.cfg.Region, Event: &v})
			}
		}
	}
	return items
}

func ofCall(q *lasso.FeedQuery, c *lasso.Call) bool {
	return (q.Profile == "" || c.Profile == q.Profile) &&
		(q.Chain == 0 || c.Chain == q.Chain) &&
		(q.Provider == "" || c.Provider == q.Provider)
}

func ofEvent(q *lasso.FeedQuery, e *lasso.Event) bool {
	return (q.Profile == "" || e.Profile == "" || e.Profile == q.Profile) &&
		(q.Chain == 0 || e.Chain == 0 || e.Chain == q.Chain) &&
		(q.Provider == "" || e.Provider == q.Provider)
}

// recent is a ring of the last values.
type recent[T any] struct {
	size  int
	items []numbered[T]
	next  int // where the next value goes, once items is full
}

type numbered[T any] struct {
	seq   uint64
	value T
}

func (r *recent[T]) add(seq uint64, v *T) {
	if len(r.items) < r.size {
		r.items = append(r.items, numbered[T]{seq, *v})
		return
	}
	r.items[r.next] = numbered[T]{seq, *v}
	r.next = (r.next + 1) % r.size
}

func (r *recent[T]) newest() cursor[T] {
	return cursor[T]{ring: r, left: len(r.items)}
}

// cursor walks a ring from the newest value to the oldest.
type cursor[T any] struct {
	ring *recent[T]
	left int
}

// peek returns the current value, or nil when there is none after seq.
func (c *cursor[T]) peek(seq uint64) *numbered[T] {
	if c.left == 0 {
		return nil
	}
	r := c.ring
	n := &r.items[(r.next+c.left-1)%len(r.items)]
	if n.seq <= seq {
		return nil
	}
	return n
}

func (c *cursor[T]) next() { c.left-- }
