package cluster

import (
	"cmp"
	"log/slog"
	"maps"
	"net/netip"
	"regexp"
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

// What lines of the engine's log look like. The tests hold them against the
// engine that is linked in.
var (
	engineConn    = regexp.MustCompile(`^(\S+:\d+) - rid:\d+ - (.*)$`)                             //nolint:gochecknoglobals // a constant
	engineDial    = regexp.MustCompile(`^Error trying to connect to route \(attempt \d+\): (.*)$`) //nolint:gochecknoglobals // a constant
	engineDialTo  = regexp.MustCompile(`dial tcp (?:\S+->)?(\S+:\d+): (.*)$`)                      //nolint:gochecknoglobals // a constant
	engineClosed  = regexp.MustCompile(`^Router connection closed: (.*?)(?: - Remote: (.*))?$`)    //nolint:gochecknoglobals // a constant
	engineCluster = regexp.MustCompile(`cluster name "([^"]*)" does not match "([^"]*)"`)          //nolint:gochecknoglobals // a constant
)

// engineLine is what a line of the engine's log says about a connection.
type engineLine struct {
	address string // of the other side; empty: the line is about none
	text    string
	closed  string // why the connection was closed
	remote  string // engine name of the other side, with closed, where it is known
	dial    bool   // it could not be reached
}

func parseEngineLine(line string) engineLine {
	if m := engineDial.FindStringSubmatch(line); m != nil {
		if to := engineDialTo.FindStringSubmatch(m[1]); to != nil {
			return engineLine{address: to[1], text: to[2], dial: true}
		}
		return engineLine{text: line}
	}
	m := engineConn.FindStringSubmatch(line)
	if m == nil {
		return engineLine{text: line}
	}
	l := engineLine{address: m[1], text: m[2]}
	if c := engineClosed.FindStringSubmatch(l.text); c != nil {
		l.closed, l.remote = c[1], c[2]
	}
	return l
}

// staleConnection is why the engine closes a route whose other side does not
// answer its pings.
const staleConnection = "Stale Connection"

// reasonFor turns a line about a connection into a sentence a person can act
// on; empty where it tells nothing that is wrong with the peer.
func reasonFor(l engineLine) string {
	t := l.text
	has := func(s string) bool { return strings.Contains(t, s) }
	switch {
	case l.dial:
		return unreachable + dialReason(t)
	case engineCluster.MatchString(t):
		return "it belongs to another cluster: compare CLUSTER_NODE_BASENAME on both sides"
	case l.closed == "Cluster Name Conflict":
		return "it belongs to another cluster: compare CLUSTER_NODE_BASENAME on both sides"
	case has("Authorization Violation"), has("authentication error"), l.closed == "Authentication Failure":
		return "it has another secret: compare CLUSTER_SECRET on both sides"
	case l.closed == "Authentication Timeout":
		return "it connected and did not say who it is"
	case has("TLS route handshake error"):
		return tlsReason(t)
	case has("parser ERROR"), has("attempted to connect to route port"), l.closed == "Protocol Violation", l.closed == "Incorrect Port":
		return "it does not speak the cluster protocol: another service, or TLS is on at one side only"
	case has("duplicate name"):
		return "it says it is this very process"
	}
	return ""
}

func dialReason(t string) string {
	switch {
	case strings.Contains(t, "connection refused"):
		return "connection refused: nothing listens there"
	case strings.Contains(t, "i/o timeout"), strings.Contains(t, "timed out"):
		return "no answer: is a firewall in between?"
	case strings.Contains(t, "no route to host"), strings.Contains(t, "network is unreachable"), strings.Contains(t, "host is down"):
		return "no route to the host"
	}
	return clean(strings.TrimPrefix(t, "connect: "))
}

func tlsReason(t string) string {
	has := func(s string) bool { return strings.Contains(t, s) }
	switch {
	case has("signed by unknown authority"), has("unknown certificate authority"), has("bad certificate"),
		has("certificate required"), has("client didn't provide a certificate"):
		return "it has another secret or certificate authority: compare CLUSTER_SECRET or CLUSTER_TLS_CA on both sides"
	case has("first record does not look like a TLS handshake"):
		return "it does not speak TLS: set CLUSTER_SECRET on both sides or on none"
	case has("expired"), has("not yet valid"):
		return "its certificate is expired, or one of the clocks is wrong"
	case has("EOF"), has("connection reset"), has("use of closed"), has("i/o timeout"), has("broken pipe"):
		return "" // it went away in the middle: a probe, or a process that starts or stops
	}
	_, rest, _ := strings.Cut(t, "handshake error: ")
	return "TLS fails: " + clean(rest)
}
