package web_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// TestActivityShowsEventsFirst: the overview tells of events, nodes and calls that
// did not go well; of others only when there is nothing else. A region narrows it.
func TestActivityShowsEventsFirst(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const file = "/dashboard/public?fragment=activity&format=csv"
	answered := func(seq uint64) lasso.FeedItem {
		return lasso.FeedItem{Seq: seq, Node: "n1", Region: "eu-west-1", Call: &lasso.Call{At: start, Profile: "public", Chain: 1, Method: "eth_call", Provider: "alchemy", Attempts: 1}}
	}
	lines := func(path string) string {
		var kinds []string
		for _, line := range strings.Split(strings.TrimSpace(r.get(path).body), "\n")[1:] {
			cells := strings.Split(line, ",")
			n := len(cells)
			kinds = append(kinds, strings.Join([]string{cells[1], cells[5], cells[11], cells[n-4], cells[n-2]}, " ")) // kind, method, title, node, count
		}
		return strings.Join(kinds, "; ")
	}
	r.figs.feed = []lasso.FeedItem{answered(2), answered(1)}
	if got, want := lines(file), "call eth_call  n1 1; call eth_call  n1 1"; got != want {
		t.Errorf("without events: %s, want %s", got, want)
	}
	over := func(seq uint64) lasso.FeedItem {
		it := answered(seq)
		it.Call.Attempts, it.Call.Failovers, it.Call.Detail = 2, 1, "drpc: HTTP 502"
		return it
	}
	r.figs.feed = []lasso.FeedItem{
		answered(9), over(8), answered(7), over(6),
		{Seq: 5, Node: "n2", Region: "us-east-1", Event: &lasso.Event{At: start.Add(-time.Second), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "drpc", Title: "HTTP closed to open"}},
	}
	c := *r.nodes.now.Load()
	c.Events = []lasso.TopologyEvent{{Seq: 2, At: start.Add(-2 * time.Second), Kind: lasso.NodeStateChanged, Node: "n2", Region: "us-east-1", To: lasso.NodeResponding}}
	r.nodes.now.Store(&c)
	if got, want := lines(file), "call eth_call  n1 2; event  HTTP closed to open n2 1; event  n2 joined n2 1"; got != want {
		t.Errorf("with events: %s, want %s", got, want)
	}
	if got, want := lines(file+"&region=eu-west-1"), "call eth_call  n1 2"; got != want {
		t.Errorf("of a region: %s, want %s", got, want)
	}
	body := r.get("/dashboard/public?fragment=activity", "Accept", "text/html").body
	for _, want := range []string{"2 calls failed over", "HTTP closed to open", "n2 joined", "answered, last minute"} {
		if !strings.Contains(body, want) {
			t.Errorf("the panel does not say %q: %s", want, body)
		}
	}
}

// TestNodesAreToldAlike: the chart, the activity and the log say the same of a
// node, and all are narrowed to a place.
func TestNodesAreToldAlike(t *testing.T) {
	t.Parallel()
	r := eventful(t)
	r.figs.feed = nil
	c := *r.nodes.now.Load()
	for i := range c.Events { // within the chart
		c.Events[i].At = start.Add(time.Duration(-1-i/3) * time.Second)
	}
	r.nodes.now.Store(&c)
	for path, want := range map[string]string{
		"/dashboard/public?fragment=activity&format=csv": "n2 lost|n2 back|n2,region-b",
		"/dashboard/public?fragment=chart&format=csv":    "n2 lost (region-b)|n2 back (region-b)",
		eventsPath + "?fragment=events&format=csv":       "Node lost|Node back|n2,region-b",
	} {
		for narrowed, told := range map[string]bool{"": true, "&region=region-b": true, "&node=n2": true, "&region=eu-west-1": false, "&node=n1": false} {
			body := r.get(path + narrowed).body
			for w := range strings.SplitSeq(want, "|") {
				if strings.Contains(body, w) != told {
					t.Errorf("%s%s: tells %q: %v, want %v: %s", path, narrowed, w, !told, told, body)
				}
			}
		}
	}
}

// TestFilesSayWhatTheyCount: a table of calls and one of attempts have columns of
// the same names, and say which they are.
func TestFilesSayWhatTheyCount(t *testing.T) {
	t.Parallel()
	r, _ := setupWhole(t)
	for path, want := range map[string]string{
		"?fragment=figures": "calls", "?fragment=providers": "attempts", "?fragment=chains": "calls", "?fragment=chart": "calls",
		"/chains?": "calls", "/providers?": "attempts", "/methods?": "attempts", "/methods?fragment=methods": "attempts",
		"/chains/ethereum?fragment=windows": "calls", "/chains/ethereum?fragment=methods": "attempts", "/chains/ethereum?fragment=by-region": "calls",
		"/chains/ethereum/providers/alchemy?fragment=windows": "attempts", "/chains/ethereum/providers/alchemy?fragment=by-region": "attempts",
		"/regions?": "attempts", "/regions?fragment=short": "calls", "/cluster?fragment=chart": "calls",
	} {
		lines := strings.Split(strings.TrimSpace(r.get("/dashboard/public"+path+"&format=csv").body), "\n")
		if !strings.HasSuffix(lines[0], ",counts") || len(lines) < 2 {
			t.Errorf("%s: %d lines under %q, want a last column that says what is counted", path, len(lines)-1, lines[0])
		}
		for _, line := range lines[1:] {
			if !strings.HasSuffix(line, ","+want) {
				t.Errorf("%s: %q does not count %s", path, line, want)
			}
		}
	}
}

// TestDrawnAgainIsNoNews: the time that a table says its order is of does not make
// an answer out of what has not changed.
func TestDrawnAgainIsNoNews(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64 // seconds
	r := setup(t, func(c *web.Config) {
		c.Now = func() time.Time { return start.Add(time.Minute + time.Duration(passed.Load())*time.Second) }
	})
	const path = "/dashboard/public/chains?fragment=chains" // a table without ages
	first := r.get(path, "Accept", "text/html")
	if !strings.Contains(first.body, ", order of ") {
		t.Fatalf("the table does not say of when its order is: %s", first.body)
	}
	passed.Store(30)
	if res := r.get(path, "Accept", "text/html", "If-None-Match", first.header.Get("ETag")); res.status != 304 {
		t.Errorf("thirty seconds later: %d, want 304", res.status)
	}
}
