package dashboard

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Data is a fragment that is not HTML but JSON.
type Data interface{ JSON() }

// topologyDelta writes what changes in a drawing. It knows neither order nor
// form of it: both are the page's, and stay as they were when it was made.
//
//	w: how many nodes it speaks for, when not for all; else empty
//	b: the busiest chain's rate, as text
//	c: by chain id: [status, 1 when down, healthy links, links, second line,
//	   rate as text, rate of the busiest's, [the same of each region]]
//	l: by chain id and provider id: [status, share in thousandths, p95 in ms];
//	   of one with a problem also ["1/3" regions, reason, since, next check],
//	   times in Unix seconds, 0 for none
//	p: by provider: [status, links that need attention, links]
//	r: by region: [1 when lost, rate as text]
type topologyDelta struct{ m Overview }

// JSON marks the fragment as JSON.
func (topologyDelta) JSON() {}

// Render implements templ.Component.
func (d topologyDelta) Render(_ context.Context, w io.Writer) error {
	_, err := w.Write(d.append(make([]byte, 0, 4096)))
	return err //nolint:wrapcheck // of the caller's own writer
}

func (d topologyDelta) append(b []byte) []byte {
	m := &d.m
	busiest := m.busiest()
	lack := ""
	if m.lacking() {
		lack = m.told().words()
	}
	b = append(b, `{"w":`...)
	b = appendText(b, lack)
	b = append(b, `,"b":`...)
	b = appendText(b, views.Rate(busiest)+" /s")
	b = append(b, `,"c":{`...)
	for i := range m.Chains {
		b = comma(b, i)
		b = m.appendChain(b, i, busiest)
	}
	b = append(b, `},"l":{`...)
	n := 0
	for i := range m.Chains {
		for k := range m.Chains[i].Providers {
			b = comma(b, n)
			b = m.appendLink(b, &m.Chains[i].Providers[k])
			n++
		}
	}
	b = append(b, `},"p":{`...)
	for i, c := range m.allColumns() {
		b = comma(b, i)
		b = appendText(b, c.Name)
		b = append(b, `:[`...)
		b = appendText(b, string(c.Sum.worst))
		b = appendInts(b, int64(c.Sum.bad), int64(c.Sum.total), int64(c.Sum.out))
		b = append(b, ']')
	}
	b = append(b, `},"r":{`...)
	for r := range m.Topology.Regions {
		b = comma(b, r)
		b = m.appendRegion(b, r)
	}
	return append(b, `}}`...)
}

func (m *Overview) appendChain(b []byte, i int, busiest float64) []byte {
	c := &m.Chains[i]
	ok, down := 0, int64(0)
	for k := range c.Providers {
		if c.Providers[k].healthy() {
			ok++
		}
	}
	if c.down() {
		down = 1
	}
	b = append(b, '"')
	b = strconv.AppendUint(b, c.Ref.ID, 10)
	b = append(b, `":[`...)
	b = appendText(b, string(c.icon()))
	b = appendInts(b, down, int64(ok), int64(len(c.Providers)))
	b = append(b, ',')
	b = appendText(b, c.under())
	b = append(b, ',')
	b = appendText(b, views.Rate(c.Figures.PerSecond))
	b = append(b, ',')
	b = appendRatio(b, c.Figures.PerSecond, busiest)
	b = append(b, `,[`...)
	for r := range m.Topology.Regions {
		b = comma(b, r)
		b = appendRatio(b, m.Topology.rate(i, r), busiest)
	}
	return append(b, `]]`...)
}

func (m *Overview) appendLink(b []byte, r *ProviderRow) []byte {
	b = appendText(b, linkKey(r.Chain, r.ID))
	b = append(b, `:[`...)
	b = appendText(b, string(r.State.Status))
	p95 := 0.0
	if r.Calls > 0 {
		p95 = r.P95
	}
	b = appendInts(b, thousandths(r.Share), int64(min(max(p95, 0), 1e9)))
	if !r.healthy() {
		b = append(b, ',')
		b = appendText(b, r.part(&m.Shell))
		b = append(b, ',')
		b = appendText(b, r.reason())
		b = appendInts(b, unix(r.State.Since), unix(r.State.Next))
	}
	return append(b, ']')
}

func (m *Overview) appendRegion(b []byte, r int) []byte {
	g := &m.Topology.Regions[r]
	sum := 0.0
	for i := range m.Chains {
		sum += m.Topology.rate(i, r)
	}
	b = appendText(b, g.Name)
	if g.Lost {
		b = append(b, `:[1,`...)
	} else {
		b = append(b, `:[0,`...)
	}
	b = appendText(b, views.Rate(sum))
	return append(b, ']')
}

// allColumns are the sums of every provider, whatever has a column.
func (m *Overview) allColumns() []loomColumn {
	place := map[string]int{}
	var cols []loomColumn
	for i := range m.Chains {
		c := &m.Chains[i]
		for k, name := range c.columnNames() {
			j, ok := place[name]
			if !ok {
				j = len(cols)
				place[name] = j
				cols = append(cols, loomColumn{Name: name})
			}
			cols[j].Sum.add(c.Providers[k].State.Status)
		}
	}
	return cols
}

func comma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// appendInts writes numbers after others, with commas before them.
func appendInts(b []byte, list ...int64) []byte {
	for _, n := range list {
		b = append(b, ',')
		b = strconv.AppendInt(b, n, 10)
	}
	return b
}

// appendRatio writes v of whole with four decimals; 0 without a whole.
func appendRatio(b []byte, v, whole float64) []byte {
	if whole <= 0 || math.IsNaN(v) || v <= 0 {
		return append(b, '0')
	}
	return strconv.AppendFloat(b, math.Round(min(v/whole, 1)*10_000)/10_000, 'f', -1, 64)
}

// appendText writes a string of JSON.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string can be marshalled
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// thousandths of a share; one that is not zero is at least 1.
func thousandths(v float64) int64 {
	if math.IsNaN(v) || v <= 0 {
		return 0
	}
	return max(int64(math.Round(min(v, 1)*1000)), 1)
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

var _ Data = topologyDelta{}

// TopologyStatuses are the values of ?status=, worst first.
func TopologyStatuses() []string {
	out := make([]string, 0, 8)
	for _, s := range ui.Statuses() {
		out = append(out, string(s))
	}
	return out
}
