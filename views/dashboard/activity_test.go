package dashboard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

func activityAt(ago time.Duration) time.Time {
	return time.Date(2026, 11, 29, 14, 2, 11, 0, time.UTC).Add(-ago)
}

// TestActivity: events stay however many calls fail over, calls with the same
// end are one line, and what was answered at once has none.
func TestActivity(t *testing.T) {
	t.Parallel()
	base := ChainRef{ID: 8453, Name: "Base"}
	event := func(ago time.Duration, title string) FeedRow {
		return FeedRow{Event: true, At: activityAt(ago), Title: title, Status: ui.CircuitOpen}
	}
	trouble := func(ago time.Duration, chain ChainRef, detail, node string) FeedRow {
		return FeedRow{At: activityAt(ago), Chain: chain, Failovers: 1, Detail: detail, Node: node}
	}
	failed := FeedRow{At: activityAt(30 * time.Second), Chain: base, Failed: true, Category: "timeout"}
	var flood []FeedRow
	for i := range 200 {
		flood = append(flood, trouble(time.Duration(i)*time.Second, ChainRef{ID: uint64(i)}, "a: HTTP 502", "n1"))
	}
	for i := range 60 {
		flood = append(flood, event(time.Hour+time.Duration(i)*time.Second, fmt.Sprint("e", i)))
	}
	for name, tt := range map[string]struct {
		m    Overview
		want []string // title or "count chain on nodes"
	}{
		"nothing": {Overview{}, nil},
		"calls alone": {
			Overview{Feed: []FeedRow{{At: activityAt(0), Chain: base}, {At: activityAt(1), Chain: base}}},
			[]string{"0 Base on 0", "0 Base on 0"},
		},
		"folded": {
			Overview{Feed: []FeedRow{
				event(10*time.Second, "open"), event(time.Minute, "closed"),
				trouble(time.Second, base, "a: HTTP 502, after 12 ms", "n1"), trouble(2*time.Second, base, "b: HTTP 429", "n1"),
				trouble(20*time.Second, base, "a: HTTP 502, after 13 ms", "n2"), failed, trouble(2*time.Minute, base, "a: HTTP 502, after 14 ms", "n1"),
			}},
			[]string{"3 Base on 2", "0 Base on 0", "open", "0 Base on 0", "closed"},
		},
		"an event of several nodes": {
			Overview{Feed: []FeedRow{
				{Event: true, At: activityAt(0), Title: "open", Node: "n1"},
				{Event: true, At: activityAt(time.Second), Title: "open", Node: "n2"},
				{Event: true, At: activityAt(2 * time.Second), Title: "open", Node: "n1"},
				{Event: true, At: activityAt(3 * time.Second), Title: "open", Provider: "b", Node: "n3"},
				{Event: true, At: activityAt(20 * time.Second), Title: "open", Node: "n3"},
			}},
			[]string{"open on 2", "open", "open", "open"},
		},
		"nodes": {
			Overview{
				Feed: []FeedRow{event(10*time.Second, "open")},
				Happened: NodeEvents([]TopologyEvent{
					{At: activityAt(5 * time.Second), Kind: "node_state_change", Node: "n2", To: ui.NodeResponding},
					{At: activityAt(6 * time.Second), Kind: "node_identified", Node: "n2"},
					{At: activityAt(20 * time.Second), Kind: "node_disconnected", Node: "n2"},
					{At: activityAt(20 * time.Second), Kind: "node_state_change", Node: "n2", To: ui.NodeDisconnected},
				}),
			},
			[]string{"n2 back", "open", "n2 lost"},
		},
	} {
		var got []string
		for _, r := range tt.m.ListedActivity() {
			switch {
			case r.Event && r.On > 1:
				got = append(got, fmt.Sprintf("%s on %d", r.Title, r.On))
			case r.Event:
				got = append(got, r.Title)
			default:
				got = append(got, fmt.Sprintf("%d %s on %d", r.Count, r.Chain.label(), r.On))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	events := 0
	rows := Overview{Feed: flood}.ListedActivity()
	for _, r := range rows {
		if r.Event {
			events++
		}
	}
	if len(rows) != activityRows || events != activityRows-activityCalls {
		t.Errorf("in a flood of calls %d of %d lines are events, want %d of %d", events, len(rows), activityRows-activityCalls, activityRows)
	}
}

// TestActivitySays: a line for several calls says how many, why, where and since
// when; the panel says how many calls it leaves out, and which clocks are off.
func TestActivitySays(t *testing.T) {
	t.Parallel()
	s := Shell{Path: "/dashboard/public", Profile: Profile{Slug: "public"}, Now: activityAt(0), Coverage: Coverage{Responding: 3, Total: 3}}
	base := ChainRef{ID: 8453, Name: "Base"}
	m := Overview{
		Shell: s, Chains: []ChainRow{{Ref: base}}, KPIs: KPIs{Minute: Figures{Calls: 1210, Failed: 6}}, Clocks: map[string]time.Duration{"n2": -2100 * time.Millisecond, "n3": time.Hour},
		Feed: []FeedRow{
			{Seq: 9, At: activityAt(0), Event: true, Title: "HTTP closed to open", Provider: "a", Chain: base, Node: "n2"},
			{Seq: 8, At: activityAt(time.Second), Chain: base, Failovers: 1, Detail: "a: HTTP 502", Node: "n1"},
			{Seq: 7, At: activityAt(time.Minute), Chain: base, Failovers: 1, Detail: "a: HTTP 502", Node: "n2"},
			{Seq: 6, At: activityAt(time.Minute), Chain: base, Failed: true, Category: "timeout", Detail: "no answer", Node: "n1"},
		},
	}
	body := renderPart(t, m, FragmentActivity)
	for _, want := range []string{
		"a on Base · n2", "2 calls failed over", "a: HTTP 502 · 2 nodes", ">14:01:11</time>", "Failed: timeout", "n1 · no answer",
		"1,204 calls answered, last minute", "Clocks are off: n2 2.10 s behind.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the activity does not say %q:\n%s", want, body)
		}
	}
	page := ChainPage{Shell: s, Clocks: m.Clocks, Feed: []FeedRow{
		{Seq: 2, At: activityAt(0), Chain: base, Local: true, Method: "eth_chainId", Node: "n1"},
		{Seq: 1, At: activityAt(1), Chain: base, Provider: "a", Strategy: "fastest", Node: "n2"},
	}}
	body = renderPart(t, page, FragmentDecisions)
	for _, want := range []string{"the node itself", "n1 · no provider was asked", "n2 · Fastest", "n2 2.10 s behind"} {
		if !strings.Contains(body, want) {
			t.Errorf("the decisions do not say %q:\n%s", want, body)
		}
	}
}

// TestCallsAndAttempts: the sum from calls to attempts always holds.
func TestCallsAndAttempts(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Distribution{
		"1,284 calls − 4 answered without a provider + 30 retries = 1,310 attempts": {Calls: 1284, Local: 4, Failovers: 30, Attempts: 1310},
		"10 calls + 1 retry, 9 attempts counted":                                    {Calls: 10, Failovers: 1, Attempts: 9},
		"1 call + 0 retries, 2 attempts counted":                                    {Calls: 1, Attempts: 2},
	} {
		if got := d.sumWords(); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
}

// TestFeedLeads: each line leads to what it is about, and where it has no page
// it is no link.
func TestFeedLeads(t *testing.T) {
	t.Parallel()
	s := Shell{Profile: Profile{Slug: "p"}, Region: "eu"}
	chain := ChainRef{ID: 1, Alias: "eth", Name: "Ethereum"}
	for name, tt := range map[string]struct {
		row  FeedRow
		want string
	}{
		"a call":                      {FeedRow{Chain: chain, Request: "id 1", Node: "n1", Number: 7}, "/dashboard/p/requests?region=eu&request=id+1&on=n1&number=7"},
		"a call of another chain":     {FeedRow{Chain: ChainRef{ID: 9}, Request: "id", Number: 7}, ""},
		"calls that failed":           {FeedRow{Chain: chain, Count: 3, Failed: true}, "/dashboard/p/requests?region=eu&chain=eth&outcome=failed"},
		"calls that failed over":      {FeedRow{Chain: chain, Count: 3, Failovers: 1}, "/dashboard/p/requests?region=eu&chain=eth&outcome=failover"},
		"an event of a provider":      {FeedRow{Event: true, Node: "n1", Chain: chain, Provider: "a/b", Name: "A"}, "/dashboard/p/chains/eth/providers/a%2Fb?region=eu"},
		"an event of one gone":        {FeedRow{Event: true, Node: "n1", Chain: chain, Provider: "gone"}, "/dashboard/p/chains/eth?region=eu"},
		"an event of the process":     {FeedRow{Event: true, Node: "n1"}, ""},
		"an event of another's chain": {FeedRow{Event: true, Node: "n1", Chain: ChainRef{ID: 9}, Provider: "a"}, ""},
	} {
		if got := string(tt.row.href(s)); got != tt.want {
			t.Errorf("%s leads to %q, want %q", name, got, tt.want)
		}
	}
}
