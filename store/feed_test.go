package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

func TestFeed(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newNode(store.Config{Now: c.Now, FeedSize: 5})
	s.Event(lasso.Event{At: c.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "drpc", Title: "first"})
	s.Event(lasso.Event{At: c.Now(), Kind: lasso.EventConfig, Title: "reloaded"})
	for i := range 12 {
		v := call(c.Now(), fmt.Sprintf("method-%d", i), time.Millisecond)
		if i%2 == 1 {
			v.Chain, v.Provider = 10, "drpc"
		}
		s.Call(v)
	}
	s.Event(lasso.Event{At: c.Now(), Kind: lasso.EventHeight, Profile: "private", Chain: 1, Title: "other profile"})

	names := func(items []lasso.FeedItem) string {
		var list []string
		last := uint64(1 << 63)
		for _, i := range items {
			if i.Seq >= last {
				t.Errorf("not newest first: %d after %d", i.Seq, last)
			}
			last = i.Seq
			if i.Call != nil {
				list = append(list, strings.TrimPrefix(i.Call.Method, "method-"))
			} else {
				list = append(list, i.Event.Title)
			}
		}
		return strings.Join(list, ",")
	}
	all := s.Feed(lasso.FeedQuery{})
	tests := []struct {
		name  string
		query lasso.FeedQuery
		want  string
	}{
		{"all", lasso.FeedQuery{}, "other profile,11,10,9,8,7,reloaded,first"},
		{"limit", lasso.FeedQuery{Limit: 2}, "other profile,11"},
		{"calls", lasso.FeedQuery{Kinds: lasso.FeedCalls}, "11,10,9,8,7"},
		{"events", lasso.FeedQuery{Kinds: lasso.FeedEvents}, "other profile,reloaded,first"},
		{"profile", lasso.FeedQuery{Profile: "public"}, "11,10,9,8,7,reloaded,first"},
		{"chain", lasso.FeedQuery{Profile: "public", Chain: 1}, "10,8,reloaded,first"},
		{"provider", lasso.FeedQuery{Provider: "drpc"}, "11,9,7,first"},
		{"after", lasso.FeedQuery{After: all[3].Seq}, "other profile,11,10"},
		{"after all", lasso.FeedQuery{After: all[0].Seq}, ""},
	}
	for _, tt := range tests {
		if got := names(s.Feed(tt.query)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}

	c.Advance(time.Minute)
	again := newNode(store.Config{Now: c.Now})
	again.Call(call(c.Now(), "eth_call", time.Millisecond))
	if got := again.Feed(lasso.FeedQuery{After: all[0].Seq}); len(got) != 1 {
		t.Errorf("after a restart: got %d items, want 1", len(got))
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	observe := func(provider lasso.ProviderID, status lasso.Status, behind int64) {
		s.Observe(c.Now(), []lasso.ProviderState{{
			Profile: "public", Chain: 1, Provider: provider, Condition: lasso.Condition{Status: status}, Behind: behind,
		}})
	}
	c.Advance(2 * time.Hour)
	observe("alchemy", lasso.Healthy, 0)
	observe("alchemy", lasso.CircuitOpen, 3)
	observe("alchemy", lasso.Healthy, 1)
	c.Advance(time.Minute)
	observe("alchemy", lasso.StatusUnset, 9)
	c.Advance(time.Minute)
	observe("alchemy", lasso.Lagging, 7)
	observe("drpc", lasso.RateLimited, 0)

	cells := s.History("public", 1, "alchemy")
	if len(cells) != 60 || !cells[59].At.Equal(c.Now()) || !cells[0].At.Equal(c.Now().Add(-59*time.Minute)) {
		t.Fatalf("got %d cells from %s to %s", len(cells), cells[0].At, cells[len(cells)-1].At)
	}
	if got := cells[57]; got.Status != lasso.CircuitOpen || got.Behind != 3 {
		t.Errorf("worst of the minute: got %+v", got)
	}
	if got := cells[58]; got.Status != lasso.StatusUnset || got.Behind != 0 {
		t.Errorf("a minute without data: got %+v", got)
	}
	if got := cells[59]; got.Status != lasso.Lagging || got.Behind != 7 {
		t.Errorf("now: got %+v", got)
	}
	if got := s.History("public", 1, "")[59]; got.Status != lasso.RateLimited || got.Behind != 7 {
		t.Errorf("all providers: got %+v", got)
	}
	c.Advance(59 * time.Minute)
	observe("alchemy", lasso.Healthy, 0)
	cells = s.History("public", 1, "alchemy")
	if cells[0].Status != lasso.Lagging || cells[59].Status != lasso.Healthy || cells[30].Status != lasso.StatusUnset {
		t.Errorf("59 minutes later: got %+v, %+v, %+v", cells[0], cells[30], cells[59])
	}
	c.Advance(time.Minute)
	if got := s.History("public", 1, "alchemy")[0].Status; got != lasso.StatusUnset {
		t.Errorf("an hour later: got %v", got)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := fresh(c)
	fail := func(provider string, category lasso.Category, message string) {
		a := attempt(c.Now(), provider, "eth_call", time.Millisecond)
		a.Category, a.Message = category, message
		s.Attempt(a)
	}
	for i := range 5 {
		fail("alchemy", lasso.BlockNotAvailable, fmt.Sprintf("block %d not found", 19000000+i))
	}
	fail("alchemy", lasso.ServerError, "HTTP 502")
	fail("alchemy", lasso.ServerError, "HTTP 502")
	fail("drpc", lasso.ServerError, "HTTP 502")
	fail("alchemy", lasso.Timeout, "")
	fail("alchemy", lasso.ExecutionRevert, "execution reverted")
	fail("alchemy", lasso.Canceled, "context canceled")

	got := s.Errors("public", 1, "alchemy", lasso.Minute)
	want := []lasso.ErrorSample{
		{Message: "block … not found", Category: lasso.BlockNotAvailable, Count: 5, LastAt: c.Now()},
		{Message: "HTTP 502", Category: lasso.ServerError, Count: 2, LastAt: c.Now()},
		{Message: "timeout", Category: lasso.Timeout, Count: 1, LastAt: c.Now()},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if all := s.Errors("public", 0, "", lasso.Minute); len(all) != 3 || all[1].Count != 3 {
		t.Errorf("all providers: got %+v", all)
	}
	c.Advance(2 * time.Minute)
	if got := s.Errors("public", 1, "alchemy", lasso.Minute); got == nil || len(got) != 0 {
		t.Errorf("two minutes later: got %+v", got)
	}
	for i := range 500 {
		c.Advance(time.Millisecond)
		fail("alchemy", lasso.ServerError, fmt.Sprintf("message %c%c", 'a'+i%26, 'a'+i/26))
	}
	got = s.Errors("public", 1, "alchemy", lasso.Hour)
	if len(got) != 64 {
		t.Errorf("got %d groups, want 64", len(got))
	}
	if got[0].Message != fmt.Sprintf("message %c%c", 'a'+499%26, 'a'+499/26) {
		t.Errorf("the newest is %q", got[0].Message)
	}
}

func TestErrorMessages(t *testing.T) {
	t.Parallel()
	tests := []struct{ message, want string }{
		{"HTTP 502", "HTTP 502"},
		{"code -32005: limit exceeded", "code -32005: limit exceeded"},
		{"header 0x9f8a3c00112233445566 not found", "header 0x… not found"},
		{"timeout after 15000ms", "timeout after …ms"},
		{"request 123e4567e89b12d3 failed", "request … failed"},
		{"0xdead", "0xdead"},
		{"block 12345, head 67890", "block …, head …"},
		{"bad \xff byte", "bad � byte"},
	}
	for _, tt := range tests {
		s := fresh(newClock())
		a := attempt(epoch, "alchemy", "eth_call", 0)
		a.Category, a.Message = lasso.ServerError, tt.message
		s.Attempt(a)
		if got := s.Errors("public", 1, "", lasso.Minute); len(got) != 1 || got[0].Message != tt.want {
			t.Errorf("%q: got %+v, want %q", tt.message, got, tt.want)
		}
	}
}

func FuzzErrorMessage(f *testing.F) {
	f.Add("block 19000000 not found")
	f.Add("0x" + strings.Repeat("ab", 100))
	f.Add(strings.Repeat("é", 200))
	f.Fuzz(func(t *testing.T, message string) {
		s := fresh(newClock())
		a := attempt(epoch, "alchemy", "eth_call", 0)
		a.Category, a.Message = lasso.ServerError, message
		s.Attempt(a)
		got := s.Errors("public", 1, "", lasso.Minute)
		if len(got) != 1 || got[0].Message == "" || len(got[0].Message) > 160 || !utf8.ValidString(got[0].Message) {
			t.Errorf("%q: got %+v", message, got)
		}
	})
}
