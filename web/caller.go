package web

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

const headerForwardedFor = "X-Forwarded-For"

// namedProxies are the addresses that a word stands for; nil: it is none.
func namedProxies(word string) []netip.Prefix {
	switch word {
	case "loopback":
		return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	case "private":
		return []netip.Prefix{
			netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
			netip.MustParsePrefix("fc00::/7"),
		}
	}
	return nil
}

// ParseTrustedProxies reads a list for [Config.TrustedProxies]: addresses,
// prefixes such as 10.0.0.0/8, and the words loopback and private, with commas
// between them. The error names the first entry that is none.
func ParseTrustedProxies(list string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if named := namedProxies(entry); named != nil {
			all = append(all, named...)
			continue
		}
		p, err := parsePrefix(entry)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// parsePrefix reads an address or a prefix. A prefix that is none of IPv6 has
// IPv4 addresses.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return p, fmt.Errorf("%q is no address, no prefix such as 10.0.0.0/8, and neither loopback nor private", s)
	case p.Bits() == 0:
		return p, fmt.Errorf("%q would believe everybody", s)
	case p != p.Masked():
		return p, fmt.Errorf("%q has bits after its prefix: write %s or the address alone", s, p.Masked())
	}
	return p, nil
}

// trusts reports whether an address is one of a proxy whose headers are
// believed.
func trusts(proxies []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// callerOf is the address of who made a request that came from peer with these
// X-Forwarded-For headers, in their order. Each proxy appends the address that
// it was reached from, so the list is read from its end, and only as long as who
// wrote it is trusted: what stands farther left is anybody's word. An entry that
// is no address ends the reading at the proxy that wrote it.
func callerOf(peer netip.Addr, forwarded []string, proxies []netip.Prefix) netip.Addr {
	caller := peer
	for _, line := range slices.Backward(forwarded) {
		for more := true; more; {
			if !trusts(proxies, caller) {
				return caller
			}
			entry := line
			if i := strings.LastIndexByte(line, ','); i >= 0 {
				line, entry = line[:i], line[i+1:]
			} else {
				more = false
			}
			addr, ok := parseHop(strings.Trim(entry, " \t"))
			if !ok {
				return caller
			}
			caller = addr
		}
	}
	return caller
}

// parseHop reads an entry of X-Forwarded-For: an address, with or without
// brackets and port.
func parseHop(s string) (netip.Addr, bool) {
	if len(s) > 64 {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		var with netip.AddrPort
		if with, err = netip.ParseAddrPort(s); err != nil {
			return netip.Addr{}, false
		}
		addr = with.Addr()
	}
	return plainAddr(addr), true
}

// plainAddr is an address in the one form that is compared: without a zone, and
// IPv4 as such.
func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// peerOf is the address of the other end of the connection.
func peerOf(c *fiber.Ctx) netip.Addr {
	addr, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return plainAddr(addr)
}

// caller is the address that a request came from, as far as it can be known.
func (s *Server) caller(c *fiber.Ctx) netip.Addr {
	peer := peerOf(c)
	if !s.believes(c, peer) {
		return peer
	}
	var lines []string
	for _, line := range c.Request().Header.PeekAll(headerForwardedFor) {
		lines = append(lines, string(line))
	}
	return callerOf(peer, lines, s.cfg.TrustedProxies)
}

// from is the address that a request came from, for the log.
func (s *Server) from(c *fiber.Ctx) string { return s.caller(c).String() }

// overTLS reports whether the caller spoke TLS, as far as it can be known: to
// this node, or to the proxy in front. Of several values the last is that
// proxy's own.
func (s *Server) overTLS(c *fiber.Ctx) bool {
	if c.Context().IsTLS() {
		return true
	}
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 || !s.believes(c, peerOf(c)) {
		return false
	}
	last := string(lines[len(lines)-1])
	return strings.EqualFold(strings.Trim(last[strings.LastIndexByte(last, ',')+1:], " \t"), "https")
}

// sayAgain is how often it is said that a header is ignored.
const sayAgain = time.Hour

// believes reports whether what peer says of others is taken for true. That it
// is not is easy to forget, and said now and then: of private addresses by
// themselves, where proxies are and strangers are not.
func (s *Server) believes(c *fiber.Ctx, peer netip.Addr) bool {
	if trusts(s.cfg.TrustedProxies, peer) {
		return true
	}
	h := &c.Request().Header
	if len(h.Peek(headerForwardedFor)) == 0 && len(h.Peek(fiber.HeaderXForwardedProto)) == 0 {
		return false
	}
	last, now := &s.unbelieved.public, s.cfg.Now().UnixNano()
	if peer.IsPrivate() || peer.IsLoopback() {
		last = &s.unbelieved.private
	}
	if at := last.Load(); (at == 0 || now-at >= int64(sayAgain)) && last.CompareAndSwap(at, now) {
		s.log.Warn("X-Forwarded-For and X-Forwarded-Proto are ignored: they came from an address that is not among --trusted-proxies. "+
			"If it is your proxy's, name it there", "from", peer.String())
	}
	return false
}
