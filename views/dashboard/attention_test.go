package dashboard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/ui"
)

// With many problems, what is the same for a provider is one line: a page for
// fifty chains stays readable.
func TestProblemsAreGrouped(t *testing.T) {
	row := func(chain uint64, id string, st ui.Status, reason string) ProviderRow {
		return ProviderRow{Chain: ChainRef{ID: chain, Name: fmt.Sprintf("Chain %d", chain)}, ID: id, State: ui.State{Status: st, Reason: reason}}
	}
	var rows []ProviderRow
	for i := range uint64(mostLinks) {
		rows = append(rows, row(i, "ankr", ui.Degraded, fmt.Sprintf("Success %d.2 %% over 60 s", 80+i)))
	}
	if got := len(problemLines(rows, "")); got != mostLinks {
		t.Errorf("%d problems: got %d lines, want one each", mostLinks, got)
	}
	rows = append(rows, row(1, "drpc", ui.CircuitOpen, "HTTP 502"), row(2, "ankr", ui.Lagging, "4 blocks behind"))
	lines := problemLines(rows, "")
	if len(lines) != 3 || lines[0].ID != "drpc" {
		t.Fatalf("got %d lines, the first of %q; want 3, the worst first", len(lines), lines[0].ID)
	}
	if got := lines[1].where(); len(lines[1].Chains) != mostLinks || !strings.HasSuffix(got, "and 7 more") {
		t.Errorf("got %d chains, %q", len(lines[1].Chains), got)
	}
}
