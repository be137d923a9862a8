package proxy

import (
	"fmt"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

const (
	maxDispatches = 3  // attempts that may have reached an upstream
	maxAdmissions = 16 // candidates looked at
	firstShare    = 0.6
	leastTime     = 25 * time.Millisecond // below this no further attempt starts
)

// verdict is the judgement of one attempt, made where its end is seen.
type verdict struct {
	category lasso.Category
	answer   answer // what the caller gets if this is the end
	final    bool   // the answer stands
	sent     bool   // the call may have reached the upstream
	refused  bool   // the upstream certainly did not execute it
	wait     time.Duration
	excused  bool   // it counts against nobody
	message  string // for operators: short, no secrets
}

// forward tries the candidates in turn until one answers.
func (c *call) forward() {
	c.prepare()
	if len(c.sel.list) == 0 {
		c.final = c.nobody()
		return
	}
	second := false  // an unclassified error has had its second opinion
	expired := false // the deadline passed between two attempts
	for i := range min(len(c.sel.list), maxAdmissions) {
		k := &c.sel.list[i]
		if c.skip(k) {
			continue
		}
		now := c.p.cfg.Now()
		left := c.deadline.Sub(now)
		if expired = left <= 0; expired || c.dispatched >= maxDispatches || c.dispatched > 0 && left < leastTime || c.ctx.Err() != nil {
			break
		}
		allowed, t := k.r.in.breakers[slot(k.r.Transport)].admit(now)
		c.p.announce(k.r.in, k.r.Transport, t)
		if !allowed.ok {
			continue
		}
		share := c.dispatched == 0 && c.m.Safety.Repeatable() && i+1 < len(c.sel.list)
		v := c.attempt(k, allowed, attemptLimit(now, c.deadline, share))
		if v.sent {
			c.dispatched++
		}
		if c.detail == "" && !v.final {
			c.detail = string(k.r.Provider) + ": " + v.message
		}
		if v.final {
			c.final, c.winner, c.breaker = v.answer, k.r, k.circuit
			return
		}
		if !v.answer.own || c.last.body == nil || c.last.own {
			c.last, c.winner = v.answer, nil
			if !v.answer.own {
				c.winner, c.breaker = k.r, k.circuit
			}
		}
		c.uncertain = c.uncertain || v.sent && (!v.refused || v.category == lasso.Unclassified)
		if v.sent && !v.refused && !c.m.Safety.Repeatable() {
			c.final = c.unknownOutcome(v)
			return
		}
		if v.category == lasso.Unclassified {
			if second {
				break
			}
			second = true
		}
	}
	switch {
	case c.last.body != nil:
		c.final = c.last
	case c.ctx.Err() != nil:
		c.final = c.own(lasso.Canceled, jsonrpc.CodeServer, "Request canceled", nil)
	case expired: // it waited here: a late member of a large batch
		c.local = true
		c.final = c.own(lasso.LocalCapacity, jsonrpc.CodeLimit, "Local request capacity unavailable", []byte(`{"reason":"deadline_expired"}`))
	default:
		c.final = c.nobody()
	}
}

// attemptLimit is when an attempt that begins now must end: with the call, or,
// when others are to have time too, after its share of what is left.
func attemptLimit(now, deadline time.Time, share bool) time.Time {
	left := deadline.Sub(now)
	if share {
		left = min(left, max(time.Duration(float64(left)*firstShare), leastTime))
	}
	return now.Add(left)
}

// skip leaves out a candidate that can not do better than what was tried.
func (c *call) skip(k *candidate) bool {
	for i := range c.tries {
		t := &c.tries[i]
		if t.Outcome == lasso.MethodNotFound && t.Provider == k.r.Provider {
			return true
		}
	}
	return false
}

// attempt sends the call to one candidate and judges the outcome.
func (c *call) attempt(k *candidate, allowed admission, limit time.Time) verdict {
	resp := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(resp)
	settled := false
	defer func() {
		if !settled { // a panic must not keep the trial of a half-open breaker
			k.r.in.breakers[slot(k.r.Transport)].released(allowed)
		}
	}()
	begin := c.p.cfg.Now()
	x := k.r.in.up.Load().do(resp, c.wire, limit, c.req.MaxAnswer)
	if x.closed && c.mayResend() && c.p.cfg.Now().Before(limit) {
		// An idle connection that the upstream had closed: nobody's fault, and
		// a fresh one tells whether the upstream is there.
		c.p.stats.staleResends.Add(1)
		k.r.in.up.Load().fresh()
		c.uncertain = true
		x = k.r.in.up.Load().do(resp, c.wire, limit, c.req.MaxAnswer)
	}
	end := c.p.cfg.Now()
	took := end.Sub(begin)
	size := 0
	if x.status != 0 {
		size = len(resp.Body())
	}
	v := c.judge(k, resp, x, end)
	k.r.in.up.Load().redactVerdict(&v, c.req.Origin)
	if v.category == lasso.OK && c.m.Name == "eth_blockNumber" {
		c.p.learnHeight(k.r.in, resp.Body(), end)
	}
	if x.fault == lasso.Timeout && limit.Sub(begin) < leastTime {
		v.category = lasso.Canceled // it never had a chance: counts against nobody
	}
	// A connection that died while idle is nobody's fault, also where the call
	// can not be sent again to find out.
	v.excused = x.closed && !c.mayResend()
	c.upstream += took
	settled = true
	c.p.settle(k.r.in, k.r.Transport, allowed, v, end)
	if known, ok := counts(v.category); known && !v.excused {
		k.r.evidence.record(end, c.m, ok, took)
	}
	if (v.category.Answered() || v.category.Fault()) && !v.excused {
		k.r.in.rolling.add(end, !v.category.Fault())
	}
	c.p.rec.Attempt(lasso.Attempt{
		At: end, Route: k.r.Route, Method: c.m.Label(), Origin: c.req.Origin, Category: v.category, Latency: took,
		Ordinal: len(c.tries), BytesOut: len(c.wire), BytesIn: size, Message: v.message,
	})
	c.starts[min(len(c.tries), len(c.starts)-1)] = max(begin.Sub(c.req.At), 0)
	c.tries = append(c.tries, lasso.MetaAttempt{
		Provider: k.r.Provider, Transport: k.r.Transport, Outcome: v.category, MS: ms(took), Reason: v.message,
	})
	return v
}

// mayResend reports whether "closed before the first byte" may be answered by
// sending again. An unknown write is the only kind that must not be doubled.
func (c *call) mayResend() bool { return c.m.Safety != methods.UnknownWrite }

// judge decides what one exchange means.
func (c *call) judge(k *candidate, resp *fasthttp.Response, x exchange, now time.Time) verdict {
	if x.fault != lasso.OK {
		code := -32002
		message := "Upstream request failed: " + x.message
		if x.fault == lasso.Timeout {
			code, message = -32007, "Request timeout"
		}
		v := verdict{category: x.fault, sent: x.sent, message: x.message}
		v.answer = c.own(x.fault, code, message, nil)
		return v
	}
	a := readReply(resp, x.status, c.wireID, k.r.provider.Capabilities.ErrorRules, now)
	switch {
	case a.unusable != "":
		v := verdict{category: a.judged.Category, sent: true, message: a.unusable}
		v.answer = c.own(v.category, jsonrpc.CodeServer, "Invalid upstream response", nil)
		return v
	case !a.refused && a.object == nil && c.m.Safety == methods.FilterCreate:
		return c.created(k.r, resp, resp.Body(), a.response)
	case !a.refused && a.object == nil:
		return verdict{final: true, sent: true, answer: answer{body: c.take(resp, resp.Body(), a.response.ID)}}
	}
	if v, ok := c.broadcastError(&a); ok {
		return v
	}
	if a.refused {
		return c.refusal(x.status, a.judged, a.object)
	}
	return c.errorAnswer(a.response, resp.Body(), a.judged)
}

// take returns the bytes of the answer with the caller's id. Small bodies are
// copied so that buffers stay pooled; large ones change hands.
func (c *call) take(resp *fasthttp.Response, body []byte, id jsonrpc.Span) []byte {
	const small = 32 << 10
	clientID := c.in.ID
	if clientID == nil {
		return nil // a notification: nobody reads the answer
	}
	if string(body[id.Start:id.End]) == string(clientID) {
		if len(body) > small && len(resp.Body()) == len(body) {
			return resp.SwapBody(nil)
		}
		return append(make([]byte, 0, len(body)), body...)
	}
	out := make([]byte, 0, len(body)-(id.End-id.Start)+len(clientID))
	out = append(out, body[:id.Start]...)
	out = append(out, clientID...)
	return append(out, body[id.End:]...)
}

// errorAnswer settles a JSON-RPC error inside a 2xx answer.
func (c *call) errorAnswer(r jsonrpc.Response, body []byte, judged classify.Verdict) verdict {
	v := c.verdictOf(judged, 200, r.Error)
	raw := append([]byte(nil), body...)
	if c.in.ID != nil {
		raw = jsonrpc.Splice(raw, r.ID, c.in.ID)
	}
	v.answer = answer{body: raw, category: judged.Category, code: int(r.Error.Code)}
	return v
}

// refusal judges an answer with an HTTP error status.
func (c *call) refusal(status int, judged classify.Verdict, object *jsonrpc.ErrorObject) verdict {
	v := c.verdictOf(judged, status, object)
	if object != nil {
		v.answer = answer{body: appendRawError(c.in.ID, object.Raw), category: judged.Category, code: int(object.Code)}
		return v
	}
	code, message := -32002, "Upstream answered HTTP "+strconv.Itoa(status)
	var data []byte
	if judged.Category == lasso.RateLimit {
		code, message = jsonrpc.CodeLimit, "Rate limited by provider"
		if judged.RetryAfter > 0 {
			data = fmt.Appendf(nil, `{"retry_after_ms":%d}`, judged.RetryAfter.Milliseconds())
		}
	}
	v.answer = c.own(judged.Category, code, message, data)
	return v
}

func (c *call) verdictOf(judged classify.Verdict, status int, object *jsonrpc.ErrorObject) verdict {
	v := verdict{category: judged.Category, sent: true, wait: judged.RetryAfter}
	code, message := int64(0), ""
	if object != nil {
		code, message = object.Code, object.Message
	}
	v.message = classify.Summary(judged.Category, code, status, message)
	switch {
	case judged.Category == lasso.Unclassified:
		v.final = !c.m.Safety.Repeatable()
		v.refused = true
	case judged.Category.Answered():
		v.final = true
	case !judged.Category.Fault():
		v.refused = true
	}
	return v
}

func appendRawError(id, object []byte) []byte {
	if id == nil {
		id = []byte("null")
	}
	out := make([]byte, 0, len(object)+len(id)+32)
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"error":`...)
	out = append(out, object...)
	return append(out, '}')
}

// nobody is the answer when no candidate could be tried.
func (c *call) nobody() answer {
	c.p.stats.noProvider.Add(1)
	method := string(c.in.Method)
	if c.sel.open == 0 {
		return c.own(lasso.NoProvider, jsonrpc.CodeServer, "No available channels for method: "+method+". No provider of this chain can take it now.", nil)
	}
	wait := max(c.sel.next.Sub(c.p.cfg.Now()), 0)
	return c.own(lasso.NoProvider, jsonrpc.CodeServer,
		fmt.Sprintf("No available channels for method: %s. All circuits open, retry after %ds", method, int((wait+time.Second-1)/time.Second)),
		fmt.Appendf(nil, `{"retry_after_ms":%d}`, wait.Milliseconds()))
}

// unknownOutcome answers a call that must not be repeated and may have been
// executed. An error worded by the upstream is passed on as it is.
func (c *call) unknownOutcome(v verdict) answer {
	c.p.stats.indeterminate.Add(1)
	if !v.answer.own {
		return v.answer
	}
	return c.own(v.category, jsonrpc.CodeServer, "Upstream dispatch outcome is indeterminate: "+v.message, nil)
}
