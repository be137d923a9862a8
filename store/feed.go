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
	calls  recent[lasso.Call] // of clients
	own    recent[lasso.Call] // from the playground, which must not push out those
	events recent[lasso.Event]
	counts map[lasso.EventKind]uint64
	total  uint64 // calls
}

// init sets the size and where sequence numbers start: at the start of the
// process in microseconds, so that a reader's After stays good over a restart.
func (f *feed) init(start time.Time, size int) {
	f.seq = uint64(max(start.UnixMicro(), 0))
	f.calls.size, f.own.size, f.events.size = size, size, size
	f.counts = map[lasso.EventKind]uint64{}
}

func (f *feed) call(c *lasso.Call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	if c.Origin != lasso.Client {
		f.own.add(f.seq, c)
		return
	}
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
	case lasso.EventBreaker, lasso.EventLimit, lasso.EventProbe, lasso.EventHeight, lasso.EventConfig, lasso.EventOrder:
		return k
	}
	return "other"
}

// feedChunk is how many items are looked at while the recording of calls has
// to wait: some microseconds.
const feedChunk = 64

// Feed returns the newest items that match, newest first. An event that names
// no profile, chain or provider concerns all of them, and matches any profile
// and chain; with Provider set, only items that name it match. Calls that are
// recorded meanwhile wait for the copying of a few items only.
func (s *Store) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	f := &s.feed
	f.mu.Lock()
	calls, own, events := f.calls.newest(), f.own.newest(), f.events.newest()
	f.mu.Unlock()
	if q.Kinds == lasso.FeedEvents || q.Origin == lasso.FromSystem {
		calls.next = 0
	}
	if q.Kinds == lasso.FeedEvents || q.Origin == lasso.FromClients {
		own.next = 0
	}
	if q.CallsOnly() {
		events.next = 0
	}
	var items []lasso.FeedItem
	buf := make([]copied, 0, feedChunk)
	for more := true; more; {
		buf, more = f.take(buf[:0], &q, &calls, &own, &events)
		for i := range buf {
			e := &buf[i]
			it := lasso.FeedItem{Seq: e.seq, Node: s.cfg.Node, Region: s.cfg.Region}
			switch {
			case e.event:
				it.Event = new(e.e)
			case q.MatchesCall(&e.c):
				it.Call = new(e.c)
			default:
				continue
			}
			if items = append(items, it); q.Limit > 0 && len(items) == q.Limit {
				return items
			}
		}
	}
	return items
}

// copied is an item of either ring.
type copied struct {
	seq   uint64
	event bool
	c     lasso.Call
	e     lasso.Event
}

// take appends the next items that may match, and reports whether there may be
// more.
func (f *feed) take(buf []copied, q *lasso.FeedQuery, calls, own *cursor[lasso.Call], events *cursor[lasso.Event]) ([]copied, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range feedChunk {
		ring := calls
		c, e := calls.peek(q.After), events.peek(q.After)
		if o := own.peek(q.After); o != nil && (c == nil || o.seq > c.seq) {
			ring, c = own, o
		}
		switch {
		case c == nil && e == nil:
			return buf, false
		case e == nil || c != nil && c.seq > e.seq:
			ring.skip()
			if q.InScope(&c.value) {
				buf = append(buf, copied{seq: c.seq, c: c.value})
			}
		default:
			events.skip()
			if q.MatchesEvent(&e.value) {
				buf = append(buf, copied{seq: e.seq, event: true, e: e.value})
			}
		}
	}
	return buf, true
}

// recent is a ring of the last values.
type recent[T any] struct {
	size  int
	items []numbered[T]
	added uint64 // the k-th value, from 0, is at k modulo size
}

type numbered[T any] struct {
	seq   uint64
	value T
}

func (r *recent[T]) add(seq uint64, v *T) {
	n := numbered[T]{seq, *v}
	if len(r.items) < r.size {
		r.items = append(r.items, n)
	} else {
		r.items[r.added%uint64(len(r.items))] = n
	}
	r.added++
}

func (r *recent[T]) newest() cursor[T] { return cursor[T]{ring: r, next: r.added} }

// cursor walks a ring from the newest value to the oldest. The ring may take
// values meanwhile: the cursor goes on where it was, and ends where values are
// gone.
type cursor[T any] struct {
	ring *recent[T]
	next uint64 // 1 + the number of the current value; 0: none
}

// peek returns the current value, or nil when there is none after seq. It is
// good until the ring takes a value.
func (c *cursor[T]) peek(seq uint64) *numbered[T] {
	r := c.ring
	if c.next == 0 || r.added-c.next >= uint64(len(r.items)) {
		return nil
	}
	n := &r.items[(c.next-1)%uint64(len(r.items))]
	if n.seq <= seq {
		return nil
	}
	return n
}

func (c *cursor[T]) skip() { c.next-- }
