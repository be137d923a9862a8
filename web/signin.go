package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// maxSmallForm is the size of a form that holds a few words, and of a question
// of the API, in bytes.
const maxSmallForm = 4 << 10

const neededToken = "a node that was given a token for operators: --admin-token-file or LASSO_ADMIN_TOKEN"

// actionsOff is the answer where nobody may act.
func actionsOff() *clientError {
	return &clientError{status: fiber.StatusForbidden, message: "actions are switched off on this node", needed: neededToken}
}

// actsHere reports whether this node knows operators at all.
func (s *Server) actsHere() bool { return s.cfg.AdminToken != "" }

// cookieName is of this node: cookies do not tell ports apart.
func (s *Server) cookieName() string {
	sum := sha256.Sum256([]byte(s.cfg.Node))
	return "lasso_session_" + hex.EncodeToString(sum[:4])
}

// sessionOf is the session of a request; nil: it has none.
func (s *Server) sessionOf(c *fiber.Ctx) *session {
	id := c.Cookies(s.cookieName())
	if id == "" || !s.actsHere() {
		return nil
	}
	return s.sessions.find(id, s.cfg.Now())
}

// keepSession gives the browser the id of a session, or takes it away.
func (s *Server) keepSession(c *fiber.Ctx, id string, life time.Duration) {
	cookie := &fiber.Cookie{
		Name: s.cookieName(), Value: id, Path: s.root(), MaxAge: int(life.Seconds()),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, Secure: s.overTLS(c),
	}
	if life <= 0 {
		cookie.MaxAge, cookie.Expires = 0, time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

// admit checks the token that a request brings, and counts and writes down a
// wrong one. The error is the answer to a caller that has to wait.
func (s *Server) admit(c *fiber.Ctx, token string) (ok bool, err error) {
	if d := s.guesses.delay(s.cfg.Now()); d > 0 {
		s.pause(d)
	}
	caller := s.caller(c)
	v := s.guesses.check(caller, token, s.cfg.AdminToken, s.cfg.Now())
	switch {
	case v.wait > 0: // not written down: the wrong ones before were
		s.edge.tokens.WithLabelValues(tokenUnread).Inc()
		return false, tooMany(c, v.wait)
	case v.ok:
		return true, nil
	}
	s.edge.tokens.WithLabelValues(tokenWrong).Inc()
	if v.began {
		s.log.Warn("very many wrong tokens: each check takes longer, and they are counted only until there are fewer", "delay", floodDelay.String())
	}
	if !v.flood {
		s.log.Warn("token refused", "from", caller.String(), "reason", "wrong token")
	}
	return false, nil
}

// hold waits, but not longer than the server lives. Who waits costs a
// connection, as who sends nothing does, which is bounded elsewhere.
func (s *Server) hold(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.base.Done():
	}
}

// tooMany is the answer to a caller that tried too often.
func tooMany(c *fiber.Ctx, wait time.Duration) *clientError {
	seconds := int((wait + time.Second - 1) / time.Second)
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(seconds))
	return &clientError{
		status: fiber.StatusTooManyRequests, message: fmt.Sprintf("too many wrong tokens from this address; no token is looked at for another %d s", seconds),
	}
}

// backPath is where a form leads afterwards: nowhere but to this dashboard.
func (s *Server) backPath(next string) string {
	home := s.root()
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.Contains(next, `\`) ||
		path.Clean(u.Path) != u.Path || u.Path != home && !strings.HasPrefix(u.Path, home+"/") {
		return home
	}
	back := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	return back.String()
}

func (s *Server) signInPath() string { return s.root() + "/sign-in" }

// signInAddress is the form that leads back to an address.
func (s *Server) signInAddress(back string) string {
	return s.signInPath() + "?" + url.Values{"next": {back}}.Encode()
}

// getSignIn shows the form.
func (s *Server) getSignIn(c *fiber.Ctx) error {
	if !s.actsHere() {
		return actionsOff()
	}
	return s.showSignIn(c, s.backPath(c.Query("next")), "", fiber.StatusOK)
}

func (s *Server) showSignIn(c *fiber.Ctx, next, problem string, status int) error {
	var p *lasso.Profile
	if below, ok := strings.CutPrefix(next, s.root()+"/"); ok {
		slug, _, _ := strings.Cut(below, "/")
		slug, _, _ = strings.Cut(slug, "?")
		p, _ = s.deps.Catalogs.Catalog().Profile(slug)
	}
	sh := s.shell(p, s.theme(c))
	setLooks(c, &sh)
	sh.Title, sh.Path = "Sign in", s.signInPath()
	c.Status(status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.send(c, dashboard.SignIn{Shell: sh, Node: string(s.cfg.Node), Region: s.cfg.Region, Next: next, Problem: problem}.Page())
}

// postSignIn begins a session for whoever knows the token.
func (s *Server) postSignIn(c *fiber.Ctx) error {
	if !s.actsHere() {
		return actionsOff()
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	next := s.backPath(form.Get("next"))
	switch ok, err := s.admit(c, strings.TrimSpace(form.Get("token"))); {
	case err != nil:
		return err
	case !ok:
		return s.showSignIn(c, next, "That is not the token of this node.", fiber.StatusForbidden)
	}
	if old := s.sessionOf(c); old != nil {
		s.sessions.end(old.id)
	}
	own := s.sessions.begin(s.cfg.Now())
	s.keepSession(c, own.id, sessionLife)
	s.log.Info("operator signed in", "who", own.who(), "from", s.from(c))
	return c.Redirect(next, fiber.StatusSeeOther)
}

// postSignOut ends the session.
func (s *Server) postSignOut(c *fiber.Ctx) error {
	if s.actsHere() && s.sessionOf(c) == nil { // it has ended
		s.keepSession(c, "", 0)
		return c.Redirect(s.root(), fiber.StatusSeeOther)
	}
	own, form, err := s.operatorForm(c)
	if err != nil {
		return err
	}
	s.sessions.end(own.id)
	s.keepSession(c, "", 0)
	s.log.Info("operator signed out", "who", own.who(), "from", s.from(c))
	return c.Redirect(s.backPath(form.Get("next")), fiber.StatusSeeOther)
}

// readForm reads a small form.
func readForm(c *fiber.Ctx) (url.Values, error) {
	body, err := readBody(c, fiber.MIMEApplicationForm, maxSmallForm)
	if err != nil {
		return nil, err
	}
	return parseForm(body)
}

// operatorForm reads a form that an operator sent: within a session, and with
// what only a page of that session knows.
func (s *Server) operatorForm(c *fiber.Ctx) (*session, url.Values, error) {
	if !s.actsHere() {
		return nil, nil, actionsOff()
	}
	own := s.sessionOf(c)
	if own == nil {
		return nil, nil, &clientError{
			status: fiber.StatusForbidden, message: "this needs an operator who is signed in to this node; a session ends after 8 hours, and when the node starts anew",
			needed: "to be signed in with the token of this node", signIn: strings.TrimSuffix(s.pagePath(c), "/actions"),
		}
	}
	form, err := readForm(c)
	if err != nil {
		return own, nil, err
	}
	if !same(form.Get("csrf"), own.csrf) {
		return own, form, &clientError{
			status: fiber.StatusForbidden, message: "this form is none of your session: it may be from before you signed in", needed: "a form of a page that was opened since",
		}
	}
	return own, form, nil
}
