package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"slices"
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
// all that it started has ended. It can be called once. The error is why the
// node could not take part.
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

// update changes the topology and tells those who want to know.
func (c *Cluster) update(change func(t *topology, now time.Time)) {
	c.mu.Lock()
	change(c.topo, c.cfg.Now())
	evs := c.topo.take()
	c.generation.Store(c.topo.generation)
	for _, ev := range evs {
		for s := range c.subs {
			if !s.offer(ev) {
				c.counts.lostEvents.Add(1)
			}
		}
	}
	if len(evs) > 0 {
		for _, p := range c.pending {
			p.poke()
		}
		c.countInterest()
	}
	c.mu.Unlock()
	for i := range evs {
		c.logEvent(&evs[i])
	}
}

func (c *Cluster) logEvent(ev *lasso.TopologyEvent) {
	attrs := []any{"node", string(ev.Node), "boot", string(ev.Boot), "region", ev.Region, "reason", ev.Reason}
	switch {
	case ev.Kind == lasso.NodeIdentified:
		c.log.Info("node identified", attrs...)
	case ev.Kind == lasso.NodeLeft:
		c.log.Warn("node left", attrs...)
	case ev.To == lasso.NodeUnresponsive:
		c.log.Warn("node unresponsive", attrs...)
	default:
		c.log.Debug("node "+ev.To.String(), attrs...)
	}
}

// joined implements presence.
func (c *Cluster) joined(id lasso.NodeID, boot lasso.BootID) {
	c.mu.Lock()
	e := c.topo.nodes[boot]
	known := e != nil && (e.live() || e.bye)
	c.mu.Unlock()
	if known || boot == c.boot {
		return
	}
	c.update(func(t *topology, now time.Time) {
		if t.joined(id, boot, now) {
			c.task(func(ctx context.Context) { c.identify(ctx, boot) })
		}
	})
}

// left implements presence.
func (c *Cluster) left(boot lasso.BootID, why string) {
	c.update(func(t *topology, now time.Time) { t.left(boot, why, false, now) })
}

// homes implements presence.
func (c *Cluster) homes(boot lasso.BootID) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.topo.nodes[boot]; e != nil {
		return slices.Clone(e.node.Addresses)
	}
	return nil
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

// beats sends signs of life.
func (c *Cluster) beats(ctx context.Context) {
	tick := time.NewTicker(c.cfg.BeatInterval)
	defer tick.Stop()
	for {
		c.sendBeat("")
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.kick:
		}
	}
}

func (c *Cluster) sendBeat(bye string) {
	b := beat{Proto: c.proto, ID: c.self, Boot: c.boot, Topics: c.topics(), Bye: bye}
	data, err := json.Marshal(b)
	if err == nil {
		err = c.nc.Publish(c.prefix+"beat", data)
	}
	if err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		c.log.Error("send a sign of life", "error", err)
	}
}

// goodbye tells the others that this node stops, and sees it off.
func (c *Cluster) goodbye() {
	c.sendBeat("it was stopped")
	if err := c.nc.FlushTimeout(500 * time.Millisecond); err != nil {
		c.log.Debug("say goodbye", "error", err)
	}
}

// beat takes a sign of life.
func (c *Cluster) beat(m *nats.Msg) {
	b, err := parseBeat(m.Data)
	if err != nil {
		c.counts.refused.Add(1)
		return
	}
	if b.Boot == c.boot {
		return
	}
	if b.Bye != "" {
		c.update(func(t *topology, now time.Time) { t.left(b.Boot, "it said goodbye: "+b.Bye, true, now) })
		return
	}
	c.engine.heard(b.ID, b.Boot)
	c.update(func(t *topology, now time.Time) {
		if e := t.nodes[b.Boot]; e != nil && e.node.ID == b.ID {
			t.heard(b.Boot, b.Topics, now)
		}
		c.countInterest()
	})
}

// identify asks a node that joined who it is, until it says so or leaves.
func (c *Cluster) identify(ctx context.Context, boot lasso.BootID) {
	const most = 2 * time.Second
	pause := 20 * time.Millisecond
	for c.anonymous(boot) {
		c.update(func(t *topology, now time.Time) { t.asking(boot, now) })
		err := c.greet(ctx, boot)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.update(func(t *topology, _ time.Time) { t.puzzled(boot, err.Error()) })
		if !wait(ctx, pause+mathrand.N(pause)) {
			return
		}
		pause = min(2*pause, most)
	}
}

func (c *Cluster) anonymous(boot lasso.BootID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.topo.nodes[boot]
	return e != nil && e.live() && e.named.IsZero()
}

// greet asks one node who it is.
func (c *Cluster) greet(ctx context.Context, boot lasso.BootID) error {
	ctx, cancel := context.WithTimeout(ctx, min(2*time.Second, c.cfg.HealthTimeout))
	defer cancel()
	c.mu.Lock()
	e := c.topo.nodes[boot]
	if e == nil {
		c.mu.Unlock()
		return errors.New("it left")
	}
	want := []target{targetOf(e)}
	c.mu.Unlock()
	err := error(noAnswer{min(2*time.Second, c.cfg.HealthTimeout)})
	c.collect(ctx, "ask."+string(boot), questionHello, nil, want, func(_ target, a answer) { err = c.greeted(boot, a) })
	return err
}

// greeted takes the answer to a hello.
func (c *Cluster) greeted(boot lasso.BootID, a answer) error {
	if a.err != nil {
		return a.err
	}
	h, err := parseHello(a.body, c.proto)
	if err == nil && h.Boot != boot {
		err = errors.New("it says it is another process than it is")
	}
	if err != nil {
		if _, ok := errors.AsType[errProtocol](err); ok {
			c.mu.Lock()
			id, address := lasso.NodeID(""), string(boot)
			if e := c.topo.nodes[boot]; e != nil {
				id, address = e.node.ID, string(e.node.ID)
			}
			c.mu.Unlock()
			c.problems.add(address, id, err.Error(), 2*c.cfg.HealthInterval)
		}
		return err
	}
	skew := time.Unix(0, h.Clock).Sub(a.at.Add(-a.took / 2))
	c.update(func(t *topology, now time.Time) {
		t.answered(h.NodeInfo, h.Topics, a.took, skew, now)
		c.countInterest()
	})
	return nil
}

// checks asks all nodes who they are, again and again. There are never two
// checks at a time.
func (c *Cluster) checks(ctx context.Context) {
	for {
		every := c.cfg.HealthInterval
		pause := every - every/20 + mathrand.N(every/10) // so that nodes do not ask all at once
		next := c.cfg.Now().Add(pause)
		c.update(func(t *topology, now time.Time) {
			t.planned(next)
			t.expire(now)
		})
		if !wait(ctx, pause) {
			return
		}
		c.check(ctx)
	}
}

func (c *Cluster) check(ctx context.Context) {
	var want []target
	c.mu.Lock()
	for _, e := range c.topo.nodes {
		if e.live() {
			want = append(want, targetOf(e))
		}
	}
	c.mu.Unlock()
	if len(want) == 0 {
		return
	}
	failed := make(map[lasso.BootID]string, len(want))
	for _, t := range want {
		failed[t.boot] = noAnswer{c.cfg.HealthTimeout}.Error()
	}
	limit, cancel := context.WithTimeout(ctx, c.cfg.HealthTimeout)
	defer cancel()
	c.collect(limit, "ask", questionHello, nil, want, func(t target, a answer) {
		if err := c.greeted(t.boot, a); err != nil {
			failed[t.boot] = err.Error()
			return
		}
		delete(failed, t.boot)
	})
	if ctx.Err() != nil || len(failed) == 0 {
		return
	}
	c.update(func(t *topology, now time.Time) {
		for boot, why := range failed {
			t.failed(boot, why, now)
		}
	})
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
