package dashboard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// routeRow is a route with its place in every strategy.
type routeRow struct {
	Candidate
	Cells []pickCell
}

// pickCell is a route in one strategy.
type pickCell struct {
	Rank  string // "1st"
	Share float64
	Why   string
	First bool // it alone is the most likely first choice
}

// rows are the candidates in configured order: they stay where they are,
// whatever the strategies draw.
func (c Comparison) rows() []routeRow {
	var rows []routeRow
	at := map[[2]string]int{}
	for i, s := range c.Strategies {
		ranks := s.ranks()
		alone := slices.Index(ranks, 1) == lastIndex(ranks, 1)
		for j, k := range s.Candidates {
			key := [2]string{k.Provider, k.Transport}
			n, ok := at[key]
			if !ok {
				n = len(rows)
				at[key] = n
				rows = append(rows, routeRow{Candidate: k, Cells: make([]pickCell, len(c.Strategies))})
			}
			rows[n].Cells[i] = pickCell{Rank: ordinal(ranks[j]), Share: k.Share, Why: s.why(k), First: alone && ranks[j] == 1}
		}
	}
	slices.SortStableFunc(rows, func(a, b routeRow) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Transport, b.Transport))
	})
	return rows
}

// lastIndex is the last place of a value; -1 without one.
func lastIndex(list []int, v int) int {
	for i, x := range slices.Backward(list) {
		if x == v {
			return i
		}
	}
	return -1
}

// random tells whether a strategy draws or takes turns: the order of its
// candidates is then one of many.
func (s StrategyPick) random() bool { return s.Strategy != "priority" && s.Strategy != "fastest" }

// ranks are the places of the candidates. Where the strategy draws, they are
// by health and then by chance, and the same chance is the same place.
func (s StrategyPick) ranks() []int {
	out := make([]int, len(s.Candidates))
	for i, k := range s.Candidates {
		if !s.random() {
			out[i] = k.Rank
			continue
		}
		out[i] = 1
		for _, other := range s.Candidates {
			if other.Tier < k.Tier || other.Tier == k.Tier && other.Share > k.Share+1e-9 {
				out[i]++
			}
		}
	}
	return out
}

// first names who is tried first: one provider, or as many as have the same
// chance.
func (s StrategyPick) first() string {
	ranks := s.ranks()
	var names []string
	for i, k := range s.Candidates {
		if ranks[i] == 1 && !slices.Contains(names, k.label()) {
			names = append(names, k.label())
		}
	}
	switch {
	case len(names) == 0:
		return "nobody"
	case len(names) > 2:
		return "any of " + strconv.Itoa(len(names))
	}
	return strings.Join(names, " or ")
}

func (s StrategyPick) why(k Candidate) string {
	if k.Tier <= 1 {
		switch s.Strategy {
		case "round-robin":
			return "in turn"
		case "load-balanced":
			return "drawn at random"
		case "latency-weighted": // the expected latency has a column of its own
			why, _, _ := strings.Cut(k.Why, ", expected")
			return why
		}
	}
	return k.Why
}

func ordinal(n int) string {
	if tens := n % 100; tens < 11 || tens > 13 {
		switch n % 10 {
		case 1:
			return strconv.Itoa(n) + "st"
		case 2:
			return strconv.Itoa(n) + "nd"
		case 3:
			return strconv.Itoa(n) + "rd"
		}
	}
	return strconv.Itoa(n) + "th"
}

// expected is the latency of a call's first try, each candidate's weighted by
// its chance of being that; note tells how much of it was never measured.
func (s StrategyPick) expected() (figure, note string) {
	sum, known := 0.0, 0.0
	for _, k := range s.Candidates {
		if k.Measured {
			sum += k.Share * k.Latency
			known += k.Share
		}
	}
	if known <= 0 {
		return views.None, "not measured"
	}
	if unknown := 1 - known; unknown >= 0.005 {
		note = share(unknown) + " not measured"
	}
	return views.Milliseconds(sum / known), note
}

// best tells which strategies expect the lowest latency of the first try; none
// does where all expect the same.
func (c Comparison) best() []bool {
	texts, values := make([]string, len(c.Strategies)), make([]float64, len(c.Strategies))
	least, most := 0.0, 0.0
	for i, s := range c.Strategies {
		sum, known := 0.0, 0.0
		for _, k := range s.Candidates {
			if k.Measured {
				sum, known = sum+k.Share*k.Latency, known+k.Share
			}
		}
		texts[i], _ = s.expected()
		if known <= 0 {
			continue
		}
		values[i] = sum / known
		if least == 0 || values[i] < least {
			least = values[i]
		}
		most = max(most, values[i])
	}
	out := make([]bool, len(c.Strategies))
	if views.Milliseconds(least) == views.Milliseconds(most) {
		return out
	}
	for i := range out {
		out[i] = values[i] > 0 && texts[i] == views.Milliseconds(least)
	}
	return out
}

func (k Candidate) label() string { return cmp.Or(k.Name, k.Provider) }

func (k Candidate) tile() bool { return k.Status != ui.Healthy && k.Status != "" }

func (k Candidate) latency() string {
	if !k.Measured {
		return views.None
	}
	return views.Milliseconds(k.Latency)
}

// evidenceWords say where an expected latency comes from.
func (k Candidate) evidenceWords() string {
	from := map[string]string{"method": "this method", "route": "all methods", "probe": "our probes"}[k.Evidence]
	if from == "" || !k.Measured {
		return "not measured"
	}
	return from + ", " + views.Count(k.Samples, "sample", "samples")
}

func (x Excluded) label() string { return cmp.Or(x.Name, x.Provider) }

// sentence is reason, since and next check of an exclusion.
func (x Excluded) sentence(s Shell) string {
	parts := []string{x.Reason}
	if !x.Since.IsZero() {
		parts = append(parts, "for "+views.Since(s.Now, x.Since))
	}
	if !x.Next.IsZero() {
		parts = append(parts, "next check "+views.Until(s.Now, x.Next))
	}
	return strings.Join(parts, " · ")
}

func (c Comparison) notes() []string {
	var out []string
	if c.Note != "" {
		out = append(out, strings.ToUpper(c.Note[:1])+c.Note[1:]+".")
	}
	if len(c.FailedOpen) > 0 {
		out = append(out, fmt.Sprintf("Ignored, because it would leave nobody: %s.", strings.Join(c.FailedOpen, ", ")))
	}
	return out
}

func (k Candidate) rowID() string { return "st-" + k.Provider + "-" + lower(k.Transport) }

func (x Excluded) rowID() string { return "sx-" + x.Provider + "-" + lower(x.Transport) }

// wide is how many columns the reason of an exclusion covers.
func (c Comparison) wide() string { return strconv.Itoa(len(c.Strategies) + 1) }
