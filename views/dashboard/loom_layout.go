package dashboard

import (
	"math"

	"github.com/lasso-rpc/lasso/views/ui"
)

// Measures of the drawing, in units of its view box.
const (
	loomWidth     = 1012.0
	loomFoot      = 14.0 // below the body
	regionWidth   = 136.0
	regionLeast   = 58.0 // least height of a region's node
	regionRoom    = 72.0 // least height of the body for each region
	chainWidth    = 172.0
	chainHeight   = 42.0
	chainX        = 230.0
	denseEdge     = 292.0 // where rails begin, dense
	barX, barW    = 258.0, 34.0
	normalHead    = 48.0
	denseHead     = 92.0
	densePitch    = 20.0
	normalMost    = 14.0 // the widest line
	denseMost     = 7.0
	normalRows    = 14
	normalColumns = 10
	wideRows      = 8 // up to so many rows have the higher pitch
	widePitch     = 54.0
	pitch         = 40.0
	gone          = 0.005 // share of a chain's traffic below which its rail counts as empty
)

// loomPlan is the geometry of a drawing: a pure function of the model.
type loomPlan struct {
	Dense                        bool
	W, H, Head, Body, Pitch      float64
	ChainX, Edge, X0, Step, Most float64
	Busiest                      float64 // requests per second
	Columns                      []loomColumn
	Rows                         []loomRow
	Regions                      []loomRegion
	More                         *loomMore // nil: every chain has its row
}

type loomRow struct {
	Chain *ChainRow
	Y     float64
	Ok    int // healthy links
	Stops []loomStop
	Flows []loomFlow // normal: by region
	Bar   []loomBar  // dense: by region
	rates []float64  // by region
	width float64    // of the rail where it begins, not rounded up
}

// loomStop is a link and the piece of rail that leads to it.
type loomStop struct {
	Column  int
	Row     *ProviderRow
	Rows    []*ProviderRow // behind the column of all others; else nil
	Status  ui.Status
	Share   float64
	X, From float64
	Width   float64 // of the rail up to here
	Empty   bool    // nothing is left on it
	Up      bool    // its status stands over it: the neighbour's stands under
	Sum     rollup  // of the links at this place: one, but for the column of all others
}

// loomFlow is the ribbon of a region and a chain.
type loomFlow struct {
	Y0, Y1 float64
	Width  float64
	Cut    bool // the region can not be heard
}

type loomBar struct{ X, Width float64 }

type loomRegion struct {
	TopologyRegion
	Y, Height float64
	Rate      float64
	Off       bool // another region is chosen
}

// loomMore stands for the chains that have no row.
type loomMore struct {
	Y       float64
	N, Bad  int
	Indices []int
}

// isDenseLoom tells the two forms of the drawing apart.
func isDenseLoom(chains, providers int) bool { return chains > normalRows || providers > normalColumns }

// plan lays out the drawing of the chains that the filters leave.
func (m Overview) plan() *loomPlan {
	picked := m.picked()
	cols, place := m.columns()
	p := &loomPlan{Dense: isDenseLoom(len(picked), len(cols)), W: loomWidth, Columns: cols, Busiest: m.busiest()}
	m.order(picked, p.Dense)
	var left []int
	if len(picked) > loomChains {
		picked, left = picked[:loomChains], picked[loomChains:]
	}
	rows := len(picked)
	if len(left) > 0 {
		rows++
	}
	regions := m.Topology.Regions
	if len(regions) < 2 {
		regions = nil
	}
	p.frame(rows, len(regions))
	p.place()
	for i, index := range picked {
		p.Rows = append(p.Rows, m.row(p, index, i, rows, place))
	}
	for i, r := range regions {
		p.Regions = append(p.Regions, loomRegion{
			TopologyRegion: r, Y: p.Head + p.Body*(float64(i)+0.5)/float64(len(regions)), Off: m.Region != "" && m.Region != r.Name,
		})
	}
	for i := range m.Chains {
		for r := range p.Regions {
			p.Regions[r].Rate += m.Topology.rate(i, r)
		}
	}
	if p.Dense {
		p.bars()
	} else {
		p.ribbons()
	}
	if len(left) > 0 {
		p.More = &loomMore{Y: p.rowY(rows-1, rows), N: len(left), Indices: left}
		for _, i := range left {
			if m.Chains[i].State.Status != ui.Healthy {
				p.More.Bad++
			}
		}
	}
	return p
}

// frame sets what follows from the number of rows and regions alone.
func (p *loomPlan) frame(rows, regions int) {
	p.Head, p.Pitch, p.Most = normalHead, pitch, normalMost
	if p.Dense {
		p.Head, p.Pitch, p.Most = denseHead, densePitch, denseMost
	} else if rows <= wideRows {
		p.Pitch = widePitch
	}
	p.Body = p.Pitch * float64(rows)
	if !p.Dense {
		p.Body = max(p.Body, regionRoom*float64(regions))
	}
	p.H = p.Head + p.Body + loomFoot
	switch {
	case p.Dense:
		p.Edge, p.X0 = denseEdge, 318
		p.Step = loomWidth - 22 - p.X0
	default:
		if regions > 0 {
			p.ChainX = chainX
		}
		p.Edge, p.X0 = p.ChainX+chainWidth, p.ChainX+224
		p.Step = loomWidth - 40 - p.X0
	}
	if n := len(p.Columns); n > 1 {
		p.Step /= float64(n - 1)
	}
}

func (p *loomPlan) place() {
	for j := range p.Columns {
		p.Columns[j].X = p.X0 + float64(j)*p.Step
	}
}

// rowY is the centre of a row.
func (p *loomPlan) rowY(i, rows int) float64 {
	return p.Head + (p.Body-p.Pitch*float64(rows))/2 + p.Pitch*(float64(i)+0.5)
}

// weight is the width of a line for a rate, before it is rounded up to one.
func (p *loomPlan) weight(rate float64) float64 {
	if p.Busiest <= 0 {
		return 0
	}
	return min(p.Most*rate/p.Busiest, p.Most)
}

// row lays out a chain: its stops in the order of the columns, and the rail
// that thins as traffic leaves it.
func (m Overview) row(p *loomPlan, index, i, rows int, place map[string]int) loomRow {
	c := &m.Chains[index]
	out := loomRow{Chain: c, Y: p.rowY(i, rows), width: p.weight(c.Figures.PerSecond)}
	for r := range m.Topology.Regions {
		out.rates = append(out.rates, m.Topology.rate(index, r))
	}
	byColumn := make([]*loomStop, len(p.Columns))
	for k, name := range c.columnNames() {
		r := &c.Providers[k]
		if r.healthy() {
			out.Ok++
		}
		j := place[name]
		st := byColumn[j]
		if st == nil {
			st = &loomStop{Column: j, Row: r, X: p.Columns[j].X}
			byColumn[j] = st
		}
		st.Sum.add(r.State.Status)
		st.Status, st.Share = st.Sum.worst, st.Share+r.Share
		if len(p.Columns[j].Others) > 0 {
			st.Rows = append(st.Rows, r)
		}
	}
	left, from := 1.0, p.Edge
	if c.Figures.PerSecond <= 0 {
		left = 0
	}
	for _, st := range byColumn {
		if st == nil {
			continue
		}
		st.From, st.Empty = from, left <= gone
		st.Width = max(1, out.width*left)
		if st.Empty {
			st.Width = 1
		}
		if n := len(out.Stops); n > 0 && p.Pitch == widePitch {
			before := &out.Stops[n-1]
			st.Up = st.Status != ui.Healthy && before.Status != ui.Healthy && !before.Up && before.Column == st.Column-1
		}
		from = st.X
		left = max(left-st.Share, 0)
		out.Stops = append(out.Stops, *st)
	}
	return out
}

// ribbons stack at both ends: regions in order, chains in order.
func (p *loomPlan) ribbons() {
	sums := make([]float64, len(p.Regions))
	for i := range p.Rows {
		row := &p.Rows[i]
		total := 0.0
		for r := range p.Regions {
			f := loomFlow{Width: max(1, p.weight(row.rates[r])), Cut: p.Regions[r].Lost}
			if f.Cut || p.Regions[r].Off {
				f.Width = 1
			}
			total += f.Width
			sums[r] += f.Width
			row.Flows = append(row.Flows, f)
		}
		at := row.Y - total/2
		for r := range row.Flows {
			row.Flows[r].Y1 = at + row.Flows[r].Width/2
			at += row.Flows[r].Width
		}
	}
	for r := range p.Regions {
		p.Regions[r].Height = max(regionLeast, sums[r]+20)
		at := p.Regions[r].Y - sums[r]/2
		for i := range p.Rows {
			f := &p.Rows[i].Flows[r]
			f.Y0 = at + f.Width/2
			at += f.Width
		}
	}
}

// bars split each row's bar by the share of the regions, a unit apart.
func (p *loomPlan) bars() {
	for i := range p.Rows {
		row := &p.Rows[i]
		total := 0.0
		for r := range p.Regions {
			if !p.Regions[r].Lost {
				total += row.rates[r]
			}
		}
		at := barX
		for r := range p.Regions {
			w := 0.0
			if total > 0 && !p.Regions[r].Lost {
				w = barW * row.rates[r] / total
			}
			row.Bar = append(row.Bar, loomBar{X: at, Width: max(0, w-1)})
			at += w
		}
	}
}

// tenth rounds to what a screen can show.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }
