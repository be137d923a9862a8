package store_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// TestMeshSettles: who has just stopped seeing another one is no fault yet, by
// whatever clock it tells.
func TestMeshSettles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ago   time.Duration
		wrong time.Duration
		want  int
	}{
		{14 * time.Second, 0, 0}, {15 * time.Second, 0, 1}, {14 * time.Second, time.Hour, 0}, {16 * time.Second, -time.Hour, 1},
	} {
		t.Run(fmt.Sprint(tt.ago, tt.wrong), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := sees("n0", lasso.NodeUnresponsive)
				l.Since = time.Now().Add(-tt.ago)
				_, a := asked(t, []lasso.Link{sees("n1", lasso.NodeResponding)}, []peer{observer("n1", tt.wrong, l)}, nil)
				if len(a.Data.Faults) != tt.want {
					t.Errorf("got faults %+v, want %d", a.Data.Faults, tt.want)
				}
				if got := a.Data.Nodes[1].Links[0]; !got.Since.Equal(l.Since) || got.Reason != l.Reason {
					t.Errorf("got %+v, want it since %v", got, l.Since)
				}
			})
		})
	}
}

// TestMeshOfTheYoung: that a node does not know or not yet see another one is no
// fault while one of both has just started.
func TestMeshOfTheYoung(t *testing.T) {
	t.Parallel()
	const ok = lasso.NodeResponding
	for _, tt := range []struct {
		name   string
		ages   [2]time.Duration // of n1, which does not know n2
		silent bool             // n2 does not answer, and is seen for as long as it is there
		want   int
		wrong  time.Duration // of the clock of n1
		gone   bool          // n1 saw n2 before
	}{
		{"both old", [2]time.Duration{time.Hour, time.Hour}, false, 1, 0, false},
		{"the one is young", [2]time.Duration{14 * time.Second, time.Hour}, false, 0, 0, false},
		{"the other is young", [2]time.Duration{time.Hour, 14 * time.Second}, false, 0, time.Hour, false},
		{"the other is silent", [2]time.Duration{time.Hour, time.Hour}, true, 1, 0, false},
		{"the other is silent and young", [2]time.Duration{time.Hour, 14 * time.Second}, true, 0, 0, false},
		{"the other was gone", [2]time.Duration{time.Hour, time.Hour}, true, 1, 0, true},
		{"the other is back", [2]time.Duration{time.Hour, 14 * time.Second}, false, 0, 0, true},
		{"the other is back, and silent yet", [2]time.Duration{time.Hour, time.Second}, true, 0, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				seen := sees("n2", ok)
				seen.Since = time.Now().Add(-tt.ages[1])
				mine := []lasso.Link{sees("n0", ok)}
				if tt.gone {
					mine = append(mine, sees("n2", lasso.NodeDisconnected))
				}
				peers := []peer{young("n1", tt.ages[0], tt.wrong, mine...), young("n2", tt.ages[1], 0, sees("n0", ok), sees("n1", ok))}
				if tt.silent {
					peers[1] = says("n2", "no answer within 5 s")
				}
				_, a := asked(t, []lasso.Link{sees("n1", ok), seen}, peers, nil)
				if len(a.Data.Faults) != tt.want {
					t.Errorf("got faults %+v, want %d", a.Data.Faults, tt.want)
				}
			})
		})
	}
}

// TestMeshOfALiar: one node that invents others makes no faults, and does not
// push out one that several tell of.
func TestMeshOfALiar(t *testing.T) {
	t.Parallel()
	const ok = lasso.NodeResponding
	synctest.Test(t, func(t *testing.T) {
		met := func(self lasso.NodeID, more ...lasso.Link) []lasso.Link {
			for _, id := range []lasso.NodeID{"n0", "n1", "n2", "n3"} {
				if id != self {
					more = append(more, sees(id, ok))
				}
			}
			return more
		}
		var invented []lasso.Link
		for i := range 1000 {
			l := sees(lasso.NodeID(fmt.Sprintf("a%03d", i)), ok)
			if i%2 == 0 {
				l.Since = time.Time{}
			}
			invented = append(invented, l)
		}
		peers := []peer{observer("n1", 0, met("n1", invented...)...), observer("n2", 0, met("n2", sees("z", ok))...), observer("n3", 0, met("n3", sees("z", ok))...)}
		_, a := asked(t, met("n0"), peers, nil)
		var faults []string
		for _, f := range a.Data.Faults {
			faults = append(faults, fmt.Sprint(f.From, ">", f.To, f.SeenBy))
		}
		if got, want := strings.Join(faults, " "), "n0>z[n2 n3]"; got != want {
			t.Errorf("faults: got %.200q, want %q", got, want)
		}
		if n := len(a.Data.Nodes); n != 4+16 {
			t.Errorf("%d nodes, want 4 and 16 that are not known", n)
		}
	})
}

// TestMeshOfTheNewlyMet: nodes that run for long and have just met do not know
// all of each other yet. A link that is told without a time is no fault.
func TestMeshOfTheNewlyMet(t *testing.T) {
	t.Parallel()
	const ok = lasso.NodeResponding
	for _, tt := range []struct {
		ago  time.Duration // since n2 is seen
		want int
	}{{2 * time.Second, 0}, {14 * time.Second, 0}, {15 * time.Second, 1}} {
		t.Run(tt.ago.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				met := func(id lasso.NodeID) lasso.Link {
					l := sees(id, ok)
					l.Since = time.Now().Add(-tt.ago)
					return l
				}
				timeless := sees("n0", lasso.NodeUnresponsive)
				timeless.Since = time.Time{}
				peers := []peer{observer("n1", 0, sees("n0", ok)), observer("n2", 0, met("n0"), met("n1")), observer("n3", 0, timeless)}
				_, a := asked(t, []lasso.Link{sees("n1", ok), met("n2")}, peers[:2], nil)
				if len(a.Data.Faults) != tt.want {
					t.Errorf("got faults %+v, want %d", a.Data.Faults, tt.want)
				}
				_, a = asked(t, []lasso.Link{sees("n3", ok)}, peers[2:], nil)
				if len(a.Data.Faults) != 0 {
					t.Errorf("without a time: got faults %+v, want none", a.Data.Faults)
				}
			})
		})
	}
}

// TestMeshOfOldAnswers: what the others saw some time ago is not held against
// what this node sees now.
func TestMeshOfOldAnswers(t *testing.T) {
	t.Parallel()
	const ok, deaf, gone = lasso.NodeResponding, lasso.NodeUnresponsive, lasso.NodeDisconnected
	for _, tt := range []struct {
		name string
		n2   lasso.NodeState // as n1 sees it
		idle time.Duration
		lost time.Duration // since this node lost n2; 0: it did not
		want int
	}{
		{"a node was lost meanwhile", ok, 2 * time.Minute, time.Minute, 0},
		{"there was a fault long ago", deaf, 2 * time.Minute, 0, 0},
		{"there was a fault just now", deaf, 14 * time.Second, 0, 1},
		{"there was a fault, and its node was lost since", deaf, 14 * time.Second, 3 * time.Second, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				own := func() []lasso.Link {
					n2 := sees("n2", ok)
					if time.Since(began) >= tt.idle && tt.lost > 0 {
						n2 = sees("n2", gone)
						n2.Since = began.Add(tt.idle - tt.lost)
					}
					return []lasso.Link{sees("n1", ok), n2}
				}
				s := store.New(store.Config{Node: "n0", Region: "us", CacheFor: -1, Now: startedAgo(time.Hour, 0), Links: own})
				net := &mesh{peers: []peer{observer("n1", 0, sees("n0", ok), sees("n2", tt.n2)), observer("n2", 0, sees("n0", ok), sees("n1", ok))}}
				m := store.NewMetricsStore(s, net, store.MetricsConfig{})
				m.Mesh()
				synctest.Wait()
				want := 0
				if tt.n2 == deaf {
					want = 1
				}
				if got := m.Mesh().Data.Faults; len(got) != want {
					t.Errorf("before: got faults %+v, want %d", got, want)
				}
				pass(tt.idle)
				if got := m.Mesh().Data.Faults; len(got) != tt.want {
					t.Errorf("after %v: got faults %+v, want %d", tt.idle, got, tt.want)
				}
				synctest.Wait()
			})
		})
	}
}
