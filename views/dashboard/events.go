package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// mostReach is how many nodes are named that do not know the whole time.
const mostReach = 6

// Page renders the whole document.
func (m EventsPage) Page() templ.Component { return eventsPage(m.ready()) }

// Fragment renders FragmentFacts, FragmentCounts or FragmentEvents.
func (m EventsPage) Fragment(id string) (templ.Component, bool) {
	m = m.ready()
	switch id {
	case FragmentFacts:
		return together(m.Shell, eventsFacts(m)), true
	case FragmentCounts:
		return eventCounts(m), true
	case FragmentEvents:
		return eventLog(m), true
	}
	return nil, false
}

// SetShell makes this the frame of the page. All that is kept is a range of its
// own here, and the one that it has while none is chosen.
func (m *EventsPage) SetShell(frame Shell) {
	if m.Shell = frame; !m.Spanned {
		m.Range = AllKept
	}
	m.Whole = true
}

func (m EventsPage) ready() EventsPage {
	m.keep, m.page = m.Filter.params(), nth(m.Nth)
	return m
}

func (f EventFilter) params() []param {
	return []param{{"kind", f.Kind}, {"chain", f.Chain}, {"provider", f.Provider}, {"q", f.Text}, {"until", instant(f.Until)}}
}

// instant writes a time for an address.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// narrowed tells whether the list goes back over a range only.
func (m EventsPage) narrowed() bool { return m.Range != AllKept && m.Range != "" }

// filtered tells whether anything but the time narrows the list.
func (m EventsPage) filtered() bool {
	f := m.Filter
	f.Until = time.Time{}
	return f != EventFilter{} || m.Region != "" || m.Node != ""
}

// clearHref is the page without any filter.
func (m EventsPage) clearHref() templ.SafeURL { return templ.SafeURL(m.Path) }

// liveHref is the list as it moves, from its first page on.
func (m EventsPage) liveHref() templ.SafeURL {
	s := m.Shell
	s.page = ""
	return s.keepHref("until", "")
}

// pages is the frame for the links to other pages of the list: it stands still
// for them.
func (m EventsPage) pages() Shell {
	s := m.Shell
	if m.Filter.Until.IsZero() && len(m.Rows) > 0 {
		f := m.Filter
		f.Until = m.Rows[0].At
		s.keep = f.params()
	}
	return s
}

// formState is what the form sends along beside its own fields.
func (m EventsPage) formState() []param {
	all := []param{{"range", m.Range}, {"region", m.Region}, {"node", m.Node}, {"kind", m.Filter.Kind}}
	return slices.DeleteFunc(all, func(p param) bool { return p.value == "" || p == param{"range", AllKept} })
}

// untilValue is the end of the list in the form's field, in UTC.
func (m EventsPage) untilValue() string {
	if m.Filter.Until.IsZero() {
		return ""
	}
	// A whole second, and never before the end: the list keeps its rows.
	at := m.Filter.Until.UTC().Truncate(time.Second)
	if at.Before(m.Filter.Until) {
		at = at.Add(time.Second)
	}
	return at.Format("2006-01-02T15:04:05")
}

func (m EventsPage) chips() []filterChip {
	out := make([]filterChip, 0, len(m.Kinds))
	for _, k := range m.Kinds {
		c := filterChip{label: k.Label, count: k.Count, on: m.Filter.Kind == k.Key}
		if k.Count == 0 && !c.on {
			continue
		}
		value := k.Key
		if c.on {
			value = ""
		}
		c.href = m.keepHref("kind", value)
		out = append(out, c)
	}
	return out
}

// when is the time of the list, in words.
func (m EventsPage) when() string {
	until := m.Filter.Until
	switch {
	case m.narrowed() && !until.IsZero():
		return "in the " + spanWords(m.rangeSpan()) + " up to " + dayClock(m.Now, until)
	case m.narrowed():
		return "in the " + lower(rangeWords(m.Range))
	case !until.IsZero():
		return "up to " + dayClock(m.Now, until)
	}
	return "of all that is kept"
}

// emptyWhen is when, for a list without events.
func (m EventsPage) emptyWhen() string {
	switch {
	case m.narrowed() || !m.Filter.Until.IsZero():
		return m.when()
	case m.filtered():
		return "that is kept"
	}
	return "yet"
}

func (m EventsPage) listMeta(w window) string {
	words := []string{"Newest first", w.words()}
	if m.narrowed() || !m.Filter.Until.IsZero() {
		words = append(words, m.when())
	}
	words = append(words, cmp.Or(m.Node, m.Region))
	if m.Coverage.Total > 1 && !m.lacking() {
		words = append(words, m.coverage())
	}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " · ")
}

func (m EventsPage) newerWords() string { return count(m.Newer) + " newer, load" }

// missingWords name the nodes that did not tell.
func (m EventsPage) missingWords() string {
	switch {
	case !m.lacking():
		return ""
	case m.Loading:
		return m.missingOf(m.told()) + "."
	}
	return m.missingOf(m.told()) + ": what happened there is not listed."
}

// words say how far back a node tells.
func (r EventReach) words(now time.Time) string {
	at := dayClock(now, r.Since)
	if r.Forgot {
		return r.Node + " does not know all before " + at
	}
	return r.Node + " started " + at
}

// dayClock is a time of day, with its date where that is not today's.
func dayClock(now, at time.Time) string {
	if d := dateOf(now, at); d != "" {
		return d + " " + views.Clock(at)
	}
	return views.Clock(at)
}

// dateOf is the date of a time; empty where that is today's.
func dateOf(now, at time.Time) string {
	at = at.UTC()
	if y, m, d := now.UTC().Date(); at.Year() == y && at.Month() == m && at.Day() == d {
		return ""
	}
	return at.Format("2 Jan")
}

// rowID names the event. What became of a node has a number of the node that
// serves the page, all else one of its own node.
func (r EventRow) rowID() string {
	id := "ev-" + r.Node + "-"
	if r.Kind == "node" {
		id += "n"
	}
	return id + strconv.FormatUint(r.Seq, 10)
}

func (r EventRow) who() string { return cmp.Or(r.Name, r.Provider) }

// subject is what an event is about, with the page for it; empty for none.
func (m EventsPage) subject(r EventRow) (words string, href templ.SafeURL) {
	chain := r.Chain.label()
	switch {
	case r.Kind == "node":
		return r.Node, m.clusterHref()
	case r.Kind == "configuration":
		return "Configuration", m.navHref(NavConfig)
	case r.Provider != "" && chain != "":
		words = r.who() + " on " + chain
		href = m.providerHref(r.Chain, r.Provider)
	case r.Provider != "":
		return r.who(), ""
	case chain != "":
		words, href = chain, m.chainHref(r.Chain)
	}
	if !r.Linked {
		href = ""
	}
	return words, href
}

// placed tells whether the events name where they happened.
func (m EventsPage) placed() bool { return m.Clustered }

// nodeShort is the node, where its region does not say as much.
func (r EventRow) nodeShort() string {
	if r.Node == r.Region {
		return ""
	}
	return r.Node
}

// ofProvider and ofChain are the keys that narrow requests and events.
func ofProvider(r ProviderRow) []param {
	return []param{{"chain", r.Chain.slug()}, {"provider", r.ID}}
}

func ofChain(c ChainRef) param { return param{"chain", c.slug()} }
