package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m RequestsPage) Page() templ.Component { return requestsPage(m.ready()) }

// Fragment renders one of FragmentFacts, FragmentTail and FragmentNewer, and
// FragmentRequest while a request is open.
func (m RequestsPage) Fragment(id string) (templ.Component, bool) {
	m = m.ready()
	switch {
	case id == FragmentFacts:
		return together(m.Shell, requestsFacts(m)), true
	case id == FragmentTail:
		return requestTail(m), true
	case id == FragmentNewer:
		return newerRequests(m), true
	case id == FragmentRequest && m.hasDrawer():
		return requestDrawer(m), true
	}
	return nil, false
}

// SetShell makes this the frame of the page. All that is kept is a range of its
// own here, and the one that it has while none is chosen.
func (m *RequestsPage) SetShell(frame Shell) {
	if m.Shell = frame; !m.Spanned {
		m.Range = AllKept
	}
	m.Whole = true
}

// ready puts the filter into the links of the page. Region and theme do not
// keep the list still: another choice begins anew.
func (m RequestsPage) ready() RequestsPage {
	m.keep = m.filters()
	return m
}

func (m RequestsPage) hasDrawer() bool { return m.Open != nil || m.Gone != "" || m.Several != nil }

func (m RequestsPage) filters() []param {
	f := m.Filter
	return []param{{"chain", f.Chain}, {"method", f.Method}, {"provider", f.Provider}, {"outcome", f.Outcome}, {"origin", f.Origin}, {"min_ms", f.MinMS}, {"q", f.Text}}
}

func (m RequestsPage) filtered() bool {
	return m.Filter != RequestFilter{} || m.placed() || m.narrowed()
}

// narrowed tells whether the list goes back over a range only.
func (m RequestsPage) narrowed() bool { return m.Whole && m.Range != AllKept }

func (m RequestsPage) with(more ...param) Shell {
	s := m.Shell
	s.keep = append(m.filters(), more...)
	return s
}

// toggleHref is the page with one filter turned on, or off where it is on.
func (m RequestsPage) toggleHref(key, value string) templ.SafeURL {
	for _, p := range m.filters() {
		if p.key == key && p.value == value {
			value = ""
		}
	}
	return m.with().keepHref(key, value)
}

// rowHref opens a request beside the list as it stands.
func (m RequestsPage) rowHref(r RequestRow) templ.SafeURL {
	return m.with(append([]param{{"held", number(m.Newest)}}, r.params()...)...).selfHref()
}

// liveHref is the list as it moves, with no request open.
func (m RequestsPage) liveHref() templ.SafeURL { return m.with().selfHref() }

// newerHref is the list as it is now, with the same request open while that
// stays on the list.
func (m RequestsPage) newerHref() templ.SafeURL {
	for i := range m.Rows {
		if m.Rows[i].Open && i+m.Newer < len(m.Rows) {
			return m.with(m.opened()...).selfHref()
		}
	}
	return m.liveHref()
}

// opened are the keys that open what is open.
func (m RequestsPage) opened() []param {
	switch {
	case m.Open != nil:
		return m.Open.params()
	case m.Several != nil:
		return []param{{"request", m.Several.ID}}
	}
	return nil
}

// params are the keys that open a request. Its id need not be its own.
func (r RequestRow) params() []param {
	return []param{{"request", r.ID}, {"on", r.Node}, {"number", number(r.Number)}}
}

// againHref is the playground with the open request in its form. It sends
// nothing by itself.
func (m RequestsPage) againHref(d RequestDetail) templ.SafeURL {
	q := query{region: m.Region, node: m.Node, kiosk: m.Kiosk, more: []param{{"chain", d.Chain.slug()}, {"method", d.Method}, {"strategy", d.Strategy}, {"ask", AskRouted}}}
	return templ.SafeURL(m.profilePath() + "/" + string(NavPlayground) + q.String())
}

// clearHref is the page without any filter.
func (m RequestsPage) clearHref() templ.SafeURL { return templ.SafeURL(m.Path) }

func (m RequestsPage) tailPoll() templ.Attributes {
	s := m.Shell
	if m.Held != 0 {
		s = m.with(append([]param{{"held", number(m.Held)}}, m.opened()...)...)
	}
	return s.poll(FragmentTail, everyFigure)
}

func (m RequestsPage) newerPoll() templ.Attributes {
	s := m.Shell
	if m.Held != 0 {
		s = m.with(append([]param{{"held", number(m.Held)}}, m.opened()...)...)
	}
	q := s.query()
	q.fragment = FragmentNewer
	return templ.Attributes{"hx-get": s.Path + q.String(), "hx-trigger": "every 2s", "hx-swap": "morph:outerHTML"}
}

// requestOutcomes are the values of the filter by result, with their words.
func requestOutcomes() []param {
	return []param{{"ok", "answered"}, {"failed", "failed"}, {"failover", "after a failover"}, {"local", "by the node"}, {"trouble", "failed or after a failover"}}
}

// leastTimes are the values of the filter by time taken, with the one that the
// address has.
func (m RequestsPage) leastTimes() []param {
	list := []param{{"50", "over 50 ms"}, {"100", "over 100 ms"}, {"250", "over 250 ms"}, {"500", "over 500 ms"}, {"1000", "over 1 s"}, {"3000", "over 3 s"}}
	own := m.Filter.MinMS
	if own == "" || slices.ContainsFunc(list, func(p param) bool { return p.key == own }) {
		return list
	}
	return append(list, param{own, "over " + own + " ms"})
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// chip is a filter with how many requests it would leave.
type chip struct {
	label string
	count int
	href  templ.SafeURL
	on    bool
}

func (m RequestsPage) chips() []chip {
	slow := strconv.FormatInt(SlowRequest.Milliseconds(), 10)
	return []chip{
		{"Errors", m.Failed, m.toggleHref("outcome", "failed"), m.Filter.Outcome == "failed"},
		{"Failovers", m.Failovers, m.toggleHref("outcome", "failover"), m.Filter.Outcome == "failover"},
		{"By the node", m.Local, m.toggleHref("outcome", "local"), m.Filter.Outcome == "local"},
		{"Over 1 s", m.Slow, m.toggleHref("min_ms", slow), m.Filter.MinMS == slow},
	}
}

func (m RequestsPage) tailMeta() string {
	words := "Newest first"
	if (m.Held != 0 || m.Still) && len(m.Rows) > 0 {
		words = "Held at " + views.Clock(m.Rows[0].At)
	}
	if m.narrowed() {
		words += " · " + lower(rangeWords(m.Range))
	}
	return words
}

func count(n int) string { return views.Number(uint64(max(n, 0))) }

func (m RequestsPage) newerWords() string { return count(m.Newer) + " newer, load" }

func (m RequestsPage) keptWords() string {
	words := count(len(m.Rows)) + " of " + count(m.Match) + " shown"
	if m.filtered() {
		words += " · " + count(m.Kept) + " kept in all"
	}
	return words
}

// choiceWords say why there are several.
func (c RequestChoice) choiceWords() string {
	if c.Whole {
		return count(c.Count) + " requests have this id"
	}
	return count(c.Count) + " requests have an id that begins so"
}

func (r RequestRow) rowID() string { return "rq-" + strconv.FormatUint(r.Seq, 10) }

func (r RequestRow) status() ui.Status {
	if r.Failed {
		return ui.CircuitOpen
	}
	return ui.Healthy
}

// result is how the caller saw it: an error that belongs to the call itself is
// an answer too.
func (r RequestRow) result() string {
	switch {
	case r.Failed:
		return "Failed"
	case r.Category == "":
		return "OK"
	}
	return spelled(categoryLabel(r.Category))
}

func (r RequestRow) who() string {
	return FeedRow{Local: r.Local, Name: r.Name, Provider: r.Provider}.who(Shell{})
}

func (r RequestRow) slow() bool { return r.Duration >= SlowRequest }

// where it was served, as far as it is known.
func (r RequestRow) where() string {
	if r.Region == "" {
		return views.None
	}
	return r.Region
}

func exactClock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

func lasted(d time.Duration) string {
	if d > 0 && d < 50*time.Microsecond {
		return "under 0.1 ms"
	}
	return views.Milliseconds(float64(d.Microseconds()) / 1000)
}

func (d RequestDetail) extra() string {
	if d.Failovers > 0 {
		return "after " + views.Count(d.Failovers, "failover", "failovers")
	}
	return ""
}

func (d RequestDetail) heading() string {
	if d.Failed {
		return "Failed"
	}
	return d.result()
}

// lastedFigure is a number apart from its unit.
func lastedFigure(d time.Duration) (value, unit string) {
	return views.Latency(float64(d.Microseconds()) / 1000)
}

// span is where a part of the request lies on the scale of the whole, in per
// cent. What is too short to see is drawn all the same.
func (d RequestDetail) span(start, length time.Duration) (x, width string) {
	const least = 0.5
	total := max(d.Duration, 1)
	from := min(max(float64(start)/float64(total)*100, 0), 100-least)
	wide := min(max(float64(length)/float64(total)*100, least), 100-from)
	return perCent(from), perCent(wide)
}

func perCent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// pickStart is when the choice of providers began: what went before the first
// try, less the choice, was spent waiting and reading.
func (d RequestDetail) pickStart() time.Duration {
	if len(d.Tries) == 0 {
		return 0
	}
	return max(d.Tries[0].Start-d.Picked, 0)
}

func (t RequestTry) label() string { return cmp.Or(t.Name, t.Provider) }

func (t RequestTry) outcome() string {
	switch {
	case t.Outcome == "":
		return "answered"
	case t.Message != "" && !t.Answered:
		return t.Message
	}
	return categoryLabel(t.Outcome)
}

func (t RequestTry) barClass() string {
	switch {
	case t.Answered:
		return "wf-ok"
	case t.Canceled:
		return "wf-gone"
	}
	return "wf-bad"
}

func (t RequestTry) status() ui.Status {
	switch {
	case t.Answered:
		return ui.Healthy
	case t.Canceled:
		return ui.Unknown
	}
	return ui.CircuitOpen
}

// whyTried says when a try was made and why then.
func whyTried(i int, t RequestTry) string {
	places := []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh"}
	word := "last"
	if i < len(places) {
		word = places[i]
	}
	if t.Why == "" {
		return "Tried " + word
	}
	return "Tried " + word + ": " + t.Why
}

func (o RequestOther) label() string { return cmp.Or(o.Name, o.Provider) }

func (o RequestOther) words() string {
	word := "Not needed"
	if o.LeftOut {
		word = "No candidate"
	}
	if o.Why == "" {
		return word
	}
	return word + ": " + o.Why
}

// status is what the reason says of the provider then.
func (o RequestOther) status() ui.Status {
	switch why := o.Why; {
	case strings.HasPrefix(why, "circuit open"):
		return ui.CircuitOpen
	case strings.HasPrefix(why, "rate limited"):
		return ui.RateLimited
	case strings.HasPrefix(why, "drained by an operator"):
		return ui.Drained
	case strings.Contains(why, " behind, limit"):
		return ui.Lagging
	case o.LeftOut:
		return ui.Unknown
	}
	return ui.Healthy
}

func (d RequestDetail) errorWords() string {
	words := categoryLabel(d.Category)
	if d.Code != 0 {
		words += ", code " + strconv.Itoa(d.Code)
	}
	if n := len(d.Tries); d.Failed && n > 0 && d.Tries[n-1].Message != "" {
		words += ": " + d.Tries[n-1].Message
	}
	return words
}

// whyMeta says how much of the choice is recorded.
func (d RequestDetail) whyMeta() string {
	switch {
	case d.Traced:
		return views.Count(len(d.Tries), "provider", "providers") + " tried, " + strconv.Itoa(len(d.Others)) + " not"
	case d.Local:
		return "none was asked"
	}
	return "the first answered"
}
