package proxy

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
	"github.com/lasso-rpc/lasso/proxy/methods"
)

// scratch is what one request needs and the next can use again.
type scratch struct {
	calls []jsonrpc.Call
	one   call
}

var scratches = sync.Pool{New: func() any { return new(scratch) }} //nolint:gochecknoglobals // a pool has no state to share

// Serve answers one JSON-RPC body. It never fails: whatever is wrong becomes a
// JSON-RPC error in the response. It keeps nothing of req. It returns within
// the budget of the methods called, counted from req.At; after ctx has ended no
// further attempt begins.
func (p *Proxy) Serve(ctx context.Context, req *lasso.Request) lasso.Response {
	pl := p.plan.Load()
	if pl == nil {
		return p.unknownChain(req)
	}
	cp := pl.chains[chainKey{req.Profile.Slug, req.Chain.ID}]
	if cp == nil {
		return p.unknownChain(req)
	}
	s, _ := scratches.Get().(*scratch)
	defer func() {
		s.one.reset()
		clear(s.calls)
		scratches.Put(s)
	}()
	calls, batch, bad := jsonrpc.Scan(s.calls[:0], req.Body, p.cfg.MaxBatch)
	s.calls = calls
	switch {
	case bad != nil:
		status := http.StatusOK
		if bad.Code == jsonrpc.CodeParse {
			status = http.StatusBadRequest
		}
		return lasso.Response{Status: status, Body: jsonrpc.AppendError(nil, nil, bad)}
	case batch:
		return p.serveBatch(ctx, req, cp, calls)
	}
	c := &s.one
	p.begin(ctx, c, req, cp, calls[0])
	c.size = len(req.Body)
	p.protect(c)
	res := lasso.Response{Status: http.StatusOK, Body: c.final.body}
	if req.Meta != lasso.MetaNone {
		res.Meta = c.meta()
	}
	if c.in.Notify {
		return lasso.Response{Status: http.StatusNoContent, Meta: res.Meta}
	}
	if req.Meta == lasso.MetaBody {
		res.Body = withMeta(res.Body, res.Meta)
	}
	return res
}

// begin sets a call up. A member that is no valid request is answered here.
func (p *Proxy) begin(ctx context.Context, c *call, req *lasso.Request, cp *chainPlan, in jsonrpc.Call) {
	c.p, c.ctx, c.req, c.cp, c.in = p, ctx, req, cp, in
	c.started = p.cfg.Now()
	c.size = len(in.Params) + len(in.Method)
	if in.Err != nil {
		c.final = answer{body: jsonrpc.AppendError(nil, in.ID, in.Err)}
		return
	}
	c.m = methods.Lookup(in.Method)
}

// protect runs a call; a defect of ours becomes an internal error for this
// caller alone.
func (p *Proxy) protect(c *call) {
	if c.m == nil {
		return
	}
	defer func() {
		if r := recover(); r != nil {
			p.stats.panics.Add(1)
			p.log.Error("panic while serving a call", "method", c.m.Label(), "panic", r, "stack", string(debug.Stack()))
			e := jsonrpc.Error{Code: jsonrpc.CodeInternal, Message: "Internal error"}
			c.final = answer{body: jsonrpc.AppendError(nil, c.in.ID, &e), category: lasso.LocalCapacity, code: e.Code}
		}
	}()
	c.run()
}

// serveBatch answers the members of a batch concurrently, in their order, with
// one provider preferred for all of them so that they read one head.
func (p *Proxy) serveBatch(ctx context.Context, req *lasso.Request, cp *chainPlan, in []jsonrpc.Call) lasso.Response {
	calls := make([]call, len(in))
	first := -1
	for i := range calls {
		p.begin(ctx, &calls[i], req, cp, in[i])
		if first < 0 && calls[i].m != nil && calls[i].m.Safety.Repeatable() && !calls[i].answeredHere() {
			first = i
		}
	}
	if first >= 0 {
		c := &calls[first]
		c.prepare()
		if len(c.sel.list) > 0 {
			prefer := c.sel.list[0].r
			for i := range calls {
				calls[i].prefer = prefer
			}
		}
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(p.cfg.BatchConcurrency, len(calls)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(calls) {
					return
				}
				p.protect(&calls[i])
			}
		})
	}
	workers.Wait()
	return joinBatch(req, calls, first)
}

func joinBatch(req *lasso.Request, calls []call, first int) lasso.Response {
	size := 2
	for i := range calls {
		size += len(calls[i].final.body) + 1
	}
	body := append(make([]byte, 0, size), '[')
	for i := range calls {
		if calls[i].in.Notify || calls[i].final.body == nil {
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(body, calls[i].final.body...)
	}
	res := lasso.Response{Status: http.StatusOK}
	if req.Meta != lasso.MetaNone && first >= 0 {
		res.Meta = calls[first].meta()
	}
	if len(body) == 1 {
		res.Status = http.StatusNoContent
		return res
	}
	body = append(body, ']')
	res.Body = body
	return res
}

// withMeta adds the member lasso_meta to a response object.
func withMeta(body []byte, m *lasso.Meta) []byte {
	text, err := json.Marshal(m)
	end := len(body) - 1
	for end >= 0 && body[end] != '}' {
		end--
	}
	if err != nil || end < 0 {
		return body
	}
	out := make([]byte, 0, len(body)+len(text)+16)
	out = append(out, body[:end]...)
	out = append(out, `,"lasso_meta":`...)
	out = append(out, text...)
	return append(out, '}')
}

// unknownChain answers a request whose chain a reload has just removed.
func (p *Proxy) unknownChain(req *lasso.Request) lasso.Response {
	e := jsonrpc.Error{
		Code:    jsonrpc.CodeInvalidParams,
		Message: "Unsupported chain: Unknown chain " + strconv.Quote(req.Chain.Key) + " in profile " + strconv.Quote(string(req.Profile.Slug)),
	}
	return lasso.Response{Status: http.StatusBadRequest, Body: jsonrpc.AppendError(nil, nil, &e)}
}
