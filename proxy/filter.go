package proxy

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// filter is a reason for leaving a route out. The set is closed: it is a
// metric label.
type filter uint8

const (
	filterPin filter = iota
	filterTransport
	filterDrained
	filterChainID
	filterCircuit
	filterMethod
	filterRange
	filterArchival
	filterLag
	filterCount
)

var filterNames = [filterCount]string{ //nolint:gochecknoglobals // a table, never written
	"pin", "transport", "drained", "chain_id", "circuit", "method", "block_range", "archival", "lag",
}

func (f filter) String() string { return filterNames[f] }

// opens reports whether the filter is ignored when it would leave nobody: what
// is known about methods, ranges, archives and lag may be wrong or out of date,
// and an attempt is better than a refusal. A wrong chain, an open circuit and
// what an operator decided are facts.
func (f filter) opens() bool { return f >= filterMethod }

// subject is what selection knows of the call.
type subject struct {
	now       time.Time
	method    *methods.Method
	name      []byte // of the method as it came
	blocks    methods.Blocks
	archival  bool
	head      uint64
	span      uint64 // blocks asked for, 0 when unknown
	strategy  lasso.Strategy
	pin       lasso.ProviderID
	transport lasso.Transport
	prefer    *route // of the batch, may be nil
	explain   bool   // collect exclusions
	dry       bool   // nothing will be sent: count nothing, draw nothing
}

func newSubject(cp *chainPlan, req *lasso.Request, m *methods.Method, name, params []byte, now time.Time) subject {
	s := subject{
		now: now, method: m, name: name, strategy: req.Strategy, pin: req.Provider, transport: req.Transport,
		head: cp.head.number(), explain: req.Meta != lasso.MetaNone,
	}
	s.blocks = methods.BlocksOf(m, params)
	s.archival = s.blocks.NeedsArchival(s.head, cp.chain.ArchivalThreshold)
	if m.RangeLimited() {
		s.span, _ = s.blocks.Span(s.head)
	}
	return s
}

// reject says whether f leaves r out of the call.
func (s *subject) reject(f filter, cp *chainPlan, r *route) bool {
	switch f {
	case filterPin:
		return s.pin != "" && r.Provider != s.pin
	case filterTransport:
		return s.transport != lasso.AnyTransport && r.Transport != s.transport
	case filterDrained:
		return r.drain.Load() != nil
	case filterChainID:
		return r.in.wrong.Load() != nil
	case filterCircuit:
		return r.in.breakers[slot(r.Transport)].circuit(s.now) == lasso.Open
	case filterMethod:
		return r.without[s.method.Category] || r.unsupported[string(s.name)]
	case filterRange:
		limits := &r.provider.Capabilities
		if limits.MaxBlockRange > 0 && s.span > limits.MaxBlockRange {
			return true
		}
		return limits.MaxBlockAge > 0 && r.aged[string(s.name)] && s.blocks.NeedsArchival(s.head, limits.MaxBlockAge)
	case filterArchival:
		return s.archival && !r.provider.Archival
	case filterLag:
		if cp.chain.MaxLagBlocks < 0 {
			return false
		}
		return s.lagOf(cp, r).optimistic > int64(cp.chain.MaxLagBlocks)
	case filterCount:
	}
	return false
}

func (s *subject) lagOf(cp *chainPlan, r *route) lag {
	blockTime, _ := cp.head.blockTime(cp.chain.BlockTime)
	return lagOf(r.in.height.Load(), s.head, s.now, blockTime)
}

// exclusion words why f leaves r out.
func (s *subject) exclusion(f filter, cp *chainPlan, r *route) lasso.Exclusion {
	x := lasso.Exclusion{Provider: r.Provider, Name: r.provider.Name, Transport: r.Transport, Filter: f.String()}
	switch f {
	case filterPin:
		x.Reason = "the call is pinned to " + string(s.pin)
	case filterTransport:
		x.Reason = "the call asks for " + s.transport.String() + ", this route is " + r.Transport.String()
	case filterDrained:
		if d := r.drain.Load(); d != nil {
			x.Reason, x.Since = d.Says("drained"), d.Since
		}
	case filterChainID:
		if w := r.in.wrong.Load(); w != nil {
			x.Reason = fmt.Sprintf("it answers with chain id %d, not %d", w.seen, cp.chain.ID)
			x.Since = w.since
		}
		_, _, _, _, x.Next, _ = r.in.health.read()
	case filterCircuit:
		b := r.in.breakers[slot(r.Transport)].read(s.now)
		x.Reason, x.Since, x.Next = "circuit open: "+b.Reason, b.Since, b.Next
	case filterMethod:
		x.Reason = "configured not to serve " + s.method.Label()
		if r.without[s.method.Category] {
			x.Reason = "configured not to serve " + s.method.Category + " methods"
		}
	case filterRange:
		limits := &r.provider.Capabilities
		x.Reason = fmt.Sprintf("serves %s only for the last %d blocks", s.method.Label(), limits.MaxBlockAge)
		if limits.MaxBlockRange > 0 && s.span > limits.MaxBlockRange {
			x.Reason = fmt.Sprintf("asks for %d blocks, its limit is %d", s.span, limits.MaxBlockRange)
		}
	case filterArchival:
		x.Reason = "no archive: block " + s.blocks.String() + " is older than " + strconv.FormatUint(cp.chain.ArchivalThreshold, 10) + " blocks, or its age is unknown"
	case filterLag:
		x.Reason = fmt.Sprintf("%d blocks behind, limit %d", s.lagOf(cp, r).behind, cp.chain.MaxLagBlocks)
		if m := r.in.height.Load(); m != nil {
			x.Since = m.at
		}
		_, _, _, _, x.Next, _ = r.in.health.read()
	case filterCount:
	}
	return x
}

// counters are totals since the start, for metrics.
type counters struct {
	excluded      [filterCount]atomic.Uint64
	failedOpen    [filterCount]atomic.Uint64
	staleResends  atomic.Uint64
	noProvider    atomic.Uint64
	explored      atomic.Uint64
	indeterminate atomic.Uint64
	panics        atomic.Uint64
}
