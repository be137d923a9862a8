package proxy

import (
	"context"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

const (
	probeTimeout    = 5 * time.Second
	probeStagger    = 2 * time.Second // first probes are spread over this
	probeTrial      = time.Second     // between probes while half-open
	probeBackoff    = 2 * time.Second // after the first failure, doubling
	probeBackoffMax = 30 * time.Second
	probeLimited    = 30 * time.Second  // least wait after a rate limit
	probeAuth       = 120 * time.Second // wait after bad credentials
	chainIDEvery    = 20                // polls between two questions for the chain id
	watchEvery      = time.Second
)

// prober asks every instance for its height (and now and then its chain id),
// each at its own pace, and watches for changes of condition. One goroutine an
// instance.
type prober struct {
	p       *Proxy
	running map[*instance]context.CancelFunc
	workers sync.WaitGroup
}

func (b *prober) run(ctx context.Context) error {
	b.running = map[*instance]context.CancelFunc{}
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	defer b.workers.Wait()
	w := newWatch(b.p)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.p.changed:
			b.reconcile(ctx)
		case <-watch.C:
			b.p.filters.sweep()
			w.look(b.p.cfg.Now())
		}
	}
}

// reconcile starts probing what is new in the plan and stops probing what is
// gone.
func (b *prober) reconcile(ctx context.Context) {
	pl := b.p.plan.Load()
	for in, stop := range b.running {
		if pl.instances[in.id] != in {
			stop()
			delete(b.running, in)
		}
	}
	for _, in := range pl.instances {
		if b.running[in] != nil {
			continue
		}
		own, stop := context.WithCancel(ctx)
		b.running[in] = stop
		b.workers.Go(func() { b.loop(own, in) })
	}
}

func (b *prober) loop(ctx context.Context, in *instance) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(in.id))
	wait := time.Duration(h.Sum32()) % probeStagger
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for polls := 0; ; polls++ {
		in.health.schedule(b.p.cfg.Now().Add(wait), b.interval(in))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-in.look:
		}
		wait = b.probe(in, polls)
		timer.Reset(wait)
	}
}

func (b *prober) interval(in *instance) time.Duration {
	if pl := b.p.plan.Load(); pl != nil && pl.polls[in.id] > 0 {
		return pl.polls[in.id]
	}
	return 12 * time.Second
}

// probe asks once and returns how long to wait before the next time.
func (b *prober) probe(in *instance, polls int) time.Duration {
	now := b.p.cfg.Now()
	breaker := in.breakers[slot(lasso.HTTP)]
	was := breaker.circuit(now)
	var allowed admission
	if was == lasso.HalfOpen {
		var t *transition
		allowed, t = breaker.admit(now)
		b.p.announce(in, lasso.HTTP, t)
	}
	v := verdict{}
	if in.chainSeen.Load() == 0 || in.wrong.Load() != nil || polls%chainIDEvery == 0 {
		v = b.ask(in, "eth_chainId")
	}
	if v.category == lasso.OK {
		v = b.ask(in, "eth_blockNumber")
	}
	if v.category == lasso.OK && in.jumped.Swap(false) {
		v = b.ask(in, "eth_chainId")
	}
	now = b.p.cfg.Now()
	switch {
	case was == lasso.Open && v.category.Answered():
		b.p.announce(in, lasso.HTTP, breaker.reachable(now))
	case was == lasso.Open:
	case was == lasso.HalfOpen && !allowed.ok: // a client's trial is under way
	default:
		b.p.settle(in, lasso.HTTP, allowed, v, now)
	}
	return b.next(in, v, now)
}

// next notes the outcome and decides the wait: the interval, or a backoff, a
// fifth of either at random.
func (b *prober) next(in *instance, v verdict, now time.Time) time.Duration {
	jitter := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * (0.8 + 0.4*b.p.cfg.Float()))
	}
	every := b.interval(in)
	failures := in.health.note(v, now)
	breaker := in.breakers[slot(lasso.HTTP)]
	switch {
	case v.category == lasso.RateLimit, v.category == lasso.ServerError && v.wait > 0:
		// not before the time it asked for
		return jitter(max(probeLimited, every, min(v.wait, limitMax)) * 5 / 4)
	case v.category == lasso.AuthError && failures > 2:
		return jitter(probeAuth)
	case failures > 0:
		return jitter(min(probeBackoff<<min(failures-1, 4), probeBackoffMax))
	case breaker.circuit(now) == lasso.HalfOpen:
		return jitter(probeTrial)
	}
	return time.Duration(float64(every) * (0.95 + 0.1*b.p.cfg.Float()))
}

// ask sends one call of ours and takes in what it says.
func (b *prober) ask(in *instance, method string) verdict {
	p := b.p
	resp := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(resp)
	body := jsonrpc.AppendRequest(nil, []byte{'1'}, []byte(method), []byte("[]"))
	begin := p.cfg.Now()
	limit := begin.Add(probeTimeout)
	x := in.up.Load().do(resp, body, limit, 0)
	if x.closed {
		in.up.Load().fresh()
		x = in.up.Load().do(resp, body, limit, 0)
	}
	now := p.cfg.Now()
	took := now.Sub(begin)
	v := b.judge(in, method, resp, x, now)
	in.up.Load().redactVerdict(&v, lasso.System)
	if known, ok := counts(v.category); known {
		in.probes.record(now, ok, took)
	}
	size := 0
	if x.status != 0 {
		size = len(resp.Body())
	}
	if pl := p.plan.Load(); pl != nil {
		for _, r := range pl.refs[in.id] {
			p.rec.Attempt(lasso.Attempt{
				At: now, Route: r.Route, Method: methods.Lookup([]byte(method)).Label(), Origin: lasso.System,
				Category: v.category, Latency: took, BytesOut: len(body), BytesIn: size, Message: v.message,
			})
		}
	}
	return v
}

func (b *prober) judge(in *instance, method string, resp *fasthttp.Response, x exchange, now time.Time) verdict {
	var rules []lasso.ErrorRule
	if pl := b.p.plan.Load(); pl != nil && len(pl.refs[in.id]) > 0 {
		rules = pl.refs[in.id][0].provider.Capabilities.ErrorRules
	}
	if x.fault != lasso.OK {
		return verdict{category: x.fault, sent: x.sent, message: x.message}
	}
	a := readReply(resp, x.status, []byte{'1'}, rules, now)
	switch {
	case a.unusable != "":
		return verdict{category: a.judged.Category, sent: true, message: a.unusable}
	case a.refused || a.object != nil:
		code, message := int64(0), ""
		if a.object != nil {
			code, message = a.object.Code, a.object.Message
		}
		v := verdict{category: a.judged.Category, sent: true, wait: a.judged.RetryAfter}
		v.message = classify.Summary(v.category, code, x.status, message)
		if v.category == lasso.RateLimit && v.wait == 0 {
			v.wait = limitProbe
		}
		return v
	}
	number, ok := quantity(a.response.Result)
	if !ok {
		return verdict{category: lasso.InvalidResponse, sent: true, message: method + " did not give a hex quantity"}
	}
	if method == "eth_chainId" {
		b.chainSeen(in, number, now)
		return verdict{sent: true}
	}
	b.p.learnHeight(in, resp.Body(), now)
	return verdict{sent: true}
}

func (b *prober) chainSeen(in *instance, seen uint64, now time.Time) {
	if !in.observeChain(seen, now) {
		return
	}
	e := lasso.Event{At: now, Kind: lasso.EventProbe, Status: lasso.Healthy, Title: "Chain id is right again"}
	if in.wrong.Load() != nil {
		e.Status, e.Title = lasso.Degraded, "Wrong chain id"
		e.Detail = "answers with chain id " + strconv.FormatUint(seen, 10) + ", not " + in.chain.String() + "; taken out"
	}
	b.p.tell(in, lasso.HTTP, e)
}

// schedule notes when the next probe is due.
func (h *health) schedule(next time.Time, every time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next, h.every = next, every
}

// note takes the outcome of a probe and returns the failures in a row.
func (h *health) note(v verdict, now time.Time) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.category.Answered() {
		if h.failures > 0 || !h.answered {
			h.since = now
		}
		h.answered, h.failures, h.reason = true, 0, ""
		return 0
	}
	if h.failures == 0 {
		h.since = now
	}
	h.failures++
	h.reason = v.message
	return h.failures
}
