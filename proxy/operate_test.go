package proxy_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// order carries out an action on a provider of the rig.
func (r *rig) order(a lasso.Action, id, reason string) lasso.OrderResult {
	return r.Operate(lasso.Order{
		Route:  lasso.Route{Profile: "public", Chain: 1, Provider: lasso.ProviderID(id), Transport: lasso.HTTP},
		Action: a, Reason: reason,
	})
}

func (r *rig) wantOrder(a lasso.Action, id string, result lasso.OrderResult) {
	r.t.Helper()
	want(r.t, string(a)+" "+id, r.order(a, id, "maintenance"), result)
}

func TestDrainedGetsNoCalls(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.wantOrder(lasso.ActionDrain, "a", lasso.OrderDone)
	r.wantOrder(lasso.ActionDrain, "a", lasso.OrderUnchanged)
	for range 3 {
		r.call("eth_blockNumber", "[]")
	}
	pinned := string(r.post(`{"id":1,"method":"eth_blockNumber"}`, pin("a")).Body)
	if !strings.Contains(pinned, "No available channels") {
		t.Errorf("a call pinned to the drained provider = %s, want no channel", pinned)
	}
	wantList(t, "attempts", r.rec.outcomes(), "b ok", "b ok", "b ok")

	s := r.state("a")
	want(t, "status", s.Condition.Status, lasso.Drained)
	want(t, "reason", s.Condition.Reason, "Drained by an operator: maintenance")
	if s.Drained == nil || s.Condition.Since != s.Drained.Since || s.Condition.Since.IsZero() {
		t.Errorf("since = %v of %v, want the time of the order", s.Condition.Since, s.Drained)
	}
	x := r.explain("eth_blockNumber", "")
	want(t, "excluded", len(x.Excluded), 1)
	want(t, "filter", x.Excluded[0].Filter, "drained")
	want(t, "exclusion", x.Excluded[0].Reason, "drained by an operator: maintenance")
	want(t, "exclusion since", x.Excluded[0].Since, s.Condition.Since)
	chain := r.ChainStates("public")[0]
	want(t, "usable", chain.Usable, 1)
	if chain.Status == lasso.Drained {
		t.Error("the chain counts as drained although b serves it")
	}
	wantList(t, "events", r.rec.Titles(), "a: Drained by an operator")

	r.wantOrder(lasso.ActionResume, "a", lasso.OrderDone)
	r.wantOrder(lasso.ActionResume, "a", lasso.OrderUnchanged)
	r.call("eth_blockNumber", "[]")
	wantList(t, "attempts after resume", r.rec.outcomes()[3:], "a ok")
}

// TestDrainTheLast is allowed, and says so to callers and to /api/ready.
func TestDrainTheLast(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.wantOrder(lasso.ActionDrain, "a", lasso.OrderDone)
	r.wantOrder(lasso.ActionDrain, "b", lasso.OrderDone)
	if got := r.call("eth_blockNumber", "[]"); !strings.Contains(got, "No provider of this chain can take it now") {
		t.Errorf("answer = %s", got)
	}
	want(t, "chain", r.ChainStates("public")[0].Status, lasso.CircuitOpen)
	ready, reasons := r.Ready()
	if ready || len(reasons) != 1 || !strings.Contains(reasons[0], "Drained by an operator: maintenance") {
		t.Errorf("ready = %v, %q", ready, reasons)
	}
}

func TestForcedBreaker(t *testing.T) {
	t.Parallel()
	fail := func(r *rig, times int) {
		for range times {
			r.call("eth_blockNumber", "[]")
		}
	}
	tests := []struct {
		name   string
		do     func(r *rig, a *node)
		state  lasso.Circuit
		forced bool
		status lasso.Status
		first  string // who a call is tried on first then
	}{
		{"forced open", func(r *rig, _ *node) { r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderDone) }, lasso.Open, true, lasso.CircuitOpen, "b"},
		{"stays open however long", func(r *rig, _ *node) {
			r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderDone)
			r.clock.Advance(time.Hour)
		}, lasso.Open, true, lasso.CircuitOpen, "b"},
		{"forced closed ignores failures", func(r *rig, a *node) {
			r.wantOrder(lasso.ActionForceClosed, "a", lasso.OrderDone)
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			fail(r, 8)
		}, lasso.Closed, true, lasso.Unknown, "a"},
		{"forced closed covers an open one", func(r *rig, a *node) {
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			fail(r, 5)
			r.wantOrder(lasso.ActionForceClosed, "a", lasso.OrderDone)
		}, lasso.Closed, true, lasso.Unknown, "a"},
		{"automatic takes up the open one", func(r *rig, a *node) {
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			fail(r, 5)
			r.wantOrder(lasso.ActionForceClosed, "a", lasso.OrderDone)
			r.wantOrder(lasso.ActionAutomatic, "a", lasso.OrderDone)
		}, lasso.Open, false, lasso.CircuitOpen, "b"},
		{"automatic counts failures again", func(r *rig, a *node) {
			r.wantOrder(lasso.ActionForceClosed, "a", lasso.OrderDone)
			r.wantOrder(lasso.ActionAutomatic, "a", lasso.OrderDone)
			a.SetBehaviour(simnode.Behaviour{ErrorRate: 1})
			fail(r, 5)
		}, lasso.Open, false, lasso.CircuitOpen, "b"},
		{"automatic after open", func(r *rig, _ *node) {
			r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderDone)
			r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderUnchanged)
			r.wantOrder(lasso.ActionAutomatic, "a", lasso.OrderDone)
			r.wantOrder(lasso.ActionAutomatic, "a", lasso.OrderUnchanged)
		}, lasso.Closed, false, lasso.Unknown, "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, a, _ := pair(t)
			tt.do(r, a)
			b := r.breaker("a")
			want(t, "state", b.State, tt.state)
			want(t, "forced", b.Forced != nil, tt.forced)
			want(t, "status", r.state("a").Condition.Status, tt.status)
			if tt.forced && (!strings.HasSuffix(b.Reason, "by an operator: maintenance") || b.Since.IsZero() || !b.Next.IsZero()) {
				t.Errorf("breaker = %+v, want the operator's reason, a since and no next", b)
			}
			n := len(r.rec.outcomes())
			r.call("eth_blockNumber", "[]")
			if got := r.rec.outcomes()[n:]; len(got) == 0 || !strings.HasPrefix(got[0], tt.first+" ") {
				t.Errorf("attempts = %q, want %s first", got, tt.first)
			}
		})
	}
}

// TestForcedOpenTellsCallersNoTime since nobody knows when it ends.
func TestForcedOpenTellsCallersNoTime(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderDone)
	r.wantOrder(lasso.ActionForceOpen, "b", lasso.OrderDone)
	if got := r.call("eth_blockNumber", "[]"); strings.Contains(got, "retry after") || !strings.Contains(got, "No available channels") {
		t.Errorf("answer = %s", got)
	}
}

func TestOrdersSurviveReloads(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	r.wantOrder(lasso.ActionDrain, "a", lasso.OrderDone)
	r.wantOrder(lasso.ActionForceOpen, "b", lasso.OrderDone)
	r.load()
	want(t, "a", r.state("a").Condition.Status, lasso.Drained)
	want(t, "b", r.state("b").Condition.Status, lasso.CircuitOpen)

	// the endpoint of a drained provider changes: the provider is still drained
	moved := *r.chain.Providers[0]
	moved.Instance = "another"
	all := []*lasso.Provider{&moved, r.chain.Providers[1]}
	next := *r.chain
	next.Providers = all
	r.chain = &next
	r.profile = &lasso.Profile{Slug: "public", Chains: []*lasso.Chain{r.chain}}
	r.load()
	want(t, "a elsewhere", r.state("a").Condition.Status, lasso.Drained)

	// a provider that was taken out and comes back is a new one
	next.Providers = all[1:]
	r.load()
	next.Providers = all
	r.load()
	if r.state("a").Drained != nil {
		t.Error("a came back drained")
	}
}

// TestSharedInstance: a drain is of one profile, a forced breaker of all that
// use the endpoint.
func TestOrdersOfSharedInstance(t *testing.T) {
	t.Parallel()
	r, a, _ := pair(t)
	other := &lasso.Profile{Slug: "other", Chains: []*lasso.Chain{{ID: 1, Key: "ethereum", ProbeInterval: time.Second, MaxLagBlocks: -1, Providers: []*lasso.Provider{a.provider()}}}}
	if err := r.Load(lasso.NewCatalog([]*lasso.Profile{r.profile, other}, "both", r.clock.Now())); err != nil {
		t.Fatal(err)
	}
	there := func() lasso.ProviderState { return r.ChainStates("other")[0].Providers[0] }
	r.wantOrder(lasso.ActionDrain, "a", lasso.OrderDone)
	if there().Drained != nil {
		t.Error("drained in the other profile too")
	}
	r.wantOrder(lasso.ActionForceOpen, "a", lasso.OrderDone)
	want(t, "breaker in the other profile", there().Routes[0].Breaker.State, lasso.Open)
	want(t, "its status", there().Condition.Status, lasso.CircuitOpen)
}

func TestCheckNow(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t, every(time.Hour))
	r.run()
	checks := func(id string) (n int) {
		for _, a := range r.rec.Attempts() {
			if a.Origin == lasso.System && string(a.Route.Provider) == id && a.Method == "eth_blockNumber" {
				n++
			}
		}
		return n
	}
	eventually(t, "first checks", func() bool { return checks("a") == 1 && checks("b") == 1 })
	r.wantOrder(lasso.ActionCheck, "a", lasso.OrderDone)
	eventually(t, "a check at once", func() bool { return checks("a") == 2 })
	r.wantOrder(lasso.ActionCheck, "a", lasso.OrderTooSoon)
	r.clock.Advance(lasso.CheckEvery)
	r.wantOrder(lasso.ActionCheck, "a", lasso.OrderDone)
	eventually(t, "and another", func() bool { return checks("a") == 3 })
	want(t, "checks of b", checks("b"), 1)
}

func TestOrdersThatMissTheirMark(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	for _, o := range []lasso.Order{
		{Action: lasso.ActionDrain, Route: lasso.Route{Profile: "public", Chain: 1, Provider: "nobody"}},
		{Action: lasso.ActionDrain, Route: lasso.Route{Profile: "public", Chain: 2, Provider: "a"}},
		{Action: lasso.ActionDrain, Route: lasso.Route{Profile: "nobody", Chain: 1, Provider: "a"}},
		{Action: lasso.ActionForceOpen, Route: lasso.Route{Profile: "public", Chain: 1, Provider: "a", Transport: lasso.WS}},
		{Action: "explode", Route: lasso.Route{Profile: "public", Chain: 1, Provider: "a", Transport: lasso.HTTP}},
	} {
		want(t, string(o.Action)+" "+string(o.Route.Provider), r.Operate(o), lasso.OrderNotFound)
	}
	want(t, "events", len(r.rec.Titles()), 0)
}

// TestOrdersInTraffic: every call is answered while providers are drained and
// resumed and breakers forced, one at a time, with reloads between.
func TestOrdersInTraffic(t *testing.T) {
	t.Parallel()
	r, _, _ := pair(t)
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if got := r.post(`{"jsonrpc":"2.0","id":7,"method":"eth_blockNumber"}`); string(got.Body) != good {
					t.Errorf("answer = %s", got.Body)
					return
				}
			}
		})
	}
	for range 5 {
		for _, pair := range [][2]lasso.Action{
			{lasso.ActionDrain, lasso.ActionResume}, {lasso.ActionForceOpen, lasso.ActionAutomatic}, {lasso.ActionForceClosed, lasso.ActionAutomatic},
		} {
			for _, id := range []string{"a", "b"} {
				r.wantOrder(pair[0], id, lasso.OrderDone)
				r.load()
				want(t, "answer meanwhile", r.call("eth_blockNumber", "[]"), good)
				r.wantOrder(pair[1], id, lasso.OrderDone)
			}
		}
	}
	close(done)
	group.Wait()
	if !slices.ContainsFunc(r.rec.outcomes(), func(o string) bool { return strings.HasPrefix(o, "b ") }) {
		t.Error("b never got a call")
	}
}
