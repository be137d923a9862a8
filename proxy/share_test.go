package proxy

import (
	"math"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestShares samples every strategy and compares how often each provider came
// first with the chance that explain tells.
func TestShares(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*lab){
		"no evidence": func(*lab) {},
		"measured": func(l *lab) {
			l.measured("a", "eth_call", 5, 20)
			l.measured("b", "eth_call", 5, 10)
			l.measured("c", "eth_call", 5, 14)
		},
		"equally fast": func(l *lab) {
			l.measured("a", "eth_call", 5, 10)
			l.measured("b", "eth_call", 5, 10)
			l.measured("c", "eth_call", 5, 30)
		},
		"few samples, close together": func(l *lab) {
			l.measured("a", "eth_call", 1, 10)
			l.measured("b", "eth_call", 1, 10.4)
			l.measured("c", "eth_call", 1, 12)
		},
		"one limited": func(l *lab) {
			l.measured("a", "eth_call", 5, 10)
			l.measured("b", "eth_call", 5, 20)
			l.route("a").in.limits[0].set(epoch, time.Minute, "limit")
		},
		"one left": func(l *lab) {
			trip(l.route("a").in.breakers[0])
			trip(l.route("b").in.breakers[0])
		},
		"none": func(l *lab) {
			for _, r := range l.cp.routes {
				trip(r.in.breakers[0])
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, exploration := range []float64{-1, 0.1} {
				l := newLab(t, "a b c", func(c *Config, _ *lasso.Chain) { c.Exploration = exploration })
				l.route("c").provider.Priority = 1
				set(l)
				for _, st := range lasso.Strategies() {
					l.compareShares(st)
				}
			}
		})
	}
}

func (l *lab) compareShares(st lasso.Strategy) {
	l.t.Helper()
	const n = 6000
	firsts := map[lasso.ProviderID]float64{}
	for range n {
		if got := l.choose(st, "eth_call", "[{}]"); len(got.list) > 0 {
			firsts[got.list[0].r.Provider]++
		}
	}
	x := l.Explain(&lasso.Request{Profile: l.profile, Chain: l.chain, Strategy: st}, "eth_call", []byte("[{}]"))
	sum := 0.0
	for _, c := range x.Candidates {
		sum += c.Share
		sampled := firsts[c.Provider] / n
		// five standard deviations of a sample of n
		if slack := 5*math.Sqrt(c.Share*(1-c.Share)/n) + 1e-9; math.Abs(c.Share-sampled) > slack {
			l.t.Errorf("%v: share of %s is %.4f, it came first in %.4f of the calls", st, c.Provider, c.Share, sampled)
		}
	}
	if len(x.Candidates) > 0 && math.Abs(sum-1) > 1e-9 {
		l.t.Errorf("%v: the shares add up to %v, want 1", st, sum)
	}
}

func TestSharePrefersTheBlock(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b c")
	l.heights(999, 1000, 1000)
	x := l.Explain(&lasso.Request{Profile: l.profile, Chain: l.chain, Strategy: lasso.LoadBalanced}, "eth_getBlockByNumber", []byte(`["0x3e8",false]`))
	for _, c := range x.Candidates {
		want := 0.5
		if c.Provider == "a" {
			want = 0 // it has not got the block
		}
		if c.Share != want {
			t.Errorf("share of %s is %v, want %v", c.Provider, c.Share, want)
		}
	}
}

// TestExplainByName takes parameters by name: they name no block here.
func TestExplainByName(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a b")
	x := l.Explain(&lasso.Request{Profile: l.profile, Chain: l.chain}, "eth_call", []byte(`{"transaction":{},"block":"0x1"}`))
	if len(x.Candidates) != 2 {
		t.Errorf("candidates %+v, want both", x.Candidates)
	}
}
