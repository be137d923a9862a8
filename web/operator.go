package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Operator does what an operator wants with a provider of this node. It does
// not block, and is safe for concurrent use.
type Operator interface {
	Operate(o lasso.Order) lasso.OrderResult
}

// unknownAction is the label of what was refused before it was read.
const unknownAction lasso.Action = "unknown"

// operatorQuery is what a visit to the page of a provider says of actions.
type operatorQuery struct {
	session   *session // nil: a visitor
	act       lasso.Action
	transport lasso.Transport
}

func actionWords() []string {
	words := make([]string, 0, len(lasso.Actions()))
	for _, a := range lasso.Actions() {
		words = append(words, string(a))
	}
	return words
}

func transportWords() []string { return []string{lasso.HTTP.String(), lasso.WS.String()} }

// providerHandler is the page of a provider. A question for an action leads a
// visitor to the sign-in form first.
func (s *Server) providerHandler() fiber.Handler {
	show := s.page(dashboard.FragmentMethods, nil, s.providerPage, s.readOperator)
	return func(c *fiber.Ctx) error {
		whole := c.Query("fragment") == "" && c.Query("format") == "" && accepts(c) == ""
		if whole && c.Query("act") != "" && s.actsHere() && s.sessionOf(c) == nil {
			return c.Redirect(s.signInAddress(s.cfg.PathPrefix+c.OriginalURL()), fiber.StatusSeeOther)
		}
		return show(c)
	}
}

// readOperator reads who looks at the page of a provider, and what about.
func (s *Server) readOperator(c *fiber.Ctx, v *visit) error {
	o := &v.operator
	o.session = s.sessionOf(c)
	if word := c.Query("act"); word != "" {
		if !s.actsHere() {
			return actionsOff()
		}
		var err error
		if o.act, o.transport, err = readAction("act", word, c.Query("transport")); err != nil {
			return err
		}
	}
	if o.session != nil {
		c.Set(fiber.HeaderCacheControl, "no-store")
		if v.fragment == "" && v.format == "" && c.Method() == fiber.MethodGet {
			v.toast = s.sessions.heard(o.session.id)
		}
	}
	return nil
}

// readAction reads an action, which the client names by key, and the transport
// that it is about: HTTP where none is named.
func readAction(key, action, transport string) (lasso.Action, lasso.Transport, error) {
	a, ok := lasso.ParseAction(action)
	if !ok {
		return a, lasso.AnyTransport, badQuery(key, action, actionWords())
	}
	t, ok := lasso.ParseTransport(transport)
	if !ok {
		return a, t, badQuery("transport", transport, transportWords())
	}
	if t == lasso.AnyTransport {
		t = lasso.HTTP
	}
	return a, t, nil
}

// here is what this node knows of the provider of a page; false where only
// other nodes have it.
func (s *Server) here(v *visit) (lasso.ChainState, lasso.ProviderState, bool) {
	for _, ch := range s.deps.States.ChainStates(v.local.Slug) {
		for i := range ch.Providers {
			if ch.Chain == v.chain.ID && ch.Providers[i].Provider == v.provider.ID {
				return ch, ch.Providers[i], true
			}
		}
	}
	return lasso.ChainState{}, lasso.ProviderState{}, false
}

// operatorView is what may be done on the page of a provider; nil: nothing.
func (s *Server) operatorView(v *visit) *dashboard.Operator {
	chain, state, ok := s.here(v)
	if !s.actsHere() || !ok {
		return nil
	}
	o := &dashboard.Operator{Node: string(s.cfg.Node), Region: s.cfg.Region, Drained: state.Drained != nil}
	own := v.operator.session
	if own == nil {
		return o
	}
	o.SignedIn, o.CSRF = true, own.csrf
	known := !v.operator.act.OfBreaker()
	for _, r := range state.Routes {
		b := dashboard.ForcedBreaker{Transport: strings.ToUpper(r.Transport.String())}
		if r.Breaker.Forced != nil {
			b.Forced = ui.Circuit(r.Breaker.State.String())
		}
		o.Breakers = append(o.Breakers, b)
		known = known || r.Transport == v.operator.transport
	}
	if v.operator.act != "" && v.fragment == "" && known {
		o.Confirm = s.confirmView(v, &chain, &state)
	}
	return o
}

// confirmView is what an action would bring about.
func (s *Server) confirmView(v *visit, chain *lasso.ChainState, state *lasso.ProviderState) *dashboard.Confirm {
	c := &dashboard.Confirm{Action: string(v.operator.act), PerSecond: s.rateHere(v)}
	if v.operator.act.OfBreaker() {
		c.Transport = strings.ToUpper(v.operator.transport.String())
	}
	var behind []string // who has calls only where nobody else is left
	for i := range chain.Providers {
		switch p := &chain.Providers[i]; {
		case p.Provider == v.provider.ID || !takesCalls(p):
		case chain.MaxLag >= 0 && p.Optimistic > int64(chain.MaxLag):
			behind = append(behind, p.Name)
		default:
			c.Takers = append(c.Takers, p.Name)
		}
	}
	if len(c.Takers) == 0 {
		c.Takers = behind
	}
	for _, slug := range state.SharedBy {
		if slug != v.profile.Slug {
			c.Shared = append(c.Shared, string(slug))
		}
	}
	return c
}

// takesCalls reports whether a provider would be tried now.
func takesCalls(p *lasso.ProviderState) bool {
	return p.Drained == nil && (p.ChainSeen == 0 || p.ChainSeen == uint64(p.Chain)) &&
		(len(p.Routes) == 0 || slices.ContainsFunc(p.Routes, func(r lasso.RouteState) bool { return r.Breaker.State != lasso.Open }))
}

// rateHere is how many calls a second this node sends to the page's provider.
func (s *Server) rateHere(v *visit) float64 {
	scope := lasso.Scope{Profile: v.profile.Slug, Chain: v.chain.ID, Window: lasso.Minute, Split: true}
	for _, region := range s.figures(v).Leaderboard(scope).ByRegion {
		for _, n := range region.ByNode {
			if n.Node == s.cfg.Node {
				return figuresOf(n.Data, v.provider.ID).PerSecond
			}
		}
	}
	return 0
}

// postAction does what the dialog of a provider's page asked about, and leads
// back to the page.
func (s *Server) postAction(c *fiber.Ctx) error {
	own, form, err := s.operatorForm(c)
	if err != nil {
		s.auditRefused(c, own, err)
		return err
	}
	v, err := s.readVisit(c, nil)
	if err != nil {
		return err
	}
	o, err := orderOf(v, form.Get("action"), form.Get("transport"), form.Get("reason"))
	if err != nil {
		return err
	}
	result := s.operate(own.who(), s.from(c), o)
	s.sessions.say(own.id, toastOf(v, string(s.cfg.Node), o, result))
	back := s.providerPath(v.profile, v.chain, v.provider)
	query := c.Context().QueryArgs()
	query.Del("act") // it is done
	query.Del("transport")
	if left := string(query.QueryString()); left != "" {
		back += "?" + left
	}
	return c.Redirect(back, fiber.StatusSeeOther)
}

// orderOf reads an order for the provider that a path names.
func orderOf(v *visit, action, transport, reason string) (lasso.Order, error) {
	o := lasso.Order{
		Route:  lasso.Route{Profile: v.profile.Slug, Chain: v.chain.ID, Provider: v.provider.ID},
		Reason: lasso.OrderReason(reason),
	}
	var err error
	o.Action, o.Route.Transport, err = readAction("action", action, transport)
	return o, err
}

// operate carries out an order, and writes down who wanted it and what came of it.
func (s *Server) operate(who, addr string, o lasso.Order) lasso.OrderResult {
	result := s.deps.Operator.Operate(o)
	s.edge.actions.WithLabelValues(string(o.Action), string(result)).Inc()
	transport := ""
	if o.Action.OfBreaker() {
		transport = o.Route.Transport.String()
	}
	s.log.Info("operator action", "who", who, "from", addr, "action", string(o.Action), "profile", string(o.Route.Profile),
		"chain", o.Route.Chain.String(), "provider", string(o.Route.Provider), "transport", transport, "reason", o.Reason, "result", string(result))
	return result
}

// auditRefused counts that somebody was not let, and writes it down where it was
// within a session. Strangers are counted only: they would write the log full.
func (s *Server) auditRefused(c *fiber.Ctx, own *session, err error) {
	s.edge.actions.WithLabelValues(string(unknownAction), string(lasso.OrderRefused)).Inc()
	if own != nil {
		s.log.Warn("operator action refused", "who", own.who(), "from", s.from(c), "path", clip(c.Path()), "reason", err.Error())
	}
}

// toastOf words what became of an order on this node.
func toastOf(v *visit, here string, o lasso.Order, result lasso.OrderResult) dashboard.Toast {
	name := v.provider.Name + " on " + v.chain.Name
	breaker := strings.ToUpper(o.Route.Transport.String()) + " of " + name
	switch result {
	case lasso.OrderUnchanged:
		return dashboard.Toast{Title: "Nothing changed", Text: name + " was so already.", Failed: true}
	case lasso.OrderTooSoon:
		return dashboard.Toast{Title: "Not checked again", Text: name + " was checked on demand less than 5 s ago.", Failed: true}
	case lasso.OrderNotFound:
		return dashboard.Toast{Title: "Nothing done", Text: "This node has no such provider any more, or not that transport.", Failed: true}
	case lasso.OrderDone, lasso.OrderRefused:
	}
	name, breaker = name+", on node "+here, breaker+", on node "+here
	t := dashboard.Toast{Text: o.Reason}
	switch o.Action {
	case lasso.ActionCheck:
		t.Title, t.Text = "Checking "+name, cmp.Or(t.Text, "The result is on this page in a few seconds.")
	case lasso.ActionDrain:
		t.Title = "Drained " + name
	case lasso.ActionResume:
		t.Title = "Resumed " + name
	case lasso.ActionForceOpen:
		t.Title = "Forced open " + breaker
	case lasso.ActionForceClosed:
		t.Title = "Forced closed " + breaker
	case lasso.ActionAutomatic:
		t.Title = "Set to automatic: " + breaker
	}
	return t
}
