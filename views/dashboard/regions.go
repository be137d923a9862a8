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

// Fragment renders one of FragmentFacts, FragmentMatrix, FragmentPair and
// FragmentShort; with fewer than two regions only FragmentFacts.
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

const defaultMetric = "p95"

type metric struct {
	Key   string
	Tab   string // in the choice
	Name  string // in headings
	Note  string // how it is gathered
	Steps string // of the scale, least first
}

func metrics() []metric {
	return []metric{
		{"p95", "p95", "Latency p95", "merged sketches", "0 ms · 100 · 200 · 300 · 500 ms and more"},
		{"success", "Success", "Success", "answered attempts", "99.9 % and more · 99.5 · 99 · 97 · below 97 %"},
		{"lag", "Lag", "Blocks behind", "now", "0 blocks · 1 · 2 · 3 · 5 and more"},
		{"share", "Share", "Share of the chain", "client attempts", "0 % · 10 · 25 · 50 · 75 % and more"},
		{"errors", "Errors", "Errors", "attempts not answered", "0 /min · 1 · 5 · 20 · 50 /min and more"},
	}
}

func (m RegionsPage) metric() metric {
	for _, x := range metrics() {
		if x.Key == m.Metric {
			return x
		}
	}
	return metrics()[0]
}

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
		return c.SuccessRate, c.Calls > 0
	case "lag":
		return float64(max(c.Behind, 0)), c.Height > 0
	case "share":
		return c.Share, !math.IsNaN(c.Share)
	case "errors":
		return c.PerMinute, c.Calls > 0
	}
	return c.P95, c.Calls > 0 && c.P95 > 0
}

// write is a figure with its unit.
func (m RegionsPage) write(v float64) string {
	switch m.metric().Key {
	case "success":
		return views.Success(v) + " %"
	case "lag":
		return views.Number(uint64(max(v, 0)))
	case "share":
		return share(v)
	case "errors":
		return views.Rate(v) + " /min"
	}
	return views.Milliseconds(v)
}

// step is the cell's place on the fixed scale of the metric, 0 to 4.
func (m RegionsPage) step(v float64) int {
	limits := [4]float64{100, 200, 300, 500}
	switch m.metric().Key {
	case "success":
		for i, limit := range [4]float64{0.999, 0.995, 0.99, 0.97} {
			if v >= limit {
				return i
			}
		}
		return 4
	case "lag":
		limits = [4]float64{1, 2, 3, 5}
	case "share":
		limits = [4]float64{0.10, 0.25, 0.50, 0.75}
	case "errors":
		limits = [4]float64{1, 5, 20, 50}
	}
	n := 0
	for n < 4 && v >= limits[n] {
		n++
	}
	return n
}

func heatClass(step int) string {
	switch step {
	case 0:
		return "h h0"
	case 1:
		return "h h1"
	case 2:
		return "h h2"
	case 3:
		return "h h3"
	}
	return "h h4"
}

// cell is a cell ready to be drawn.
type heatCell struct {
	Region string
	Class  string
	Text   string
	Status ui.Status // with Tile
	Tile   bool      // the status is shown: it is not healthy
	Label  string    // the whole in words
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
		out.Text, out.Class = m.write(v), heatClass(m.step(v))
	}
	out.Status, out.Tile = cell.Status, cell.Status != ui.Healthy
	out.Label = out.Text + ", " + where + ", " + lower(cell.Status.Word())
	return out
}

func (p RegionProvider) label() string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

func (m RegionsPage) all(p RegionProvider) string {
	if v, ok := m.value(p.All); ok {
		return m.write(v)
	}
	return views.None
}

// worse is how bad a value is, for orders: more is worse, but for success.
func (m RegionsPage) worse(c RegionCell) float64 {
	v, ok := m.value(c)
	switch {
	case !ok && c.Absent:
		return math.Inf(-1)
	case !ok:
		return math.Inf(1)
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
		c.Order = "descending"
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
		row("Requests", func(s RegionShort) string { return views.Rate(s.Figures.PerSecond) + " /s" }),
		row("Success", func(s RegionShort) string { return success(s.Figures.Calls, s.Figures.SuccessRate) }),
		row("Latency p50", func(s RegionShort) string { return latency(s.Figures.Calls, s.Figures.P50) }),
		row("Latency p95", func(s RegionShort) string { return latency(s.Figures.Calls, s.Figures.P95) }),
		row("Failovers", func(s RegionShort) string { return views.Number(s.Figures.Failovers) + " /min" }),
		row("Links healthy", func(s RegionShort) string { return fmt.Sprintf("%d of %d", s.Healthy, s.Links) }),
	}
}

func (s RegionShort) lost() bool { return s.Nodes > 0 && s.Responding == 0 }
