package cluster

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// engineLog takes the engine's log: what it says about peers becomes problems,
// what it says about routes a reason to look, the rest goes to our log.
type engineLog struct{ e *embedded }

func (l engineLog) Debugf(string, ...any) {}
func (l engineLog) Tracef(string, ...any) {}

func (l engineLog) Noticef(format string, v ...any) { l.line(fmt.Sprintf(format, v...), false) }
func (l engineLog) Warnf(format string, v ...any)   { l.line(fmt.Sprintf(format, v...), false) }
func (l engineLog) Errorf(format string, v ...any)  { l.line(fmt.Sprintf(format, v...), true) }

func (l engineLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.e.fatal.CompareAndSwap(nil, &text)
}

func (l engineLog) line(text string, wrong bool) {
	e := l.e
	at := parseEngineLine(text)
	if at.remote != "" && at.closed != "" {
		e.mu.Lock()
		if c, ok := e.closed[at.remote]; ok || len(e.closed) < maxNodes {
			c.why = at.closed
			if at.closed == "Duplicate Route" {
				c.twice = time.Now()
			}
			e.closed[at.remote] = c
		}
		e.mu.Unlock()
	}
	if at.closed != "" || strings.HasSuffix(at.text, "Route connection created") {
		select {
		case e.poke <- struct{}{}:
		default:
		}
	}
	if at.address == "" {
		if wrong {
			e.log.Warn("cluster engine", "message", clean(text))
		}
		return
	}
	addr, err := netip.ParseAddrPort(at.address)
	if err != nil {
		return
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	reason := reasonFor(at, e.sec.password != "")
	e.mu.Lock()
	_, dialed := e.wanted[addr]
	if dialed && at.remote == "" && (at.closed == "Client Closed" || at.closed == "Read Error") {
		if e.strikes[addr]++; e.strikes[addr] >= 3 {
			reason = "it closes every connection without a word: is TLS on there and not here (CLUSTER_SECRET)?"
		}
	}
	e.mu.Unlock()
	if reason == "" {
		return
	}
	if dialed || at.dial {
		e.problems.add(addr.String(), "", reason, keepDialed)
	} else {
		e.problems.add(addr.Addr().String(), "", reason, keepIncoming)
	}
}

// What lines of the engine's log look like. The tests hold them against the
// engine that is linked in.
var (
	engineConn    = regexp.MustCompile(`^(\S+:\d+) - rid:\d+ - (.*)$`)
	engineDial    = regexp.MustCompile(`^Error trying to connect to route \(attempt \d+\): (.*)$`)
	engineDialTo  = regexp.MustCompile(`dial tcp (?:\S+->)?(\S+:\d+): (.*)$`)
	engineClosed  = regexp.MustCompile(`^Router connection closed: (.*?)(?: - Remote: (.*))?$`)
	engineCluster = regexp.MustCompile(`cluster name "([^"]*)" does not match "([^"]*)"`)
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
// on; empty where it tells nothing that is wrong with the peer. Where no password
// is asked for, the engine calls it a wrong one when a peer begins with anything
// but a greeting.
func reasonFor(l engineLine, password bool) string {
	t := l.text
	has := func(s string) bool { return strings.Contains(t, s) }
	switch {
	case l.dial:
		return unreachable + dialReason(t)
	case engineCluster.MatchString(t):
		return "it belongs to another cluster: compare CLUSTER_NODE_BASENAME on both sides"
	case l.closed == "Cluster Name Conflict":
		return "it belongs to another cluster: compare CLUSTER_NODE_BASENAME on both sides"
	case !password && has("authentication error"), !password && l.closed == "Authentication Failure":
		return foreign
	case has("Authorization Violation"), has("authentication error"), l.closed == "Authentication Failure":
		return "it has another secret: compare CLUSTER_SECRET on both sides"
	case l.closed == "Authentication Timeout":
		return "it connected and did not say who it is"
	case has("TLS route handshake error"):
		return tlsReason(t)
	case has("parser ERROR"), has("attempted to connect to route port"), l.closed == "Protocol Violation", l.closed == "Incorrect Port":
		return foreign
	case has("duplicate name"):
		return "it says it is this very process"
	}
	return ""
}

const foreign = "it does not speak the cluster protocol: another service, or TLS (CLUSTER_SECRET) is on there and not here"

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
