package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

// prefixForm is what may stand before every path, where a proxy serves Lasso
// below one.
var prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// ValidPathPrefix reports whether prefix can be [Config.PathPrefix]: whole
// segments, none of which could be taken for a path of Lasso's own.
func ValidPathPrefix(prefix string) bool {
	if prefix == "" {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(prefix, "/"), "/")
	return len(prefix) <= 256 && prefixForm.MatchString(prefix) && !slices.Contains([]string{"rpc", "ws", "api", "metrics", "static", "dashboard"}, first)
}

// cut takes the prefix off a request's path. One without it is served as it is:
// many proxies take it off themselves, and probes come directly.
func (s *Server) cut(ctx *fasthttp.RequestCtx) {
	uri := ctx.Request.Header.RequestURI()
	if n := len(s.cfg.PathPrefix); n > 0 && len(uri) >= n && string(uri[:n]) == s.cfg.PathPrefix {
		switch rest := uri[n:]; {
		case len(rest) > 0 && rest[0] == '/':
			ctx.Request.SetRequestURI(string(rest))
		case len(rest) == 0 || rest[0] == '?':
			ctx.Request.SetRequestURI("/" + string(rest))
		}
	}
}

// pagePath is the path of a request as the browser knows it.
func (s *Server) pagePath(c *fiber.Ctx) string { return s.cfg.PathPrefix + c.Path() }

// root is the first page of all.
func (s *Server) root() string { return s.cfg.PathPrefix + "/dashboard" }

func (s *Server) profilePath(p *lasso.Profile) string {
	return s.root() + "/" + url.PathEscape(string(p.Slug))
}

func (s *Server) chainPath(p *lasso.Profile, ch *lasso.Chain) string {
	return s.profilePath(p) + "/chains/" + url.PathEscape(ch.Key)
}

func (s *Server) providerPath(p *lasso.Profile, ch *lasso.Chain, pr *lasso.Provider) string {
	return s.chainPath(p, ch) + "/providers/" + url.PathEscape(string(pr.ID))
}

// baseURL is how the client reached this node. The scheme may come from a
// trusted proxy in front; the host is that of the request, and no other header
// has a say.
func (s *Server) baseURL(c *fiber.Ctx) string {
	scheme := "http"
	if s.overTLS(c) {
		scheme = "https"
	}
	return scheme + "://" + string(c.Context().Host()) + s.cfg.PathPrefix
}
