package dashboard_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

func eventsPage() *dashboard.EventsPage {
	ref := dashboard.ChainRef{ID: 1, Alias: "chain-1", Name: "Ethereum"}
	shell := clusterShell(dashboard.NavEvents, "/events")
	shell.Coverage = dashboard.Coverage{Responding: 2, Total: 3, Missing: []string{"n3"}}
	m := &dashboard.EventsPage{
		Kept: 4, Nth: 1, Kinds: []dashboard.EventKind{{Key: "opened", Label: "Breaker opened", Count: 1}, {Key: "lag", Label: "Lag"}},
		Chains: []dashboard.ChainRef{ref}, Providers: []string{"provider-1"},
		Rows: []dashboard.EventRow{
			{Seq: 9, At: sampleTime(), Kind: "opened", Status: ui.CircuitOpen, Title: "HTTP closed to open", Chain: ref, Provider: "provider-1", Linked: true, Detail: "HTTP 502", Node: "n1", Region: "eu-1"},
			{Seq: 9, At: sampleTime(), Kind: "opened", Status: ui.CircuitOpen, Title: hostile, Chain: dashboard.ChainRef{ID: 99}, Provider: hostile, Detail: hostile, Node: hostile, Region: hostile},
			{Seq: 8, At: sampleTime().Add(-time.Minute), Kind: "configuration", Status: ui.Healthy, Title: "Configuration loaded", Node: "n2", Region: "n2"},
			{Seq: 1, At: sampleTime().Add(-48 * time.Hour), Kind: "node", Status: ui.CircuitOpen, Title: "Node lost", Node: "n2", Region: "n2"},
		},
		Reach: []dashboard.EventReach{{Node: "n1", Since: sampleTime().Add(-72 * time.Hour)}, {Node: "n2", Since: sampleTime().Add(-time.Hour), Forgot: true}},
	}
	m.SetShell(shell)
	return m
}

// TestEventRows: what an event is about leads to its page where there is one.
func TestEventRows(t *testing.T) {
	t.Parallel()
	root := parse(t, render(t, eventsPage().Page()))
	for id, want := range map[string]struct{ text, href string }{
		"ev-n1-9":  {"14:32:08 HTTP closed to openprovider-1 on EthereumHTTP 502eu-1 n1", "/dashboard/production/chains/chain-1/providers/provider-1"},
		"ev-n2-8":  {"14:31:08 Configuration loadedConfiguration–n2", "/dashboard/production/configuration"},
		"ev-n2-n1": {"14:32:08 21 NovNode lostn2–n2", "/dashboard/production/cluster"},
	} {
		row := byID(root, id)
		if row == nil {
			t.Errorf("no row %s", id)
			continue
		}
		href := ""
		for n := range row.Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" {
				href = attr(n, "href")
			}
		}
		if got := text(row); got != want.text || !strings.HasPrefix(href, want.href) {
			t.Errorf("%s: %q to %q, want %q to %q", id, got, href, want.text, want.href)
		}
	}
	row := byID(root, "ev-"+hostile+"-9")
	if row == nil || strings.Contains(string(render(t, eventsPage().Page())), "<script>alert") {
		t.Fatal("the event of a stranger is not drawn as text")
	}
	for n := range row.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			t.Errorf("what the profile does not have is linked: %s", attr(n, "href"))
		}
	}
	words := text(byID(root, dashboard.FragmentEvents))
	for _, want := range []string{"No answer from n3", "what happened there is not listed", "n1 started 20 Nov 14:32:08", "n2 does not know all before 13:32:08"} {
		if !strings.Contains(words, want) {
			t.Errorf("the list does not say %q: %s", want, words)
		}
	}
	if counts := text(byID(root, dashboard.FragmentCounts)); counts != "Breaker opened 1" {
		t.Errorf("counts = %q", counts)
	}
}

// TestNoEvents: an empty list says what would be on it, or that nothing matches.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(m *dashboard.EventsPage)
		want   string
	}{
		"none in a range":  {func(m *dashboard.EventsPage) { m.Range = "15m" }, "No events in the last 15 min.Breakers that open"},
		"none at all":      {func(*dashboard.EventsPage) {}, "No events yet.Breakers that open"},
		"none that match":  {func(m *dashboard.EventsPage) { m.Filter.Kind = "lag" }, "No event that is kept matches.4 events are kept. Show all of them"},
		"none before then": {func(m *dashboard.EventsPage) { m.Range, m.Filter.Until = "1h", sampleTime().Add(-time.Hour) }, "No events in the hour up to 13:32:08."},
	} {
		m := eventsPage()
		m.Rows, m.Reach = nil, nil
		tt.change(m)
		c, _ := m.Fragment(dashboard.FragmentEvents)
		if got := text(parse(t, render(t, c))); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q in it", name, got, tt.want)
		}
	}
}
