package dashboard

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Widths of text are not measured: a letter counts with its usual width.
const (
	letter      = 6.4 // of names, in units of the drawing
	narrowStep  = 70  // columns closer than this get the short words
	closeStep   = 90  // so do these, where rows are too close for words over the rail
	chainNames  = 16  // letters that fit in a chain's node
	denseNames  = 21  // in a row of the dense form
	denseHeads  = 11  // in a head that is turned
	regionNames = 14
)

// fit cuts a name that is longer than n letters.
func fit(name string, n int) string {
	if utf8.RuneCountInString(name) <= n {
		return name
	}
	runes := []rune(name)
	return strings.TrimRight(string(runes[:max(n-1, 1)]), " -") + "…"
}

// lines are a column's name over its place: two lines where it is too long for
// one and has a place to break.
func (p *loomPlan) lines(name string) []string {
	n := max(int((p.Step-8)/letter), 5) // the next name is not to touch it
	if utf8.RuneCountInString(name) <= n {
		return []string{name}
	}
	if i := strings.IndexAny(name, " -"); i > 0 && i < len(name)-1 {
		return []string{fit(strings.TrimRight(name[:i+1], " "), n), fit(name[i+1:], n)}
	}
	return []string{fit(name, n)}
}

// shortWord is a status where columns stand close.
func shortWord(s ui.Status) string {
	switch s {
	case ui.CircuitOpen:
		return "Open"
	case ui.RateLimited:
		return "Limited"
	case ui.TestingRecovery:
		return "Testing"
	case ui.Recovering, ui.Degraded, ui.Lagging, ui.Healthy, ui.Unknown, ui.Drained:
	}
	return s.Word()
}

// word is a status under its link.
func (p *loomPlan) word(s ui.Status) string {
	if p.Step < narrowStep || p.Pitch == pitch && p.Step < closeStep {
		return shortWord(s)
	}
	if s == ui.TestingRecovery {
		return "Testing"
	}
	return s.Word()
}

// label is the text under a link: its share, or its status and how many
// regions see it.
func (p *loomPlan) label(s *Shell, st *loomStop) string {
	switch {
	case p.Dense:
		return ""
	case st.Status == ui.Healthy:
		return share(st.Share)
	}
	w := p.word(st.Status)
	if st.Rows == nil {
		if part := st.Row.part(s); part != "" {
			w += " " + part
		}
	}
	return w
}

// name is what a link is called: what is seen of it first.
func (p *loomPlan) name(s *Shell, row *loomRow, st *loomStop) string {
	var b strings.Builder
	if l := p.label(s, st); l != "" {
		b.WriteString(l)
		b.WriteString(", ")
	}
	b.WriteString(p.Columns[st.Column].Name)
	b.WriteString(" on ")
	b.WriteString(row.Chain.Ref.label())
	b.WriteString(", ")
	b.WriteString(lower(st.Status.Word()))
	if st.Status != ui.Healthy && st.Rows == nil {
		b.WriteString(", ")
		b.WriteString(st.Row.reason())
	}
	return b.String()
}

func (p *loomPlan) href(s *Shell, row *loomRow, st *loomStop) templ.SafeURL {
	if len(st.Rows) > 1 {
		return s.chainHref(row.Chain.Ref)
	}
	return s.providerHref(row.Chain.Ref, st.Row.ID)
}

// linkKey names a link in the drawing and in what follows it.
func linkKey(c ChainRef, provider string) string {
	return strconv.FormatUint(c.ID, 10) + "-" + provider
}

// keys are the links that stand behind one of the column of all others.
func (st *loomStop) keys(c ChainRef) string {
	keys := make([]string, 0, len(st.Rows))
	for _, r := range st.Rows {
		keys = append(keys, linkKey(c, r.ID))
	}
	return strings.Join(keys, "\n")
}

// under is the line under a provider's name, no wider than the columns are apart.
func (c *loomColumn) under() string {
	if c.Sum.bad > 0 {
		return strconv.Itoa(c.Sum.bad) + " of " + strconv.Itoa(c.Sum.total)
	}
	if c.Sum.out == c.Sum.total && c.Sum.out > 0 {
		return "drained"
	}
	if c.Sum.out > 0 {
		return strconv.Itoa(c.Sum.out) + " drained"
	}
	return views.Count(c.Sum.total, "chain", "chains")
}

// headText is what of a column's name can be read over its place.
func (p *loomPlan) headText(name string) string {
	if p.Dense {
		return fit(name, denseHeads)
	}
	return strings.Join(p.lines(name), " ")
}

// headName is what a column's head is called: what is seen of it first, and the
// whole name where that was cut.
func (p *loomPlan) headName(c *loomColumn) string {
	seen := p.headText(c.Name)
	name := seen
	if !p.Dense {
		name += " " + c.under()
	}
	if seen != c.Name {
		name += ", " + c.Name
	}
	if c.Sum.bad > 0 {
		return name + ", " + strconv.Itoa(c.Sum.bad) + " of " + strconv.Itoa(c.Sum.total) + " need attention, worst " + lower(c.Sum.worst.Word())
	}
	if c.Sum.out > 0 && !p.Dense {
		return name // it says so already
	}
	return name + ", " + lower(c.Sum.worst.Word())
}

// href leads to the provider's rows in the list of providers.
func (c *loomColumn) href(m *Overview) templ.SafeURL {
	if len(c.Others) > 0 {
		return m.tableHref()
	}
	q := query{rng: m.Range, region: m.Region, node: m.Node, sort: "provider", kiosk: m.Kiosk}
	return templ.SafeURL(m.profilePath() + "/providers" + q.String() + "#" + c.First.rowID("pr"))
}

// healthyPart is "5/7": healthy links of all.
func (r *loomRow) healthyPart() string {
	return strconv.Itoa(r.Ok) + "/" + strconv.Itoa(len(r.Chain.Providers))
}

// down tells that no provider of a chain can take traffic.
func (c *ChainRow) down() bool { return c.Usable == 0 && len(c.Providers) > 0 }

// under is the second line of a chain's node.
func (c *ChainRow) under() string {
	if c.down() {
		return "Down"
	}
	return head(c.Head)
}

// icon of a chain.
func (c *ChainRow) icon() ui.Status {
	if c.down() {
		return ui.CircuitOpen
	}
	return c.State.Status
}

// seen is what of a chain's name can be read in its node.
func (r *loomRow) seen(dense bool) string {
	if dense {
		return fit(r.Chain.Ref.label(), denseNames)
	}
	return fit(r.Chain.Ref.label(), chainNames)
}

func (r *loomRow) name(dense bool) string {
	c := r.Chain
	seen := r.seen(dense)
	full := ""
	if seen != c.Ref.label() {
		full = c.Ref.label() + ", "
	}
	n := full + strconv.Itoa(r.Ok) + " of " + strconv.Itoa(len(c.Providers)) + " links healthy, " + views.Rate(c.Figures.PerSecond) + " requests per second"
	if dense {
		return seen + " " + r.healthyPart() + " " + views.Rate(c.Figures.PerSecond) + ": " + n
	}
	return seen + " " + r.healthyPart() + " " + c.under() + " " + rateShort(c.Figures.PerSecond) + ": " + n
}

func rateShort(v float64) string { return views.Rate(v) + "/s" }

func (r *loomRegion) status() ui.Status {
	if r.Lost {
		return ui.CircuitOpen
	}
	return ui.Healthy
}

func (r *loomRegion) under() string {
	if r.Lost {
		return "Unreachable"
	}
	return views.Rate(r.Rate) + " req/s"
}

// href of a region: the page for it alone, or for all again; of one that is
// lost, where it is told why.
func (r *loomRegion) href(s *Shell) templ.SafeURL {
	switch {
	case r.Lost:
		return s.clusterHref()
	case s.Region == r.Name:
		return s.regionHref("")
	}
	return s.regionHref(r.Name)
}

func (r *loomRegion) name(s *Shell) string {
	switch {
	case r.Lost:
		return r.Name + " " + r.under() + ", see the cluster"
	case s.Region == r.Name:
		return r.Name + " " + r.under() + ", show all regions"
	}
	return r.Name + " " + r.under() + ", show this region"
}

func (m *loomMore) words() string {
	if m.Bad == 0 {
		return strconv.Itoa(m.N) + " more, all healthy"
	}
	return strconv.Itoa(m.N) + " more, " + views.Count(m.Bad, "needs attention", "need attention")
}

// ids of the chains behind the last row.
func (m *loomMore) ids(chains []ChainRow) string {
	ids := make([]string, 0, len(m.Indices))
	for _, i := range m.Indices {
		ids = append(ids, strconv.FormatUint(chains[i].Ref.ID, 10))
	}
	return strings.Join(ids, " ")
}

func (m Overview) drawingHref() templ.SafeURL { return m.keepHref("topo", "") }

func (m Overview) tableHref() templ.SafeURL { return m.keepHref("topo", "table") }

// statusHref keeps only the chains with a link in a status, or all again.
func (m Overview) statusHref(st ui.Status) templ.SafeURL {
	if m.Topology.Status == st {
		st = ""
	}
	return m.keepHref("status", string(st))
}

// unfilteredHref is the page without the filters.
func (m Overview) unfilteredHref() templ.SafeURL {
	m.Topology.Query, m.Topology.Status = "", ""
	return m.chosen().selfHref()
}

// deltaHref is where the drawing's figures come from. The filters do not
// matter to it.
func (m Overview) deltaHref() string {
	return m.Path + query{region: m.Region, node: m.Node, fragment: FragmentTopologyDelta}.String()
}

func (m Overview) topologyMeta(dense bool) string {
	if dense {
		return "Problems first, then by traffic"
	}
	return m.minute()
}

// counts are all statuses with the number of links in each.
func (m Overview) counts() []statusCount {
	count := make(map[ui.Status]int, 8)
	for i := range m.Chains {
		for k := range m.Chains[i].Providers {
			count[ui.ParseStatus(string(m.Chains[i].Providers[k].State.Status))]++
		}
	}
	out := make([]statusCount, 0, 8)
	for _, s := range ui.Statuses() {
		out = append(out, statusCount{s, count[s]})
	}
	return out
}

// loomLanes are the rows of a narrow screen: dense, only those with problems.
func (p *loomPlan) lanes() (shown, healthy []*loomRow) {
	for i := range p.Rows {
		r := &p.Rows[i]
		if p.Dense && r.Ok == len(r.Chain.Providers) {
			healthy = append(healthy, r)
		} else {
			shown = append(shown, r)
		}
	}
	return shown, healthy
}

// cells are the links of a lane: dense, only those with problems.
func (p *loomPlan) cells(r *loomRow) []*loomStop {
	out := make([]*loomStop, 0, len(r.Stops))
	for i := range r.Stops {
		if st := &r.Stops[i]; !p.Dense || st.Status != ui.Healthy {
			out = append(out, st)
		}
	}
	return out
}

// dotSize is the radius of a healthy link of the dense form, by its share.
func dotSize(share float64) string {
	switch {
	case share >= 0.15:
		return "4.2"
	case share > 0:
		return "3"
	}
	return "2.2"
}

// at writes a measure.
func at(v float64) string { return strconv.FormatFloat(tenth(v), 'f', -1, 64) }

func move(x, y float64) string { return "translate(" + at(x) + " " + at(y) + ")" }

func (st *loomStop) path(y float64) string { return "M" + at(st.From) + " " + at(y) + "H" + at(st.X) }

func (f *loomFlow) path(edge float64) string {
	mid := at((regionWidth + edge) / 2)
	y0, y1 := at(f.Y0), at(f.Y1)
	return "M136 " + y0 + "C" + mid + " " + y0 + " " + mid + " " + y1 + " " + at(edge) + " " + y1
}

func linkClass(s ui.Status, off bool) string {
	c := "tl " + s.TextClass()
	if off {
		c += " off"
	}
	return c
}

// linkAttributes are those of a link in a drawing. There may be a thousand of
// them: they are written as they are, without what an attribute of its own costs.
func (p *loomPlan) linkAttributes(m *Overview, i int, st *loomStop) templ.OrderedAttributes {
	row := &p.Rows[i]
	out := make(templ.OrderedAttributes, 0, 8)
	add := func(key, value string) { out = append(out, templ.KV[string, any](key, value)) }
	add("class", st.class(m.Topology.Status))
	add("href", string(p.href(&m.Shell, row, st)))
	add("aria-label", p.name(&m.Shell, row, st))
	add("data-c", strconv.Itoa(i))
	add("data-j", strconv.Itoa(st.Column))
	if st.Rows == nil {
		add("data-k", linkKey(row.Chain.Ref, st.Row.ID))
	} else {
		add("data-of", st.keys(row.Chain.Ref))
	}
	if p.Dense {
		add("tabindex", "-1")
	}
	add("transform", move(st.X, row.Y))
	return out
}

// class of a link, where the drawing shows only the links in a status; empty: all.
func (st *loomStop) class(only ui.Status) string {
	c := linkClass(st.Status, only != "" && st.Status != only)
	if st.Up {
		c += " up"
	}
	if st.Rows == nil && len(st.Row.OnlyOn) > 0 {
		c += " far"
	}
	return c
}

// regionFill is the colour of a region in a bar.
func regionFill(i int) string {
	switch i {
	case 0:
		return "rg-1"
	case 1:
		return "rg-2"
	case 2:
		return "rg-3"
	case 3:
		return "rg-4"
	case 4:
		return "rg-5"
	}
	return "rg-6"
}
