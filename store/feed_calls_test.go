package store_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// sampleCalls are four calls that differ in all that a query can ask for.
func sampleCalls(at time.Time) []lasso.Call {
	plain := call(at, "eth_call", 20*time.Millisecond)
	plain.RequestID = "aaaaaa-plain"
	slow := call(at, "eth_getLogs", 1500*time.Millisecond)
	slow.RequestID, slow.Chain, slow.Provider = "bbbbbb-slow", 10, "drpc"
	over := call(at, "eth_call", 640*time.Millisecond)
	over.RequestID, over.Provider, over.Failovers, over.Attempts, over.Detail = "cccccc-over", "drpc", 1, 2, "alchemy: HTTP 502"
	over.Trace = &lasso.Trace{Tries: []lasso.Try{
		{Provider: "alchemy", Transport: lasso.HTTP, Category: lasso.ServerError, Took: 400 * time.Millisecond, Message: "HTTP 502", Why: "priority 1"},
		{Provider: "drpc", Transport: lasso.HTTP, Start: 401 * time.Millisecond, Took: 239 * time.Millisecond},
	}, Others: []lasso.Other{{Provider: "own", Transport: lasso.HTTP, LeftOut: true, Why: "4 blocks behind, limit 2"}}}
	failed := call(at, "eth_getLogs", 2*time.Second)
	failed.RequestID, failed.Provider, failed.Category = "bbbbbb-failed", "", lasso.Timeout
	failed.Trace = &lasso.Trace{Tries: []lasso.Try{{Provider: "own", Category: lasso.Timeout, Message: "no answer in 2 s"}}}
	return []lasso.Call{plain, slow, over, failed}
}

func TestFeedOfCalls(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newNode(store.Config{Now: c.Now})
	for _, v := range sampleCalls(c.Now()) {
		s.Call(v)
	}
	own := call(c.Now(), "eth_call", time.Millisecond)
	own.RequestID, own.Origin = "dddddd-own", lasso.System
	s.Call(own)
	s.Event(lasso.Event{At: c.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "alchemy", Title: "event"})
	for _, tt := range []struct {
		query lasso.FeedQuery
		want  string
	}{
		{lasso.FeedQuery{}, "event failed over slow plain"},
		{lasso.FeedQuery{Origin: lasso.FromAnyone}, "event own failed over slow plain"},
		{lasso.FeedQuery{Origin: lasso.FromAnyone, Limit: 2}, "event own"},
		{lasso.FeedQuery{Origin: lasso.FromAnyone, Kinds: lasso.FeedEvents}, "event"},
		{lasso.FeedQuery{Origin: lasso.FromSystem}, "own"},
		{lasso.FeedQuery{RequestID: "dddddd"}, ""},
		{lasso.FeedQuery{Method: "eth_call"}, "over plain"},
		{lasso.FeedQuery{Method: "eth"}, ""},
		{lasso.FeedQuery{Outcome: lasso.OutcomeOK}, "over slow plain"},
		{lasso.FeedQuery{Outcome: lasso.OutcomeFailed}, "failed"},
		{lasso.FeedQuery{Outcome: lasso.OutcomeFailover}, "over"},
		{lasso.FeedQuery{Outcome: lasso.OutcomeLocal}, ""},
		{lasso.FeedQuery{Outcome: lasso.OutcomeTrouble}, "failed over"},
		{lasso.FeedQuery{Outcome: lasso.OutcomeTrouble, Limit: 1}, "failed"},
		{lasso.FeedQuery{MinDuration: time.Second}, "failed slow"},
		{lasso.FeedQuery{MinDuration: 1500 * time.Millisecond, Outcome: lasso.OutcomeOK}, "slow"},
		{lasso.FeedQuery{Kinds: lasso.FeedCalls, Provider: "alchemy"}, "over plain"},
		{lasso.FeedQuery{Kinds: lasso.FeedCalls, Provider: "own"}, "failed"},
		{lasso.FeedQuery{RequestID: "aaaaaa-plain"}, "plain"},
		{lasso.FeedQuery{RequestID: "bbbbbb"}, "failed slow"},
		{lasso.FeedQuery{RequestID: "bbbbb"}, ""},
		{lasso.FeedQuery{RequestID: "bbbbbb", Limit: 1}, "failed"},
		{lasso.FeedQuery{Text: "cccccc-over"}, "over"},
		{lasso.FeedQuery{Text: "cccccc-ove"}, "over"},
		{lasso.FeedQuery{Text: "GETLOGS"}, "failed slow"},
		{lasso.FeedQuery{Text: "502"}, "over"},
		{lasso.FeedQuery{Text: "no answer"}, "failed"},
		{lasso.FeedQuery{Text: "server_error"}, "over"},
		{lasso.FeedQuery{Text: "nowhere"}, ""},
		{lasso.FeedQuery{Kinds: lasso.FeedEvents, Text: "event"}, ""},
	} {
		var got []string
		for _, it := range s.Feed(tt.query) {
			if it.Event != nil {
				got = append(got, it.Event.Title)
				continue
			}
			_, name, _ := strings.Cut(it.Call.RequestID, "-")
			got = append(got, name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: got %v, want %q", tt.query, got, tt.want)
		}
	}
}

// TestOwnCallsAreNotClients: calls of our own are in no figure, and however many
// they are, they push out no client's.
func TestOwnCallsAreNotClients(t *testing.T) {
	t.Parallel()
	s := newNode(store.Config{FeedSize: 3, CacheFor: -1})
	s.Call(call(time.Now(), "eth_call", time.Millisecond))
	own := call(time.Now(), "eth_call", time.Hour)
	own.Origin = lasso.System
	for range 10 {
		s.Call(own)
	}
	if got := len(s.Feed(lasso.FeedQuery{})); got != 1 {
		t.Errorf("calls of clients kept: got %d, want 1", got)
	}
	if got := len(s.Feed(lasso.FeedQuery{Origin: lasso.FromSystem})); got != 3 {
		t.Errorf("calls of our own kept: got %d, want 3", got)
	}
	if got := s.Totals("public", 1, lasso.Minute).Data.Calls; got != 1 {
		t.Errorf("calls counted: got %d, want 1", got)
	}
}

// TestFeedWhileRecording reads more than one chunk while the ring turns: what
// is read is in order, whole, and within the bound.
func TestFeedWhileRecording(t *testing.T) {
	t.Parallel()
	s := newNode(store.Config{FeedSize: 300})
	record := func(n int) {
		for range n {
			s.Call(call(time.Now(), "eth_call", time.Millisecond))
		}
	}
	record(301)
	if got := s.Feed(lasso.FeedQuery{Method: "eth_call"}); len(got) != 300 {
		t.Fatalf("got %d items, want 300", len(got))
	}
	var writing sync.WaitGroup
	writing.Go(func() { record(5000) })
	for range 50 {
		items := s.Feed(lasso.FeedQuery{})
		if len(items) == 0 || len(items) > 300 {
			t.Fatalf("got %d items, want up to 300", len(items))
		}
		for i := 1; i < len(items); i++ {
			if items[i].Seq >= items[i-1].Seq {
				t.Fatalf("%d after %d", items[i].Seq, items[i-1].Seq)
			}
		}
	}
	writing.Wait()
}

// TestTailCarriesTraces: a call that failed over arrives with both tries, and
// is never left out of the sample.
func TestTailCarriesTraces(t *testing.T) {
	twoTails(t, func(page *store.Tail, busy *store.Store, _ *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		over := sampleCalls(time.Now())[2]
		over.Picked, over.Why = 30*time.Microsecond, "by priority"
		for range 20 {
			record(busy, 5)
			busy.Call(over)
		}
		pass(time.Second)
		got := page.Feed(lasso.FeedQuery{Outcome: lasso.OutcomeFailover})
		if len(got) != 20 {
			t.Fatalf("got %d calls that failed over, want all 20", len(got))
		}
		a, _ := json.Marshal(got[0].Call)
		b, _ := json.Marshal(over)
		if string(a) != string(b) {
			t.Errorf("got\n%s, want\n%s", a, b)
		}
	})
}

func TestTailBoundsTraces(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		many := func(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
		long := strings.Repeat("a", lasso.MaxTraceText+1)
		hear := func(call string) { sky.hear("b", `{"items":[{"call":{"At":"2000-01-01T00:00:00Z",`+call[1:]+`}]}`) }
		for _, call := range []string{
			`{"Trace":{"Tries":[` + many(`{}`, lasso.MaxTries+1) + `]}}`,
			`{"Trace":{"Others":[` + many(`{}`, lasso.MaxOthers+1) + `]}}`,
			`{"Trace":{"Tries":[{"Start":-1}]}}`,
			`{"Trace":{"Tries":[{"Took":-1}]}}`,
			`{"Trace":{"Tries":[{"Took":9223372036854775807}]}}`,
			`{"Trace":{"Tries":[{"Message":"` + long + `"}]}}`,
			`{"Trace":{"Tries":[{"Why":"` + long + `"}]}}`,
			`{"Trace":{"Others":[{"Why":"` + long + `"}]}}`,
			`{"Trace":{"Tries":[{"Provider":"` + strings.Repeat("p", 600) + `"}]}}`,
			`{"Trace":{"Tries":[{"Transport":"pigeon"}]}}`,
			`{"Picked":-1}`, `{"Upstream":-1}`, `{"Attempts":-1}`, `{"Attempts":1001}`, `{"BytesOut":-1}`,
			`{"Duration":9223372036854775807}`,
			`{"Why":"` + strings.Repeat("w", 600) + `"}`,
		} {
			hear(call)
		}
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 0 {
			t.Errorf("took %+v", got[0].Call)
		}
		hear(fmt.Sprintf(`{"Trace":{"Tries":[%s],"Others":[%s],"New":1},"Picked":5,"Later":{}}`, many(`{"Category":"of_a_newer_version"}`, lasso.MaxTries), many(`{}`, lasso.MaxOthers)))
		hear(`{"Method":"eth_call","Duration":1}`) // an older version
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 2 || got[0].Call.Trace != nil || got[1].Call.Trace.Tries[0].Category != lasso.UnknownError {
			t.Errorf("got %+v, want a call of a newer version and one of an older", got)
		}
	})
}

// TestFeedOfRings: rings of any size keep the last values, over the borders of
// what is allocated at a time, and what was read stays as it was.
func TestFeedOfRings(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3, 63, 64, 65, 128, 200} {
		s := newNode(store.Config{FeedSize: size, CacheFor: -1})
		var before []lasso.FeedItem
		for i := range 500 {
			c := call(time.Now(), strconv.Itoa(i), time.Millisecond)
			if i%3 == 0 {
				c.Category = lasso.Timeout // another ring
			}
			s.Call(c)
			if i == 300 {
				before = s.Feed(lasso.FeedQuery{})
			}
			for _, failed := range []bool{true, false} {
				q := lasso.FeedQuery{Outcome: lasso.OutcomeOK}
				want := min(i-i/3, size)
				if failed {
					q.Outcome, want = lasso.OutcomeFailed, min(i/3+1, size)
				}
				items := s.Feed(q)
				if len(items) != want {
					t.Fatalf("size %d, after %d calls: %d are kept (failed: %t), want %d", size, i+1, len(items), failed, want)
				}
				for k := 1; k < len(items); k++ {
					if a, b := items[k-1], items[k]; a.Seq <= b.Seq || a.Number != a.Seq {
						t.Fatalf("size %d: %d before %d", size, a.Seq, b.Seq)
					}
				}
			}
		}
		if got := before[0].Call.Method; got != "300" {
			t.Errorf("size %d: what was read has become %s", size, got)
		}
		all := s.Feed(lasso.FeedQuery{})
		for limit := 1; limit <= len(all); limit++ {
			got := s.Feed(lasso.FeedQuery{Limit: limit})
			if len(got) != limit || got[limit-1].Seq != all[limit-1].Seq {
				t.Errorf("size %d, limit %d: %d items", size, limit, len(got))
			}
		}
		for i := range all {
			if got := s.Feed(lasso.FeedQuery{After: all[i].Seq}); len(got) != i {
				t.Errorf("size %d, after the item %d: %d items, want %d", size, i, len(got), i)
			}
		}
	}
}
