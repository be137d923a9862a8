package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views/ui"
)

// controls says what the right side of the context bar holds.
type controls struct {
	first  templ.Component // of the page's own; nil: none
	region bool
	menu   bool // the regions are a menu, as other selectors need the room
	rng    bool
	table  string // fragment of the strip of figures, which has no head of its own; empty: there is none
}

// manyRegions tells whether there is a choice of regions.
func (s Shell) manyRegions() bool { return len(s.Regions) > 1 }

// mostSegments is how many choices stand side by side; more become a menu.
const mostSegments = 7

// mostLetters is how long the names of these may be, all together.
const mostLetters = 40

// regionSegments tells whether the regions stand side by side. They do not
// where nodes are chosen too: both would not fit in one line.
func (s Shell) regionSegments() bool {
	letters := 0
	for _, r := range s.Regions {
		letters += utf8.RuneCountInString(r)
	}
	return len(s.Regions)+1 <= mostSegments && letters <= mostLetters && len(s.nodeChoices()) == 0
}

func (s Shell) regionLabel() string {
	if s.Region == "" {
		return "All regions"
	}
	return s.Region
}

// clusterLinks tells whether the page leads to the cluster page.
func (s Shell) clusterLinks() bool { return s.Clustered && s.Profile.Slug != "" }

// covered and coveredOf are the two parts of "3 of 3 nodes": the word gives
// way first where it is narrow.
func (s Shell) covered() string {
	return strconv.Itoa(s.Coverage.Responding) + " of " + strconv.Itoa(max(s.Coverage.Total, s.Coverage.Responding))
}

func (s Shell) coveredOf() string { return noun(s.Coverage.Total, "node", "nodes") }

// seriesOf is the place of a region among all: its colour, dash and marker,
// whatever is selected.
func (s Shell) seriesOf(region string) int { return max(slices.Index(s.Regions, region), 0) }

// mostPips is how many regions are shown one by one.
const mostPips = 5

func manyPips(rows []ProviderRow) bool {
	return slices.ContainsFunc(rows, func(r ProviderRow) bool { return len(r.Regions) > 1 })
}

func manyPipsOf(chains []ChainRow) bool {
	return slices.ContainsFunc(chains, func(c ChainRow) bool { return manyPips(c.Providers) })
}

// shown is the status of a pip.
func (r RegionStatus) shown() ui.Status {
	if r.Absent || r.Unreachable {
		return ui.Unknown
	}
	return r.Status
}

func (r RegionStatus) word() string {
	switch {
	case r.Absent:
		return "not configured"
	case r.Unreachable:
		return "no answer"
	}
	return lower(r.Status.Word())
}

// regionWords says the pips in words.
func regionWords(regions []RegionStatus) string {
	parts := make([]string, 0, len(regions))
	for _, r := range regions {
		parts = append(parts, r.Region+" "+r.word())
	}
	return strings.Join(parts, ", ")
}

// worstRegion is the worst status among regions, and how many of them have a
// problem.
func worstRegion(regions []RegionStatus) (worst ui.Status, n int) {
	worst = ui.Healthy
	for _, r := range regions {
		if r.Absent {
			continue
		}
		st := r.shown()
		if st != ui.Healthy {
			n++
		}
		if st.Rank() < worst.Rank() {
			worst = st
		}
	}
	return worst, n
}

// span is how many columns a cell covers, with the one of the pips.
func span(n int, pipped bool) string {
	if pipped {
		n++
	}
	return strconv.Itoa(n)
}
