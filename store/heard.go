package store

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Bounds of what is taken from another node.
const (
	maxTailText  = 512              // bytes of a string
	maxTailTries = 1000             // attempts of one call
	maxTailNodes = 1000             // that are remembered
	maxTailDrift = time.Hour        // what claims to be farther ahead happened now
	maxTailTime  = 24 * time.Hour   // of a call, so that sums of times do not overflow
	maxTailSkip  = 1 << 20          // more than a node can skip in one message
	tailQuiet    = 30 * time.Minute // a node that sent nothing for it has no claim to room any more
)

// eventShelf comes after the shelves of calls: all that a node keeps of others.
const (
	eventShelf  = callShelves
	tailShelves = callShelves + 1
)

// tailShelf is where an item is kept.
func tailShelf(it *lasso.FeedItem) shelf {
	if it.Event != nil {
		return eventShelf
	}
	return shelfOf(it.Call)
}

// shared keeps the last items that other nodes sent, within one bound. When it
// is full, the node with the most items gives up its oldest: who sends much
// takes room from nobody but itself.
type shared struct {
	size  int
	total int
	nodes map[lasso.NodeID]*portion
}

// portion is what is kept of one node, of all its processes.
type portion struct {
	heard time.Time
	items []heardItem            // the oldest first; one that is there is not changed, so that readers need no copy
	boots map[lasso.BootID]*boot // of each process that items are kept of, and of the last one
	last  *boot
}

// heardItem is an item and the process that sent it.
type heardItem struct {
	lasso.FeedItem
	of *boot
}

// boot is what is known of the numbers of one process: each counts its own.
type boot struct {
	id    lasso.BootID
	kept  int             // items
	known map[uint64]bool // numbers of items that are kept
	floor uint64          // the highest number that was let go
}

// of is the process that sends now.
func (p *portion) of(id lasso.BootID) *boot {
	b := p.boots[id]
	if b == nil {
		b = &boot{id: id, known: map[uint64]bool{}}
		p.boots[id] = b
	}
	before := p.last
	if p.last = b; before != nil {
		p.drop(before)
	}
	return b
}

// drop forgets a process of which nothing is kept, unless it is the last one.
func (p *portion) drop(b *boot) {
	if b.kept == 0 && b != p.last {
		delete(p.boots, b.id)
	}
}

// add keeps an item, unless it is one that was sent before.
func (s *shared) add(it *lasso.FeedItem, id lasso.BootID, now time.Time, number func() uint64) bool {
	p := s.nodes[it.Node]
	if p == nil {
		if len(s.nodes) >= maxTailNodes {
			s.forget()
		}
		p = &portion{boots: map[lasso.BootID]*boot{}}
		s.nodes[it.Node] = p
	}
	b := p.of(id)
	p.heard = now
	if n := it.Number; n != 0 {
		if n <= b.floor || b.known[n] {
			return false
		}
		b.known[n] = true
	}
	it.Seq = number()
	b.kept++
	p.items = append(p.items, heardItem{*it, b})
	if s.total++; s.total > s.size {
		s.giveUp(p, now)
	}
	return true
}

// giveUp lets go of one item: of a node that is quiet for long, else of the one
// that has the most. Of several, it is the one that just sent.
func (s *shared) giveUp(sender *portion, now time.Time) {
	most := sender
	for _, p := range s.nodes {
		if len(p.items) == 0 {
			continue
		}
		if now.Sub(p.heard) > tailQuiet {
			most = p
			break
		}
		if len(p.items) > len(most.items) {
			most = p
		}
	}
	it := most.items[0]
	if n := it.Number; n != 0 {
		it.of.floor = max(it.of.floor, n)
		delete(it.of.known, n)
	}
	it.of.kept--
	most.drop(it.of)
	most.items = most.items[1:] // not cleared, as it may be being read: append moves the rest elsewhere soon
	s.total--
}

// forget drops the node that is quiet for the longest time.
func (s *shared) forget() {
	var oldest lasso.NodeID
	for id, p := range s.nodes {
		if o := s.nodes[oldest]; o == nil || p.heard.Before(o.heard) {
			oldest = id
		}
	}
	s.total -= len(s.nodes[oldest].items)
	delete(s.nodes, oldest)
}

// lanes appends what is kept of each node, as it is now.
func (s *shared) lanes(all []lane) []lane {
	for _, p := range s.nodes {
		if len(p.items) > 0 {
			all = append(all, heardLane(p.items))
		}
	}
	return all
}

// heardLane is the items of another node as a lane.
type heardLane []heardItem

func (l heardLane) len() int                  { return len(l) }
func (l heardLane) seq(i int) uint64          { return l[i].Seq }
func (l heardLane) item(i int) lasso.FeedItem { return l[i].FeedItem }

// hear takes what another node published.
func (t *Tail) hear(node lasso.NodeID, boot lasso.BootID, region string, body []byte) {
	t.take(node, boot, region, body, tailMost)
}

// take keeps what another node sent, if it is no more than it may send.
func (t *Tail) take(node lasso.NodeID, boot lasso.BootID, region string, body []byte, most int) {
	var n feedNews
	if err := json.Unmarshal(body, &n); err != nil || len(n.Items) > most {
		t.refused.Add(1)
		return
	}
	now := t.local.cfg.Now()
	t.skipped.Add(min(n.Skipped, maxTailSkip))
	items := make([]lasso.FeedItem, 0, len(n.Items))
	for _, text := range n.Items {
		var w feedWire
		if json.Unmarshal(text, &w) != nil { // of a newer version, or nonsense: the others may be good
			continue
		}
		if it := (lasso.FeedItem{Node: node, Number: w.Seq, Region: region, Call: w.Call, Event: w.Event}); sound(&it, now) {
			items = append(items, it)
		}
	}
	t.refused.Add(unsigned(len(n.Items) - len(items)))
	if len(items) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range items {
		if t.remote[tailShelf(&items[i])].add(&items[i], boot, now, t.local.feed.number) {
			t.received.Add(1)
		}
	}
}

// sound checks an item of another node and bounds what it holds. A time of the
// past stays as it is told, however long ago: nodes keep items by their number,
// not by their age. One of 1970 or before is none, and refused.
func sound(it *lasso.FeedItem, now time.Time) bool {
	if (it.Call == nil) == (it.Event == nil) {
		return false
	}
	var at *time.Time
	if c := it.Call; c != nil {
		if !short(c.Method, c.RequestID, c.Detail, c.Why, string(c.Profile), string(c.Provider)) || !holdsTogether(c) {
			return false
		}
		at = &c.At
	} else {
		if !told(it.Event) {
			return false
		}
		at = &it.Event.At
	}
	if at.After(now.Add(maxTailDrift)) {
		*at = now
	}
	return at.Unix() > 0
}

// short reports whether all texts are within the bound of what nodes tell.
func short(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return len(s) > maxTailText })
}

// holdsTogether checks the figures of a call of another node and its trace.
// What an older version does not send is zero.
func holdsTogether(c *lasso.Call) bool {
	for _, d := range []time.Duration{c.Duration, c.Upstream, c.Picked} {
		if d < 0 || d > maxTailTime {
			return false
		}
	}
	if min(c.Failovers, c.Attempts, c.BytesIn, c.BytesOut) < 0 || max(c.Failovers, c.Attempts) > maxTailTries || c.Category >= maxCategories || c.Origin > lasso.System {
		return false
	}
	if c.Trace == nil {
		return true
	}
	if len(c.Trace.Tries) > lasso.MaxTries || len(c.Trace.Others) > lasso.MaxOthers {
		return false
	}
	for i := range c.Trace.Tries {
		t := &c.Trace.Tries[i]
		if min(t.Start, t.Took) < 0 || max(t.Start, t.Took) > maxTailTime || t.Category >= maxCategories ||
			max(len(t.Message), len(t.Why)) > lasso.MaxTraceText || len(t.Provider) > maxTailText {
			return false
		}
	}
	for i := range c.Trace.Others {
		if o := &c.Trace.Others[i]; len(o.Why) > lasso.MaxTraceText || len(o.Provider) > maxTailText {
			return false
		}
	}
	return true
}
