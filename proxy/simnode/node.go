package simnode

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxBody     = 16 << 20
	maxRecorded = 256  // requests kept for Requests
	maxCounted  = 1024 // method names counted one by one
)

// Node is one simulated provider: an HTTP handler that speaks JSON-RPC. All
// methods may be called at once.
type Node struct {
	chain *Chain
	name  string
	seed  uint64

	behaviour atomic.Pointer[Behaviour]
	script    atomic.Pointer[Script]
	served    atomic.Uint64

	update  sync.Mutex // held while behaviour is replaced
	limiter limiter
	filters filters
	journal journal
	server  server
}

// New makes a node of a chain. The name appears in web3_clientVersion and,
// with the seed, decides the random part of its behaviour.
func New(chain *Chain, name string, seed uint64) *Node {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	n := &Node{chain: chain, name: name, seed: seed ^ h.Sum64()}
	n.behaviour.Store(&Behaviour{})
	n.limiter.now = chain.now
	return n
}

// Name returns the name given to New.
func (n *Node) Name() string { return n.name }

// Chain returns the chain given to New.
func (n *Node) Chain() *Chain { return n.chain }

// Head returns the newest block that this node knows.
func (n *Node) Head() uint64 { return n.behaviour.Load().head(n.chain) }

func (b *Behaviour) head(c *Chain) uint64 {
	head := c.Head()
	head -= min(b.Lag, head)
	if b.StuckAt > 0 {
		head = min(head, b.StuckAt)
	}
	return head
}

// SetBehaviour replaces the behaviour for the requests that arrive from now on.
func (n *Node) SetBehaviour(b Behaviour) {
	n.update.Lock()
	defer n.update.Unlock()
	c := b.clone()
	n.behaviour.Store(&c)
}

// Behaviour returns a copy of the behaviour in force.
func (n *Node) Behaviour() Behaviour { return n.behaviour.Load().clone() }

// Update changes the behaviour in force in one step.
func (n *Node) Update(change func(*Behaviour)) {
	n.update.Lock()
	defer n.update.Unlock()
	c := n.behaviour.Load().clone()
	change(&c)
	c = c.clone()
	n.behaviour.Store(&c)
}

// Script sets the function that is asked first for every call; nil removes it.
func (n *Node) Script(s Script) {
	if s == nil {
		n.script.Store(nil)
		return
	}
	n.script.Store(&s)
}

// Calls returns how many calls with the method have arrived, members of
// batches counted one by one; with the empty string, how many in all. Beyond
// 1,024 different names, calls are counted only in all.
func (n *Node) Calls(method string) uint64 { return n.journal.count(method) }

// Requests returns the last HTTP requests, at most 256, the oldest first.
func (n *Node) Requests() []Request { return n.journal.list() }

// Request is a recorded HTTP request. The slices and maps in it are shared:
// they must not be changed.
type Request struct {
	N      uint64 // from 1
	At     time.Time
	Path   string
	Header http.Header
	Body   []byte
}

// journal counts calls and keeps the last requests. The zero value is ready.
type journal struct {
	mu     sync.Mutex
	total  uint64
	calls  map[string]uint64
	ring   []Request
	oldest int
}

func (j *journal) add(r Request, calls []call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.ring) < maxRecorded {
		j.ring = append(j.ring, r)
	} else {
		j.ring[j.oldest] = r
		j.oldest = (j.oldest + 1) % maxRecorded
	}
	if j.calls == nil {
		j.calls = map[string]uint64{}
	}
	for i := range calls {
		j.total++
		method := calls[i].Method
		if _, ok := j.calls[method]; method != "" && (ok || len(j.calls) < maxCounted) {
			j.calls[method]++
		}
	}
}

func (j *journal) count(method string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if method == "" {
		return j.total
	}
	return j.calls[method]
}

func (j *journal) list() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Concat(j.ring[j.oldest:], j.ring[:j.oldest])
}

// limiter is a token bucket. Its limits come with each question, so that they
// may change at any time.
type limiter struct {
	now    func() time.Time
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

func (l *limiter) allow(r RateLimit, calls int) bool {
	if r.PerSecond <= 0 {
		return true
	}
	burst := float64(r.Burst)
	if burst <= 0 {
		burst = max(r.PerSecond, 1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.last.IsZero() {
		l.tokens = burst
	} else {
		l.tokens = min(burst, l.tokens+now.Sub(l.last).Seconds()*r.PerSecond)
	}
	l.last = now
	if l.tokens < float64(calls) {
		return false
	}
	l.tokens -= float64(calls)
	return true
}

// Draws of one request.
const (
	drawLatency uint64 = iota + 1
	drawTail
	drawError
)

// draw returns a number in [0, 1) that depends on the seed, the request and
// what it is for: SplitMix64 over the three.
func (n *Node) draw(request, purpose uint64) float64 {
	z := n.seed + request*0x9e3779b97f4a7c15 + purpose*0xd1342543de82ef95
	for range 2 {
		z += 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return float64(z>>11) / (1 << 53)
}

func (n *Node) latency(b *Behaviour, request uint64, calls []call) time.Duration {
	d := float64(b.Latency)
	if b.Jitter > 0 {
		d += (2*n.draw(request, drawLatency) - 1) * float64(b.Jitter)
	}
	if len(b.SlowMethods) > 0 && len(calls) > 0 {
		factor := 0.0
		for i := range calls {
			f, ok := b.SlowMethods[calls[i].Method]
			if !ok {
				f = 1
			}
			factor = max(factor, f)
		}
		d *= factor
	}
	if b.TailShare > 0 && n.draw(request, drawTail) < b.TailShare {
		d *= max(b.TailFactor, 1)
	}
	return time.Duration(max(d, 0))
}

// wait returns false when the caller left before the time was over.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// view is what one HTTP request sees: the head does not move while the members
// of a batch are answered.
type view struct {
	*Chain
	node *Node
	b    *Behaviour
	head uint64
}

func (v *view) answer(c *call) (json.RawMessage, *Error) {
	if c.invalid != nil {
		return nil, c.invalid
	}
	m, ok := methods[c.Method]
	if !ok || slices.Contains(v.b.Unsupported, c.Method) {
		return nil, &Error{Code: -32601, Message: "the method " + c.Method + " does not exist/is not available"}
	}
	args, bad := c.args()
	if bad != nil {
		return nil, bad
	}
	result, bad := m(v, args)
	if bad != nil {
		return nil, bad
	}
	raw, err := json.Marshal(result)
	if err != nil {
		return nil, &Error{Code: -32603, Message: err.Error()}
	}
	return raw, nil
}
