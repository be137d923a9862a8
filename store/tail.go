package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

// FeedTopic is the name under which nodes send each other what happens.
const FeedTopic = "feed"

// Broadcast carries what happens on one node to those that listen.
type Broadcast interface {
	// Publish tells all other nodes that listen. It does not wait for them.
	Publish(topic string, body []byte) error
	// Listen hands what other nodes publish to hear, one message at a time,
	// until stop is called.
	Listen(topic string, hear func(from lasso.NodeID, region string, body []byte)) (stop func())
	// Interested tells whether another node listens. It does not block.
	Interested(topic string) bool
}

// What happens crosses the mesh only while somebody watches, and no more of it
// than this.
const (
	tailEvery    = 250 * time.Millisecond
	tailCalls    = 10               // plain calls a node sends each time: 40 a second
	tailMost     = 250              // items of any kind a node sends each time
	tailBacklog  = 40               // items sent when somebody begins to watch
	watchFor     = 15 * time.Second // a page that was read this long ago is watched
	maxTailSkip  = 1 << 20          // more than a node can skip in one message
	maxTailText  = 512              // bytes of a string of another node
	maxTailTries = 1000             // attempts of one call
	maxTailNodes = 1000             // whose numbers are remembered
	maxTailDrift = time.Hour        // what claims to be farther away happened now
)

// Tail joins the activity of all nodes. While a page of this node is read it
// listens, and the others send what happens there: all failures, failovers and
// events, and a sample of the other calls. While nobody listens, nothing is
// sent. All methods are safe for concurrent use.
type Tail struct {
	local *Store
	mesh  Broadcast // nil: this node is alone

	read atomic.Int64 // when a page was read last, Unix nanoseconds
	wake chan struct{}

	mu     sync.Mutex
	remote recent[lasso.FeedItem]
	heard  map[lasso.NodeID]uint64 // the number of the last item of each node

	sampled, skipped, received, refused atomic.Uint64
}

// feedNews is what one node sends.
type feedNews struct {
	Items   []feedWire `json:"items"`
	Skipped uint64     `json:"skipped,omitempty"` // answered calls left out since the message before
}

type feedWire struct {
	Seq   uint64       `json:"seq,omitempty"` // counts on the node that sends; an older one gives none
	Call  *lasso.Call  `json:"call,omitempty"`
	Event *lasso.Event `json:"event,omitempty"`
}

// NewTail returns the activity of this node and, with a mesh, of the others. It
// starts nothing; see Run.
func NewTail(local *Store, mesh Broadcast) *Tail {
	return &Tail{local: local, mesh: mesh, wake: make(chan struct{}, 1), remote: recent[lasso.FeedItem]{size: local.cfg.FeedSize}, heard: map[lasso.NodeID]uint64{}}
}

// Run listens while a page is read here, and sends while others listen, until
// ctx ends. It returns nil.
func (t *Tail) Run(ctx context.Context) error {
	if t.mesh == nil {
		<-ctx.Done()
		return nil
	}
	every := time.NewTicker(tailEvery)
	defer every.Stop()
	var s sender
	var stop func()
	defer func() {
		if stop != nil {
			stop()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
			if stop == nil {
				stop = t.mesh.Listen(FeedTopic, t.hear)
			}
		case <-every.C:
			if stop != nil && !t.watched() {
				stop()
				stop = nil
			}
			t.send(&s)
		}
	}
}

func (t *Tail) now() int64 { return t.local.cfg.Now().UnixNano() }

// watched reports whether a page of this node is being read.
func (t *Tail) watched() bool { return t.now()-t.read.Load() < int64(watchFor) }

// sender is what Run remembers of what it sent.
type sender struct {
	sent    uint64 // number of the last item
	running bool
}

// send publishes what happened since the last time, if anybody watches.
func (t *Tail) send(s *sender) {
	if !t.mesh.Interested(FeedTopic) {
		s.running = false
		return
	}
	q := lasso.FeedQuery{After: s.sent, Origin: lasso.FromAnyone}
	if !s.running {
		q.After, q.Limit = 0, tailBacklog
	}
	items := t.local.Feed(q) // newest first
	if len(items) == 0 {
		s.running = true
		return
	}
	s.sent = items[0].Seq
	budget := tailCalls
	if !s.running {
		s.running, budget = true, tailBacklog
	}
	var n feedNews
	n.Items, n.Skipped = thin(items, budget)
	t.sampled.Add(n.Skipped)
	if text, err := json.Marshal(n); err == nil {
		_ = t.mesh.Publish(FeedTopic, text)
	}
}

// plain tells the calls that are sampled: those that the first provider
// answered.
func plain(it *lasso.FeedItem) bool {
	return it.Event == nil && it.Call.Category.Answered() && it.Call.Failovers == 0
}

// thin keeps failures, failovers and events, and the other calls as far as the
// budget goes. The result is the oldest first.
func thin(items []lasso.FeedItem, budget int) (kept []feedWire, skipped uint64) {
	answered := 0
	for i := range items {
		if plain(&items[i]) {
			answered++
		}
	}
	every := max((answered+budget-1)/max(budget, 1), 1)
	seen := 0
	for i := range items {
		it := &items[i]
		common := plain(it)
		if common {
			seen++
		}
		if common && (seen-1)%every != 0 || len(kept) >= tailMost {
			skipped++
			continue
		}
		kept = append(kept, feedWire{Seq: it.Seq, Call: it.Call, Event: it.Event})
	}
	slices.Reverse(kept)
	return kept, skipped
}

// hear takes what another node sent.
func (t *Tail) hear(node lasso.NodeID, region string, body []byte) {
	var n feedNews
	if err := json.Unmarshal(body, &n); err != nil || len(n.Items) > tailMost {
		t.refused.Add(1)
		return
	}
	now := t.local.cfg.Now()
	t.skipped.Add(min(n.Skipped, maxTailSkip))
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heard) > maxTailNodes {
		clear(t.heard)
	}
	for _, w := range n.Items {
		if last := t.heard[node]; w.Seq != 0 && w.Seq <= last && last-w.Seq < maxTailSkip {
			continue // of a backlog that was sent before
		}
		t.heard[node] = w.Seq // lower by far: the node began anew with its clock set back
		it := lasso.FeedItem{Node: node, Region: region, Call: w.Call, Event: w.Event}
		if !sound(&it, now) {
			t.refused.Add(1)
			continue
		}
		it.Seq = t.local.feed.number()
		t.remote.add(it.Seq, &it)
		t.received.Add(1)
	}
}

// sound checks an item of another node and bounds what it holds.
func sound(it *lasso.FeedItem, now time.Time) bool {
	if (it.Call == nil) == (it.Event == nil) {
		return false
	}
	var at *time.Time
	var texts []*string
	if c := it.Call; c != nil {
		at, texts = &c.At, []*string{&c.Method, &c.RequestID, &c.Detail, &c.Why, (*string)(&c.Profile), (*string)(&c.Provider)}
		if !holdsTogether(c) {
			return false
		}
	} else {
		e := it.Event
		at, texts = &e.At, []*string{(*string)(&e.Kind), &e.Title, &e.Detail, (*string)(&e.Profile), (*string)(&e.Provider)}
	}
	for _, s := range texts {
		if len(*s) > maxTailText {
			return false
		}
	}
	if d := now.Sub(*at); d > maxTailDrift || d < -maxTailDrift {
		*at = now
	}
	return true
}

// maxTailTime bounds the times of a call of another node, so that sums of them
// do not overflow.
const maxTailTime = 24 * time.Hour

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

// Feed returns the newest items that match on all nodes, newest first, and
// keeps the others sending. An event that names no profile, chain or provider
// concerns all of them.
func (t *Tail) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	if t.mesh != nil {
		t.read.Store(t.now())
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
	var items []lasso.FeedItem
	if q.Region == "" || q.Region == t.local.cfg.Region {
		items = t.local.Feed(q)
	}
	t.mu.Lock()
	c := t.remote.newest()
	for n, found := c.peek(q.After), 0; n != nil && (q.Limit == 0 || found < q.Limit); n = c.peek(q.After) {
		c.skip()
		if it := n.value; q.Matches(&it) {
			items = append(items, it)
			found++
		}
	}
	t.mu.Unlock()
	slices.SortFunc(items, func(x, y lasso.FeedItem) int { return cmp.Compare(y.Seq, x.Seq) })
	if q.Limit > 0 && len(items) > q.Limit {
		items = items[:q.Limit]
	}
	return items
}

// number gives the next number of an item.
func (f *feed) number() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	return f.seq
}

var _ prometheus.Collector = (*Tail)(nil)

func (t *Tail) counters() map[*prometheus.Desc]uint64 {
	return map[*prometheus.Desc]uint64{
		prometheus.NewDesc("lasso_feed_sampled_out_total", "Answered calls that were not sent to the nodes that watch.", nil, nil):          t.sampled.Load(),
		prometheus.NewDesc("lasso_feed_skipped_total", "Answered calls that other nodes left out of what they sent.", nil, nil):             t.skipped.Load(),
		prometheus.NewDesc("lasso_feed_received_total", "Calls and events that other nodes sent.", nil, nil):                                t.received.Load(),
		prometheus.NewDesc("lasso_feed_refused_total", "Calls and events of other nodes that were left out for making no sense.", nil, nil): t.refused.Load(),
	}
}

// Describe implements prometheus.Collector.
func (t *Tail) Describe(ch chan<- *prometheus.Desc) { describe(ch, t.counters()) }

// Collect implements prometheus.Collector.
func (t *Tail) Collect(ch chan<- prometheus.Metric) { collect(ch, t.counters()) }
