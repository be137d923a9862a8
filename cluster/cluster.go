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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// Cluster is this node's part in the cluster. All methods are safe for
// concurrent use.
type Cluster struct {
	cfg      Config
	log      *slog.Logger
	self     lasso.NodeID
	boot     lasso.BootID
	proto    int
	prefix   string // of all subjects
	started  time.Time
	engine   engine
	discover Discoverer // nil: none is needed
	problems *problems
	counts   counts
	descs    descriptions

	running  atomic.Bool
	ready    chan struct{} // closed when the engine is up
	kick     chan struct{} // what we listen to changed
	tasks    sync.WaitGroup
	places   chan struct{} // one for each answer that may be in the making
	greeters chan struct{} // the same for hellos, so that they are never crowded out

	generation atomic.Uint64
	interest   atomic.Pointer[map[string]int] // topic to how many other nodes listen

	mu        sync.Mutex
	ctx       context.Context // of Run, from when the engine is up; nil before
	closing   bool            // no new tasks
	nc        *nats.Conn
	topo      *topology
	handlers  map[string]Handler
	listeners map[string]*topic
	subs      map[*subscriber]bool
	pending   map[string]*pending
	asked     uint64 // names pending questions
	lookedAt  time.Time
	lookFail  string
}

// New builds a Cluster. It starts nothing; see Run. The error names every
// mistake in cfg.
func New(cfg Config, log *slog.Logger) (*Cluster, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	info := cfg.Info()
	if info.Boot == "" {
		info.Boot = lasso.BootID(strings.ToLower(rand.Text()))
	}
	if !validBoot(info.Boot) {
		return nil, fmt.Errorf("boot id %q: use up to 64 letters, digits, - and _", clean(string(info.Boot)))
	}
	c := &Cluster{
		cfg:       cfg,
		log:       log,
		self:      info.ID,
		boot:      info.Boot,
		proto:     protocolVersion,
		prefix:    "lasso." + cfg.Name + ".",
		started:   cfg.Now(),
		discover:  cfg.Discoverer,
		problems:  newProblems(log, cfg.Now),
		descs:     newDescriptions(),
		ready:     make(chan struct{}),
		kick:      make(chan struct{}, 1),
		places:    make(chan struct{}, maxServing),
		greeters:  make(chan struct{}, maxServing),
		topo:      newTopology(info.ID, info.Boot, cfg.HealthFailures, cfg.KeepFor),
		handlers:  map[string]Handler{},
		listeners: map[string]*topic{},
		subs:      map[*subscriber]bool{},
		pending:   map[string]*pending{},
	}
	c.interest.Store(&map[string]int{})
	if c.cfg.Discovery == NATS && c.discover == nil {
		c.engine = newExternal(c)
		return c, nil
	}
	e, err := newEmbedded(c)
	if err != nil {
		return nil, err
	}
	c.engine = e
	if c.discover == nil {
		switch cfg.Discovery {
		case DNS:
			c.discover = newLookup(&c.cfg)
		default:
			c.discover = newMulticast(cfg.PollInterval)
		}
	}
	return c, nil
}

// Ready is closed when this node takes part: it listens and looks for others.
func (c *Cluster) Ready() <-chan struct{} { return c.ready }

// Addr returns where this node listens for others, once it is Ready. It is not
// valid where an existing NATS is used.
func (c *Cluster) Addr() netip.AddrPort { return c.engine.address() }

// Run takes part in the cluster until ctx ends, says goodbye, and returns when
// all that it started has ended; handlers that listen to a topic may still be
// busy with their last message. It can be called once. The error is why the node
// could not take part.
func (c *Cluster) Run(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return errors.New("the cluster was started before")
	}
	nc, err := c.engine.start(ctx, c)
	if err != nil {
		return err
	}
	defer c.engine.stop()
	defer nc.Close()
	// What runs ends after the goodbye, and answers until then.
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer c.drain(cancel)
	if err := c.open(inner, nc); err != nil {
		return err
	}
	if c.engine.secured() == secureNone {
		c.log.Warn("the cluster port is open to anyone who reaches it: set CLUSTER_SECRET on all nodes", "address", c.Addr().String())
	}
	c.mu.Lock()
	c.task(c.engine.run)
	c.task(c.beats)
	c.task(c.checks)
	if c.discover != nil {
		c.task(c.look)
	}
	c.mu.Unlock()
	close(c.ready)
	c.log.Info("cluster started", "cluster", c.cfg.Name, "discovery", c.discovery(), "address", c.Addr().String(), "security", c.engine.secured())
	<-ctx.Done()
	c.goodbye()
	return nil
}

// task runs f unless the cluster is ending; Run waits for it. It is called with
// c.mu held.
func (c *Cluster) task(f func(context.Context)) bool {
	if c.closing || c.ctx == nil {
		return false
	}
	ctx := c.ctx
	c.tasks.Go(func() { f(ctx) })
	return true
}

// drain ends all tasks and waits for them.
func (c *Cluster) drain(cancel func()) {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	cancel()
	c.tasks.Wait()
}

// open subscribes to all that other nodes may say.
func (c *Cluster) open(ctx context.Context, nc *nats.Conn) error {
	c.mu.Lock()
	c.ctx, c.nc = ctx, nc
	c.mu.Unlock()
	for _, s := range []struct {
		subject string
		handle  nats.MsgHandler
	}{
		{"ask", c.serve},
		{"ask." + string(c.boot), c.serve},
		{"re." + string(c.boot) + ".*", c.reply},
		{"beat", c.beat},
	} {
		sub, err := nc.Subscribe(c.prefix+s.subject, s.handle)
		if err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
		if err := sub.SetPendingLimits(maxWaiting, maxWaitingBytes); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range c.listeners {
		c.subscribe(name, t)
	}
	return nil
}

func (c *Cluster) discovery() string {
	if c.discover == nil {
		return NATS
	}
	return c.discover.Name()
}

// look runs discovery.
func (c *Cluster) look(ctx context.Context) {
	self := Endpoint{Cluster: c.cfg.Name, Instance: string(c.boot), Addr: c.Addr()}
	for ctx.Err() == nil {
		err := c.discover.Run(ctx, self, c.found)
		if ctx.Err() != nil {
			return
		}
		c.log.Error("discovery ended, and is started again", "discovery", c.discover.Name(), "error", err)
		wait(ctx, c.cfg.PollInterval)
	}
}

func (c *Cluster) found(f Found) {
	fail := ""
	if f.Err != nil {
		fail = clean(f.Err.Error())
		c.counts.lookupFailures.Add(1)
	}
	c.mu.Lock()
	before := c.lookFail
	c.lookedAt, c.lookFail = c.cfg.Now(), fail
	c.mu.Unlock()
	if fail != before {
		if fail != "" {
			c.log.Warn("discovery fails; known nodes stay", "discovery", c.discovery(), "error", fail)
		} else {
			c.log.Info("discovery works again", "discovery", c.discovery())
		}
	}
	if f.Err == nil {
		c.engine.dial(f.Addresses)
	}
}

// info is what this node says of itself.
func (c *Cluster) info() lasso.NodeInfo {
	info := c.cfg.Info()
	info.ID, info.Boot = c.self, c.boot
	if info.Started.IsZero() {
		info.Started = c.started
	}
	if len(info.Addresses) == 0 {
		info.Addresses = c.addresses()
	}
	return info
}

// addresses are where peers may reach the cluster port, at most maxAddrs.
func (c *Cluster) addresses() []string {
	at := c.Addr()
	if !at.IsValid() {
		return nil
	}
	if c.cfg.Advertise != "" {
		host, port, err := splitHostPort(c.cfg.Advertise)
		if err == nil {
			if port == 0 {
				port = int(at.Port())
			}
			return []string{net.JoinHostPort(host, strconv.Itoa(port))}
		}
	}
	if !at.Addr().IsUnspecified() {
		return []string{at.String()}
	}
	var all []string
	for _, ip := range ownAddresses() {
		if ip.IsGlobalUnicast() && len(all) < maxAddrs {
			all = append(all, netip.AddrPortFrom(ip, at.Port()).String())
		}
	}
	return all
}

// State returns all that this node knows of its cluster; the caller owns it.
func (c *Cluster) State() lasso.Cluster {
	s := lasso.Cluster{
		Enabled:   true,
		Name:      c.cfg.Name,
		Discovery: c.discovery(),
		Security:  c.engine.secured(),
		Expected:  c.cfg.Expected,
	}
	info := c.info()
	info.Profiles = maps.Clone(info.Profiles)
	self := lasso.Node{NodeInfo: info, Self: true, State: lasso.NodeResponding, Since: info.Started, LastSeen: c.cfg.Now()}
	c.mu.Lock()
	self.Duplicate = c.topo.selfTwin
	s.Nodes = append([]lasso.Node{self}, c.topo.list()...)
	s.Coverage = c.topo.coverage()
	s.Events = c.topo.events()
	s.LookedAt, s.LookupFail = c.lookedAt, c.lookFail
	s.Generation = c.topo.generation
	c.mu.Unlock()
	known := map[string]bool{}
	for _, n := range s.Nodes {
		for _, a := range n.Addresses {
			known[a] = true
		}
	}
	s.Problems = c.problems.peers(known)
	return s
}

// Coverage tells how many of the known nodes respond, this one included.
func (c *Cluster) Coverage() lasso.Coverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.topo.coverage()
}

// Generation grows whenever a node begins or ceases to respond.
func (c *Cluster) Generation() uint64 { return c.generation.Load() }

// Revision is another number after each event of the topology.
func (c *Cluster) Revision() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.topo.seq
}

// Subscribe returns the topology events from now on. One that finds the buffer
// full is lost to this subscriber, and counted; a gap in Seq shows it. The
// second result ends the subscription and closes the channel.
func (c *Cluster) Subscribe(buffer int) (<-chan lasso.TopologyEvent, func()) {
	s := &subscriber{ch: make(chan lasso.TopologyEvent, max(buffer, 1))}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs[s] = true
	return s.ch, sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subs, s)
		close(s.ch)
	})
}

type subscriber struct{ ch chan lasso.TopologyEvent }

// offer never blocks. It reports whether there was room.
func (s *subscriber) offer(ev lasso.TopologyEvent) bool {
	select {
	case s.ch <- ev:
		return true
	default:
		return false
	}
}

// engineError is told what goes wrong on the connection to the engine.
func (c *Cluster) engineError(sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	if errors.Is(err, nats.ErrSlowConsumer) {
		c.counts.slow.Add(1)
	}
	c.log.Warn("cluster messages", "subject", clean(subject), "error", err)
}
