package proxy

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso"
)

// instance is one physical upstream: an endpoint with its credentials on one
// chain. Providers of several profiles may share it. It outlives reloads that
// leave it as it is.
type instance struct {
	id    lasso.InstanceID
	chain lasso.ChainID

	up       atomic.Pointer[upstream] // HTTP; never nil
	breakers [2]*breaker
	limits   [2]limitState
	rolling  rolling
	probes   evidence // what our own attempts measured

	height    atomic.Pointer[heightMark]
	jumped    atomic.Bool   // its height moved as no chain does: which chain is it?
	chainSeen atomic.Uint64 // last answer to eth_chainId; 0: none yet
	wrong     atomic.Pointer[wrongChain]
	health    health

	look  chan struct{} // an operator asks for a probe at once
	asked atomic.Int64  // when one did last, in Unix nanoseconds
}

type heightMark struct {
	number uint64
	at     time.Time
}

// wrongChain says that the upstream serves another chain than configured.
type wrongChain struct {
	seen  uint64
	since time.Time
}

// health is what probing has found. The fields are written by the prober only.
type health struct {
	mu       sync.Mutex
	answered bool // ever
	failures int  // probes failed in a row
	reason   string
	since    time.Time
	next     time.Time // the next probe
	every    time.Duration
}

// slot is the index of a transport in an instance's arrays.
func slot(t lasso.Transport) int {
	if t == lasso.WS {
		return 1
	}
	return 0
}

func newInstance(p *lasso.Provider, chain lasso.ChainID, up *upstream, now time.Time) *instance {
	in := &instance{id: p.Instance, chain: chain, look: make(chan struct{}, 1)}
	in.up.Store(up)
	for i := range in.breakers {
		in.breakers[i] = newBreaker(defaultBreakerConfig(), now)
	}
	in.health.since = now
	return in
}

// observeHeight takes a height the upstream reported; a lower one than before
// is believed too (a reorg, or a load balancer with lagging nodes), but after a
// jump the prober asks for the chain.
func (in *instance) observeHeight(number uint64, at time.Time) {
	last := in.height.Swap(&heightMark{number: number, at: at})
	if last != nil && (number > last.reach(at) || last.number > number && last.number-number > aheadFree) {
		in.jumped.Store(true)
	}
}

// observeChain takes an answer to eth_chainId and reports whether this changed
// the verdict.
func (in *instance) observeChain(seen uint64, now time.Time) (changed bool) {
	in.chainSeen.Store(seen)
	was := in.wrong.Load()
	if seen == uint64(in.chain) {
		if was != nil {
			in.height.Store(nil) // that of another chain
		}
		in.wrong.Store(nil)
		return was != nil
	}
	if was != nil && was.seen == seen {
		return false
	}
	in.wrong.Store(&wrongChain{seen: seen, since: now})
	return true
}

func (h *health) read() (answered bool, failures int, reason string, since, next time.Time, every time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answered, h.failures, h.reason, h.since, h.next, h.every
}
