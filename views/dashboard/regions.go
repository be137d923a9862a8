package dashboard

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m RegionsPage) Page() templ.Component { return regionsPage(m.chosen()) }

// Fragment renders one of FragmentFacts, FragmentMatrix, FragmentWorst,
// FragmentPair and FragmentShort; with fewer than two regions only FragmentFacts.
func (m RegionsPage) Fragment(id string) (templ.Component, bool) {
	m = m.chosen()
	switch {
	case id == FragmentFacts:
		return together(m.Shell, regionsFacts(m)), true
	case !m.manyRegions():
		return nil, false
	}
	switch id {
	case FragmentMatrix:
		return regionMatrix(m), true
	case FragmentPair:
		return regionPair(m), true
	case FragmentWorst:
		return regionWorst(m), true
	case FragmentShort:
		return regionShort(m), true
	}
	return nil, false
}

// chosen fills in what the address left out. Links carry only what it said.
func (m RegionsPage) chosen() RegionsPage {
	metric := m.Metric
	if metric == defaultMetric {
		metric = ""
	}
	m.keep = []param{{"metric", metric}, {"left", m.Left}, {"right", m.Right}}
	if m.Metric == "" {
		m.Metric = defaultMetric
	}
	other := func(not string) string {
		for _, r := range m.Regions {
			if r != not {
				return r
			}
		}
		return ""
	}
	if m.Left == "" {
		m.Left = other(m.Right)
	}
	if m.Right == "" {
		m.Right = other(m.Left)
	}
	return m
}

func (m RegionsPage) metric() metric { return metricOf(regionMetrics(), m.Metric) }

func (m RegionsPage) matrixMeta() string {
	x := m.metric()
	if x.Key == "lag" {
		return x.Name + " " + x.Note
	}
	return x.Name + " · " + lower(rangeWords(m.Range)) + " · " + x.Note
}

// value is the cell's figure; false: there is none.
func (m RegionsPage) value(c RegionCell) (float64, bool) {
	if c.Absent || c.Unreachable {
		return 0, false
	}
	switch m.metric().Key {
	case "success":
		return c.SuccessRate, judged(c.Calls, c.Failed, c.SuccessRate)
	case "lag":
		return float64(max(c.Behind, 0)), c.Height > 0
	case "share":
		return c.Share, !math.IsNaN(c.Share)
	case "errors":
		return c.PerMinute, c.Calls > 0
	}
	v := c.P95
	switch m.metric().Key {
	case "p50":
		v = c.P50
	case "p99":
		v = c.P99
	}
	return v, c.Calls > 0 && v > 0
}

func (m RegionsPage) cell(c RegionChain, p RegionProvider, i int) heatCell {
	region := m.Regions[i]
	out := heatCell{Region: region, Class: "h hx", Text: "no data"}
	cell := RegionCell{Absent: true}
	if i < len(p.Cells) {
		cell = p.Cells[i]
	}
	where := p.label() + " on " + c.Ref.label() + " in " + region
	switch v, ok := m.value(cell); {
	case cell.Absent:
		out.Text, out.Label = "not configured", "not configured, "+where
		return out
	case cell.Unreachable:
		out.Text, out.Status, out.Tile = "no answer", ui.Unknown, true
		out.Label = "no answer, " + where + ", no node of the region answers"
		return out
	case ok:
		out.Text, out.Class = m.metric().write(v), heatClass(m.metric().step(v))
		if m.metric().Key != "lag" {
			out.Few = few(cell.Calls)
		}
	}
	out.Status, out.Tile = cell.Status, cell.Status != ui.Healthy
	out.Label = out.withFew(" attempt", " attempts") + ", " + where + ", " + lower(cell.Status.Word())
	return out
}

func (p RegionProvider) label() string { return cmp.Or(p.Name, p.ID) }

func (m RegionsPage) all(p RegionProvider) string {
	if v, ok := m.value(p.All); ok {
		return m.metric().write(v)
	}
	return views.None
}

// worse is how bad a value is, for orders: more is worse, but for success.
func (m RegionsPage) worse(c RegionCell) float64 {
	v, ok := m.value(c)
	switch {
	case !ok: // they come last
		return math.Inf(-1)
	case m.metric().Key == "success":
		return -v
	}
	return v
}

// ordered are a chain's providers, the worst first, in the chosen region or in
// all together.
func (m RegionsPage) ordered(c RegionChain) []RegionProvider {
	at := slices.Index(m.Regions, m.Region)
	pick := func(p RegionProvider) float64 {
		switch {
		case m.Region == "":
			return m.worse(p.All)
		case at >= 0 && at < len(p.Cells):
			return m.worse(p.Cells[at])
		}
		return math.Inf(-1)
	}
	out := slices.Clone(c.Providers)
	slices.SortStableFunc(out, func(a, b RegionProvider) int { return cmp.Compare(pick(b), pick(a)) })
	return out
}

// column is the heading of a region: it chooses the order.
func (m RegionsPage) column(region string) ui.Column {
	label := region
	if region == "" {
		label = "All"
	}
	c := ui.Column{Label: label, Href: string(m.regionHref(region)), Right: true}
	if m.Region == region {
		c.Order, c.At = "descending", m.drawn()
		if m.metric().Key == "success" {
			c.Order = "ascending"
		}
	}
	return c
}

type shortRow struct {
	Label string
	Cells []string
}

// shorts are the rows of "regions in short".
func (m RegionsPage) shorts() []shortRow {
	row := func(label string, write func(RegionShort) string) shortRow {
		out := shortRow{Label: label}
		for _, s := range m.Short {
			if s.Responding == 0 && s.Nodes > 0 && label != "Nodes" {
				out.Cells = append(out.Cells, views.None)
			} else {
				out.Cells = append(out.Cells, write(s))
			}
		}
		return out
	}
	return []shortRow{
		row("Nodes", func(s RegionShort) string { return fmt.Sprintf("%d of %d", s.Responding, max(s.Nodes, s.Responding)) }),
		row("Requests", func(s RegionShort) string { return rateWords(s.Figures.PerSecond) }),
		row(successOfCalls, func(s RegionShort) string { return success(s.Figures.Calls, s.Figures.Failed, s.Figures.SuccessRate) }),
		row("Latency p50", func(s RegionShort) string { return latency(s.Figures.Calls, s.Figures.P50) }),
		row("Latency p95", func(s RegionShort) string { return latency(s.Figures.Calls, s.Figures.P95) }),
		row("Failovers", func(s RegionShort) string { return views.Number(s.Figures.Failovers) + " /min" }),
		row("Links healthy", func(s RegionShort) string { return fmt.Sprintf("%d of %d", s.Healthy, s.Links) }),
	}
}

func (s RegionShort) lost() bool { return s.Nodes > 0 && s.Responding == 0 }
