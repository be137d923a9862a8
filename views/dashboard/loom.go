package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/lasso-rpc/lasso/views/ui"
)

// FragmentTopologyDelta is JSON: the states and figures of the drawing, which
// itself is sent once.
const FragmentTopologyDelta = "topology-delta"

// Limits of the drawing.
const (
	loomChains    = 50 // rows; the rest is one row more
	loomProviders = 20 // columns; with more, the last stands for all others
	// MaxTopologyQuery is the longest ?q=, in bytes.
	MaxTopologyQuery = 64
)

// Topology is what the drawing of an overview needs beside its chains. Slices
// that are too short mean zero.
type Topology struct {
	Table  bool      // ?topo=table
	Query  string    // ?q=: text that names of chains hold; empty: all
	Status ui.Status // ?status=: chains with a link in it; empty: all

	Regions     []TopologyRegion  // in the order of Shell.Regions; drawn from two on
	Rates       [][]float64       // by Overview.Chains and Regions: client requests per second, last minute
	ChainDay    []uint64          // by Overview.Chains: calls of the last 24 h, which order the rows
	ProviderDay map[string]uint64 // by provider id: the same of the columns
}

// TopologyRegion is a region of the drawing.
type TopologyRegion struct {
	Name string
	Lost bool // no node of it can be heard
}

func (t *Topology) rate(chain, region int) float64 {
	if chain >= len(t.Rates) || region >= len(t.Rates[chain]) {
		return 0
	}
	return t.Rates[chain][region]
}

func (t *Topology) chainDay(i int) uint64 {
	if i >= len(t.ChainDay) {
		return 0
	}
	return t.ChainDay[i]
}

// chosen puts the state of the topology panel into the page's own query.
func (m Overview) chosen() Overview {
	view := ""
	if m.Topology.Table {
		view = "table"
	}
	m.keep = []param{{"topo", view}, {"q", m.Topology.Query}, {"status", string(m.Topology.Status)}}
	return m
}

// picked are the indices of the chains that the filters leave.
func (m Overview) picked() []int {
	q := lower(m.Topology.Query)
	out := make([]int, 0, len(m.Chains))
	for i := range m.Chains {
		c := &m.Chains[i]
		if q != "" && !strings.Contains(lower(c.Ref.label()), q) && !strings.Contains(lower(c.Ref.Alias), q) && strconv.FormatUint(c.Ref.ID, 10) != q {
			continue
		}
		if st := m.Topology.Status; st != "" && !slices.ContainsFunc(c.Providers, func(r ProviderRow) bool { return r.State.Status == st }) {
			continue
		}
		out = append(out, i)
	}
	return out
}

// pickedChains are the chains that the filters leave, as they came.
func (m Overview) pickedChains() []ChainRow {
	picked := m.picked()
	if len(picked) == len(m.Chains) {
		return m.Chains
	}
	out := make([]ChainRow, 0, len(picked))
	for _, i := range picked {
		out = append(out, m.Chains[i])
	}
	return out
}

// columnNames names the columns of a chain's providers. Providers are one
// column when they have one name, whatever their ids; two of one chain never
// share a column.
func (c *ChainRow) columnNames() []string {
	out := make([]string, 0, len(c.Providers))
	for i := range c.Providers {
		name := c.Providers[i].label()
		if slices.Contains(out, name) {
			name = c.Providers[i].ID
		}
		out = append(out, name)
	}
	return out
}

// rollup sums the links of a column or a row: the worst of them, and how many
// need attention.
type rollup struct {
	worst      ui.Status
	bad, total int
	out        int // drained
}

func (r *rollup) add(st ui.Status) {
	if r.total == 0 || st.Rank() < r.worst.Rank() {
		r.worst = st
	}
	r.total++
	if st.Fault() {
		r.bad++
	}
	if st == ui.Drained {
		r.out++
	}
}

func (r *rollup) merge(o rollup) {
	if o.total == 0 {
		return
	}
	if r.total == 0 || o.worst.Rank() < r.worst.Rank() {
		r.worst = o.worst
	}
	r.bad += o.bad
	r.out += o.out
	r.total += o.total
}

// loomColumn is a provider, or all that have no column of their own.
type loomColumn struct {
	Name   string
	X      float64
	Sum    rollup
	Others []string // names of the providers behind the last column; else empty
	First  ProviderRow
	day    uint64
}

// columns are the providers of all chains, the busiest of the last day first,
// and the place of each name among them.
func (m Overview) columns() (cols []loomColumn, place map[string]int) {
	place = map[string]int{}
	counted := map[[2]string]bool{} // an id counts once for a name
	for i := range m.Chains {
		c := &m.Chains[i]
		for k, name := range c.columnNames() {
			r := &c.Providers[k]
			at, ok := place[name]
			if !ok {
				at = len(cols)
				place[name] = at
				cols = append(cols, loomColumn{Name: name, First: *r})
			}
			cols[at].Sum.add(r.State.Status)
			if key := [2]string{name, r.ID}; !counted[key] {
				counted[key] = true
				cols[at].day += m.Topology.ProviderDay[r.ID]
			}
		}
	}
	slices.SortFunc(cols, func(a, b loomColumn) int { return cmp.Or(cmp.Compare(b.day, a.day), strings.Compare(a.Name, b.Name)) })
	if len(cols) > loomProviders {
		rest := loomColumn{}
		for _, c := range cols[loomProviders-1:] {
			rest.Others = append(rest.Others, c.Name)
			rest.Sum.merge(c.Sum)
		}
		rest.Name = "others (" + strconv.Itoa(len(rest.Others)) + ")"
		cols = append(cols[:loomProviders-1], rest)
	}
	for i := range cols {
		place[cols[i].Name] = i
		for _, name := range cols[i].Others {
			place[name] = i
		}
	}
	return cols, place
}

// order puts the rows in the order of the drawing: by the traffic of the last
// day; dense, those with problems first.
func (m Overview) order(rows []int, dense bool) {
	slices.SortFunc(rows, func(a, b int) int {
		byRank := 0
		if dense {
			byRank = cmp.Compare(m.Chains[a].State.Status.Rank(), m.Chains[b].State.Status.Rank())
		}
		return cmp.Or(byRank, cmp.Compare(m.Topology.chainDay(b), m.Topology.chainDay(a)), strings.Compare(m.Chains[a].Ref.label(), m.Chains[b].Ref.label()), cmp.Compare(a, b))
	})
}

// busiest is the highest rate of a chain, the measure of all lines.
func (m Overview) busiest() float64 {
	most := 0.0
	for i := range m.Chains {
		most = max(most, m.Chains[i].Figures.PerSecond)
	}
	return most
}

// seen is in how many regions a link has its problem, and in how many it could:
// those that are heard and configure it. Of a link whose worst is that it was
// taken out, that counts.
func (r *ProviderRow) seen() (k, of int) {
	for _, reg := range r.Regions {
		if reg.Absent || reg.Unreachable {
			continue
		}
		of++
		if reg.Status.Fault() || r.State.Status == ui.Drained && reg.Status == ui.Drained {
			k++
		}
	}
	return k, of
}

// part is "1/3" where not all regions see a link's problem.
func (r *ProviderRow) part(s *Shell) string {
	if s.Region != "" || r.healthy() {
		return ""
	}
	if k, of := r.seen(); k > 0 && k < of {
		return strconv.Itoa(k) + "/" + strconv.Itoa(of)
	}
	return ""
}
