package web

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// startLoad begins a load run with the request of the form.
func (s *Server) startLoad(c *fiber.Ctx) error {
	v, f, page, err := s.postedForm(c)
	if err != nil {
		return err
	}
	if s.cfg.Playground != PlaygroundFull {
		return &clientError{
			status: fiber.StatusForbidden, message: "the playground of this node sends no load runs",
			needed: "a node started with --playground=full", profile: v.profile,
		}
	}
	status := fiber.StatusOK
	switch problem := loadProblem(f, page.Load.Rate, page.Load.Seconds); {
	case problem != "":
		status, page.Load.Problem = fiber.StatusUnprocessableEntity, problem
	default:
		plan := loadPlan{
			profile: f.profile.Slug, chain: f.chain.ID, method: f.method, strategy: f.strategy,
			rate: page.Load.Rate, seconds: page.Load.Seconds,
		}
		form := page.Load
		err := s.playground.load.start(s.base, plan, s.loadSender(f), s.cfg.Now)
		page.Load = s.loadView(v.profile)
		page.Load.Rate, page.Load.Seconds = form.Rate, form.Seconds
		if err != nil {
			status, page.Load.Problem = fiber.StatusConflict, sentence(err.Error())
		}
	}
	return s.afterLoad(c, v, page, status)
}

// stopLoad ends the load run. It does not read the form: whatever is in it,
// the run can be stopped.
func (s *Server) stopLoad(c *fiber.Ctx) error {
	v, err := s.playgroundVisit(c)
	if err != nil {
		return err
	}
	s.playground.load.stop()
	f, err := s.readPlayground(v, func(string) string { return "" }, nil)
	if err != nil {
		return err
	}
	page := s.emptyPlayground()
	page.Form = s.formView(v, f)
	page.Load = s.loadView(v.profile)
	return s.afterLoad(c, v, page, fiber.StatusOK)
}

func (s *Server) afterLoad(c *fiber.Ctx, v *visit, page dashboard.PlaygroundPage, status int) error {
	if status != fiber.StatusOK || byScript(c) {
		return s.replyPlayground(c, v, page, dashboard.FragmentLoadRun, status)
	}
	page.Shell, _ = s.playgroundShell(v)
	return c.Redirect(page.Path+page.Query()+"#"+dashboard.FragmentLoadRun, fiber.StatusSeeOther)
}

// loadProblem says why a load run is not started; empty: it may be.
func loadProblem(f *pgForm, rate, seconds int) string {
	switch {
	case f.problem() != "":
		return f.problem()
	case f.info.Refused || !f.info.Read:
		return "A load run sends reads only, and " + f.method + " is none."
	case rate < 1 || rate > loadMostRate:
		return fmt.Sprintf("The rate must be from 1 to %d calls per second.", loadMostRate)
	case seconds < 1 || seconds > loadMostTime:
		return fmt.Sprintf("The duration must be from 1 to %d s.", loadMostTime)
	}
	return ""
}

// loadSender sends the request of a form, routed as one of a client.
func (s *Server) loadSender(f *pgForm) sender {
	body := f.body()
	return func(ctx context.Context) (category lasso.Category) {
		defer func() {
			if v := recover(); v != nil { // no handler is around it here
				category = lasso.UnknownError
				s.log.Error("panic in a call of a load run", "panic", v)
			}
		}()
		req := s.pgRequest(f, "")
		req.Body = body
		return outcomeOf(s.deps.Router.Serve(ctx, req))
	}
}

// outcomeOf says how a call ended, by its last attempt where there was one.
func outcomeOf(res lasso.Response) lasso.Category {
	if m := res.Meta; m != nil && len(m.Attempts) > 0 {
		return m.Attempts[len(m.Attempts)-1].Outcome
	}
	var body struct {
		Result json.RawMessage `json:"result"`
	}
	if json.Unmarshal(res.Body, &body) == nil && body.Result != nil {
		return lasso.OK
	}
	return lasso.NoProvider
}

// loadView is the load run of this node with the form beside it.
func (s *Server) loadView(p *lasso.Profile) dashboard.PlaygroundLoad {
	out := dashboard.PlaygroundLoad{}
	if r := s.playground.load.last(); r != nil {
		out = r.view(s.cfg.Now())
		out.Elsewhere = r.profile != p.Slug
		if ch, ok := p.Chain(r.chain.String()); ok {
			out.Chain = chainRef(ch)
		}
		out.Rate, out.Seconds = r.rate, r.seconds
	} else {
		out.Rate, out.Seconds = loadFirstRate, loadFirstTime
	}
	out.MostRate, out.MostTime = loadMostRate, loadMostTime
	return out
}
