package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMetricReference checks that the tables of docs/api.md name every metric
// of ours that a node of a cluster serves, with its labels, and no other.
func TestMetricReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n## Figures for Prometheus\n")
	text, _, _ = strings.Cut(text, "\n## ")
	documented := map[string]string{} // labels by name
	for _, row := range regexp.MustCompile("(?m)^\\| `lasso_[^|]+\\|").FindAllString(text, -1) {
		for _, m := range regexp.MustCompile("`(lasso_[a-z_]+)(?:\\{([a-z_,]+)\\})?`").FindAllStringSubmatch(row, -1) {
			documented[m[1]] = sortedWords(m[2])
		}
	}

	base, _ := launch(t, "demo", "--listen", "127.0.0.1:0", "--no-traffic", "--log-level", "error")
	// Some are not there before there was a call, or an action.
	if status, body := call(t, base+"/rpc/demo/base", `{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}`); status != http.StatusOK {
		t.Fatalf("call: %d %s", status, body)
	}
	if status, body := call(t, base+"/api/v1/profiles/demo/chains/base/providers/alder/actions", `{"action":"check"}`); status != http.StatusUnauthorized {
		t.Fatalf("action without a token: %d %s", status, body)
	}
	eventually(t, func() string {
		_, body := get(t, base+"/metrics")
		served := servedMetrics(body)
		var wrong []string
		for _, name := range slices.Sorted(maps.Keys(served)) {
			if labels, ok := documented[name]; !ok || labels != served[name] {
				wrong = append(wrong, fmt.Sprintf("%s has the labels %q; documented: %v, %q", name, served[name], ok, labels))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(documented)) {
			if _, ok := served[name]; !ok {
				wrong = append(wrong, name+" is documented and not served")
			}
		}
		return strings.Join(wrong, "\n")
	})
}

// servedMetrics are the metrics of ours of an answer of /metrics: labels by
// name.
func servedMetrics(body string) map[string]string {
	histogram := regexp.MustCompile(`_(bucket|sum|count)$`)
	value := regexp.MustCompile(`="(?:[^"\\]|\\.)*"`)
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(lasso_[a-z_]+)(?:\{(.*)\})? `).FindAllStringSubmatch(body, -1) {
		if strings.HasSuffix(m[1], "_bucket") {
			continue // as the sum, with le
		}
		out[histogram.ReplaceAllString(m[1], "")] = sortedWords(value.ReplaceAllString(m[2], ""))
	}
	return out
}

func sortedWords(list string) string {
	words := strings.Split(list, ",")
	slices.Sort(words)
	return strings.Join(words, ",")
}
