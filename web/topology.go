package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// topologyChoice is what the address says of the topology panel.
type topologyChoice struct {
	table  bool
	query  string
	status ui.Status
}

const overviewRoute = "/dashboard/:profile"

// readTopology reads ?topo=, ?q= and ?status=. On other pages they mean
// something else, or nothing.
func readTopology(c *fiber.Ctx) (topologyChoice, error) {
	if c.Route().Path != overviewRoute {
		return topologyChoice{}, nil
	}
	view, status := c.Query("topo"), c.Query("status")
	t := topologyChoice{table: view == "table", query: c.Query("q"), status: ui.Status(status)}
	for _, q := range []struct {
		name, value string
		allowed     []string
	}{
		{"topo", view, []string{"drawing", "table"}},
		{"status", status, dashboard.TopologyStatuses()},
	} {
		if q.value != "" && !slices.Contains(q.allowed, q.value) {
			return t, badQuery(q.name, q.value, q.allowed)
		}
	}
	if len(t.query) > dashboard.MaxTopologyQuery {
		return t, tooLong("q", dashboard.MaxTopologyQuery)
	}
	return t, nil
}

func (t topologyChoice) model() dashboard.Topology {
	return dashboard.Topology{Table: t.table, Query: t.query, Status: t.status}
}

// topology completes the chains of a minute with what the drawing shows of
// regions. Ordered adds the traffic of the last day, which only a new drawing
// needs: its order is kept from then on.
func (s *Server) topology(v *visit, m *minute, ordered bool) dashboard.Topology {
	p := v.profile
	t := v.topology.model()
	for i := range m.regions {
		r := &m.regions[i]
		t.Regions = append(t.Regions, dashboard.TopologyRegion{Name: r.name, Lost: !r.heard})
	}
	for _, ch := range p.Chains {
		if len(t.Regions) > 0 {
			scope := v.scope(ch.ID, "", lasso.Minute)
			scope.Place, scope.Split = lasso.Place{}, true
			t.Rates = append(t.Rates, ratesBy(m.regions, s.figures(v).Totals(scope).ByRegion))
		}
		if ordered {
			t.ChainDay = append(t.ChainDay, s.deps.Figures.Totals(v.scope(ch.ID, "", lasso.Day)).Data.Calls)
		}
	}
	if ordered { // only the order is made of these: they are no part of what is shown
		t.ProviderDay = map[string]uint64{}
		for _, f := range s.deps.Figures.Leaderboard(v.scope(0, "", lasso.Day)).Data {
			t.ProviderDay[string(f.Provider)] = f.Calls
		}
	}
	return t
}

// ratesBy are the requests per second of each region. One that can not be
// heard has none: its last answer is of another time.
func ratesBy(regions []inRegion, parts []lasso.RegionAnswer[lasso.CallFigures]) []float64 {
	rates := make([]float64, len(regions))
	for i := range regions {
		for _, part := range parts {
			if regions[i].heard && part.Region == regions[i].name {
				rates[i] = part.Data.PerSecond
			}
		}
	}
	return rates
}

// topologyDelta is what an open drawing asks for each second: the states and
// figures of the chains, and nothing else of the page.
func (s *Server) topologyDelta(v *visit) sheet {
	m := s.lastMinute(v, nil, minuteFigures{chains: true, providers: true})
	page := dashboard.Overview{Chains: m.chains, Rows: len(m.rows), Topology: s.topology(v, &m, false)}
	return sheet{
		nav: dashboard.NavOverview, title: "Overview", attention: m.attention,
		trust: trustOf(s.figures(v).Totals(v.scope(0, "", lasso.Minute))),
		model: &page,
	}
}
