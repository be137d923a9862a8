package store_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// TestReadsOfANode: two nodes of a region have figures of their own, and
// together they are the region's, in every kind of read.
func TestReadsOfANode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, peers := nodes(3, time.Now)
		peers[1].region, peers[2].region = "eu", "eu"
		for i, s := range stores {
			for range 1 + 2*i { // 1, 3 and 5
				s.Attempt(attempt(time.Now(), "alchemy", "eth_call", time.Duration(1+i)*time.Millisecond))
			}
		}
		net := &mesh{peers: peers[1:], gone: []peer{{id: "n9", region: "eu"}}}
		m := store.NewMetricsStore(stores[0], net, store.MetricsConfig{})
		reads := map[string]func(lasso.Scope) (uint64, lasso.Coverage){
			"leaderboard": func(s lasso.Scope) (n uint64, c lasso.Coverage) {
				a := m.Leaderboard(s)
				for _, r := range a.Data {
					n += r.Calls
				}
				return n, a.Coverage
			},
			"methods": func(s lasso.Scope) (n uint64, c lasso.Coverage) {
				a := m.MethodsByProvider(s)
				for _, r := range a.Data {
					n += r.Calls
				}
				return n, a.Coverage
			},
			"series": func(s lasso.Scope) (n uint64, c lasso.Coverage) {
				s.Provider = "alchemy"
				a := m.Series(s)
				for _, p := range a.Data {
					n += p.Calls
				}
				return n, a.Coverage
			},
			"histogram": func(s lasso.Scope) (n uint64, c lasso.Coverage) {
				s.Provider = "alchemy"
				a := m.Histogram(s)
				for _, b := range a.Data {
					n += b.Count
				}
				return n, a.Coverage
			},
		}
		for name, read := range reads {
			read(minute)
			synctest.Wait()
			for at, want := range map[lasso.Place][3]int{
				{}:                          {9, 3, 4},
				{Region: "eu"}:              {8, 2, 3},
				{Node: "n1"}:                {3, 1, 1},
				{Node: "n2"}:                {5, 1, 1},
				{Node: "n2", Region: "eu"}:  {5, 1, 1},
				{Node: "n9"}:                {0, 0, 1},
				{Node: "n0", Region: "any"}: {1, 1, 1},
			} {
				scope := minute
				scope.Place = at
				n, c := read(scope)
				if got := [3]int{int(n), c.Responding, c.Total}; got != want {
					t.Errorf("%s of %+v: got %v, want %v", name, at, got, want)
				}
			}
		}
	})
}

// TestFeedOfANode: a node is of one region only, and is meant by its id alone, in
// its own feed as in all others.
func TestFeedOfANode(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{Node: "n0", Region: "us"})
	s.Call(call(time.Now(), "eth_call", time.Millisecond))
	for at, want := range map[lasso.Place]int{
		{}:                         1,
		{Region: "us"}:             1,
		{Region: "eu"}:             0,
		{Node: "n0"}:               1,
		{Node: "n0", Region: "eu"}: 1,
		{Node: "n1"}:               0,
		{Node: "n1", Region: "us"}: 0,
	} {
		q := lasso.FeedQuery{Place: at}
		if got := len(s.Feed(q)); got != want {
			t.Errorf("of the store, %+v: %d items, want %d", at, got, want)
		}
		if got := len(store.NewTail(s, nil).Feed(q)); got != want {
			t.Errorf("of the tail, %+v: %d items, want %d", at, got, want)
		}
	}
}
