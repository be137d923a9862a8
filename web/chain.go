package web

import (
	"slices"
	"strconv"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// chainWindows are the figures of the page's chain over every range.
func (s *Server) chainWindows(v *visit) []dashboard.WindowRow {
	rows := make([]dashboard.WindowRow, 0, len(windowWords()))
	for _, word := range windowWords() {
		w, ok := lasso.ParseWindow(word)
		if !ok {
			continue
		}
		rows = append(rows, dashboard.WindowRow{Range: word, Figures: callFigures(s.figures(v).Totals(v.scope(v.chain.ID, "", w)).Data)})
	}
	return rows
}

// ranking are rows of the page's chain with their figures over the range.
func (s *Server) ranking(v *visit, rows []dashboard.ProviderRow) []dashboard.ProviderRow {
	board := s.figures(v).Leaderboard(v.scope(v.chain.ID, "", v.window)).Data
	out := slices.Clone(rows)
	for i := range out {
		r, f := &out[i], figuresOf(board, lasso.ProviderID(out[i].ID))
		setFigures(r, &f)
		r.Rank, r.Unused = rankOf(board, &f), ""
	}
	return out
}

// places is the page's chain in every region; nil with fewer than two.
func (s *Server) places(v *visit, m *minute) []dashboard.ChainRegion {
	if len(m.regions) < 2 {
		return nil
	}
	scope := v.scope(v.chain.ID, "", v.window)
	scope.Place, scope.Split = lasso.Place{}, true
	totals, board := s.figures(v).Totals(scope), s.figures(v).Leaderboard(scope)
	out := make([]dashboard.ChainRegion, 0, len(m.regions))
	for i := range m.regions {
		r := &m.regions[i]
		st := r.states[v.chain.ID]
		col := dashboard.ChainRegion{Region: r.name, Unreachable: !r.heard, Head: st.Head, Usable: st.Usable, Providers: len(st.Providers)}
		for _, part := range totals.ByRegion {
			if part.Region == r.name {
				col.Figures, col.Told = callFigures(part.Data), true
			}
		}
		for k := range m.rows {
			col.Cells = append(col.Cells, r.cell(v.chain.ID, lasso.ProviderID(m.rows[k].ID), board, v.window))
		}
		out = append(out, col)
	}
	return out
}

// placeGrid has a row for each region of a chain, and for each provider there.
func placeGrid(page dashboard.ChainPage) grid {
	g := grid{name: "regions", columns: []string{"region", "provider_id", "status", "height", "total_calls", "errors", "success_rate", "p95_ms", "counts"}}
	for _, c := range page.Places {
		var calls, failed any // nil: not told
		if c.Told {
			calls, failed = c.Figures.Calls, c.Figures.Failed
		}
		g.add(
			c.Region, "", strconv.Itoa(c.Usable)+" of "+strconv.Itoa(c.Providers)+" usable", nonzero(c.Head), calls, failed,
			ratio(c.Figures.SuccessRate, c.Figures.Failed), measured(c.Figures.P95, c.Figures.SuccessRate), countsCalls,
		)
		for k, cell := range c.Cells {
			g.add(
				c.Region, page.Chain.Providers[k].ID, cellStatus(cell), nonzero(cell.Height), cell.Calls, cell.Failed,
				ratio(cell.SuccessRate, cell.Failed), measured(cell.P95, cell.SuccessRate), countsAttempts,
			)
		}
	}
	return g
}

func cellStatus(c dashboard.RegionCell) string {
	switch {
	case c.Absent:
		return "Not configured"
	case c.Unreachable:
		return ui.Unknown.Word()
	}
	return c.Status.Word()
}
