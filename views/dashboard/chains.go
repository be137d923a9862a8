package dashboard

import (
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Above denseRows provider rows, or denseChains chains, the overview shows one
// line a chain and only the providers that have a problem.
const (
	denseRows   = 80
	denseChains = 24
	denseLines  = 6 // at most that many providers a chain
)

// lines are the providers listed under a chain in an order, problems first
// unless it says otherwise, and how many more of them have a problem.
func (c ChainRow) lines(dense bool, by string) (shown []ProviderRow, more int) {
	if !dense {
		return sortRows(c.Providers, by), 0
	}
	bad := make([]ProviderRow, 0, denseLines)
	for _, r := range c.Providers {
		if !r.healthy() {
			bad = append(bad, r)
		}
	}
	bad = sortRows(bad, by)
	if len(bad) > denseLines {
		return bad[:denseLines], len(bad) - denseLines
	}
	return bad, 0
}

// lanes are the providers shown on a narrow screen, and how many are left out.
// Their order is the configuration's: they are places, not a list.
func (c ChainRow) lanes(dense bool) (shown []ProviderRow, more int) {
	if !dense {
		return c.Providers, 0
	}
	shown, _ = c.lines(true, "")
	return shown, len(c.Providers) - len(shown)
}

func isDense(chains []ChainRow) bool {
	rows := 0
	for _, c := range chains {
		rows += len(c.Providers)
	}
	return rows > denseRows || len(chains) > denseChains
}

func healthyChains(chains []ChainRow) int {
	n := 0
	for _, c := range chains {
		if c.State.Status == ui.Healthy {
			n++
		}
	}
	return n
}

// pipWords says a row of marks in words, problems by name.
func pipWords(rows []ProviderRow) string {
	parts := make([]string, 0, 4)
	healthy := 0
	for _, r := range rows {
		if r.healthy() {
			healthy++
			continue
		}
		parts = append(parts, r.label()+" "+lower(r.State.Status.Word()))
	}
	parts = append(parts, strconv.Itoa(healthy)+" of "+strconv.Itoa(len(rows))+" healthy")
	return strings.Join(parts, ", ")
}

type statusCount struct {
	Status ui.Status
	N      int
}

func statusCounts(chains []ChainRow) []statusCount {
	count := make(map[ui.Status]int, 8)
	for _, c := range chains {
		for _, r := range c.Providers {
			count[ui.ParseStatus(string(r.State.Status))]++
		}
	}
	out := make([]statusCount, 0, 8)
	for _, s := range ui.Statuses() {
		if n := count[s]; n > 0 {
			out = append(out, statusCount{s, n})
		}
	}
	return out
}

func head(n uint64) string {
	if n == 0 {
		return views.None
	}
	return views.Number(n)
}

func blockTime(d time.Duration) string {
	switch {
	case d <= 0:
		return views.None
	case d < time.Second:
		return strconv.Itoa(int(d.Milliseconds())) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
