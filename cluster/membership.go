package cluster

import (
	"context"
	"encoding/json"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// update changes the topology and tells those who want to know.
func (c *Cluster) update(change func(t *topology, now time.Time)) {
	c.mu.Lock()
	change(c.topo, c.cfg.Now())
	evs := c.topo.take()
	twice := c.topo.notes
	c.topo.notes = nil
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
	for _, id := range twice {
		c.log.Error("two processes have one node id: set LASSO_NODE_ID to another on one of them", "node", string(id))
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
		c.log.Debug("node state", append(attrs, "state", ev.To.String())...)
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
		if !wait(ctx, pause+mathrand.N(pause)) { //nolint:gosec // it only spreads load
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
	err := error(silenceError{min(2*time.Second, c.cfg.HealthTimeout)})
	c.collect(ctx, "ask."+string(boot), questionHello, nil, want, func(_ target, a answer) { err = c.greeted(boot, a) })
	return err
}

// greeted takes the answer to a hello.
func (c *Cluster) greeted(boot lasso.BootID, a answer) error {
	var h hello
	err := a.err
	if err == nil {
		h, err = parseHello(a.body, c.proto)
	}
	if err == nil && h.Boot != boot {
		err = errors.New("it says it is another process than it is")
	}
	if err != nil {
		if _, ok := errors.AsType[protocolError](err); ok {
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
		pause := every - every/20 + mathrand.N(every/10) //nolint:gosec // it only spreads load
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
		failed[t.boot] = silenceError{c.cfg.HealthTimeout}.Error()
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
