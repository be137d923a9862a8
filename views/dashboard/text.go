package dashboard

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func (r ProviderRow) label() string { return cmp.Or(r.Name, r.ID) }

// rowID identifies a row inside a fragment, so that a swap keeps its element.
func (r ProviderRow) rowID(prefix string) string {
	return prefix + "-" + strconv.FormatUint(r.Chain.ID, 10) + "-" + r.ID
}

func (c ChainRef) rowID(prefix string) string {
	return prefix + "-" + strconv.FormatUint(c.ID, 10)
}

func (r ProviderRow) healthy() bool { return r.State.Status == ui.Healthy }

// latency writes a quantile, or "–" without samples.
func latency(calls uint64, ms float64) string {
	if calls == 0 || ms <= 0 {
		return views.None
	}
	return views.Milliseconds(ms)
}

// success writes a success rate, or "–" where no caller waited for an answer:
// where nothing was answered, and nothing failed.
func success(calls, failed uint64, ratio float64) string {
	if !judged(calls, failed, ratio) {
		return views.None
	}
	return views.Success(ratio) + " %"
}

// A client's request is one call; each try of it on a provider is an attempt. The
// two have rates of their own, and columns say which is theirs.
const (
	successOfCalls    = "Success of calls"
	successOfAttempts = "Success of attempts"
	attemptsLabel     = "Attempts"
	attemptRateLabel  = "Attempts/s"
)

// tableNote tells lines apart that share columns.
const tableNote = "chains count calls, providers attempts"

// judged tells whether there is a success rate.
func judged(calls, failed uint64, ratio float64) bool { return calls > 0 && (ratio > 0 || failed > 0) }

// fewCalls is the sample size below which a ratio is printed with its sample.
const fewCalls = 20

// SuccessLimit is the share of attempts without a fault over a minute below
// which a provider is Degraded: figures under it are marked.
const SuccessLimit = 0.97

// low reports whether a share of enough calls is under the limit.
func low(calls uint64, ratio float64) bool { return calls >= fewCalls && ratio < SuccessLimit }

func few(calls uint64) string {
	if calls == 0 || calls >= fewCalls {
		return ""
	}
	return "of " + strconv.FormatUint(calls, 10)
}

func share(v float64) string {
	if s := views.Share(v); s != views.None {
		return s + " %"
	}
	return views.None
}

func behind(r ProviderRow) string {
	switch {
	case r.Height == 0:
		return views.None
	case r.Behind == 0:
		return "0"
	}
	return views.Signed(-r.Behind)
}

func (r ProviderRow) overLag() bool { return r.MaxLag >= 0 && r.Behind > int64(r.MaxLag) }

func lagLimit(n int) string {
	if n < 0 {
		return "no limit"
	}
	return "limit " + views.Count(n, "block", "blocks")
}

// transports names the transports that a state is about: those that are not
// healthy, or all when none is worse than another.
func (r ProviderRow) transports() []string {
	var all, bad []string
	for _, b := range r.Breakers {
		all = append(all, b.Transport)
		if b.State.Status != ui.Healthy && b.State.Status != "" {
			bad = append(bad, b.Transport)
		}
	}
	if len(bad) > 0 {
		return bad
	}
	return all
}

// breaker finds the breaker of a transport.
func (r ProviderRow) breaker(transport string) (ui.Breaker, bool) {
	for _, b := range r.Breakers {
		if b.Transport == transport {
			return b, true
		}
	}
	return ui.Breaker{}, false
}

func breakerNote(b ui.Breaker) string {
	if b.Forced != "" {
		return b.Forced
	}
	switch b.Circuit {
	case ui.HalfOpen:
		return fmt.Sprintf("%d of %d trial requests passed", b.Successes, b.Needed)
	case ui.Open:
		if b.State.Reason == "" && b.LastError != "" {
			return "last: " + b.LastError
		}
		return b.State.Reason
	case ui.Closed:
	}
	words := views.Count(b.Failures, "failure", "failures")
	if b.Threshold > 0 {
		words = fmt.Sprintf("%d of %d failures", b.Failures, b.Threshold)
	}
	if b.Failures > 0 && b.LastError != "" {
		words += ", last: " + b.LastError
	}
	return words
}

// sentence is reason and next check in one line, for under a name.
func (s Shell) sentence(st ui.State) string {
	parts := make([]string, 0, 2)
	if st.Reason != "" {
		parts = append(parts, st.Reason)
	}
	if !st.Next.IsZero() {
		parts = append(parts, "next check "+views.Until(s.Now, st.Next))
	}
	return strings.Join(parts, " · ")
}

func rangeWords(r string) string {
	switch r {
	case "5m":
		return "Last 5 min"
	case "15m":
		return "Last 15 min"
	case "1h":
		return "Last hour"
	case "24h":
		return "Last 24 h"
	case AllKept:
		return "All that is kept"
	}
	return "Last minute"
}

// ranges are the spans of time that a page offers.
func (s Shell) ranges() []string {
	list := []string{"1m", "5m", "15m", "1h", "24h"}
	if s.Whole {
		list = append(list, AllKept)
	}
	return list
}

// rangeLabel is what stands on the control of a range.
func rangeLabel(r string) string {
	if r == AllKept {
		return "All"
	}
	return r
}

func rangeCommand(r string) string {
	if r == AllKept {
		return "Show all that is kept"
	}
	return "Show the last " + r
}

func (s Shell) rangeIs(r string) bool { return s.Range == r || s.Range == "" && r == defaultRange }

// coverage says how many nodes the figures speak for; empty when unknown.
func (s Shell) coverage() string { return s.Coverage.words() }

func (c Coverage) words() string {
	if c.Total == 0 {
		return ""
	}
	return strconv.Itoa(c.Responding) + " of " + strconv.Itoa(c.Total) + " " + noun(c.Total, "node", "nodes")
}

// noneIn says that there was nothing in the range.
func (s Shell) noneIn() string { return "No requests in the " + lower(rangeWords(s.Range)) + "." }

// told is for how many nodes the figures below the header speak.
func (s Shell) told() Coverage {
	if s.Lack.Total > 0 {
		return s.Lack
	}
	return s.Coverage
}

// coverageName is the name of the link to the cluster: what it shows, first.
func (s Shell) coverageName() string {
	name := s.coverage()
	if s.outdated() {
		name += " " + views.Span(s.Age) + " old"
	}
	return name + ", cluster"
}

func (s Shell) partial() bool { return s.Coverage.Responding < s.Coverage.Total }

// lacking tells that figures speak for fewer nodes than are known: panels say
// so with a mark.
func (s Shell) lacking() bool { c := s.told(); return c.Responding < c.Total && c.Total > 1 }

// minute heads the panels that always show the last minute.
func (s Shell) minute(more ...string) string { return s.meta("Last minute", more...) }

// span heads the panels that follow the range.
func (s Shell) span(more ...string) string { return s.meta(rangeWords(s.Range), more...) }

func (s Shell) meta(first string, more ...string) string {
	parts := []string{first}
	if s.placed() {
		parts = append(parts, s.placeName())
	}
	if s.Coverage.Total > 1 && !s.lacking() {
		parts = append(parts, s.coverage())
	}
	for _, m := range more {
		if m != "" {
			parts = append(parts, m)
		}
	}
	return strings.Join(parts, " · ")
}

// spelled turns a key into words: "load-balanced" into "Load balanced".
func spelled(key string) string { return capital(strings.ReplaceAll(key, "-", " ")) }

// categoryLabel turns "rate_limit" into "rate limit".
func categoryLabel(s string) string { return strings.ReplaceAll(s, "_", " ") }

func (m Series) values(f func(Point) float64) []float64 {
	out := make([]float64, len(m.Points))
	for i, p := range m.Points {
		if p.Gap {
			out[i] = ui.Missing()
		} else {
			out[i] = f(p)
		}
	}
	return out
}

func (m Series) rates() []float64 {
	return m.values(func(p Point) float64 { return perSecond(p.Calls, m.Step) })
}

func (m Series) p50() []float64 {
	return m.values(func(p Point) float64 { return answered(p.P50) })
}

func (m Series) p95() []float64 {
	return m.values(func(p Point) float64 { return answered(p.P95) })
}

// answered is a latency; where nothing was answered there is none.
func answered(ms float64) float64 {
	if ms <= 0 {
		return ui.Missing()
	}
	return ms
}

func (m Series) successes() []float64 {
	return m.values(sampled(func(p Point) float64 { return 1 - float64(p.Failed)/float64(p.Calls) }))
}

func (m Series) failovers() []float64 {
	return m.values(func(p Point) float64 { return float64(p.Failovers) })
}

func sampled(f func(Point) float64) func(Point) float64 {
	return func(p Point) float64 {
		if p.Calls == 0 {
			return ui.Missing()
		}
		return f(p)
	}
}

func perSecond(n uint64, step time.Duration) float64 {
	if step <= 0 {
		return 0
	}
	return float64(n) / step.Seconds()
}

func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	return most
}

// empty tells a series without a single call.
func (m Series) empty() bool {
	for _, p := range m.Points {
		if p.Calls > 0 {
			return false
		}
	}
	return true
}
