package cluster

import (
	"cmp"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso"
)

// maxProblems bounds the peers that are listed.
const maxProblems = 64

// How long a peer stays listed after its last problem: one that we dial is
// dialled again and again, one that came to us may not come back.
const (
	keepDialed   = time.Minute
	keepIncoming = time.Hour
)

// unreachable begins the reason of a peer that cannot be reached at all.
const unreachable = "unreachable: "

// problems are the peers that were met and are no nodes of this cluster. Each
// address is named in the log once for each reason.
type problems struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	list map[problemKey]*problem
}

type problemKey struct{ address, reason string }

type problem struct {
	lasso.Peer
	keep time.Duration
}

func newProblems(log *slog.Logger, now func() time.Time) *problems {
	return &problems{log: log, now: now, list: map[problemKey]*problem{}}
}

// add notes a peer.
func (p *problems) add(address string, id lasso.NodeID, reason string, keep time.Duration) {
	now := p.now()
	key := problemKey{address, reason}
	p.mu.Lock()
	old := p.list[key]
	if old != nil {
		old.LastAt = now
	} else {
		p.expire(now)
		if len(p.list) >= maxProblems {
			p.dropOldest()
		}
		p.list[key] = &problem{Peer: lasso.Peer{Address: address, Node: id, Reason: reason, Since: now, LastAt: now}, keep: keep}
	}
	p.mu.Unlock()
	if old == nil {
		p.log.Warn("peer not in the cluster", "address", address, "node", string(id), "reason", reason)
	}
}

// solved forgets what was wrong with an address: a node is there now. The
// addresses of incoming connections have no port.
func (p *problems) solved(addr netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.list, func(k problemKey, _ *problem) bool { return k.address == addr.String() })
}

// forget drops what is not looked for any more.
func (p *problems) forget(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.list, func(k problemKey, _ *problem) bool { return k.address == address })
}

func (p *problems) expire(now time.Time) {
	maps.DeleteFunc(p.list, func(_ problemKey, q *problem) bool { return now.Sub(q.LastAt) > q.keep })
}

func (p *problems) dropOldest() {
	var oldest problemKey
	var at time.Time
	for k, q := range p.list {
		if at.IsZero() || q.LastAt.Before(at) {
			oldest, at = k, q.LastAt
		}
	}
	delete(p.list, oldest)
}

// peers returns copies, by address; never nil. Peers that only cannot be
// reached are left out where a known node is at home: that one's state says it.
func (p *problems) peers(known map[string]bool) []lasso.Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(p.now())
	out := make([]lasso.Peer, 0, len(p.list))
	for _, q := range p.list {
		if known[q.Address] && strings.HasPrefix(q.Reason, unreachable) {
			continue
		}
		out = append(out, q.Peer)
	}
	slices.SortFunc(out, func(a, b lasso.Peer) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), a.Since.Compare(b.Since), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}
