package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso"
)

const eventsPath = "/dashboard/public/events"

// eventful is a rig of two nodes that remember some events, newest first.
func eventful(t *testing.T) *rig {
	t.Helper()
	r := setup(t)
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding)
	c.Nodes[0].ID, c.Nodes[0].Region, c.Nodes[0].Started = "n1", "eu-west-1", start
	c.Nodes[1].ID, c.Nodes[1].Region, c.Nodes[1].Started = "n2", "region-b", start.Add(-time.Hour)
	c.Events = []lasso.TopologyEvent{
		{Seq: 4, At: start.Add(-4 * time.Second), Kind: lasso.NodeStateChanged, Node: "n2", Region: "region-b", From: lasso.NodeDiscovering, To: lasso.NodeResponding},
		{Seq: 3, At: start.Add(-4 * time.Second), Kind: lasso.NodeStateChanged, Node: "n2", Region: "region-b", From: lasso.NodeConnected, To: lasso.NodeDiscovering},
		{Seq: 2, At: start.Add(-5 * time.Second), Kind: lasso.NodeJoined, Node: "n2", Region: "region-b", To: lasso.NodeConnected},
		{Seq: 1, At: start.Add(-9 * time.Second), Kind: lasso.NodeLeft, Node: "n2", Region: "region-b", From: lasso.NodeResponding, To: lasso.NodeDisconnected, Reason: "it said goodbye"},
	}
	r.nodes.now.Store(&c)
	happened := func(seq uint64, node lasso.NodeID, ago time.Duration, e lasso.Event) lasso.FeedItem {
		e.At = start.Add(-ago)
		if e.Kind != lasso.EventConfig {
			e.Profile = "public"
		}
		region := "eu-west-1"
		if node == "n2" {
			region = "region-b"
		}
		return lasso.FeedItem{Seq: seq, Number: seq, Node: node, Region: region, Event: &e}
	}
	breaker := func(s lasso.Status, title string) lasso.Event {
		return lasso.Event{Kind: lasso.EventBreaker, Chain: 1, Provider: "drpc", Transport: lasso.HTTP, Status: s, Title: title, Detail: "HTTP 502"}
	}
	forced := breaker(lasso.CircuitOpen, "HTTP forced open")
	forced.Operator = true
	r.figs.feed = []lasso.FeedItem{
		happened(90, "n1", time.Second, breaker(lasso.Healthy, "HTTP half-open to closed")),
		happened(91, "n2", time.Second, breaker(lasso.TestingRecovery, "HTTP open to half-open")),
		happened(80, "n2", time.Second, forced),
		happened(70, "n1", 2*time.Second, breaker(lasso.CircuitOpen, "HTTP closed to open")),
		happened(60, "n1", 3*time.Second, lasso.Event{Kind: lasso.EventLimit, Chain: 1, Provider: "alchemy", Status: lasso.RateLimited, Title: "Rate limited"}),
		happened(50, "n1", 2*time.Minute, lasso.Event{Kind: lasso.EventHeight, Chain: 8453, Provider: "base_drpc", Status: lasso.Lagging, Title: "Lagging", Detail: "9 blocks behind"}),
		happened(40, "n2", 10*time.Minute, lasso.Event{Kind: lasso.EventProbe, Chain: 1, Provider: "alchemy", Status: lasso.Degraded, Title: "Wrong chain id"}),
		happened(30, "n1", 20*time.Minute, lasso.Event{Kind: lasso.EventOrder, Chain: 1, Provider: "alchemy", Status: lasso.Drained, Title: "Drained by an operator"}),
		happened(20, "n1", 2*time.Hour, lasso.Event{Kind: lasso.EventConfig, Status: lasso.Healthy, Title: "Configuration loaded"}),
		happened(10, "n2", 2*time.Hour, lasso.Event{Kind: "of tomorrow", Title: hostile}),
		happened(10, "n2", 2*time.Hour, lasso.Event{Kind: "of tomorrow", Title: "claims the number of another"}),
		happened(9, "n2", 2*time.Hour, lasso.Event{Kind: "node", Title: "a node says that another is lost"}),
	}
	r.figs.since = map[lasso.NodeID]time.Time{"n1": start, "n2": start.Add(-30 * time.Minute)}
	r.figs.coverage = lasso.Coverage{Responding: 2, Total: 3, Missing: []lasso.NodeID{"n3"}}
	return r
}

// events reads the seqs of the events of the API, and whether there are more.
func (r *rig) events(query string) (seqs []uint64, more bool) {
	r.Helper()
	res := r.get("/api/v1/profiles/public/events?" + query)
	var got struct {
		Data []struct {
			Seq uint64 `json:"seq"`
		} `json:"data"`
		More     bool           `json:"more"`
		Coverage lasso.Coverage `json:"coverage"`
	}
	if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.status != 200 {
		r.Fatalf("GET events?%s = %d %s", query, res.status, res.body)
	}
	if got.Coverage.Responding != 2 || got.Coverage.Total != 3 {
		r.Errorf("GET events?%s: coverage %+v", query, got.Coverage)
	}
	for _, e := range got.Data {
		seqs = append(seqs, e.Seq)
	}
	return seqs, got.More
}

// TestEventFilters: each part of the filter, and several together. Events of one
// time are in the order of nodes, those of a node newest first.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	r := eventful(t)
	for query, want := range map[string][]uint64{
		"":                                {90, 91, 80, 70, 60, 4, 1, 50, 40, 30, 20, 10},
		"chain=eth":                       {90, 91, 80, 70, 60, 40, 30},
		"chain=base":                      {50},
		"provider=alchemy":                {60, 40, 30},
		"node=n2":                         {91, 80, 4, 1, 40, 10},
		"region=region-b":                 {91, 80, 4, 1, 40, 10},
		"kind=opened":                     {80, 70},
		"kind=testing":                    {91},
		"kind=closed":                     {90},
		"kind=limit":                      {60},
		"kind=lag":                        {50},
		"kind=status":                     {40},
		"kind=operator":                   {80, 30},
		"kind=configuration":              {20},
		"kind=node":                       {4, 1},
		"window=5m":                       {90, 91, 80, 70, 60, 4, 1, 50},
		"window=1h":                       {90, 91, 80, 70, 60, 4, 1, 50, 40, 30},
		"window=15m&until=" + until(-300): {40, 30}, // until is inclusive
		"until=" + until(-1200):           {30, 20, 10},
		"q=blocks+BEHIND":                 {50},
		"q=half-open+n2":                  {91},
		"q=goodbye":                       {1},
		"q=nothing+of+this":               {},
		"chain=eth&kind=opened&node=n1":   {70},
		"provider=drpc&q=502&region=mars": nil,
		"limit=2":                         {90, 91},
	} {
		if want == nil {
			if res := r.get("/api/v1/profiles/public/events?" + query); res.status != 400 {
				t.Errorf("%s = %d, want 400", query, res.status)
			}
			continue
		}
		got, more := r.events(query)
		if !slices.Equal(got, want) || more != (query == "limit=2") {
			t.Errorf("%s: got %v, more %v; want %v", query, got, more, want)
		}
		if strings.HasPrefix(query, "limit") {
			continue
		}
		// The page lists the same, as a file and drawn.
		at := eventsPath + "?" + strings.Replace(query, "window=", "range=", 1)
		var served []uint64
		for _, row := range r.fetch(at + "&format=csv").rows {
			served = append(served, uint64(number(row["seq"])))
		}
		if !slices.Equal(served, want) && len(served)+len(want) > 0 {
			t.Errorf("the file of %s has %v, want %v", at, served, want)
		}
		page, err := html.Parse(strings.NewReader(r.get(at).body))
		if err != nil {
			t.Fatal(err)
		}
		if drawn := len(elements(page, func(n *html.Node) bool { return strings.HasPrefix(attribute(n, "id"), "ev-n") })); drawn != len(want) {
			t.Errorf("%s draws %d rows, want %d", at, drawn, len(want))
		}
	}
}

// until is a time so many seconds after the start, for an address.
func until(seconds int) string {
	return url.QueryEscape(start.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339Nano))
}

// TestEventsThatMakeNoSense: what cannot be is refused, with what can.
func TestEventsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	r := eventful(t)
	for query, says := range map[string]string{
		"kind=fire": "opened, testing, closed, limit, lag, status, operator, configuration, node", "chain=solana": "ethereum", "provider=nobody": "alchemy",
		"chain=base&provider=alchemy": "base_drpc", "node=n9": "n1, n2", "range=9h": "15m", "until=yesterday": "not a time", "page=0": "page",
		"q=" + strings.Repeat("x", 129): "128", "node=" + strings.Repeat("x", 300): "n1, n2", "sort=at": "sort",
	} {
		if res := r.get(eventsPath + "?" + query); res.status != 400 || !strings.Contains(res.body, says) {
			t.Errorf("%s = %d, want 400 that says %q", query, res.status, says)
		}
	}
	for _, query := range []string{"limit=0", "limit=1001", "window=9h", "kind=fire", "format=xml"} {
		if res := r.get("/api/v1/profiles/public/events?" + query); res.status != 400 {
			t.Errorf("API: %s = %d, want 400", query, res.status)
		}
	}
}

// TestEventCoverage: a node that does not answer is named, and one that does not
// know the whole time says since when it does.
func TestEventCoverage(t *testing.T) {
	t.Parallel()
	r := eventful(t)
	for query, want := range map[string][]string{
		"":         {"No answer from n3: what happened there is not listed.", "n1 started " + clocked("12:00:00"), "n2 does not know all before " + clocked("11:30:00"), "2 of 3 nodes"},
		"range=1h": {"n1 started", "n2 does not know all before"},
		"range=5m": {"n1 started", "!n2 does not know"},
		"node=n2":  {"n2 does not know", "!n1 started"},
	} {
		body := r.get(eventsPath + "?" + query).body
		for _, text := range want {
			text, not := strings.CutPrefix(text, "!")
			if strings.Contains(body, text) == not {
				t.Errorf("%s: %q is there: %v", query, text, !not)
			}
		}
	}
	if body := r.get(eventsPath).body; strings.Contains(body, "<script>alert") || strings.Contains(body, "claims the number") || strings.Contains(body, "that another is lost") {
		t.Error("the page has what a node must not make it show")
	}
}

// TestEventPages: 100 rows at a time. The other pages of a list stand still, and
// count what came since.
func TestEventPages(t *testing.T) {
	t.Parallel()
	r := eventful(t)
	r.figs.feed = nil
	for i := range 250 {
		r.figs.feed = append(r.figs.feed, lasso.FeedItem{Seq: uint64(1000 - i), Node: "n1", Region: "eu-west-1", Event: &lasso.Event{
			At: start.Add(-time.Duration(i) * time.Minute), Kind: lasso.EventProbe, Profile: "public", Chain: 1, Provider: "drpc", Title: fmt.Sprintf("change %d", i),
		}})
	}
	rows := func(at string) (n int, next, newer string) {
		page, err := html.Parse(strings.NewReader(r.get(at).body))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range elements(page, func(n *html.Node) bool { return n.Data == "a" }) {
			switch {
			case attribute(a, "rel") == "next":
				next = attribute(a, "href")
			case strings.HasSuffix(words(a), "newer, load"):
				newer = words(a)
			}
		}
		return len(elements(page, func(n *html.Node) bool { return strings.HasPrefix(attribute(n, "id"), "ev-n1-") })), next, newer
	}
	n, next, newer := rows(eventsPath + "?kind=status")
	if n != 100 || newer != "" || !strings.Contains(next, "page=2") || !strings.Contains(next, "kind=status") || !strings.Contains(next, "until="+url.QueryEscape(start.Format(time.RFC3339Nano))) {
		t.Fatalf("first page: %d rows, next %s, %q", n, next, newer)
	}
	r.figs.feed = append([]lasso.FeedItem{{Seq: 1001, Node: "n1", Region: "eu-west-1", Event: &lasso.Event{
		At: start.Add(time.Second), Kind: lasso.EventProbe, Profile: "public", Chain: 1, Provider: "drpc", Title: "new",
	}}}, r.figs.feed...)
	second := r.get(next).body
	if n, _, newer := rows(next); n != 100 || newer != "1 newer, load" || !strings.Contains(second, "change 100<") || strings.Contains(second, "change 99<") {
		t.Errorf("second page: %d rows, %q", n, newer)
	}
	if n, _, _ := rows(eventsPath + "?kind=status&page=3"); n != 51 {
		t.Errorf("third page: %d rows, want 51", n)
	}
	if f := r.fetch(eventsPath + "?kind=status&page=3&format=csv"); len(f.rows) != 251 {
		t.Errorf("the file has %d rows, want 251", len(f.rows))
	}
}
