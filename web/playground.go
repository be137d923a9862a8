package web

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// PlaygroundMode is what the playground of the dashboard may send.
type PlaygroundMode uint8

// The modes. The zero value is the one that is safe in production.
const (
	PlaygroundRead PlaygroundMode = iota // calls that change nothing, no load runs
	PlaygroundOff                        // nothing: the page is refused
	PlaygroundFull                       // also writes, after a confirmation, and load runs
)

// Methods tells what is known of JSON-RPC methods. Both are cheap and safe for
// concurrent use.
type Methods interface {
	// Method judges any name.
	Method(name string) lasso.MethodInfo
	// Methods lists the registered ones by name. The caller owns the slice.
	Methods() []lasso.MethodInfo
}

// Limits of the playground.
const (
	maxParams     = 64 << 10      // bytes of parameters
	maxForm       = 4 * maxParams // bytes of a form: parameters in percent-encoding
	maxMethodName = 64
	maxLinked     = 2000    // bytes of parameters that go into an address
	maxAsked      = 64      // providers of one run
	askedAtOnce   = 8       // calls of one run in flight
	runsAtOnce    = 4       // runs of the node
	answerBytes   = 4 << 20 // of one answer, of a load run too; a longer one is none
	heldBytes     = 8 << 20 // of the answers of a run that wait to be compared, without those that are too large for it
	runLimit      = 20 * time.Second
	keptRuns      = 20
	keptBytes     = 16 << 20 // of all runs that are kept
	runBytes      = 4 << 20  // of one of them
	shownBytes    = 64 << 10 // of one answer
	shownDiffs    = 200
	reasonBytes   = 200
)

// playgroundOff is the answer where the page is switched off.
func playgroundOff() *clientError {
	return &clientError{status: fiber.StatusForbidden, message: "the playground is switched off on this node", needed: "a node started with --playground=read or full"}
}

func answerColumns() []string { return []string{"group", "provider", "took"} }

// playgroundVisit reads what all handlers of the playground need.
func (s *Server) playgroundVisit(c *fiber.Ctx) (*visit, error) {
	v, err := s.readVisit(c, answerColumns())
	if err != nil {
		return nil, err
	}
	if s.cfg.Playground == PlaygroundOff {
		return nil, playgroundOff()
	}
	if len(v.local.Chains) == 0 {
		return nil, &clientError{status: fiber.StatusNotFound, message: "the profile has no chain", what: "chain"}
	}
	v.path = s.profilePath(v.profile) + "/" + string(dashboard.NavPlayground) // also where a form is sent elsewhere
	return v, nil
}

// getPlayground shows the form and a run that was made. It sends nothing.
func (s *Server) getPlayground(c *fiber.Ctx) error {
	v, err := s.playgroundVisit(c)
	if err != nil {
		return err
	}
	if view := c.Query("view"); view != "" && !slices.Contains(answerViewWords(), view) {
		return badQuery("view", view, answerViewWords())
	}
	page := s.emptyPlayground()
	runs := s.playground.of(v.profile.Slug)
	run := findRun(runs, c.Query("run"))
	page.Gone = c.Query("run") != "" && run == nil
	f, bad := s.readPlayground(v, func(key string) string { return c.Query(key) }, run)
	if bad != nil {
		return bad
	}
	if !validMethod(f.method) {
		return &clientError{status: fiber.StatusBadRequest, message: "method: '" + clip(f.method) + "' is none: " + methodRule}
	}
	page.Problem = f.problem()
	page.Form = s.formView(v, f)
	if run != nil {
		if page.Run, err = runView(v.local, run, c.Query("view"), c.Query("group")); err != nil {
			return err
		}
	}
	page.Past = pastViews(v.local, runs, c.Query("run"))
	page.Load = s.loadView(v.local)
	return s.show(c, v, s.playgroundSheet(v, &page))
}

// emptyPlayground is the page without a form.
func (s *Server) emptyPlayground() dashboard.PlaygroundPage {
	return dashboard.PlaygroundPage{From: s.cfg.Region, ReadOnly: s.cfg.Playground != PlaygroundFull, Examples: loadCalls()}
}

// playgroundSheet is the page around a form and its run.
func (s *Server) playgroundSheet(v *visit, page *dashboard.PlaygroundPage) sheet {
	page.Shell = s.listing(v)
	return sheet{
		nav: dashboard.NavPlayground, title: "Playground", attention: v.unwell(s.states(v.profile.Slug, v.place)), trust: s.minuteTrust(v),
		model: page, main: dashboard.FragmentAnswers, tables: playgroundTables(page),
	}
}

// playgroundAddress is the page of a form and its run.
func (s *Server) playgroundAddress(v *visit, page dashboard.PlaygroundPage) string {
	page.Shell = s.listing(v)
	return v.path + page.Query()
}

// replyPlayground answers a POST: with a fragment to the page's script, else with the
// whole page.
func (s *Server) replyPlayground(c *fiber.Ctx, v *visit, page dashboard.PlaygroundPage, fragment string, status int) error {
	sh := s.playgroundSheet(v, &page)
	page.SetShell(s.frame(c, v, &sh))
	c.Status(status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if !byScript(c) {
		return s.send(c, page.Page())
	}
	part, err := pick(page, fragment)
	if err != nil {
		return err
	}
	if page.Run != nil {
		c.Set("HX-Push-Url", page.Path+page.Query())
	}
	return s.send(c, part)
}

// byScript tells the page's script from a form that was sent without it.
func byScript(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" }

// postPlayground runs the form and keeps the answers.
func (s *Server) postPlayground(c *fiber.Ctx) error {
	v, f, page, err := s.postedForm(c)
	if err != nil {
		return err
	}
	refuse := func(status int, problem string) error {
		page.Problem = problem
		return s.replyPlayground(c, v, page, dashboard.FragmentAnswers, status)
	}
	if status, problem := s.refusal(f); problem != "" {
		return refuse(status, problem)
	}
	ctx, cancel := context.WithTimeout(s.base, runLimit)
	defer cancel()
	run, ok := s.runForm(ctx, f)
	if !ok {
		return refuse(fiber.StatusTooManyRequests, "Other runs of this node are in flight. Try again in a few seconds.")
	}
	s.playground.keep(run)
	page.Past = pastViews(v.local, s.playground.of(v.profile.Slug), run.shown.ID)
	if page.Run, err = runView(v.local, run, "", ""); err != nil {
		return err
	}
	if byScript(c) {
		return s.replyPlayground(c, v, page, dashboard.FragmentAnswers, fiber.StatusOK)
	}
	return c.Redirect(s.playgroundAddress(v, page), fiber.StatusSeeOther)
}

// postedForm reads the form of a POST and the page around it.
func (s *Server) postedForm(c *fiber.Ctx) (*visit, *pgForm, dashboard.PlaygroundPage, error) {
	var page dashboard.PlaygroundPage
	v, err := s.playgroundVisit(c)
	if err != nil {
		return nil, nil, page, err
	}
	body, err := readBody(c, fiber.MIMEApplicationForm, maxForm)
	if err != nil {
		return nil, nil, page, err
	}
	values, err := parseForm(body)
	if err != nil {
		return nil, nil, page, err
	}
	f, bad := s.readPlayground(v, values.Get, nil)
	if bad != nil {
		return nil, nil, page, bad
	}
	f.confirmed = values.Get("confirm") == "yes"
	page = s.emptyPlayground()
	page.Form = s.formView(v, f)
	page.Past = pastViews(v.local, s.playground.of(v.profile.Slug), "")
	page.Load = s.loadView(v.local)
	page.Load.Rate, page.Load.Seconds = formNumber(values.Get("rate"), page.Load.Rate), formNumber(values.Get("seconds"), page.Load.Seconds)
	page.Load.Mix = loadMix(values["mix"])
	return v, f, page, nil
}

// refusal says why a form is not run; empty: it may be.
func (s *Server) refusal(f *pgForm) (status int, problem string) {
	if problem := f.problem(); problem != "" {
		return fiber.StatusUnprocessableEntity, problem
	}
	switch m := f.info; {
	case m.Refused:
		return fiber.StatusUnprocessableEntity, m.Name + " is refused on every provider. " + m.Meaning
	case m.Read:
		return 0, ""
	case s.cfg.Playground != PlaygroundFull:
		return fiber.StatusForbidden, m.Name + " may change something, and the playground of this node only reads: it was started with --playground=read."
	case f.ask == dashboard.AskEvery:
		return fiber.StatusUnprocessableEntity, m.Name + " may change something, so it is not sent to every provider. " + m.Meaning
	case !f.confirmed:
		return fiber.StatusUnprocessableEntity, m.Name + " may change something: tick the box that says so to send it. " + m.Meaning
	}
	return 0, ""
}

// newRunID is hard to guess, so that a run of one profile is not found from
// another by counting.
func newRunID() string { return strings.ToLower(rand.Text()[:13]) }
