package store_test

import (
	"context"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// hears takes what a node publishes.
type hears = func(from lasso.NodeID, boot lasso.BootID, region string, body []byte)

// air is where the tails of several nodes hear each other.
type air struct {
	mu        sync.Mutex
	listeners map[lasso.NodeID]hears
	answers   map[lasso.NodeID]*store.Tail
	sent      map[lasso.NodeID]int // messages
}

func newAir() *air {
	return &air{listeners: map[lasso.NodeID]hears{}, answers: map[lasso.NodeID]*store.Tail{}, sent: map[lasso.NodeID]int{}}
}

// radio is what one node has of it.
type radio struct {
	*air
	id     lasso.NodeID
	region string
}

func (r radio) Publish(_ string, body []byte) error {
	r.mu.Lock()
	r.sent[r.id]++
	listeners := maps.Clone(r.listeners)
	r.mu.Unlock()
	for id, hear := range listeners {
		if id != r.id {
			hear(r.id, "boot", r.region, body)
		}
	}
	return nil
}

func (r radio) Listen(_ string, hear hears) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners[r.id] = hear
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.listeners, r.id)
	}
}

func (r radio) Interested(string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.listeners {
		if id != r.id {
			return true
		}
	}
	return false
}

func (r radio) Ask(ctx context.Context, question string, body []byte) lasso.Poll {
	r.mu.Lock()
	tails := maps.Clone(r.answers)
	r.mu.Unlock()
	var p lasso.Poll
	for id, tail := range tails {
		if id == r.id || question != store.FeedQuestion {
			continue
		}
		if answer, err := tail.Answer(ctx, body); err == nil {
			p.Replies = append(p.Replies, lasso.Reply{Node: id, Boot: "boot", Region: "eu", Body: answer})
		}
	}
	return p
}

func (r radio) Generation() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.answers))
}

// messages is how many b has sent.
func (a *air) messages() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent["b"]
}

// ear is how a hears.
func (a *air) ear() hears {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.listeners["a"]
}

// hear hands a message of another node to a.
func (a *air) hear(from lasso.NodeID, text string) {
	a.ear()(from, "boot", "eu", []byte(text))
}

// inAir runs the tails of nodes a, b and c in a bubble.
func inAir(t *testing.T, do func(tails []*store.Tail, stores []*store.Store, sky *air)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sky := newAir()
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		var tails []*store.Tail
		var stores []*store.Store
		for i, id := range []lasso.NodeID{"a", "b", "c"} {
			region := []string{"us", "eu", "ap"}[i]
			s := store.New(store.Config{Node: id, Region: region})
			tail := store.NewTail(s, radio{sky, id, region})
			running.Go(func() { _ = tail.Run(ctx) })
			sky.mu.Lock()
			sky.answers[id] = tail
			sky.mu.Unlock()
			stores, tails = append(stores, s), append(tails, tail)
		}
		do(tails, stores, sky)
		cancel()
		running.Wait()
	})
}

// twoTails is inAir with pages read at the first node and calls made at the
// second.
func twoTails(t *testing.T, do func(page *store.Tail, busy *store.Store, sky *air)) {
	t.Helper()
	inAir(t, func(tails []*store.Tail, stores []*store.Store, sky *air) { do(tails[0], stores[1], sky) })
}

// TestTailIsSilentUnwatched: nothing crosses the mesh until a page is read, and
// nothing any more when it is closed.
func TestTailIsSilentUnwatched(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, sky *air) {
		record(busy, 150)
		pass(time.Minute)
		if n := sky.messages(); n != 0 {
			t.Fatalf("sent %d messages to nobody", n)
		}
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		if n := len(page.Feed(lasso.FeedQuery{})); n != 100 {
			t.Errorf("a page that opens sees %d items, want the last 100", n)
		}
		pass(time.Minute)
		before := sky.messages()
		record(busy, 100)
		pass(time.Minute)
		if sky.messages() != before {
			t.Error("still sending after the page was closed")
		}
	})
}

// TestTailComesBack: a page that is opened again gets what it missed, and
// nothing twice.
func TestTailComesBack(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, _ *air) {
		record(busy, 10)
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		pass(time.Minute) // nobody reads
		record(busy, 5)
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		if n := len(page.Feed(lasso.FeedQuery{})); n != 15 {
			t.Errorf("got %d items, want all 15 once", n)
		}
	})
}

// TestTailSamples: failures and events all pass, of answered calls at most 40 a
// second.
func TestTailSamples(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, _ *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		for range 40 { // 10 s with 400 calls, 20 failures and 4 events each second
			for range 100 {
				busy.Call(call(time.Now(), "eth_call", time.Millisecond))
			}
			for range 5 {
				c := call(time.Now(), "eth_call", time.Millisecond)
				c.Category = lasso.Timeout
				busy.Call(c)
			}
			busy.Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Title: "HTTP closed to open"})
			page.Feed(lasso.FeedQuery{})
			pass(250 * time.Millisecond)
		}
		pass(time.Second)
		answered, failed, events := 0, 0, 0
		for _, it := range page.Feed(lasso.FeedQuery{}) {
			switch {
			case it.Node != "b" || it.Region != "eu":
				t.Fatalf("item of %s in %s", it.Node, it.Region)
			case it.Event != nil:
				events++
			case it.Call.Category == lasso.OK:
				answered++
			default:
				failed++
			}
		}
		if failed != 200 || events != 40 || answered < 350 || answered > 450 {
			t.Errorf("got %d failures, %d events, %d of 4,000 answered calls; want 200, 40, about 400", failed, events, answered)
		}
	})
}

// TestTailFilters: by region, by what, and newest first.
func TestTailFilters(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, _ *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		busy.Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "alchemy", Title: "t"})
		record(busy, 3)
		pass(time.Second)
		for _, tt := range []struct {
			q    lasso.FeedQuery
			want int
		}{
			{lasso.FeedQuery{}, 4},
			{lasso.FeedQuery{Place: lasso.Place{Region: "eu"}}, 4},
			{lasso.FeedQuery{Place: lasso.Place{Region: "us"}}, 0},
			{lasso.FeedQuery{Kinds: lasso.FeedEvents}, 1},
			{lasso.FeedQuery{Kinds: lasso.FeedCalls}, 3},
			{lasso.FeedQuery{Profile: "other"}, 0},
			{lasso.FeedQuery{Limit: 2}, 2},
		} {
			items := page.Feed(tt.q)
			if len(items) != tt.want {
				t.Errorf("%+v: got %d items, want %d", tt.q, len(items), tt.want)
			}
			for i := 1; i < len(items); i++ {
				if items[i].Seq >= items[i-1].Seq {
					t.Errorf("%+v: %d after %d", tt.q, items[i].Seq, items[i-1].Seq)
				}
			}
		}
	})
}

// TestTailSecondWatcher: whoever begins to watch sees at once what the others
// keep, also while a third node has been watching for long.
func TestTailSecondWatcher(t *testing.T) {
	inAir(t, func(tails []*store.Tail, stores []*store.Store, _ *air) {
		tails[0].Feed(lasso.FeedQuery{})
		pass(time.Second)
		record(stores[1], 5)
		stores[1].Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Title: "HTTP closed to open"})
		for range 10 {
			tails[0].Feed(lasso.FeedQuery{})
			pass(5 * time.Second)
		}
		if n := len(tails[0].Feed(lasso.FeedQuery{})); n != 6 {
			t.Fatalf("the first watcher has %d items, want 6", n)
		}
		tails[2].Feed(lasso.FeedQuery{})
		pass(time.Second)
		if n := len(tails[2].Feed(lasso.FeedQuery{})); n != 6 {
			t.Errorf("the second watcher has %d items, want the 6 that are kept", n)
		}
		if n := len(tails[0].Feed(lasso.FeedQuery{})); n != 6 {
			t.Errorf("the first watcher has %d items then, want the same 6", n)
		}
	})
}

// TestTailCursorSkipsNothing follows the tail by After while this node and
// another one are busy: nothing is missed and nothing comes twice.
func TestTailCursorSkipsNothing(t *testing.T) {
	t.Parallel()
	const calls, rounds = 30_000, 150
	s := store.New(store.Config{Node: "a", FeedSize: 2 * calls})
	sky := newAir()
	tail := store.NewTail(s, radio{sky, "a", "us"})
	ctx, cancel := context.WithCancel(t.Context())
	var running, busy sync.WaitGroup
	running.Go(func() { _ = tail.Run(ctx) })
	tail.Feed(lasso.FeedQuery{})
	for sky.ear() == nil {
		runtime.Gosched()
	}
	busy.Go(func() {
		for range calls {
			s.Call(call(time.Now(), "eth_call", time.Millisecond))
		}
	})
	busy.Go(func() {
		for i := range rounds {
			sky.hear("b", news(1+200*i, 200, plainItem))
		}
	})
	done := make(chan struct{})
	go func() { busy.Wait(); close(done) }()
	seen, after := map[uint64]bool{}, uint64(0)
	for last := false; ; {
		for _, it := range tail.Feed(lasso.FeedQuery{After: after}) {
			if seen[it.Seq] {
				t.Fatalf("item %d came twice", it.Seq)
			}
			seen[it.Seq] = true
			after = max(after, it.Seq)
		}
		if last {
			break
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
	cancel()
	running.Wait()
	if want := calls + 200*rounds; len(seen) != want {
		t.Errorf("saw %d of %d items", len(seen), want)
	}
}

// TestTailAnswerIsBounded: what happened before fits into one message however
// long its texts are.
func TestTailAnswerIsBounded(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{})
	c := call(time.Now(), "eth_call", time.Second)
	c.Category, c.Trace = lasso.Timeout, &lasso.Trace{}
	for range lasso.MaxTries {
		c.Trace.Tries = append(c.Trace.Tries, lasso.Try{Message: strings.Repeat("\x01", lasso.MaxTraceText), Why: strings.Repeat("\x01", lasso.MaxTraceText)})
	}
	for range 2000 {
		s.Call(c)
	}
	body, err := store.NewTail(s, nil).Answer(t.Context(), nil)
	if err != nil || len(body) < 100_000 || len(body) > 2<<20 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}
