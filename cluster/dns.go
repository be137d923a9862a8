package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// maxFound bounds the addresses that a look-up may return.
const maxFound = 2 * maxNodes

// lookup finds nodes in DNS: every A and AAAA record of the name with one port,
// or every SRV record with its own, when the name starts with "_".
type lookup struct {
	query    string
	port     int
	every    time.Duration
	resolver *net.Resolver
}

func newLookup(cfg *Config) *lookup {
	l := &lookup{query: cfg.DNSQuery, port: cfg.Port, every: cfg.PollInterval, resolver: &net.Resolver{}}
	if cfg.DNSServer != "" {
		server := cfg.DNSServer
		l.resolver.PreferGo = true
		l.resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}
	}
	return l
}

// Name implements Discoverer.
func (*lookup) Name() string { return DNS }

// Run implements Discoverer.
func (l *lookup) Run(ctx context.Context, _ Endpoint, found func(Found)) error {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		found(l.look(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look asks once, for 5 s at most.
func (l *lookup) look(ctx context.Context) Found {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var all []netip.AddrPort
	var err error
	if strings.HasPrefix(l.query, "_") {
		all, err = l.services(ctx)
	} else {
		all, err = l.hosts(ctx, l.query, l.port)
	}
	if err != nil {
		return Found{Err: fmt.Errorf("look up %s: %w", l.query, err)}
	}
	slices.SortFunc(all, netip.AddrPort.Compare)
	all = slices.Compact(all)
	return Found{Addresses: all[:min(len(all), maxFound)]}
}

// hosts returns the addresses of a name. One family that fails or has no
// records is no failure while the other has some.
func (l *lookup) hosts(ctx context.Context, name string, port int) ([]netip.AddrPort, error) {
	type answer struct {
		ips []netip.Addr
		err error
	}
	families := []string{"ip4", "ip6"}
	answers := make(chan answer, len(families))
	for _, family := range families {
		go func() {
			ips, err := l.resolver.LookupNetIP(ctx, family, name)
			answers <- answer{ips, err}
		}()
	}
	var all []netip.AddrPort
	var errs []error
	for range families {
		a := <-answers
		if a.err != nil {
			errs = append(errs, a.err)
		}
		for _, ip := range a.ips {
			all = append(all, netip.AddrPortFrom(ip.Unmap(), uint16(port))) //nolint:gosec // Validate and DNS keep it in range
		}
	}
	if len(all) == 0 {
		return nil, worst(errs)
	}
	return all, nil
}

// worst prefers the error that says more than that there are no such records.
func worst(errs []error) error {
	for _, err := range errs {
		var d *net.DNSError
		if !errors.As(err, &d) || !d.IsNotFound {
			return err
		}
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return errors.New("no addresses")
}

// services returns the addresses of the targets of SRV records. A target that
// cannot be resolved is no failure while another can.
func (l *lookup) services(ctx context.Context) ([]netip.AddrPort, error) {
	_, records, err := l.resolver.LookupSRV(ctx, "", "", l.query)
	if err != nil && len(records) == 0 {
		return nil, err
	}
	var all []netip.AddrPort
	var errs []error
	for _, r := range records[:min(len(records), maxFound)] {
		some, err := l.hosts(ctx, r.Target, int(r.Port))
		if err != nil {
			errs = append(errs, err)
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, worst(errs)
	}
	return all, nil
}
