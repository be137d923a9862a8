package dashboard

import (
	"strconv"

	"github.com/lasso-rpc/lasso/views"
)

// placeFigure is a row of the table with a column for each region.
type placeFigure struct {
	key, name string
	write     func(ChainPage, ChainRegion) string
}

func placeFigures() []placeFigure {
	return []placeFigure{
		{"usable", "Providers usable", func(_ ChainPage, c ChainRegion) string {
			return strconv.Itoa(c.Usable) + " of " + strconv.Itoa(c.Providers)
		}},
		{"head", "Head", ChainPage.placeHead},
		{"rate", "Requests", func(_ ChainPage, c ChainRegion) string { return c.told(rateWords(c.Figures.PerSecond)) }},
		{"success", successOfCalls, func(_ ChainPage, c ChainRegion) string {
			return success(c.Figures.Calls, c.Figures.Failed, c.Figures.SuccessRate)
		}},
		{"p50", "Latency p50", func(_ ChainPage, c ChainRegion) string { return latency(c.Figures.Calls, c.Figures.P50) }},
		{"p95", "Latency p95", func(_ ChainPage, c ChainRegion) string { return latency(c.Figures.Calls, c.Figures.P95) }},
		{"failovers", "Failovers", func(_ ChainPage, c ChainRegion) string { return c.told(views.Number(c.Figures.Failovers)) }},
	}
}

// told is a figure, where it has come.
func (c ChainRegion) told(figure string) string {
	if !c.Told {
		return views.None
	}
	return figure
}

// placeHead is the head that a region has agreed on, and how far it is behind
// that of the page.
func (m ChainPage) placeHead(c ChainRegion) string {
	text := head(c.Head)
	if c.Head > 0 && c.Head < m.Chain.Head {
		return "−" + views.Number(m.Chain.Head-c.Head) + " · " + text
	}
	return text
}

// cell is what the region knows of the i-th provider of the chain.
func (c ChainRegion) cell(i int) (RegionCell, bool) {
	if i >= len(c.Cells) {
		return RegionCell{}, false
	}
	return c.Cells[i], true
}

// lagWords say how many blocks a provider is behind, where that is over its
// limit; negative: it has none.
func (c RegionCell) lagWords(limit int) string {
	if c.Height == 0 || limit < 0 || c.Behind <= int64(limit) {
		return ""
	}
	return views.Signed(-c.Behind)
}
