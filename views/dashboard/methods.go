package dashboard

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m MethodsPage) Page() templ.Component { return methodsPage(m.chosen()) }

// Fragment renders one of FragmentFacts, FragmentMatrix, FragmentMethods and
// FragmentStrategies; without a chain only FragmentFacts.
func (m MethodsPage) Fragment(id string) (templ.Component, bool) {
	m = m.chosen()
	switch {
	case id == FragmentFacts:
		return together(m.Shell, methodsFacts(m)), true
	case m.Chain == ChainRef{}:
		return nil, false
	}
	switch id {
	case FragmentMatrix:
		return methodMatrix(m), true
	case FragmentMethods:
		return methodTable(m), true
	case FragmentStrategies:
		return strategiesPanel(m), true
	}
	return nil, false
}

// chosen fills in what the address left out. The chain goes along in all
// links and polls, so that a page does not jump when another becomes busier.
func (m MethodsPage) chosen() MethodsPage {
	x := m.metric().Key
	if x == defaultMetric {
		x = ""
	}
	m.keep = []param{{"chain", m.Chain.query()}, {"metric", x}, {"method", m.Compared.Method}}
	return m
}

func (c ChainRef) query() string {
	if c == (ChainRef{}) {
		return ""
	}
	return c.slug()
}

func (m MethodsPage) metric() metric { return metricOf(methodMetrics(), m.Metric) }

func (m MethodsPage) matrixMeta() string { return m.span(m.metric().Name, m.metric().Note) }

// mostMatrixRows is how many methods the matrix shows, mostTableRows the table.
// The download has all.
const (
	mostMatrixRows = 30
	mostTableRows  = 200
)

// ordered are the methods in the order of the table.
func (m MethodsPage) ordered() []ByProvider {
	rows := make([]MethodRow, 0, len(m.Methods))
	cells := make(map[string][]MethodRow, len(m.Methods))
	for _, r := range m.Methods {
		rows = append(rows, r.All)
		cells[r.All.Method] = r.Cells
	}
	out := make([]ByProvider, 0, len(rows))
	for _, r := range sortMethods(rows, m.MSort) {
		out = append(out, ByProvider{All: r, Cells: cells[r.Method]})
	}
	return out
}

// firstRows are the first of the rows, and how many are left out.
func firstRows(rows []ByProvider, most int) (shown []ByProvider, left int) {
	n := min(len(rows), most)
	return rows[:n], len(rows) - n
}

// value is a figure of a method on a provider; false: there is none. All is
// the number of calls of the method.
func (m MethodsPage) value(r MethodRow, all uint64) (float64, bool) {
	switch m.metric().Key {
	case "p50":
		return r.P50, r.Calls > 0 && r.P50 > 0
	case "p99":
		return r.P99, r.Calls > 0 && r.P99 > 0
	case "success":
		return r.SuccessRate, judged(r.Calls, r.Errors, r.SuccessRate)
	case "share":
		return ratioOf(r.Calls, all), all > 0 && r.Calls > 0
	case "errors":
		if m.Window <= 0 {
			return 0, false
		}
		return float64(r.Errors) / m.Window.Minutes(), r.Calls > 0
	}
	return r.P95, r.Calls > 0 && r.P95 > 0
}

func (m MethodsPage) mostCalls() uint64 {
	var most uint64
	for _, r := range m.Methods {
		most = max(most, r.All.Calls)
	}
	return most
}

func ratioOf(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// cell is one method on one provider.
func (m MethodsPage) cell(row ByProvider, i int) heatCell {
	p := m.Providers[i]
	where := row.All.Method + " on " + p.label()
	out := heatCell{Class: "h hx", Text: "no data", Label: "no data, " + where}
	if i >= len(row.Cells) {
		return out
	}
	r := row.Cells[i]
	v, ok := m.value(r, row.All.Calls)
	if !ok {
		if r.Calls > 0 {
			out.Label = "no data, " + where + ", " + requests(r.Calls) + ", none answered"
		}
		return out
	}
	x := m.metric()
	out.Text, out.Class, out.Few = x.write(v), heatClass(x.step(v)), few(r.Calls)
	out.Label = out.withFew(" request", " requests") + ", " + where
	return out
}

func requests(n uint64) string {
	return views.Number(n) + noun(int(min(n, 2)), " request", " requests")
}

// all is the figure of a method on all providers.
func (m MethodsPage) all(r MethodRow) string {
	if v, ok := m.value(r, r.Calls); ok {
		return m.metric().write(v)
	}
	return views.None
}

func (p MethodProvider) label() string { return cmp.Or(p.Name, p.ID) }

// tile tells whether a column shows its provider's status.
func (p MethodProvider) tile() bool { return p.Status != ui.Healthy && p.Status != "" }

// methodHref compares the strategies for a method.
func (m MethodsPage) methodHref(method string) templ.SafeURL {
	return m.keepHref("method", method) + "#" + FragmentStrategies
}

func (m MethodsPage) comparing(method string) bool { return m.Compared.Method == method }

// offered are the methods of the choice, the one that is compared included.
func (m MethodsPage) offered() []string {
	if m.Compared.Method == "" || slices.Contains(m.Compared.Offered, m.Compared.Method) {
		return m.Compared.Offered
	}
	return append([]string{m.Compared.Method}, m.Compared.Offered...)
}
