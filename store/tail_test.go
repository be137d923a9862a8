package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// air is where two tails hear each other.
type air struct {
	mu        sync.Mutex
	listeners map[lasso.NodeID]func(from lasso.NodeID, region string, body []byte)
	sent      map[lasso.NodeID]int // messages
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
			hear(r.id, r.region, body)
		}
	}
	return nil
}

func (r radio) Listen(_ string, hear func(lasso.NodeID, string, []byte)) func() {
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

// messages is how many b has sent.
func (a *air) messages() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent["b"]
}

// hear hands a a message of b.
func (a *air) hear(text string) {
	a.mu.Lock()
	hear := a.listeners["a"]
	a.mu.Unlock()
	hear("b", "eu", []byte(text))
}

// twoTails runs the tails of two nodes in a bubble. Pages are read at the
// first, calls are made at the second.
func twoTails(t *testing.T, do func(page *store.Tail, busy *store.Store, sky *air)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := store.New(store.Config{Node: "a", Region: "us"}), store.New(store.Config{Node: "b", Region: "eu"})
		sky := &air{listeners: map[lasso.NodeID]func(lasso.NodeID, string, []byte){}, sent: map[lasso.NodeID]int{}}
		tailA, tailB := store.NewTail(a, radio{sky, "a", "us"}), store.NewTail(b, radio{sky, "b", "eu"})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, tail := range []*store.Tail{tailA, tailB} {
			running.Go(func() { _ = tail.Run(ctx) })
		}
		do(tailA, b, sky)
		cancel()
		running.Wait()
	})
}

// TestTailIsSilentUnwatched: nothing crosses the mesh until a page is read, and
// nothing any more when it is closed.
func TestTailIsSilentUnwatched(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, sky *air) {
		record(busy, 100)
		pass(time.Minute)
		if n := sky.messages(); n != 0 {
			t.Fatalf("sent %d messages to nobody", n)
		}
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		if n := len(page.Feed(lasso.FeedQuery{})); n != 40 {
			t.Errorf("a page that opens sees %d items, want the last 40", n)
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
			{lasso.FeedQuery{Region: "eu"}, 4},
			{lasso.FeedQuery{Region: "us"}, 0},
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

func TestTailRefusesNonsense(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		long, _ := json.Marshal(strings.Repeat("a", 600))
		for _, text := range []string{
			"", "[]", `{"items":[{}]}`, `{"items":[{"call":{},"event":{}}]}`, `{"items":[{"call":{"Method":` + string(long) + `}}]}`,
			`{"items":[{"call":{"Duration":-1}}]}`, `{"items":[` + strings.Repeat(`{"call":{}},`, 300) + `{"call":{}}]}`,
		} {
			sky.hear(text)
		}
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 0 {
			t.Errorf("took %+v", got)
		}
		sky.hear(fmt.Sprintf(`{"items":[{"call":{"At":%q}}]}`, time.Now().Add(9*time.Hour).Format(time.RFC3339)))
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 1 || got[0].Call.At.After(time.Now()) {
			t.Errorf("a call from the future: got %+v", got)
		}
	})
}
