package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lasso-rpc/lasso/proxy/simnode"
)

// demoSlug is the profile of the demonstration: its document is demo.yml.
const demoSlug = "demo"

// The rhythm of the demonstration.
const (
	demoAlive        = 40 * time.Second // of the provider that dies
	demoDead         = 25 * time.Second
	demoCalm         = 55 * time.Second // of the provider that has slow spells
	demoSpell        = 15 * time.Second
	demoReorgEvery   = 45 * time.Second
	demoReorgDepth   = 2
	demoSpellSlower  = 6
	demoProbeEveryMS = 2000
)

// demoFleet is the simulated providers of the demonstration, listening on
// loopback ports.
type demoFleet struct {
	chains []*demoChain
	leads  bool // moves the chains, which fleets share
}

type demoChain struct {
	key, name string
	id        uint64
	blockTime time.Duration
	start     uint64
	maxLag    int
	archival  uint64 // blocks behind the head from which state counts as archival
	reorgs    bool   // loses its last blocks from time to time
	providers []*demoProvider

	sim *simnode.Chain
}

type demoProvider struct {
	id, name  string
	priority  int
	behaviour simnode.Behaviour
	dies      bool // is killed and restarted, again and again
	spells    bool // is slow from time to time

	node *simnode.Node
	url  string
}

// demoPlan is the cast: invented companies, some of them on several chains,
// each with one trait.
func demoPlan() []*demoChain {
	ms := func(latency, jitter int) simnode.Behaviour {
		return simnode.Behaviour{
			Latency: time.Duration(latency) * time.Millisecond, Jitter: time.Duration(jitter) * time.Millisecond,
			SlowMethods: map[string]float64{"eth_getLogs": 1.8, "eth_call": 1.2, "eth_estimateGas": 1.3},
			TailShare:   0.02, TailFactor: 4,
		}
	}
	flaky := ms(52, 18)
	flaky.ErrorRate = 0.08 // the zero Fault: a gateway's 502
	lagging := ms(64, 15)
	lagging.Lag = 6
	limited := ms(44, 12)
	limited.RateLimit = simnode.RateLimit{PerSecond: 3, Burst: 8, RetryAfter: 6 * time.Second}
	pruned := func(latency int, keeps uint64) simnode.Behaviour {
		b := ms(latency, latency/4)
		b.Pruned = keeps
		return b
	}
	ranged := ms(38, 10)
	ranged.MaxBlockRange = 2000
	wrong := ms(20, 5)
	wrong.ChainID = 80002

	return []*demoChain{
		{
			key: "ethereum", name: "Ethereum", id: 1, blockTime: 12 * time.Second, start: 23_860_000, maxLag: 2, archival: 128,
			providers: []*demoProvider{
				{id: "own-erigon", name: "Own Erigon", priority: 1, behaviour: ms(6, 2)},
				{id: "alder", name: "Alder RPC", priority: 10, behaviour: ranged},
				{id: "birch", name: "Birch Cloud", priority: 20, behaviour: flaky},
				{id: "cedar", name: "Cedar Nodes", priority: 20, behaviour: lagging},
				{id: "dogwood", name: "Dogwood Public", priority: 30, behaviour: limited},
				{id: "elm", name: "Elm Infrastructure", priority: 30, behaviour: ms(28, 8), dies: true},
			},
		},
		{
			key: "base", name: "Base", id: 8453, blockTime: 2 * time.Second, start: 38_410_000, maxLag: 5, archival: 750,
			providers: []*demoProvider{
				{id: "own-reth", name: "Own Reth", priority: 1, behaviour: ms(9, 3)},
				{id: "alder", name: "Alder RPC", priority: 10, behaviour: ms(33, 10)},
				{id: "birch", name: "Birch Cloud", priority: 20, behaviour: ms(47, 15)},
				{id: "elm", name: "Elm Infrastructure", priority: 30, behaviour: ms(26, 8)},
				{id: "fir", name: "Fir Archive", priority: 40, behaviour: ms(180, 40)},
			},
		},
		{
			key: "arbitrum", name: "Arbitrum One", id: 42161, blockTime: 250 * time.Millisecond, start: 401_500_000, maxLag: 40, archival: 6000,
			providers: []*demoProvider{
				{id: "alder", name: "Alder RPC", priority: 10, behaviour: ms(41, 12), spells: true},
				{id: "cedar", name: "Cedar Nodes", priority: 20, behaviour: ms(35, 10)},
				{id: "hazel", name: "Hazel Light", priority: 20, behaviour: pruned(22, 6000)},
				{id: "fir", name: "Fir Archive", priority: 40, behaviour: ms(150, 30)},
			},
		},
		{
			key: "polygon", name: "Polygon", id: 137, blockTime: 2 * time.Second, start: 79_300_000, maxLag: 8, archival: 128, reorgs: true,
			providers: []*demoProvider{
				{id: "alder", name: "Alder RPC", priority: 10, behaviour: ms(48, 12)},
				{id: "birch", name: "Birch Cloud", priority: 20, behaviour: ms(58, 18)},
				{id: "hazel", name: "Hazel Light", priority: 20, behaviour: pruned(30, 128)},
				{id: "maple", name: "Maple Edge", priority: 40, behaviour: wrong}, // answers for a test network
			},
		},
	}
}

// demoSims makes the simulated chains, by their ids.
func demoSims() map[uint64]*simnode.Chain {
	sims := map[uint64]*simnode.Chain{}
	for _, c := range demoPlan() {
		sims[c.id] = simnode.NewChain(c.id, c.blockTime, c.start, nil)
	}
	return sims
}

// newDemoFleet makes the providers as a region sees them and starts their
// listeners on 127.0.0.1. A fleet that is never Run must be closed.
func newDemoFleet(seed uint64, from demoRegion, sims map[uint64]*simnode.Chain) (*demoFleet, error) {
	f := &demoFleet{chains: demoPlan()}
	for _, c := range f.chains {
		c.sim = sims[c.id]
		for _, p := range c.providers {
			p.behaviour = from.seenFrom(c.key, p.id, p.behaviour)
			p.node = simnode.New(c.sim, p.id, seed^c.id)
			p.node.SetBehaviour(p.behaviour)
			var err error
			if p.url, err = p.node.Listen(context.Background()); err != nil {
				f.Close()
				return nil, fmt.Errorf("start simulated provider %s of %s: %w", p.id, c.key, err)
			}
		}
	}
	return f, nil
}

// Close stops all listeners and waits for the requests in them. It may be
// called more than once.
func (f *demoFleet) Close() {
	for _, c := range f.chains {
		for _, p := range c.providers {
			if p.node != nil {
				p.node.Kill()
			}
		}
	}
}

// YAML returns the profile document that names the simulated providers.
func (f *demoFleet) YAML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nname: Demo\nslug: %s\n---\nchains:\n", demoSlug)
	for _, c := range f.chains {
		fmt.Fprintf(&b, "  %s:\n    chain_id: %d\n    name: %s\n    block_time_ms: %d\n", c.key, c.id, c.name, c.blockTime.Milliseconds())
		fmt.Fprintf(&b, "    monitoring:\n      probe_interval_ms: %d\n      lag_alert_threshold_blocks: %d\n", demoProbeEveryMS, c.maxLag)
		fmt.Fprintf(&b, "    selection:\n      max_lag_blocks: %d\n      archival_threshold: %d\n    providers:\n", c.maxLag, c.archival)
		for _, p := range c.providers {
			fmt.Fprintf(&b, "      - id: %s\n        name: %s\n        priority: %d\n        url: %s\n", p.id, p.name, p.priority, p.url)
			if p.behaviour.Pruned > 0 {
				b.WriteString("        archival: false\n")
			}
			if r := p.behaviour.MaxBlockRange; r > 0 {
				fmt.Fprintf(&b, "        capabilities:\n          limits:\n            max_block_range: %d\n", r)
			}
		}
	}
	return b.String()
}

// Run plays the script until the context ends, and then closes the fleet. It
// returns an error only when a provider could not come back to life.
func (f *demoFleet) Run(ctx context.Context) error {
	defer f.Close()
	acts, ctx := errgroup.WithContext(ctx)
	for _, c := range f.chains {
		if c.reorgs && f.leads {
			acts.Go(func() error { return c.reorg(ctx) })
		}
		for _, p := range c.providers {
			if p.dies {
				acts.Go(func() error { return p.dieAndReturn(ctx, demoAlive, demoDead) })
			}
			if p.spells {
				acts.Go(func() error { return p.slowDown(ctx) })
			}
		}
	}
	return acts.Wait()
}

func (c *demoChain) reorg(ctx context.Context) error {
	for demoPause(ctx, demoReorgEvery) {
		c.sim.Reorg(demoReorgDepth)
	}
	return nil
}

// dieAndReturn kills the provider and restarts it on its port, in turn, until
// the context ends.
func (p *demoProvider) dieAndReturn(ctx context.Context, alive, dead time.Duration) error {
	for demoPause(ctx, alive) {
		p.node.Kill()
		if !demoPause(ctx, dead) {
			break
		}
		if err := p.node.Restart(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("restart simulated provider %s: %w", p.id, err)
		}
	}
	return nil
}

func (p *demoProvider) slowDown(ctx context.Context) error {
	for demoPause(ctx, demoCalm) {
		slow := p.behaviour
		slow.Latency *= demoSpellSlower
		p.node.SetBehaviour(slow)
		demoPause(ctx, demoSpell)
		p.node.SetBehaviour(p.behaviour)
	}
	return nil
}

// demoPause returns false when the context ended first.
func demoPause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
