package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// told is a node that says how its process stands.
func told(id lasso.NodeID, region string, goroutines *uint64) *store.MetricsStore {
	s := store.New(store.Config{Node: id, Region: region, CacheFor: -1, Runtime: func() lasso.Runtime {
		return lasso.Runtime{Version: "v1", Goroutines: *goroutines, CPUPercent: 12.5, Buffers: []lasso.Buffer{{Name: "series", Held: 3, Limit: 9}}}
	}})
	return store.NewMetricsStore(s, nil, store.MetricsConfig{})
}

// TestRuntimes asks nodes of all kinds how their processes stand: each is in
// the list, nothing is added up, and who does not say is named with the reason.
func TestRuntimes(t *testing.T) {
	inCluster(t, 1, func(m *store.MetricsStore, _ []*store.Store, net *mesh) {
		n := uint64(70)
		net.change(func() {
			net.peers = []peer{
				{"n1", "eu", told("n1", "eu", &n).Answer},
				{"old", "eu", func(context.Context, []byte) ([]byte, error) {
					return nil, errors.New(`could not answer: question: unknown kind "runtime"`)
				}},
				{"ancient", "eu", func(context.Context, []byte) ([]byte, error) {
					return nil, errors.New(`it does not know the question "figures": is it an older version?`)
				}},
				{"liar", "ap", func(context.Context, []byte) ([]byte, error) { return []byte(`{"gc_cpu":7}`), nil }},
			}
			net.gone = []peer{{id: "lost", region: "ap"}}
		})
		cold := m.Runtimes()
		if !cold.Loading || len(cold.Data) != 6 || cold.Coverage.Responding != 1 || cold.Coverage.Total != 6 {
			t.Errorf("cold: got %+v", cold)
		}
		synctest.Wait()
		a := m.Runtimes()
		if a.Loading || a.Stale || a.Coverage.Responding != 2 || a.Coverage.Total != 6 {
			t.Errorf("got %+v", a)
		}
		want := []struct {
			node   lasso.NodeID
			says   bool
			older  bool
			reason string
		}{
			{"ancient", false, true, "does not know"},
			{"liar", false, false, "makes no sense"},
			{"lost", false, false, "disconnected"},
			{"n0", false, false, ""},
			{"n1", true, false, ""},
			{"old", false, true, "unknown kind"},
		}
		for i, w := range want {
			r := a.Data[i]
			if r.Node != w.node || (r.Runtime != nil) != w.says || r.Older != w.older || !strings.Contains(r.Reason, w.reason) || r.Self != (w.node == "n0") {
				t.Errorf("row %d: got %+v, want %+v", i, r, w)
			}
		}
		if r := a.Data[4].Runtime; r == nil || r.Goroutines != 70 || r.CPUPercent != 12.5 || len(r.Buffers) != 1 || r.Buffers[0].Limit != 9 {
			t.Errorf("n1 says %+v", r)
		}

		n = 80
		<-time.After(4 * time.Second)
		m.Runtimes()
		synctest.Wait()
		if r := m.Runtimes().Data[4]; r.Runtime.Goroutines != 70 {
			t.Errorf("4 s later: got %d goroutines, want the ones from before", r.Runtime.Goroutines)
		}
		<-time.After(time.Second)
		if stale := m.Runtimes(); !stale.Stale {
			t.Error("5 s later: not marked as stale")
		}
		synctest.Wait()
		if r := m.Runtimes().Data[4]; r.Runtime.Goroutines != 80 {
			t.Errorf("5 s later: got %d goroutines, want those of now", r.Runtime.Goroutines)
		}
	})
}

// TestRuntimeOfAStranger: what does not hold together is left out whole.
func TestRuntimeOfAStranger(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no object":        `7`,
		"a long text":      `{"version":"` + strings.Repeat("x", 200) + `"}`,
		"a long name":      `{"buffers":[{"name":"` + strings.Repeat("x", 200) + `"}]}`,
		"many buffers":     `{"buffers":[` + strings.Repeat(`{},`, 40) + `{}]}`,
		"negative time":    `{"last_pause_ns":-1}`,
		"negative percent": `{"cpu_percent":-1}`,
		"huge percent":     `{"cpu_percent":1e30}`,
		"huge size":        `{"rss_bytes":18446744073709551615}`,
		"negative procs":   `{"procs":-4}`,
	} {
		t.Run(name, func(t *testing.T) {
			inCluster(t, 1, func(m *store.MetricsStore, _ []*store.Store, net *mesh) {
				net.change(func() {
					net.peers = []peer{{"n1", "eu", func(context.Context, []byte) ([]byte, error) { return []byte(body), nil }}}
				})
				m.Runtimes()
				synctest.Wait()
				a := m.Runtimes()
				if r := a.Data[1]; r.Runtime != nil || !strings.Contains(r.Reason, "makes no sense") {
					t.Errorf("got %+v", r)
				}
				if b := m.Buffers(); b[0].LeftOut != 1 {
					t.Errorf("left out %d, want 1", b[0].LeftOut)
				}
			})
		})
	}
}

// TestBuffers counts what a Store holds.
func TestBuffers(t *testing.T) {
	t.Parallel()
	s := store.New(store.Config{MaxSeries: 1, FeedSize: 5, CacheFor: -1})
	for _, method := range []string{"eth_call", "eth_chainId"} {
		s.Call(call(time.Now(), method, time.Millisecond))
		s.Attempt(attempt(time.Now(), "alchemy", method, time.Millisecond))
	}
	got := map[string]lasso.Buffer{}
	for _, b := range s.Buffers() {
		got[b.Name] = b
	}
	if b := got["series"]; b.Held != 2 || b.Limit != 1 || b.LeftOut == 0 {
		t.Errorf("series: got %+v, want the one and the other's", b)
	}
	if b := got["feed_calls"]; b.Held != 2 || b.Limit != 5 {
		t.Errorf("feed: got %+v, want 2 of 5", b)
	}
}
