package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// chains are the states of a node's only chain, as a test sets them.
type chains struct {
	mu  sync.Mutex
	all []lasso.ChainState
}

func newChains(providers ...lasso.ProviderID) *chains {
	c := lasso.ChainState{Profile: "public", Chain: 1, Status: lasso.Healthy}
	for _, id := range providers {
		c.Providers = append(c.Providers, lasso.ProviderState{
			Profile: "public", Chain: 1, Provider: id, Condition: lasso.Condition{Status: lasso.Healthy},
			Routes: []lasso.RouteState{{Transport: lasso.HTTP}},
		})
	}
	return &chains{all: []lasso.ChainState{c}}
}

func (c *chains) Catalog() *lasso.Catalog {
	return lasso.NewCatalog([]*lasso.Profile{{Slug: "public"}}, "", time.Time{})
}

func (c *chains) ChainStates(lasso.ProfileID) []lasso.ChainState {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := append([]lasso.ChainState(nil), c.all...)
	for i := range all {
		all[i].Providers = append([]lasso.ProviderState(nil), all[i].Providers...)
	}
	return all
}

func (c *chains) set(edit func(*lasso.ChainState)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	edit(&c.all[0])
}

// wire joins the boards of two nodes, a and b, as a sees b.
type wire struct {
	to    *store.Board // hears what is published
	other *store.Board // is asked
	from  lasso.NodeID

	mu        sync.Mutex
	cut       bool // nothing that is published arrives
	state     lasso.NodeState
	asked     int
	published int
}

func (w *wire) Publish(_ string, body []byte) error {
	w.mu.Lock()
	w.published++
	cut := w.cut
	w.mu.Unlock()
	if !cut {
		w.to.Hear(w.from, "boot", body)
	}
	return nil
}

func (w *wire) AskNode(ctx context.Context, node lasso.NodeID, _ string, body []byte) (lasso.Reply, error) {
	w.mu.Lock()
	w.asked++
	w.mu.Unlock()
	if node == w.from {
		return lasso.Reply{}, errors.New("that is this node")
	}
	answer, err := w.other.Answer(ctx, body)
	return lasso.Reply{Node: node, Boot: "boot", Body: answer}, err
}

func (w *wire) State() lasso.Cluster {
	w.mu.Lock()
	defer w.mu.Unlock()
	other := lasso.NodeID("b")
	if w.from == "b" {
		other = "a"
	}
	return lasso.Cluster{Nodes: []lasso.Node{
		{NodeInfo: lasso.NodeInfo{ID: w.from}, Self: true},
		{NodeInfo: lasso.NodeInfo{ID: other, Boot: "boot", Region: "eu"}, State: w.state, Since: time.Unix(99, 0)},
	}}
}

func (w *wire) set(edit func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	edit()
}

// twoBoards runs the boards of two nodes in a bubble.
func twoBoards(t *testing.T, do func(a, b *store.Board, onA, onB *chains, fromA, fromB *wire)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		onA, onB := newChains("alchemy"), newChains("alchemy", "drpc")
		fromA, fromB := &wire{from: "a", state: lasso.NodeResponding}, &wire{from: "b", state: lasso.NodeResponding}
		a := store.NewBoard("a", "us", onA, fromA, time.Now)
		b := store.NewBoard("b", "eu", onB, fromB, time.Now)
		fromA.to, fromA.other, fromB.to, fromB.other = b, b, a, a
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, board := range []*store.Board{a, b} {
			running.Go(func() { _ = board.Run(ctx) })
		}
		do(a, b, onA, onB, fromA, fromB)
		cancel()
		running.Wait()
	})
}

// seen is what a board knows of the other node, in short.
func seen(b *store.Board) string {
	views := b.Views("public")
	if len(views) < 2 {
		return "nothing"
	}
	var text strings.Builder
	for _, p := range views[1].Chains[0].Providers {
		fmt.Fprintf(&text, "%s %s %d; ", p.Provider, p.Condition.Status.Key(), p.Height)
	}
	if !views[1].Lost.IsZero() {
		text.WriteString("lost")
	}
	return text.String()
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestBoardTellsChanges(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, onB *chains, fromA, fromB *wire) {
		if got := seen(a); got != "nothing" {
			t.Errorf("at first: %s", got)
		}
		pass(1500 * time.Millisecond)
		if got, want := seen(a), "alchemy ok 0; drpc ok 0; "; got != want {
			t.Errorf("after the first news: got %s, want %s", got, want)
		}
		onB.set(func(c *lasso.ChainState) {
			c.Providers[1].Condition.Status, c.Providers[1].Height = lasso.CircuitOpen, 7
		})
		pass(time.Second)
		if got, want := seen(a), "alchemy ok 0; drpc open 7; "; got != want {
			t.Errorf("after a change: got %s, want %s", got, want)
		}
		before := fromB.published
		pass(time.Minute)
		if fromB.published != before {
			t.Errorf("told %d times of nothing", fromB.published-before)
		}
		if fromA.asked > 1 {
			t.Errorf("asked %d times", fromA.asked)
		}
	})
}

func TestBoardAsksForWhatItMissed(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, onB *chains, _, fromB *wire) {
		pass(1500 * time.Millisecond)
		fromB.set(func() { fromB.cut = true })
		onB.set(func(c *lasso.ChainState) { c.Providers[0].Height = 5 })
		pass(2 * time.Second)
		fromB.set(func() { fromB.cut = false })
		onB.set(func(c *lasso.ChainState) { c.Providers[1].Height = 6 })
		pass(2 * time.Second)
		if got, want := seen(a), "alchemy ok 5; drpc ok 6; "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestBoardOfALateComer: what happened before it came is there at once, not
// after the next change.
func TestBoardOfALateComer(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, onB *chains, _, fromB *wire) {
		fromB.set(func() { fromB.cut = true })
		onB.set(func(c *lasso.ChainState) { c.Providers[0].Condition.Status = lasso.RateLimited })
		pass(1500 * time.Millisecond)
		if got, want := seen(a), "alchemy rate 0; drpc ok 0; "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestBoardKeepsWhatALostNodeSaid(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, onB *chains, fromA, fromB *wire) {
		onB.set(func(c *lasso.ChainState) { c.Providers[0].Condition.Status = lasso.CircuitOpen })
		pass(2 * time.Second)
		fromB.set(func() { fromB.cut = true })
		fromA.set(func() { fromA.state = lasso.NodeDisconnected })
		pass(time.Hour)
		if got, want := seen(a), "alchemy open 0; drpc ok 0; lost"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestBoardFollowsAReload(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, onB *chains, _, _ *wire) {
		pass(2 * time.Second)
		onB.set(func(c *lasso.ChainState) { c.Providers = c.Providers[:1] })
		pass(2 * time.Second)
		if got, want := seen(a), "alchemy ok 0; "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestBoardRefusesNonsense(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, _, _ *chains, _, _ *wire) {
		pass(2 * time.Second)
		for _, text := range []string{"", "[]", `{"seq":-1}`, `{"seq":2,"chains":[{"providers":[{"routes":[{"transport":"smoke"}]}]}]}`} {
			a.Hear("b", "boot", []byte(text))
		}
		a.Hear("b", "boot", []byte(`{"seq":2,"whole":true,"chains":[{"profile":"public","chain_id":1,"providers":[{"provider_id":"twice"},{"provider_id":"twice"}]}]}`))
		if got := seen(a); strings.Contains(got, "twice") {
			t.Errorf("a provider that stands there twice is taken: %s", got)
		}
		pass(2 * time.Second)
		if got, want := seen(a), "alchemy ok 0; drpc ok 0; "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestWorstOfAllNodes: what is shown of a provider is its worst on any node that
// can be heard; a region narrows.
func TestWorstOfAllNodes(t *testing.T) {
	twoBoards(t, func(a, _ *store.Board, onA, onB *chains, fromA, _ *wire) {
		onA.set(func(c *lasso.ChainState) { c.Head, c.Usable, c.Providers[0].Height = 10, 1, 10 })
		onB.set(func(c *lasso.ChainState) {
			c.Status, c.Head, c.Usable = lasso.CircuitOpen, 12, 2
			c.Providers[0].Condition = lasso.Condition{Status: lasso.CircuitOpen, Reason: "down"}
			c.Providers[0].Behind, c.Providers[0].Height, c.Providers[0].Routes[0].Breaker.State = 3, 9, lasso.Open
		})
		pass(2 * time.Second)
		in := func(at lasso.Place) string {
			var text strings.Builder
			for _, c := range a.ChainStates("public", at) {
				fmt.Fprintf(&text, "%s %d %d: ", c.Status.Key(), c.Head, c.Usable)
				for _, p := range c.Providers {
					fmt.Fprintf(&text, "%s %s %q %d at %d %v; ", p.Provider, p.Condition.Status.Key(), p.Condition.Reason, p.Behind, p.Height, p.Routes[0].Breaker.State)
				}
			}
			return text.String()
		}
		us := lasso.Place{Region: "us"}
		for at, want := range map[lasso.Place]string{
			{}:               `open 12 1: alchemy open "down" 3 at 9 open; drpc ok "" 0 at 0 closed; `,
			us:               `ok 10 1: alchemy ok "" 0 at 10 closed; `,
			{Region: "eu"}:   `open 12 2: alchemy open "down" 3 at 9 open; drpc ok "" 0 at 0 closed; `,
			{Region: "mars"}: "",
			{Node: "a"}:      `ok 10 1: alchemy ok "" 0 at 10 closed; `,
			{Node: "c"}:      "",
		} {
			if got := in(at); got != want {
				t.Errorf("%+v: got %s, want %s", at, got, want)
			}
		}
		fromA.set(func() { fromA.state = lasso.NodeUnresponsive })
		if got, want := in(lasso.Place{}), in(us); got != want {
			t.Errorf("with b lost: got %s, want %s", got, want)
		}
		if got := a.ChainStates("public", us)[0].Providers; len(got) != 1 {
			t.Errorf("the states of a changed: %+v", got)
		}
	})
}
