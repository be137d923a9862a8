package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// loadCalls are calls that any chain takes: to begin with, and to send in turn
// with the one of the form.
func loadCalls() []dashboard.PlaygroundCall {
	return []dashboard.PlaygroundCall{
		{Method: "eth_blockNumber", Params: "[]"},
		{Method: "eth_chainId", Params: "[]"},
		{Method: "eth_gasPrice", Params: "[]"},
		{Method: "eth_getBlockByNumber", Params: `["latest", false]`},
		{Method: "eth_getBalance", Params: `["0x0000000000000000000000000000000000000000", "latest"]`},
		{Method: "eth_getLogs", Params: `[{"fromBlock": "latest", "toBlock": "latest"}]`},
	}
}

// loadMix is loadCalls with those marked that are named. A name that is not
// among them marks nothing.
func loadMix(names []string) []dashboard.PlaygroundCall {
	calls := loadCalls()
	for i := range calls {
		calls[i].On = slices.Contains(names, calls[i].Method)
	}
	return calls
}

// startLoad begins a load run with the request of the form.
func (s *Server) startLoad(c *fiber.Ctx) error {
	v, f, page, err := s.postedForm(c)
	if err != nil {
		return err
	}
	if s.cfg.Playground != PlaygroundFull {
		return &clientError{
			status: fiber.StatusForbidden, message: "the playground of this node sends no load runs", needed: "a node started with --playground=full",
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
		bodies := [][]byte{f.body()}
		for _, call := range page.Load.Mix {
			if call.On && (call.Method != f.method || call.Params != f.params) {
				plan.also = append(plan.also, call.Method)
				bodies = append(bodies, callBody(call.Method, call.Params))
			}
		}
		form := page.Load
		err := s.playground.load.start(s.base, plan, s.loadSender(f, bodies), s.cfg.Now)
		page.Load = s.loadView(v.local)
		page.Load.Rate, page.Load.Seconds, page.Load.Mix = form.Rate, form.Seconds, form.Mix
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
	page.Load = s.loadView(v.local)
	return s.afterLoad(c, v, page, fiber.StatusOK)
}

func (s *Server) afterLoad(c *fiber.Ctx, v *visit, page dashboard.PlaygroundPage, status int) error {
	if status != fiber.StatusOK || byScript(c) {
		return s.replyPlayground(c, v, page, dashboard.FragmentLoadRun, status)
	}
	return c.Redirect(s.playgroundAddress(v, page)+"#"+dashboard.FragmentLoadRun, fiber.StatusSeeOther)
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

// loadSender sends bodies in turn, routed as those of a client.
func (s *Server) loadSender(f *pgForm, bodies [][]byte) sender {
	var sent atomic.Uint64
	return func(ctx context.Context) (category lasso.Category) {
		defer func() {
			if v := recover(); v != nil { // no handler is around it here
				category = lasso.UnknownError
				s.log.Error("panic in a call of a load run", "panic", v)
			}
		}()
		req := s.pgRequest(f, "")
		req.Body = bodies[(sent.Add(1)-1)%uint64(len(bodies))]
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
		out.Rate, out.Seconds, out.Mix = r.rate, r.seconds, loadMix(r.also)
	} else {
		out.Rate, out.Seconds, out.Mix = loadFirstRate, loadFirstTime, loadCalls()
	}
	out.MostRate, out.MostTime = loadMostRate, loadMostTime
	return out
}
