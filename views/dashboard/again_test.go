package dashboard

import (
	"strings"
	"testing"
	"time"
)

// render writes a part of a page.
func renderPart(t *testing.T, v View, id string) string {
	t.Helper()
	part, ok := v.Fragment(id)
	if !ok {
		t.Fatalf("no part %s", id)
	}
	var b strings.Builder
	if err := part.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSortAgain: every table that keeps the places of its rows can say that they
// are out of order, in the words of its order, and since when that is one.
func TestSortAgain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 14, 2, 11, 0, time.UTC)
	s := Shell{Path: "/dashboard/public", Profile: Profile{Slug: "public"}, Now: at, Drawn: at}
	rows := []ProviderRow{{ID: "a", Chain: ChainRef{ID: 1}}, {ID: "b", Chain: ChainRef{ID: 1}}}
	chain := ChainRow{Ref: ChainRef{ID: 1}, Providers: rows}
	methods := []MethodRow{{Method: "eth_call", Calls: 1}}
	by := func(sort, msort string) Shell { o := s; o.Sort, o.MSort = sort, msort; return o }
	for name, tt := range map[string]struct {
		view      View
		part      string
		words     string
		ascending bool
	}{
		"needs attention":        {Overview{Shell: s, Chains: []ChainRow{chain}, Problems: rows, Rows: 2}, FragmentAttention, "changed state", true},
		"needs attention, share": {Overview{Shell: by("-share", ""), Chains: []ChainRow{chain}, Problems: rows, Rows: 2}, FragmentAttention, "changed place", false},
		"topology as a table":    {Overview{Shell: by("-rate", ""), Chains: []ChainRow{chain}, Topology: Topology{Table: true}}, FragmentChains, "changed place", false},
		"chains":                 {ChainsPage{Shell: s, Chains: []ChainRow{chain}}, FragmentChains, "changed state", true},
		"providers":              {ProvidersPage{Shell: s, Rows: rows}, FragmentProviders, "changed state", true},
		"providers by p95":       {ProvidersPage{Shell: by("-p95", ""), Rows: rows}, FragmentProviders, "changed place", false},
		"providers of a chain":   {ChainPage{Shell: by("success", ""), Chain: chain}, FragmentProviders, "changed place", true},
		"ranking":                {ChainPage{Shell: s, Chain: chain, Ranking: rows}, FragmentRanking, "changed place", true},
		"methods of a chain":     {ChainPage{Shell: s, Chain: chain, Methods: methods}, FragmentMethods, "changed place", false},
		"methods":                {MethodsPage{Shell: by("", "p99"), Chain: ChainRef{ID: 1}, Methods: []ByProvider{{All: methods[0]}}}, FragmentMethods, "changed place", true},
		"nodes":                  {ClusterPage{Shell: s, Enabled: true, Nodes: []Node{{ID: "n1"}, {ID: "n2"}}}, FragmentNodeTable, "changed state", true},
	} {
		body := renderPart(t, tt.view, tt.part)
		chip := between(body, "data-again", "</a>")
		if !strings.HasPrefix(chip, " hidden>") || !strings.Contains(chip, ">"+tt.words+" ·</i> <b>Sort again</b>") {
			t.Errorf("%s: the chip is %q, want it hidden with %q", name, chip, tt.words)
		}
		if !strings.Contains(body, "data-keep-order") {
			t.Errorf("%s: the rows do not keep their places", name)
		}
		order := between(body, "data-order", "</th>")
		if !strings.Contains(order, `, order of <time datetime="2026-11-29T14:02:11Z">14:02:11</time>`) || !strings.Contains(order, "Order of 29 Nov 2026 14:02:11 UTC") {
			t.Errorf("%s: the arrow says %q, want the order of 14:02:11", name, order)
		}
		if got := strings.Contains(body, `aria-sort="ascending"`); got != tt.ascending {
			t.Errorf("%s: ascending = %t, want %t", name, got, tt.ascending)
		}
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
