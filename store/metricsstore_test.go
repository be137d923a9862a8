package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/store"
)

// peer is another node of a pretend mesh.
type peer struct {
	id     lasso.NodeID
	region string
	answer func(ctx context.Context, body []byte) ([]byte, error)
}

// mesh is a cluster in memory, as one of its nodes sees it.
type mesh struct {
	mu         sync.Mutex
	peers      []peer
	gone       []peer // known, and not there
	generation atomic.Uint64
	asked      atomic.Int64
}

func (m *mesh) Generation() uint64 { return m.generation.Load() }

func (m *mesh) change(edit func()) {
	m.mu.Lock()
	edit()
	m.mu.Unlock()
	m.generation.Add(1)
}

func (m *mesh) State() lasso.Cluster {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := lasso.Cluster{Enabled: true, Nodes: []lasso.Node{{NodeInfo: lasso.NodeInfo{ID: "n0", Region: "us"}, Self: true}}}
	for _, p := range slices.Concat(m.peers, m.gone) {
		c.Nodes = append(c.Nodes, lasso.Node{NodeInfo: lasso.NodeInfo{ID: p.id, Region: p.region}})
	}
	return c
}

func (m *mesh) Ask(ctx context.Context, question string, body []byte) lasso.Poll {
	m.asked.Add(1)
	m.mu.Lock()
	peers, gone := slices.Clone(m.peers), slices.Clone(m.gone)
	m.mu.Unlock()
	var poll lasso.Poll
	for _, p := range gone {
		poll.Missing = append(poll.Missing, lasso.NoReply{Node: p.id, Region: p.region, Reason: "disconnected"})
	}
	replies := make([]lasso.Reply, len(peers))
	errs := make([]error, len(peers))
	var all sync.WaitGroup
	for i, p := range peers {
		all.Go(func() {
			replies[i] = lasso.Reply{Node: p.id, Boot: "b", Region: p.region}
			replies[i].Body, errs[i] = p.answer(ctx, body)
		})
	}
	all.Wait()
	for i, p := range peers {
		if errs[i] != nil {
			poll.Missing = append(poll.Missing, lasso.NoReply{Node: p.id, Boot: "b", Region: p.region, Reason: errs[i].Error()})
			continue
		}
		poll.Replies = append(poll.Replies, replies[i])
	}
	return poll
}

// frozen never answers.
func frozen(ctx context.Context, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, errors.New("no answer within 5 s")
}

// nodes are Stores and how each answers the others.
func nodes(n int, now func() time.Time) (stores []*store.Store, peers []peer) {
	regions := []string{"us", "eu", "ap"}
	for i := range n {
		id, region := lasso.NodeID(fmt.Sprintf("n%d", i)), regions[i%len(regions)]
		s := store.New(store.Config{Node: id, Region: region, Now: now, CacheFor: -1})
		m := store.NewMetricsStore(s, nil, store.MetricsConfig{})
		stores, peers = append(stores, s), append(peers, peer{id, region, m.Answer})
	}
	return stores, peers
}

var minute = lasso.Scope{Profile: "public", Chain: 1, Window: lasso.Minute}

// inCluster runs do with the MetricsStore of the first of n nodes, in a bubble
// where time passes only when all wait.
func inCluster(t *testing.T, n int, do func(m *store.MetricsStore, stores []*store.Store, net *mesh)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, peers := nodes(n, time.Now)
		net := &mesh{peers: peers[1:]}
		m := store.NewMetricsStore(stores[0], net, store.MetricsConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		do(m, stores, net)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func record(s *store.Store, calls int) {
	for range calls {
		s.Call(call(time.Now(), "eth_call", 20*time.Millisecond))
		s.Attempt(attempt(time.Now(), "alchemy", "eth_call", 20*time.Millisecond))
	}
}

// TestColdReadAnswersAtOnce: what this node has, and that more is to come.
func TestColdReadAnswersAtOnce(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		for i, s := range stores {
			record(s, 10*(i+1))
		}
		a := m.Totals(minute)
		if a.Data.Calls != 10 || !a.Loading || a.Coverage.Responding != 1 || a.Coverage.Total != 3 {
			t.Errorf("cold: got %+v", a)
		}
		synctest.Wait()
		a = m.Totals(minute)
		if a.Data.Calls != 60 || a.Loading || a.Stale || a.Coverage.Responding != 3 || len(a.Coverage.Missing) != 0 {
			t.Errorf("asked: got %+v", a)
		}
	})
}

// TestManyReadersAskOnce: 1,000 readers at once, for half a minute.
func TestManyReadersAskOnce(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		record(stores[1], 5)
		for second := range 31 {
			var readers sync.WaitGroup
			for range 1000 {
				readers.Go(func() {
					began := time.Now()
					a := m.Leaderboard(minute)
					if took := time.Since(began); took > 0 {
						t.Errorf("a read waited %v", took)
					}
					if second > 0 && len(a.Data) == 0 {
						t.Errorf("second %d: the page went blank: %+v", second, a)
					}
				})
			}
			readers.Wait()
			synctest.Wait()
			if got, want := net.asked.Load(), int64(1+second/15); got != want {
				t.Fatalf("second %d: asked %d times, want %d", second, got, want)
			}
			<-time.After(time.Second)
		}
	})
}

// TestFrozenNode: readers get what the others say, and how many that are.
func TestFrozenNode(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		for _, s := range stores {
			record(s, 10)
		}
		net.peers[1].answer = frozen
		m.Totals(minute)
		<-time.After(4900 * time.Millisecond)
		if a := m.Totals(minute); a.Data.Calls != 10 || !a.Loading {
			t.Errorf("while it is asked: got %+v", a)
		}
		<-time.After(200 * time.Millisecond)
		a := m.Totals(minute)
		if a.Data.Calls != 20 || a.Coverage.Responding != 2 || a.Coverage.Total != 3 || a.Loading {
			t.Errorf("after the limit: got %+v", a)
		}
		if !slices.Equal(a.Coverage.Missing, []lasso.NodeID{"n2"}) {
			t.Errorf("missing: got %v, want n2", a.Coverage.Missing)
		}
	})
}

// TestJoinAndLeave: the old figures are served, marked, until the new are
// there. No read comes back empty.
func TestJoinAndLeave(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		for _, s := range stores {
			record(s, 10)
		}
		m.Totals(minute)
		synctest.Wait()
		left := net.peers[1]
		net.change(func() { net.peers, net.gone = net.peers[:1], []peer{left} })
		if a := m.Totals(minute); a.Data.Calls != 30 || !a.Stale {
			t.Errorf("just left: got %+v", a)
		}
		synctest.Wait()
		a := m.Totals(minute)
		if a.Data.Calls != 20 || a.Stale || a.Coverage.Total != 3 || !slices.Equal(a.Coverage.Missing, []lasso.NodeID{"n2"}) {
			t.Errorf("left: got %+v", a)
		}
		net.change(func() { net.peers, net.gone = append(net.peers[:1:1], left), nil })
		if a := m.Totals(minute); a.Data.Calls != 20 || !a.Stale {
			t.Errorf("just back: got %+v", a)
		}
		synctest.Wait()
		if a := m.Totals(minute); a.Data.Calls != 30 || a.Stale || a.Coverage.Responding != 3 {
			t.Errorf("back: got %+v", a)
		}
	})
}

// TestChangeWhileAsking: an answer that began before a node left is not kept.
func TestChangeWhileAsking(t *testing.T) {
	inCluster(t, 2, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		record(stores[1], 10)
		answer, first := net.peers[0].answer, true
		net.peers[0].answer = func(ctx context.Context, body []byte) ([]byte, error) {
			if first {
				first = false
				net.generation.Add(1)
			}
			return answer(ctx, body)
		}
		m.Totals(minute)
		synctest.Wait()
		if got := net.asked.Load(); got != 2 {
			t.Errorf("asked %d times, want again after the change", got)
		}
		if a := m.Totals(minute); a.Stale || a.Data.Calls != 10 {
			t.Errorf("got %+v", a)
		}
	})
}

// TestLyingNode: an answer that makes no sense costs nothing but itself.
func TestLyingNode(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		for _, s := range stores {
			record(s, 10)
		}
		net.peers[0].answer = func(context.Context, []byte) ([]byte, error) {
			return []byte(`{"rows":[{"calls":18446744073709551615,"answered":1}]}`), nil
		}
		m.Totals(minute)
		synctest.Wait()
		if a := m.Totals(minute); a.Data.Calls != 20 || a.Coverage.Responding != 2 || a.Coverage.Total != 3 {
			t.Errorf("got %+v", a)
		}
	})
}

// TestRegions: a region narrows, and a split shows every region and node.
func TestRegions(t *testing.T) {
	inCluster(t, 4, func(m *store.MetricsStore, stores []*store.Store, net *mesh) {
		for i, s := range stores { // us, eu, ap, us
			record(s, 10*(i+1))
		}
		m.Leaderboard(minute)
		synctest.Wait()
		narrow := minute
		narrow.Region = "us"
		a := m.Leaderboard(narrow)
		if len(a.Data) != 1 || a.Data[0].Calls != 50 || a.Coverage.Responding != 2 || a.Coverage.Total != 2 {
			t.Errorf("us: got %+v", a)
		}
		wide := minute
		wide.Split = true
		all := m.Leaderboard(wide)
		got := map[string]uint64{}
		for _, r := range all.ByRegion {
			got[r.Region] = r.Data[0].Calls
			for _, n := range r.ByNode {
				got[r.Region+"/"+string(n.Node)] = n.Data[0].Calls
			}
		}
		want := map[string]uint64{"us": 50, "us/n0": 10, "us/n3": 40, "eu": 20, "eu/n1": 20, "ap": 30, "ap/n2": 30}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("by region: got %v, want %v", got, want)
		}
		if got := net.asked.Load(); got != 1 {
			t.Errorf("asked %d times for one leaderboard", got)
		}
	})
}

// TestEveryReadIsOfAllNodes looks at the reads that have no test of their own.
func TestEveryReadIsOfAllNodes(t *testing.T) {
	inCluster(t, 3, func(m *store.MetricsStore, stores []*store.Store, _ *mesh) {
		<-time.After(90 * time.Second)
		for i, s := range stores {
			record(s, 10)
			s.Attempt(lasso.Attempt{
				At: time.Now(), Method: "eth_call", Category: lasso.ServerError, Message: "HTTP 502",
				Route: lasso.Route{Profile: "public", Chain: 1, Provider: "alchemy", Transport: lasso.HTTP},
			})
			state := lasso.ProviderState{Profile: "public", Chain: 1, Provider: "alchemy", Condition: lasso.Condition{Status: lasso.Healthy}}
			if i == 2 {
				state.Condition.Status, state.Behind = lasso.Lagging, 4
			}
			s.Observe(time.Now(), []lasso.ProviderState{state})
		}
		scope := minute
		scope.Provider = "alchemy"
		read := func() (methods, series, bins, errs uint64, cell lasso.Cell) {
			for _, r := range m.Methods(scope).Data {
				methods += r.Calls
			}
			for _, p := range m.Series(scope).Data {
				series += p.Calls
			}
			for _, b := range m.Histogram(scope).Data {
				bins += b.Count
			}
			for _, e := range m.Errors(scope).Data {
				errs += e.Count
			}
			cells := m.History(scope).Data
			return methods, series, bins, errs, cells[len(cells)-1]
		}
		read()
		synctest.Wait()
		methods, series, bins, errs, cell := read()
		if methods != 33 || series != 33 || bins != 30 || errs != 3 {
			t.Errorf("methods %d, series %d, histogram %d, errors %d; want 33, 33, 30, 3", methods, series, bins, errs)
		}
		if cell.Status != lasso.Lagging || cell.Behind != 4 {
			t.Errorf("history: got %+v, want the worst of all nodes", cell)
		}
	})
}

// TestPercentilesOfUnequalNodes: four fast nodes and a slow one with a tenth of
// the traffic. What is merged is what one node would have measured; the mean of
// the nodes' percentiles, or the busiest node's, is not.
func TestPercentilesOfUnequalNodes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	stores, peers := nodes(5, func() time.Time { return now })
	one := store.New(store.Config{Node: "one", Now: func() time.Time { return now }, CacheFor: -1})
	rnd := rand.New(rand.NewPCG(9, 10))
	var samples []float64
	for i, s := range stores {
		n, median := 20_000, 30.0
		if i == 4 {
			n, median = 2_000, 900.0
		}
		for range n {
			ms := median * math.Exp(0.5*rnd.NormFloat64())
			samples = append(samples, ms)
			a := attempt(now, "alchemy", "eth_call", time.Duration(ms*float64(time.Millisecond)))
			s.Attempt(a)
			one.Attempt(a)
		}
	}
	slices.Sort(samples)
	net := &mesh{peers: peers[1:]}
	m := store.NewMetricsStore(stores[0], net, store.MetricsConfig{})
	scope := minute
	scope.Split = true
	var all lasso.Answer[[]lasso.ProviderFigures]
	for all.Coverage.Responding < 5 { // as soon as they have answered
		all = m.Leaderboard(scope)
	}
	single := store.NewMetricsStore(one, nil, store.MetricsConfig{}).Leaderboard(minute).Data[0]
	got := all.Data[0]
	if got.Calls != uint64(len(samples)) {
		t.Errorf("calls: got %d, want %d", got.Calls, len(samples))
	}
	mean, worst := map[string]float64{}, 0.0
	for _, r := range all.ByRegion {
		for _, n := range r.ByNode {
			mean["p50"] += n.Data[0].P50 / 5
			mean["p95"] += n.Data[0].P95 / 5
			mean["p99"] += n.Data[0].P99 / 5
		}
	}
	for _, p := range []struct {
		name        string
		at          float64
		got, single float64
	}{{"p50", 0.50, got.P50, single.P50}, {"p95", 0.95, got.P95, single.P95}, {"p99", 0.99, got.P99, single.P99}} {
		want := samples[int(p.at*float64(len(samples)))]
		if off(p.got, p.single) > 0.02 || off(p.got, want) > 0.02 {
			t.Errorf("%s: merged %.1f ms, one sketch %.1f ms, samples %.1f ms", p.name, p.got, p.single, want)
		}
		t.Logf("%s: merged %.1f ms, true %.1f ms, mean of nodes %.1f ms (off by %.0f %%)", p.name, p.got, want, mean[p.name], 100*off(mean[p.name], want))
		worst = max(worst, off(mean[p.name], want))
	}
	if worst < 0.10 {
		t.Errorf("the mean of percentiles is right within %.0f %%: this test shows nothing", 100*worst)
	}
}

func off(got, want float64) float64 { return math.Abs(got-want) / want }
