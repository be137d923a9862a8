package proxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// settle applies the judgement of one attempt to the upstream's breaker and
// limit state.
func (p *Proxy) settle(in *instance, t lasso.Transport, a admission, v verdict, now time.Time) {
	b := in.breakers[slot(t)]
	switch {
	case v.excused:
		b.released(a)
	case v.category == lasso.ServerError && v.wait > 0:
		// Out of service, and it says for how long: that is a wish to be left
		// alone, like a limit.
		b.released(a)
		p.limited(in, t, now, v.wait, v.message)
	case v.category.Answered():
		p.announce(in, t, b.succeeded(now, a))
	case v.category.Fault():
		p.announce(in, t, b.failed(now, a, v.category, v.message))
	case v.category == lasso.RateLimit:
		b.released(a)
		wait := v.wait
		if wait <= 0 {
			wait = limitDefault
		}
		p.limited(in, t, now, wait, v.message)
	default:
		b.released(a)
	}
}

func (p *Proxy) limited(in *instance, t lasso.Transport, now time.Time, wait time.Duration, reason string) {
	if !in.limits[slot(t)].set(now, wait, reason) {
		return
	}
	p.tell(in, t, lasso.Event{
		At: now, Kind: lasso.EventLimit, Status: lasso.RateLimited,
		Title:  "Rate limited",
		Detail: reason + ", avoided for " + strconv.Itoa(int(wait.Round(time.Second)/time.Second)) + " s",
	})
}

// announce tells of a change of a breaker.
func (p *Proxy) announce(in *instance, t lasso.Transport, change *transition) {
	if change == nil {
		return
	}
	word := func(c lasso.Circuit) string { return strings.ReplaceAll(c.String(), "_", "-") }
	p.tell(in, t, lasso.Event{
		At: p.cfg.Now(), Kind: lasso.EventBreaker, Status: circuitStatus(change.to),
		Title:  strings.ToUpper(t.String()) + " " + word(change.from) + " to " + word(change.to),
		Detail: change.reason,
	})
}

// circuitStatus is the status that goes with the state of a breaker.
func circuitStatus(c lasso.Circuit) lasso.Status {
	switch c {
	case lasso.Open:
		return lasso.CircuitOpen
	case lasso.HalfOpen:
		return lasso.TestingRecovery
	case lasso.Closed:
	}
	return lasso.Healthy
}

// tell records an event once for every provider that uses the instance.
func (p *Proxy) tell(in *instance, t lasso.Transport, e lasso.Event) {
	pl := p.plan.Load()
	if pl == nil {
		return
	}
	e.Transport = t
	for _, r := range pl.refs[in.id] {
		e.Profile, e.Chain, e.Provider = r.Profile, r.Chain, r.Provider
		p.rec.Event(e)
	}
	p.log.Info("upstream changed", "instance", string(in.id), "transport", t.String(),
		"status", e.Status.Word(), "change", e.Title, "reason", e.Detail)
}

// learnHeight takes the height out of an answer to eth_blockNumber.
func (p *Proxy) learnHeight(in *instance, body []byte, now time.Time) {
	number, ok := quantity(jsonrpc.Member(body, "result"))
	if !ok {
		return
	}
	last := in.height.Load()
	in.observeHeight(number, now)
	if last != nil && last.number == number && now.Sub(last.at) < heightFresh/2 {
		return
	}
	if pl := p.plan.Load(); pl != nil {
		p.updateHead(pl, in.chain, now)
	}
}

// quantity reads a hex quantity (a raw JSON token) of the execution API.
func quantity(raw []byte) (uint64, bool) {
	text, ok := jsonrpc.Unquote(raw)
	if !ok {
		return 0, false
	}
	digits, prefixed := strings.CutPrefix(text, "0x")
	if !prefixed {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

func (p *Proxy) updateHead(pl *plan, id lasso.ChainID, now time.Time) {
	for _, cp := range pl.ordered {
		if cp.chain.ID == id {
			cp.head.update(pl.byChain[id], now, cp.fresh)
			return
		}
	}
}
