package dashboard_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func operatorPage(o dashboard.Operator) dashboard.ProviderPage {
	o.Node, o.Region = "node-a", "eu-west-1"
	return dashboard.ProviderPage{
		Shell:    sampleShell(dashboard.NavProviders, "/dashboard/production/chains/polygon/providers/alchemy"),
		Row:      dashboard.ProviderRow{ID: "alchemy", Chain: dashboard.ChainRef{ID: 137, Alias: "polygon", Name: "Polygon PoS"}},
		Operator: &o,
	}
}

// TestConfirmNamesEffect: what the dialog says of the object, the node, who
// takes over and who else is affected.
func TestConfirmNamesEffect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		c    dashboard.Confirm
		want []string
	}{
		{"force open", dashboard.Confirm{Action: dashboard.ActForceOpen, Transport: "HTTP", PerSecond: 11, Takers: []string{"drpc", "quicknode"}, Shared: []string{"staging"}}, []string{
			"Force open HTTP of alchemy on Polygon PoS, on node-a (this node)?", "On this node, node-a (eu-west-1), only.", "11 requests/s move to drpc and quicknode.",
			"The endpoint is shared, and its breaker with it: the same holds in profile staging.",
		}},
		{"drain without traffic", dashboard.Confirm{Action: dashboard.ActDrain, Takers: []string{"a", "b", "c", "d", "e"}}, []string{
			"Drain alchemy on Polygon PoS, on node-a (this node)?", "No requests go to it now; new ones go to a, b, c, d and e.", "until somebody takes it back or the node starts anew",
		}},
		{"drain the last", dashboard.Confirm{Action: dashboard.ActDrain, PerSecond: 2}, []string{
			"Nobody is left to answer.", "It is the last usable provider of Polygon PoS here: every call of this chain will fail.",
		}},
		{"force closed", dashboard.Confirm{Action: dashboard.ActForceClosed, Transport: "WS"}, []string{"Force closed WS of alchemy on Polygon PoS, on node-a (this node)?", "however often they fail"}},
		{"automatic", dashboard.Confirm{Action: dashboard.ActAutomatic, Transport: "HTTP"}, []string{"Set HTTP of alchemy on Polygon PoS to automatic, on node-a (this node)?"}},
		{"resume", dashboard.Confirm{Action: dashboard.ActResume}, []string{"Resume alchemy on Polygon PoS, on node-a (this node)?", "It takes calls again"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, render(t, operatorPage(dashboard.Operator{SignedIn: true, Confirm: &tt.c}).Page()))
			checkPolicy(t, root)
			checkIDs(t, root)
			dialog := inClass(root, "ask")
			if len(dialog) != 1 {
				t.Fatalf("dialogs = %d, want 1", len(dialog))
			}
			for _, want := range tt.want {
				if got := text(dialog[0]); !strings.Contains(got, want) {
					t.Errorf("dialog reads %q, want %q in it", got, want)
				}
			}
		})
	}
}

// TestActions: a visitor has no buttons, an operator those that would change
// something.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    dashboard.Operator
		want string
	}{
		{"visitor", dashboard.Operator{}, "Actions on this node only: node-a (eu-west-1) Sign in to act"},
		{"operator", dashboard.Operator{SignedIn: true, Breakers: []dashboard.ForcedBreaker{{Transport: "HTTP"}}}, "Check now Drain HTTP breaker, automatic Force open Force closed"},
		{"drained, forced open", dashboard.Operator{SignedIn: true, Drained: true, Breakers: []dashboard.ForcedBreaker{{Transport: "HTTP", Forced: ui.Open}}}, "Check now Resume HTTP breaker, forced open Force closed Automatic"},
		{"forced closed", dashboard.Operator{SignedIn: true, Breakers: []dashboard.ForcedBreaker{{Transport: "HTTP", Forced: ui.Closed}}}, "forced closed Force open Automatic"},
	} {
		part, ok := operatorPage(tt.o).Fragment(dashboard.FragmentActions)
		if !ok {
			t.Errorf("%s: no fragment", tt.name)
			continue
		}
		root := parse(t, render(t, part))
		if got := svgText(root); !strings.Contains(got, tt.want) {
			t.Errorf("%s: reads %q, want %q in it", tt.name, got, tt.want)
		}
		for _, a := range inClass(root, "btn") {
			if label := attr(a, "aria-label"); label != "" && !strings.HasPrefix(label, strings.TrimSpace(text(a))) {
				t.Errorf("%s: the name %q does not begin with what is seen, %q", tt.name, label, text(a))
			}
		}
	}
	if _, ok := (dashboard.ProviderPage{}).Fragment(dashboard.FragmentActions); ok {
		t.Error("a page without actions has the fragment")
	}
}
