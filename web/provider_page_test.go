package web_test

import (
	"strings"
	"testing"
)

// TestTablesOfAProvider: what the panels of the page show can be kept.
func TestTablesOfAProvider(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for query, want := range map[string][]string{
		"drpc?fragment=events&format=csv":      {"at,node_id,region,kind,", ",breaker,", "HTTP closed to open"},
		"drpc?fragment=breakers&format=csv":    {"node_id,region,transport,at,to,reason,now\n", "n1,eu-west-1,HTTP,"},
		"drpc?fragment=breakers":               {`aria-label="Breakers"`, ">Open<"},
		"alchemy?fragment=breakers&format=csv": {"n1,eu-west-1,HTTP,,,,closed\n"},
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
