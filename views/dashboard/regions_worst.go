package dashboard

import (
	"cmp"
	"slices"

	"github.com/lasso-rpc/lasso/views"
)

// mostWorst is how many outliers the regions page lists.
const mostWorst = 6

// Outlier is a provider that does worse in one region than in the others.
type Outlier struct {
	Chain    ChainRef
	Provider RegionProvider
	Region   string
	Here     float64 // the chosen figure
	Others   float64 // the middle of the other regions
	Diff     float64 // Here less Others
}

// times is how many times the others' figure this one is; empty where that says
// nothing.
func (o Outlier) times(x metric) string {
	switch x.Key {
	case "success", "share", "lag":
		return ""
	}
	if o.Others <= 0 {
		return ""
	}
	return views.Times(o.Here / o.Others)
}

// outliers are the regions in which a provider does worse than in the others,
// the farthest first.
func (m RegionsPage) outliers() []Outlier {
	var out []Outlier
	for _, c := range m.Chains {
		for _, p := range c.Providers {
			for i, region := range m.Regions {
				if i >= len(p.Cells) {
					break
				}
				here, ok := m.value(p.Cells[i])
				others := m.othersOf(p, i)
				if !ok || len(others) == 0 {
					continue
				}
				o := Outlier{Chain: c.Ref, Provider: p, Region: region, Here: here, Others: middle(others)}
				if o.Diff = o.Here - o.Others; m.worseDiff(o.Diff) {
					out = append(out, o)
				}
			}
		}
	}
	far := func(o Outlier) float64 { return max(o.Diff, -o.Diff) }
	slices.SortStableFunc(out, func(a, b Outlier) int { return cmp.Compare(far(b), far(a)) })
	return out
}

// othersOf are a provider's figures in all regions but one, in order.
func (m RegionsPage) othersOf(p RegionProvider, but int) []float64 {
	var out []float64
	for i, c := range p.Cells {
		if v, ok := m.value(c); ok && i != but {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// middle is the median of sorted values.
func middle(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
