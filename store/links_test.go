package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// sees is a link that has been so for an hour.
func sees(id lasso.NodeID, st lasso.NodeState) lasso.Link {
	l := lasso.Link{Node: id, Boot: "b", State: st, Since: time.Now().Add(-time.Hour)}
	if st == lasso.NodeResponding {
		l.RTT, l.Skew = 20*time.Millisecond, -3*time.Millisecond
	} else {
		l.Reason = "3 of 3 health checks failed"
	}
	return l
}

// observer is a node that tells whom it sees; wrong is how much its clock is ahead.
func observer(id lasso.NodeID, wrong time.Duration, links ...lasso.Link) peer {
	return young(id, time.Hour, wrong, links...)
}

// young is an observer that started some time ago.
func young(id lasso.NodeID, ago, wrong time.Duration, links ...lasso.Link) peer {
	s := store.New(store.Config{
		Node: id, Region: "eu", CacheFor: -1, Now: startedAgo(ago, wrong),
		Links: func() []lasso.Link {
			list := make([]lasso.Link, 0, len(links))
			for _, l := range links {
				if !l.Since.IsZero() {
					l.Since = l.Since.Add(wrong)
				}
				list = append(list, l)
			}
			return list
		},
	})
	return peer{id, "eu", store.NewMetricsStore(s, nil, store.MetricsConfig{}).Answer}
}

// startedAgo is a clock that is ahead, of a node that looked at it first when it
// started.
func startedAgo(ago, wrong time.Duration) func() time.Time {
	first := true
	return func() time.Time {
		if first {
			first = false
			return time.Now().Add(wrong - ago)
		}
		return time.Now().Add(wrong)
	}
}

func says(id lasso.NodeID, err string) peer {
	return peer{id, "eu", func(context.Context, []byte) ([]byte, error) { return nil, errors.New(err) }}
}

// asked runs a node n0 that sees links among peers, and returns what all say.
func asked(t *testing.T, links []lasso.Link, peers, gone []peer) (cold, warm lasso.Answer[lasso.Mesh]) {
	t.Helper()
	s := store.New(store.Config{Node: "n0", Region: "us", CacheFor: -1, Now: startedAgo(time.Hour, 0), Links: func() []lasso.Link { return links }})
	m := store.NewMetricsStore(s, &mesh{peers: peers, gone: gone}, store.MetricsConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	cold = m.Mesh()
	synctest.Wait()
	warm = m.Mesh()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	return cold, warm
}

// drawn is a mesh in a few words: "n0>n1:responding", a line for each row.
func drawn(m lasso.Mesh) string {
	var lines []string
	for _, n := range m.Nodes {
		cells := make([]string, 0, len(n.Links))
		for _, l := range n.Links {
			switch {
			case l.Node == n.Node:
				cells = append(cells, "self")
			case l.State == lasso.NodeUnset:
				cells = append(cells, "-")
			default:
				cells = append(cells, l.State.String())
			}
		}
		if !n.Told {
			cells = []string{"?"}
		}
		lines = append(lines, string(n.Node)+": "+strings.Join(cells, " "))
	}
	for _, f := range m.Faults {
		lines = append(lines, fmt.Sprintf("%s %s>%s %s seen by %v", f.Kind, f.From, f.To, f.State, f.SeenBy))
	}
	return strings.Join(lines, "\n")
}

// TestMesh puts together what nodes see of each other.
func TestMesh(t *testing.T) {
	t.Parallel()
	const ok, deaf, gone = lasso.NodeResponding, lasso.NodeUnresponsive, lasso.NodeDisconnected
	tests := map[string]struct {
		own         func() []lasso.Link
		peers, gone func() []peer
		responding  int
		want        string
	}{
		"all see all": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok)} },
			peers: func() []peer {
				return []peer{observer("n1", 0, sees("n0", ok), sees("n2", ok)), observer("n2", 0, sees("n1", ok), sees("n0", ok))}
			},
			responding: 3,
			want:       "n0: self responding responding\nn1: responding self responding\nn2: responding responding self",
		},
		"one way": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok)} },
			peers: func() []peer {
				return []peer{observer("n1", 0, sees("n0", ok), sees("n2", ok)), observer("n2", 0, sees("n1", deaf), sees("n0", ok))}
			},
			responding: 3,
			want: "n0: self responding responding\nn1: responding self responding\nn2: responding unresponsive self\n" +
				"one_way n2>n1 unresponsive seen by [n0]",
		},
		"one way, with this node": {
			own:        func() []lasso.Link { return []lasso.Link{sees("n1", ok)} },
			peers:      func() []peer { return []peer{observer("n1", 0, sees("n0", gone))} },
			responding: 2,
			want:       "n0: self responding\nn1: disconnected self\none_way n1>n0 disconnected seen by []",
		},
		"one does not know the other": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok)} },
			peers: func() []peer {
				return []peer{observer("n1", 0, sees("n0", ok)), observer("n2", 0, sees("n0", ok), sees("n1", ok))}
			},
			responding: 3,
			want:       "n0: self responding responding\nn1: responding self -\nn2: responding responding self\none_way n1>n2  seen by [n0]",
		},
		"broken both ways is told once": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok)} },
			peers: func() []peer {
				return []peer{observer("n1", 0, sees("n0", ok), sees("n2", gone)), observer("n2", 0, sees("n0", ok), sees("n1", deaf))}
			},
			responding: 3,
			want: "n0: self responding responding\nn1: responding self disconnected\nn2: responding unresponsive self\n" +
				"broken n1>n2 disconnected seen by [n0]",
		},
		"lost to this node only": {
			own:        func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", gone)} },
			peers:      func() []peer { return []peer{observer("n1", 0, sees("n0", ok), sees("n2", ok))} },
			gone:       func() []peer { return []peer{{id: "n2", region: "ap"}} },
			responding: 2,
			want:       "n0: self responding disconnected\nn1: responding self responding\nn2: ?\nbroken n0>n2 disconnected seen by [n1]",
		},
		"lost to all is no fault of a link": {
			own:        func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", gone)} },
			peers:      func() []peer { return []peer{observer("n1", 0, sees("n0", ok), sees("n2", gone))} },
			gone:       func() []peer { return []peer{{id: "n2", region: "ap"}} },
			responding: 2,
			want:       "n0: self responding disconnected\nn1: responding self disconnected\nn2: ?",
		},
		"a node that only another one knows": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok)} },
			peers: func() []peer {
				return []peer{observer("n1", 0, sees("n0", ok), sees("hidden", ok), sees("past", gone))}
			},
			responding: 2,
			want:       "hidden: ?\nn0: - self responding\nn1: responding responding self",
		},
		"a node that two others know, told once": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok), sees("n3", ok)} },
			peers: func() []peer {
				return []peer{
					observer("n1", 0, sees("n0", ok), sees("n2", ok), sees("n3", ok)),
					observer("n2", 0, sees("n0", ok), sees("n1", ok), sees("n3", ok), sees("x", ok)),
					observer("n3", 0, sees("n0", ok), sees("n1", ok), sees("n2", ok), sees("x", ok)),
				}
			},
			responding: 4,
			want: "n0: self responding responding responding -\nn1: responding self responding responding -\n" +
				"n2: responding responding self responding responding\nn3: responding responding responding self responding\nx: ?\n" +
				"broken n0>x  seen by [n2 n3]",
		},
		"a node that this one sees and could not ask": {
			own:        func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("x", deaf)} },
			peers:      func() []peer { return []peer{observer("n1", 0, sees("n0", ok), sees("x", ok))} },
			responding: 2,
			want:       "n0: self responding unresponsive\nn1: responding self responding\nx: ?\nbroken n0>x unresponsive seen by [n1]",
		},
		"an older version, and one that fails": {
			own: func() []lasso.Link { return []lasso.Link{sees("n1", ok), sees("n2", ok)} },
			peers: func() []peer {
				return []peer{says("n1", `it could not answer: question: unknown kind "links"`), says("n2", "no answer within 5 s")}
			},
			responding: 1,
			want:       "n0: self responding responding\nn1: ?\nn2: ?",
		},
		"another process with the id is gone": {
			own: func() []lasso.Link {
				old := sees("n1", gone)
				old.Boot = "older"
				return []lasso.Link{old, sees("n1", ok), old}
			},
			peers:      func() []peer { return []peer{observer("n1", 0, sees("n0", ok))} },
			responding: 2,
			want:       "n0: self responding\nn1: responding self",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var lost []peer
				if tt.gone != nil {
					lost = tt.gone()
				}
				peers := tt.peers()
				cold, a := asked(t, tt.own(), peers, lost)
				if !cold.Loading || cold.Coverage.Responding != 1 || cold.Coverage.Total != 1+len(peers)+len(lost) || !cold.Data.Nodes[0].Self && !cold.Data.Nodes[1].Self {
					t.Errorf("cold: got %+v", cold)
				}
				if got := drawn(a.Data); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				if a.Loading || a.Coverage.Responding != tt.responding || a.Coverage.Total != 1+len(peers)+len(lost) {
					t.Errorf("coverage: got %+v, loading %v, want %d of %d", a.Coverage, a.Loading, tt.responding, 1+len(peers)+len(lost))
				}
				for _, n := range a.Data.Nodes {
					if older := n.Node == "n1" && tt.responding == 1; n.Older != older || !n.Told && n.Reason == "" {
						t.Errorf("%s: older is %v, reason %q", n.Node, n.Older, n.Reason)
					}
				}
			})
		})
	}
}

// TestLinksOfAStranger: what does not hold together is left out whole.
func TestLinksOfAStranger(t *testing.T) {
	t.Parallel()
	link := func(fields string) string {
		return `{"at":"2026-01-01T00:00:00Z","links":[{"node_id":"n0","state":"responding"` + fields + `}]}`
	}
	several := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"node_id":"x%d","state":"responding"}`, i))
		}
		return `{"at":"2026-01-01T00:00:00Z","links":[` + strings.Join(list, ",") + `]}`
	}
	for name, tt := range map[string]struct {
		body string
		told bool
	}{
		"as it should be":  {link(`,"rtt_ns":5,"skew_ns":-5,"reason":"fine"`), true},
		"nobody":           {`{"at":"2026-01-01T00:00:00Z"}`, true},
		"as many as read":  {several(1024), true},
		"no object":        {`7`, false},
		"no time":          {`{"links":[]}`, false},
		"a time of no use": {`{"at":"yesterday","links":[]}`, false},
		"too many":         {several(1025), false},
		"given twice":      {strings.Replace(link(""), `]`, `,{"node_id":"n0","state":"disconnected"}]`, 1), false},
		"no id":            {strings.Replace(link(""), "n0", "", 1), false},
		"a space":          {strings.Replace(link(""), "n0", "n 0", 1), false},
		"a script":         {strings.Replace(link(""), "n0", `<img src=x onerror=alert(1)>`, 1), false},
		"a long id":        {strings.Replace(link(""), "n0", strings.Repeat("n", 129), 1), false},
		"a long boot id":   {link(`,"boot_id":"` + strings.Repeat("b", 129) + `"`), false},
		"a long reason":    {link(`,"reason":"` + strings.Repeat("r", 513) + `"`), false},
		"control":          {link(`,"reason":"a\u001b[31mb"`), false},
		"turned around":    {link(`,"reason":"a\u202eb"`), false},
		"an unknown state": {strings.Replace(link(""), "responding", "excellent", 1), false},
		"no state":         {strings.Replace(link(""), "responding", "", 1), false},
		"negative":         {link(`,"rtt_ns":-1`), false},
		"no number":        {link(`,"rtt_ns":"fast"`), false},
		"an age":           {link(`,"rtt_ns":9223372036854775807`), false},
		"a clock far off":  {link(`,"skew_ns":-9223372036854775807`), false},
		"a date far off":   {link(`,"since":"9999-12-31T23:59:59Z"`), true},
		"long ago":         {link(`,"since":"0001-01-02T00:00:00Z"`), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stranger := peer{"n1", "eu", func(context.Context, []byte) ([]byte, error) { return []byte(tt.body), nil }}
				_, a := asked(t, []lasso.Link{sees("n1", lasso.NodeResponding)}, []peer{stranger}, nil)
				var row lasso.NodeLinks
				for _, n := range a.Data.Nodes {
					if n.Node == "n1" {
						row = n
					}
				}
				if row.Told != tt.told || !tt.told && !strings.Contains(row.Reason, "makes no sense") {
					t.Errorf("got %+v, want told %v", row, tt.told)
				}
				if n := len(a.Data.Nodes); n > 2+16 {
					t.Errorf("%d nodes: at most 16 that are not known", n)
				}
				for _, l := range row.Links {
					if l.Since.After(time.Now()) {
						t.Errorf("since %v, which is to come", l.Since)
					}
				}
			})
		})
	}
}

// TestLinksAreBounded: a node tells no more than others read, and asks nobody
// where each of very many would tell of all.
func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	many := func(n int) (links []lasso.Link) {
		for i := range n {
			l := sees(lasso.NodeID(fmt.Sprintf("x%d", i)), lasso.NodeUnresponsive)
			l.Reason = strings.Repeat("ü\n", 400)
			links = append(links, l)
		}
		return links
	}
	synctest.Test(t, func(t *testing.T) {
		_, a := asked(t, nil, []peer{observer("n1", 0, many(1100)...)}, nil)
		if n := a.Data.Nodes[1]; n.Node != "n1" || !n.Told || len(a.Data.Nodes) != 2+16 {
			t.Errorf("got %d nodes, %+v; want an answer and 16 unknown nodes", len(a.Data.Nodes), n)
		}
		for _, n := range []int{127, 128} {
			peers := []peer{observer("x1", 0)}
			_, a := asked(t, many(n), peers, nil)
			crowded := n == 128
			if a.Data.Crowded != crowded || crowded && (len(a.Data.Nodes) != n+1 || len(a.Data.Nodes[0].Links) != n+1 || a.Data.Nodes[1].Told || a.Coverage.Total != 1) {
				t.Errorf("%d others: crowded is %v, %d nodes, coverage %+v", n, a.Data.Crowded, len(a.Data.Nodes), a.Coverage)
			}
		}
	})
}

// BenchmarkMesh is a read in a cluster of 50 nodes.
func BenchmarkMesh(b *testing.B) {
	const n = 50
	var all []lasso.Link
	for i := range n {
		all = append(all, sees(lasso.NodeID(fmt.Sprintf("n%d", i)), lasso.NodeResponding))
	}
	net := &mesh{}
	for i := 1; i < n; i++ {
		net.peers = append(net.peers, observer(all[i].Node, 0, all...))
	}
	s := store.New(store.Config{Node: "n0", Region: "us", Links: func() []lasso.Link { return all[1:] }})
	m := store.NewMetricsStore(s, net, store.MetricsConfig{})
	for m.Mesh().Loading {
		runtime.Gosched()
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Mesh()
	}
}
