package web

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// A lost region's last answer is of another time: it has no rate.
func TestRatesBy(t *testing.T) {
	t.Parallel()
	regions := []inRegion{{name: "a", heard: true}, {name: "b"}, {name: "c", heard: true}}
	part := func(region string, v float64) lasso.RegionAnswer[lasso.CallFigures] {
		return lasso.RegionAnswer[lasso.CallFigures]{Region: region, Data: lasso.CallFigures{PerSecond: v}}
	}
	got := ratesBy(regions, []lasso.RegionAnswer[lasso.CallFigures]{part("c", 3), part("b", 2), part("a", 1), part("d", 9)})
	if want := []float64{1, 0, 3}; !slices.Equal(got, want) {
		t.Errorf("rates = %v, want %v", got, want)
	}
}

// bigFakes have 50 chains of 20 providers in three regions.
type bigFakes struct {
	noFigures
	noBoard
	states []lasso.ChainState
	board  []lasso.ProviderFigures
}

func (f *bigFakes) ChainStates(lasso.ProfileID, lasso.Place) []lasso.ChainState { return f.states }

func (f *bigFakes) Totals(lasso.Scope) lasso.Answer[lasso.CallFigures] {
	a := lasso.Answer[lasso.CallFigures]{Data: lasso.CallFigures{Calls: 60, PerSecond: 1}}
	for i := range 3 {
		a.ByRegion = append(a.ByRegion, lasso.RegionAnswer[lasso.CallFigures]{Region: fmt.Sprintf("r%d", i), Data: a.Data})
	}
	return a
}

func (f *bigFakes) Leaderboard(lasso.Scope) lasso.Answer[[]lasso.ProviderFigures] {
	return lasso.Answer[[]lasso.ProviderFigures]{Data: f.board}
}

func (f *bigFakes) State() lasso.Cluster {
	c := lasso.Cluster{Enabled: true}
	for i := range 3 {
		c.Nodes = append(c.Nodes, lasso.Node{NodeInfo: lasso.NodeInfo{ID: lasso.NodeID(strconv.Itoa(i)), Region: fmt.Sprintf("r%d", i)}, Self: i == 0, State: lasso.NodeResponding})
	}
	return c
}

// BenchmarkTopologyDelta gathers and writes what an open drawing of 50 chains
// with 20 providers each asks for every second. What the store does is not in it.
func BenchmarkTopologyDelta(b *testing.B) {
	fakes, p := &bigFakes{}, &lasso.Profile{Slug: "public"}
	for i := range 50 {
		ch := &lasso.Chain{ID: lasso.ChainID(i + 1), Key: fmt.Sprintf("chain-%d", i), Name: fmt.Sprintf("Chain %d", i)}
		st := lasso.ChainState{Profile: p.Slug, Chain: ch.ID, Status: lasso.Healthy, Usable: 20}
		for j := range 20 {
			id := lasso.ProviderID(fmt.Sprintf("provider-%d", j))
			ch.Providers = append(ch.Providers, &lasso.Provider{ID: id, Name: string(id)})
			st.Providers = append(st.Providers, lasso.ProviderState{Provider: id, Condition: lasso.Condition{Status: lasso.Healthy}})
			if i == 0 {
				fakes.board = append(fakes.board, lasso.ProviderFigures{Provider: id, Calls: 3, TrafficShare: .05})
			}
		}
		p.Chains, fakes.states = append(p.Chains, ch), append(fakes.states, st)
	}
	s := newServer(b, Config{Region: "r0"}, Deps{
		Router: fixedRouter{}, Catalogs: fixedCatalog{lasso.NewCatalog([]*lasso.Profile{p}, "", time.Time{})}, Figures: fakes, Board: fakes, Cluster: fakes,
	})
	v := &visit{profile: p, window: lasso.Minute, fragment: dashboard.FragmentTopologyDelta}
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		part, ok := s.topologyDelta(v).model.Fragment(v.fragment)
		if !ok {
			b.Fatal("no delta")
		}
		if err := part.Render(b.Context(), &buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(buf.Len())/1024, "KiB")
}
