package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// BenchmarkFeed reads a feed that is full: 2,000 items of each sort.
func BenchmarkFeed(b *testing.B) {
	s := store.New(store.Config{Node: "a"})
	now := time.Now()
	for i := range 2000 {
		plain := call(now, "eth_call", spread(uint64(i)))
		plain.RequestID = fmt.Sprintf("%016d", i)
		bad, own := plain, plain
		bad.Category, own.Origin = lasso.Timeout, lasso.System
		s.Call(plain)
		s.Call(bad)
		s.Call(own)
		s.Event(lasso.Event{At: now, Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "drpc", Title: "HTTP closed to open"})
	}
	tail := store.NewTail(s, nil)
	for _, bm := range []struct {
		name  string
		query lasso.FeedQuery
		want  int
	}{
		{"whole", lasso.FeedQuery{Origin: lasso.FromAnyone}, 8000},
		{"newest", lasso.FeedQuery{Limit: 20}, 20},
		{"failed", lasso.FeedQuery{Outcome: lasso.OutcomeFailed, Limit: 100}, 100},
		{"other profile", lasso.FeedQuery{Profile: "other", Kinds: lasso.FeedCalls, Limit: 100}, 0},
		{"text that is nowhere", lasso.FeedQuery{Text: "nowhere"}, 0},
		{"nothing new", lasso.FeedQuery{After: 1 << 63}, 0},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := len(tail.Feed(bm.query)); got != bm.want {
					b.Fatalf("got %d items, want %d", got, bm.want)
				}
			}
		})
	}
}
