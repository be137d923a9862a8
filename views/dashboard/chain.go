package dashboard

import (
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

func (m ChainPage) crumbs() []Way { return []Way{{Label: "Chains", Href: string(m.chainsHref())}} }

// mostBadges leaves room for the head beside them.
const mostBadges = 2

// badges are the statuses of the chain's providers that are not healthy, at
// most two, or one word for a chain without problems.
func (m ChainPage) badges() []statusCount {
	all := statusCounts([]ChainRow{m.Chain})
	out := make([]statusCount, 0, mostBadges)
	for _, c := range all {
		if c.Status != ui.Healthy && len(out) < mostBadges {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

func (c ChainRow) spreadWords() string {
	lo, hi := uint64(0), uint64(0)
	for _, r := range c.Providers {
		if r.Height == 0 {
			continue
		}
		if lo == 0 || r.Height < lo {
			lo = r.Height
		}
		hi = max(hi, r.Height)
	}
	if lo == 0 {
		return ""
	}
	return "Spread " + blocks(hi-lo)
}

func blocks(n uint64) string {
	if n == 1 {
		return "1 block"
	}
	return views.Number(n) + " blocks"
}

func stepWords(step time.Duration) string {
	switch {
	case step <= 0:
		return ""
	case step < time.Minute:
		return "one point per " + views.Span(step)
	}
	return "one point per " + strconv.Itoa(int(step/time.Minute)) + " min"
}

func ticks(top float64, write func(float64) string) []string {
	out := make([]string, 0, 5)
	for i := 4; i >= 0; i-- {
		out = append(out, write(top*float64(i)/4))
	}
	return out
}

// start is when the first step begins; zero with no steps.
func (m Series) start() time.Time {
	if len(m.Points) == 0 {
		return time.Time{}
	}
	return m.Points[0].At
}

func (m Series) gaps() []bool {
	out := make([]bool, len(m.Points))
	for i, p := range m.Points {
		out[i] = p.Gap
	}
	return out
}
