package store

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestExpiredIsLookedUpAgain holds on to what a recorder found while it
// expires: nothing may be recorded there any more.
func TestExpiredIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	s := New(Config{Now: func() time.Time { return at }, CacheFor: -1})
	key := groupKey{"public", 1, "alchemy"}
	attempt := lasso.Attempt{At: at, Method: "eth_call", Route: lasso.Route{Profile: "public", Chain: 1, Provider: "alchemy", Transport: lasso.HTTP}}
	call := lasso.Call{At: at, Method: "eth_call", Profile: "public", Chain: 1}
	s.Attempt(attempt)
	s.Call(call)
	r := s.seriesOf(seriesKey{groupKey: key, method: "eth_call", transport: lasso.HTTP}, s.now())
	c := s.tallyOf(callKey{"public", 1, "eth_call"}, s.now())
	g := s.groupOf(key, s.now())

	at = at.Add(2 * retention)
	s.sweep()
	if n := len(s.index.Load().groups); n != 0 {
		t.Fatalf("got %d groups after the sweep, want 0", n)
	}
	if r.attempt(s, s.now(), &sample{answered: true}, &failure{}) {
		t.Error("an expired series took an attempt")
	}
	if c.call(s, s.now(), &sample{answered: true}) {
		t.Error("an expired tally took a call")
	}
	if g.observe(s.now(), lasso.Healthy, 0) {
		t.Error("an expired group took a status")
	}
	attempt.At, call.At = at, at
	s.Attempt(attempt)
	s.Call(call)
	if got := s.totals("public", 1, lasso.Minute).callFigures().Calls; got != 1 {
		t.Errorf("got %d calls, want 1", got)
	}
	if got := s.providers("public", 1, lasso.Minute).providerFigures(); len(got) != 1 || got[0].Calls != 1 {
		t.Errorf("got %+v, want one attempt", got)
	}
}
