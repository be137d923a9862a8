package dashboard

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views/ui"
)

// loomOf is an overview of n chains with p providers each, in the given number
// of regions, all healthy. Chain i has rate 10·(n−i), shared equally.
func loomOf(n, p, regions int) Overview {
	m := Overview{Shell: Shell{Path: "/dashboard/x", Profile: Profile{Slug: "x"}}}
	m.Topology.ProviderDay = map[string]uint64{}
	for r := range regions {
		m.Topology.Regions = append(m.Topology.Regions, TopologyRegion{Name: fmt.Sprintf("r%d", r)})
		m.Regions = append(m.Regions, fmt.Sprintf("r%d", r))
	}
	for i := range n {
		ref := ChainRef{ID: uint64(i + 1), Alias: fmt.Sprintf("chain-%02d", i), Name: fmt.Sprintf("Chain %02d", i)}
		c := ChainRow{Ref: ref, State: ui.State{Status: ui.Healthy}, Usable: p, Figures: Figures{PerSecond: 10 * float64(n-i)}}
		var rates []float64
		for range regions {
			rates = append(rates, c.Figures.PerSecond/float64(regions))
		}
		for j := range p {
			c.Providers = append(c.Providers, ProviderRow{Chain: ref, ID: fmt.Sprintf("p%02d", j), State: ui.State{Status: ui.Healthy}, Share: 1 / float64(p)})
			m.Topology.ProviderDay[fmt.Sprintf("p%02d", j)] = uint64(1000 - j)
		}
		m.Chains = append(m.Chains, c)
		m.Topology.Rates = append(m.Topology.Rates, rates)
		m.Topology.ChainDay = append(m.Topology.ChainDay, uint64(1000-i))
	}
	return m
}

func near(a, b float64) bool { return math.Abs(a-b) < 0.06 }

func TestLoomFrame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		chains, providers, regions int
		dense                      bool
		pitch, height              float64
		firstY, lastX              float64
	}{
		{7, 8, 3, false, 54, 440, 75, 972},
		{8, 8, 3, false, 54, 494, 75, 972},
		{9, 8, 3, false, 40, 422, 68, 972},
		{14, 10, 3, false, 40, 622, 68, 972},
		{2, 3, 3, false, 54, 278, 129, 972}, // the regions need more room than the rows
		{15, 10, 3, true, 20, 406, 102, 990},
		{14, 11, 3, true, 20, 386, 102, 990},
		{50, 20, 3, true, 20, 1106, 102, 990},
		{1, 1, 0, false, 54, 116, 75, 224}, // alone: no column of regions
	} {
		p := loomOf(tt.chains, tt.providers, tt.regions).plan()
		if p.Dense != tt.dense || p.Pitch != tt.pitch || p.H != tt.height {
			t.Errorf("%d×%d: dense %v, pitch %v, height %v, want %v, %v, %v", tt.chains, tt.providers, p.Dense, p.Pitch, p.H, tt.dense, tt.pitch, tt.height)
		}
		if got := p.Rows[0].Y; !near(got, tt.firstY) {
			t.Errorf("%d×%d: first row at %v, want %v", tt.chains, tt.providers, got, tt.firstY)
		}
		if got := p.Columns[len(p.Columns)-1].X; !near(got, tt.lastX) {
			t.Errorf("%d×%d: last column at %v, want %v", tt.chains, tt.providers, got, tt.lastX)
		}
	}
}

func TestLoomRegionsAndRibbons(t *testing.T) {
	t.Parallel()
	m := loomOf(3, 2, 2)
	m.Topology.Rates = [][]float64{{20, 10}, {20, 0}, {10, 0}}
	p := m.plan()
	// The busiest chain has 30 requests per second: 14 units.
	w := []float64{14 * 20 / 30., 14 * 10 / 30., 14 * 20 / 30., 1, 14 * 10 / 30., 1}
	var got []float64
	for _, row := range p.Rows {
		for _, f := range row.Flows {
			got = append(got, f.Width)
		}
	}
	for i := range w {
		if !near(got[i], w[i]) {
			t.Errorf("widths = %v, want %v", got, w)
			break
		}
	}
	if y := []float64{p.Regions[0].Y, p.Regions[1].Y}; !near(y[0], 48+162*.25) || !near(y[1], 48+162*.75) {
		t.Errorf("regions at %v, want %v and %v", y, 48+162*.25, 48+162*.75)
	}
	// Both ends stack around the centre without gaps.
	row := p.Rows[0]
	if a, b := row.Flows[0], row.Flows[1]; !near(a.Y1-a.Width/2, row.Y-(w[0]+w[1])/2) || !near(a.Y1+a.Width/2, b.Y1-b.Width/2) {
		t.Errorf("the ribbons of a chain end at %v and %v around %v", a.Y1, b.Y1, row.Y)
	}
	first, second := p.Rows[0].Flows[0], p.Rows[1].Flows[0]
	if sum := w[0] + w[2] + w[4]; !near(first.Y0-first.Width/2, p.Regions[0].Y-sum/2) || !near(first.Y0+first.Width/2, second.Y0-second.Width/2) {
		t.Errorf("the ribbons of a region begin at %v and %v around %v", first.Y0, second.Y0, p.Regions[0].Y)
	}
	if got, want := p.Regions[0].Height, 58.0; got != want {
		t.Errorf("height of a region = %v, want %v", got, want)
	}
	if got, want := first.path(chainX), fmt.Sprintf("M136 %sC183 %s 183 %s 230 %s", at(first.Y0), at(first.Y0), at(first.Y1), at(first.Y1)); got != want {
		t.Errorf("path = %q, want %q", got, want)
	}
}

func TestLoomUnreachableRegion(t *testing.T) {
	t.Parallel()
	m := loomOf(3, 2, 3)
	m.Topology.Regions[1].Lost = true
	p := m.plan()
	for _, row := range p.Rows {
		if f := row.Flows[1]; !f.Cut || f.Width != 1 {
			t.Errorf("ribbon of a lost region: cut %v, width %v, want true, 1", f.Cut, f.Width)
		}
		if row.Flows[0].Cut {
			t.Error("the ribbon of a region that answers is cut")
		}
	}
	if got := p.Regions[1].under(); got != "Unreachable" {
		t.Errorf("under its name = %q, want Unreachable", got)
	}
	m = loomOf(20, 2, 2)
	m.Topology.Regions[1].Lost = true
	for r, b := range m.plan().Rows[0].Bar {
		if want := map[int]float64{0: barW - 1, 1: 0}[r]; !near(b.Width, want) {
			t.Errorf("bar of region %d is %v wide, want %v", r, b.Width, want)
		}
	}
}

func TestLoomRailThins(t *testing.T) {
	t.Parallel()
	m := loomOf(1, 5, 3)
	for i, share := range []float64{0.6, 0.2, 0.198, 0.002, 0} {
		m.Chains[0].Providers[i].Share = share
	}
	row := m.plan().Rows[0]
	for i, want := range []struct {
		from, x, width float64
		empty          bool
	}{{402, 454, 14, false}, {454, 583.5, 5.6, false}, {583.5, 713, 2.8, false}, {713, 842.5, 1, true}, {842.5, 972, 1, true}} {
		got := row.Stops[i]
		if !near(got.From, want.from) || !near(got.X, want.x) || !near(got.Width, want.width) || got.Empty != want.empty {
			t.Errorf("stop %d: from %v to %v, %v wide, empty %v, want %+v", i, got.From, got.X, got.Width, got.Empty, want)
		}
	}
	m.Chains[0].Figures.PerSecond = 0
	if row := m.plan().Rows[0]; !row.Stops[0].Empty || row.Stops[0].Width != 1 {
		t.Errorf("a chain without requests: empty %v, %v wide, want true, 1", row.Stops[0].Empty, row.Stops[0].Width)
	}
	m.Chains[0].Providers = nil
	if row := m.plan().Rows[0]; len(row.Stops) != 0 {
		t.Errorf("a chain without providers has %d pieces of rail, want 0", len(row.Stops))
	}
}

func TestLoomOrder(t *testing.T) {
	t.Parallel()
	names := func(p *loomPlan) string {
		var out []string
		for _, r := range p.Rows[:3] {
			out = append(out, r.Chain.Ref.Name)
		}
		return strings.Join(out, ", ")
	}
	m := loomOf(4, 3, 0)
	m.Chains[3].State.Status = ui.Degraded
	m.Topology.ChainDay = []uint64{5, 9, 5, 1}
	if got, want := names(m.plan()), "Chain 01, Chain 00, Chain 02"; got != want {
		t.Errorf("normal: %s, want %s", got, want)
	}
	m = loomOf(20, 3, 0)
	m.Chains[7].State.Status, m.Chains[9].State.Status, m.Chains[19].State.Status = ui.Unknown, ui.Lagging, ui.CircuitOpen
	if got, want := names(m.plan()), "Chain 19, Chain 09, Chain 07"; got != want {
		t.Errorf("dense: %s, want %s", got, want)
	}
	m.Topology.ProviderDay = map[string]uint64{"p02": 9, "p00": 1, "p01": 1}
	cols, _ := m.columns()
	if got, want := cols[0].Name+cols[1].Name+cols[2].Name, "p02p00p01"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
}

func TestLoomLimits(t *testing.T) {
	t.Parallel()
	m := loomOf(60, 25, 3)
	m.Chains[0].Providers[24].State.Status = ui.RateLimited
	p := m.plan()
	if len(p.Rows) != 50 || p.More == nil || p.More.words() != "10 more, all healthy" {
		t.Fatalf("%d rows and %+v, want 50 and 10 more", len(p.Rows), p.More)
	}
	if got, want := p.H, 92+20*51+14.0; got != want {
		t.Errorf("height = %v, want %v", got, want)
	}
	last := p.Columns[len(p.Columns)-1]
	if len(p.Columns) != 20 || last.Name != "others (6)" || last.Sum.worst != ui.RateLimited {
		t.Fatalf("%d columns, the last %q, worst %q, want 20, others (6), rate", len(p.Columns), last.Name, last.Sum.worst)
	}
	i := slices.IndexFunc(p.Rows, func(r loomRow) bool { return r.Chain.Ref.ID == 1 })
	if st := p.Rows[i].Stops[19]; len(st.Rows) != 6 || st.Status != ui.RateLimited || !near(st.Share, 6/25.) {
		t.Errorf("the others of a chain: %d, %s, share %v, want 6, rate, 0.24", len(st.Rows), st.Status, st.Share)
	}
	m.Chains[59].Providers = nil
	for i := range m.Chains {
		m.Chains[i].State.Status = ui.Degraded
	}
	if got, want := m.plan().More.words(), "10 more, 10 need attention"; got != want {
		t.Errorf("the last row says %q, want %q", got, want)
	}
}

func TestLoomLabelsOfNeighbours(t *testing.T) {
	t.Parallel()
	m := loomOf(2, 6, 3)
	for _, j := range []int{0, 1, 2, 4} {
		m.Chains[0].Providers[j].State.Status = ui.Degraded
	}
	var got []bool
	for _, st := range m.plan().Rows[0].Stops {
		got = append(got, st.Up)
	}
	if want := []bool{false, true, false, false, false, false}; !slices.Equal(got, want) {
		t.Errorf("over the rail: %v, want %v", got, want)
	}
}

func TestLoomFilter(t *testing.T) {
	t.Parallel()
	m := loomOf(20, 3, 0)
	m.Chains[4].Providers[1].State.Status = ui.Degraded
	for _, tt := range []struct {
		query  string
		status ui.Status
		want   int
	}{{"", "", 20}, {"CHAIN 1", "", 10}, {"chain-04", "", 1}, {"5", "", 3}, {"none", "", 0}, {"", ui.Degraded, 1}, {"chain 05", ui.Degraded, 0}, {"", ui.Healthy, 20}} {
		m.Topology.Query, m.Topology.Status = tt.query, tt.status
		if got := len(m.picked()); got != tt.want {
			t.Errorf("q=%q status=%q leaves %d chains, want %d", tt.query, tt.status, got, tt.want)
		}
	}
}

func TestColumnsByName(t *testing.T) {
	t.Parallel()
	m := Overview{Chains: []ChainRow{
		{Ref: ChainRef{ID: 1}, Providers: []ProviderRow{{ID: "a1", Name: "Alder"}, {ID: "b", Name: "Alder"}}},
		{Ref: ChainRef{ID: 2}, Providers: []ProviderRow{{ID: "a2", Name: "Alder"}}},
	}}
	m.Topology.ProviderDay = map[string]uint64{"a1": 3, "a2": 4, "b": 5}
	cols, place := m.columns()
	if len(cols) != 2 || cols[0].Name != "Alder" || cols[0].day != 7 || cols[1].Name != "b" || place["b"] != 1 {
		t.Errorf("columns = %+v, want Alder of both chains with 7 calls, and b", cols)
	}
}
