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

// spans are the lengths that the past of breakers is drawn in.
func spans() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
}

func (s Shell) rangeSpan() time.Duration {
	switch s.Range {
	case "5m":
		return 5 * time.Minute
	case "15m":
		return 15 * time.Minute
	case "1h":
		return time.Hour
	case "24h":
		return 24 * time.Hour
	}
	return time.Minute
}

// breakerSpan is how far back the breakers are drawn: the range, at least an
// hour, and not much more than the nodes remember.
func (m ProviderPage) breakerSpan() time.Duration {
	least := m.rangeSpan()
	most := max(least, time.Hour)
	var remembered time.Duration
	for _, t := range m.Breakers {
		if !t.From.IsZero() {
			remembered = max(remembered, m.Now.Sub(t.From))
		}
	}
	for _, d := range spans() {
		if d >= least && (d >= remembered || d >= most) {
			return min(d, most)
		}
	}
	return most
}

// spanWords are round spans in words.
func spanWords(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "minute"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d == time.Hour:
		return "hour"
	}
	return strconv.Itoa(int(d/time.Hour)) + " h"
}

// breakerAxis is the time that the breakers are drawn over.
func (m ProviderPage) breakerAxis() ui.Axis {
	return ui.Axis{From: m.Now.Add(-m.breakerSpan()), To: m.Now}
}

// track puts the past of a breaker on the axis.
func (m ProviderPage) track(t BreakerTrack) ui.Track {
	span := m.breakerSpan()
	start := m.Now.Add(-span)
	place := func(at time.Time) float64 { return float64(at.Sub(start)) / float64(span) }
	out := ui.Track{From: 1, To: 1, Label: m.trackWords(t), Before: t.before()}
	if !t.From.IsZero() {
		out.From = place(t.From)
	}
	if !t.Lost.IsZero() {
		out.To = place(t.Lost)
	}
	for _, c := range t.Changes {
		out.Turns = append(out.Turns, ui.Turn{At: place(c.At), To: c.To})
	}
	return out
}

// before is what a breaker was before the first change that is known of it.
func (t BreakerTrack) before() ui.Circuit {
	if len(t.Changes) == 0 {
		return cmp.Or(t.Circuit, ui.Closed) // what it is now
	}
	switch t.Changes[0].To {
	case ui.HalfOpen: // only what is open is tried
		return ui.Open
	case ui.Closed:
		return ui.HalfOpen
	case ui.Open:
	}
	return ui.Closed
}

// opened counts how often a breaker opened within the time that is drawn, and
// for how long it took nothing in all.
func (m ProviderPage) opened(t BreakerTrack) (times int, total time.Duration) {
	start := m.Now.Add(-m.breakerSpan())
	end := m.Now
	if !t.Lost.IsZero() {
		end = t.Lost
	}
	var since time.Time
	if t.before() == ui.Open {
		since = t.From
	}
	for _, c := range t.Changes {
		if !since.IsZero() && c.At.After(start) {
			total += c.At.Sub(later(since, start))
		}
		since = time.Time{}
		if c.To == ui.Open {
			since = c.At
			if c.At.After(start) {
				times++
			}
		}
	}
	if !since.IsZero() && end.After(start) {
		total += end.Sub(later(since, start))
	}
	return times, max(total, 0)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// openedWords is what opened says, in a few words.
func (m ProviderPage) openedWords(t BreakerTrack) string {
	times, total := m.opened(t)
	switch {
	case !t.Lost.IsZero():
		return "no answer for " + views.Since(m.Now, t.Lost)
	case t.From.IsZero():
		return "not known"
	case times == 0 && total == 0:
		return "never opened"
	case times == 0:
		return "open for " + views.Span(total)
	}
	return "opened " + strconv.Itoa(times) + "×, " + views.Span(total)
}

// knownWords say from when on the past of a breaker is known; empty where all
// that is drawn is, or nothing.
func (m ProviderPage) knownWords(t BreakerTrack) string {
	if t.From.After(m.Now.Add(-m.breakerSpan())) {
		return "not known before " + views.Clock(t.From)
	}
	return ""
}

func (m ProviderPage) trackWords(t BreakerTrack) string {
	words := []string{t.Region, t.Transport}
	if m.manyNodes(t.Region) || t.Region == "" {
		words[0] = strings.TrimSpace(t.Region + " " + t.Node)
	}
	now := "not known"
	if t.Circuit != "" {
		now = lower(t.Circuit.Word())
	}
	opened := m.openedWords(t)
	if known := m.knownWords(t); known != "" {
		opened += ", " + known
	}
	return strings.Join(words, " ") + " over the last " + spanWords(m.breakerSpan()) + ": " + opened + "; now " + now
}

// manyNodes tells whether a region has more than one node with the provider: a
// track is then named by its node too.
func (m ProviderPage) manyNodes(region string) bool {
	node := ""
	for _, t := range m.Breakers {
		if t.Region != region {
			continue
		}
		if node != "" && node != t.Node {
			return true
		}
		node = t.Node
	}
	return false
}

// where names the place of a track; empty where there is only one.
func (m ProviderPage) trackPlace(t BreakerTrack) string {
	if !m.Clustered {
		return ""
	}
	if t.Region == "" || m.Node != "" {
		return t.Node
	}
	return t.Region
}

// eventWhere is the place of an event and its detail.
func (m ProviderPage) eventWhere(r FeedRow) string {
	parts := make([]string, 0, 3)
	if m.sideBySide() && m.Region == "" && r.Region != "" {
		parts = append(parts, r.Region)
	}
	if m.manyNodes(r.Region) {
		parts = append(parts, r.Node)
	}
	if r.Detail != "" {
		parts = append(parts, r.Detail)
	}
	return strings.Join(parts, " · ")
}

// errorClass are the errors of one category.
type errorClass struct {
	Category string
	Count    uint64
	Share    float64 // of all, 0 to 1
	Rows     []ErrorRow
}

// errorClasses groups errors by category, the most frequent first.
func (m ProviderPage) errorClasses() []errorClass {
	var all []errorClass
	var sum uint64
	at := map[string]int{}
	for _, e := range m.Errors {
		i, ok := at[e.Category]
		if !ok {
			i = len(all)
			at[e.Category] = i
			all = append(all, errorClass{Category: e.Category})
		}
		all[i].Count += e.Count
		all[i].Rows = append(all[i].Rows, e)
		sum += e.Count
	}
	for i := range all {
		all[i].Share = float64(all[i].Count) / float64(max(sum, 1))
	}
	sortClasses(all)
	return all
}

// windowNow tells the row of the page's range.
func (m ProviderPage) windowNow(w WindowRow) bool { return m.rangeIs(w.Range) }

// failedHref are the requests for which the provider was tried and that failed
// or went on to another.
func (m ProviderPage) failedHref() templ.SafeURL {
	s := m.Shell
	s.keep = []param{{"chain", m.Row.Chain.slug()}, {"provider", m.Row.ID}, {"outcome", "trouble"}}
	s.Sort, s.MSort = "", ""
	return templ.SafeURL(s.profilePath() + "/requests" + s.query().String())
}

// categoryHref are the requests that the provider failed with errors of a
// category, whoever answered them then.
func (m ProviderPage) categoryHref(category string) templ.SafeURL {
	return m.navHref(NavRequests, append(ofProvider(m.Row), param{"q", category})...)
}

// windowRegions are the places of the regions that the windows have columns for.
func (m ProviderPage) windowRegions() []int {
	if len(m.Windows) == 0 {
		return nil
	}
	return places(min(len(m.Windows[0].Regions), len(m.Regions)))
}

func (m ProviderPage) errorRegions() []int {
	if len(m.Errors) == 0 {
		return nil
	}
	return places(min(len(m.Errors[0].Regions), len(m.Regions)))
}

func places(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func countOrNone(n uint64) string {
	if n == 0 {
		return views.None
	}
	return views.Number(n)
}

func sortClasses(all []errorClass) {
	slices.SortStableFunc(all, func(x, y errorClass) int { return cmp.Compare(y.Count, x.Count) })
}

// capital writes the first letter large.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
