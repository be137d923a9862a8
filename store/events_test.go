package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// TestEventsOfAllNodes: what happened to a provider is told by every node,
// although nobody watched when it happened.
func TestEventsOfAllNodes(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		tell := func(s *store.Store, provider lasso.ProviderID, title string) {
			<-time.After(time.Second)
			s.Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: provider, Status: lasso.CircuitOpen, Title: title})
		}
		tell(stores[1], "alchemy", "first")
		tell(stores[2], "other", "of another provider")
		tell(stores[0], "alchemy", "second")
		tell(stores[2], "alchemy", "third")
		scope := lasso.Scope{Profile: "public", Chain: 1, Provider: "alchemy", Window: lasso.Minute}
		if cold := m.Events(scope); !cold.Loading || len(cold.Data.Items) != 1 {
			t.Errorf("cold: got %d events, loading %v, want its own", len(cold.Data.Items), cold.Loading)
		}
		synctest.Wait()
		titles := func(region string) string {
			s := scope
			s.Region = region
			var all []string
			for _, it := range m.Events(s).Data.Items {
				all = append(all, it.Event.Title+" on "+string(it.Node)+" in "+it.Region)
			}
			return strings.Join(all, ", ")
		}
		if got, want := titles(""), "third on n2 in ap, second on n0 in us, first on n1 in eu"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := titles("eu"), "first on n1 in eu"; got != want {
			t.Errorf("in eu: got %s, want %s", got, want)
		}
	})
}

// TestEventsOfAStranger: an answer that does not hold together is left out, and
// its node is missing.
func TestEventsOfAStranger(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 600)
	told := func(events string) string { return `{"since":"2000-01-01T00:00:00Z","events":[` + events + `]}` }
	for name, answer := range map[string]string{
		"a list":               `[]`,
		"nothing":              `{}`,
		"known since tomorrow": `{"since":"2100-01-01T00:00:00Z","events":[]}`,
		"a long text":          told(`{"seq":1,"event":{"At":"2000-01-01T00:00:00Z","Title":"` + long + `"}}`),
		"without a time":       told(`{"seq":1,"event":{"Title":"x"}}`),
		"from the future":      told(`{"seq":1,"event":{"At":"2100-01-01T00:00:00Z","Title":"x"}}`),
		"too many":             told(strings.Repeat(`{"seq":1,"event":{"At":"2000-01-01T00:00:00Z"}},`, 1000) + `{"seq":2,"event":{"At":"2000-01-01T00:00:00Z"}}`),
		"one twice":            told(`{"seq":1,"event":{"At":"2000-01-01T00:00:00Z"}},{"seq":1,"event":{"At":"2000-01-01T00:00:00Z"}}`),
		"the oldest first":     told(`{"seq":1,"event":{"At":"2000-01-01T00:00:00Z"}},{"seq":2,"event":{"At":"2000-01-01T00:00:00Z"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			inCluster(t, 1, func(m *store.MetricsStore, _ []*store.Store, net *mesh) {
				net.change(func() {
					net.peers = []peer{{"liar", "eu", func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }}}
				})
				scope := lasso.Scope{Profile: "public", Chain: 1, Provider: "alchemy"}
				m.Events(scope)
				synctest.Wait()
				if a := m.Events(scope); len(a.Data.Items) != 0 || a.Coverage.Responding != 1 || a.Coverage.Total != 2 {
					t.Errorf("got %d events, %+v", len(a.Data.Items), a.Coverage)
				}
			})
		})
	}
}

// TestEventsAreHeldToTheQuestion: what a node tells beside what it was asked for
// is left out, and it knows no more than up to now.
func TestEventsAreHeldToTheQuestion(t *testing.T) {
	inCluster(t, 1, func(m *store.MetricsStore, _ []*store.Store, net *mesh) {
		event := func(seq int, fields string) string {
			return fmt.Sprintf(`{"seq":%d,"event":{"At":"2000-01-01T00:00:00Z","Title":"%d"%s}}`, seq, seq, fields)
		}
		answer := `{"since":"2000-01-01T00:59:00Z","events":[` + strings.Join([]string{
			event(9, `,"Profile":"secret","Chain":1,"Provider":"alchemy"`),
			event(8, `,"Profile":"public","Chain":1,"Provider":"alchemy"`),
			event(7, `,"Profile":"public","Chain":10,"Provider":"alchemy"`),
			event(6, `,"Profile":"public","Chain":1,"Provider":"other"`),
			event(5, `,"Provider":"alchemy"`),
			event(4, ``),
		}, ",") + `]}`
		net.change(func() {
			net.peers = []peer{{"n1", "eu", func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }}}
		})
		for _, tt := range []struct {
			scope lasso.Scope
			want  string
		}{
			{lasso.Scope{Profile: "public", Chain: 1, Provider: "alchemy"}, "8 5"},
			{lasso.Scope{Profile: "public", Chain: 1}, "8 6 5 4"},
			{lasso.Scope{Profile: "public"}, "8 7 6 5 4"},
			{lasso.Scope{}, "9 8 7 6 5 4"},
		} {
			m.Events(tt.scope)
			synctest.Wait()
			log := m.Events(tt.scope).Data
			var got []string
			for _, it := range log.Items {
				got = append(got, it.Event.Title)
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("%+v: got %s, want %s", tt.scope, text, tt.want)
			}
			if since := log.Since["n1"]; since.After(time.Now()) {
				t.Errorf("%+v: known since %v, which is to come", tt.scope, since)
			}
		}
	})
}

// TestEventsTellHowFarTheyReach: a node says from when on it knows all: from its
// start, from the oldest event it still has, or from the oldest it tells.
func TestEventsTellHowFarTheyReach(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		began := time.Now()
		tell := func(s *store.Store, provider lasso.ProviderID, times int) {
			for range times {
				<-time.After(time.Second)
				s.Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: provider, Title: "HTTP closed to open"})
			}
		}
		tell(stores[0], "alchemy", 1)
		tell(stores[1], "alchemy", 1)
		tell(stores[1], "other", 2000) // pushes out that of alchemy
		tell(stores[2], "alchemy", 300)
		scope := lasso.Scope{Profile: "public", Chain: 1, Provider: "alchemy", Window: lasso.Minute}
		m.Events(scope)
		synctest.Wait()
		log := m.Events(scope).Data
		if len(log.Items) != 201 {
			t.Errorf("%d events, want 201", len(log.Items))
		}
		for node, want := range map[lasso.NodeID]time.Duration{"n0": 0, "n1": 3 * time.Second, "n2": 2103 * time.Second} {
			if got := log.Since[node].Sub(began); got != want {
				t.Errorf("%s knows all from %v after the start on, want %v", node, got, want)
			}
		}
	})
}

// TestEventsOfAllProviders: the log of everything reaches further back, says how
// far where a node has to leave some out, and is merged in one order.
func TestEventsOfAllProviders(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		began := time.Now()
		tell := func(s *store.Store, times int, detail string) {
			for range times {
				<-time.After(time.Second)
				s.Event(lasso.Event{At: time.Now(), Kind: lasso.EventBreaker, Profile: "public", Chain: 1, Provider: "alchemy", Title: "HTTP closed to open", Detail: detail})
			}
		}
		tell(stores[0], 900, "")
		tell(stores[1], 1100, "")                       // 100 more than are told
		tell(stores[2], 990, strings.Repeat("ä", 2000)) // more bytes than are told
		for _, s := range stores {                      // at one time everywhere
			s.Event(lasso.Event{At: began.Add(time.Hour), Kind: lasso.EventConfig, Title: "Configuration loaded"})
		}
		scope := lasso.Scope{Profile: "public"}
		m.Events(scope)
		synctest.Wait()
		a := m.Events(scope)
		if want := (lasso.Coverage{Responding: 3, Total: 3, Missing: []lasso.NodeID{}}); a.Coverage.Responding != 3 || a.Coverage.Total != want.Total {
			t.Fatalf("coverage %+v, want %+v", a.Coverage, want)
		}
		count, longest := map[lasso.NodeID]int{}, 0
		for i, it := range a.Data.Items {
			count[it.Node]++
			longest = max(longest, len(it.Event.Detail))
			if i > 0 && it.Event.At.After(a.Data.Items[i-1].Event.At) {
				t.Fatalf("event %d is newer than the one before", i)
			}
		}
		if count["n0"] != 901 || count["n1"] != 1000 || count["n2"] < 300 || count["n2"] > 990 || longest > 512 {
			t.Errorf("events by node: %v, longest text %d; want 901, 1000, those that fit into 512 KiB, and 512 bytes", count, longest)
		}
		since := a.Data.Since
		if !since["n0"].Equal(began) || since["n1"].Sub(began) != 1002*time.Second || !since["n2"].After(began.Add(2000*time.Second)) {
			t.Errorf("known from %v on, began at %v", since, began)
		}
		var same []string
		for _, it := range a.Data.Items {
			if it.Event.At.Equal(began.Add(time.Hour)) && it.Event.Kind == lasso.EventConfig {
				same = append(same, string(it.Node))
			}
		}
		if got, want := strings.Join(same, " "), "n0 n1 n2"; got != want {
			t.Errorf("at one time: %s, want %s", got, want)
		}
	})
}
