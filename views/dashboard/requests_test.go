package dashboard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

func sampleRequests(name string) dashboard.RequestsPage {
	shell := sampleShell(dashboard.NavRequests, "/dashboard/public/requests")
	ref := dashboard.ChainRef{ID: 1, Alias: name, Name: name}
	row := func(seq uint64, id string) dashboard.RequestRow {
		return dashboard.RequestRow{
			Seq: seq, Number: 4, At: shell.Now, ID: id, Chain: ref, Method: name, Provider: name, Name: name, Region: name, Node: name, Tries: 2,
			Duration: 644 * time.Millisecond, Category: name,
		}
	}
	m := dashboard.RequestsPage{
		Shell: shell, Filter: dashboard.RequestFilter{Chain: name, Method: name, Provider: name, Outcome: "failover", MinMS: "1000", Text: name},
		Rows: []dashboard.RequestRow{row(9, "newer"), row(8, name), row(7, "older")}, Kept: 200, Match: 3, Newer: 128, Held: 9, Newest: 9,
		Failed: 14, Failovers: 46, Slow: 9, Sampled: true, Chains: []dashboard.ChainRef{ref}, Methods: []string{name}, Providers: []dashboard.RequestProvider{{ID: name, Name: name}},
	}
	m.Rows[1].Open = true
	m.Open = &dashboard.RequestDetail{
		RequestRow: m.Rows[1], Strategy: name, Picked: 30 * time.Microsecond, Traced: true, Curl: "curl " + name, Link: "http://n1/dashboard?request=" + name, Failovers: 1, Prev: &m.Rows[0], Next: &m.Rows[2],
		Tries: []dashboard.RequestTry{
			{Provider: name, Name: name, Transport: "HTTP", Took: 402 * time.Millisecond, Outcome: name, Message: name, Why: name},
			{Provider: name, Transport: "HTTP", Start: 403 * time.Millisecond, Took: 241 * time.Millisecond, Answered: true},
		},
		Others: []dashboard.RequestOther{{Provider: name, LeftOut: true, Why: name}},
	}
	return m
}

// TestRequestOthers draws each candidate with the status that its reason tells.
func TestRequestOthers(t *testing.T) {
	t.Parallel()
	for why, want := range map[string]string{
		"circuit open: HTTP 502":               "#s-open",
		"rate limited, tried after all others": "#s-rate",
		"6 blocks behind, limit 2":             "#s-lag",
		"does not serve this method":           "#s-unk",
		"drained by an operator: maintenance":  "#s-drain",
	} {
		m := sampleRequests("alchemy")
		m.Open.Tries = nil
		m.Open.Others = []dashboard.RequestOther{{Provider: "drpc", LeftOut: true, Why: why}}
		_, list, _ := strings.Cut(string(render(t, m.Page())), `class="rq-why"`)
		list, _, _ = strings.Cut(list, "</ul>")
		if !strings.Contains(list, want) {
			t.Errorf("%s: no %s in %s", why, want, list)
		}
	}
}

func TestRequestsPage(t *testing.T) {
	t.Parallel()
	page := string(render(t, sampleRequests("alchemy").Page()))
	for _, want := range []string{
		"128 newer, load", "after 1 failover", `x="62.58%" width="37.42%"`, `x="0.00%" width="62.42%"`,
		"Tried first: alchemy", "No candidate: alchemy", "under 0.1 ms", "644 ms", "3 of 3 shown", "Held at",
		"held=9&amp;request=newer&amp;on=alchemy&amp;number=4", "held=9&amp;request=older&amp;on=alchemy&amp;number=4", `data-copy="curl alchemy"`, `data-copy="http://n1/dashboard?request=alchemy"`, `aria-current="true"`,
		"/playground?chain=alchemy&amp;method=alchemy&amp;strategy=alchemy&amp;ask=routed",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for name, m := range map[string]dashboard.RequestsPage{
		"nothing yet": {Shell: sampleShell(dashboard.NavRequests, "/x")},
		"no match":    {Shell: sampleShell(dashboard.NavRequests, "/x"), Kept: 3, Filter: dashboard.RequestFilter{Text: "z"}},
		"gone":        {Shell: sampleShell(dashboard.NavRequests, "/x"), Gone: "abcdef"},
		"batch":       {Shell: sampleShell(dashboard.NavRequests, "/x"), Several: &dashboard.RequestChoice{ID: "abcdef", Whole: true, Count: 1200}},
		"beginning":   {Shell: sampleShell(dashboard.NavRequests, "/x"), Several: &dashboard.RequestChoice{ID: "abcdef", Count: 2}},
	} {
		want := map[string]string{"batch": "1,200 requests have this id", "beginning": "2 requests have an id that begins so", "nothing yet": "No requests yet.", "no match": "No request that is kept matches.", "gone": "This request is no longer kept."}[name]
		if page := string(render(t, m.Page())); !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", name, want)
		}
	}
}

func TestRequestsPageHostile(t *testing.T) {
	t.Parallel()
	m := sampleRequests(hostile)
	for name, page := range map[string][]byte{"open": render(t, m.Page()), "gone": render(t, func() dashboard.RequestsPage {
		m.Open, m.Gone = nil, hostile
		return m
	}().Page()), "several": render(t, func() dashboard.RequestsPage {
		m.Open, m.Several = nil, &dashboard.RequestChoice{ID: hostile, Count: 9, Rows: m.Rows}
		return m
	}().Page())} {
		root := parse(t, page)
		checkPolicy(t, root)
		checkIDs(t, root)
		if !strings.Contains(text(root), "<script>alert('x')</script>") {
			t.Errorf("%s: the name is not shown as it is", name)
		}
	}
}

func TestRequestsFragments(t *testing.T) {
	t.Parallel()
	m := sampleRequests("a")
	for _, id := range []string{dashboard.FragmentFacts, dashboard.FragmentTail, dashboard.FragmentNewer, dashboard.FragmentRequest} {
		part, ok := m.Fragment(id)
		if !ok {
			t.Errorf("no fragment %q", id)
			continue
		}
		if html := string(render(t, part)); !strings.Contains(html, `id="`+id+`"`) || strings.Contains(html, "<html") {
			t.Errorf("fragment %q: %.200s", id, html)
		}
	}
	if _, ok := m.Fragment("nothing"); ok {
		t.Error("there is a fragment called nothing")
	}
	// A list that moves polls an address without a place to stand.
	m.Held, m.Open = 0, nil
	part, _ := m.Fragment(dashboard.FragmentTail)
	if html := string(render(t, part)); strings.Contains(html, "held=9&amp;fragment") || strings.Contains(html, "data-held") {
		t.Error("a list that moves stands still")
	}
}

// TestRequestsKeepTheirRange: without a range the page shows all that is kept;
// with one, its links keep it, also the shortest. Other pages get no "all".
func TestRequestsKeepTheirRange(t *testing.T) {
	t.Parallel()
	m := sampleRequests("a")
	m.Whole, m.Range, m.Path = true, "1m", "/dashboard/public/requests"
	page := string(render(t, m.Page()))
	for _, want := range []string{"/requests?range=1m&amp;chain=a", `name="range" value="1m"`, "· last minute", `/requests?range=24h&amp;chain=a`} {
		if !strings.Contains(page, want) {
			t.Errorf("of the last minute: no %q", want)
		}
	}
	m.Range = dashboard.AllKept
	page = string(render(t, m.Page()))
	if strings.Contains(page, "range=all") || strings.Contains(page, `name="range"`) {
		t.Error("all that is kept is named in an address")
	}
	if !strings.Contains(page, `aria-current="true">All</a>`) {
		t.Error("All is not marked as chosen")
	}
}
