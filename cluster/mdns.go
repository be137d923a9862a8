package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/grandcat/zeroconf"
)

// The service that nodes announce by multicast DNS.
const (
	mdnsService = "_lasso._tcp"
	mdnsDomain  = "local."
)

// multicast finds nodes of the local network by multicast DNS, and announces
// this one. It is for development: it does not cross routers, and anyone on the
// network can announce anything.
type multicast struct {
	every  time.Duration // between questions
	forget time.Duration // how long an announcement counts
}

func newMulticast(every time.Duration) *multicast {
	return &multicast{every: every, forget: 10 * every}
}

// Name implements Discoverer.
func (*multicast) Name() string { return MDNS }

// Run implements Discoverer.
func (m *multicast) Run(ctx context.Context, self Endpoint, found func(Found)) error {
	text := []string{"cluster=" + self.Cluster, "instance=" + self.Instance}
	for {
		server, err := zeroconf.Register(self.Instance, mdnsService, mdnsDomain, int(self.Addr.Port()), text, nil)
		if err == nil {
			defer server.Shutdown()
			break
		}
		found(Found{Err: fmt.Errorf("announce by mDNS: %w", err)})
		if !wait(ctx, m.every) {
			return nil
		}
	}
	seen := map[netip.AddrPort]time.Time{}
	report := func() {
		var all []netip.AddrPort
		for a, at := range seen {
			if time.Since(at) > m.forget {
				delete(seen, a)
				continue
			}
			all = append(all, a)
		}
		slices.SortFunc(all, netip.AddrPort.Compare)
		found(Found{Addresses: all})
	}
	for ctx.Err() == nil {
		err := m.browse(ctx, self, func(addr netip.AddrPort) {
			_, known := seen[addr]
			if !known && len(seen) >= maxFound {
				return
			}
			seen[addr] = time.Now()
			if !known {
				report()
			}
		})
		if err == nil {
			report()
			continue
		}
		found(Found{Err: fmt.Errorf("look by mDNS: %w", err)})
		if !wait(ctx, m.every) {
			return nil
		}
	}
	return nil
}

// browse asks once and passes on what answers in the time between two
// questions. The library remembers whom it told of as long as it browses, hence
// one browser for each question.
func (m *multicast) browse(ctx context.Context, self Endpoint, saw func(netip.AddrPort)) error {
	resolver, err := zeroconf.NewResolver()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.every)
	defer cancel()
	entries := make(chan *zeroconf.ServiceEntry, 16)
	if err := resolver.Browse(ctx, mdnsService, mdnsDomain, entries); err != nil {
		return err
	}
	for e := range entries { // closed when ctx ends
		if !slices.Contains(e.Text, "cluster="+self.Cluster) || slices.Contains(e.Text, "instance="+self.Instance) {
			continue
		}
		for _, ip := range slices.Concat(e.AddrIPv4, e.AddrIPv6) {
			addr, ok := netip.AddrFromSlice(ip)
			addr = addr.Unmap()
			if !ok || e.Port <= 0 || e.Port > 65535 || addr.Is6() && addr.IsLinkLocalUnicast() {
				continue // a link-local address means nothing without its interface
			}
			saw(netip.AddrPortFrom(addr, uint16(e.Port)))
		}
	}
	return nil
}

// wait waits, unless ctx ends first: then it is false.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
