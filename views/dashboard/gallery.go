package dashboard

import (
	"math"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views/ui"
)

// Gallery shows every part in every state, for those who work on them. It
// takes nothing from the running program but the shell.
type Gallery struct{ Shell }

// Page renders the whole document.
func (m Gallery) Page() templ.Component { return galleryPage(m) }

// Fragment renders one section by its id.
func (m Gallery) Fragment(id string) (templ.Component, bool) {
	for _, g := range gallerySections() {
		if g.id == id {
			return gallerySectionPanel(m.Shell, g), true
		}
	}
	return nil, false
}

type gallerySection struct {
	id, title, meta string
	width           string // class: of twelve columns
	bare            bool   // no panel around it
	body            templ.Component
}

func gallerySections() []gallerySection {
	return []gallerySection{
		{id: "status", title: "Status", meta: "Worst first: the first that holds is shown", width: "g12", body: galleryStatuses()},
		{id: "breaker", title: "Breaker", width: "g4", body: galleryBreakers()},
		{id: "regions", title: "Regions and coverage", width: "g4", body: galleryRegions()},
		{id: "live", title: "Live", width: "g4", body: galleryLive()},
		{id: "meters", title: "Meters", width: "g4", body: galleryMeters()},
		{id: "sparklines", title: "Sparklines", meta: "60 points; a gap is a gap, never zero", width: "g4", body: gallerySparks()},
		{id: "strips", title: "History strips", meta: "Worst state of each minute", width: "g4", body: galleryStrips()},
		{id: "heads", title: "Panel heads", meta: "Title, count, where from, coverage, actions, files", width: "g8", body: galleryHeads()},
		{id: "table", title: "Table", meta: "Sorted and idle columns, a row without traffic", width: "g8", body: galleryTable()},
		{id: "lists", title: "Filters of a list", meta: "Each count is a link", width: "g12", body: galleryLists()},
		{id: "controls", title: "Buttons and selectors", width: "g4", body: galleryControls()},
		{id: "palette-part", title: "Command palette", width: "g6", body: galleryPalette()},
		{id: "overlays", title: "Menu and toasts", width: "g6", body: galleryOverlays()},
		{id: "banners", title: "Banners", width: "g8", bare: true, body: galleryBanners()},
		{id: "code", title: "Code block", width: "g4", body: galleryCode()},
		{id: "heat", title: "Heat scale", meta: "The number is always printed", width: "g4", body: galleryHeat()},
		{id: "histogram", title: "Histogram", width: "g4", body: ui.Bars(galleryHistogram())},
		{id: "series", title: "Series", meta: "Colour, dash, marker and label", width: "g4", body: gallerySeries()},
		{id: "chart", title: "Chart", meta: "A gap is hatched, events are marked", width: "g12", body: galleryCharts()},
		{id: "figures-part", title: "Figures", width: "g6", body: galleryFigures()},
		{id: "operator", title: "Actions", meta: "A visitor, and an operator", width: "g4", body: galleryOperator()},
		{id: "confirm", title: "Confirm", meta: "Names the object and the effect", width: "g4", body: galleryConfirm()},
		{id: "toast", title: "Toast", meta: "The result of an action", width: "g4", body: galleryToasts()},
		{id: "mesh", title: "Links", meta: "All well, one way, no answer, and many nodes", width: "g12", body: galleryMeshes()},
		{id: "empty", title: "Empty", width: "g4", body: galleryEmpty()},
		{id: "loading", title: "Loading", width: "g4", body: galleryLoading()},
		{id: "failed", title: "Failed", width: "g4", body: galleryFailed()},
		{id: "icons", title: "Icons", width: "g12", body: galleryIcons()},
		{id: "type", title: "Type", width: "g12", body: galleryType()},
		{id: "colour", title: "Colour", width: "g12", body: galleryColours()},
	}
}

// galleryAt is when everything on the page happened.
func galleryAt() time.Time { return time.Date(2026, 11, 11, 14, 27, 40, 0, time.UTC) }

// galleryProviders are the rows of a list, one of which gets no requests.
func galleryProviders() ProvidersPage {
	m := ProvidersPage{Shell: Shell{Path: "#lists", Now: galleryAt()}, Filter: ListFilter{Failing: true}, Columns: []string{"rank", "mean", "p99"}}
	for i, st := range []ui.Status{ui.CircuitOpen, ui.Lagging, ui.Lagging, ui.Healthy} {
		m.Rows = append(m.Rows, ProviderRow{
			ID: "provider-" + strconv.Itoa(i), Chain: ChainRef{ID: 1, Alias: "ethereum", Name: "Ethereum"},
			State: ui.State{Status: st, Since: galleryAt().Add(-time.Duration(i) * 12 * time.Minute)},
		})
	}
	m.Rows[3].Unused = "Standby: others are faster"
	return m.ready()
}

type statusNote struct {
	status         ui.Status
	shape, meaning string
}

func statusNotes() []statusNote {
	return []statusNote{
		{ui.CircuitOpen, "Octagon, filled, cross", "Breaker open. Gets no traffic."},
		{ui.RateLimited, "Square, filled, two bars", "The provider asked to slow down. Gets no traffic until the time it named."},
		{ui.TestingRecovery, "Diamond, left half filled", "Breaker half-open. A few trial requests only."},
		{ui.Recovering, "Fat arrow up, filled", "Reconnecting a socket."},
		{ui.Degraded, "Triangle, filled, exclamation mark", "Answers, but failures or slow answers are over the limit."},
		{ui.Lagging, "Ring with clock hands", "Answers, but its head is behind."},
		{ui.Unknown, "Dashed ring, question mark", "No observation yet, or none that is fresh."},
		{ui.Drained, "Square, hollow, bar", "An operator took it out. Gets no traffic, and does not count in the status of its chain."},
		{ui.Healthy, "Disc, filled, tick", "Within every limit."},
	}
}

// operated is a page on which something can be done.
func operated(o Operator) ProviderPage {
	o.Node, o.Region = "node-a", "eu-west-1"
	return ProviderPage{
		Shell:    Shell{Profile: Profile{Slug: "public"}, Path: "/dashboard/public/chains/polygon/providers/alchemy"},
		Row:      ProviderRow{ID: "alchemy", Chain: ChainRef{ID: 137, Alias: "polygon", Name: "Polygon PoS"}},
		Operator: &o,
	}
}

// operators are the states of the panel.
func operators() []ProviderPage {
	return []ProviderPage{
		operated(Operator{}),
		operated(Operator{SignedIn: true, Breakers: []ForcedBreaker{{Transport: "HTTP"}}}),
		operated(Operator{SignedIn: true, Drained: true, Breakers: []ForcedBreaker{{Transport: "HTTP", Forced: ui.Open}, {Transport: "WS", Forced: ui.Closed}}}),
	}
}

func asked() ProviderPage {
	return operated(Operator{SignedIn: true, Confirm: &Confirm{
		Action: ActForceOpen, Transport: "HTTP", PerSecond: 11, Takers: []string{"drpc", "quicknode"}, Shared: []string{"staging"},
	}})
}

// uniform is a strip of one status.
func uniform(s ui.Status) []ui.Cell {
	cells := make([]ui.Cell, 60)
	for i := range cells {
		cells[i] = ui.Cell{At: galleryAt().Add(time.Duration(i-60) * time.Minute), Status: s}
	}
	return cells
}

// mixed is a strip that fails and recovers; torn begins without data.
func mixed() []ui.Cell {
	cells := uniform(ui.Healthy)
	for i, s := range []ui.Status{ui.Degraded, ui.Degraded, ui.CircuitOpen, ui.CircuitOpen, ui.CircuitOpen, ui.TestingRecovery, ui.TestingRecovery, ui.Recovering, ui.Lagging, ui.RateLimited} {
		cells[30+i].Status = s
	}
	return cells
}

func torn() []ui.Cell {
	cells := uniform(ui.Healthy)
	for i := range 12 {
		cells[i].NoData = true
		cells[12+i].Status = ui.Unknown
	}
	return cells
}

// wave is a series that looks like traffic and is the same at every start.
func wave(height float64) []float64 {
	values := make([]float64, 60)
	for i := range values {
		x := float64(i)
		values[i] = height * (0.6 + 0.2*math.Sin(x/5) + 0.12*math.Sin(x*1.7) + 0.08*math.Cos(x*3.1))
	}
	return values
}

func gapped(values []float64, from, to int) []float64 {
	for i := from; i < to; i++ {
		values[i] = ui.Missing()
	}
	return values
}

type chartState struct {
	note  string
	chart ui.Chart
}

// chartStates are a chart with a gap, and what it says of events.
func chartStates() []chartState {
	opened := func(minute float64, name string) ui.Event {
		at := galleryAt().Add(time.Duration((minute - 60) * float64(time.Minute)))
		return ui.Event{At: at, Name: name, What: "opened", Many: "openings", Status: ui.CircuitOpen}
	}
	back := opened(57, "eu-west-1")
	back.What, back.Many, back.Status = "back", "returns", ui.Healthy
	lost := opened(55, "eu-west-1")
	lost.What, lost.Many = "lost", "losses"
	return []chartState{
		{"No event; no data for six minutes", galleryChart()},
		{"One event", galleryChart(opened(33, "alchemy"))},
		{"Many close together are one mark", galleryChart(opened(8, "alchemy"), opened(10, "drpc"), opened(13, "alchemy"), opened(36, "drpc"), opened(37, "drpc"))},
		{"Past 80 % the label is on the left", galleryChart(lost, back)},
	}
}

func galleryChart(events ...ui.Event) ui.Chart {
	gaps := make([]bool, 60)
	for i := 22; i < 28; i++ {
		gaps[i] = true
	}
	return ui.Chart{
		Label: "p50 and p95 of one hour; no data for six minutes", Max: 400, Ticks: []string{"400 ms", "300", "200", "100", "0"}, Gaps: gaps, Tall: true,
		Lines: []ui.Line{
			{Name: "p50", Class: ui.SeriesLine(0), Values: gapped(wave(120), 22, 28)},
			{Name: "p95", Class: ui.SeriesLine(1), Values: gapped(wave(340), 22, 28)},
		},
		Marks: events, Start: galleryAt().Add(-time.Hour), Step: time.Minute, Unit: ui.Milliseconds,
	}
}

func galleryHistogram() ui.Histogram {
	counts := make([]uint64, 22)
	for i := range counts {
		d := float64(i) - 8
		counts[i] = uint64(900 * math.Exp(-d*d/14))
	}
	return ui.Histogram{Label: "Latency: p50 38 ms, p95 180 ms", Counts: counts, Edges: []string{"1 ms", "100 ms", "4 s"}, P50: 0.4, P95: 0.62, HasMark: true}
}

func galleryKPIs() []kpi {
	return []kpi{
		{Label: "Requests", Value: "1,284", Unit: "/s", Note: "+4 % on the 5 min mean", Spark: wave(40), Rate: true, Href: "#figures-part"},
		{Label: successOfCalls, Value: "99.71", Unit: "%", Over: "−0.08 pt", Note: "on the 5 min mean", Spark: wave(9), Href: "#figures-part"},
		{Label: "Latency p50", Value: "38", Unit: "ms", Second: "184", Unit2: "ms p95", Note: "p95 +12 ms on 5 min", Spark: gapped(wave(30), 8, 14), Href: "#figures-part"},
		{Label: "Coverage", Value: "2", Unit: "of 3 nodes", Note: "eu-west-1 missing", Whole: true, Meter: 0.66, Href: "#figures-part"},
	}
}

func galleryTokens() []string {
	return []string{
		"bg", "surface", "raised", "overlay", "control", "hover", "selected", "line", "line-strong", "ctl",
		"text", "text-2", "text-3", "accent", "accent-fill", "focus", "data", "data-soft", "flow",
		"open", "rate", "test", "recov", "degr", "lag", "ok", "unk", "cat-1", "cat-2", "cat-3", "cat-4", "cat-5", "cat-6",
		"heat-0", "heat-1", "heat-2", "heat-3", "heat-4",
	}
}

func galleryIconNames() []string {
	return []string{
		"grid", "chain", "plug", "globe", "cols", "list", "nodes", "term", "info", "sliders", "search", "filter", "sort", "up", "down", "left", "right", "chev",
		"pause", "play", "refresh", "copy", "link", "check", "x", "dl", "more", "fail", "sun", "clock", "rows", "screen", "keys", "inbox", "lock",
	}
}
