package store

import (
	"math"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// shelf tells apart the calls that are kept in rings of their own, so that
// many of one sort do not push out another.
type shelf uint8

const (
	plainCalls   shelf = iota // of clients, answered by the first provider
	troubleCalls              // of clients, failed or failed over
	ownCalls                  // from the playground
	callShelves
)

func shelfOf(c *lasso.Call) shelf {
	switch {
	case c.Origin != lasso.Client:
		return ownCalls
	case !c.Category.Answered() || c.Failovers > 0:
		return troubleCalls
	}
	return plainCalls
}

// feed keeps the last calls of each sort and the last events.
type feed struct {
	mu     sync.Mutex
	seq    uint64
	calls  [callShelves]recent[lasso.Call]
	events recent[lasso.Event]
	counts map[lasso.EventKind]uint64
	total  uint64 // calls
}

// init sets the size and where sequence numbers start: at the start of the
// process in microseconds, so that a reader's After stays good over a restart.
func (f *feed) init(start time.Time, size int) {
	f.seq = uint64(max(start.UnixMicro(), 0))
	for i := range f.calls {
		f.calls[i].size = size
	}
	f.events.size = size
	f.counts = map[lasso.EventKind]uint64{}
}

func (f *feed) call(c *lasso.Call) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	if c.Origin == lasso.Client {
		f.total++
	}
	f.calls[shelfOf(c)].add(f.seq, c)
}

// number gives the next number of an item.
func (f *feed) number() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	return f.seq
}

// last is the number that was given last.
func (f *feed) last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq
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
func (s *Store) Feed(q lasso.FeedQuery) []lasso.FeedItem { return s.feedUpTo(&q, math.MaxUint64) }

// feedUpTo is Feed without items that have a higher number.
func (s *Store) feedUpTo(q *lasso.FeedQuery, last uint64) []lasso.FeedItem {
	f := &s.feed
	w := f.walk(q, last)
	var items []lasso.FeedItem
	buf := make([]copied, 0, feedChunk)
	for more := true; more; {
		buf, more = f.take(buf[:0], q, w)
		for i := range buf {
			e := &buf[i]
			it := lasso.FeedItem{Seq: e.seq, Number: e.seq, Node: s.cfg.Node, Region: s.cfg.Region}
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

// walk goes through the rings together, from the newest item to the oldest.
type walk struct {
	last   uint64 // newer ones are passed over
	calls  [callShelves]cursor[lasso.Call]
	events cursor[lasso.Event]
}

// walk begins with the rings that may hold what is asked for.
func (f *feed) walk(q *lasso.FeedQuery, last uint64) *walk {
	w := &walk{last: last}
	f.mu.Lock()
	defer f.mu.Unlock()
	if q.Kinds != lasso.FeedEvents {
		for r := range callShelves {
			if r == plainCalls && q.Outcome == lasso.OutcomeTrouble {
				continue
			}
			if q.Origin == lasso.FromAnyone || (q.Origin == lasso.FromSystem) == (r == ownCalls) {
				w.calls[r] = f.calls[r].newest()
			}
		}
	}
	if !q.CallsOnly() {
		w.events = f.events.newest()
	}
	return w
}

// copied is an item of any ring.
type copied struct {
	seq   uint64
	event bool
	c     lasso.Call
	e     lasso.Event
}

// take appends the next items that may match, and reports whether there may be
// more.
func (f *feed) take(buf []copied, q *lasso.FeedQuery, w *walk) ([]copied, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range feedChunk {
		var c *numbered[lasso.Call]
		var from *cursor[lasso.Call]
		for r := range w.calls {
			if n := w.calls[r].peek(q.After); n != nil && (c == nil || n.seq > c.seq) {
				c, from = n, &w.calls[r]
			}
		}
		e := w.events.peek(q.After)
		switch {
		case c == nil && e == nil:
			return buf, false
		case e == nil || c != nil && c.seq > e.seq:
			from.skip()
			if c.seq <= w.last && q.InScope(&c.value) {
				buf = append(buf, copied{seq: c.seq, c: c.value})
			}
		default:
			w.events.skip()
			if e.seq <= w.last && q.MatchesEvent(&e.value) {
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

// oldest returns the first value that is kept of a ring that let go of others;
// nil while it keeps all.
func (r *recent[T]) oldest() *numbered[T] {
	if n := uint64(len(r.items)); r.added > n {
		return &r.items[r.added%n]
	}
	return nil
}

func (r *recent[T]) newest() cursor[T] { return cursor[T]{ring: r, next: r.added} }

// cursor walks a ring from the newest value to the oldest. The ring may take
// values meanwhile: the cursor goes on where it was, and ends where values are
// gone.
type cursor[T any] struct {
	ring *recent[T]
	next uint64 // 1 + the number of the current value; 0: none, also where there is no ring
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
