package cluster

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// Sender is the node that published a message, as the topology knows it.
type Sender struct {
	Node   lasso.NodeID
	Boot   lasso.BootID
	Region string
}

// topic is something that this node listens to.
type topic struct {
	sub       *nats.Subscription // nil before Run
	listeners map[*listener]bool
}

type listener struct{ handle func(Sender, []byte) }

// Publish sends a message to all other nodes that listen to the topic. It does
// not wait for them. The error is that the message cannot be sent at all.
func (c *Cluster) Publish(name string, body []byte) error {
	if err := validTopic(name); err != nil {
		return err
	}
	if len(body) > c.maxAnswer() {
		return fmt.Errorf("the message has %d bytes, the limit is %d", len(body), c.maxAnswer())
	}
	c.mu.Lock()
	nc := c.nc
	c.mu.Unlock()
	if nc == nil {
		return errors.New("this node does not take part in the cluster yet")
	}
	m := nats.NewMsg(c.topicSubject(name))
	c.stamp(m)
	m.Data = body
	if err := nc.PublishMsg(m); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	c.counts.published.Add(1)
	return nil
}

// Listen hands what other nodes publish on a topic to handle, one message at a
// time. Messages that come faster than it returns wait, and are dropped and
// counted beyond 4,096. The body is that of a stranger, and belongs to handle.
// A message that does not come from a node that is known and connected is
// dropped. stop ends it; handle may still be running then.
func (c *Cluster) Listen(name string, handle func(from Sender, body []byte)) (stop func()) {
	if err := validTopic(name); err != nil {
		c.log.Error("listen", "error", err)
		return func() {}
	}
	l := &listener{handle}
	c.mu.Lock()
	t := c.listeners[name]
	if t == nil {
		if len(c.listeners) >= maxTopics {
			c.mu.Unlock()
			c.log.Error("listen: too many topics", "limit", maxTopics)
			return func() {}
		}
		t = &topic{listeners: map[*listener]bool{}}
		c.listeners[name] = t
		if c.nc != nil {
			c.subscribe(name, t)
		}
	}
	t.listeners[l] = true
	c.mu.Unlock()
	c.kickBeat()
	return sync.OnceFunc(func() {
		c.mu.Lock()
		delete(t.listeners, l)
		var sub *nats.Subscription
		if len(t.listeners) == 0 {
			sub = t.sub
			delete(c.listeners, name)
		}
		c.mu.Unlock()
		if sub != nil {
			if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
				c.log.Error("stop listening", "error", err)
			}
		}
		c.kickBeat()
	})
}

// subscribe is called with c.mu held.
func (c *Cluster) subscribe(name string, t *topic) {
	sub, err := c.nc.Subscribe(c.topicSubject(name), func(m *nats.Msg) { c.deliver(t, m) })
	if err == nil {
		err = sub.SetPendingLimits(maxWaiting, maxWaitingBytes)
	}
	if err != nil {
		c.log.Error("listen", "error", err)
		return
	}
	t.sub = sub
}

func (c *Cluster) deliver(t *topic, m *nats.Msg) {
	boot := lasso.BootID(header(m, headerBoot))
	c.mu.Lock()
	e := c.topo.nodes[boot]
	ok := e != nil && e.live() && string(e.node.ID) == header(m, headerNode) && len(m.Data) <= c.maxAnswer()
	var from Sender
	var all []*listener
	if ok {
		from = Sender{Node: e.node.ID, Boot: boot, Region: e.node.Region}
		for l := range t.listeners {
			all = append(all, l)
		}
	}
	c.mu.Unlock()
	if !ok {
		c.counts.refused.Add(1)
		return
	}
	for i, l := range all {
		body := m.Data
		if i > 0 {
			body = slices.Clone(body)
		}
		l.handle(from, body)
	}
}

// Interested tells whether another node listens to a topic, as far as it is
// known: what nobody wants need not be made. It takes nanoseconds. A node that
// begins to listen is known to in the time that a message takes.
func (c *Cluster) Interested(name string) bool { return (*c.interest.Load())[name] > 0 }

// countInterest is called with c.mu held.
func (c *Cluster) countInterest() {
	count := map[string]int{}
	for _, e := range c.topo.nodes {
		for _, t := range e.topics {
			count[t]++
		}
	}
	c.interest.Store(&count)
}

// topics are what this node listens to.
func (c *Cluster) topics() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]string, 0, len(c.listeners))
	for name := range c.listeners {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (c *Cluster) kickBeat() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

func (c *Cluster) topicSubject(name string) string {
	return c.prefix + "pub." + base64.RawURLEncoding.EncodeToString([]byte(name))
}

func validTopic(name string) error {
	if name == "" || len(name) > maxTopic || !lasso.Printable(name) {
		return fmt.Errorf("%q is no topic: use 1 to %d printable bytes", clean(name), maxTopic)
	}
	return nil
}
