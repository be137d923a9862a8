package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// listQuery is what the address of a list of chains or of providers says.
type listQuery struct {
	filter  dashboard.ListFilter
	nth     int // page, from 1
	columns []string
}

// mostPages bounds ?page=.
const mostPages = 10_000

// readList reads the filter and the page of a list.
func readList(c *fiber.Ctx, v *visit) error {
	status, failing, changed := c.Query("status"), c.Query("failing"), c.Query("changed")
	text := strings.TrimSpace(c.Query("q"))
	if len(text) > dashboard.MostFilterText {
		return tooLong("q", dashboard.MostFilterText)
	}
	var err error
	if v.list.nth, err = readPage(c); err != nil {
		return err
	}
	v.list.filter = dashboard.ListFilter{Text: text, Status: ui.Status(status), Failing: failing != "", Changed: changed}
	return cmp.Or(
		oneOf("status", status, dashboard.TopologyStatuses()),
		oneOf("failing", failing, []string{"1"}),
		oneOf("changed", changed, dashboard.Changes()),
	)
}

// readPage reads which page of a list is asked for, from 1.
func readPage(c *fiber.Ctx) (int, error) {
	nth, err := strconv.Atoi(c.Query("page", "1"))
	if err != nil || nth < 1 || nth > mostPages {
		return 0, &clientError{
			status:  fiber.StatusBadRequest,
			message: "page: '" + clip(c.Query("page")) + "' is not a number from 1 to " + strconv.Itoa(mostPages),
		}
	}
	return nth, nil
}

// readColumns reads ?cols=: keys with commas between them, or the key again for
// each, as a form sends them. They are kept in the order of the table.
func readColumns(c *fiber.Ctx, v *visit) error {
	asked := map[string]bool{}
	for _, value := range c.Context().QueryArgs().PeekMulti("cols") {
		for key := range strings.SplitSeq(string(value), ",") {
			if err := oneOf("cols", key, dashboard.ListColumns()); err != nil {
				return err
			}
			asked[key] = true
		}
	}
	for _, key := range dashboard.ListColumns() {
		if asked[key] {
			v.list.columns = append(v.list.columns, key)
		}
	}
	return nil
}

func tooLong(name string, most int) *clientError {
	return &clientError{status: fiber.StatusBadRequest, message: name + ": at most " + strconv.Itoa(most) + " bytes are read"}
}

func (s *Server) chainList(v *visit) sheet {
	m := s.lastMinute(v, nil, minuteFigures{chains: v.shows(dashboard.FragmentChains)})
	page := dashboard.ChainsPage{Shell: s.listing(v), Chains: m.chains, Filter: v.list.filter, Nth: v.list.nth}
	if v.draws(dashboard.FragmentChains) {
		page.FillChains(s.hour(v))
	}
	return sheet{
		nav: dashboard.NavChains, title: "Chains", attention: m.attention, trust: s.minuteTrust(v),
		model:  &page,
		tables: map[string]func() grid{dashboard.FragmentChains: func() grid { return chainGrid(page.Listed()) }},
	}
}

func (s *Server) providerList(v *visit) sheet {
	m := s.lastMinute(v, nil, minuteFigures{providers: v.shows(dashboard.FragmentProviders)})
	page := dashboard.ProvidersPage{Shell: s.listing(v), Rows: m.rows, Filter: v.list.filter, Nth: v.list.nth, Columns: v.list.columns}
	if v.draws(dashboard.FragmentProviders) {
		page.FillRows(s.strip(v))
	}
	return sheet{
		nav: dashboard.NavProviders, title: "Providers", attention: m.attention, trust: s.minuteTrust(v),
		model:  &page,
		tables: map[string]func() grid{dashboard.FragmentProviders: func() grid { return rowGrid("providers", page.Listed()) }},
	}
}

// minuteTrust is how far the figures of the last minute may be trusted.
func (s *Server) minuteTrust(v *visit) trust {
	return trustOf(s.figures(v).Totals(v.scope(0, "", lasso.Minute)))
}

// rankOf is a provider's place among those of its chain by mean latency, from 1
// for the fastest; 0 where nothing was answered. Equal ones share a place.
func rankOf(board []lasso.ProviderFigures, f *lasso.ProviderFigures) int {
	if f.Avg <= 0 {
		return 0
	}
	rank := 1
	for i := range board {
		if a := board[i].Avg; a > 0 && a < f.Avg {
			rank++
		}
	}
	return rank
}

// unused says why a provider had no request of a client in the last minute
// while others of its chain had; empty where that is not so.
func unused(by lasso.Strategy, ch *lasso.Chain, pr *lasso.Provider, board []lasso.ProviderFigures, r *dashboard.ProviderRow) string {
	if r.Calls > 0 || !slices.ContainsFunc(board, func(f lasso.ProviderFigures) bool { return f.Calls > 0 }) {
		return ""
	}
	switch {
	case r.State.Status != ui.Healthy:
		return r.State.Status.Word()
	case len(r.OnlyOn) > 0:
		return "This node does not have it and routes nothing to it"
	}
	switch by {
	case lasso.Priority:
		if slices.ContainsFunc(ch.Providers, func(o *lasso.Provider) bool { return o.Priority < pr.Priority }) {
			return "Standby: priority " + strconv.Itoa(pr.Priority) + ", others with a lower number come first"
		}
		return "Standby: others come first in configured order"
	case lasso.Fastest:
		return "Standby: others are faster"
	case lasso.LatencyWeighted:
		return "Not drawn in the last minute: others are faster"
	case lasso.LoadBalanced, lasso.RoundRobin:
	}
	return "Not drawn in the last minute"
}
