package web_test

import (
	"strings"
	"testing"
)

// reads are how often a page asks for what is dear to gather.
type reads struct{ history, series, board, feed int }

func (r *rig) reads(path string) reads {
	r.Helper()
	r.figs.taken()
	if res := r.get(path, "Accept", "text/html"); res.status != 200 {
		r.Errorf("GET %s = %d: %.120s", path, res.status, res.body)
	}
	n := r.figs.taken()
	return reads{n["History"], n["Series"], n["Leaderboard"], n["Feed"]}
}

// TestPartsReadWhatTheyShow: no part and no file of a page asks for the history
// or the series that it does not show.
func TestPartsReadWhatTheyShow(t *testing.T) {
	t.Parallel()
	r, _ := setupWhole(t) // 3 regions; 3 chains, of which ethereum has 2 providers; 2 links with a problem
	for path, parts := range map[string]map[string]reads{
		"": {
			"": {2, 2, 4, 2}, "facts": {}, "figures": {0, 1, 3, 0}, "attention": {2, 0, 3, 0}, "activity": {0, 0, 0, 2},
			"chart": {0, 1, 0, 0}, "topology-delta": {0, 0, 3, 0}, "chains&topo=table": {4, 3, 3, 0}, "&topo=table": {6, 5, 3, 2},
			"figures&format=csv": {0, 0, 3, 0}, "attention&format=csv": {0, 0, 3, 0}, "chains&format=csv": {0, 0, 3, 0},
			"providers&format=csv": {0, 0, 3, 0}, "chart&format=json": {0, 1, 0, 0}, "&format=csv": {0, 0, 3, 0},
		},
		"/chains": {
			"": {0, 3, 0, 0}, "facts": {}, "counts": {}, "chains": {0, 3, 0, 0}, "&q=base": {0, 1, 0, 0},
			"chains&q=none": {}, "chains&format=csv": {}, "&format=json": {},
		},
		"/providers": {
			"": {4, 0, 3, 0}, "facts": {}, "counts": {}, "providers": {4, 0, 3, 0}, "&q=base": {1, 0, 3, 0},
			"&cols=p99": {0, 0, 3, 0}, "&cols=p99,history": {4, 0, 3, 0}, "providers&cols=lag": {0, 0, 3, 0}, "&format=csv": {0, 0, 3, 0},
		},
		"/chains/ethereum": {
			"": {2, 3, 4, 3}, "facts": {}, "figures": {0, 1, 1, 0}, "providers": {2, 0, 1, 0}, "chart": {0, 1, 0, 1},
			"behind": {2, 0, 0, 0}, "methods": {}, "heads": {}, "decisions": {0, 0, 0, 1}, "distribution": {0, 0, 1, 1},
			"windows": {}, "ranking": {0, 0, 1, 0}, "by-region": {0, 1, 0, 1}, "places": {0, 0, 1, 0},
			"&format=csv": {0, 0, 1, 0}, "behind&format=csv": {2, 0, 0, 0}, "methods&format=csv": {}, "figures&format=csv": {0, 0, 1, 0},
		},
		"/chains/ethereum/providers/alchemy": {
			"": {3, 2, 13, 1}, "facts": {0, 0, 2, 0}, "status": {3, 0, 8, 0}, "breakers": {0, 0, 2, 1}, "windows": {0, 0, 7, 0},
			"behind": {3, 0, 2, 0}, "errors": {0, 0, 2, 0}, "methods": {0, 0, 2, 0}, "events": {0, 0, 2, 1}, "limits": {0, 0, 2, 0},
			"by-region": {0, 1, 2, 1}, "chart": {0, 1, 2, 1}, "chart&format=json": {0, 1, 2, 1}, "behind&format=csv": {3, 0, 2, 0}, "&format=csv": {0, 0, 2, 0}, "windows&format=csv": {0, 0, 7, 0},
		},
		"/regions":       {"": {0, 0, 3, 0}, "facts": {0, 0, 3, 0}, "short&format=csv": {0, 0, 3, 0}},
		"/methods":       {"": {}, "facts": {}, "matrix": {}, "strategies": {}, "&format=csv": {}},
		"/cluster":       {"": {0, 1, 0, 0}, "facts": {}, "nodes": {}, "chart": {0, 1, 0, 0}, "events": {}, "&format=csv": {}},
		"/requests":      {"": {0, 0, 0, 1}, "facts": {0, 0, 0, 1}, "tail": {0, 0, 0, 1}},
		"/events":        {"": {0, 0, 0, 1}, "facts": {0, 0, 0, 1}, "counts": {0, 0, 0, 1}, "events": {0, 0, 0, 1}, "&format=csv": {0, 0, 0, 1}},
		"/system":        {"": {}, "facts": {}},
		"/configuration": {"": {}, "facts": {}},
	} {
		for part, want := range parts {
			at := "/dashboard/public" + path + "?"
			if !strings.HasPrefix(part, "&") && part != "" {
				at += "fragment="
			}
			at += strings.TrimPrefix(part, "&")
			if got := r.reads(at); got != want {
				t.Errorf("GET %s reads %+v, want %+v", at, got, want)
			}
		}
	}
}

// TestPartsReadNoFiguresOfChains: the totals of each chain are read for the parts
// that show them; others read those of the profile or of their own chain.
func TestPartsReadNoFiguresOfChains(t *testing.T) {
	t.Parallel()
	r := thronged(t) // 50 chains
	for path, want := range map[string]int{
		"?fragment=facts": 1, "?fragment=activity": 1, "?fragment=chart": 1, "?fragment=figures": 2, "?fragment=attention": 1,
		"?topo=table&fragment=chains": 51, "/chains?fragment=counts": 1, "/chains?fragment=chains": 51, "/providers?fragment=providers": 1,
		"/chains/chain-01?fragment=methods": 1,
	} {
		r.figs.taken()
		r.get("/dashboard/public"+path, "Accept", "text/html")
		if got := r.figs.taken()["Totals"]; got != want {
			t.Errorf("GET %s reads the totals of %d, want %d", path, got, want)
		}
	}
}

// TestListsReadWhatTheyDraw: of 1,000 links, the history of the 100 on the page.
func TestListsReadWhatTheyDraw(t *testing.T) {
	t.Parallel()
	r := thronged(t)
	for path, want := range map[string]reads{
		"/providers":                                     {history: 100, board: 50},
		"/providers?page=10":                             {history: 100, board: 50},
		"/providers?failing=1":                           {history: 2, board: 50},
		"/providers?cols=p99":                            {board: 50},
		"/providers?format=csv":                          {board: 50},
		"/providers?fragment=facts":                      {},
		"/chains":                                        {series: 50},
		"/chains?failing=1":                              {series: 1},
		"/chains?format=csv":                             {},
		"?fragment=attention":                            {history: 2, board: 50},
		"?topo=table&fragment=chains":                    {history: 2, series: 50, board: 50},
		"/chains/chain-01/providers/p00?fragment=status": {history: 1, board: 2},
	} {
		if got := r.reads("/dashboard/public" + path); got != want {
			t.Errorf("GET %s reads %+v, want %+v", path, got, want)
		}
	}
}
