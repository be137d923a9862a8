package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Names of headers, as they are written on the wire.
const (
	headerRequestID = "X-Lasso-Request-ID"
	headerMeta      = "X-Lasso-Meta"
	headerProvider  = "X-Lasso-Provider"
	headerBuild     = "X-Lasso-Build" // of a page and its parts: version and hash of the assets

	jsonMIME = "application/json"

	corsExposed = "X-Lasso-Request-ID, X-Lasso-Meta, X-Lasso-Provider, Retry-After"
	corsAllowed = "Content-Type, Authorization, X-Requested-With, X-Lasso-Provider, X-Lasso-Transport, X-Lasso-Include-Meta, X-Lasso-Request-ID"
	corsMethods = "GET, POST, OPTIONS"
	corsMaxAge  = "86400"

	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// rpcHeaders sets what every answer below /rpc carries: the type, and the
// permission for pages of any origin to read it.
func rpcHeaders(h *fasthttp.ResponseHeader) {
	h.SetContentType(jsonMIME)
	h.SetCanonical([]byte("Access-Control-Allow-Origin"), []byte("*"))
	h.SetCanonical([]byte("Access-Control-Expose-Headers"), []byte(corsExposed))
	h.SetCanonical([]byte("X-Content-Type-Options"), []byte("nosniff"))
}

// preflight answers the question a browser asks before it sends a call.
func preflight(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	rpcHeaders(h)
	h.Del(fasthttp.HeaderContentType)
	h.Set(fasthttp.HeaderAccessControlAllowMethods, corsMethods)
	h.Set(fasthttp.HeaderAccessControlAllowHeaders, corsAllowed)
	h.Set(fasthttp.HeaderAccessControlMaxAge, corsMaxAge)
	ctx.Response.SetStatusCode(fasthttp.StatusNoContent)
}

// pageHeaders sets what everything carries that is not RPC.
func pageHeaders(h *fasthttp.ResponseHeader) {
	h.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderReferrerPolicy, "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set(fiber.HeaderXFrameOptions, "DENY")
}

// secure sets the headers of everything that is not RPC, and refuses a POST
// that another site makes a browser send.
func (s *Server) secure(c *fiber.Ctx) error {
	pageHeaders(&c.Response().Header)
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	if !sameOrigin(c) {
		s.edge.refused.WithLabelValues(string(reasonOrigin)).Inc()
		return fiber.NewError(fiber.StatusForbidden, "this request came from another site")
	}
	return c.Next()
}

// sameOrigin judges by Sec-Fetch-Site, which pages can not set, and where a
// client does not send it by Origin. A request with neither is not a browser's.
func sameOrigin(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, string(c.Context().Host()))
}
