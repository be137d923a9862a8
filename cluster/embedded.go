package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// The timers of the mesh.
const (
	// A route whose other side does not answer is closed after three times
	// this: a link that was cut is noticed, and is dialled again.
	defaultRoutePing = 3 * time.Second
	routePings       = 2
	startTimeout     = 20 * time.Second
	probeTimeout     = time.Second
	probeEvery       = 2 * time.Second
	twiceGrace       = 2 * time.Second
	// forgetAddress is how long an address that discovery does not list any
	// more is still dialled.
	forgetAddress = 5 * time.Minute
)

// embedded is an engine inside this process.
type embedded struct {
	cfg      *Config
	name     string
	sec      security
	options  []nats.Option
	log      *slog.Logger
	problems *problems

	srv   *server.Server
	who   presence
	addr  atomic.Pointer[netip.AddrPort]
	poke  chan struct{}          // the engine's log told of a route
	fatal atomic.Pointer[string] // why it could not start
	tasks sync.WaitGroup         // what run started

	user, password string // of the listener for clients

	reload sync.Mutex // held to give the engine new options

	// mu is never held when the engine is called: the engine writes its log,
	// which takes mu, with locks of its own held.
	mu      sync.Mutex
	wanted  map[netip.AddrPort]time.Time // where to dial: when discovery last listed it
	routes  map[string]route             // by engine name
	closed  map[string]closing           // how routes were closed, by engine name
	strikes map[netip.AddrPort]int       // connections that ended before the other side said anything
	probing map[string]bool              // engine names whose routes went silent
}

// route is one connection to another node.
type route struct {
	id   lasso.NodeID
	boot lasso.BootID
	ip   netip.Addr // of the other side
	port uint16     // of the connection; its cluster port only where we dialled
}

// closing is how connections to a node were closed last.
type closing struct {
	why   string
	twice time.Time // when one was closed because there were two
}

func newEmbedded(c *Cluster) (*embedded, error) {
	sec, err := newSecurity(&c.cfg)
	if err != nil {
		return nil, err
	}
	return &embedded{
		cfg:      &c.cfg,
		name:     engineName(c.self, c.boot),
		sec:      sec,
		options:  c.clientOptions(),
		log:      c.log,
		problems: c.problems,
		poke:     make(chan struct{}, 1),
		wanted:   map[netip.AddrPort]time.Time{},
		routes:   map[string]route{},
		closed:   map[string]closing{},
		strikes:  map[netip.AddrPort]int{},
		probing:  map[string]bool{},
	}, nil
}

func (e *embedded) secured() string { return e.sec.kind }

func (e *embedded) address() netip.AddrPort {
	if a := e.addr.Load(); a != nil {
		return *a
	}
	return netip.AddrPort{}
}

func (*embedded) heard(lasso.NodeID, lasso.BootID) {} // routes tell who is there

// serverOptions are the engine's, new at each call: it keeps and changes them.
func (e *embedded) serverOptions(user, password string, routes []netip.AddrPort) *server.Options {
	o := &server.Options{
		ServerName: e.name,
		// Without a listener for clients the engine opens no routes either.
		// This one is for us alone, and we come in process.
		Host: "127.0.0.1", Port: -1, MaxConn: 64,
		// A user of a list: one of Username and Password loses its
		// connections whenever options are reloaded.
		Users:                 []*server.User{{Username: user, Password: password}},
		AuthTimeout:           20,
		NoSigs:                true,
		NoLog:                 true,
		NoSystemAccount:       true,
		MaxPayload:            int32(e.cfg.MaxPayload),     //nolint:gosec // Validate keeps it below 64 MiB
		MaxPending:            4 * int64(e.cfg.MaxPayload), // for one peer; one that takes no more is dropped
		ConnectErrorReports:   5,
		ReconnectErrorReports: 5,
		Cluster: server.ClusterOpts{
			Name:         e.cfg.Name,
			Host:         e.bind(),
			Port:         e.cfg.Port,
			Advertise:    e.advertise(),
			NoAdvertise:  true, // of client addresses
			PoolSize:     -1,   // one connection to each peer
			PingInterval: e.cfg.routePing,
			MaxPingsOut:  routePings,
			TLSConfig:    e.sec.tls,
			TLSTimeout:   3, // a shutdown may have to wait as long
			AuthTimeout:  4,
			Compression:  server.CompressionOpts{Mode: server.CompressionOff},
		},
	}
	if e.sec.password != "" {
		o.Cluster.Username, o.Cluster.Password = "lasso", e.sec.password
	}
	for _, r := range routes {
		u := &url.URL{Scheme: "nats-route", Host: r.String()}
		if e.sec.password != "" {
			u.User = url.UserPassword(o.Cluster.Username, o.Cluster.Password)
		}
		o.Routes = append(o.Routes, u)
	}
	return o
}

// advertise is what peers tell each other about where we are. Bound to all
// addresses we leave it to them: each sees one that reaches us.
func (e *embedded) advertise() string {
	if host, port, err := splitHostPort(e.cfg.Advertise); err == nil && host != "" {
		return net.JoinHostPort(host, strconv.Itoa(port)) // 0: that of the listener
	}
	if ip, err := netip.ParseAddr(e.cfg.Bind); err == nil && !ip.IsUnspecified() {
		return net.JoinHostPort(ip.String(), "0")
	}
	return ""
}

// bind is the address to listen on. The one that means all of them takes IPv4
// connections too, where there is IPv6 at all.
func (e *embedded) bind() string {
	if e.cfg.Bind != "" {
		return e.cfg.Bind
	}
	if slices.ContainsFunc(ownAddresses(), netip.Addr.Is6) {
		return netip.IPv6Unspecified().String()
	}
	return netip.IPv4Unspecified().String()
}

func (e *embedded) start(ctx context.Context, who presence) (*nats.Conn, error) {
	e.who = who
	user, password := "lasso", rand.Text()
	srv, err := server.NewServer(e.serverOptions(user, password, nil))
	if err != nil {
		return nil, fmt.Errorf("cluster engine: %w", err)
	}
	e.srv = srv
	srv.SetLogger(engineLog{e}, false, false)
	srv.Start()
	if err := e.ready(ctx); err != nil {
		e.stop()
		return nil, err
	}
	if at := srv.ClusterAddr(); at != nil {
		addr := netip.AddrPortFrom(at.AddrPort().Addr().Unmap(), at.AddrPort().Port())
		e.addr.Store(&addr)
	}
	// Options that are reloaded must name the same client listener.
	e.user, e.password = user, password
	nc, err := nats.Connect("", append(slices.Clone(e.options),
		nats.InProcessServer(srv), nats.UserInfo(user, password),
		nats.Timeout(startTimeout), nats.ReconnectWait(50*time.Millisecond))...)
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("connect to the cluster engine: %w", err)
	}
	return nc, nil
}

// ready waits for the listeners.
func (e *embedded) ready(ctx context.Context) error {
	for deadline := time.Now().Add(startTimeout); ; {
		if why := e.fatal.Load(); why != nil {
			return fmt.Errorf("cluster port (CLUSTER_BIND, CLUSTER_PORT): %s", *why)
		}
		if e.srv.ReadyForConnections(20 * time.Millisecond) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return errors.New("the cluster engine did not start in time")
		}
	}
}

func (e *embedded) stop() {
	e.tasks.Wait()
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
}

func (e *embedded) run(ctx context.Context) {
	tick := time.NewTicker(e.cfg.Presence)
	defer tick.Stop()
	for {
		e.look(ctx)
		select {
		case <-ctx.Done():
			e.tasks.Wait()
			return
		case <-tick.C:
		case <-e.poke:
		}
	}
}

// look compares the routes with those of the last look.
func (e *embedded) look(ctx context.Context) {
	all, err := e.srv.Routez(nil)
	if err != nil {
		e.log.Error("list the routes of the cluster engine", "error", err)
		return
	}
	now := make(map[string]route, len(all.Routes))
	for _, r := range all.Routes {
		ip, err := netip.ParseAddr(r.IP)
		if err != nil {
			continue
		}
		id, boot, ok := parseEngineName(r.RemoteName)
		if !ok {
			e.problems.add(ip.Unmap().String(), "", "it is a NATS server and no lasso node", keepDialed)
			continue
		}
		at := route{id: id, boot: boot, ip: ip.Unmap(), port: uint16(r.Port)} //nolint:gosec // a port
		e.problems.solved(netip.AddrPortFrom(at.ip, at.port))
		now[r.RemoteName] = at
	}
	e.mu.Lock()
	before := e.routes
	e.routes = now
	for _, r := range now {
		delete(e.strikes, netip.AddrPortFrom(r.ip, r.port))
	}
	gone := map[string]string{}
	for name, r := range before {
		if _, ok := now[name]; ok || e.probing[name] {
			continue
		}
		c := e.closed[name]
		if c.why == staleConnection || time.Since(c.twice) < twiceGrace {
			e.probing[name] = true
			e.tasks.Go(func() { e.probe(ctx, name, r) })
		} else {
			gone[name] = c.why
		}
	}
	maps.DeleteFunc(e.closed, func(name string, _ closing) bool {
		_, ok := now[name] // its end may be in the log before it is in the list
		return !ok
	})
	e.mu.Unlock()
	for name, why := range gone {
		e.who.left(before[name].boot, lostReason(why))
	}
	for _, r := range now {
		e.who.joined(r.id, r.boot)
	}
}

func lostReason(closed string) string {
	switch closed {
	case "", "Client Closed", "Read Error", "Write Error":
		return "its process or the connection to it ended without a goodbye"
	case "Slow Consumer (Pending Bytes)", "Slow Consumer (Write Deadline)":
		return "it did not take what it was sent, and the connection was closed"
	}
	return "the connection to it was closed: " + strings.ToLower(closed)
}

// dial adds what discovery found to the addresses that are dialled. One that is
// not found any more is dropped only after minutes, and when no node is there:
// to drop it closes the route, and the others would not mend that.
func (e *embedded) dial(found []netip.AddrPort) {
	e.reload.Lock()
	defer e.reload.Unlock()
	list, changed := e.want(found, time.Now())
	if !changed {
		return
	}
	if err := e.srv.ReloadOptions(e.serverOptions(e.user, e.password, list)); err != nil {
		e.log.Error("give the cluster engine new addresses", "error", err)
	}
}

// want brings the addresses to dial up to date, and tells whether they changed.
func (e *embedded) want(found []netip.AddrPort, now time.Time) (list []netip.AddrPort, changed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range found {
		if a.Port() == 0 || a.Addr().IsUnspecified() || a.Addr().IsMulticast() || e.own(a) {
			continue
		}
		if _, ok := e.wanted[a]; !ok {
			if len(e.wanted) >= maxFound {
				break
			}
			changed = true
		}
		e.wanted[a] = now
	}
	for a, at := range e.wanted {
		if now.Sub(at) > forgetAddress && !e.occupied(a) {
			delete(e.wanted, a)
			delete(e.strikes, a)
			e.problems.forget(a.String())
			changed = true
		}
	}
	return slices.SortedFunc(maps.Keys(e.wanted), netip.AddrPort.Compare), changed
}

// occupied tells whether a node is, or may be, at an address.
func (e *embedded) occupied(a netip.AddrPort) bool {
	for _, r := range e.routes {
		if r.ip == a.Addr() {
			return true
		}
	}
	return len(e.probing) > 0
}

// own tells whether an address is this node's.
func (e *embedded) own(a netip.AddrPort) bool {
	if host, port, err := splitHostPort(e.cfg.Advertise); err == nil && host != "" {
		if (port == 0 || port == int(a.Port())) && host == a.Addr().String() {
			return true
		}
	}
	self := e.address()
	if a.Port() != self.Port() {
		return false
	}
	if !self.Addr().IsUnspecified() {
		return a.Addr() == self.Addr()
	}
	return a.Addr().IsLoopback() || slices.Contains(ownAddresses(), a.Addr())
}
