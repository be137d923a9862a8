package proxy

import (
	"context"
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// call is one JSON-RPC call on its way. It is reused; nothing of it may be
// kept after its answer has been taken.
type call struct {
	p        *Proxy
	ctx      context.Context //nolint:containedctx // the call is the unit of work and lives no longer than it
	req      *lasso.Request
	cp       *chainPlan
	in       jsonrpc.Call
	m        *methods.Method
	subject  subject
	sel      selection
	started  time.Time
	deadline time.Time
	size     int              // of the request, for the record
	prefer   *route           // of the batch
	pin      lasso.ProviderID // of the filter
	params   []byte           // sent instead of in.Params when not nil
	wire     []byte           // what is sent upstream
	wireID   []byte           // the id in it
	ownID    [1]byte          // where wireID is when it is ours
	prepared bool

	// the outcome
	dispatched int
	upstream   time.Duration
	picked     time.Duration // selection time
	winner     *route
	breaker    lasso.Circuit
	final      answer
	last       answer // the best error so far
	detail     string // why the first provider was left
	uncertain  bool   // an attempt may have been executed without our knowing
	tries      []lasso.MetaAttempt
	starts     [lasso.MaxTries]time.Duration // of the tries, from the arrival
	local      bool
}

// answer is what goes back to the caller: the whole response object.
type answer struct {
	body     []byte
	category lasso.Category
	code     int
	own      bool // worded by this node: any error of an upstream is better
}

func (c *call) reset() {
	sel, wire, tries := c.sel, c.wire[:0], c.tries[:0]
	sel.reset()
	clear(tries[:cap(tries)])
	*c = call{sel: sel, wire: wire, tries: tries}
}

// run answers the call and records it.
func (c *call) run() {
	switch c.m.Safety {
	case methods.Keystore:
		c.refuse(jsonrpc.CodeMethodNotFound, "Method not supported by proxy: "+string(c.in.Method)+" needs a node's own keys or administration", nil)
	case methods.Subscription:
		data := append([]byte(`{"websocket_url":`), strconv.Quote("/ws"+c.req.Path)...)
		c.refuse(jsonrpc.CodeMethodNotFound, string(c.in.Method)+" needs a WebSocket connection", append(data, '}'))
	case methods.Local:
		if c.answeredHere() {
			c.answerLocally()
			break
		}
		c.forward()
	case methods.FilterUse:
		c.useFilter()
	case methods.FilterCreate:
		if c.p.filters.full() {
			c.local = true
			c.final = c.own(lasso.LocalCapacity, jsonrpc.CodeCapacity, "Too many filters on this node, try again later", nil)
			break
		}
		c.forward()
	case methods.ReplaySafe, methods.Broadcast, methods.UnknownRead, methods.UnknownWrite:
		c.forward()
	}
	c.record()
}

// answeredHere reports whether this node gives the answer itself.
func (c *call) answeredHere() bool {
	return c.m.Safety == methods.Local && c.req.Provider == "" && emptyParams(c.in.Params)
}

func emptyParams(params []byte) bool {
	if len(params) == 0 || string(params) == "null" {
		return true
	}
	n := 0
	jsonrpc.Elements(params, func(int, []byte) bool { n++; return false })
	return n == 0 && params[0] == '['
}

func (c *call) answerLocally() {
	c.local = true
	id := uint64(c.cp.chain.ID)
	text := `"0x` + strconv.FormatUint(id, 16) + `"`
	if c.m.Name == "net_version" {
		text = `"` + strconv.FormatUint(id, 10) + `"`
	}
	c.final = answer{body: jsonrpc.AppendResult(nil, c.in.ID, []byte(text))}
}

// refuse answers with an error of this node.
func (c *call) refuse(code int, message string, data []byte) {
	c.local = true
	category := lasso.InvalidRequest
	if code == jsonrpc.CodeMethodNotFound {
		category = lasso.ClientError
	}
	c.final = c.own(category, code, message, data)
}

func (c *call) own(category lasso.Category, code int, message string, data []byte) answer {
	e := jsonrpc.Error{Code: code, Message: message, Data: data}
	return answer{body: jsonrpc.AppendError(nil, c.in.ID, &e), category: category, code: code, own: true}
}

// budget is the time a method may take in all.
func (c *call) budget() time.Duration {
	t := c.cp.chain.Timeouts
	if len(t) > 0 {
		if d, ok := t[string(c.in.Method)]; ok {
			return d
		}
		if d, ok := t["default"]; ok {
			return d
		}
	}
	return c.m.Timeout
}

// prepare chooses the candidates and writes the request for upstreams.
func (c *call) prepare() {
	if c.prepared {
		return
	}
	c.prepared = true
	c.deadline = c.req.At.Add(c.budget())
	c.subject = newSubject(c.cp, c.req, c.m, c.in.Method, c.in.Params, c.started)
	c.subject.prefer = c.prefer
	if c.pin != "" {
		c.subject.pin = c.pin
	}
	c.p.choose(&c.sel, c.cp, &c.subject)
	c.address()
	c.picked = c.p.cfg.Now().Sub(c.started)
}

// address writes the upstream request. A client id that is a short integer is
// sent as it is, so that the answer needs no change; any other is replaced.
func (c *call) address() {
	params := c.in.Params
	if c.params != nil {
		params = c.params
	}
	c.wireID = c.in.ID
	if !plainID(c.in.ID) {
		c.ownID = [1]byte{'1'}
		c.wireID = c.ownID[:]
	}
	c.wire = jsonrpc.AppendRequest(c.wire[:0], c.wireID, c.in.Method, params)
}

func plainID(id []byte) bool {
	if len(id) == 0 || len(id) > 15 || id[0] == '0' && len(id) > 1 {
		return false
	}
	for _, b := range id {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// record tells the recorder how the call ended.
func (c *call) record() {
	now := c.p.cfg.Now()
	r := lasso.Call{
		At: now, Profile: c.cp.profile.Slug, Chain: c.cp.chain.ID, Method: c.m.Label(), Strategy: c.req.Strategy,
		RequestID: c.req.ID, Origin: c.req.Origin, Duration: max(now.Sub(c.req.At), 0), Upstream: c.upstream, Attempts: c.dispatched,
		Failovers: c.failovers(), Category: c.final.category, Code: c.final.code, Local: c.local,
		Detail: c.detail, BytesIn: c.size, BytesOut: len(c.final.body),
	}
	if r.Failovers == 0 {
		r.Detail = ""
	}
	if c.winner != nil {
		r.Provider, r.Transport = c.winner.Provider, c.winner.Transport
	}
	r.Picked, r.Why, r.Trace = c.picked, c.firstWhy(), c.trace()
	c.p.rec.Call(r)
}

// failovers counts the attempts after the first, also where the first was
// refused before anything was sent.
func (c *call) failovers() int { return max(len(c.tries)-1, 0) }

// meta describes how the call was routed.
func (c *call) meta() *lasso.Meta {
	now := c.p.cfg.Now()
	m := &lasso.Meta{
		Version: "1.0", RequestID: c.req.ID, Strategy: c.req.Strategy, Chain: c.cp.chain.ID,
		SelectionMS: ms(c.picked), UpstreamMS: ms(c.upstream), EndToEndMS: ms(now.Sub(c.req.At)),
		Retries: c.failovers(), Attempts: append([]lasso.MetaAttempt(nil), c.tries...),
		FailedOpen: append([]string(nil), c.sel.failedOpen...),
	}
	m.OverheadMS = max(m.EndToEndMS-m.UpstreamMS, 0)
	for i := range c.sel.list {
		m.Candidates = append(m.Candidates, c.sel.list[i].r.name)
		if c.sel.list[i].r == c.winner {
			m.Reason = c.subject.why(&c.sel, i)
		}
	}
	switch {
	case c.winner != nil:
		m.Transport = c.winner.Transport.String()
		m.Selected = &lasso.MetaProvider{ID: c.winner.Provider, Protocol: c.winner.Transport}
		m.Breaker = c.breaker.String()
	case c.local:
		m.Reason = "answered by this node"
	}
	return m
}

func ms(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
