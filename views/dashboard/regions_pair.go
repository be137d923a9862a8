package dashboard

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso/views/ui"
)

// Deviation is one provider in the two chosen regions.
type Deviation struct {
	Chain    ChainRef
	Provider RegionProvider
	L, R     float64 // the chosen figure in the first and in the second
	Diff     float64 // R less L
}

// deviations are the providers with a figure in both regions, the largest
// difference first, and sentences on those with a figure in one only.
func (m RegionsPage) deviations() (rows []Deviation, silent []string) {
	l, r := slices.Index(m.Regions, m.Left), slices.Index(m.Regions, m.Right)
	if l < 0 || r < 0 {
		return nil, nil
	}
	for _, c := range m.Chains {
		for _, p := range c.Providers {
			if l >= len(p.Cells) || r >= len(p.Cells) {
				continue
			}
			a, b := p.Cells[l], p.Cells[r]
			av, aok := m.value(a)
			bv, bok := m.value(b)
			switch {
			case a.Unreachable || b.Unreachable:
				continue // said once, by lostRegions
			case aok && bok:
				rows = append(rows, Deviation{Chain: c.Ref, Provider: p, L: av, R: bv, Diff: bv - av})
			case aok:
				silent = append(silent, p.silent(c, b, m.Right))
			case bok:
				silent = append(silent, p.silent(c, a, m.Left))
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b Deviation) int { return cmp.Compare(math.Abs(b.Diff), math.Abs(a.Diff)) })
	return rows, silent
}

func (p RegionProvider) silent(c RegionChain, cell RegionCell, region string) string {
	who := p.label() + " on " + c.Ref.label()
	switch {
	case cell.Absent:
		return who + " is not configured in " + region
	case cell.Status == ui.Healthy:
		return who + " has no data in " + region
	}
	return who + " has no data in " + region + ": " + lower(cell.Status.Word())
}

// lostRegions are those of the two whose nodes do not answer.
func (m RegionsPage) lostRegions() []string {
	var out []string
	for _, region := range []string{m.Left, m.Right} {
		i := slices.Index(m.Regions, region)
		for _, c := range m.Chains {
			if i >= 0 && !slices.Contains(out, region) && slices.ContainsFunc(c.Providers, func(p RegionProvider) bool { return i < len(p.Cells) && p.Cells[i].Unreachable }) {
				out = append(out, region)
			}
		}
	}
	return out
}

// Sizes of the panel of two regions.
const (
	mostDeviations = 12
	mostSilent     = 4
)

// axis is the scale that two values share: from and to.
func (m RegionsPage) axis(rows []Deviation) (from, to float64) {
	most, least := 0.0, math.Inf(1)
	for _, d := range rows {
		most = max(most, d.L, d.R)
		least = min(least, d.L, d.R)
	}
	switch m.metric().Key {
	case "success": // all of it is near the top
		if len(rows) == 0 {
			return 0, 1
		}
		return max(0, least-(1-least)*0.1-0.0001), 1
	case "share":
		return 0, 1
	}
	return 0, ui.Ceiling(most)
}

func (m RegionsPage) pair(d Deviation, from, to float64) ui.Pair {
	at := func(v float64) float64 {
		if to <= from {
			return 0
		}
		return max(0, min((v-from)/(to-from), 1))
	}
	return ui.Pair{
		Left: at(d.L), Right: at(d.R), HasL: true, HasR: true, SeriesL: m.seriesOf(m.Left), SeriesR: m.seriesOf(m.Right),
		LabelOfValues: m.metric().write(d.L) + " in " + m.Left + ", " + m.metric().write(d.R) + " in " + m.Right,
	}
}

func (m RegionsPage) axisWords(from, to float64) string {
	least := "0"
	if from > 0 {
		least = m.metric().write(from)
	}
	return m.metric().Tab + ", " + least + " to " + m.metric().write(to)
}

// worseDiff tells whether the second region is the worse one.
func (m RegionsPage) worseDiff(d float64) bool {
	if m.metric().Key == "success" {
		return d < 0
	}
	return d > 0
}

// difference writes how the second value differs from the first.
func (m RegionsPage) difference(d float64) string {
	sign := "+"
	if d < 0 {
		sign, d = "−", -d
	}
	switch m.metric().Key {
	case "success", "share":
		words := fmt.Sprintf("%.2f pt", d*100)
		if m.metric().Key == "share" {
			words = fmt.Sprintf("%.0f pt", d*100)
		}
		if strings.Trim(words, "0. pt") == "" {
			return "0"
		}
		return sign + words
	}
	if d == 0 {
		return "0"
	}
	return sign + m.metric().write(d)
}
