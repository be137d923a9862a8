package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

const (
	maxKeptBody   = 64 << 10 // larger buffers are not kept for the next call
	maxMetaHeader = 4096     // bytes of X-Lasso-Meta
	maxRequestID  = 128
)

// call is what one RPC request needs; calls are reused.
type call struct {
	req  lasso.Request
	body []byte
}

// serve is the first handler of every request.
func (s *Server) serve(ctx *fasthttp.RequestCtx) {
	defer s.rescue(ctx)
	s.cut(ctx)
	path := ctx.URI().PathOriginal()
	switch {
	case under(path, "/rpc"):
		s.serveRPC(ctx, path[len("/rpc"):])
	case under(path, "/ws/rpc"):
		s.serveWebSocket(ctx)
	case !slices.Contains(fiber.DefaultMethods, string(ctx.Method())):
		s.serveUnknownVerb(ctx)
	default:
		s.pages(ctx)
	}
}

// under reports whether path is dir or below it.
func under(path []byte, dir string) bool {
	return len(path) >= len(dir) && string(path[:len(dir)]) == dir && (len(path) == len(dir) || path[len(dir)] == '/')
}

func (s *Server) serveWebSocket(ctx *fasthttp.RequestCtx) {
	setID(ctx, s.newID())
	s.answerRefusal(ctx, refuse(reasonWebSocket, fasthttp.StatusNotImplemented, codeInvalidRequest,
		"WebSocket is not served by this version: POST to the same path without /ws"))
}

// serveRPC answers everything below /rpc; rest is the path after it.
func (s *Server) serveRPC(ctx *fasthttp.RequestCtx, rest []byte) {
	c, _ := s.calls.Get().(*call)
	defer func() {
		c.req = lasso.Request{}
		if cap(c.body) > maxKeptBody {
			c.body = nil
		}
		s.calls.Put(c)
	}()
	if ctx.IsOptions() {
		setID(ctx, s.newID())
		preflight(ctx)
		return
	}
	in, bad := readInputs(ctx)
	c.req.ID = in.id
	if c.req.ID == "" {
		c.req.ID = s.newID()
	}
	setID(ctx, c.req.ID)
	if bad == nil {
		bad = s.prepare(ctx, c, &in, rest)
	}
	if bad != nil {
		s.answerRefusal(ctx, bad)
		drain(ctx, s.cfg.MaxBody)
		return
	}
	s.forward(ctx, c)
}

// prepare checks the request and decides its routing, without its body.
func (s *Server) prepare(ctx *fasthttp.RequestCtx, c *call, in *inputs, rest []byte) *refusal {
	if !ctx.IsPost() {
		ctx.Response.Header.Set(fasthttp.HeaderAllow, "POST, OPTIONS")
		return refuse(reasonMethod, fasthttp.StatusMethodNotAllowed, codeInvalidRequest, "only POST is served here")
	}
	if !in.identity {
		return refuse(reasonEncoding, fasthttp.StatusUnsupportedMediaType, codeInvalidRequest, "a compressed body is not accepted")
	}
	if !jsonType(ctx.Request.Header.ContentType()) {
		return refuse(reasonContentType, fasthttp.StatusUnsupportedMediaType, codeInvalidRequest, "the content type must be application/json")
	}
	switch length := ctx.Request.Header.ContentLength(); {
	case length > s.cfg.MaxBody:
		return tooLarge()
	case length < 0 && declaresLength(ctx.Request.Header.RawHeaders()):
		return refuse(reasonBody, fasthttp.StatusBadRequest, codeParse, "Parse error: a chunked body can not declare its length")
	}
	path := "/rpc" + string(rest)
	t, bad := parseTarget(s.deps.Catalogs.Catalog(), path[len("/rpc"):])
	if bad != nil {
		return bad
	}
	if t.provider == "" {
		if t.provider, bad = findProvider(t.chain, in.provider); bad != nil {
			return bad
		}
	}
	c.req.Profile, c.req.Chain, c.req.Strategy, c.req.Provider = t.profile, t.chain, t.strategy, t.provider
	c.req.Transport, c.req.Meta, c.req.Path = in.transport, in.meta, path
	return nil
}

// forward reads the body within the budget, asks the router and writes its
// answer.
func (s *Server) forward(ctx *fasthttp.RequestCtx, c *call) {
	c.req.At = s.cfg.Now()
	length := ctx.Request.Header.ContentLength()
	want := length
	if length < 0 {
		want = s.cfg.MaxBody // chunked: the most it may be
	}
	charged, ok := s.budget.take(want)
	if !ok {
		ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, "1")
		s.answerRefusal(ctx, refuse(reasonBudget, fasthttp.StatusServiceUnavailable, codeCapacity, "local request byte capacity unavailable"))
		drain(ctx, s.cfg.MaxBody)
		return
	}
	defer func() { s.budget.release(charged) }()
	if bad := c.read(ctx, length, s.cfg.MaxBody); bad != nil {
		s.answerRefusal(ctx, bad)
		drain(ctx, s.cfg.MaxBody)
		return
	}
	charged = s.budget.settle(charged, len(c.body))
	c.req.Body = c.body
	res := s.deps.Router.Serve(s.base, &c.req)

	h := &ctx.Response.Header
	rpcHeaders(h)
	if c.req.Meta == lasso.MetaHeaders && res.Meta != nil {
		setMeta(h, res.Meta)
	}
	ctx.Response.SetStatusCode(res.Status)
	if res.Body != nil {
		ctx.Response.SetBodyRaw(res.Body)
	}
}

// read fills c.body with a body of length bytes, or of unknown length below
// zero.
func (c *call) read(ctx *fasthttp.RequestCtx, length, limit int) *refusal {
	stream := ctx.RequestBodyStream()
	c.body = c.body[:0]
	if stream == nil {
		return nil
	}
	if length >= 0 {
		if cap(c.body) < length {
			c.body = make([]byte, length)
		}
		c.body = c.body[:length]
		_, err := io.ReadFull(stream, c.body)
		return bodyRefusal(err)
	}
	for {
		if len(c.body) == cap(c.body) {
			grown := make([]byte, len(c.body), max(minCharge, 2*cap(c.body)))
			copy(grown, c.body)
			c.body = grown
		}
		n, err := stream.Read(c.body[len(c.body):cap(c.body)])
		c.body = c.body[:len(c.body)+n]
		switch {
		case len(c.body) > limit:
			return tooLarge()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return bodyRefusal(err)
		}
	}
}

func bodyRefusal(err error) *refusal {
	var timeout net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return refuse(reasonTimeout, fasthttp.StatusRequestTimeout, codeInvalidRequest, "the request body did not arrive in time")
	}
	return refuse(reasonBody, fasthttp.StatusBadRequest, codeParse, "Parse error: the body ended early or is badly framed")
}

// drain reads on and forgets what a refused client still sends, up to limit
// bytes: a socket closed with unread bytes would take the answer with it. It
// ends with the read deadline of the request.
func drain(ctx *fasthttp.RequestCtx, limit int) {
	if stream := ctx.RequestBodyStream(); stream != nil {
		if _, err := io.CopyN(io.Discard, stream, int64(limit)); err == nil || !errors.Is(err, io.EOF) {
			ctx.SetConnectionClose()
		}
	}
}

// declaresLength looks for Content-Length beside Transfer-Encoding: chunked,
// which the parsed headers no longer show. Together they are an attempt at
// request smuggling (RFC 9112, section 6.3).
func declaresLength(raw []byte) bool {
	for line := range bytes.Lines(raw) {
		if name, _, ok := bytes.Cut(line, []byte(":")); ok && equalFold(name, fasthttp.HeaderContentLength) {
			return true
		}
	}
	return false
}

// inputs is what a client asks of the edge in headers and query parameters.
type inputs struct {
	id        string
	provider  string
	transport lasso.Transport
	meta      lasso.MetaMode
	identity  bool // the body is not compressed
}

// readInputs reads headers in one pass, then query parameters, which win.
// Repeated headers: the last counts.
func readInputs(ctx *fasthttp.RequestCtx) (inputs, *refusal) {
	in := inputs{identity: true}
	var transport, meta string
	for k, v := range ctx.Request.Header.All() {
		switch string(k) {
		case "X-Lasso-Request-Id":
			if saneID(v) {
				in.id = string(v)
			}
		case "X-Lasso-Provider":
			in.provider = string(v)
		case "X-Lasso-Transport":
			transport = string(v)
		case "X-Lasso-Include-Meta":
			meta = string(v)
		case fasthttp.HeaderContentEncoding:
			in.identity = len(v) == 0 || bytes.EqualFold(v, []byte("identity"))
		}
	}
	if len(ctx.URI().QueryString()) > 0 {
		args := ctx.QueryArgs()
		in.provider = queryOr(args, "provider_id", in.provider)
		in.provider = queryOr(args, "provider_override", in.provider)
		transport = queryOr(args, "transport", transport)
		meta = queryOr(args, "include_meta", meta)
	}
	var ok bool
	if in.transport, ok = lasso.ParseTransport(transport); !ok {
		return in, refuse(reasonInput, 400, codeInvalidParams, "transport must be http or ws, not '"+clip(transport)+"'")
	}
	if in.meta, ok = lasso.ParseMetaMode(meta); !ok {
		return in, refuse(reasonInput, 400, codeInvalidParams, "include_meta must be headers, body or none, not '"+clip(meta)+"'")
	}
	return in, nil
}

func queryOr(args *fasthttp.Args, name, otherwise string) string {
	if v := args.Peek(name); len(v) > 0 {
		return string(v)
	}
	return otherwise
}

// saneID reports whether an id of a client may stand in a header and a log.
func saneID(id []byte) bool {
	if len(id) == 0 || len(id) > maxRequestID {
		return false
	}
	for _, b := range id {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '.', b == '_', b == '-':
		default:
			return false
		}
	}
	return true
}

// newID makes an id that is unique, not one that is hard to guess.
func (s *Server) newID() string {
	var b [32]byte
	id := append(b[:0], s.idHead...)
	id = append(id, '-')
	return string(strconv.AppendUint(id, s.idTail.Add(1), 36))
}

// jsonType accepts the media types that carry JSON-RPC, with any parameters,
// and none at all.
func jsonType(value []byte) bool {
	kind, _, _ := bytes.Cut(value, []byte(";"))
	kind = bytes.TrimSpace(kind)
	return len(kind) == 0 || equalFold(kind, "application/json") ||
		equalFold(kind, "application/json-rpc") || equalFold(kind, "application/jsonrequest")
}

func equalFold(b []byte, s string) bool {
	return len(b) == len(s) && bytes.EqualFold(b, []byte(s))
}

// setID names the call in its answer, from the start: the name stays whatever
// the answer becomes.
func setID(ctx *fasthttp.RequestCtx, id string) {
	ctx.Response.Header.SetCanonical([]byte(headerRequestID), []byte(id))
}

// setMeta writes the routing metadata: the JSON as base64url without padding,
// left out when it would be too long.
func setMeta(h *fasthttp.ResponseHeader, m *lasso.Meta) {
	if m.Selected != nil {
		h.SetCanonical([]byte(headerProvider), []byte(m.Selected.ID))
	}
	raw, err := json.Marshal(m)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(raw)) > maxMetaHeader {
		return
	}
	h.SetCanonical([]byte(headerMeta), base64.RawURLEncoding.AppendEncode(nil, raw))
}
