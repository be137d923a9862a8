package dashboard

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

const (
	mostLinks  = 10 // more problems than this are grouped
	mostGroups = 12 // of them, this many are listed
	mostNamed  = 3  // chains that a group names
)

// problem is a line of what needs attention: links of one provider with the
// same status and, but for its figures, the same reason. The first is shown.
type problem struct {
	ProviderRow
	Chains []ChainRef
	Next   time.Time // the soonest
}

// problemOrder is the order of what needs attention: the worst first where the
// one that is asked for is of no column of its.
func problemOrder(by string) string {
	if slices.Contains([]string{"status", "provider", "chain", "for", "next", "share"}, parseOrder(by).key) {
		return by
	}
	return ""
}

// problemLines are the lines for rows in an order, the worst first unless it
// says otherwise. A group stands where the first of its rows would.
func problemLines(rows []ProviderRow, by string) []problem {
	by = problemOrder(by)
	rows = sortRows(rows, by)
	out := make([]problem, 0, len(rows))
	if len(rows) <= mostLinks {
		for _, r := range rows {
			out = append(out, problem{ProviderRow: r, Chains: []ChainRef{r.Chain}, Next: r.State.Next})
		}
		return out
	}
	at := map[[3]string]int{}
	for _, r := range rows {
		key := [3]string{r.ID, string(r.State.Status), withoutFigures(r.reason())}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, problem{ProviderRow: r, Chains: []ChainRef{r.Chain}, Next: r.State.Next})
			continue
		}
		g := &out[i]
		g.Chains = append(g.Chains, r.Chain)
		if earlier(r.State.Since, g.State.Since) {
			g.State.Since = r.State.Since
		}
		if earlier(r.State.Next, g.Next) {
			g.Next = r.State.Next
		}
	}
	if by != "" {
		return out
	}
	slices.SortStableFunc(out, func(a, b problem) int {
		return cmp.Or(compareRows("status", &a.ProviderRow, &b.ProviderRow), cmp.Compare(len(b.Chains), len(a.Chains)))
	})
	return out
}

func earlier(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// withoutFigures is a reason as it is the same for all: "Success 94.2 % over
// 60 s" and "Success 95.1 % over 60 s" are one.
func withoutFigures(reason string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' || r == ',' {
			return -1
		}
		return r
	}, reason)
}

// several tells whether the line stands for more than one link.
func (p problem) several() bool { return len(p.Chains) > 1 }

// where names the chains of a group, the first few.
func (p problem) where() string {
	names := make([]string, 0, mostNamed)
	for _, c := range p.Chains[:min(len(p.Chains), mostNamed)] {
		names = append(names, c.label())
	}
	text := strings.Join(names, ", ")
	if more := len(p.Chains) - mostNamed; more > 0 {
		text += " and " + views.Number(uint64(more)) + " more"
	}
	return text
}

// share is left out for a group: the shares are of different chains.
func (p problem) share() string {
	if p.several() {
		return views.None
	}
	return share(p.Share)
}

// inService counts the provider links that no operator took out.
func (m Overview) inService() int {
	n := m.Rows
	for _, c := range m.Chains {
		for _, r := range c.Providers {
			if r.State.Status == ui.Drained {
				n--
			}
		}
	}
	return n
}

// attentionMeta says how many links are fine, and how the others are grouped.
func (s Shell) attentionMeta(problems, groups, total int) string {
	words := s.healthyWords(problems, total)
	if groups < problems {
		return views.Count(groups, "group", "groups") + " of the same provider and reason · " + words
	}
	return words
}
