package web

import (
	"slices"
	"time"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/ui"
)

// stripMinutes is the length of the strip of a node.
const stripMinutes = 60

// held is a state of a node and since when it has it.
type held struct {
	at    time.Time
	state lasso.NodeState
}

// nodeStrip is how a node stood in each of the last 60 minutes, as this one saw
// it: the worst state of the minute. Events are newest first. What came before
// the first of them is not known.
func nodeStrip(n *lasso.Node, events []lasso.TopologyEvent, now time.Time) []ui.Cell {
	var all []held
	if n.Self {
		all = append(all, held{n.Started, lasso.NodeResponding})
	} else {
		for _, e := range slices.Backward(events) {
			if e.Node == n.ID && e.To != lasso.NodeUnset {
				all = append(all, held{e.At, e.To})
			}
		}
	}
	if len(all) == 0 && !n.Since.IsZero() {
		all = append(all, held{n.Since, n.State})
	}
	first := now.Truncate(time.Minute).Add(-(stripMinutes - 1) * time.Minute)
	cells := make([]ui.Cell, stripMinutes)
	for i := range cells {
		from := first.Add(time.Duration(i) * time.Minute)
		cells[i] = minuteOf(all, from, from.Add(time.Minute))
	}
	return cells
}

// minuteOf is the worst state between two moments. On the way to responding a
// node passes through others: they do not count where it arrived.
func minuteOf(all []held, from, to time.Time) ui.Cell {
	cell := ui.Cell{At: from, NoData: true}
	arrived := false
	for i, h := range all {
		if !h.at.Before(to) || i+1 < len(all) && !all[i+1].at.After(from) {
			continue
		}
		passing := h.state == lasso.NodeConnected || h.state == lasso.NodeDiscovering
		st := ui.NodeState(h.state.String()).Status()
		switch {
		case passing && arrived:
			continue
		case cell.NoData, st.Rank() < cell.Status.Rank(), h.state == lasso.NodeResponding && !arrived && (cell.Status == ui.Unknown || cell.Status == ui.Recovering):
			cell.Status, cell.NoData = st, false
		}
		arrived = arrived || h.state == lasso.NodeResponding
	}
	return cell
}
