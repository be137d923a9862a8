package store_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// TestReadsAreKeptApart puts questions that are made of the same answers one
// right after another, while what was made is still kept.
func TestReadsAreKeptApart(t *testing.T) {
	t.Parallel()
	c := newClock()
	n := newNode(store.Config{Now: c.Now})
	for i, provider := range []string{"alchemy", "drpc"} {
		n.Attempt(attempt(c.Now(), provider, "eth_call", time.Duration(1+i*1000)*time.Millisecond))
		n.Observe(c.Now(), []lasso.ProviderState{{
			Profile: "public", Chain: 1, Provider: lasso.ProviderID(provider), Condition: lasso.Condition{Status: lasso.CircuitOpen + lasso.Status(i)},
		}})
	}
	for range 2 {
		for i, provider := range []lasso.ProviderID{"alchemy", "drpc"} {
			bins := n.Histogram("public", 1, provider, lasso.Minute)
			if fast := bins[0].Count == 1; fast != (i == 0) {
				t.Errorf("histogram of %s: %v", provider, bins)
			}
			if got, want := n.History("public", 1, provider)[59].Status, lasso.CircuitOpen+lasso.Status(i); got != want {
				t.Errorf("history of %s: %v, want %v", provider, got, want)
			}
			if rows := n.Methods("public", 1, provider, lasso.Minute).Data; len(rows) != 1 || rows[0].Provider != provider {
				t.Errorf("methods of %s: %+v", provider, rows)
			}
		}
		if got := n.History("public", 1, "")[59].Status; got != lasso.CircuitOpen {
			t.Errorf("history of all: %v, want the worst", got)
		}
		if rows := n.Methods("public", 1, "", lasso.Minute).Data; len(rows) != 1 || rows[0].Calls != 2 || rows[0].Provider != "" {
			t.Errorf("methods: %+v, want one row for both providers", rows)
		}
		if rows := n.MethodsByProvider("public", 1, lasso.Minute).Data; len(rows) != 2 {
			t.Errorf("methods by provider: %+v, want two rows", rows)
		}
		if rows := n.Leaderboard("public", 1, lasso.Minute).Data; len(rows) != 2 {
			t.Errorf("leaderboard: %+v, want two rows", rows)
		}
	}
}

// TestAgeIsThatOfTheFigures reads what was made of figures that were kept.
func TestAgeIsThatOfTheFigures(t *testing.T) {
	t.Parallel()
	c := newClock()
	n := newNode(store.Config{Now: c.Now})
	n.Attempt(attempt(c.Now(), "alchemy", "eth_call", time.Millisecond))
	n.Leaderboard("public", 1, lasso.Minute) // keeps what was gathered at 0
	c.Advance(900 * time.Millisecond)
	scope := lasso.Scope{Profile: "public", Chain: 1, Window: lasso.Minute, Split: true}
	n.reads.Leaderboard(scope) // keeps what was made of it at 0.9 s
	n.Attempt(attempt(c.Now(), "alchemy", "eth_call", time.Millisecond))
	c.Advance(900 * time.Millisecond)
	a := n.reads.Leaderboard(scope)
	if calls := a.Data[0].Calls; calls == 1 && a.Age < 1800*time.Millisecond || calls == 2 && a.Age >= time.Second {
		t.Errorf("got %d calls, age %s", calls, a.Age)
	}
}

// A step of which one node has not told yet is marked, in all regions alike:
// drawn as it is it would look like a fall.
func TestSeriesMarksWhatIsNotTold(t *testing.T) {
	inCluster(t, 2, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		<-time.After(2 * time.Minute)
		scope := minute
		scope.Split = true
		m.Series(scope)
		synctest.Wait()
		for _, waited := range []time.Duration{0, 8 * time.Second} {
			<-time.After(waited)
			for _, s := range stores {
				record(s, 1)
			}
			a := m.Series(scope)
			want := max(int(a.Age/time.Second), 0) // whole steps since the other node told, and the running one
			lists := [][]lasso.Point{a.Data}
			for _, r := range a.ByRegion {
				lists = append(lists, r.Data)
				for _, n := range r.ByNode {
					lists = append(lists, n.Data)
				}
			}
			if len(lists) != 5 || want < int(waited/time.Second) {
				t.Fatalf("%d lists, age %v after %v", len(lists), a.Age, waited)
			}
			for _, points := range lists {
				open := 0
				for i, p := range points {
					if p.Open {
						open++
					}
					if open > 0 && !p.Open {
						t.Errorf("after %v: step %d is told of, and not those before it", waited, i)
					}
				}
				if open < want+1 || open > want+2 { // the other node's answer may be a second old
					t.Errorf("after %v, age %v: %d steps are open, want %d or one more", waited, a.Age, open, want+1)
				}
			}
		}
	})
}
