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
	maxTailDrift = time.Hour        // what claims to be farther away happened now
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

// portion is what is kept of one node.
type portion struct {
	boot  lasso.BootID
	heard time.Time
	items []lasso.FeedItem // the oldest first
	known map[uint64]bool  // their numbers
	floor uint64           // the highest number that was let go
}

// add keeps an item, unless it is one that was sent before.
func (s *shared) add(it *lasso.FeedItem, boot lasso.BootID, now time.Time, number func() uint64) bool {
	p := s.nodes[it.Node]
	if p == nil {
		if len(s.nodes) >= maxTailNodes {
			s.forget()
		}
		p = &portion{}
		s.nodes[it.Node] = p
	}
	if p.boot != boot || p.known == nil { // another process counts anew
		p.boot, p.known, p.floor = boot, map[uint64]bool{}, 0
	}
	p.heard = now
	if n := it.Number; n != 0 {
		if n <= p.floor || p.known[n] {
			return false
		}
		p.known[n] = true
	}
	it.Seq = number()
	p.items = append(p.items, *it)
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
	if n := most.items[0].Number; most.known[n] { // not of a process before
		most.floor = max(most.floor, n)
		delete(most.known, n)
	}
	most.items[0] = lasso.FeedItem{}
	most.items = most.items[1:]
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

// find appends the items that match, at most limit of each node where there is
// one: the newest of what the query goes by.
func (s *shared) find(items []lasso.FeedItem, q *lasso.FeedQuery) []lasso.FeedItem {
	for _, p := range s.nodes {
		found, begin := 0, len(items)
		for i := range slices.Backward(p.items) {
			it := &p.items[i]
			if it.Seq <= q.After || !q.ByTime && q.Limit > 0 && found == q.Limit {
				break
			}
			if q.Matches(it) {
				items = append(items, *it)
				found++
			}
		}
		// A node that is asked tells what happened before what it told already.
		if q.ByTime && q.Limit > 0 && found > q.Limit {
			slices.SortFunc(items[begin:], later)
			items = items[:begin+q.Limit]
		}
	}
	return items
}

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
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, text := range n.Items {
		var w feedWire
		if json.Unmarshal(text, &w) != nil { // of a newer version, or nonsense: the others may be good
			t.refused.Add(1)
			continue
		}
		it := lasso.FeedItem{Node: node, Number: w.Seq, Region: region, Call: w.Call, Event: w.Event}
		if !sound(&it, now) {
			t.refused.Add(1)
			continue
		}
		if t.remote[tailShelf(&it)].add(&it, boot, now, t.local.feed.number) {
			t.received.Add(1)
		}
	}
}

// sound checks an item of another node and bounds what it holds.
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
	if d := now.Sub(*at); d > maxTailDrift || d < -maxTailDrift {
		*at = now
	}
	return true
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
