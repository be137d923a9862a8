package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lasso-rpc/lasso"
)

// The names under which nodes send each other what happens, and ask each other
// what happened before.
const (
	FeedTopic    = "feed"
	FeedQuestion = "feed"
)

// Broadcast carries what happens on one node to those that listen.
type Broadcast interface {
	// Publish tells all other nodes that listen. It does not wait for them.
	Publish(topic string, body []byte) error
	// Listen hands what other nodes publish to hear, one message at a time,
	// until stop is called.
	Listen(topic string, hear func(from lasso.NodeID, boot lasso.BootID, region string, body []byte)) (stop func())
	// Interested tells whether another node listens. It does not block.
	Interested(topic string) bool
	// Ask puts a question to all other nodes and returns when all have answered
	// or ctx has ended.
	Ask(ctx context.Context, question string, body []byte) lasso.Poll
	// Generation grows when a node joins or leaves. It does not block.
	Generation() uint64
}

// What happens crosses the mesh only while somebody watches, and no more of it
// than this.
const (
	tailEvery   = 250 * time.Millisecond
	tailCalls   = 10               // plain calls a node sends each time: 40 a second
	tailMost    = 250              // items of any kind a node sends each time
	tailBytes   = 1 << 20          // of one message
	tailOverlap = 40               // items sent again when somebody begins to watch, so that none is missed between the answer and the news
	watchFor    = 15 * time.Second // a page that was read this long ago is watched
	askEvery    = 3 * time.Second  // at most, for what happened before
	askFor      = 5 * time.Second  // what happened before is waited for
)

// maxBacklog is how many items a node tells one that begins to watch.
const maxBacklog = 800

// backlog is how many that are of each shelf: the newest.
func backlog() [tailShelves]int {
	return [tailShelves]int{plainCalls: 100, troubleCalls: 300, ownCalls: 100, eventShelf: 300}
}

// Tail joins the activity of all nodes. While a page of this node is read it
// listens, and the others send what happens there: failures, failovers and
// events, and a sample of the other calls. When it begins to listen it asks them
// what happened before. While nobody listens, nothing is sent. All methods are
// safe for concurrent use.
//
// Of other nodes it keeps as many items of each sort as of its own node: see
// shared.
type Tail struct {
	local *Store
	mesh  Broadcast // nil: this node is alone

	read atomic.Int64 // when a page was read last, Unix nanoseconds
	wake chan struct{}

	mu     sync.Mutex // items of other nodes are numbered and kept under it
	remote [tailShelves]shared

	sampled, skipped, received, refused atomic.Uint64
}

// feedNews is what one node sends.
type feedNews struct {
	Items   []json.RawMessage `json:"items"`             // each a feedWire
	Skipped uint64            `json:"skipped,omitempty"` // left out since the message before
}

type feedWire struct {
	Seq   uint64       `json:"seq,omitempty"` // counts on the node that sends; an older one gives none
	Call  *lasso.Call  `json:"call,omitempty"`
	Event *lasso.Event `json:"event,omitempty"`
}

// NewTail returns the activity of this node and, with a mesh, of the others. It
// starts nothing; see Run.
func NewTail(local *Store, mesh Broadcast) *Tail {
	t := &Tail{local: local, mesh: mesh, wake: make(chan struct{}, 1)}
	for i := range t.remote {
		t.remote[i] = shared{size: local.cfg.FeedSize, nodes: map[lasso.NodeID]*portion{}}
	}
	return t
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
	l := listener{tail: t, asking: make(chan struct{}, 1)}
	defer l.stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
			l.listen(ctx)
		case <-every.C:
			l.look(ctx)
			t.send(&s)
		}
	}
}

// listener is Run's ear. Its methods are of Run's goroutine.
type listener struct {
	tail       *Tail
	end        func()        // nil: it does not listen
	due        bool          // the nodes are to be asked
	asked      int64         // when they were, Unix nanoseconds
	generation uint64        // of the nodes that were asked
	asking     chan struct{} // holds one while they are being asked
	asks       sync.WaitGroup
}

// listen begins to listen, and asks what happened before.
func (l *listener) listen(ctx context.Context) {
	if l.end == nil {
		l.end, l.due = l.tail.mesh.Listen(FeedTopic, l.tail.hear), true
		l.ask(ctx)
	}
}

// look stops listening when nobody watches any more, and asks again when other
// nodes are there.
func (l *listener) look(ctx context.Context) {
	switch {
	case l.end == nil:
	case !l.tail.watched():
		l.end()
		l.end = nil
	case l.due || l.generation != l.tail.mesh.Generation():
		l.due = true
		l.ask(ctx)
	}
}

// ask asks all nodes for what they keep, at most every askEvery: an answer is
// large, and nodes may come and go.
func (l *listener) ask(ctx context.Context) {
	now := l.tail.now()
	if l.asked != 0 && now-l.asked < int64(askEvery) {
		return // look tries again
	}
	select {
	case l.asking <- struct{}{}:
	default:
		return // look tries again
	}
	l.due, l.asked, l.generation = false, now, l.tail.mesh.Generation()
	l.asks.Go(func() {
		defer func() { <-l.asking }()
		limited, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		for _, r := range l.tail.mesh.Ask(limited, FeedQuestion, nil).Replies {
			l.tail.take(r.Node, r.Boot, r.Region, r.Body, maxBacklog)
		}
	})
}

func (l *listener) stop() {
	if l.end != nil {
		l.end()
	}
	l.asks.Wait()
}

// Answer tells a node that begins to watch what is kept here.
func (t *Tail) Answer(context.Context, []byte) ([]byte, error) {
	var kept []lasso.FeedItem
	left := backlog()
	for _, it := range t.local.Feed(lasso.FeedQuery{Origin: lasso.FromAnyone}) {
		if r := tailShelf(&it); left[r] > 0 {
			left[r]--
			kept = append(kept, it)
		}
	}
	body, _, err := pack(kept, 0)
	return body, err
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
		q.After, q.Limit = 0, tailOverlap
	}
	items := t.local.Feed(q) // newest first
	if len(items) == 0 {
		s.running = true
		return
	}
	s.sent = items[0].Seq
	budget := tailCalls
	if !s.running {
		s.running, budget = true, tailOverlap
	}
	body, skipped, err := pack(thin(items, budget))
	t.sampled.Add(skipped)
	if err == nil {
		_ = t.mesh.Publish(FeedTopic, body)
	}
}

// plain tells the calls that are sampled: those that the first provider
// answered.
func plain(it *lasso.FeedItem) bool {
	return it.Event == nil && it.Call.Category.Answered() && it.Call.Failovers == 0
}

// thin keeps what failed or failed over and events, and the other calls as far
// as the budget goes; the newest first, as they come.
func thin(items []lasso.FeedItem, budget int) (kept []lasso.FeedItem, skipped uint64) {
	answered := 0
	for i := range items {
		if plain(&items[i]) {
			answered++
		}
	}
	every := max((answered+budget-1)/max(budget, 1), 1)
	seen := 0
	for i := range items {
		common := plain(&items[i])
		if common {
			seen++
		}
		if common && (seen-1)%every != 0 || len(kept) >= tailMost {
			skipped++
			continue
		}
		kept = append(kept, items[i])
	}
	return kept, skipped
}

// pack writes a message: of items with the newest first, as many as it has room
// for. In the message the oldest is first.
func pack(items []lasso.FeedItem, skipped uint64) (body []byte, left uint64, err error) {
	n := feedNews{Items: make([]json.RawMessage, 0, len(items)), Skipped: skipped}
	room := tailBytes
	for i := range items {
		it := &items[i]
		text, err := json.Marshal(feedWire{Seq: it.Seq, Call: it.Call, Event: it.Event})
		if err != nil {
			return nil, n.Skipped, fmt.Errorf("feed: %w", err)
		}
		if room -= len(text); room < 0 {
			n.Skipped += unsigned(len(items) - i)
			break
		}
		n.Items = append(n.Items, text)
	}
	slices.Reverse(n.Items)
	body, err = json.Marshal(n)
	return body, n.Skipped, err
}

// Feed returns the newest items that match on all nodes, newest first, and
// keeps the others sending. An event that names no profile, chain or provider
// concerns all of them. Whoever asks again with After set to the highest number
// that came misses nothing that was kept meanwhile.
func (t *Tail) Feed(q lasso.FeedQuery) []lasso.FeedItem {
	if t.mesh != nil {
		t.read.Store(t.now())
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
	var items []lasso.FeedItem
	t.mu.Lock()
	// All that has a number up to this one can be read: it is a place to go on
	// from that skips nothing.
	last := t.local.feed.last()
	for i := range t.remote {
		items = t.remote[i].find(items, &q)
	}
	t.mu.Unlock()
	if q.Has(t.local.cfg.Node, t.local.cfg.Region) {
		items = append(items, t.local.feedUpTo(&q, last)...)
	}
	slices.SortFunc(items, func(x, y lasso.FeedItem) int { return cmp.Compare(y.Seq, x.Seq) })
	if q.Limit > 0 && len(items) > q.Limit {
		items = items[:q.Limit]
	}
	return items
}

var _ prometheus.Collector = (*Tail)(nil)

func (t *Tail) counters() map[*prometheus.Desc]uint64 {
	return map[*prometheus.Desc]uint64{
		prometheus.NewDesc("lasso_feed_sampled_out_total", "Calls and events that were not sent to the nodes that watch, nearly all of them answered calls.", nil, nil): t.sampled.Load(),
		prometheus.NewDesc("lasso_feed_skipped_total", "Calls and events that other nodes left out of what they sent.", nil, nil):                                       t.skipped.Load(),
		prometheus.NewDesc("lasso_feed_received_total", "Calls and events that other nodes sent.", nil, nil):                                                            t.received.Load(),
		prometheus.NewDesc("lasso_feed_refused_total", "Calls and events of other nodes that were left out for making no sense.", nil, nil):                             t.refused.Load(),
	}
}

// Describe implements prometheus.Collector.
func (t *Tail) Describe(ch chan<- *prometheus.Desc) { describe(ch, t.counters()) }

// Collect implements prometheus.Collector.
func (t *Tail) Collect(ch chan<- prometheus.Metric) { collect(ch, t.counters()) }
