package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views/ui"
)

// sought is what filters look at of a row.
type sought struct {
	names   string // in lower case
	status  ui.Status
	failing bool      // it needs attention
	since   time.Time // when the status changed; zero: not known
}

func (r *ProviderRow) sought() sought {
	return sought{names: lower(strings.Join([]string{r.label(), r.ID, r.Chain.label(), r.Chain.slug()}, " ")), status: r.State.Status, failing: r.failing(), since: r.State.Since}
}

// sought is a chain with its providers: it changed when one of them did.
func (c *ChainRow) sought() sought {
	names := []string{c.Ref.label(), c.Ref.slug(), strconv.FormatUint(c.Ref.ID, 10)}
	l := sought{status: c.State.Status, failing: c.State.Status != ui.Healthy}
	for i := range c.Providers {
		r := &c.Providers[i]
		names = append(names, r.label(), r.ID)
		if r.State.Since.After(l.since) {
			l.since = r.State.Since
		}
	}
	l.names = lower(strings.Join(names, " "))
	return l
}

// admits tells whether all parts of the filter hold for a row.
func (f ListFilter) admits(l *sought, now time.Time) bool {
	for word := range strings.FieldsSeq(lower(f.Text)) {
		if !strings.Contains(l.names, word) {
			return false
		}
	}
	if span, err := time.ParseDuration(f.Changed); err == nil && (l.since.IsZero() || now.Sub(l.since) > span) {
		return false
	}
	return (f.Status == "" || l.status == f.Status) && (!f.Failing || l.failing)
}

func (f ListFilter) params() []param {
	failing := ""
	if f.Failing {
		failing = "1"
	}
	return []param{{"q", f.Text}, {"status", string(f.Status)}, {"failing", failing}, {"changed", f.Changed}}
}

// list is what the lists of chains and of providers share: how rows are
// filtered and counted.
type list struct {
	Shell
	rowWords
	filter ListFilter
	rows   []sought // of all rows, as they came
}

// rowWords are the words of a list.
type rowWords struct {
	one, many string // what a row is
	example   string // of what can be typed
}

// seeker is a row that filters can look at.
type seeker[T any] interface {
	*T
	sought() sought
}

// listOf is the list of rows under a filter.
func listOf[T any, P seeker[T]](s Shell, f ListFilter, rows []T, w rowWords) *list {
	l := &list{Shell: s, rowWords: w, filter: f, rows: make([]sought, len(rows))}
	for i := range rows {
		l.rows[i] = P(&rows[i]).sought()
	}
	return l
}

// matching are the rows of a list that its filter leaves, as they came.
func matching[T any](l *list, rows []T) []T {
	at := l.admitted(l.filter)
	out := make([]T, 0, len(at))
	for _, i := range at {
		out = append(out, rows[i])
	}
	return out
}

// listed is the frame of a list: its links keep the filter and more, and what
// shows the same rows again keeps the page.
func (s Shell) listed(f ListFilter, page int, more ...param) Shell {
	s.keep, s.page = append(f.params(), more...), nth(page)
	return s
}

// admitted are the places of the rows that a filter leaves.
func (l *list) admitted(f ListFilter) []int {
	var at []int
	for i := range l.rows {
		if f.admits(&l.rows[i], l.Now) {
			at = append(at, i)
		}
	}
	return at
}

// filterChip is a count above a list; a click on it turns its filter on or off.
type filterChip struct {
	label  string
	status ui.Status // empty: not about one
	count  int
	on     bool
	href   templ.SafeURL
}

// chips are the counts: each is of the rows that the other filters leave.
func (l *list) chips() []filterChip {
	f := l.filter
	chip := func(label, key, value string, on bool, with ListFilter) filterChip {
		if on {
			value = ""
		}
		return filterChip{label: label, on: on, count: len(l.admitted(with)), href: l.keepHref(key, value)}
	}
	failing, changed := f, f
	failing.Failing = true
	if changed.Changed == "" {
		changed.Changed = Changes()[1]
	}
	out := []filterChip{
		chip("Needs attention", "failing", "1", f.Failing, failing),
		chip("Changed in the "+lower(rangeWords(changed.Changed)), "changed", changed.Changed, f.Changed != "", changed),
	}
	for _, s := range ui.Statuses() {
		with := f
		with.Status = s
		c := chip(s.Word(), "status", string(s), f.Status == s, with)
		if c.status = s; c.count > 0 || c.on {
			out = append(out, c)
		}
	}
	return out
}

func (l *list) filtered() bool { return l.filter != ListFilter{} }

// unfilteredHref is the list with every row.
func (l *list) unfilteredHref() templ.SafeURL {
	s := l.Shell
	s.keep = slices.DeleteFunc(slices.Clone(s.keep), func(p param) bool { return p.key != "cols" })
	return s.pageHref("")
}

// state is what a form of the page sends along, but for a key of its own.
func (s Shell) state(own string) []param {
	all := append([]param{{"range", s.Range}, s.placeParam(), {"sort", s.Sort}}, s.keep...)
	return slices.DeleteFunc(all, func(p param) bool { return p.value == "" || p.key == own || p == param{"range", defaultRange} })
}

// cut is the part of rows that is there of from to to.
func cut[T any](rows []T, from, to int) []T {
	from, to = min(max(from, 0), len(rows)), min(max(to, 0), len(rows))
	return rows[from:max(from, to)]
}

// window is the part of a list that a page shows.
type window struct{ page, pages, from, to, total int }

// windowOf is page nth of a list; one beyond the last is the last.
func windowOf(total, nth int) window {
	w := window{total: total, pages: max(1, (total+PageRows-1)/PageRows)}
	w.page = min(max(nth, 1), w.pages)
	w.from = (w.page - 1) * PageRows
	w.to = min(w.from+PageRows, total)
	return w
}

// words say which rows are shown; empty when all are.
func (w window) words() string {
	if w.pages == 1 {
		return ""
	}
	return "rows " + count(w.from+1) + " to " + count(w.to) + " of " + count(w.total)
}

// nth writes a number of ?page=: the first is left out.
func nth(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

func (m ChainsPage) ready() ChainsPage {
	m.Shell = m.listed(m.Filter, m.Nth)
	return m
}

func (m ChainsPage) list() *list {
	return listOf(m.Shell, m.Filter, m.Chains, rowWords{one: "chain", many: "chains", example: "Chain or provider"})
}

// Page renders the whole document.
func (m ChainsPage) Page() templ.Component { return chainsPage(m.ready()) }

// Fragment renders FragmentFacts, FragmentCounts or FragmentChains.
func (m ChainsPage) Fragment(id string) (templ.Component, bool) {
	m = m.ready()
	switch {
	case id == FragmentFacts:
		return together(m.Shell, chainsFacts(m)), true
	case id == FragmentCounts && len(m.Chains) > 0:
		return listCounts(m.list()), true
	case id == FragmentChains && len(m.Chains) > 0:
		return chainList(m), true
	}
	return nil, false
}

func (m ProvidersPage) ready() ProvidersPage {
	m.Shell = m.listed(m.Filter, m.Nth, param{"cols", strings.Join(m.Columns, ",")})
	return m
}

func (m ProvidersPage) list() *list {
	return listOf(m.Shell, m.Filter, m.Rows, rowWords{one: "provider link", many: "provider links", example: "Provider or chain"})
}

// Page renders the whole document.
func (m ProvidersPage) Page() templ.Component { return providersPage(m.ready()) }

// Fragment renders FragmentFacts, FragmentCounts or FragmentProviders.
func (m ProvidersPage) Fragment(id string) (templ.Component, bool) {
	m = m.ready()
	switch {
	case id == FragmentFacts:
		return together(m.Shell, providersFacts(m)), true
	case id == FragmentCounts && len(m.Rows) > 0:
		return listCounts(m.list()), true
	case id == FragmentProviders:
		return providerList(m), true
	}
	return nil, false
}

// inUse parts sorted rows into those that get requests and those that do not
// while their chain does. In the order of status, problems stay where they are
// seen first: only healthy ones, and those that an operator took out, are set
// apart.
func inUse(rows []ProviderRow, by string) (used, unused []ProviderRow) {
	byStatus := by == "" || parseOrder(by).key == "status"
	for _, r := range rows {
		if r.out() || r.Unused != "" && (r.healthy() || !byStatus) {
			unused = append(unused, r)
		} else {
			used = append(used, r)
		}
	}
	return used, unused
}

// under is the line below a provider's name: what is wrong, else why it is not
// used.
func (s Shell) under(r ProviderRow, unused bool) string {
	switch {
	case !r.healthy():
		st := r.State
		if st.Reason != "" {
			st.Reason = r.reasonThere()
		}
		return s.sentence(st)
	case unused:
		return r.Unused
	}
	return ""
}
