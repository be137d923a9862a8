package store_test

import (
	"context"
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
		"too many":             told(strings.Repeat(`{"seq":1,"event":{"At":"2000-01-01T00:00:00Z"}},`, 200) + `{"seq":2,"event":{"At":"2000-01-01T00:00:00Z"}}`),
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
