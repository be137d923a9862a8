package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// The limits of questions and answers.
const (
	maxServing      = 64        // answers in the making at a time
	maxWaiting      = 4096      // messages that wait for a handler of ours
	maxWaitingBytes = 128 << 20 // and their bytes
	maxQuestion     = 1 << 20   // bytes of a question
)

// Handler answers a question. ctx ends when the asker does not wait any more.
// The body is that of a stranger. The text of an error is sent to the asker.
type Handler func(ctx context.Context, body []byte) ([]byte, error)

// Handle sets what answers a question. It is meant for the time before Run; a
// node that is asked what it has no handler for says so.
func (c *Cluster) Handle(question string, h func(ctx context.Context, body []byte) ([]byte, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[question] = h
}

// target is a node as a question finds it.
type target struct {
	id     lasso.NodeID
	boot   lasso.BootID
	region string
	state  lasso.NodeState
	since  time.Time
	reason string
}

func targetOf(e *entry) target {
	n := &e.node
	return target{n.ID, n.Boot, n.Region, n.State, n.Since, n.Reason}
}

// answer is what a node answered, or why it did not.
type answer struct {
	body []byte
	err  error
	took time.Duration
	at   time.Time // when it came
}

// silenceError is a node that did not answer in time.
type silenceError struct{ within time.Duration }

func (e silenceError) Error() string { return "no answer within " + secondsOf(e.within) }

// pending is a question that waits for answers.
type pending struct {
	ch   chan arrival
	wake chan struct{} // a node's state changed

	mu   sync.Mutex
	want map[lasso.BootID]bool // whose answer has not come
}

type arrival struct {
	msg *nats.Msg
	at  time.Time
}

func (p *pending) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// take claims the one answer that a node may give.
func (p *pending) take(boot lasso.BootID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.want[boot] {
		return false
	}
	delete(p.want, boot)
	return true
}

// collect sends a question and hands every answer to got, from this goroutine,
// until all of want that are still there have answered, or ctx ends.
func (c *Cluster) collect(ctx context.Context, subject, question string, body []byte, want []target, got func(target, answer)) {
	p := &pending{
		ch:   make(chan arrival, len(want)+1),
		wake: make(chan struct{}, 1),
		want: make(map[lasso.BootID]bool, len(want)),
	}
	by := make(map[lasso.BootID]target, len(want))
	for _, t := range want {
		p.want[t.boot] = true
		by[t.boot] = t
	}
	c.mu.Lock()
	nc := c.nc
	if nc == nil {
		c.mu.Unlock()
		return
	}
	c.asked++
	name := strconv.FormatUint(c.asked, 36)
	c.pending[name] = p
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, name)
	}()

	m := nats.NewMsg(c.prefix + subject)
	m.Reply = c.prefix + "re." + string(c.boot) + "." + name
	m.Data = body
	c.stamp(m)
	m.Header[headerQuestion] = []string{question}
	if deadline, ok := ctx.Deadline(); ok {
		m.Header[headerWithin] = []string{strconv.FormatInt(max(time.Until(deadline).Milliseconds(), 1), 10)}
	}
	began := time.Now()
	if err := nc.PublishMsg(m); err != nil {
		for _, t := range want {
			got(t, answer{err: fmt.Errorf("it could not be asked: %w", err)})
		}
		return
	}
	open := len(want)
	for open > 0 {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
			open = c.stillOpen(p)
		case a := <-p.ch:
			if header(a.msg, headerBoot) == "" { // the engine: nobody listens
				for _, t := range want {
					if p.take(t.boot) {
						got(t, answer{err: errors.New("it cannot be asked yet")})
					}
				}
				return
			}
			from := by[lasso.BootID(header(a.msg, headerBoot))]
			got(from, c.read(a, began))
			open--
		}
	}
}

// stillOpen counts whose answers may come yet: those that left give none. What
// they sent before counts, so that those that are in the queue stay open.
func (c *Cluster) stillOpen(p *pending) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.ch)
	for boot := range p.want {
		if e := c.topo.nodes[boot]; e != nil && e.live() {
			n++
		}
	}
	return n
}

// read checks one answer.
func (c *Cluster) read(a arrival, began time.Time) answer {
	out := answer{took: a.at.Sub(began), at: a.at}
	theirs := header(a.msg, headerProto)
	switch {
	case header(a.msg, headerError) != "":
		out.err = errors.New(clean(header(a.msg, headerError)))
	case theirs != strconv.Itoa(c.proto):
		n, err := strconv.Atoi(theirs)
		if err != nil {
			n = -1
		}
		out.err = protocolError{theirs: n, ours: c.proto}
	case len(a.msg.Data) > c.maxAnswer():
		out.err = tooLong(len(a.msg.Data), c.maxAnswer())
	default:
		out.body = a.msg.Data
	}
	return out
}

func (c *Cluster) maxAnswer() int { return c.cfg.MaxPayload - headroom }

func tooLong(n, limit int) error {
	return fmt.Errorf("its answer has %d bytes, the limit is %d", n, limit)
}

// stamp signs a message with who we are.
func (c *Cluster) stamp(m *nats.Msg) {
	m.Header[headerProto] = []string{strconv.Itoa(c.proto)}
	m.Header[headerNode] = []string{string(c.self)}
	m.Header[headerBoot] = []string{string(c.boot)}
}

// reply takes an answer to a question of ours.
func (c *Cluster) reply(m *nats.Msg) {
	at := time.Now()
	name := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	boot := lasso.BootID(header(m, headerBoot))
	c.mu.Lock()
	p := c.pending[name]
	c.mu.Unlock()
	if p == nil {
		return // it came too late
	}
	if boot != "" && !p.take(boot) {
		c.counts.refused.Add(1)
		return
	}
	select {
	case p.ch <- arrival{m, at}:
	default:
		c.counts.refused.Add(1)
	}
}

// Ask puts one question to all other nodes and returns when those that respond
// have answered, after AskTimeout (5 s), or when ctx ends. Each node that is
// known is in the result once: with its answer, or with why there is none.
func (c *Cluster) Ask(ctx context.Context, question string, body []byte) lasso.Poll {
	began := time.Now()
	var all, want []target
	c.mu.Lock()
	for _, e := range c.topo.nodes {
		t := targetOf(e)
		all = append(all, t)
		if t.state == lasso.NodeResponding {
			want = append(want, t)
		}
	}
	c.mu.Unlock()
	slices.SortFunc(all, func(a, b target) int {
		return strings.Compare(string(a.id)+"#"+string(a.boot), string(b.id)+"#"+string(b.boot))
	})
	var poll lasso.Poll
	silent := make(map[lasso.BootID]error, len(want))
	fail := c.askable(question, body)
	if fail == nil && len(want) > 0 {
		limit, cancel := context.WithTimeout(ctx, c.cfg.AskTimeout)
		c.collect(limit, "ask", question, body, want, func(t target, a answer) {
			if a.err != nil {
				silent[t.boot] = a.err
				return
			}
			silent[t.boot] = nil
			poll.Replies = append(poll.Replies, lasso.Reply{Node: t.id, Boot: t.boot, Region: t.region, Body: a.body})
		})
		cancel()
	}
	for _, t := range all {
		err, came := silent[t.boot]
		if came && err == nil {
			continue
		}
		if err == nil {
			err = fail
		}
		poll.Missing = append(poll.Missing, lasso.NoReply{
			Node: t.id, Boot: t.boot, Region: t.region,
			Reason: c.absence(t, err, time.Since(began)),
		})
	}
	c.counts.asked(time.Since(began), len(poll.Missing) == 0)
	return poll
}

// absence says why a node is missing from an answer.
func (c *Cluster) absence(t target, err error, waited time.Duration) string {
	switch {
	case err != nil:
		return err.Error()
	case t.state == lasso.NodeResponding:
		c.mu.Lock()
		defer c.mu.Unlock()
		if e := c.topo.nodes[t.boot]; e == nil || !e.live() {
			return "it left while it was asked"
		}
		return silenceError{min(waited, c.cfg.AskTimeout)}.Error()
	case t.state == lasso.NodeConnected, t.state == lasso.NodeDiscovering:
		return "it joined and did not say who it is yet"
	}
	s := t.state.String() + " since " + t.since.UTC().Format(time.TimeOnly) + " UTC"
	if t.reason != "" {
		s += ": " + t.reason
	}
	return s
}

func (c *Cluster) askable(question string, body []byte) error {
	switch {
	case question == "" || len(question) > maxTopic || !lasso.Printable(question) || question[0] == '_':
		return fmt.Errorf("%q is no question", clean(question))
	case len(body) > maxQuestion:
		return fmt.Errorf("the question has %d bytes, the limit is %d", len(body), maxQuestion)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		return errors.New("this node does not take part in the cluster now")
	}
	return nil
}

// AskNode puts a question to one node. The error says why there is no answer,
// and is that of the context where it ended first.
func (c *Cluster) AskNode(ctx context.Context, id lasso.NodeID, question string, body []byte) (lasso.Reply, error) {
	if err := c.askable(question, body); err != nil {
		return lasso.Reply{}, err
	}
	var found *target
	c.mu.Lock()
	for _, e := range c.topo.nodes {
		if e.node.ID != id {
			continue
		}
		if t := targetOf(e); found == nil || t.state == lasso.NodeResponding {
			found = &t
		}
	}
	c.mu.Unlock()
	if found == nil {
		return lasso.Reply{}, fmt.Errorf("no node %q is known", clean(string(id)))
	}
	if found.state != lasso.NodeResponding {
		return lasso.Reply{}, errors.New(c.absence(*found, nil, 0))
	}
	began := time.Now()
	limit, cancel := context.WithTimeout(ctx, c.cfg.AskTimeout)
	defer cancel()
	var got *answer
	c.collect(limit, "ask."+string(found.boot), question, body, []target{*found}, func(_ target, a answer) { got = &a })
	switch {
	case got != nil && got.err == nil:
		return lasso.Reply{Node: found.id, Boot: found.boot, Region: found.region, Body: got.body}, nil
	case got != nil:
		return lasso.Reply{}, got.err
	case ctx.Err() != nil:
		return lasso.Reply{}, ctx.Err()
	}
	return lasso.Reply{}, errors.New(c.absence(*found, nil, time.Since(began)))
}

// serve answers a question of another node.
func (c *Cluster) serve(m *nats.Msg) {
	if !strings.HasPrefix(m.Reply, c.prefix+"re.") || len(m.Reply) > 256 || lasso.BootID(header(m, headerBoot)) == c.boot {
		c.counts.refused.Add(1)
		return
	}
	places := c.places
	if header(m, headerQuestion) == questionHello {
		places = c.greeters
	}
	select {
	case places <- struct{}{}:
	default:
		c.send(m.Reply, nil, errors.New("it is busy with other questions"))
		return
	}
	within := c.cfg.AskTimeout
	if ms, err := strconv.ParseInt(header(m, headerWithin), 10, 64); err == nil && ms > 0 && ms < within.Milliseconds() {
		within = time.Duration(ms) * time.Millisecond
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.task(func(ctx context.Context) {
		defer func() { <-places }()
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		body, err := c.answer(ctx, m)
		c.send(m.Reply, body, err)
	}) {
		<-places
	}
}

// answer makes the answer to a question.
func (c *Cluster) answer(ctx context.Context, m *nats.Msg) (body []byte, err error) {
	question := header(m, headerQuestion)
	if question == questionHello { // whatever version asks
		return json.Marshal(hello{Proto: c.proto, NodeInfo: c.info(), Topics: c.topics(), Clock: c.cfg.Now().UnixNano()})
	}
	if theirs := header(m, headerProto); theirs != strconv.Itoa(c.proto) {
		return nil, fmt.Errorf("it speaks cluster protocol %d and was asked in %s", c.proto, clean(theirs))
	}
	if len(m.Data) > maxQuestion {
		return nil, errors.New("the question is too long for it")
	}
	c.mu.Lock()
	h := c.handlers[question]
	c.mu.Unlock()
	if h == nil {
		return nil, fmt.Errorf("it does not know the question %q: is it an older version?", clean(question))
	}
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("a handler of a question panics", "question", question, "panic", fmt.Sprint(r))
			body, err = nil, errors.New("its handler failed")
		}
	}()
	body, err = h(ctx, m.Data)
	if err != nil {
		return nil, fmt.Errorf("it could not answer: %w", err)
	}
	if len(body) > c.maxAnswer() {
		return nil, tooLong(len(body), c.maxAnswer())
	}
	return body, nil
}

// send sends an answer.
func (c *Cluster) send(to string, body []byte, err error) {
	m := nats.NewMsg(to)
	c.stamp(m)
	m.Data = body
	if err != nil {
		m.Header[headerError] = []string{clean(err.Error())}
		m.Data = nil
	}
	c.mu.Lock()
	nc := c.nc
	c.mu.Unlock()
	if err := nc.PublishMsg(m); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		c.log.Error("send an answer", "error", err)
	}
}
