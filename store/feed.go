package store

import (
	"math"
	"slices"
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

// Feed returns the newest items that match, newest first. An event that names
// no profile, chain or provider concerns all of them, and matches any profile
// and chain; with Provider set, only items that name it match. What the items
// point to is shared and must not be changed.
func (s *Store) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	return gather(s.lanes(&q), &q, math.MaxUint64)
}

// lanes are the rings that may hold what is asked for, as they are now. Calls
// that are recorded meanwhile wait for a look at their ends only.
func (s *Store) lanes(q *lasso.FeedQuery) []lane {
	if !q.Has(s.cfg.Node, s.cfg.Region) {
		return nil
	}
	f := &s.feed
	all := make([]lane, 0, callShelves+1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if q.Kinds != lasso.FeedEvents {
		for r := range callShelves {
			if r == plainCalls && q.Outcome == lasso.OutcomeTrouble {
				continue
			}
			if q.Origin == lasso.FromAnyone || (q.Origin == lasso.FromSystem) == (r == ownCalls) {
				all = append(all, &callLane{f.calls[r].view(), s.cfg.Node, s.cfg.Region})
			}
		}
	}
	if !q.CallsOnly() {
		all = append(all, &eventLane{f.events.view(), s.cfg.Node, s.cfg.Region})
	}
	return all
}

// callLane and eventLane are the rings of this node as lanes.
type (
	callLane struct {
		view[lasso.Call]
		node   lasso.NodeID
		region string
	}
	eventLane struct {
		view[lasso.Event]
		node   lasso.NodeID
		region string
	}
)

func (l *callLane) item(i int) lasso.FeedItem {
	n := l.at(i)
	return lasso.FeedItem{Seq: n.seq, Number: n.seq, Node: l.node, Region: l.region, Call: &n.value}
}

func (l *eventLane) item(i int) lasso.FeedItem {
	n := l.at(i)
	return lasso.FeedItem{Seq: n.seq, Number: n.seq, Node: l.node, Region: l.region, Event: &n.value}
}

// slabSize is how many values of a ring are allocated at a time, and let go of.
const slabSize = 64

type slab[T any] [slabSize]numbered[T]

// recent keeps the last values. A value that was added is not changed any more,
// so that readers need no copy of it.
type recent[T any] struct {
	size  int
	slabs []*slab[T] // the oldest first
	gone  int        // slabs that were let go of
	added int        // values ever; the k-th, from 0, is in slab k/slabSize
}

type numbered[T any] struct {
	seq   uint64
	value T
}

func (r *recent[T]) add(seq uint64, v *T) {
	if r.added%slabSize == 0 {
		r.slabs = append(r.slabs, new(slab[T]))
	}
	r.slabs[len(r.slabs)-1][r.added%slabSize] = numbered[T]{seq, *v}
	r.added++
	if r.added-r.len() >= (r.gone+1)*slabSize { // no value of the first is kept
		r.slabs = slices.Delete(r.slabs, 0, 1)
		r.gone++
	}
}

// len is how many values are kept.
func (r *recent[T]) len() int { return min(r.added, r.size) }

// oldest returns the first value that is kept of a ring that let go of others;
// nil while it keeps all.
func (r *recent[T]) oldest() *numbered[T] {
	if v := r.view(); v.first > 0 {
		return v.at(0)
	}
	return nil
}

// view is what the ring keeps now. It is good for ever.
func (r *recent[T]) view() view[T] {
	n := r.len()
	return view[T]{slabs: slices.Clone(r.slabs), gone: r.gone, first: r.added - n, n: n}
}

// view is the values of a ring at a time, the oldest first.
type view[T any] struct {
	slabs []*slab[T]
	gone  int
	first int // which value the oldest is
	n     int
}

func (v *view[T]) len() int { return v.n }

func (v *view[T]) seq(i int) uint64 { return v.at(i).seq }

func (v *view[T]) at(i int) *numbered[T] {
	k := v.first + i
	return &v.slabs[k/slabSize-v.gone][k%slabSize]
}
