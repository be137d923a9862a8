package dashboard_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// The largest overview that the design allows for: 50 chains of 20 providers,
// as it is on most days, and with every provider in trouble.
func BenchmarkOverviewChains(b *testing.B) {
	for name, bad := range map[string]int{"usual": 20, "worst": 1} {
		b.Run(name, func(b *testing.B) {
			m := overview()
			m.Chains = nil
			for i := range 50 {
				c := sampleChain(uint64(1000+i), "Chain", 20)
				for j := range c.Providers {
					c.Providers[j].Strip = quietCells(c.Providers[j].Strip)
					c.Providers[j].State.Status = ui.Healthy
					if j%bad == 0 {
						c.Providers[j].State.Status = ui.Degraded
					}
				}
				m.Chains = append(m.Chains, c)
			}
			m.Topology.Table = true
			c, _ := m.Fragment(dashboard.FragmentChains)
			var buf bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				buf.Reset()
				if err := c.Render(b.Context(), &buf); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(buf.Len())/1024, "KiB")
		})
	}
}

func BenchmarkOverviewFigures(b *testing.B) {
	c, _ := overview().Fragment(dashboard.FragmentFigures)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// quietCells is the usual strip: healthy but for a few minutes.
func quietCells(cells []ui.Cell) []ui.Cell {
	out := make([]ui.Cell, len(cells))
	for i := range out {
		out[i] = ui.Cell{At: sampleTime().Add(time.Duration(i-60) * time.Minute), Status: ui.Healthy}
		if i == 40 {
			out[i].Status = ui.Degraded
		}
	}
	return out
}
