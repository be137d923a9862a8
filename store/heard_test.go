package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

func TestTailRefusesNonsense(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		long, _ := json.Marshal(strings.Repeat("a", 600))
		for _, text := range []string{
			"", "[]", `{"items":[{}]}`, `{"items":[{"call":{},"event":{}}]}`, `{"items":[{"call":{"At":"2000-01-01T00:00:00Z","Method":` + string(long) + `}}]}`,
			news(1, 1, `"call":{"At":"2000-01-01T00:00:00Z","Duration":-1}`), news(1, 301, plainItem),
		} {
			sky.hear("b", text)
		}
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 0 {
			t.Errorf("took %+v", got)
		}
		sky.hear("b", fmt.Sprintf(`{"items":[{"call":{"At":%q}}]}`, time.Now().Add(9*time.Hour).Format(time.RFC3339)))
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 1 || got[0].Call.At.After(time.Now()) {
			t.Errorf("a call from the future: got %+v", got)
		}
		// One word of a newer version does not lose what came with it.
		sky.hear("c", `{"items":[{"seq":1,"call":{"Strategy":"by-mood"}},{"seq":2,`+plainItem+`},{"seq":3,"call":7}]}`)
		if got := page.Feed(lasso.FeedQuery{}); len(got) != 2 || got[0].Node != "c" || got[0].Number != 2 {
			t.Errorf("beside items that make no sense: got %+v", got)
		}
	})
}

// news is what a node sends of items with the numbers from first on.
func news(first, count int, item string) string {
	var items []string
	for i := range count {
		items = append(items, fmt.Sprintf(`{"seq":%d,%s}`, first+i, item))
	}
	return `{"items":[` + strings.Join(items, ",") + `]}`
}

const (
	plainItem  = `"call":{"At":"2000-01-01T00:00:00Z","Method":"eth_call","Category":"ok"}`
	failedItem = `"call":{"At":"2000-01-01T00:00:00Z","Method":"eth_getLogs","Category":"timeout"}`
	overItem   = `"call":{"At":"2000-01-01T00:00:00Z","Method":"eth_getCode","Category":"ok","Failovers":1}`
	eventItem  = `"event":{"At":"2000-01-01T00:00:00Z","Kind":"breaker","Title":"HTTP closed to open"}`
)

// TestTailKeepsWhatMatters: however many answered calls other nodes send, what
// failed or failed over there, and what happened, stays.
func TestTailKeepsWhatMatters(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		sky.hear("b", news(1, 3, failedItem))
		sky.hear("b", news(4, 3, overItem))
		sky.hear("b", news(7, 3, eventItem))
		for i := range 20 {
			sky.hear("b", news(100+200*i, 200, plainItem))
		}
		for name, q := range map[string]lasso.FeedQuery{
			"failures": {Outcome: lasso.OutcomeFailed}, "failovers": {Outcome: lasso.OutcomeFailover}, "events": {Kinds: lasso.FeedEvents},
		} {
			if got := len(page.Feed(q)); got != 3 {
				t.Errorf("after 4,000 answered calls: %d %s, want 3", got, name)
			}
		}
		if got := len(page.Feed(lasso.FeedQuery{Kinds: lasso.FeedCalls})); got != 2006 {
			t.Errorf("%d calls are kept, want the last 2,000 answered and 6", got)
		}
	})
}

// TestTailSharesFairly: a node that sends much takes its own items' places, not
// those of others.
func TestTailSharesFairly(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		of := func(node lasso.NodeID, item string) int {
			n := 0
			for _, it := range page.Feed(lasso.FeedQuery{}) {
				if it.Node == node && (it.Event != nil) == (item == eventItem) {
					n++
				}
			}
			return n
		}
		for _, item := range []string{plainItem, eventItem} {
			first := 1
			if item == eventItem {
				first = 1_000_000
			}
			for i := range 10 {
				sky.hear("loud", news(first+200*i, 200, item))
			}
			sky.hear("quiet", news(first, 50, item))
			for i := range 20 {
				sky.hear("loud", news(first+10_000+200*i, 200, item))
			}
			if quiet, loud := of("quiet", item), of("loud", item); quiet != 50 || loud != 1950 {
				t.Errorf("%.20s: %d of the quiet node and %d of the loud one are kept, want 50 and 1950", item, quiet, loud)
			}
		}
	})
}

// TestTailOfARestart: a process that counts lower than the one before is heard,
// and nothing that was sent again comes twice.
func TestTailOfARestart(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		for _, m := range []struct {
			boot  lasso.BootID
			first int
			kept  int
		}{{"one", 1000, 5}, {"one", 1002, 7}, {"one", 998, 9}, {"two", 1, 14}, {"two", 1, 14}, {"one", 1000, 14}, {"two", 3, 16}, {"two", 1, 16}} {
			sky.ear()("b", m.boot, "eu", []byte(news(m.first, 5, failedItem)))
			if got := len(page.Feed(lasso.FeedQuery{})); got != m.kept {
				t.Errorf("%s sent 5 from %d on: %d are kept, want %d", m.boot, m.first, got, m.kept)
			}
		}
	})
}

// TestTailLetsGoOfTheProcessBefore: when what a process sent is let go of, the
// same numbers of the one after it are not taken for known.
func TestTailLetsGoOfTheProcessBefore(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		send := func(boot lasso.BootID, first, count int) {
			for count > 0 {
				n := min(count, 200)
				sky.ear()("b", boot, "eu", []byte(news(first, n, plainItem)))
				first, count = first+n, count-n
			}
		}
		of := func(from, to uint64) (n int) {
			for _, it := range page.Feed(lasso.FeedQuery{}) {
				if from <= it.Number && it.Number <= to {
					n++
				}
			}
			return n
		}
		send("one", 1, 2000)
		send("two", 1500, 1)
		send("two", 10_000, 1600) // in place of the first 1,600 of the process before
		send("two", 1, 5)         // what was asked for comes after what happened meanwhile
		send("two", 1500, 1)
		for _, tt := range []struct {
			from, to uint64
			want     int
		}{{1, 5, 5}, {1500, 1500, 1}, {1600, 2000, 394}, {10_000, 12_000, 1600}} {
			if got := of(tt.from, tt.to); got != tt.want {
				t.Errorf("%d to %d: %d are kept, want %d", tt.from, tt.to, got, tt.want)
			}
		}
	})
}

// TestTailLetsGoOfTheQuiet: nodes that are gone do not hold their room against
// those that send.
func TestTailLetsGoOfTheQuiet(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		for i := range 20 {
			sky.hear(lasso.NodeID(fmt.Sprint("gone-", i)), news(1, 100, plainItem))
		}
		listener := sky.ear()
		pass(time.Hour)
		for i := range 10 {
			listener("b", "boot", "eu", []byte(news(1+200*i, 200, plainItem)))
		}
		n := 0
		for _, it := range page.Feed(lasso.FeedQuery{}) {
			if it.Node == "b" {
				n++
			}
		}
		if n != 2000 {
			t.Errorf("%d items of the node that sends are kept, want 2000", n)
		}
	})
}

// TestTailMergesByTime: items of several nodes stand in the order in which they
// happened, whoever told of them first, and those of one moment always alike.
func TestTailMergesByTime(t *testing.T) {
	inAir(t, func(tails []*store.Tail, stores []*store.Store, _ *air) {
		at := func(node int, ago time.Duration, method string) {
			stores[node].Call(call(time.Now().Add(-ago), method, time.Millisecond))
		}
		at(1, 9*time.Minute, "b-old")
		at(1, 4*time.Minute, "b-new")
		at(2, 8*time.Minute, "c-old")
		at(0, 7*time.Minute, "a-old")
		at(0, 2*time.Minute, "a-new")
		same := time.Now().Add(-time.Minute)
		for i := range stores {
			stores[i].Call(call(same, "same-"+string(rune('a'+i)), time.Millisecond))
		}
		tails[0].Feed(lasso.FeedQuery{}) // the others are asked for what was before
		pass(time.Second)
		for limit, want := range map[int]string{
			0: "same-a same-b same-c a-new b-new a-old c-old b-old",
			6: "same-a same-b same-c a-new b-new a-old",
			1: "same-a",
		} {
			for range 20 {
				var got []string
				for _, it := range tails[0].Feed(lasso.FeedQuery{ByTime: true, Limit: limit}) {
					got = append(got, it.Call.Method)
				}
				if text := strings.Join(got, " "); text != want {
					t.Fatalf("at most %d: %s, want %s", limit, text, want)
				}
			}
		}
	})
}

// TestTailKeepsThePast: what happened hours ago on another node is told with
// its time, as on its own pages; what claims to be of the future happened now,
// and what has no time is refused.
func TestTailKeepsThePast(t *testing.T) {
	twoTails(t, func(page *store.Tail, _ *store.Store, sky *air) {
		page.Feed(lasso.FeedQuery{})
		pass(time.Second)
		now := time.Now()
		events := lasso.FeedQuery{Kinds: lasso.FeedEvents, ByTime: true}
		for i, tt := range []struct {
			at   time.Time
			want time.Time // zero: refused
		}{
			{now.Add(-3 * time.Hour), now.Add(-3 * time.Hour)},
			{now.AddDate(-1, 0, 0), now.AddDate(-1, 0, 0)},
			{now.Add(time.Hour), now.Add(time.Hour)},
			{now.Add(time.Hour + time.Second), now},
			{now.AddDate(700, 0, 0), now},
			{time.Unix(1, 0), time.Unix(1, 0)},
			{time.Unix(0, 0), time.Time{}},
			{time.Unix(-1, 0), time.Time{}},
			{time.Time{}, time.Time{}},
		} {
			node := lasso.NodeID(fmt.Sprint("n", i))
			for _, item := range []string{`"event":{"At":%q,"Kind":"breaker","Title":"HTTP closed to open"}`, `"call":{"At":%q,"Method":"eth_call","Category":"ok"}`} {
				sky.hear(node, news(1+strings.Count(item, "eth"), 1, fmt.Sprintf(item, tt.at.UTC().Format(time.RFC3339))))
			}
			var got []time.Time
			for _, it := range page.Feed(lasso.FeedQuery{Place: lasso.Place{Node: node}}) {
				got = append(got, it.At())
			}
			want := []time.Time{tt.want, tt.want}
			if tt.want.IsZero() {
				want = nil
			}
			if !slices.EqualFunc(got, want, time.Time.Equal) {
				t.Errorf("an event and a call of %v: got %v, want %v", tt.at, got, want)
			}
		}
		events.Since = now.Add(-2 * time.Hour)
		for _, it := range page.Feed(events) {
			if it.Node == "n0" {
				t.Errorf("an event of 3 hours ago is among those since 2 hours: %v", it.At())
			}
		}
		events.Since, events.Limit = time.Time{}, 1
		if got := page.Feed(events); len(got) != 1 || got[0].Node != "n2" {
			t.Errorf("the last one by time: got %+v, want that of n2", got)
		}
	})
}
