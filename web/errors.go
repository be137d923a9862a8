package web

import (
	"encoding/json"
	"errors"
	"net"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// JSON-RPC error codes the edge itself answers with.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeInvalidParams  = -32602
	codeInternal       = -32603
	codeServerError    = -32000
	codeCapacity       = -32008
)

// reason is the label of lasso_edge_refused_total: a closed set.
type reason string

const (
	reasonMethod      reason = "method"
	reasonPath        reason = "path"
	reasonProfile     reason = "profile"
	reasonChain       reason = "chain"
	reasonProvider    reason = "provider"
	reasonInput       reason = "input"
	reasonContentType reason = "content_type"
	reasonEncoding    reason = "encoding"
	reasonTooLarge    reason = "too_large"
	reasonBudget      reason = "budget"
	reasonBody        reason = "body"
	reasonProtocol    reason = "protocol"
	reasonTimeout     reason = "timeout"
	reasonWebSocket   reason = "websocket"
	reasonPanic       reason = "panic"
	reasonOrigin      reason = "origin"
)

func reasons() []reason {
	return []reason{
		reasonMethod, reasonPath, reasonProfile, reasonChain, reasonProvider, reasonInput, reasonContentType,
		reasonEncoding, reasonTooLarge, reasonBudget, reasonBody, reasonProtocol, reasonTimeout, reasonWebSocket,
		reasonPanic, reasonOrigin,
	}
}

// refusal is an answer of the edge itself, before the router was asked.
type refusal struct {
	reason    reason
	status    int
	code      int
	message   string
	errorType string // data.error_type; empty for no data
}

func refuse(why reason, status, code int, message string) *refusal {
	return &refusal{reason: why, status: status, code: code, message: message}
}

type rpcErrorBody struct {
	JSONRPC string   `json:"jsonrpc"`
	ID      any      `json:"id"`
	Error   rpcError `json:"error"`
}

type rpcError struct {
	Code    int           `json:"code"`
	Message string        `json:"message"`
	Data    *rpcErrorData `json:"data,omitempty"`
}

type rpcErrorData struct {
	ErrorType string `json:"error_type"`
}

// body writes the refusal as a JSON-RPC error with a null id.
func (r *refusal) body() []byte {
	e := rpcErrorBody{JSONRPC: "2.0", Error: rpcError{Code: r.code, Message: r.message}}
	if r.errorType != "" {
		e.Error.Data = &rpcErrorData{ErrorType: r.errorType}
	}
	b, err := json.Marshal(e)
	if err != nil { // not with these types
		return []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error"}}`)
	}
	return b
}

// answerRefusal writes r with the headers every RPC answer has.
func (s *Server) answerRefusal(ctx *fasthttp.RequestCtx, r *refusal) {
	s.edge.refused.WithLabelValues(string(r.reason)).Inc()
	rpcHeaders(&ctx.Response.Header)
	ctx.Response.SetStatusCode(r.status)
	ctx.Response.SetBodyRaw(r.body())
}

// wireError answers what the server could not read as an HTTP request. The
// path is often not known then, so all such answers are JSON-RPC errors.
func (s *Server) wireError(ctx *fasthttp.RequestCtx, err error) {
	var small *fasthttp.ErrSmallBuffer
	var netErr net.Error
	r := refuse(reasonProtocol, fasthttp.StatusBadRequest, codeParse, "Parse error: not a well-formed HTTP request")
	switch {
	case errors.As(err, &small):
		r = refuse(reasonTooLarge, fasthttp.StatusRequestHeaderFieldsTooLarge, codeInvalidRequest, "request header too large")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		r = tooLarge()
	case errors.As(err, &netErr) && netErr.Timeout():
		r = refuse(reasonTimeout, fasthttp.StatusRequestTimeout, codeInvalidRequest, "the request did not arrive in time")
	}
	ctx.Response.Reset()
	setID(ctx, s.newID())
	s.answerRefusal(ctx, r)
}

// rescue turns a panic into an answer. The cause goes to the log only.
func (s *Server) rescue(ctx *fasthttp.RequestCtx) {
	v := recover()
	if v == nil {
		return
	}
	id := ""
	for k, v := range ctx.Response.Header.All() {
		if string(k) == headerRequestID {
			id = string(v)
		}
	}
	if id == "" {
		id = s.newID()
	}
	s.log.Error("panic in a handler", "path", string(ctx.URI().PathOriginal()), "request_id", id, "panic", v, "stack", string(debug.Stack()))
	ctx.Response.Reset()
	setID(ctx, id)
	s.answerRefusal(ctx, refuse(reasonPanic, fasthttp.StatusInternalServerError, codeInternal, "Internal error"))
}

// serveUnknownVerb answers a verb that HTTP does not know, outside /rpc: Fiber
// would answer it by itself, without the headers that all pages carry.
func (s *Server) serveUnknownVerb(ctx *fasthttp.RequestCtx) {
	pageHeaders(&ctx.Response.Header)
	setID(ctx, s.newID())
	ctx.Response.Header.SetContentType(jsonMIME)
	ctx.Response.SetStatusCode(fasthttp.StatusNotImplemented)
	ctx.Response.SetBodyString(`{"error":"this is no HTTP method that is known here"}`)
}

func tooLarge() *refusal {
	return refuse(reasonTooLarge, fasthttp.StatusRequestEntityTooLarge, codeInvalidRequest, "request body too large")
}

// clip shortens what a client sent, for use in a message.
func clip(s string) string {
	const limit = 64
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

// clientError is an error that a handler of pages or of the API says to its
// client.
type clientError struct {
	status    int
	message   string
	allowed   []string // values a bad parameter may have
	available []string // names where one was not found
	what      string   // "profile", "chain", "provider" or "page", when something was not found
	name      string   // what was asked for
	needed    string   // what would allow it, when it is forbidden
	signIn    string   // where to come back to, when signing in would allow it
	profile   *lasso.Profile
	chain     *lasso.Chain
}

func (f *clientError) Error() string { return f.message }

// badQuery says that a query parameter has none of its values.
func badQuery(name, value string, allowed []string) *clientError {
	if len(allowed) == 0 {
		return &clientError{status: fiber.StatusBadRequest, message: name + ": this page has nothing that '" + clip(value) + "' could choose"}
	}
	return &clientError{
		status:  fiber.StatusBadRequest,
		message: name + ": '" + clip(value) + "' is not one of " + strings.Join(allowed, ", "),
		allowed: allowed,
	}
}

// asClientError gives every error a status and a sentence. What is not meant for
// clients becomes a 500 without its cause.
func asClientError(err error) (f *clientError, internal bool) {
	var fail *clientError
	var fe *fiber.Error
	switch {
	case errors.As(err, &fail):
		return fail, fail.status >= fiber.StatusInternalServerError
	case errors.As(err, &fe) && fe.Code == fiber.StatusNotFound:
		return &clientError{status: fe.Code, message: "there is nothing at this address", what: "page"}, false
	case errors.As(err, &fe) && fe.Code == fiber.StatusMethodNotAllowed:
		return &clientError{status: fe.Code, message: "this address does not answer that HTTP method"}, false
	case errors.As(err, &fe) && fe.Code < fiber.StatusInternalServerError:
		return &clientError{status: fe.Code, message: fe.Message}, false
	}
	return &clientError{status: fiber.StatusInternalServerError, message: "something failed here; the log says what"}, true
}

// pageError answers for every handler that returned an error: JSON below /api
// and to clients that do not ask for HTML, else a page.
func (s *Server) pageError(c *fiber.Ctx, err error) error {
	f, internal := asClientError(err)
	id := s.newID()
	if internal {
		s.log.Error("request failed", "path", c.Path(), "request_id", id, "error", err)
		if s.cfg.Development {
			f.message = err.Error()
		}
	}
	path := c.Path()
	c.Set(headerRequestID, id)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Status(f.status)
	wantsPage := path == "/" || under([]byte(path), "/dashboard") || strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
	if under([]byte(path), "/api") || !wantsPage {
		return c.JSON(f.json(param(c, "chain")))
	}
	if c.Query("fragment") != "" {
		c.Type("txt", "utf-8")
		return c.SendString(f.message)
	}
	return s.errorPage(c, f, id)
}

// json is the failure as an object of the API.
func (f *clientError) json(chain string) fiber.Map {
	m := fiber.Map{"error": f.message}
	if f.allowed != nil {
		m["allowed"] = f.allowed
	}
	if f.available != nil {
		m["available"] = f.available
	}
	if f.what == "chain" {
		m["chain"], m["available_chains"] = chain, f.available
	}
	return m
}

// rescuePage turns a panic below Fiber into an error for pageError.
func (s *Server) rescuePage(c *fiber.Ctx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("panic in a handler", "path", c.Path(), "panic", v, "stack", string(debug.Stack()))
			err = fiber.ErrInternalServerError
		}
	}()
	return c.Next()
}

// forbidden is the page for what is not allowed.
func forbidden(sh dashboard.Shell, f *clientError) dashboard.Forbidden {
	sh.Title = "Not allowed"
	needed := f.needed
	if needed == "" {
		needed = "a request that a page of this dashboard makes"
	}
	return dashboard.Forbidden{
		Shell: sh, Message: sentence(f.message), Role: "a visitor, without a name", Needed: needed, Ask: "whoever runs this node", SignIn: f.signIn,
	}
}
