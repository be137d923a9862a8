package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestTablesOfAProvider: what the panels of the page show can be kept.
func TestTablesOfAProvider(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.since = map[lasso.NodeID]time.Time{"n1": start.Add(30 * time.Second)}
	for query, want := range map[string][]string{
		"drpc?fragment=events&format=csv":      {"at,node_id,region,kind,", ",breaker,", "HTTP closed to open"},
		"drpc?fragment=breakers&format=csv":    {"node_id,region,transport,at,to,reason,now,known_from\n", "n1,eu-west-1,HTTP,"},
		"drpc?fragment=breakers":               {`aria-label="Breakers"`, ">Open<"},
		"alchemy?fragment=breakers&format=csv": {"n1,eu-west-1,HTTP,,,,closed,2026-11-23T12:00:30Z\n"},
		"alchemy?fragment=breakers":            {"never opened, not known before 12:00:30", ">not known before " + clocked("12:00:30") + "<"},
		"alchemy?fragment=windows&format=csv":  {"range,total_calls,", "\n1m,40,1,", "\n24h,40,1,"},
		"alchemy?fragment=windows&format=json": {`"range":"5m"`, `"total_calls":40`},
		"alchemy?fragment=windows":             {"Last minute", "Last 24 h", "97.50 %"},
		"alchemy?fragment=errors":              {"Timeout", "100 % of errors"},
	} {
		res := r.get("/dashboard/public/chains/ethereum/providers/" + query)
		if res.status != 200 {
			t.Errorf("%s: status %d: %.200s", query, res.status, res.body)
		}
		for _, text := range want {
			if !strings.Contains(res.body, text) {
				t.Errorf("%s: no %q in %.1500s", query, text, res.body)
			}
		}
	}
	if res := r.get("/dashboard/public/regions?fragment=short&format=xml"); res.status != 400 {
		t.Errorf("format=xml: status %d, want 400", res.status)
	}
}
