package dashboard

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// sideBySide tells whether the page shows a column for each region.
func (m ProviderPage) sideBySide() bool { return len(m.Regions) > 1 }

func (r ProviderRegion) lost() bool { return !r.Lost.IsZero() }

// shown is the status of the column.
func (r ProviderRegion) shown() ui.Status {
	if r.Absent || r.lost() {
		return ui.Unknown
	}
	return r.Row.State.Status
}

// sentence is the reason of the column's status, since when, and what comes
// next.
func (r ProviderRegion) sentence(m ProviderPage) string {
	switch {
	case r.lost():
		return "No node of the region answers. Unknown since " + shortClock(m.Now, r.Lost) + " (" + views.Since(m.Now, r.Lost) + ")."
	case r.Absent:
		return "No node of this region has the provider configured."
	}
	at := m
	at.Row = r.Row
	return at.statusWords()
}

// right is the note at the right of the column's head.
func (r ProviderRegion) right() string {
	switch {
	case r.lost() || r.Absent:
		return ""
	case r.Row.Calls == 0:
		return "no traffic"
	}
	return rateWords(r.Row.PerSecond)
}

// stats are the column's figures over the range.
func (r ProviderRegion) stats() []stat {
	f := r.Figures
	ms := func(label string, v float64) stat {
		if f.Calls == 0 || v <= 0 || r.lost() {
			return stat{Label: label, Value: views.None}
		}
		value, unit := views.Latency(v)
		return stat{Label: label, Value: value, Unit: unit}
	}
	ok := stat{Label: successOfAttempts, Value: views.None}
	calls, rate := ok, ok
	calls.Label, rate.Label = attemptsLabel, "Per second"
	height := stat{Label: "Height", Value: views.None}
	lag := stat{Label: "Blocks behind", Value: views.None}
	part := stat{Label: "Share, 1 min", Value: views.None}
	if !r.lost() {
		if judged(f.Calls, f.Failed, f.SuccessRate) {
			ok.Value, ok.Unit = views.Success(f.SuccessRate), strings.TrimSpace("% "+few(f.Calls))
			ok.Over = low(f.Calls, f.SuccessRate)
		}
		calls.Value = views.Number(f.Calls)
		rate.Value, rate.Unit = views.Rate(f.PerSecond), "/s"
		height.Value = head(r.Row.Height)
		lag.Value, lag.Over = behindFigure(r.Row), r.Row.overLag()
		part.Value, part.Unit = views.Share(r.Row.Share), "%"
	}
	return []stat{ms("p50", f.P50), ms("p95", f.P95), ms("p99", f.P99), ok, calls, rate, lag, height, part}
}

func (r ProviderRegion) binCount() uint64 { return ProviderPage{Bins: r.Bins}.binCount() }

func (r ProviderRegion) histogram() ui.Histogram {
	return ProviderPage{Bins: r.Bins, Figures: r.Figures}.histogram()
}

// columns is the class of the row of columns.
func (m ProviderPage) columns() string {
	if len(m.Regions) == 2 {
		return "cols c2 sides live-data"
	}
	return "cols c3 sides live-data"
}

func (m ProviderPage) columnClass(r ProviderRegion) string {
	class := "panel rcol"
	switch {
	case r.lost() || r.Absent:
		class += " gone"
	case r.Row.State.Status == ui.CircuitOpen:
		class += " hot"
	}
	if m.Region != "" && m.Region == r.Region {
		class += " chosen"
	}
	return class
}

// regionCount is the extra of the page's badge: how many regions have its
// status; empty when all have, or when there is one.
func (m ProviderPage) regionCount() string {
	if !m.sideBySide() || m.Region != "" {
		return ""
	}
	n, all := 0, 0
	for _, r := range m.Regions {
		if r.Absent {
			continue
		}
		all++
		if !r.lost() && r.Row.State.Status == m.Row.State.Status {
			n++
		}
	}
	if n == 0 || n == all && m.Row.State.Status == ui.Healthy {
		return ""
	}
	return strconv.Itoa(n) + " of " + views.Count(all, "region", "regions")
}

// where names the regions in the page's status, when they are not all.
func (m ProviderPage) where() string {
	if m.regionCount() == "" {
		return ""
	}
	var names []string
	for _, r := range m.Regions {
		if !r.Absent && !r.lost() && r.Row.State.Status == m.Row.State.Status {
			names = append(names, r.Region)
		}
	}
	if len(names) == len(m.Regions) {
		return ""
	}
	return listWords(names)
}

// affected is the place of the first region with the page's problem, for the
// badge to lead to; -1: none.
func (m ProviderPage) affected() int {
	if m.regionCount() == "" || m.Row.healthy() {
		return -1
	}
	return slices.IndexFunc(m.Regions, func(r ProviderRegion) bool {
		return !r.Absent && !r.lost() && r.Row.State.Status == m.Row.State.Status
	})
}

func regionID(i int) string { return "region-" + strconv.Itoa(i) }

// page is that of the region's one node; empty where it has several, or none is
// known.
func (r ProviderRegion) page() string {
	if len(r.Nodes) != 1 {
		return ""
	}
	return r.Nodes[0].Page
}

func (n RegionNode) word() string {
	if n.Lost {
		return "No answer"
	}
	return n.Status.Word()
}

func (n RegionNode) shown() ui.Status {
	if n.Lost {
		return ui.Unknown
	}
	return n.Status
}

// figuresHead names whose figures they are.
func figuresHead(m ProviderPage) string {
	switch {
	case !m.sideBySide():
		return "Figures"
	case m.Region != "":
		return m.Region
	}
	return "All " + strconv.Itoa(len(m.Regions)) + " regions"
}
