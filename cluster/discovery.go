package cluster

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// Discoverer finds the cluster ports of other nodes. What it does not find any
// more stays a node as long as it is one: to be found is only the way in.
type Discoverer interface {
	// Name is the word for it on pages: "dns", "mdns", …
	Name() string
	// Run looks until ctx ends and calls found after every look, from one
	// goroutine at a time. It does not end before ctx unless it can do nothing.
	Run(ctx context.Context, self Endpoint, found func(Found)) error
}

// Endpoint is where this node is reached.
type Endpoint struct {
	Cluster  string // the name of the cluster
	Instance string // unique among all processes
	Addr     netip.AddrPort
}

// Found is what one look came to.
type Found struct {
	// Addresses are all that are known now. This node's own may be among them.
	Addresses []netip.AddrPort
	// Err is why nothing could be found out; Addresses then mean nothing.
	Err error
}

// Meeting is a Discoverer for nodes of one process: all that use the same one
// find each other. The zero value is ready to use.
type Meeting struct {
	mu     sync.Mutex
	here   map[string]netip.AddrPort
	change chan struct{} // closed and replaced when here changes
}

// Name implements Discoverer.
func (*Meeting) Name() string { return "local" }

// Run implements Discoverer.
func (m *Meeting) Run(ctx context.Context, self Endpoint, found func(Found)) error {
	m.set(self.Instance, self.Addr)
	defer m.set(self.Instance, netip.AddrPort{})
	for {
		all, change := m.list()
		found(Found{Addresses: all})
		select {
		case <-ctx.Done():
			return nil
		case <-change:
		}
	}
}

func (m *Meeting) set(instance string, addr netip.AddrPort) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.here == nil {
		m.here = map[string]netip.AddrPort{}
	}
	if addr.IsValid() {
		m.here[instance] = addr
	} else {
		delete(m.here, instance)
	}
	if m.change != nil {
		close(m.change)
	}
	m.change = make(chan struct{})
}

func (m *Meeting) list() ([]netip.AddrPort, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]netip.AddrPort, 0, len(m.here))
	for _, a := range m.here {
		all = append(all, a)
	}
	return all, m.change
}

// ownAddresses returns the addresses of this machine, those that others may
// reach first.
func ownAddresses() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var global, local []netip.Addr
	for _, a := range addrs {
		ipn, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(ipn.IP)
		if !ok {
			continue
		}
		ip = ip.Unmap()
		if ip.IsGlobalUnicast() {
			global = append(global, ip)
		} else {
			local = append(local, ip)
		}
	}
	return append(global, local...)
}
